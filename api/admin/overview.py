"""`/beheer`: health, jobs and areas."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.admin.retention import KINDS, announced_to
from api.admin.sections import Asked
from api.http.dependencies import PageParameters, ReadConnection
from hotspots.access.rights import Right
from hotspots.errors import NotFoundError
from hotspots.operations.health import read_status
from hotspots.operations.health_checks import Weight, late_for, outcome_of
from hotspots.operations.health_figures import read_job_runs, read_jobs
from hotspots.privacy.announcements import read_announcement
from hotspots.store.areas import areas_origin, load_areas
from hotspots.store.confirmed_periods import read_confirmation

router = APIRouter(prefix="/beheer", include_in_schema=False)


OUTCOMES = {"done": "goed", "failed": "mislukt", "died": "afgebroken", "running": "loopt nu"}
ALERTS = {"failed": "mislukt", "late": "te laat", "odd": "ongewone aantallen"}
SHOWN_ALERTS = 20


@router.get("")
def get_overview(asked: Asked) -> HTMLResponse:
    """Show whether last week's run was fine, and what needs action."""
    asked.require(Right.READ_OPERATIONS)
    status = read_status(asked.database, asked.settings, now=asked.now)
    with asked.database.reading() as connection:
        confirmation, told = read_confirmation(connection), read_announcement(connection)
    return asked.page(
        "overview.html",
        section="/beheer",
        title="Beheer",
        status=status,
        figures=status.figures,
        action_count=status.count_of(Weight.ACTION),
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, asked.now),
        alert_words=ALERTS,
        shown_alerts=SHOWN_ALERTS,
        confirmation=confirmation,
        told=told,
        announced=announced_to(asked, told),
        kinds=KINDS,
    )


@router.get("/taken")
def get_jobs(asked: Asked, connection: ReadConnection) -> HTMLResponse:
    """Show every job with its last runs."""
    asked.require(Right.READ_OPERATIONS)
    return asked.page(
        "jobs.html",
        section="/beheer/taken",
        title="Taken",
        jobs=read_jobs(connection, now=asked.now),
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, asked.now),
        late_for=lambda job: late_for(job, asked.settings, asked.now),
    )


@router.get("/taken/{job}")
def get_job(
    asked: Asked, job: Annotated[str, Path(max_length=60)], page: PageParameters, connection: ReadConnection
) -> HTMLResponse:
    """Show one job with all its runs."""
    asked.require(Right.READ_OPERATIONS)
    runs = read_job_runs(connection, job, offset=page.offset, limit=page.pagina_grootte + 1)
    if not runs and page.pagina == 1:
        raise NotFoundError(f"there was no run of a job '{job}'")
    return asked.page(
        "job.html",
        section="/beheer/taken",
        title=f"Taak {job}",
        runs=runs[: page.pagina_grootte],
        page=page.pagina,
        has_more=len(runs) > page.pagina_grootte,
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, asked.now),
    )


@router.get("/gebieden")
def get_areas(asked: Asked, connection: ReadConnection) -> HTMLResponse:
    """Show the areas, their buurten and inhabitants, and the source of their borders."""
    asked.require(Right.READ_OPERATIONS)
    areas = load_areas(connection, asked.settings.areas.gebieden)
    grouped = [
        (str(name), part.sort_values("buurtcode").to_dict("records"))
        for name, part in areas.drop(columns="geometry").groupby("gebied")
    ]
    return asked.page(
        "areas.html",
        section="/beheer/gebieden",
        title="Gebieden",
        gebieden=grouped,
        count_of_areas=len(areas),
        approximate_count=int(areas["is_approximate"].sum()),
        inhabitants=areas["inhabitants"].sum(min_count=1),
        origin=areas_origin(connection),
    )
