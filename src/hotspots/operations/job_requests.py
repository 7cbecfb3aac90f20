"""Asking for a job to be done now, and pausing one: what a person wants of the unattended work.

A request is open until the run that does it has ended, in the same transaction: so what two ask is done once,
and what was being done when the process died is done again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import JobError
from hotspots.operations.job_runs import DEATHS_FORGIVEN
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings
from hotspots.store.operation_tables import job_pauses, job_requests
from hotspots.store.records import select_as

Ending = Literal["done", "failed", "died", "withdrawn"]

REASON_LENGTH = 500
"""The longest reason, in characters."""

_IS_OPEN = job_requests.c.closed_at.is_(None)
_WAITS = job_requests.c.run_id.is_(None)
"""No run began with it."""


@dataclass(frozen=True)
class JobRequest:
    """That somebody asked for a job to be done now."""

    id: int
    job: str
    asked_at: datetime
    asked_by: str
    reason: str | None
    run_id: int | None  # the run that does it, or did; None: it waits
    attempts: int
    closed_at: datetime | None
    outcome: str | None  # of :data:`Ending`; None: it waits, or is being done


@dataclass(frozen=True)
class Pause:
    """That a job is not done for a while."""

    job: str
    paused_at: datetime
    paused_by: str
    reason: str


def request_job(connection: Connection, *, job: str, by: Actor, at: datetime, reason: str = "") -> JobRequest:
    """Ask for a job to be done now; while one waits or is being done, that is the same request.

    Raises
    ------
    JobError
        If there is no such job, it is paused, or the reason is too long.
    """
    _require_job(job)
    pause = paused_jobs(connection).get(job)
    if pause is not None:
        raise JobError(
            f"wanted '{job}' now, found it paused by '{pause.paused_by}': resume it first",
            "Deze taak is gepauzeerd. Hervat haar eerst.",
        )
    said = _reason(reason, is_needed=False)
    if (open_one := open_request(connection, job)) is not None:
        return open_one
    values = {"job": job, "asked_at": at, "actor_id": by.id, "asked_by": by.name, "reason": said or None}
    try:
        with connection.begin_nested():
            connection.execute(insert(job_requests).values(values))
    except IntegrityError:  # somebody else asked at the same moment
        pass
    else:
        record_change(
            connection,
            kind=Kind.JOB,
            about=job,
            by=by,
            at=at,
            after={"gevraagd": True},
            reason=said or None,
        )
    made = open_request(connection, job)
    assert made is not None  # noqa: S101  # one of the two was written
    return made


def open_request(connection: Connection, job: str) -> JobRequest | None:
    """The request for a job that waits or is being done; None if there is none."""
    return open_requests(connection).get(job)


def open_requests(connection: Connection) -> dict[str, JobRequest]:
    """The requests that wait or are being done, by job."""
    query = select_as(JobRequest, job_requests).where(_IS_OPEN)
    return {row.job: JobRequest(*row) for row in connection.execute(query)}


def last_requests(connection: Connection) -> dict[str, JobRequest]:
    """The last request for each job, whatever became of it."""
    last = select(func.max(job_requests.c.id)).group_by(job_requests.c.job)
    query = select_as(JobRequest, job_requests).where(job_requests.c.id.in_(last))
    return {row.job: JobRequest(*row) for row in connection.execute(query)}


def last_waiting(connection: Connection) -> int | None:
    """The number of the last request that nobody began; None if there is none."""
    query = select(func.max(job_requests.c.id)).where(_IS_OPEN, _WAITS)
    return connection.execute(query).scalar()


def take_request(connection: Connection, job: str, run: int) -> None:
    """Write that a run does what was asked of this job, if anything was."""
    taken = update(job_requests).where(job_requests.c.job == job, _IS_OPEN)
    connection.execute(taken.values(run_id=run, attempts=job_requests.c.attempts + 1))


def close_request(connection: Connection, run: int, *, at: datetime, outcome: Ending) -> None:
    """Write how what a run was asked for ended."""
    closed = update(job_requests).where(job_requests.c.run_id == run, _IS_OPEN)
    connection.execute(closed.values(closed_at=at, outcome=outcome))


def give_up(connection: Connection, job: str, *, at: datetime, outcome: Ending) -> None:
    """Close what was asked of a job without doing it."""
    closed = update(job_requests).where(job_requests.c.job == job, _IS_OPEN)
    connection.execute(closed.values(closed_at=at, outcome=outcome))


def is_hopeless(request: JobRequest) -> bool:
    """Whether the process died each time that it did this."""
    return request.attempts >= DEATHS_FORGIVEN


def pause_job(connection: Connection, *, job: str, by: Actor, at: datetime, reason: str) -> None:
    """Have a job not done until it is resumed; what was asked of it and not begun is withdrawn.

    Raises
    ------
    JobError
        If there is no such job, it is paused already, or no reason is given.
    """
    _require_job(job)
    said = _reason(reason)
    found = paused_jobs(connection).get(job)
    if found is not None:
        raise _paused_already(found)
    values = {"job": job, "paused_at": at, "actor_id": by.id, "paused_by": by.name, "reason": said}
    try:
        with connection.begin_nested():
            connection.execute(insert(job_pauses).values(values))
    except IntegrityError:
        raise _paused_already(paused_jobs(connection)[job]) from None
    waiting = update(job_requests).where(job_requests.c.job == job, _IS_OPEN, _WAITS)
    connection.execute(waiting.values(closed_at=at, outcome="withdrawn"))
    _record_pause(connection, job, by=by, at=at, reason=said, is_paused=True)


def resume_job(connection: Connection, *, job: str, by: Actor, at: datetime, reason: str) -> None:
    """Have a job done again; what was missed is caught up.

    Raises
    ------
    JobError
        If there is no such job, it is not paused, or no reason is given.
    """
    _require_job(job)
    said = _reason(reason)
    ended = update(job_pauses).where(job_pauses.c.job == job, job_pauses.c.resumed_at.is_(None))
    if not connection.execute(ended.values(resumed_at=at)).rowcount:
        raise JobError(
            f"wanted a job that is paused, found that '{job}' is not", "Deze taak is niet gepauzeerd."
        )
    _record_pause(connection, job, by=by, at=at, reason=said, is_paused=False)


def paused_jobs(connection: Connection) -> Mapping[str, Pause]:
    """The jobs that are paused, by name."""
    query = select_as(Pause, job_pauses).where(job_pauses.c.resumed_at.is_(None))
    return {row.job: Pause(*row) for row in connection.execute(query)}


def excused_jobs(connection: Connection, settings: Settings, now: datetime) -> frozenset[str]:
    """The jobs that are not late: paused, or resumed so shortly ago that they had no time to catch up."""
    since = now - timedelta(minutes=settings.jobs.late_after_minutes)
    query = select(job_pauses.c.job).where(
        or_(job_pauses.c.resumed_at.is_(None), job_pauses.c.resumed_at > since)
    )
    return frozenset(connection.execute(query).scalars())


def _require_job(job: str) -> None:
    if job not in TIMETABLE:
        raise JobError(
            f"wanted one of {', '.join(TIMETABLE)}, found '{job}'", "Er is geen taak met deze naam."
        )


def _reason(text: str, *, is_needed: bool = True) -> str:
    said = " ".join(text.split())
    if (is_needed and not said) or len(said) > REASON_LENGTH:
        raise JobError(
            f"wanted a reason of at most {REASON_LENGTH} characters, found {len(said) or 'none'}",
            f"Schrijf waarom, in hooguit {REASON_LENGTH} tekens.",
        )
    return said


def _record_pause(
    connection: Connection, job: str, *, by: Actor, at: datetime, reason: str, is_paused: bool
) -> None:
    record_change(
        connection,
        kind=Kind.JOB,
        about=job,
        by=by,
        at=at,
        before={"gepauzeerd": not is_paused},
        after={"gepauzeerd": is_paused},
        reason=reason,
    )


def _paused_already(pause: Pause) -> JobError:
    return JobError(
        f"wanted to pause '{pause.job}', found it paused by '{pause.paused_by}'",
        "Deze taak is al gepauzeerd.",
    )
