"""One weekly run: what was known at an as-of date, the places in it, and which hotspots they are."""

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from hotspots import __version__
from hotspots.casework.history import statuses_at
from hotspots.casework.steps import return_to_list
from hotspots.casework.verdict_feedback import apply_verdicts
from hotspots.detection.exposure import Exposure
from hotspots.detection.pipeline import find_places
from hotspots.detection.shared_reporters import shared_reporters
from hotspots.detection.wide_places import Known, looks_for_wide
from hotspots.geocoding.register_store import name_register
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.intake.known_reports import KnownWindow, load_columns, load_reports
from hotspots.intake.reports import load_texts
from hotspots.model import CLUSTERING_PRECISIONS, Status
from hotspots.publishing.public_figures import publish_figures, tell_cells_of_settled_quarters
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.removals import require_kept
from hotspots.tracking.follow import LineageRow, Track, WeekPlace, follow
from hotspots.tracking.listed import DONE
from hotspots.tracking.naming import name_hotspots
from hotspots.tracking.nominations import read_reasons
from hotspots.tracking.samples import UNDECIDED, are_drawn, blinded
from hotspots.tracking.signalling import require_running
from hotspots.weekly.attention_store import (
    KnownAttention,
    known_attention,
    number_of,
    save_attention,
)
from hotspots.weekly.blind_samples import prepare_draw, save_draw, without_samples
from hotspots.weekly.counted import count_nominated, what_reports_are_about
from hotspots.weekly.kept_exposure import load_exposure, load_streets
from hotspots.weekly.run_store import (
    EarlierState,
    add_hotspot,
    add_numbered,
    detection_rows,
    draw_sequence,
    hotspot_ids,
    later_runs,
    lock_runs,
    read_detections,
    read_result_hash,
    result_hash,
    save_run,
    states_before,
    states_first_seen_from,
    taken_sequences,
)
from hotspots.weekly.states import DetectedWeek, PutHere, states_after, tracks_after
from hotspots.weekly.weeks import weeks_between, window_of

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
    shared_reporter_count: int  # reporters of too many places to be one person: taken as unknown
    refused_count: int  # places with enough reports to be looked at that are not signalled
    is_unchanged: bool  # the same run was stored already
    looked_for_wide: bool  # parks and streets too, and not only smaller places


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
    """Do the weekly run as of a day, with only what was known then. Repeating it changes nothing.

    Parameters
    ----------
    as_of
        A local day that counts as a whole.
    now
        When this happens, aware; for the record only.
    retrack_later
        Whether stored runs of later days follow what this one changed.
    exposure
        Read from the database unless given.

    Raises
    ------
    SchemaError
        If the database was not made by this version.
    RemovedError
        If reports that the run needs were removed after their period.
    StoppedError
        If signalling is stopped, also when that happened meanwhile: nothing is changed.
    """
    with processing(database, "plekken signaleren", now=now), database.reading() as connection:
        require_running(connection)
        require_kept(connection, window_start=window_of(as_of, settings)[0], as_of=as_of)
        detected = detect_week(
            connection,
            settings,
            as_of=as_of,
            known=lambda: reports_of(without_samples(connection, settings, as_of)),
            on_stage=on_stage,
            exposure=exposure,
            with_samples=True,
        )
    on_stage("tracking")
    with database.writing() as connection:
        lock_runs(connection)
        require_running(connection)
        name_register(connection)
        summary = _track_and_save(connection, settings, detected, as_of=as_of, now=now)
        tell_cells_of_settled_quarters(connection, settings, as_of)
        known = KnownWindow(detected.reports, *window_of(as_of, settings))
        publish_figures(connection, settings, as_of, among=known)
        if retrack_later and not summary.is_unchanged:
            for later in later_runs(connection, as_of):
                stored = _read_detected(connection, settings, later)
                _track_and_save(connection, settings, stored, as_of=later, now=now, is_stored=True)
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
        exposure = load_exposure(connection, settings)
    run = partial(run_week, database, settings, now=now, on_stage=on_stage, exposure=exposure)
    for as_of in weeks:
        yield run(as_of=as_of, retrack_later=as_of == weeks[-1])


