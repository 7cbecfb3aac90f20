"""One weekly run: what was known at a peildatum, the places in it, and which hotspots they are."""

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from hotspots import __version__
from hotspots.casework.cases import return_to_list
from hotspots.casework.verdict_feedback import apply_verdicts
from hotspots.detection.pipeline import find_places
from hotspots.geocoding.register_store import load_exposure
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.intake.reports import load_reports, load_texts
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.publishing.public_figures import publish_figures
from hotspots.settings import Settings
from hotspots.statistics.trends import trend_of
from hotspots.store.areas import load_areas
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.removals import require_kept
from hotspots.tracking.identity import KnownHotspot, Recognition, SignalledPlace, recognise, trend_of_hotspot
from hotspots.weekly.run_store import (
    LineageRow,
    StoredState,
    add_hotspot,
    copied_values,
    detection_rows,
    later_runs,
    lock_runs,
    result_hash,
    save_run,
    states_before,
    states_first_seen_from,
    stored_detections,
    stored_hash,
)
from hotspots.wording import short_day

Exposure = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Longitudes and latitudes of all addresses, in degrees."""

Stage = Callable[[str], None]
"""Called with the name of each stage when it begins, for progress bars and measurements."""


@dataclass(frozen=True)
class RunSummary:
    """What one run did."""

    as_of: date
    report_count: int  # screened reports in the window
    located_count: int  # of which precise enough for clustering
    signalled_count: int
    new_count: int  # hotspots seen for the first time
    is_unchanged: bool  # the same run was stored already


def window_of(as_of: date, settings: Settings) -> tuple[datetime, datetime]:
    """The look-back window of a peildatum: local midnights, start inclusive, end exclusive.

    The whole day of the peildatum counts, so the window ends at the midnight after it.
    """
    zone = settings.municipality.zone
    last = as_of + timedelta(days=1)
    first = last - timedelta(weeks=settings.detection.look_back_weeks)
    return datetime.combine(first, time(), zone), datetime.combine(last, time(), zone)


def weeks_between(first: date, last: date) -> list[date]:
    """The peildatums of the weekly runs in a period: its Sundays, on which ISO weeks end.

    Examples
    --------
    >>> [str(day) for day in weeks_between(date(2023, 1, 1), date(2023, 1, 14))]
    ['2023-01-01', '2023-01-08']
    """
    sunday = first + timedelta(days=6 - first.weekday())
    return [sunday + timedelta(weeks=week) for week in range((last - sunday).days // 7 + 1)]


def run_week(
    database: Database,
    settings: Settings,
    *,
    as_of: date,
    now: datetime,
    on_stage: Stage = lambda _: None,
    retrack_later: bool = True,
    exposure: Exposure | None = None,
) -> RunSummary:
    """Do the weekly run of a peildatum, with only what was known then. Repeating it changes nothing.

    Parameters
    ----------
    as_of
        The peildatum, a local day that counts as a whole.
    now
        When this happens, aware; for the record only.
    on_stage
        Told the name of each stage when it begins.
    retrack_later
        Whether stored runs of later peildatums follow what this one changed.
    exposure
        Longitudes and latitudes of all addresses, where they are read already; else they are read.

    Raises
    ------
    SchemaError
        If the database was not made by this version.
    RemovedError
        If reports that the run needs were removed after their period.
    """
    with processing(database, "plekken signaleren", now=now):
        detected = _detect(database, settings, as_of=as_of, on_stage=on_stage, exposure=exposure)
    on_stage("tracking")
    with database.writing() as connection:
        lock_runs(connection)
        summary = _track_and_save(connection, settings, detected, as_of=as_of, now=now)
        publish_figures(connection, settings, as_of)
        if retrack_later and not summary.is_unchanged:
            for later in later_runs(connection, as_of):
                _track_and_save(
                    connection, settings, _stored(connection, settings, later), as_of=later, now=now
                )
    return summary


def replay(
    database: Database,
    settings: Settings,
    *,
    first: date,
    last: date,
    now: datetime,
    on_stage: Stage = lambda _: None,
) -> Iterator[RunSummary]:
    """Do every weekly run of a period in order, each as it would have been then."""
    weeks = weeks_between(first, last)
    with database.reading() as connection:
        exposure = load_exposure(connection)
    for as_of in weeks:
        yield run_week(
            database,
            settings,
            as_of=as_of,
            now=now,
            on_stage=on_stage,
            retrack_later=as_of == weeks[-1],
            exposure=exposure,
        )


@dataclass(frozen=True)
class _Detected:
    rows: list[dict[str, Any]]
    members: dict[
        int, list[int]
    ]  # report ids of the signalled places; of the others no more is kept than figures
    reports: pd.DataFrame  # in the window, by report_id: report_id, moment, lon, lat
    areas: AreaIndex
    report_count: int
    located_count: int
    settings_hash: str


def _detect(
    database: Database, settings: Settings, *, as_of: date, on_stage: Stage, exposure: Exposure | None
) -> _Detected:
    start, end = window_of(as_of, settings)
    with database.reading() as connection, _without_garbage_collection():
        require_kept(connection, window_start=start, as_of=as_of)
        on_stage("loading")
        reports = load_reports(connection, window_start=start, window_end=end, known_at=end)
        areas = load_areas(connection, settings.areas.gebieden)
        on_stage("detection")
        places, members = find_places(
            reports,
            as_of=as_of,
            areas=areas,
            # not named here, so that millions of points are let go as soon as they are indexed
            exposure_lon_lat=exposure or load_exposure(connection),
            settings=settings,
            texts=lambda ids: load_texts(connection, ids),
        )
    signalled = members[places["signalled"].to_numpy()[members["place"].to_numpy()]]
    return _Detected(
        rows=detection_rows(places),
        members={int(place): sorted(ids) for place, ids in signalled.groupby("place")["report_id"]},
        reports=reports,
        areas=AreaIndex(areas),
        report_count=len(reports),
        located_count=int(reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS]).sum()),
        settings_hash=_settings_hash(settings),
    )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A run makes rows by the million, and hardly any cycle: looking for these takes a tenth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _stored(connection: Connection, settings: Settings, as_of: date) -> _Detected:
    start, end = window_of(as_of, settings)
    rows, members, run = stored_detections(connection, as_of)
    return _Detected(
        rows=rows,
        members=members,
        reports=load_reports(connection, window_start=start, window_end=end, known_at=end),
        areas=AreaIndex(load_areas(connection, settings.areas.gebieden)),
        report_count=run["report_count"],
        located_count=run["located_count"],
        settings_hash=run["settings_hash"],
    )


def _track_and_save(
    connection: Connection, settings: Settings, detected: _Detected, *, as_of: date, now: datetime
) -> RunSummary:
    before = states_before(connection, as_of)
    signalled = [row for row in detected.rows if row["signalled"]]
    recognition, new_count = _recognise(connection, settings, detected, signalled, before, as_of)
    lineage = [
        LineageRow(line.kind, line.hotspot_id, recognition.hotspot_of_place[line.place])
        for line in recognition.lineage
    ]
    states = _states(settings, detected, signalled, before, recognition, lineage, as_of)
    heeded = apply_verdicts(
        connection,
        settings,
        states,
        partial(_moments_of, detected),
        last_signalled={state.hotspot_id: state.row["last_signalled"] for state in before},
        known_until=window_of(as_of, settings)[1],
    )
    states = heeded.states
    signalled_count = sum(state["is_signalled"] for state in states)
    fingerprint = result_hash(detected.rows, detected.members, states, lineage)
    is_unchanged = stored_hash(connection, as_of, detected.settings_hash) == fingerprint
    if not is_unchanged:
        start, end = window_of(as_of, settings)
        run = {
            "as_of": as_of,
            "window_start": start,
            "window_end": end,
            "started_at": now,
            "finished_at": now,
            "version": __version__,
            "settings_hash": detected.settings_hash,
            "report_count": detected.report_count,
            "located_count": detected.located_count,
            "signalled_count": signalled_count,
            "result_hash": fingerprint,
        }
        save_run(connection, run, detected.rows, detected.members, states, lineage)
    if heeded.returning and not later_runs(connection, as_of):  # a replay of the past moves nothing today
        return_to_list(connection, settings, hotspot_ids=heeded.returning, reasons=heeded.returning, now=now)
    return RunSummary(
        as_of=as_of,
        report_count=detected.report_count,
        located_count=detected.located_count,
        signalled_count=signalled_count,
        new_count=new_count,
        is_unchanged=is_unchanged,
    )


def _recognise(
    connection: Connection,
    settings: Settings,
    detected: _Detected,
    signalled: Sequence[Mapping[str, Any]],
    before: Sequence[StoredState],
    as_of: date,
) -> tuple[Recognition, int]:
    projection = Projection(settings.municipality.crs)
    places = _places(signalled, detected.members, projection)
    shift = settings.tracking.max_shift_m
    recognition = recognise(_known(before, projection), places, max_shift_m=shift)
    found = dict(recognition.hotspot_of_place)
    unknown = [place for place in places if place.place not in found]
    if unknown:
        known = {state.hotspot_id for state in before}
        seen_later = [
            state for state in states_first_seen_from(connection, as_of) if state.hotspot_id not in known
        ]
        again = recognise(_known(seen_later, projection), unknown, max_shift_m=shift)
        found |= again.hotspot_of_place
    new = [place for place in unknown if place.place not in recognition.hotspot_of_place]
    for place in new:
        if place.place not in found:
            found[place.place] = add_hotspot(connection, as_of, settings.municipality.code)
    return replace(recognition, hotspot_of_place=found), len(new)


def _moments_of(detected: _Detected, place: int) -> "pd.Series[pd.Timestamp]":
    rows = np.searchsorted(detected.reports["report_id"].to_numpy(), detected.members[place])
    return detected.reports["moment"].iloc[rows]


def _known(states: Sequence[StoredState], projection: Projection) -> list[KnownHotspot]:
    if not states:
        return []
    x, y = projection.to_metres(*zip(*(state.middle for state in states), strict=True))
    return [
        KnownHotspot(
            state.hotspot_id,
            float(x[number]),
            float(y[number]),
            state.reports,
            # nor is one found again at the middle of its buurt
            is_merged=state.row["merged_into"] is not None or state.is_place_removed,
        )
        for number, state in enumerate(states)
    ]


def _places(
    rows: Sequence[Mapping[str, Any]], members: Mapping[int, Sequence[int]], projection: Projection
) -> list[SignalledPlace]:
    if not rows:
        return []
    x, y = projection.to_metres([row["lon"] for row in rows], [row["lat"] for row in rows])
    return [
        SignalledPlace(row["place"], float(x[number]), float(y[number]), frozenset(members[row["place"]]))
        for number, row in enumerate(rows)
    ]


def _states(
    settings: Settings,
    detected: _Detected,
    signalled: Sequence[Mapping[str, Any]],
    before: Sequence[StoredState],
    recognition: Recognition,
    lineage: Sequence[LineageRow],
    as_of: date,
) -> list[dict[str, Any]]:
    earlier = {state.hotspot_id: state for state in before}
    states = [
        _signalled_state(
            settings, detected, row, earlier.get(recognition.hotspot_of_place[row["place"]]), as_of
        )
        | {"hotspot_id": recognition.hotspot_of_place[row["place"]]}
        for row in signalled
    ]
    shown = {state["hotspot_id"] for state in states}
    merged_into = {line.from_id: line.to_id for line in lineage if line.kind == "merge"}
    quiet = [state for state in before if state.hotspot_id not in shown]
    inside = _reports_inside(quiet, detected.reports)
    states += [
        _quiet_state(settings, state, inside[state.hotspot_id], merged_into.get(state.hotspot_id), as_of)
        for state in quiet
    ]
    return sorted(states, key=lambda state: str(state["hotspot_id"]))


def _signalled_state(
    settings: Settings,
    detected: _Detected,
    row: Mapping[str, Any],
    earlier: StoredState | None,
    as_of: date,
) -> dict[str, Any]:
    first_report, first_signalled = row["first_report"], as_of
    if earlier is not None:
        first_report = min(first_report, earlier.row["first_report"])
        first_signalled = earlier.row["first_signalled"]
    moments = _moments_of(detected, row["place"])
    trend = trend_of_hotspot(
        trend_of(_weekly_counts(moments, settings, as_of)),
        as_of=as_of,
        first_signalled=first_signalled,
        last_signalled=as_of,
        last_report=_local_day(row["last_report"], settings),
        settings=settings.tracking,
    )
    return copied_values(row) | {
        "place": row["place"],
        "is_signalled": True,
        "trend": str(trend),
        "first_report": first_report,
        "last_report": row["last_report"],
        "first_signalled": first_signalled,
        "last_signalled": as_of,
        "merged_into": None,
        "buurtcode": detected.areas.locate([row["lon"]], [row["lat"]])[0],
    }


def _quiet_state(
    settings: Settings,
    earlier: StoredState,
    moments: "pd.Series[pd.Timestamp]",
    merged_into: str | None,
    as_of: date,
) -> dict[str, Any]:
    values = dict(earlier.row)
    last_report = values["last_report"]
    if len(moments):
        last_report = max(last_report, moments.max().to_pydatetime())
    trend = trend_of_hotspot(
        trend_of(_weekly_counts(moments, settings, as_of)),
        as_of=as_of,
        first_signalled=values["first_signalled"],
        last_signalled=values["last_signalled"],
        last_report=_local_day(last_report, settings),
        settings=settings.tracking,
    )
    merged = merged_into or values["merged_into"]
    reasons = values["redenen"][1:] if not values["is_signalled"] else values["redenen"]
    explanation = _why_quiet(values["last_signalled"], is_merged=merged is not None)
    return copied_values(values) | {
        "hotspot_id": earlier.hotspot_id,
        "detection_id": values["detection_id"],
        "is_signalled": False,
        "trend": "beeindigd" if merged else str(trend),
        "first_report": values["first_report"],
        "last_report": last_report,
        "first_signalled": values["first_signalled"],
        "last_signalled": values["last_signalled"],
        "merged_into": merged,
        "buurtcode": values["buurtcode"],
        "redenen": [explanation, *reasons],
    }


def _why_quiet(last_signalled: date, *, is_merged: bool) -> str:
    day = short_day(last_signalled)
    if is_merged:
        return f"Deze plek is opgegaan in een andere hotspot; de cijfers zijn van {day}."
    return f"Sinds {day} voldoet deze plek niet meer aan de regels; de cijfers zijn van die dag."


def _reports_inside(
    states: Sequence[StoredState], reports: pd.DataFrame
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


def _weekly_counts(moments: "pd.Series[pd.Timestamp]", settings: Settings, as_of: date) -> NDArray[np.int64]:
    zone = settings.municipality.timezone
    weeks = settings.detection.look_back_weeks
    days_ago = (pd.Timestamp(as_of) - moments.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()).dt.days
    index = weeks - 1 - days_ago.to_numpy(dtype=np.int64) // 7
    return np.bincount(index[(index >= 0) & (index < weeks)], minlength=weeks).astype(np.int64)


def _local_day(moment: datetime, settings: Settings) -> date:
    return moment.astimezone(settings.municipality.zone).date()


def _settings_hash(settings: Settings) -> str:
    # what decides a result: not where the database is, nor secrets
    sections = {"municipality", "areas", "calendar", "cells", "detection", "tracking"}
    deciding = settings.model_dump_json(include=sections)
    return hashlib.sha256(deciding.encode()).hexdigest()
