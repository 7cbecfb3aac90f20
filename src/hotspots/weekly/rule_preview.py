"""What other rules would have flagged: the weekly runs of a period under two settings, side by side.

Nothing is written: the past is run twice in memory, hotspots are followed from week to week under each, and
then the two lists are compared. So an administrator sees which hotspots come and which go before a change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isnan

import pandas as pd

from hotspots.access.rights import touches_persons
from hotspots.detection.pipeline import find_places
from hotspots.geocoding.register_store import load_register
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.intake.reports import load_reports, load_texts
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database
from hotspots.tracking.identity import KnownHotspot, SignalledPlace, middle_of, recognise
from hotspots.weekly.weekly_run import weeks_between, window_of


@dataclass
class PreviewedHotspot:
    """A hotspot that one of the two settings would have flagged."""

    lon: float
    lat: float
    buurtcode: str | None
    soort: str
    first_signalled: date
    last_signalled: date
    week_count: int = 0  # weekly runs that signalled it
    most_reports: int = 0
    reports: frozenset[int] = field(default_factory=frozenset, repr=False)  # all it ever had
    as_ofs: tuple[date, ...] = ()  # of those runs
    centres: tuple[tuple[float, float], ...] = ()  # lon, lat in each of them
    touched_persons: bool = False  # in one of them


@dataclass(frozen=True)
class WeekCount:
    """How many places a weekly run signals under each of the two settings."""

    as_of: date
    current: int
    proposed: int


@dataclass(frozen=True)
class RulePreview:
    """The comparison: what comes, what goes, what stays, and the counts per week."""

    comes: tuple[PreviewedHotspot, ...]
    goes: tuple[PreviewedHotspot, ...]
    stays: tuple[tuple[PreviewedHotspot, PreviewedHotspot], ...]  # under current and proposed settings
    weeks: tuple[WeekCount, ...]


def preview_rules(
    database: Database,
    current: Settings,
    proposed: Settings,
    *,
    first: date,
    last: date,
    on_week: Callable[[date], None] = lambda _: None,
) -> RulePreview:
    """Compare what two settings flag in the weekly runs of a period.

    Two hotspots, one under each, are the same when their reports overlap or their centres are near
    (:func:`hotspots.tracking.identity.recognise`, over all reports they ever had).

    Parameters
    ----------
    database
        Where the reports are; only read.
    current, proposed
        The settings to compare; both are taken as of the same municipality and areas.
    first, last
        The period; its Sundays are the peildatums.
    on_week
        Told each peildatum when it is done.
    """
    before: list[PreviewedHotspot] = []
    after: list[PreviewedHotspot] = []
    weeks = []
    for as_of in weeks_between(first, last):
        counts = [_follow(database, *side, as_of) for side in ((current, before), (proposed, after))]
        weeks.append(WeekCount(as_of, *counts))
        on_week(as_of)
    pairs = _same(before, after, current)
    return RulePreview(
        comes=tuple(hotspot for number, hotspot in enumerate(after) if number not in pairs),
        goes=tuple(hotspot for number, hotspot in enumerate(before) if number not in pairs.values()),
        stays=tuple((before[old], after[new]) for new, old in sorted(pairs.items())),
        weeks=tuple(weeks),
    )


def _follow(database: Database, settings: Settings, hotspots: list[PreviewedHotspot], as_of: date) -> int:
    """Do one run in memory and add what it signals to the hotspots it belongs to; gives how many."""
    start, end = window_of(as_of, settings)
    with database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
        register = load_register(connection)
        places, members = find_places(
            load_reports(connection, window_start=start, window_end=end, known_at=end),
            as_of=as_of,
            areas=areas,
            exposure_lon_lat=(register.lon, register.lat),
            settings=settings,
            texts=lambda ids: load_texts(connection, ids),
        )
    signalled = places[places["signalled"]]
    reports_of = _reports_of(members)
    buurten = AreaIndex(areas).locate(signalled["lon"], signalled["lat"])
    found = [
        PreviewedHotspot(
            *(lon, lat, buurt, str(soort), as_of, as_of, 1, count, reports_of[place]),
            as_ofs=(as_of,),
            centres=((lon, lat),),
            touched_persons=touches_persons(Soort(soort), None if isnan(reporters) else int(reporters)),
        )
        for place, lon, lat, soort, reporters, count, buurt in zip(
            signalled["place"].tolist(),
            signalled["lon"].tolist(),
            signalled["lat"].tolist(),
            signalled["soort"],
            signalled["reporter_count"].tolist(),
            signalled["report_count"].tolist(),
            buurten,
            strict=True,
        )
    ]
    known = _same(hotspots, found, settings)
    for number, place in enumerate(found):
        if number not in known:
            hotspots.append(place)
            continue
        hotspot = hotspots[known[number]]
        hotspot.lon, hotspot.lat, hotspot.soort = place.lon, place.lat, place.soort
        hotspot.centres += place.centres
        hotspot.last_signalled = as_of
        hotspot.week_count += 1
        hotspot.most_reports = max(hotspot.most_reports, place.most_reports)
        hotspot.reports |= place.reports
        hotspot.as_ofs += place.as_ofs
        hotspot.touched_persons |= place.touched_persons
    return len(found)


def _reports_of(members: pd.DataFrame) -> dict[int, frozenset[int]]:
    ids: dict[int, set[int]] = {}
    for place, report_id in zip(members["place"].tolist(), members["report_id"].tolist(), strict=True):
        ids.setdefault(place, set()).add(report_id)
    return {place: frozenset(reports) for place, reports in ids.items()}


def _same(
    known: Sequence[PreviewedHotspot], found: Sequence[PreviewedHotspot], settings: Settings
) -> dict[int, int]:
    """Which known hotspot each found one is, by number."""
    if not known or not found:
        return {}
    projection = Projection(settings.municipality.crs)
    x, y = projection.to_metres(*zip(*(middle_of(spot.centres) for spot in known), strict=True))
    u, v = projection.to_metres([spot.lon for spot in found], [spot.lat for spot in found])
    recognition = recognise(
        [
            KnownHotspot(f"{number:06d}", float(x[number]), float(y[number]), spot.reports)
            for number, spot in enumerate(known)
        ],
        [
            SignalledPlace(number, float(u[number]), float(v[number]), spot.reports)
            for number, spot in enumerate(found)
        ],
        max_shift_m=settings.tracking.max_shift_m,
    )
    return {place: int(number) for place, number in recognition.hotspot_of_place.items()}
