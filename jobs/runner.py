"""One job, done by one process at a time, with a line in the ledger and in the log."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hotspots import __version__
from hotspots.errors import HotspotsError, LockedError
from hotspots.operations.job_runs import Outcome, begun_for, end_run, start_run
from hotspots.operations.logs import without_quotes
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
    """What a job did, and on what: for the ledger, so never a value from a report."""

    counts: Counts
    worked_on: Mapping[str, Any] = field(default_factory=dict)


class Work(Protocol):
    """What a job does; it calls ``heartbeat`` between its parts, which stops it when its lock was lost."""

    def __call__(
        self, database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat
    ) -> Counts | Done:
        """Do it, and tell what was done in counts."""


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
    """Give a clock that reads this one once and then goes on by a counter, whatever the clock is set to."""
    begun_at, begun = clock(), time.monotonic()
    return lambda: begun_at + timedelta(seconds=time.monotonic() - begun)


def run_job(
    job: Job, database: Database, settings: Settings, *, clock: Clock, only_if_due: bool = True
) -> JobResult:
    """Do a job, unless another process works now or it was done for its last planned moment.

    A run that failed is tried again after a pause, longer each time; one whose process died at once. A job
    that is done by hand (``only_if_due=False``) is of no planned moment.
    """
    with structlog.contextvars.bound_contextvars(job=job.name):
        planned_for = job.plan.last(settings, clock()) if only_if_due else None
        if planned_for is not None:
            with database.reading() as connection:
                if not _is_due(connection, job, planned_for, clock()):
                    return JobResult("not due")
        try:
            with database.exclusive_lock(RUNNER) as heartbeat:
                return _run(job, database, settings, clock, planned_for, heartbeat)
        except LockedError as error:
            structlog.stdlib.get_logger().info("job is being done elsewhere")
            return JobResult("locked", message=str(error))


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
        # looked at again: another process may have done it just before the lock was ours
        if planned_for is not None and not _is_due(connection, job, planned_for, clock()):
            return JobResult("not due")
        run = start_run(
            connection,
            job.name,
            planned_for=planned_for,
            now=clock(),
            version=__version__,
            settings_hash=_hash_of(settings),
            runner=f"{socket.gethostname()}:{os.getpid()}",
        )
    # the number of its line in the ledger, on all that is logged until the job ends, also by libraries
    structlog.contextvars.bind_contextvars(run=run)
    log.info("job started")
    done = Done({})
    outcome: Outcome = "failed"
    message: str | None = UNEXPECTED
    try:
        found = job.work(database, settings, clock=clock, heartbeat=heartbeat)
        done = found if isinstance(found, Done) else Done(found)
        outcome, message = "done", None
    except HotspotsError as error:
        message = str(error)
    except (SQLAlchemyError, OSError) as error:
        # a full disk, a server that went away: it passes, and the run is tried again
        message = _in_short(error)
    finally:
        # also when something unforeseen goes on to the caller, who logs it
        duration_s = round(time.monotonic() - begun, 3)
        result = JobResult(outcome, done.counts, message, planned_for)
        _end(database, settings, job, run, result, done, clock(), duration_s)
        told: dict[str, object] = {"seconds": duration_s}
        if result.message:
            told["message"] = without_quotes(result.message)
        tell = log.info if result.outcome == "done" else log.error
        tell(f"job {result.outcome}", **told, **result.counts)
        structlog.contextvars.unbind_contextvars("run")
    return result


def _is_due(connection: Connection, job: Job, planned_for: datetime, now: datetime) -> bool:
    if begun_for(connection, job.name, planned_for, "done"):
        return False
    failed = begun_for(connection, job.name, planned_for, "failed")
    # it can't be later than now: the clock was set back
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
                # what it quotes may be of a delivery, and the ledger is kept for years
                message=None if result.message is None else without_quotes(result.message),
            )
            # with it: a process that dies in between would else have done the job and told nobody; who did
            # it by hand has seen how it ended
            if result.planned_for is not None:
                note_ending(
                    connection,
                    settings,
                    job.name,
                    planned_for=result.planned_for,
                    counts=result.counts,
                    problem=result.message,
                    now=now,
                )
    except (HotspotsError, SQLAlchemyError) as error:
        # the work itself is kept or not at all; the next run finds this line without an end
        log = structlog.stdlib.get_logger()
        log.error("the ledger could not be written", message=without_quotes(_in_short(error)))  # noqa: TRY400


def _in_short(error: Exception) -> str:
    """An error without the statement that it stands in."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).strip().splitlines()[0] if str(cause).strip() else ''}"


def _hash_of(settings: Settings) -> str:
    # everything that decides what is done; secrets are not shown by the dump, and the URL holds one
    return hashlib.sha256(settings.model_dump_json(exclude={"database"}).encode()).hexdigest()
