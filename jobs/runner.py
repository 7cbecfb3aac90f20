"""Runs one job, in one process at a time, with a line in the ledger and in the log."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hotspots import __version__
from hotspots.errors import HotspotsError, LockedError
from hotspots.operations.job_requests import (
    close_request,
    give_up,
    is_hopeless,
    open_request,
    paused_jobs,
    take_request,
)
from hotspots.operations.job_runs import Outcome, begun_for, end_run, start_run
from hotspots.operations.logs import keeping_lines, without_quotes
from hotspots.operations.timetable import Plan, pause_after
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from jobs.alerts import note_ending

RUNNER = "jobs"
"""The lock on all unattended work: one for all jobs, as a weekly run must not overtake an import."""

UNEXPECTED = "stopped by an unexpected error; see the log"

Clock = Callable[[], datetime]
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Done:
    """The counts and input of a job for the ledger, so never a value from a report or a file's name."""

    counts: Counts
    worked_on: Mapping[str, Any] = field(default_factory=dict)
    refused_files: Sequence[str] = ()  # by source and name, for an alert


class Work(Protocol):
    """The work of a job; it calls ``heartbeat`` between its parts, which stops it if its lock was lost."""

    def __call__(
        self, database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat
    ) -> Counts | Done:
        """Do the work, and give its counts."""


@dataclass(frozen=True)
class Job:
    """A piece of unattended work with its place in the timetable."""

    name: str
    work: Work
    plan: Plan


@dataclass(frozen=True)
class JobResult:
    """How a job ended."""

    outcome: Literal["done", "failed", "locked", "not due"]
    counts: Counts = field(default_factory=dict)
    message: str | None = None
    planned_for: datetime | None = None


def steady(clock: Clock) -> Clock:
    """Give a clock that reads this one once and then counts on, unaffected by changes of the system clock."""
    begun_at, begun = clock(), time.monotonic()
    return lambda: begun_at + timedelta(seconds=time.monotonic() - begun)


def run_job(
    job: Job, database: Database, settings: Settings, *, clock: Clock, only_if_due: bool = True
) -> JobResult:
    """Do a job, if it is due or asked for, unless another process is at work.

    A failed run is tried again after a pause that grows each time; a run whose process died is tried again at
    once. A job that is paused is not done. One done by hand (``only_if_due=False``) belongs to no planned
    moment and is done in any case. Whatever a run is done for, it does what was asked of its job too.
    """
    with structlog.contextvars.bound_contextvars(job=job.name):
        planned_for = job.plan.last(settings, clock()) if only_if_due else None
        if planned_for is not None:
            with database.reading() as connection:
                if not _is_to_be_done(connection, job, planned_for, clock()):
                    return JobResult("not due")
        try:
            with database.exclusive_lock(RUNNER) as heartbeat:
                return _run(job, database, settings, clock, planned_for, heartbeat)
        except LockedError as error:
            structlog.stdlib.get_logger().info("job is being done elsewhere")
            return JobResult("locked", message=str(error))


def is_due(job: Job, connection: Connection, settings: Settings, now: datetime) -> bool:
    """Whether a job waits to be done, by the timetable, the ledger and what people asked."""
    return job.plan.is_on(settings) and _is_to_be_done(connection, job, job.plan.last(settings, now), now)


