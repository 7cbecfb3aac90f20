"""How each job stands: when it is planned next, its last runs, whether it is paused, asked for or running."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection

from hotspots.errors import NotFoundError
from hotspots.operations.health_checks import late_for, outcome_of
from hotspots.operations.health_figures import JobFigures, JobRun, read_jobs
from hotspots.operations.job_requests import (
    JobRequest,
    Pause,
    last_requests,
    open_requests,
    paused_jobs,
)
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings
from hotspots.store.operation_tables import job_runs
from hotspots.store.records import select_as

TAKEN_WITHIN = timedelta(minutes=1)
"""A scheduler that runs and is free begins what is asked sooner than this."""


LONG_FROM, LONG_TIMES = timedelta(minutes=10), 4
"""A job takes long when it takes this long, and so many times what it usually does."""


@dataclass(frozen=True)
class JobState:
    """How one job stands."""

    job: str
    is_on: bool
    runs: tuple[JobRun, ...]  # the last first
    done_at: datetime | None  # when its last run that ended well began
    late_for: datetime | None  # the planned moment for which it is late
    next_at: datetime | None  # None: it is paused, or off
    pause: Pause | None
    request: JobRequest | None  # that waits or is being done
    last_request: JobRequest | None  # also of before
    is_running: bool
    is_nobody_there: bool  # it was asked for a while ago, nothing runs, and nobody began it
    waits_for: str | None  # the job that runs now, for which what is asked waits
    is_long: bool  # it runs much longer than it usually does: its process may be gone

    @property
    def last(self) -> JobRun | None:
        """The run that was started last."""
        return self.runs[0] if self.runs else None

    @property
    def usual_seconds(self) -> float | None:
        """How long it usually takes; None if it never went well."""
        return _usual_seconds(self.runs)

    @property
    def is_under_way(self) -> bool:
        """Whether it runs, or was asked for and waits."""
        return self.is_running or self.request is not None


@dataclass(frozen=True)
class RunDetail:
    """One run, with all that the ledger has of it."""

    id: int
    job: str
    planned_for: datetime | None
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    input: Mapping[str, Any]
    counts: Mapping[str, Any]
    message: str | None
    version: str | None
    runner: str | None
    lines: Sequence[Mapping[str, Any]]


def read_job_states(connection: Connection, settings: Settings, *, now: datetime) -> dict[str, JobState]:
    """Read how every job of the timetable stands, in its order."""
    known = {found.job: found for found in read_jobs(connection, settings, now=now)}
    paused, asked, last = paused_jobs(connection), open_requests(connection), last_requests(connection)
    running = running_job(connection, now)
    states = {}
    for job, plan in TIMETABLE.items():
        found = known.get(job) or JobFigures(job, ())
        request, is_on = asked.get(job), plan.is_on(settings)
        waits = request is not None and running != job
        states[job] = JobState(
            job=job,
            is_on=is_on,
            runs=found.runs,
            done_at=found.done_at,
            late_for=late_for(found, settings, now),
            next_at=plan.next(settings, now) if is_on and job not in paused else None,
            pause=paused.get(job),
            request=request,
            last_request=last.get(job),
            is_running=running == job,
            is_nobody_there=waits
            and running is None
            and request is not None
            and now - request.asked_at > TAKEN_WITHIN,
            waits_for=running if waits else None,
            is_long=running == job and _is_long(found, now),
        )
    return states


def _usual_seconds(runs: Sequence[JobRun]) -> float | None:
    lengths = [run.duration.total_seconds() for run in runs if run.outcome == "done" and run.duration]
    return median(lengths) if lengths else None


def _is_long(found: JobFigures, now: datetime) -> bool:
    usual = timedelta(seconds=_usual_seconds(found.runs) or 0)
    return now - found.last.started_at > max(LONG_FROM, LONG_TIMES * usual)


def running_job(connection: Connection, now: datetime) -> str | None:
    """The job that runs now; None if none does. One job runs at a time."""
    last = select_as(JobRun, job_runs).order_by(job_runs.c.id.desc()).limit(1)
    row = connection.execute(last).first()
    if row is None:
        return None
    run = JobRun(*row)
    return run.job if outcome_of(run, now) == "running" else None


def read_run(connection: Connection, run: int, *, job: str | None = None) -> RunDetail:
    """Read one run, of any job or of this one.

    Raises
    ------
    NotFoundError
        If there was none.
    """
    query = select_as(RunDetail, job_runs).where(job_runs.c.id == run)
    if job is not None:
        query = query.where(job_runs.c.job == job)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"there was no run {run}" + (f" of '{job}'" if job else ""))
    return RunDetail(*row)
