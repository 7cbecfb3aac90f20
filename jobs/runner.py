"""One job, done by one process at a time, with a line in the ledger and in the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

import structlog

from hotspots.errors import HotspotsError, LockedError
from hotspots.logs import without_quotes
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.job_runs import StartedJob, end_job, is_done_since, keep_job, start_job

LEASE = timedelta(hours=1)
"""How long a job may be silent before it is believed dead: longer than the import of the largest file."""

Clock = Callable[[], datetime]
Counts = Mapping[str, int]


class Work(Protocol):
    """What a job does; ``still_alive`` is called between its parts, so that its lease never runs out."""

    def __call__(
        self, database: Database, settings: Settings, *, clock: Clock, still_alive: Callable[[], None]
    ) -> Counts:
        """Do it, and tell what was done in counts."""


@dataclass(frozen=True)
class Job:
    """A piece of unattended work with its place in the timetable."""

    name: str
    work: Work
    planned: Callable[[Settings, datetime], datetime]  # its last planned moment at or before another


@dataclass(frozen=True)
class JobResult:
    """How a job ended."""

    outcome: Literal["done", "failed", "locked", "not due"]
    counts: Counts = field(default_factory=dict)
    message: str | None = None


def run_job(
    job: Job, database: Database, settings: Settings, *, clock: Clock, only_if_due: bool = True
) -> JobResult:
    """Do a job, unless another process does it now or has done it since it was last planned.

    Parameters
    ----------
    clock
        Gives the time now, aware.
    only_if_due
        Skip the job when a run since its last planned moment ended well.
    """
    with structlog.contextvars.bound_contextvars(job=job.name):
        return _run(job, database, settings, clock=clock, only_if_due=only_if_due)


def _run(job: Job, database: Database, settings: Settings, *, clock: Clock, only_if_due: bool) -> JobResult:
    log = structlog.stdlib.get_logger()
    started_at = clock()
    try:
        started = _start(job, database, settings, started_at, only_if_due)
    except LockedError as error:
        log.info("job is being done elsewhere")
        return JobResult("locked", message=str(error))
    if started is None:
        return JobResult("not due")
    # the number of its line in the ledger, on all that is logged until the job ends, also by libraries
    structlog.contextvars.bind_contextvars(run=started.id)

    def still_alive() -> None:
        with database.writing() as connection:
            keep_job(connection, started, now=clock(), lease=LEASE)

    result = JobResult("failed", message="stopped by an unexpected error; see the log")
    try:
        result = JobResult("done", job.work(database, settings, clock=clock, still_alive=still_alive))
    except HotspotsError as error:
        result = JobResult("failed", message=str(error))
    finally:
        # also when something unforeseen goes on to the caller, who logs it
        _end(database, started, result, clock())
        told: dict[str, object] = {"seconds": round((clock() - started_at).total_seconds(), 3)}
        if result.message:
            told["message"] = without_quotes(result.message)
        tell = log.info if result.outcome == "done" else log.error
        tell(f"job {result.outcome}", **told, **result.counts)
        structlog.contextvars.unbind_contextvars("run")
    return result


def _start(
    job: Job, database: Database, settings: Settings, now: datetime, only_if_due: bool
) -> StartedJob | None:
    with database.writing() as connection:
        if only_if_due and is_done_since(connection, job.name, job.planned(settings, now)):
            return None
        return start_job(connection, job.name, now=now, lease=LEASE)


def _end(database: Database, started: StartedJob, result: JobResult, now: datetime) -> None:
    outcome: Literal["done", "failed"] = "done" if result.outcome == "done" else "failed"
    with database.writing() as connection:
        end_job(connection, started, now=now, outcome=outcome, counts=result.counts, message=result.message)