def _run(
    job: Job,
    database: Database,
    settings: Settings,
    clock: Clock,
    planned_for: datetime | None,
    heartbeat: Heartbeat,
) -> JobResult:
    log = structlog.stdlib.get_logger()
    begun = time.monotonic()
    with database.writing() as connection:
        # checked again, as another process may have done it just before we got the lock
        if planned_for is not None and not _is_to_be_done(connection, job, planned_for, clock()):
            return JobResult("not due")
        asked = open_request(connection, job.name)
        if planned_for is not None and asked is not None and is_hopeless(asked):
            give_up(connection, job.name, at=clock(), outcome="died")
            return JobResult("not due")
        if planned_for is not None and begun_for(connection, job.name, planned_for, "done"):
            planned_for = None  # it is only asked for
        run = start_run(
            connection,
            job.name,
            planned_for=planned_for,
            now=clock(),
            version=__version__,
            settings_hash=_hash_of(settings),
            runner=f"{socket.gethostname()}:{os.getpid()}",
        )
        take_request(connection, job.name, run)
    # adds the number of the ledger line to every log line until the job ends, also by libraries
    structlog.contextvars.bind_contextvars(run=run)
    done = Done({})
    outcome: Outcome = "failed"
    message: str | None = UNEXPECTED
    lines: Sequence[Mapping[str, Any]] = ()
    try:
        with keeping_lines() as lines:
            log.info("job started")
            returned = job.work(database, settings, clock=clock, heartbeat=heartbeat)
        done = returned if isinstance(returned, Done) else Done(returned)
        outcome, message = "done", None
    except HotspotsError as error:
        message = str(error)
    except (SQLAlchemyError, OSError) as error:
        # temporary, such as a full disk or a server that went away: the run is tried again
        message = _in_short(error)
    finally:
        # also when an unexpected error propagates to the caller, who logs it
        duration_s = round(time.monotonic() - begun, 3)
        result = JobResult(outcome, done.counts, message, planned_for)
        _end(database, settings, job, run, result, done, clock(), duration_s, lines)
        fields: dict[str, object] = {"seconds": duration_s}
        if result.message:
            fields["message"] = without_quotes(result.message)
        tell = log.info if result.outcome == "done" else log.error
        tell(f"job {result.outcome}", **fields, **result.counts)
        structlog.contextvars.unbind_contextvars("run")
    return result


def _is_to_be_done(connection: Connection, job: Job, planned_for: datetime, now: datetime) -> bool:
    if job.name in paused_jobs(connection):
        return False
    return open_request(connection, job.name) is not None or _is_due(connection, job, planned_for, now)


def _is_due(connection: Connection, job: Job, planned_for: datetime, now: datetime) -> bool:
    if begun_for(connection, job.name, planned_for, "done"):
        return False
    failed = begun_for(connection, job.name, planned_for, "failed")
    # a start in the future means that the clock was set back
    return not failed or max(failed) > now or now - max(failed) >= pause_after(len(failed))


def _end(
    database: Database,
    settings: Settings,
    job: Job,
    run: int,
    result: JobResult,
    done: Done,
    now: datetime,
    duration_s: float,
    lines: Sequence[Mapping[str, Any]],
) -> None:
    try:
        with database.writing() as connection:
            end_run(
                connection,
                run,
                now=now,
                duration_s=duration_s,
                outcome="done" if result.outcome == "done" else "failed",
                counts=done.counts,
                worked_on=done.worked_on,
                # quotes may be from a delivery, and the ledger is kept for years
                message=None if result.message is None else without_quotes(result.message),
                lines=lines,
            )
            close_request(connection, run, at=now, outcome="done" if result.outcome == "done" else "failed")
            # in the same transaction, so that a process that dies in between loses no alert; whoever did the
            # job by hand has seen the result
            if result.planned_for is not None:
                note_ending(
                    connection,
                    settings,
                    job.name,
                    planned_for=result.planned_for,
                    counts=result.counts,
                    import_ids=done.worked_on.get("imports", ()),
                    refused_files=done.refused_files,
                    problem=result.message,
                    now=now,
                )
    except (HotspotsError, SQLAlchemyError) as error:
        # the work itself is atomic; the next run finds this line without an end
        log = structlog.stdlib.get_logger()
        log.error("the ledger could not be written", message=without_quotes(_in_short(error)))  # noqa: TRY400


def _in_short(error: Exception) -> str:
    """The message of an error, without its SQL statement."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).strip().splitlines()[0] if str(cause).strip() else ''}"


def _hash_of(settings: Settings) -> str:
    # all settings that affect the work; the dump masks secrets, and the URL contains one
    return hashlib.sha256(settings.model_dump_json(exclude={"database"}).encode()).hexdigest()
