"""`/v1/rondes` and `/v1/trends`: the weekly runs, and how the hotspots moved over them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.http.answers import answer
from api.http.dependencies import PageParameters, ReadConnection, ServiceSettings, TrendParameters
from api.http.paging import answer_page
from api.http.sign_in import ReaderVisibility
from api.rest.documents import RunDocument, RunPage, TrendPage
from hotspots.errors import NotFoundError
from hotspots.tracking.hotspots import count_by_trend
from hotspots.tracking.runs import Run, count_runs, read_runs

router = APIRouter(tags=["rondes"])


@router.get("/rondes", operation_id="getRondes", summary="Wekelijkse rondes", response_model=RunPage)
def get_runs(
    request: Request,
    query: PageParameters,
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
) -> Response:
    """Geeft de rondes, de laatste eerst."""
    total = count_runs(connection)
    found = read_runs(
        connection, settings, visibility=visibility, offset=query.offset, limit=query.pagina_grootte
    )
    return answer_page(request, query, "rondes", [_document(run) for run in found], total)


@router.get("/rondes/{peildatum}", operation_id="getRonde", summary="Eén ronde", response_model=RunDocument)
def get_run(
    request: Request,
    peildatum: Annotated[date, Path(description="Peildatum van de ronde", examples=["2023-12-31"])],
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
) -> Response:
    """Geeft de ronde van een peildatum."""
    found = read_runs(connection, settings, visibility=visibility, as_of=peildatum)
    if not found:
        raise NotFoundError(f"there was no run as of {peildatum}")
    return answer(request, _document(found[0]))


@router.get("/trends", operation_id="getTrends", summary="Trends over de rondes", response_model=TrendPage)
def get_trends(
    request: Request,
    query: TrendParameters,
    connection: ReadConnection,
    settings: ServiceSettings,
    visibility: ReaderVisibility,
) -> Response:
    """Geeft per ronde hoeveel plekken waren gesignaleerd, naar trend; de laatste ronde eerst."""
    total = count_runs(connection)
    found = read_runs(
        connection, settings, visibility=visibility, offset=query.offset, limit=query.pagina_grootte
    )
    rows = []
    for run in found:
        counts = count_by_trend(connection, settings, query.selection(visibility, run.as_of))
        rows.append(
            {
                "peildatum": run.as_of.isoformat(),
                "aantalGesignaleerd": sum(counts.values()),
                "aantalPerTrend": counts,
            }
        )
    return answer_page(request, query, "trends", rows, total)


def _document(run: Run) -> dict[str, Any]:
    return {
        "peildatum": run.as_of.isoformat(),
        "vensterVanaf": _utc(run.window_start),
        "vensterTot": _utc(run.window_end),
        "afgerondOp": _utc(run.finished_at),
        "versie": run.version,
        "aantalMeldingen": run.report_count,
        "aantalGelokaliseerd": run.located_count,
        "aantalGesignaleerd": run.signalled_count,
        "_links": {
            "self": {"href": f"/v1/rondes/{run.as_of}"},
            "hotspots": {"href": f"/v1/hotspots?peildatum={run.as_of}"},
        },
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
