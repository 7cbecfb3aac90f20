"""Weekly runs over a simulated year in memory, without a database: detection, then following week by week."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

import pandas as pd

from hotspots.detection.pipeline import find_places
from hotspots.evaluation.scoring import Found
from hotspots.evaluation.simulation import SimulatedYear, detection_table, texts_of
from hotspots.geography.projection import Projection
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.tracking.follow import Track, WeekPlace, follow
from hotspots.weekly.weeks import weeks_between, window_of


@dataclass(frozen=True)
class FollowedHotspot:
    """A hotspot that weekly runs signalled: how to recognise it, and how it last was with all its reports."""

    track: Track
    last: Found


def settings_for(year: SimulatedYear, settings: Settings) -> Settings:
    """The settings as they are for the city of a simulated year: its projected system."""
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
) -> list[Found]:
    """Do the weekly runs of a year and give every hotspot they signalled, each once.

    Parameters
    ----------
    settings
        With the projected system of the city (:func:`settings_for`).
    reports
        What to look at instead of :func:`detection_table` of the year.
    shift_days
        Runs are as of Sunday plus so many days.
    """
    table = detection_table(year) if reports is None else reports
    known: dict[str, FollowedHotspot] = {}
    for sunday in weeks_between(date(year.year, 1, 8), date(year.year, 12, 31)):
        as_of = sunday + timedelta(days=shift_days)
        places, members = _run(year, table, settings, as_of)
        known |= _followed(known, _signalled(places, members, settings, as_of), settings)
    return [hotspot.last for hotspot in known.values()]


def _run(
    year: SimulatedYear, table: pd.DataFrame, settings: Settings, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    start, end = window_of(as_of, settings)
    inside = (table["moment"] >= start) & (table["moment"] < end) & (table["reported_at"] < end)
    addresses = year.city.addresses
    return find_places(
        table[inside].reset_index(drop=True),
        as_of=as_of,
        areas=year.city.areas,
        exposure_lon_lat=(addresses["lon"].to_numpy(), addresses["lat"].to_numpy()),
        settings=settings,
        texts=texts_of(year),
    )


def _signalled(
    places: pd.DataFrame, members: pd.DataFrame, settings: Settings, as_of: date
) -> list[tuple[WeekPlace, Found]]:
    signalled = places[places["signalled"]]
    x, y = Projection(settings.municipality.crs).to_metres(signalled["lon"], signalled["lat"])
    members_of = members.groupby("place")["report_id"]
    columns = [signalled[name].tolist() for name in ("place", "lon", "lat", "soort", "indicatie")]
    found = []
    for place, lon, lat, soort, indicatie, east, north in zip(*columns, x.tolist(), y.tolist(), strict=True):
        reports = frozenset(members_of.get_group(place).tolist())
        week_place = WeekPlace(place, lon, lat, reports)
        found.append((week_place, Found(east, north, reports, str(soort), str(indicatie), as_of)))
    return found


def _followed(
    known: Mapping[str, FollowedHotspot], signalled: list[tuple[WeekPlace, Found]], settings: Settings
) -> dict[str, FollowedHotspot]:
    """The hotspots that a run changed: those it signals, and those that went on in them."""
    numbers = count(len(known))
    following = follow(
        [hotspot.track for hotspot in known.values()],
        [place for place, _ in signalled],
        new_id=lambda: f"{next(numbers):06d}",
        projection=Projection(settings.municipality.crs),
        settings=settings.tracking,
    )
    changed = {
        line.from_id: replace(known[line.from_id], track=replace(known[line.from_id].track, is_merged=True))
        for line in following.lineage
        if line.kind == "merge"
    }
    for place, found in signalled:
        hotspot_id = following.hotspot_of_place[place.place]
        before = known.get(hotspot_id)
        if before is None:
            track, last = Track(hotspot_id, place.lon, place.lat, place.reports), found
        else:
            all_reports = before.last.reports | found.reports
            track = before.track
            last = replace(found, reports=all_reports, first_signalled=before.last.first_signalled)
        changed[hotspot_id] = FollowedHotspot(track.signalled_at(place), last)
    return changed
