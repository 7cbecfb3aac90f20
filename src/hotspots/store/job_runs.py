"""The ledger of unattended work: what ran when, with which counts, and whether it ended well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from hotspots.store.database import acquire_lock, release_lock, renew_lock
from hotspots.store.tables import job_runs

Outcome = Literal["done", "failed"]


@dataclass(frozen=True)
class StartedJob:
    """A job that holds its lock and has its line in the ledger."""

    job: str
    id: int
    owner: str


def start_job(connection: Connection, job: str, *, now: datetime, lease: timedelta) -> StartedJob:
    """Take the lock on a job and write the first half of its line in the ledger.

    Raises
    ------
    LockedError
        If another process is doing this job.
    """
    owner = acquire_lock(connection, job, now=now, lease=lease)
    line = insert(job_runs).values(job=job, started_at=now, counts={}).returning(job_runs.c.id)
    return StartedJob(job, connection.execute(line).scalar_one(), owner)


def keep_job(connection: Connection, started: StartedJob, *, now: datetime, lease: timedelta) -> None:
    """Tell that a long job is still alive: its lease starts again.

    Raises
    ------
    LockedError
        If the lease had run out and another process took the job over.
    """
    renew_lock(connection, started.job, started.owner, now=now, lease=lease)


def end_job(
    connection: Connection,
    started: StartedJob,
    *,
    now: datetime,
    outcome: Outcome,
    counts: Mapping[str, int],
    message: str | None = None,
) -> None:
    """Write how a job ended, and give its lock back."""
    ending = {"finished_at": now, "outcome": outcome, "counts": dict(counts), "message": message}
    connection.execute(update(job_runs).where(job_runs.c.id == started.id).values(ending))
    release_lock(connection, started.job, started.owner)


def is_done_since(connection: Connection, job: str, moment: datetime) -> bool:
    """Whether a run of this job that started at or after a moment ended well."""
    runs = select(job_runs.c.id).where(
        job_runs.c.job == job, job_runs.c.outcome == "done", job_runs.c.started_at >= moment
    )
    return connection.execute(runs.limit(1)).first() is not None
