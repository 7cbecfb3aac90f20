"""How each hotspot stands after a run: as the run signals it, or quiet, with its trend and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspots.geography.areas import AreaIndex
from hotspots.settings import Settings
from hotspots.statistics.trends import trend_of
from hotspots.tracking.follow import Following, WeekPlace
from hotspots.tracking.identity import trend_of_hotspot
from hotspots.weekly.run_store import COPIED, EarlierState
from hotspots.wording import day


@dataclass(frozen=True)
class DetectedWeek:
    """What detection made of the reports of one window.

    Attributes
    ----------
    rows
        Columns of ``detections``, one row per place.
    members
        Report ids of each signalled place, ascending; of the others only figures are kept.
    reports
        Those in the window by ascending report_id: report_id, moment, lon, lat.
    report_count, located_count
        Screened reports in the window, and those precise enough for clustering.
    shared_reporter_count
        Reporters of too many places to be one person, who were taken as unknown.
    """

    rows: list[dict[str, Any]]
    members: dict[int, list[int]]
    reports: pd.DataFrame
    areas: AreaIndex
    report_count: int
    located_count: int
    shared_reporter_count: int
    settings_hash: str

    @property
    def signalled(self) -> list[dict[str, Any]]:
        """The rows of the signalled places."""
        return [row for row in self.rows if row["signalled"]]

    @property
    def places(self) -> list[WeekPlace]:
        """The signalled places, to be recognised as hotspots."""
        return [
            WeekPlace(row["place"], row["lon"], row["lat"], frozenset(self.members[row["place"]]))
            for row in self.signalled
        ]

    def report_times(self, place: int) -> "pd.Series[pd.Timestamp]":
        """The times of the reports of a signalled place, aware UTC."""
        rows = np.searchsorted(self.reports["report_id"].to_numpy(), self.members[place])
        return self.reports["moment"].iloc[rows]


def states_after(
    detected: DetectedWeek,
    following: Following,
    before: Sequence[EarlierState],
    settings: Settings,
    *,
    as_of: date,
) -> list[dict[str, Any]]:
    """How every hotspot stands after a run, before people's verdicts count.

    Returns
    -------
    list of dict
        Columns of ``hotspot_states`` by hotspot id; those of signalled hotspots have a key ``place`` instead
        of ``detection_id``.
    """
    earlier = {state.hotspot_id: state for state in before}
    states = []
    for row in detected.signalled:
        hotspot_id = following.hotspot_of_place[row["place"]]
        state = _signalled_state(detected, row, earlier.get(hotspot_id), settings, as_of)
        states.append(state | {"hotspot_id": hotspot_id})
    shown = {state["hotspot_id"] for state in states}
    merged_into = {line.from_id: line.to_id for line in following.lineage if line.kind == "merge"}
    quiet = [state for state in before if state.hotspot_id not in shown]
    inside = _report_times_inside(quiet, detected.reports)
    states += [
        _quiet_state(state, inside[state.hotspot_id], merged_into.get(state.hotspot_id), settings, as_of)
        for state in quiet
    ]
    return sorted(states, key=lambda state: str(state["hotspot_id"]))


def _signalled_state(
    detected: DetectedWeek,
    row: Mapping[str, Any],
    earlier: EarlierState | None,
    settings: Settings,
    as_of: date,
) -> dict[str, Any]:
    first_report, first_signalled = row["first_report"], as_of
    if earlier is not None:
        first_report = min(first_report, earlier.row["first_report"])
        first_signalled = earlier.row["first_signalled"]
    state = {name: row[name] for name in COPIED} | {
        "place": row["place"],
        "is_signalled": True,
        "first_report": first_report,
        "last_report": row["last_report"],
        "first_signalled": first_signalled,
        "last_signalled": as_of,
        "merged_into": None,
        "buurtcode": detected.areas.locate([row["lon"]], [row["lat"]])[0],
    }
    return state | {"trend": _trend(state, detected.report_times(row["place"]), settings, as_of)}


def _quiet_state(
    earlier: EarlierState,
    report_times: "pd.Series[pd.Timestamp]",
    merged_into: str | None,
    settings: Settings,
    as_of: date,
) -> dict[str, Any]:
    state = {name: value for name, value in earlier.row.items() if name not in ("run_id", "place")}
    merged = merged_into or state["merged_into"]
    # the first reason of a hotspot that was quiet already says so
    reasons = state["redenen"] if state["is_signalled"] else state["redenen"][1:]
    explanation = _why_quiet(state["last_signalled"], is_merged=merged is not None)
    state |= {"is_signalled": False, "merged_into": merged, "redenen": [explanation, *reasons]}
    if len(report_times):
        state["last_report"] = max(state["last_report"], report_times.max().to_pydatetime())
    state["trend"] = "beeindigd" if merged else _trend(state, report_times, settings, as_of)
    return state


def _trend(
    state: Mapping[str, Any], report_times: "pd.Series[pd.Timestamp]", settings: Settings, as_of: date
) -> str:
    trend = trend_of_hotspot(
        trend_of(_weekly_counts(report_times, settings, as_of), settings.detection),
        as_of=as_of,
        first_signalled=state["first_signalled"],
        last_signalled=state["last_signalled"],
        last_report=settings.municipality.local_day(state["last_report"]),
        settings=settings.tracking,
    )
    return str(trend)


def _why_quiet(last_signalled: date, *, is_merged: bool) -> str:
    last = day(last_signalled)
    if is_merged:
        return f"Deze plek is opgegaan in een andere hotspot; de cijfers zijn van {last}."
    return f"Sinds {last} voldoet deze plek niet meer aan de regels; de cijfers zijn van die dag."


def _report_times_inside(
    states: Sequence[EarlierState], reports: pd.DataFrame
) -> dict[str, "pd.Series[pd.Timestamp]"]:
    if not states:
        return {}
    shapes = shapely.from_wkb([state.row["geometry"] for state in states])
    points = np.asarray(shapely.points(reports["lon"].to_numpy(), reports["lat"].to_numpy()))
    state_index, report_index = shapely.STRtree(points).query(shapes, predicate="intersects")
    return {
        state.hotspot_id: reports["moment"].iloc[report_index[state_index == number]]
        for number, state in enumerate(states)
    }


def _weekly_counts(
    report_times: "pd.Series[pd.Timestamp]", settings: Settings, as_of: date
) -> NDArray[np.int64]:
    zone = settings.municipality.timezone
    weeks = settings.detection.look_back_weeks
    days = report_times.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    days_ago = (pd.Timestamp(as_of) - days).dt.days
    index = weeks - 1 - days_ago.to_numpy(dtype=np.int64) // 7
    return np.bincount(index[(index >= 0) & (index < weeks)], minlength=weeks).astype(np.int64)