def detect_week(
    connection: Connection,
    settings: Settings,
    *,
    as_of: date,
    known: Known,
    on_stage: Stage = lambda _: None,
    exposure: Exposure | None = None,
    with_samples: bool = False,
) -> DetectedWeek:
    """Detect places in the reports of the window of a run, as they and its hotspots were known then.

    With samples, places that are refused may stand among the signalled without saying so.
    """
    start, end = window_of(as_of, settings)
    with _without_garbage_collection():
        on_stage("loading")
        reports = load_reports(connection, window_start=start, window_end=end, known_at=end)
        areas = load_areas(connection, settings.areas.gebieden)
        index = AreaIndex(areas)
        prepared = None
        if with_samples:
            prepared = prepare_draw(connection, settings, index, as_of=as_of, known_until=end)
        draw, sampling = prepared or (None, None)
        on_stage("detection")
        found = find_places(
            reports,
            as_of=as_of,
            areas=areas,
            exposure=exposure or load_exposure(connection, settings),
            settings=settings,
            texts=lambda ids: load_texts(connection, ids),
            sampling=sampling,
            known=known,
        )
    is_signalled = np.array([row["signalled"] for row in found.rows], dtype=np.bool_)
    signalled = found.members[is_signalled[found.members["place"].to_numpy()]]
    on_stage("nuisance")
    kinds = what_reports_are_about(connection, settings, signalled, reports, known_at=end)
    counted, counted_members = count_nominated(
        connection, settings, reports, as_of=as_of, known_at=end, first_number=len(found.rows)
    )
    return DetectedWeek(
        rows=detection_rows(found.rows, kinds) + counted,
        members=_reports_per_place(signalled) | counted_members,
        reports=reports,
        areas=index,
        report_count=len(reports),
        located_count=int(reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS]).sum()),
        shared_reporter_count=len(shared_reporters(reports, settings)),
        settings_hash=_settings_hash(settings),
        refused=found.refused,
        early=found.early,
        draw=draw,
    )


def _reports_per_place(members: pd.DataFrame) -> dict[int, list[int]]:
    """The report ids of each place in ``model.MEMBERS``."""
    place, report_ids = members["place"].to_numpy(), members["report_id"].to_numpy()
    start = np.flatnonzero(np.diff(place, prepend=-1))
    parts = np.split(report_ids, start[1:]) if len(start) else []
    return {number: part.tolist() for number, part in zip(place[start].tolist(), parts, strict=True)}


def reports_of(states: Iterable[EarlierState]) -> list[frozenset[int]]:
    """The reports of the hotspots that are followed, as the last run that saw each had them."""
    return [state.track.reports for state in states if not state.track.is_merged]


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Look for no cycles: a run makes rows by the million and hardly a cycle, and looking takes a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_detected(connection: Connection, settings: Settings, as_of: date) -> DetectedWeek:
    start, end = window_of(as_of, settings)
    rows, members, run = read_detections(connection, as_of)
    columns = ("moment", "reporter_id", "lon", "lat")
    reports = load_columns(connection, columns, window_start=start, window_end=end, known_at=end)
    return DetectedWeek(
        rows,
        members,
        reports,
        AreaIndex(load_areas(connection, settings.areas.gebieden)),
        shared_reporter_count=len(shared_reporters(reports, settings)),
        **{name: run[name] for name in ("report_count", "located_count", "settings_hash", "refused")},
    )


@dataclass(frozen=True)
class TrackedWeek:
    """Every hotspot after a run: its state, the splits and merges, and what verdicts bring back."""

    states: list[dict[str, Any]]  # columns of hotspot_states; of a place of this run with a key "place"
    lineage: tuple[LineageRow, ...]
    returning: Mapping[str, str]  # by id of the hotspot: why it is on the list again
    new_count: int  # places that no run before knew

    @property
    def signalled(self) -> list[dict[str, Any]]:
        """The states of the hotspots on the list."""
        return [state for state in self.states if state["is_signalled"]]


def track_week(
    connection: Connection,
    settings: Settings,
    detected: DetectedWeek,
    before: Sequence[EarlierState],
    *,
    as_of: date,
    new_id: Callable[[WeekPlace], str],
    seen_later: Iterable[Sequence[Track]],
) -> TrackedWeek:
    """Follow the hotspots of before to this week, and apply the verdicts known by then. Nothing is written.

    Parameters
    ----------
    before
        Every hotspot after the run before.
    new_id, seen_later
        As :func:`hotspots.tracking.follow.follow` takes them.
    """
    following = follow(
        [state.track for state in before],
        detected.places,
        new_id=new_id,
        projection=Projection(settings.municipality.crs),
        settings=settings.tracking,
        seen_later=seen_later,
    )
    known_until = window_of(as_of, settings)[1]
    put_here = PutHere(read_reasons(connection, as_of))
    if put_here.reasons:
        statuses = statuses_at(connection, known_until)
        put_here = PutHere(put_here.reasons, {one for one, (status, _) in statuses.items() if status in DONE})
    decided = apply_verdicts(
        connection,
        settings,
        states_after(detected, following, before, settings, as_of=as_of, put_here=put_here),
        detected.report_times,
        last_signalled={state.hotspot_id: state.row["last_signalled"] for state in before},
        known_until=known_until,
    )
    states = decided.states
    if are_drawn(connection, settings):
        # samples among them or not: of what nobody decided on is told what holds of both
        known = statuses_at(connection, known_until)
        states = [
            blinded(state) if _status(known, state["hotspot_id"]) in UNDECIDED else state for state in states
        ]
    return TrackedWeek(states, following.lineage, decided.returning, len(following.new))


