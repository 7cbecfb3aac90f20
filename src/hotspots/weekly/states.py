"""How each hotspot stands after a run: as the run signals it, or quiet, with its trend and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from hotspots.detection.pipeline import EarlyPlace
from hotspots.geography.areas import AreaIndex
from hotspots.settings import Settings
from hotspots.statistics.trends import trend_of
from hotspots.tracking.follow import Following, Track, WeekPlace, reach_of
from hotspots.tracking.identity import trend_of_hotspot
from hotspots.tracking.nominations import PUT_HERE
from hotspots.weekly.blind_samples import Draw
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
        Report ids of each place that is signalled or that people put on the list, ascending; of the others
        only figures are kept.
    reports
        Those in the window by ascending report_id: report_id, moment, lon, lat.
    report_count, located_count
        Screened reports in the window, and those precise enough for clustering.
    shared_reporter_count
        Reporters of too many places to be one person, who were taken as unknown.
    refused
        How many places are not signalled, by what first kept them off the list; None: not counted.
    draw
        How blind samples were drawn among them; None: none were.
    early
        Places that may become a hotspot; none of a stored run, which shows those of then.
    """

    rows: list[dict[str, Any]]
    members: dict[int, list[int]]
    reports: pd.DataFrame
    areas: AreaIndex
    report_count: int
    located_count: int
    shared_reporter_count: int
    settings_hash: str
    refused: Mapping[str, int] | None = None
    draw: Draw | None = None
    early: Sequence[EarlyPlace] = ()

    @property
    def signalled(self) -> list[dict[str, Any]]:
        """The rows of the signalled places."""
        return [row for row in self.rows if row["signalled"]]

    @property
    def places(self) -> list[WeekPlace]:
        """The signalled places, to be recognised as hotspots."""
        return [
            WeekPlace(
                row["place"],
                row["lon"],
                row["lat"],
                frozenset(self.members[row["place"]]),
                reach_of(shapely.from_wkb(row["geometry"])),
            )
            for row in self.signalled
        ]

    def rows_of(self, place: int) -> NDArray[np.int64]:
        """Which rows of the reports are those of a signalled place."""
        return np.searchsorted(self.reports["report_id"].to_numpy(), self.members[place])

    def report_times(self, place: int) -> "pd.Series[pd.Timestamp]":
        """The times of the reports of a signalled place, aware UTC."""
        return self.reports["moment"].iloc[self.rows_of(place)]


