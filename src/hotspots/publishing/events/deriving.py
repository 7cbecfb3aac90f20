"""What happened since a subscriber was told: events made from the history of cases and from the runs.

Whoever changes a case or does a run knows nothing of events, and can't forget one. What is new is found by
what a subscriber knows already (``event_marks``): the version of each case, and how each place stood in the
last run that it was told of. One row per version of a case is kept for ever and is written while the case is
locked, so the versions up to any that can be read are all there: unlike a cursor on numbers of rows, which
passes over those of a transaction that ends later. Rows and marks of a subscriber are written in one
transaction, by one process at a time.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, select, update

from hotspots.casework.workflow import NOMINATING, TRANSITIONS, VERDICTS, WITHDRAWING_PLACE
from hotspots.model import RETURN, EventType, Status
from hotspots.publishing.events.subscriber import Subscriber, subscriber_of
from hotspots.settings import Settings
from hotspots.store.batches import in_batches, insert_rows, is_among
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.event_tables import event_marks, event_subscribers, events
from hotspots.store.locks import lock_until_end
from hotspots.store.run_tables import hotspots, runs
from hotspots.tracking.selection import Selection, select_states, states_of

LOCK = "events"
"""The lock of who makes rows for subscribers, or changes who they are."""

_STEPS: Mapping[str, Status] = {step.name: step.target for step in TRANSITIONS}
_TOLD_TO_ALL: Mapping[str, EventType] = {
    RETURN: EventType.SIGNALLED,
    NOMINATING: EventType.SIGNALLED,
    WITHDRAWING_PLACE: EventType.CLOSED,
}
_OF_CASES: Mapping[str, EventType] = {
    "oordelen": EventType.JUDGED,
    "maatregel toevoegen": EventType.MEASURE,
    "maatregel wijzigen": EventType.MEASURE,
    "maatregel intrekken": EventType.MEASURE,
}


@dataclass(frozen=True)
class Happening:
    """Something to tell a subscriber."""

    type: EventType
    at: datetime
    hotspot_id: str | None
    told_by: str  # what makes it this one: a version of a case, or a run
    peildatum: date | None = None

    @property
    def event_id(self) -> str:
        """The same whenever it is found, also after a restore."""
        about = self.hotspot_id or "list"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"hotspots/events/{about}/{self.told_by}/{self.type}"))


@dataclass(frozen=True)
class _Mark:
    version: int
    digest: str | None


def kind_of_change(kind: str, *, reads_cases: bool) -> EventType | None:
    """The type of a change in the history of a case; None if it is not told.

    What everyone sees by the status of a place is told to all, the rest to who reads cases.

    Examples
    --------
    >>> [str(kind_of_change(kind, reads_cases=False)) for kind in ("sluiten", "verrijken", "aanpak beginnen")]
    ['hotspot-gesloten', 'None', 'hotspot-gewijzigd']
    """
    if kind in _TOLD_TO_ALL:
        return _TOLD_TO_ALL[kind]
    target = _STEPS.get(kind)
    if target is not None:
        by_target = {Status.GESLOTEN: EventType.CLOSED} | dict.fromkeys(VERDICTS, EventType.DECIDED)
        return by_target.get(target, EventType.CHANGED)
    return _OF_CASES.get(kind, EventType.CHANGED) if reads_cases else None


def is_anything_new(connection: Connection) -> bool:
    """Whether there is a case or run of which a subscriber may have to be told."""
    run = connection.execute(_latest_runs().limit(1)).first()
    subscribers = connection.execute(select(event_subscribers)).all()
    return any(
        (run is not None and _is_new(run, row))
        or connection.execute(_changed_hotspots(row.id).limit(1)).first()
        for row in subscribers
    )


def _is_new(run: Row[Any], subscriber: Row[Any]) -> bool:
    """Whether a run is a later one than a subscriber was told of, or found something else."""
    told: date | None = subscriber.told_as_of
    is_later = told is None or run.as_of > told
    return is_later or (run.as_of == told and run.result_hash != subscriber.told_result)


def make_events(database: Database, settings: Settings, *, now: datetime) -> int:
    """Make the rows of all that happened since each subscriber was told; gives how many.

    One subscriber after the other, so that whoever writes to SQLite meanwhile waits for one only.
    """
    with database.reading() as connection:
        ids = connection.execute(select(event_subscribers.c.id).order_by(event_subscribers.c.name)).scalars()
        subscriber_ids = list(ids)
    count = 0
    for subscriber_id in subscriber_ids:
        with database.writing() as connection:
            lock_until_end(connection, LOCK)
            chosen = select(event_subscribers).where(event_subscribers.c.id == subscriber_id)
            row = connection.execute(chosen).first()
            if row is not None:  # it was not ended meanwhile
                count += _make_for(connection, settings, row, now=now)
    return count


def begin_marks(connection: Connection, settings: Settings, subscriber: Subscriber) -> None:
    """Let a subscriber begin with what is there now: it is told of what happens from here on."""
    lock_until_end(connection, LOCK)
    last = connection.execute(_latest_runs().limit(1)).first()
    known = {} if last is None else _told_after(connection, settings, subscriber, last.as_of)
    versions = connection.execute(select(hotspots.c.id, hotspots.c.version)).all()
    marks = {row.id: _Mark(row.version, known.get(row.id)) for row in versions}
    _write_marks(connection, subscriber.id, marks)
    if last is not None:
        _note_run(connection, subscriber.id, last.as_of, last.result_hash)


def widen_marks(connection: Connection, settings: Settings, subscriber: Subscriber) -> None:
    """Let a subscriber that may know of more begin with what is there now of that."""
    last = connection.execute(_latest_runs().limit(1)).first()
    known = {} if last is None else _told_after(connection, settings, subscriber, last.as_of)
    marks = _read_marks(connection, subscriber.id, None)
    wider = {
        spot: _Mark(mark.version, known[spot])
        for spot, mark in marks.items()
        if mark.digest is None and spot in known
    }
    _write_marks(connection, subscriber.id, wider)


def _make_for(connection: Connection, settings: Settings, row: Row[Any], *, now: datetime) -> int:
    subscriber = subscriber_of(row)
    spots = sorted(connection.execute(_changed_hotspots(subscriber.id)).scalars())
    told = _latest_runs().order_by(None).order_by(runs.c.as_of)
    if row.told_as_of is not None:
        told = told.where(runs.c.as_of >= row.told_as_of)
    new_runs = [run for run in connection.execute(told) if _is_new(run, row)]
    if not spots and not new_runs:
        return 0
    among = None if new_runs else spots
    marks = _read_marks(connection, subscriber.id, among)
    last = connection.execute(_latest_runs().limit(1)).first()
    standing = {} if last is None else _told_after(connection, settings, subscriber, last.as_of, among)
    found: list[Happening] = []
    after = dict(marks)
    for event in _changes_of(connection, spots, marks):
        kind = kind_of_change(event.kind, reads_cases=subscriber.reads_cases)
        if kind is not None and event.hotspot_id in standing:
            # after a restore another change may become the same version
            told_by = f"version {event.version} of {event.at.isoformat()}"
            found.append(Happening(kind, event.at, event.hotspot_id, told_by))
        before = after.get(event.hotspot_id)
        after[event.hotspot_id] = _Mark(event.version, before.digest if before else None)
    again = {one.hotspot_id for one in found if one.hotspot_id and one.type is EventType.SIGNALLED}
    for spot in again:
        after[spot] = _Mark(after[spot].version, standing[spot])
    for run in new_runs:
        stood = (
            standing
            if last is not None and run.as_of == last.as_of
            else _told_after(connection, settings, subscriber, run.as_of)
        )
        listed = _listed_after(connection, settings, subscriber, run.as_of)
        found += _of_run(run, stood, listed, after, without=again)
    if new_runs:
        _note_run(connection, subscriber.id, new_runs[-1].as_of, new_runs[-1].result_hash)
    _write_marks(
        connection, subscriber.id, {one: mark for one, mark in after.items() if marks.get(one) != mark}
    )
    wanted = [one for one in _in_order(found) if one.type in subscriber.types]
    return _write(connection, subscriber.id, wanted, now=now)


def _in_order(found: Iterable[Happening]) -> list[Happening]:
    """Sort by when they happened, and each hotspot's changes by version, also where the clock went back."""
    last: dict[str | None, datetime] = {}
    placed = []
    for one in found:
        at = one.at
        if one.peildatum is None:
            at = last[one.hotspot_id] = max(at, last.get(one.hotspot_id, at))
        placed.append((at, one.hotspot_id is None, one))
    return [one for *_, one in sorted(placed, key=lambda each: each[:2])]


