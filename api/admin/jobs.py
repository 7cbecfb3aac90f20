"""`/beheer/taken`: what is done unattended, when, how it went; doing it now, pausing and resuming it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from api.admin.sections import AdminRequest, Asked, Sent, duration
from api.http.dependencies import PageParameters, ReadConnection
from api.http.forms import Form
from api.pages.downloads import Taker, answer_table
from hotspots.access.rights import Right
from hotspots.errors import JobError, NotFoundError
from hotspots.files.written_tables import Written
from hotspots.operations.health_checks import outcome_of
from hotspots.operations.health_figures import read_job_runs
from hotspots.operations.job_requests import REASON_LENGTH, pause_job, request_job, resume_job
from hotspots.operations.job_states import JobState, read_job_states, read_run
from hotspots.operations.job_words import (
    OUTCOMES,
    PURPOSES,
    counts_in_words,
    job_name,
    line_in_words,
    why_failed,
    worked_on,
)
from hotspots.operations.timetable import TIMETABLE
from hotspots.publishing.taken_along import Kind

router = APIRouter(prefix="/beheer/taken", include_in_schema=False)

JobName = Annotated[str, Path(max_length=60)]
RunId = Annotated[int, Path(alias="run", ge=1, le=2**31 - 1)]

_BACK_TO = frozenset({"/beheer"})
"""Other pages that a form of a job may lead back to."""


@router.get("")
def get_jobs(asked: Asked, connection: ReadConnection) -> HTMLResponse:
    """Show every job: when it is done, its last run, and what people want of it."""
    asked.require(Right.READ_OPERATIONS)
    return asked.page(
        "jobs.html",
        section="/beheer/taken",
        title="Taken",
        states=list(read_job_states(connection, asked.settings, now=asked.now).values()),
        **words_for(asked),
    )


@router.get("/{job}")
def get_job(asked: Asked, job: JobName, page: PageParameters, connection: ReadConnection) -> HTMLResponse:
    """Show one job with all its runs."""
    asked.require(Right.READ_OPERATIONS)
    return _job_page(asked, connection, job, page.pagina, page.pagina_grootte)


@router.post("/{job}/nu")
def post_now(sent: Sent, job: JobName, form: Form) -> Response:
    """Ask for a job to be done now."""
    sent.require(Right.RUN_JOBS)
    try:
        _require_on(sent, job)
        with sent.database.writing() as connection:
            request_job(connection, job=job, by=sent.actor, at=sent.now, reason=form.get("reden", ""))
    except JobError as error:
        return _refused(sent, job, error)
    back = form.get("terug", "")
    return RedirectResponse(back if back in _BACK_TO else f"/beheer/taken/{job}", status_code=303)


@router.post("/{job}/pauze")
def post_pause(sent: Sent, job: JobName, form: Form) -> Response:
    """Pause a job, with a reason."""
    return _changed(sent, job, pause_job, form.get("reden", ""))


@router.post("/{job}/hervat")
def post_resume(sent: Sent, job: JobName, form: Form) -> Response:
    """Resume a job, with a reason."""
    return _changed(sent, job, resume_job, form.get("reden", ""))


@router.get("/{job}/{run}")
def get_run(asked: Asked, job: JobName, run: RunId, connection: ReadConnection) -> HTMLResponse:
    """Show one run of a job: what it worked on, what it counted, and its lines of the log."""
    asked.require(Right.READ_OPERATIONS)
    return asked.page(
        "run.html",
        section="/beheer/taken",
        title=f"{job_name(job)}, keer {run}",
        run=read_run(connection, run, job=job),
        **words_for(asked),
    )


@router.get("/{job}/{run}/regels")
def get_lines(
    asked: Asked, job: JobName, run: RunId, taking: Taker, connection: ReadConnection, vorm: Kind = Kind.CSV
) -> Response:
    """Give the lines of the log of one run as a file, in the words of the program."""
    asked.require(Right.READ_OPERATIONS)
    found = read_run(connection, run, job=job)
    rows = [
        (
            str(line.get("at")),
            str(line.get("level")),
            str(line.get("event")),
            "; ".join(f"{name}: {value}" for name, value in line.get("told", {}).items()),
        )
        for line in found.lines
    ]
    if found.message:
        rows.append((str(found.finished_at), "error", "message", found.message))
    table = Written("regels", ("moment", "soort", "regel", "gegevens"), rows)
    notes = [("Wat", f"{job_name(job)}, keer {run}"), ("Versie", found.version or "")]
    return answer_table(taking, vorm, table, stem=f"taak-{job}-{run}", notes=notes)


def words_for(asked: AdminRequest) -> dict[str, Any]:
    """What templates say of jobs and runs."""
    zone = asked.settings.municipality.zone
    return {
        "outcomes": OUTCOMES,
        "purposes": PURPOSES,
        "job_name": job_name,
        "counts_in_words": counts_in_words,
        "why_failed": why_failed,
        "line_in_words": line_in_words,
        "worked_on": lambda given: worked_on(given, zone),
        "outcome_of": lambda run: outcome_of(run, asked.now),
        "progress_of": lambda state: progress_of(asked, state),
        "seconds": lambda length: duration(timedelta(seconds=length)),
        "clock": lambda at: f"{_moment(at).astimezone(zone):%H:%M:%S}",
        "reason_length": REASON_LENGTH,
    }


def _moment(at: datetime | str) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def progress_of(asked: AdminRequest, state: JobState) -> int | None:
    """How far a job is by how long it usually takes, in percent; None if that can't be said."""
    usual = state.usual_seconds
    if not state.is_running or state.last is None or not usual:
        return None
    return min(95, round(100 * (asked.now - state.last.started_at).total_seconds() / usual))


def _require_on(sent: AdminRequest, job: str) -> None:
    if job in TIMETABLE and not TIMETABLE[job].is_on(sent.settings):
        raise JobError(f"wanted '{job}' now, found it off", "Deze taak staat uit: er is niets ingesteld.")


def _changed(sent: AdminRequest, job: str, change: Callable[..., None], reason: str) -> Response:
    sent.require(Right.RUN_JOBS)
    try:
        with sent.database.writing() as connection:
            change(connection, job=job, by=sent.actor, at=sent.now, reason=reason)
    except JobError as error:
        return _refused(sent, job, error, reason)
    return RedirectResponse(f"/beheer/taken/{job}", status_code=303)


def _refused(sent: AdminRequest, job: str, error: JobError, reason: str = "") -> HTMLResponse:
    with sent.database.reading() as connection:
        page = _job_page(sent, connection, job, 1, 20, problem=error.dutch, reason=reason[:REASON_LENGTH])
    page.status_code = 409
    return page


def _job_page(
    asked: AdminRequest,
    connection: Connection,
    job: str,
    number: int,
    size: int,
    *,
    problem: str = "",
    reason: str = "",
) -> HTMLResponse:
    state = read_job_states(connection, asked.settings, now=asked.now).get(job)
    runs = read_job_runs(connection, job, offset=(number - 1) * size, limit=size + 1)
    if state is None and not runs:
        raise NotFoundError(f"there is no job '{job}'")
    return asked.page(
        "job.html",
        section="/beheer/taken",
        title=job_name(job),
        job=job,
        state=state,
        runs=runs[:size],
        page=number,
        has_more=len(runs) > size,
        problem=problem,
        reason=reason,
        **words_for(asked),
    )
