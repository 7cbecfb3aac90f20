"""Removal that surprises nobody: after a person confirmed the periods, and announced a day ahead.

An announcement says what is past its period at the next removal. That removal takes what it says and nothing
else: what came in since, or was closed, blocked or run again, waits for the next announcement. Both are
written in one transaction, so a process that is killed leaves the old announcement, or all of it done and a
new one. What one person asks to be erased waits for none of this.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hotspots.access.rights import Actor
from hotspots.intake.import_reports import ImportResult
from hotspots.intake.past_periods import PastPeriods
from hotspots.operations.timetable import TIMETABLE
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.expired_places import dwellings_over
from hotspots.privacy.expired_reports import count_by_import
from hotspots.privacy.retention import (
    KINDS,
    Bounds,
    Removed,
    count_rows,
    cutoffs,
    mark_for_wiping,
    remove_rows,
    remove_traces_of_use,
)
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.audit import processing
from hotspots.store.confirmed_periods import (
    Confirmation,
    in_force,
    periods_to_confirm,
    read_confirmation,
    with_periods,
)
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.operation_tables import retention_confirmations
from hotspots.store.report_tables import imports

ANNOUNCED = "announced removal"
"""Name of the fact that holds the announcement."""

A_DAY = timedelta(hours=22)
"""How long something is announced at least: from night to night, also when clocks change or a job is late."""


@dataclass(frozen=True)
class Announcement:
    """What the next removal takes."""

    at: datetime
    goes_at: datetime  # the removal is the first one at or after this moment
    days: dict[str, int]  # the periods by which it was counted
    last_import: int
    counts: dict[str, int]  # rows per kind, and files
    by_import: dict[str, dict[int, int]]  # of texts, places and reports: how many of which import
    dwellings: list[str] = field(default_factory=list)  # ids of the places that point at persons
    files: list[str] = field(default_factory=list)  # the marks of the files

    @property
    def total(self) -> int:
        """How much in all."""
        return sum(self.counts.values())


Files = Callable[[Settings, datetime], Mapping[str, Sequence[str]]]
"""Gives per kind the marks of the files whose period is over at a moment."""


def no_files(_settings: Settings, _at: datetime) -> Mapping[str, Sequence[str]]:
    """For who can't look at the folders: the next night announces the files."""
    return {}


def next_removal(settings: Settings, now: datetime) -> datetime:
    """When what is announced now goes."""
    return TIMETABLE["retention"].next(settings, now + A_DAY)


def removal_of_new(connection: Connection, settings: Settings, now: datetime) -> datetime | None:
    """When what comes in now and is past its period goes; None while the periods are not confirmed.

    It is announced by the next removal, and goes with the one after that.
    """
    if read_confirmation(connection) is None:
        return None
    told = read_announcement(connection)
    announced_at = now if told is None else max(told.goes_at, now)
    return next_removal(settings, TIMETABLE["retention"].next(settings, announced_at))


def when_it_goes(
    database: Database, settings: Settings, result: ImportResult, now: datetime
) -> dict[str, Any]:
    """When what an import brought that is past its period goes, as JSON; empty if it brought nothing such."""
    if not result.past_periods:
        return {}
    with database.reading() as connection:
        goes_at = removal_of_new(connection, settings, now)
        told = read_announcement(connection)
    if told is not None and goes_at is not None and not result.counts.new + result.counts.updated:
        goes_at = told.goes_at  # it was there already
    return {"goesAt": None if goes_at is None else goes_at.isoformat(), "confirmed": goes_at is not None}


def most_past(found: PastPeriods) -> int:
    """How many rows are past a period: what is past one is past each shorter one too."""
    return max((counts["past"] for counts in found.values()), default=0)


def read_announcement(connection: Connection) -> Announcement | None:
    """What the next removal takes; None if nothing was announced yet."""
    stored = read_fact(connection, ANNOUNCED)
    if stored is None:
        return None
    told = json.loads(stored)
    moments = {name: datetime.fromisoformat(told[name]) for name in ("at", "goes_at")}
    by_import = {
        kind: {int(import_id): count for import_id, count in of_kind.items()}
        for kind, of_kind in told["by_import"].items()
    }
    return Announcement(**{**told, **moments, "by_import": by_import})


