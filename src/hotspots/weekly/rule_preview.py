"""What other rules would have flagged: the weekly runs of a period under two settings, side by side.

Nothing is written. The runs are done in memory exactly as the weekly run does them, from the hotspots known
before the period and with the verdicts known in each week, so the present rules give the list as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any

import shapely
from sqlalchemy import Connection

from hotspots.access.rights import touches_persons
from hotspots.detection.explanations import why_too_little
from hotspots.detection.exposure import Exposure
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.follow import Track, WeekPlace
from hotspots.weekly.kept_exposure import load_exposure
from hotspots.weekly.run_store import EarlierState, hotspots_without_place, states_before
from hotspots.weekly.states import DetectedWeek
from hotspots.weekly.weekly_run import TrackedWeek, detect_week, reports_of, seen_from, track_week
from hotspots.weekly.weeks import weeks_between


@dataclass
class PreviewedHotspot:
    """A hotspot that one of the two settings would have flagged, as it last was in the period."""

    lon: float
    lat: float
    buurtcode: str | None
    soort: str
    most_reports: int
    touched_persons: bool  # in one of the runs
    as_ofs: tuple[date, ...]  # of the runs that signalled it
    geometry: bytes  # WKB
    why_not: str = field(default="", compare=False)
    """Why the other settings don't signal it, in the last run in which only these do."""

    @property
    def first_signalled(self) -> date:
        """The first run of the period that signalled it."""
        return self.as_ofs[0]

    @property
    def last_signalled(self) -> date:
        """The last run of the period that signalled it."""
        return self.as_ofs[-1]

    @property
    def week_count(self) -> int:
        """How many runs signalled it."""
        return len(self.as_ofs)


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

    Both recognise the hotspots of the list, and those that the other flagged first, so a hotspot is the same
    under both when its id is. Each Sunday of the period has a run; `on_week` is told when it is done. Both
    settings must have the same municipality and areas.
    """
    weeks = []
    with database.reading() as connection:
        exposure = load_exposure(connection, current)
        first_seen = {track.hotspot_id: track for track in next(seen_from(connection, first))}
        shared = _Shared(first_seen, hotspots_without_place(connection))
        before = tuple(states_before(connection, first))
    sides = [_Side(settings, shared, before) for settings in (current, proposed)]
    for as_of in weeks_between(first, last):
        with database.reading() as connection:
            counts = [side.run(connection, exposure, as_of) for side in sides]
        for side, other in (sides, sides[::-1]):
            side.explain(other)
        weeks.append(WeekCount(as_of, *counts))
        on_week(as_of)
    now, then = (side.hotspots for side in sides)
    return RulePreview(
        comes=tuple(hotspot for hotspot_id, hotspot in then.items() if hotspot_id not in now),
        goes=tuple(hotspot for hotspot_id, hotspot in now.items() if hotspot_id not in then),
        stays=tuple((now[hotspot_id], then[hotspot_id]) for hotspot_id in then if hotspot_id in now),
        weeks=tuple(weeks),
    )


@dataclass
class _Shared:
    """What the runs under both settings know of each other and of the list."""

    first_seen: dict[str, Track]  # all that the list or one of the settings knows, as first seen
    without_place: frozenset[str]
    _numbers: Iterator[int] = field(default_factory=count)

    def new_id(self, _place: WeekPlace) -> str:
        """An id for a hotspot that is not on the list."""
        return f"new {next(self._numbers)}"


@dataclass
class _Side:
    """The runs under one of the two settings so far."""

    settings: Settings
    shared: _Shared
    states: Sequence[EarlierState]
    hotspots: dict[str, PreviewedHotspot] = field(default_factory=dict)
    refused: list[Mapping[str, Any]] = field(default_factory=list)  # rows that the last run nearly signalled
    signalled: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # what it did signal, by id

    def run(self, connection: Connection, exposure: Exposure, as_of: date) -> int:
        """Do one run in memory; gives how many hotspots are on its list."""
        detected = detect_week(
            connection, self.settings, as_of=as_of, known=lambda: reports_of(self.states), exposure=exposure
        )
        tracked = track_week(
            connection,
            self.settings,
            detected,
            self.states,
            as_of=as_of,
            new_id=self.shared.new_id,
            seen_later=self._seen_elsewhere(connection, as_of),
        )
        self.states = _as_earlier(tracked, detected, self.states, self.shared.without_place)
        for state in self.states:
            self.shared.first_seen.setdefault(state.hotspot_id, state.track)
        for row in tracked.signalled:
            self._add(row, as_of)
        self.refused = [row for row in detected.rows if not row["signalled"] and row["suppressed_because"]]
        self.signalled = {row["hotspot_id"]: row for row in tracked.signalled}
        return len(tracked.signalled)

    def explain(self, other: "_Side") -> None:
        """Note why the other settings don't signal what only these do in the last run."""
        for hotspot_id in self.signalled.keys() - other.signalled.keys():
            hotspot = self.hotspots[hotspot_id]
            hotspot.why_not = other.why_not(self.signalled[hotspot_id]) or hotspot.why_not

    def why_not(self, signalled: Mapping[str, Any]) -> str:
        """What keeps what others signal off the list of the last run; empty if that isn't known."""
        place = shapely.from_wkb(signalled["geometry"])
        shapes = [(shapely.from_wkb(row["geometry"]), row) for row in self.refused]
        here = [(shape.intersection(place).area, row) for shape, row in shapes if shape.intersects(place)]
        if not here:
            return why_too_little(signalled, self.settings.detection)
        return str(max(here, key=lambda one: (one[0], one[1]["report_count"]))[1]["suppressed_because"])

    def _seen_elsewhere(self, connection: Connection, as_of: date) -> Iterator[list[Track]]:
        yield from seen_from(connection, as_of)
        yield list(self.shared.first_seen.values())

    def _add(self, row: Mapping[str, Any], as_of: date) -> None:
        seen = self.hotspots.get(row["hotspot_id"])
        why_not = seen.why_not if seen else ""
        is_personal = touches_persons(Soort(row["soort"]), row["reporter_count"])
        self.hotspots[row["hotspot_id"]] = PreviewedHotspot(
            **{name: row[name] for name in ("lon", "lat", "buurtcode", "soort")},
            most_reports=max(row["report_count"], seen.most_reports if seen else 0),
            touched_persons=is_personal or (seen is not None and seen.touched_persons),
            as_ofs=(*(seen.as_ofs if seen else ()), as_of),
            geometry=row["geometry"],
            why_not=why_not,
        )


def _as_earlier(
    tracked: TrackedWeek,
    detected: DetectedWeek,
    before: Sequence[EarlierState],
    without_place: frozenset[str],
) -> list[EarlierState]:
    """The states of a run as the next run would read them, had they been saved."""
    track_of = {state.hotspot_id: state.track for state in before}
    place_of = {place.place: place for place in detected.places}
    states = []
    for row in tracked.states:
        hotspot_id = row["hotspot_id"]
        track = track_of.get(hotspot_id, Track(hotspot_id, row["lon"], row["lat"], frozenset()))
        if "place" in row:
            place = place_of[row["place"]]
            track = track.signalled_at(place) if row["is_signalled"] else track.held_back_at(place)
        is_merged = row["merged_into"] is not None or hotspot_id in without_place
        states.append(EarlierState({"detection_id": None, **row}, replace(track, is_merged=is_merged)))
    return states