def _of_run(
    run: Row[Any],
    stood: Mapping[str, str],
    listed: Collection[str],
    marks: dict[str, _Mark],
    *,
    without: Collection[str],
) -> list[Happening]:
    """What a run tells of each place, and that it is done; the marks become those of after it."""
    found = []
    told_by = f"run {run.as_of} {run.result_hash}"
    for spot in sorted(stood.keys() | marks.keys()):
        mark, digest = marks.get(spot), stood.get(spot)
        before = None if mark is None else mark.digest
        if digest == before and mark is not None:
            continue
        marks[spot] = _Mark(mark.version if mark else 1, digest)
        if digest is not None and spot not in without:
            # of a place that ended before may be known too, as where others than one person reported it
            kind = EventType.SIGNALLED if before is None and spot in listed else EventType.CHANGED
            found.append(Happening(kind, run.finished_at, spot, told_by, run.as_of))
    return [*found, Happening(EventType.LIST_READY, run.finished_at, None, told_by, run.as_of)]


def _latest_runs() -> Select[Any]:
    """The runs, the last one first."""
    columns = (runs.c.as_of, runs.c.result_hash, runs.c.finished_at)
    return select(*columns).order_by(runs.c.as_of.desc())


def _changed_hotspots(subscriber_id: str) -> Select[Any]:
    """The ids of the hotspots with changes of which a subscriber doesn't know."""
    mark = and_(event_marks.c.hotspot_id == hotspots.c.id, event_marks.c.subscriber_id == subscriber_id)
    known = func.coalesce(event_marks.c.version, 1)
    return select(hotspots.c.id).outerjoin(event_marks, mark).where(hotspots.c.version > known)