def count_due(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """How many rows of each kind are past the periods of the settings at this moment."""
    with database.reading() as connection:
        return count_rows(connection, settings, now=now)


def confirm_periods(
    database: Database, settings: Settings, *, by: Actor, now: datetime
) -> tuple[Confirmation, Announcement]:
    """Keep that someone confirmed the periods of the settings, and announce what the next removal takes.

    What is announced already goes as announced.
    """
    with (
        processing(database, "bewaartermijnen bevestigen", now=now) as add_line,
        database.writing() as connection,
    ):
        confirmation = _confirm(connection, settings, by=by, now=now)
        told = read_announcement(connection) or _announce(connection, settings, now=now, files=no_files)
        add_line(connection)
    return confirmation, told


def remove_announced(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    files: Files = no_files,
    remove_files: Callable[[Settings, Announcement], object] = lambda _settings, _told: None,
) -> tuple[Removed, Announcement | None]:
    """Remove what was announced if its day has come, and announce what goes next.

    Parameters
    ----------
    files
        Which files are past their period.
    remove_files
        Removes files of an announcement; done first, as files can't be put back.

    Returns
    -------
    tuple
        What was removed, and what goes next; None while nobody confirmed the periods.
    """
    with database.reading() as connection:
        due = _due(connection, now)
    if due is not None:
        remove_files(_held_to(settings, due), due[0])
    with database.writing() as connection:
        due = _due(connection, now)
        removed = Removed(dict.fromkeys(KINDS, 0))
        if due is not None:
            told = due[0]
            own = _held_to(settings, due)
            removed = remove_rows(connection, own, now=told.goes_at, bounds=_bounds(told))
            if removed.total:
                days = own.retention.model_dump()
                last = told.last_import
                add_erasures(settings, [Erasure("retention", told.goes_at, days=days, last_import=last)])
        removed.counts |= remove_traces_of_use(connection, settings, now=now)
        is_wipe_due = mark_for_wiping(connection, removed)
        announced = read_announcement(connection)
        confirmation = read_confirmation(connection)
        if confirmation is not None and not confirmation.periods:
            _adopt(connection, settings, confirmation)
        if confirmation is not None and (announced is None or due is not None):
            announced = _announce(connection, settings, now=now, files=files)
    if is_wipe_due:
        removed.is_wiped = wipe(database)
    return removed, announced


_Due = tuple[Announcement, Confirmation]


def _due(connection: Connection, now: datetime) -> _Due | None:
    confirmation, told = read_confirmation(connection), read_announcement(connection)
    if confirmation is None or told is None or now < told.goes_at:
        return None
    return told, confirmation


def _held_to(settings: Settings, due: _Due) -> Settings:
    """The settings with the periods of an announcement, or longer ones that were set since."""
    told, confirmation = due
    held = in_force(confirmation, settings)
    longer = {name: max(days, getattr(held.retention, name, days)) for name, days in told.days.items()}
    return with_periods(held, longer)


def _bounds(told: Announcement) -> Bounds:
    return Bounds(told.at, told.last_import, frozenset(told.dwellings))


def _confirm(connection: Connection, settings: Settings, *, by: Actor, now: datetime) -> Confirmation:
    periods = periods_to_confirm(settings)
    connection.execute(
        insert(retention_confirmations).values(
            at=now,
            actor_id=by.id,
            confirmed_by=by.name,
            periods=periods,
            due=count_rows(connection, settings, now=now),
        )
    )
    return Confirmation(now, by.name, periods)


def _adopt(connection: Connection, settings: Settings, confirmation: Confirmation) -> None:
    """Take the periods of who used the software before they had to be confirmed."""
    by = Actor("upgrade", confirmation.by, None)
    _confirm(connection, settings, by=by, now=confirmation.at)


def _announce(connection: Connection, settings: Settings, *, now: datetime, files: Files) -> Announcement:
    """Announce what the removal after this one takes, in the place of what was announced."""
    own = in_force(read_confirmation(connection), settings)
    goes_at = next_removal(settings, now)
    before = cutoffs(own, goes_at)
    of_files = files(own, goes_at)
    told = Announcement(
        at=now,
        goes_at=goes_at,
        days=periods_to_confirm(own),
        last_import=int(connection.execute(select(func.coalesce(func.max(imports.c.id), 0))).scalar_one()),
        counts=count_rows(connection, own, now=goes_at)
        | {kind: len(marks) for kind, marks in of_files.items()},
        by_import=count_by_import(connection, before),
        dwellings=[hotspot_id for hotspot_id, _ in dwellings_over(connection, before["dwellings"])],
        files=[mark for marks in of_files.values() for mark in marks],
    )
    moments = {"at": now.isoformat(), "goes_at": goes_at.isoformat()}
    write_fact(connection, ANNOUNCED, json.dumps(asdict(told) | moments))
    return told
