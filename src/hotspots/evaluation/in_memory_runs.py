"""Weekly runs over a simulated year, in memory: detection and tracking, week by week, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

import pandas as pd

from hotspots.detection.exposure import Exposure
from hotspots.detection.pipeline import FoundPlaces, find_places
from hotspots.evaluation.scoring import DetectedPlace
from hotspots.evaluation.simulation import SimulatedYear, detection_table, texts_of
from hotspots.geography.projection import Projection
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.tracking.follow import Track, WeekPlace, follow
from hotspots.weekly.weeks import weeks_between, window_of


@dataclass(frozen=True)
class FollowedHotspot:
    """A hotspot that weekly runs signalled: its track, and its last state with all reports so far."""

    track: Track
    last: DetectedPlace


def settings_for(year: SimulatedYear, settings: Settings) -> Settings:
    """Give the settings with the projected coordinate system of the city of a simulated year."""
    municipality = MunicipalitySettings(
        name="", code="", timezone=settings.municipality.timezone, crs=year.city.crs
    )
    return settings.model_copy(update={"municipality": municipality})


def follow_year(
    year: SimulatedYear,
    settings: Settings,
    *,
    reports: pd.DataFrame | None = None,
    shift_days: int = 0,
) -> list[DetectedPlace]:
    """Do the weekly runs of a year and give each hotspot they signalled once.

    Parameters
    ----------
    settings
        With the projected system of the city (:func:`settings_for`).
    reports
        Reports to use instead of :func:`detection_table` of the year.
    shift_days
        Days after Sunday on which the runs take place.
    """
    table = detection_table(year) if reports is None else reports
    known: dict[str, FollowedHotspot] = {}
    addresses = year.city.addresses
    exposure = Exposure.of(addresses["lon"].to_numpy(), addresses["lat"].to_numpy(), settings)
    for sunday in weeks_between(year.first + timedelta(days=7), year.last):
        as_of = sunday + timedelta(days=shift_days)
        found = _run(year, table, exposure, settings, as_of)
        known |= _followed(known, _signalled(found, settings, as_of), settings)
    return [hotspot.last for hotspot in known.values()]


def _run(
    year: SimulatedYear, table: pd.DataFrame, exposure: Exposure, settings: Settings, as_of: date
) -> FoundPlaces:
    start, end = window_of(as_of, settings)
    inside = (table["moment"] >= start) & (table["moment"] < end) & (table["reported_at"] < end)
    return find_places(
        table[inside].reset_index(drop=True),
        as_of=as_of,
        areas=year.city.areas,
        exposure=exposure,
        settings=settings,
        texts=texts_of(year),
    )


def _signalled(found: FoundPlaces, settings: Settings, as_of: date) -> list[tuple[WeekPlace, DetectedPlace]]:
    signalled = found.places[found.places["signalled"]]
    x, y = Projection(settings.municipality.crs).to_metres(signalled["lon"], signalled["lat"])
    members_of = found.members.groupby("place")["report_id"]
    columns = [signalled[name].tolist() for name in ("place", "lon", "lat", "soort", "indicatie")]
    detected = []
    for place, lon, lat, soort, indicatie, east, north in zip(*columns, x.tolist(), y.tolist(), strict=True):
        reports = frozenset(members_of.get_group(place).tolist())
        week_place = WeekPlace(place, lon, lat, reports)
        detected.append((week_place, DetectedPlace(east, north, reports, str(soort), str(indicatie), as_of)))
    return detected


def _followed(
    known: Mapping[str, FollowedHotspot], signalled: list[tuple[WeekPlace, DetectedPlace]], settings: Settings
) -> dict[str, FollowedHotspot]:
    """The hotspots that a run changed: those it signals, and those that merged into them."""
    numbers = count(len(known))
    following = follow(
        [hotspot.track for hotspot in known.values()],
        [place for place, _ in signalled],
        new_id=lambda _: f"{next(numbers):06d}",
        projection=Projection(settings.municipality.crs),
        settings=settings.tracking,
    )
    changed = {
        line.from_id: replace(known[line.from_id], track=replace(known[line.from_id].track, is_merged=True))
        for line in following.lineage
        if line.kind == "merge"
    }
    for place, detected in signalled:
        hotspot_id = following.hotspot_of_place[place.place]
        before = known.get(hotspot_id)
        if before is None:
            track, last = Track(hotspot_id, place.lon, place.lat, place.reports), detected
        else:
            all_reports = before.last.reports | detected.reports
            track = before.track
            last = replace(detected, reports=all_reports, first_signalled=before.last.first_signalled)
        changed[hotspot_id] = FollowedHotspot(track.signalled_at(place), last)
    return changed