def _changes_of(connection: Connection, spots: Sequence[str], marks: Mapping[str, _Mark]) -> Iterator[Any]:
    """The changes of these hotspots of which a subscriber doesn't know, each hotspot's in order."""
    event = hotspot_events.c
    query = select(event.hotspot_id, event.version, event.kind, event.at)
    for batch in in_batches(spots):
        chosen = query.where(is_among(connection, event.hotspot_id, batch))
        for row in connection.execute(chosen.order_by(event.hotspot_id, event.version)):
            if row.version > (marks[row.hotspot_id].version if row.hotspot_id in marks else 1):
                yield row


def _told_after(
    connection: Connection,
    settings: Settings,
    subscriber: Subscriber,
    as_of: date,
    among: Sequence[str] | None = None,
) -> dict[str, str]:
    """What a subscriber is told of each place that it may know of, after the run of a day; all, or some."""
    selection = Selection(subscriber.visibility, as_of=as_of)
    states = states_of(connection, settings, selection)
    query = select_states(connection, settings, selection, states).add_columns(
        states.c.is_signalled, states.c.trend, states.c.last_report
    )
    if among is not None:
        spot: Any = states.c.hotspot_id
        query = query.where(is_among(connection, spot, among))
    return {
        row.hotspot_id: hashlib.sha256(
            f"{row.is_signalled:d} {row.trend} {row.last_report.isoformat()}".encode()
        ).hexdigest()
        for row in connection.execute(query)
    }


def _listed_after(
    connection: Connection, settings: Settings, subscriber: Subscriber, as_of: date
) -> Collection[str]:
    """The places on the list of a day, as far as a subscriber may know of them."""
    selection = Selection(subscriber.visibility, as_of=as_of, is_listed=True)
    return {row.hotspot_id for row in connection.execute(select_states(connection, settings, selection))}


def _read_marks(connection: Connection, subscriber_id: str, among: Sequence[str] | None) -> dict[str, _Mark]:
    query = select(event_marks).where(event_marks.c.subscriber_id == subscriber_id)
    if among is not None:
        query = query.where(is_among(connection, event_marks.c.hotspot_id, among))
    return {row.hotspot_id: _Mark(row.version, row.digest) for row in connection.execute(query)}


def _write_marks(connection: Connection, subscriber_id: str, marks: Mapping[str, _Mark]) -> None:
    mine = event_marks.c.subscriber_id == subscriber_id
    for batch in in_batches(sorted(marks)):
        connection.execute(
            delete(event_marks).where(mine, is_among(connection, event_marks.c.hotspot_id, batch))
        )
    rows = [(subscriber_id, spot, mark.version, mark.digest) for spot, mark in sorted(marks.items())]
    insert_rows(connection, event_marks, ["subscriber_id", "hotspot_id", "version", "digest"], rows)


def _note_run(connection: Connection, subscriber_id: str, as_of: date, result_hash: str) -> None:
    chosen = update(event_subscribers).where(event_subscribers.c.id == subscriber_id)
    connection.execute(chosen.values(told_as_of=as_of, told_result=result_hash))


def _write(connection: Connection, subscriber_id: str, found: Iterable[Happening], *, now: datetime) -> int:
    unique = {one.event_id: one for one in found}
    mine = select(events.c.event_id).where(events.c.subscriber_id == subscriber_id)
    for batch in in_batches(sorted(unique)):
        for known in connection.execute(mine.where(is_among(connection, events.c.event_id, batch))).scalars():
            del unique[known]
    of_all = {
        "subscriber_id": subscriber_id,
        "state": "waiting",
        "attempts": 0,
        "made_at": now,
        "due_at": now,
    }
    own = ["event_id", "type", "hotspot_id", "peildatum", "at"]
    rows = [
        (*of_all.values(), event_id, str(one.type), one.hotspot_id, one.peildatum, one.at)
        for event_id, one in unique.items()
    ]
    insert_rows(connection, events, [*of_all, *own], rows)
    return len(rows)
