"""Weekly runs in memory, of a simulated year or other reports: detection and tracking, without a database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import count

import geopandas as gpd
import pandas as pd

from hotspots.detection.exposure import Exposure
from hotspots.detection.pipeline import FoundPlaces, find_places
from hotspots.evaluation.scoring import DetectedPlace
from hotspots.evaluation.simulation import SimulatedYear, detection_table, texts_of
from hotspots.geography.projection import Projection
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.tracking.follow import Track, WeekPlace, follow, reach_of
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
    addresses = year.city.addresses
    return follow_reports(
        detection_table(year) if reports is None else reports,
        [
            sunday + timedelta(days=shift_days)
            for sunday in weeks_between(year.first + timedelta(days=7), year.last)
        ],
        settings,
        areas=year.city.areas,
        exposure=Exposure.of(addresses["lon"].to_numpy(), addresses["lat"].to_numpy(), settings),
        texts=texts_of(year),
    )


def follow_reports(
    reports: pd.DataFrame,
    days: Iterable[date],
    settings: Settings,
    *,
    areas: gpd.GeoDataFrame,
    exposure: Exposure,
    texts: Callable[[Iterable[int]], dict[int, str]],
) -> list[DetectedPlace]:
    """Do a run as of each of these days and give each hotspot they signalled once.

    Parameters
    ----------
    reports
        ``model.REPORTS``.
    areas, exposure, texts
        As :func:`~hotspots.detection.pipeline.find_places` takes them.
    """
    known: dict[str, FollowedHotspot] = {}
    for week in followed_weeks(reports, days, settings, areas=areas, exposure=exposure, texts=texts):
        known = week.known
    return [hotspot.last for hotspot in known.values()]


@dataclass(frozen=True)
class FollowedWeek:
    """One run in memory: what it found, and every hotspot after it by its number."""

    as_of: date
    found: FoundPlaces
    known: dict[str, FollowedHotspot]


def followed_weeks(
    reports: pd.DataFrame,
    days: Iterable[date],
    settings: Settings,
    *,
    areas: gpd.GeoDataFrame,
    exposure: Exposure,
    texts: Callable[[Iterable[int]], dict[int, str]],
) -> Iterator[FollowedWeek]:
    """Do a run as of each of these days, in their order; as :func:`follow_reports`."""
    known: dict[str, FollowedHotspot] = {}
    for as_of in days:
        start, end = window_of(as_of, settings)
        inside = (reports["moment"] >= start) & (reports["moment"] < end)
        found = find_places(
            reports[inside].reset_index(drop=True),
            as_of=as_of,
            areas=areas,
            exposure=exposure,
            settings=settings,
            texts=texts,
            known=partial(_reports_of, known.values()),
        )
        known = known | _followed(known, _signalled(found, settings, as_of), settings)
        yield FollowedWeek(as_of, found, known)


def _reports_of(known: Iterable[FollowedHotspot]) -> list[frozenset[int]]:
    return [hotspot.track.reports for hotspot in known if not hotspot.track.is_merged]


def _signalled(found: FoundPlaces, settings: Settings, as_of: date) -> list[tuple[WeekPlace, DetectedPlace]]:
    signalled = found.places[found.places["signalled"]]
    x, y = Projection(settings.municipality.crs).to_metres(signalled["lon"], signalled["lat"])
    members_of = found.members.groupby("place")["report_id"]
    columns = [signalled[name].tolist() for name in ("place", "lon", "lat", "soort", "indicatie", "geometry")]
    detected = []
    for place, lon, lat, soort, indicatie, outline, east, north in zip(
        *columns, x.tolist(), y.tolist(), strict=True
    ):
        reports = frozenset(members_of.get_group(place).tolist())
        week_place = WeekPlace(place, lon, lat, reports, reach_of(outline))
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