@dataclass(frozen=True)
class PutHere:
    """What people put on the list: why each is there, by id of the hotspot, and which are closed again."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    done: Collection[str] = frozenset()


NOTHING_PUT = PutHere()


def tracks_after(
    before: Sequence[EarlierState], states: Sequence[Mapping[str, Any]], detected: DetectedWeek
) -> list[Track]:
    """Every hotspot after a run, as what it is recognised by."""
    known = {state.hotspot_id: state.track for state in before}
    place_of = {place.place: place for place in detected.places}
    for state in states:
        here = place_of.get(state["place"]) if "place" in state else None
        if here is not None:
            hotspot_id = str(state["hotspot_id"])
            track = known.get(hotspot_id) or Track(hotspot_id, here.lon, here.lat, here.reports)
            known[hotspot_id] = track.signalled_at(here)
    return [known[hotspot_id] for hotspot_id in sorted(known)]


def states_after(
    detected: DetectedWeek,
    following: Following,
    before: Sequence[EarlierState],
    settings: Settings,
    *,
    as_of: date,
    put_here: PutHere = NOTHING_PUT,
) -> list[dict[str, Any]]:
    """How every hotspot stands after a run, before people's verdicts count.

    What people put on the list stays there while it is not signalled, with the reports near it, until they
    are done with it.

    Returns
    -------
    list of dict
        Columns of ``hotspot_states`` by hotspot id; those of signalled hotspots have a key ``place`` instead
        of ``detection_id``.
    """
    earlier = {state.hotspot_id: state for state in before}
    weeks_ago = weeks_before(detected.reports["moment"], settings, as_of)
    signalled = detected.signalled
    buurtcodes = detected.areas.locate([row["lon"] for row in signalled], [row["lat"] for row in signalled])
    states = []
    for row, buurtcode in zip(signalled, buurtcodes.tolist(), strict=True):
        hotspot_id = following.hotspot_of_place[row["place"]]
        weeks = weeks_ago[detected.rows_of(row["place"])]
        state = _signalled_state(
            row | {"buurtcode": buurtcode}, earlier.get(hotspot_id), weeks, settings, as_of
        )
        states.append(_with_reason(state | {"hotspot_id": hotspot_id}, put_here))
    shown = {state["hotspot_id"] for state in states}
    merged_into = {line.from_id: line.to_id for line in following.lineage if line.kind == "merge"}
    for row in detected.rows:
        put_id = row.get("counted_for")
        if put_id is None or put_id in shown | merged_into.keys() or put_id in put_here.done:
            continue
        was = earlier.get(put_id)
        if was is None or was.row["merged_into"] is None:
            weeks = weeks_ago[detected.rows_of(row["place"])]
            state = counted_state(row, was, weeks, detected.areas, settings, as_of=as_of)
            states.append(_with_reason(state, put_here))
            shown.add(put_id)
    quiet = [state for state in before if state.hotspot_id not in shown]
    for was, rows in zip(quiet, _rows_inside(quiet, detected.reports), strict=True):
        last_report = detected.reports["moment"].iloc[rows].max() if len(rows) else None
        merged = merged_into.get(was.hotspot_id)
        states.append(_quiet_state(was, last_report, weeks_ago[rows], merged, settings, as_of))
    return sorted(states, key=lambda state: str(state["hotspot_id"]))


def counted_state(
    row: Mapping[str, Any],
    earlier: EarlierState | None,
    weeks_ago: NDArray[np.int64],
    areas: AreaIndex,
    settings: Settings,
    *,
    as_of: date,
) -> dict[str, Any]:
    """How a hotspot stands that people put on the list and that a run does not signal.

    Parameters
    ----------
    row
        Of ``detections``: what the run counted there.
    weeks_ago
        How many weeks before the end of `as_of` its reports came.
    """
    located = {**row, "buurtcode": areas.locate([row["lon"]], [row["lat"]]).tolist()[0]}
    state = _signalled_state(located, earlier, weeks_ago, settings, as_of)
    if earlier is not None and not row["report_count"]:
        state["last_report"] = max(state["last_report"], earlier.row["last_report"])
    return state | {"hotspot_id": row["counted_for"], "is_signalled": False}


def weeks_before(moments: "pd.Series[pd.Timestamp]", settings: Settings, as_of: date) -> NDArray[np.int64]:
    """How many weeks before the end of a local day times lie; 0 is the last seven days."""
    local = moments.dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    days = np.datetime64(as_of, "D") - local.to_numpy().astype("datetime64[D]")
    return np.asarray(days.astype(np.int64) // 7, dtype=np.int64)


def _with_reason(state: dict[str, Any], put_here: PutHere) -> dict[str, Any]:
    reason = put_here.reasons.get(state["hotspot_id"])
    return state if reason is None else state | {"redenen": [reason, *state["redenen"]]}


def _signalled_state(
    row: Mapping[str, Any],
    earlier: EarlierState | None,
    weeks_ago: NDArray[np.int64],
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
        "buurtcode": row["buurtcode"],
    }
    return state | {"trend": _trend(state, weeks_ago, settings, as_of)}


def _quiet_state(
    earlier: EarlierState,
    last_report: pd.Timestamp | None,
    weeks_ago: NDArray[np.int64],
    merged_into: str | None,
    settings: Settings,
    as_of: date,
) -> dict[str, Any]:
    state = {name: value for name, value in earlier.row.items() if name not in ("run_id", "place")}
    merged = merged_into or state["merged_into"]
    # the first reason of a hotspot that was quiet already says so
    was_put_here = state["redenen"][:1] and state["redenen"][0].startswith(PUT_HERE)
    was_listed = state["is_signalled"] or was_put_here
    reasons = state["redenen"] if was_listed else state["redenen"][1:]
    explanation = _why_quiet(
        state["last_signalled"],
        is_merged=merged is not None,
        is_put_here=any(reason.startswith(PUT_HERE) for reason in reasons),
    )
    state |= {"is_signalled": False, "merged_into": merged, "redenen": [explanation, *reasons]}
    if last_report is not None:
        state["last_report"] = max(state["last_report"], last_report.to_pydatetime())
    state["trend"] = "beeindigd" if merged else _trend(state, weeks_ago, settings, as_of)
    return state


def _trend(state: Mapping[str, Any], weeks_ago: NDArray[np.int64], settings: Settings, as_of: date) -> str:
    weeks = settings.detection.look_back_weeks
    index = weeks - 1 - weeks_ago
    counts = np.bincount(index[(index >= 0) & (index < weeks)], minlength=weeks)
    trend = trend_of_hotspot(
        trend_of(counts.astype(np.int64), settings.detection),
        as_of=as_of,
        first_signalled=state["first_signalled"],
        last_signalled=state["last_signalled"],
        last_report=settings.municipality.local_day(state["last_report"]),
        settings=settings.tracking,
    )
    return str(trend)


def _why_quiet(last_signalled: date, *, is_merged: bool, is_put_here: bool) -> str:
    last = day(last_signalled)
    if is_merged:
        return f"Deze plek is opgegaan in een andere hotspot; de cijfers zijn van {last}."
    if is_put_here:
        return f"Sinds {last} wordt deze plek niet meer gevolgd; de cijfers zijn van die dag."
    return f"Sinds {last} voldoet deze plek niet meer aan de regels; de cijfers zijn van die dag."


def _rows_inside(states: Sequence[EarlierState], reports: pd.DataFrame) -> list[NDArray[np.int64]]:
    """Which reports lie in the shape of each hotspot."""
    if not states:
        return []
    lon, lat = reports["lon"].to_numpy(), reports["lat"].to_numpy()
    by_lon = np.argsort(lon, kind="stable")
    ordered = lon[by_lon]
    found = []
    for shape in shapely.from_wkb([state.row["geometry"] for state in states]):
        west, south, east, north = shape.bounds
        rows = by_lon[np.searchsorted(ordered, west) : np.searchsorted(ordered, east, side="right")]
        rows = rows[(lat[rows] >= south) & (lat[rows] <= north)]
        found.append(rows[shapely.intersects_xy(shape, lon[rows], lat[rows])])
    return found
