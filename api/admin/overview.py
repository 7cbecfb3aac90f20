"""`/beheer`: how it goes, the jobs, and the areas."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from api.admin.sections import render_section
from api.http.dependencies import (
    PageParameters,
    ReadConnection,
    ServiceDatabase,
    ServiceSettings,
)
from api.http.sign_in import Now, SignedIn
from hotspots.access.rights import Right, require
from hotspots.errors import NotFoundError
from hotspots.operations.health import read_status
from hotspots.operations.health_checks import Weight, late_for, outcome_of
from hotspots.operations.health_figures import read_job_runs, read_jobs
from hotspots.store.areas import areas_origin, load_areas

router = APIRouter(prefix="/beheer", include_in_schema=False)


OUTCOMES = {"done": "goed", "failed": "mislukt", "died": "afgebroken", "running": "loopt nu"}
ALERTS = {"failed": "mislukt", "late": "te laat", "odd": "ongewone aantallen"}
SHOWN_ALERTS = 20


@router.get("")
def get_overview(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> HTMLResponse:
    """Whether last week's run was fine, and what needs doing."""
    require(actor, Right.READ_OPERATIONS, None)
    status = read_status(database, settings, now=now)
    return render_section(
        request,
        actor,
        "overview.html",
        section="/beheer",
        title="Beheer",
        status=status,
        figures=status.figures,
        action_count=status.count_of(Weight.ACTION),
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, now),
        alert_words=ALERTS,
        shown_alerts=SHOWN_ALERTS,
    )


@router.get("/taken")
def get_jobs(
    request: Request, actor: SignedIn, connection: ReadConnection, settings: ServiceSettings, now: Now
) -> HTMLResponse:
    """Every job with its last runs."""
    require(actor, Right.READ_OPERATIONS, None)
    return render_section(
        request,
        actor,
        "jobs.html",
        section="/beheer/taken",
        title="Taken",
        jobs=read_jobs(connection, now=now),
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, now),
        late_for=lambda job: late_for(job, settings, now),
    )


@router.get("/taken/{job}")
def get_job(
    request: Request,
    job: Annotated[str, Path(max_length=60)],
    page: PageParameters,
    actor: SignedIn,
    connection: ReadConnection,
    now: Now,
) -> HTMLResponse:
    """One job with all its runs."""
    require(actor, Right.READ_OPERATIONS, None)
    found = read_job_runs(connection, job, offset=page.offset, limit=page.pagina_grootte + 1)
    if not found and page.pagina == 1:
        raise NotFoundError(f"there was no run of a job '{job}'")
    return render_section(
        request,
        actor,
        "job.html",
        section="/beheer/taken",
        title=f"Taak {job}",
        runs=found[: page.pagina_grootte],
        page=page.pagina,
        has_more=len(found) > page.pagina_grootte,
        outcomes=OUTCOMES,
        outcome_of=lambda run: outcome_of(run, now),
    )


@router.get("/gebieden")
def get_areas(
    request: Request, actor: SignedIn, connection: ReadConnection, settings: ServiceSettings
) -> HTMLResponse:
    """The areas, their buurten and inhabitants, and where their borders come from."""
    require(actor, Right.READ_OPERATIONS, None)
    areas = load_areas(connection, settings.areas.gebieden)
    grouped = [
        (str(name), part.sort_values("buurtcode").to_dict("records"))
        for name, part in areas.drop(columns="geometry").groupby("gebied")
    ]
    return render_section(
        request,
        actor,
        "areas.html",
        section="/beheer/gebieden",
        title="Gebieden",
        gebieden=grouped,
        count_of_areas=len(areas),
        approximate_count=int(areas["is_approximate"].sum()),
        inhabitants=areas["inhabitants"].sum(min_count=1),
        origin=areas_origin(connection),
    )
