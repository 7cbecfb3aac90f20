"""`hotspots jobs`: how each job stands; asking for one, pausing and resuming it, as on page /beheer/taken."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.access.access_changes import OPERATOR
from hotspots.access.rights import Actor
from hotspots.operations.health_checks import outcome_of
from hotspots.operations.job_requests import JobRequest, pause_job, request_job, resume_job
from hotspots.operations.job_states import JobState, read_job_states, read_run
from jobs.commands import add_group
from jobs.terminal import AsJson, By, Reason, opened, operator, show

JobName = Annotated[str, typer.Argument(metavar="JOB", help="As 'hotspots jobs list' names it.")]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "jobs", list_=list_jobs, show=show_run, request=request, pause=pause, resume=resume)


def list_jobs(as_json: AsJson = False) -> None:
    """Tell of each job when it is planned next, how it went, and whether it is paused or asked for."""
    now = datetime.now(UTC)
    with opened() as (settings, database), database.reading() as connection:
        states = read_job_states(connection, settings, now=now)
    if as_json:
        show({"jobs": [_state_json(state, now) for state in states.values()]}, as_json)
    else:
        show({state.job: _in_short(state, now) for state in states.values()}, as_json)


def show_run(
    run: Annotated[
        int,
        typer.Argument(min=1, max=10**9, metavar="RUN", help="Its number, as the page and the log have it."),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell one run of a job: what it worked on, what it counted, and its lines of the log."""
    with opened() as (_, database), database.reading() as connection:
        found = read_run(connection, run)
    show(
        {
            "run": found.id,
            "job": found.job,
            "plannedFor": _moment(found.planned_for),
            "startedAt": _moment(found.started_at),
            "finishedAt": _moment(found.finished_at),
            "outcome": found.outcome,
            "input": dict(found.input),
            "counts": dict(found.counts),
            "message": found.message,
            "version": found.version,
            "lines": [dict(line) for line in found.lines],
        },
        as_json,
    )


def request(job: JobName, by: By = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Ask for a job to be done now, by the 'hotspots schedule' that runs; asked twice, it is done once."""
    with opened() as (_, database), database.writing() as connection:
        asked = request_job(connection, job=job, by=_actor(by), at=datetime.now(UTC), reason=reason)
    show(_request_json(asked), as_json)


def pause(
    job: JobName,
    reason: Reason,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Have a job not done, also not at its planned moments, until it is resumed."""
    _change(pause_job, job, by, reason)
    show({"job": job, "paused": True}, as_json)


def resume(
    job: JobName,
    reason: Reason,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Have a job that is paused done again; what was missed is caught up."""
    _change(resume_job, job, by, reason)
    show({"job": job, "paused": False}, as_json)


def _change(change: Callable[..., None], job: str, by: str, reason: str) -> None:
    with opened() as (_, database), database.writing() as connection:
        change(connection, job=job, by=_actor(by), at=datetime.now(UTC), reason=reason)


def _actor(by: str) -> Actor:
    return operator(by) if by.strip() else OPERATOR


def _in_short(state: JobState, now: datetime) -> str:
    parts = [f"next {state.next_at:%Y-%m-%d %H:%M} UTC" if state.next_at else ""]
    if state.pause is not None:
        parts.append(f"paused since {state.pause.paused_at:%Y-%m-%d %H:%M} UTC: {state.pause.reason}")
    if not state.is_on:
        parts.append("off")
    if state.request is not None:
        parts.append(f"asked for at {state.request.asked_at:%Y-%m-%d %H:%M} UTC")
    last = state.last
    parts.append(
        "never done" if last is None else f"{outcome_of(last, now)} {last.started_at:%Y-%m-%d %H:%M} UTC"
    )
    return "; ".join(filter(None, parts))


def _state_json(state: JobState, now: datetime) -> dict[str, Any]:
    pause, last = state.pause, state.last
    return {
        "job": state.job,
        "on": state.is_on,
        "nextAt": _moment(state.next_at),
        "lateFor": _moment(state.late_for),
        "lastDoneAt": _moment(state.done_at),
        "running": state.is_running,
        "paused": None
        if pause is None
        else {"since": _moment(pause.paused_at), "by": pause.paused_by, "reason": pause.reason},
        "request": None if state.request is None else _request_json(state.request),
        "lastRun": None
        if last is None
        else {
            "run": last.id,
            "outcome": outcome_of(last, now),
            "startedAt": _moment(last.started_at),
            "counts": last.counts,
            "message": last.message,
        },
    }


def _request_json(asked: JobRequest) -> dict[str, Any]:
    return {
        "request": asked.id,
        "job": asked.job,
        "askedAt": _moment(asked.asked_at),
        "by": asked.asked_by,
        "reason": asked.reason,
        "run": asked.run_id,
        "outcome": asked.outcome,
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()
