"""The ledger of unattended work: what ran for which planned moment, on what, and how it ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from hotspots.store.operation_tables import job_runs

Outcome = Literal["done", "failed"]

DEATHS_FORGIVEN = 5
"""A job whose process died so often in a row comes after the others, which would never have their turn else.

Not sooner: when only the machine was switched off, imports must still come before the weekly run.
"""


def start_run(
    connection: Connection,
    job: str,
    *,
    planned_for: datetime | None,
    now: datetime,
    version: str,
    settings_hash: str,
    runner: str,
) -> int:
    """Write the first half of a run's line, and give its id.

    The caller holds the exclusive lock, so another line without an end is of a process that died.
    """
    connection.execute(update(job_runs).where(job_runs.c.outcome.is_(None)).values(outcome="died"))
    line = insert(job_runs).values(
        job=job,
        planned_for=planned_for,
        started_at=now,
        counts={},
        input={},
        version=version,
        settings_hash=settings_hash,
        runner=runner[:120],
    )
    return int(connection.execute(line.returning(job_runs.c.id)).scalar_one())


def end_run(
    connection: Connection,
    run: int,
    *,
    now: datetime,
    duration_s: float,
    outcome: Outcome,
    counts: Mapping[str, int],
    worked_on: Mapping[str, Any],
    message: str | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write how a run ended, with what it logged."""
    ending = update(job_runs).values(
        finished_at=now,
        duration_s=duration_s,
        outcome=outcome,
        counts=dict(counts),
        input=dict(worked_on),
        message=message,
        lines=[dict(line) for line in lines],
    )
    connection.execute(ending.where(job_runs.c.id == run))


def begun_for(
    connection: Connection, job: str, planned_for: datetime, outcome: Outcome
) -> Sequence[datetime]:
    """When those runs of this job for this planned moment began that ended so."""
    began = select(job_runs.c.started_at).where(
        job_runs.c.job == job, job_runs.c.planned_for == planned_for, job_runs.c.outcome == outcome
    )
    return connection.execute(began).scalars().all()


def keeps_dying(connection: Connection, job: str) -> bool:
    """Whether this job died in all of its last runs, for whatever planned moment."""
    outcomes = select(job_runs.c.outcome).where(job_runs.c.job == job).order_by(job_runs.c.id.desc())
    last = connection.execute(outcomes.limit(DEATHS_FORGIVEN)).scalars().all()
    return len(last) == DEATHS_FORGIVEN and all(outcome in {None, "died"} for outcome in last)


def last_done_for(connection: Connection, job: str, now: datetime) -> datetime | None:
    """The latest planned moment up to now for which this job was done; None if there is none.

    One that lies ahead was done while the clock was ahead: by it nothing would be late until then.
    """
    planned = _latest_done(job, job_runs.c.planned_for).where(job_runs.c.planned_for <= now)
    return connection.execute(planned).scalar()


def last_done_at(connection: Connection, job: str) -> datetime | None:
    """When the last run of this job that ended well began; None if there is none."""
    return connection.execute(_latest_done(job, job_runs.c.started_at)).scalar()


def last_started(connection: Connection) -> datetime | None:
    """When the last run began, by the clock of then; None if there is none."""
    last = select(job_runs.c.started_at).order_by(job_runs.c.id.desc()).limit(1)
    return connection.execute(last).scalar()


def clock_contradicts(last: datetime, now: datetime, tolerance_days: int) -> bool:
    """Whether the clock is so far from the last work in the ledger that it can't be believed.

    Examples
    --------
    >>> [clock_contradicts(datetime(2024, 1, 2), datetime(year, 1, 2), 35) for year in (2023, 2024, 2025)]
    [True, False, True]
    """
    return abs(now - last) > timedelta(days=tolerance_days)


def _latest_done(job: str, moment: ColumnElement[datetime]) -> Select[Any]:
    latest = select(func.max(moment, type_=moment.type))
    return latest.where(job_runs.c.job == job, job_runs.c.outcome == "done")