def _status(known: Mapping[str, tuple[Status, Status | None]], hotspot_id: str) -> Status:
    return known[hotspot_id][0] if hotspot_id in known else Status.KANDIDAAT


def seen_from(connection: Connection, as_of: date) -> Iterator[list[Track]]:
    """The hotspots of the runs from a date on, read when they are asked for."""
    yield [state.track for state in states_first_seen_from(connection, as_of)]


def _track_and_save(
    connection: Connection,
    settings: Settings,
    detected: DetectedWeek,
    *,
    as_of: date,
    now: datetime,
    is_stored: bool = False,
) -> RunSummary:
    """Follow the hotspots to a run, and save it; a stored run keeps the attention places that it showed."""
    before = states_before(connection, as_of)
    attention = known_attention(connection, settings, as_of)
    taken = taken_sequences(connection, as_of.year)
    tracked = track_week(
        connection,
        settings,
        detected,
        before,
        as_of=as_of,
        new_id=partial(_add_hotspot, connection, settings, as_of, attention=attention, taken=taken),
        seen_later=seen_from(connection, as_of),
    )
    fingerprint = result_hash(detected.rows, detected.members, tracked.states, tracked.lineage)
    is_unchanged = read_result_hash(connection, as_of, detected.settings_hash) == fingerprint
    counts = {
        "report_count": detected.report_count,
        "located_count": detected.located_count,
        "signalled_count": len(tracked.signalled),
    }
    stepped: frozenset[str] = frozenset()
    if not is_unchanged:
        start, end = window_of(as_of, settings)
        run = counts | {
            "as_of": as_of,
            "window_start": start,
            "window_end": end,
            "started_at": now,
            "finished_at": now,
            "version": __version__,
            "settings_hash": detected.settings_hash,
            "result_hash": fingerprint,
            "refused": detected.refused,
        }
        stepped = save_run(connection, run, detected.rows, detected.members, tracked.states, tracked.lineage)
        if detected.draw is not None:
            found = {state["place"]: state["hotspot_id"] for state in tracked.states if "place" in state}
            save_draw(connection, detected.draw, found, detected.members)
    is_latest = not later_runs(connection, as_of)
    streets = load_streets(connection, settings)
    name_hotspots(connection, settings, tracked.states, is_latest=is_latest, stepped=stepped, streets=streets)
    if not is_stored:
        tracks = tracks_after(before, tracked.states, detected)
        save_attention(
            connection,
            settings,
            detected,
            tracks,
            attention,
            as_of=as_of,
            taken=taken,
            streets=streets,
        )
    if tracked.returning and is_latest:  # a replay of the past moves nothing today
        return_to_list(
            connection, settings, hotspot_ids=tracked.returning, reasons=tracked.returning, now=now
        )
    return RunSummary(
        as_of=as_of,
        new_count=tracked.new_count,
        shared_reporter_count=detected.shared_reporter_count,
        refused_count=sum((detected.refused or {}).values()),
        is_unchanged=is_unchanged,
        looked_for_wide=looks_for_wide(detected.located_count, settings.detection),
        **counts,
    )


def _add_hotspot(
    connection: Connection,
    settings: Settings,
    as_of: date,
    place: WeekPlace,
    *,
    attention: KnownAttention,
    taken: set[int],
) -> str:
    """Add a hotspot: by the number of the attention place that it was, or by a new one."""
    was = attention.of(place, hotspot_ids(connection), settings) if attention.before else None
    if was is not None:
        return add_numbered(connection, *number_of(connection, was), settings.municipality.code)
    sequence = draw_sequence(connection, as_of.year, place.reports, taken)
    taken.add(sequence)
    return add_hotspot(connection, as_of, sequence, settings.municipality.code)


def _settings_hash(settings: Settings) -> str:
    deciding = {"municipality", "areas", "calendar", "cells", "detection", "tracking"}
    if settings.samples.is_on:  # else a run is that of before there were any
        deciding.add("samples")
    return hashlib.sha256(settings.model_dump_json(include=deciding).encode()).hexdigest()
