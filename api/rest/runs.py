"""`/v1/rondes` and `/v1/trends`: the weekly runs, and the trends of their hotspots."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import Response

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, TrendParameters
from api.http.paging import Collection, answer_collection, dump_all
from api.http.sign_in import Reader, Reading
from api.http.tables import columns_of
from api.rest.documents import RunDocument, RunPage, TrendCounts, TrendPage
from api.rest.routes import Routes
from api.rest.signalling import stopped_field
from hotspots.errors import NotFoundError
from hotspots.tracking.hotspots import count_by_trend, count_listed, count_signalled
from hotspots.tracking.runs import Run, count_runs, read_runs
from hotspots.tracking.selection import Selection

router = Routes(tags=["rondes"])


@router.reads("/rondes", "getRondes", "Wekelijkse rondes", RunPage)
def get_runs(request: Request, query: PageParameters, reader: Reader) -> Response:
    """Geeft de rondes, de laatste eerst."""
    connection, settings, visibility = reader

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        runs = read_runs(connection, settings, visibility=visibility, offset=offset, limit=limit)
        return dump_all(RunDocument, [_whole(reader, run) for run in runs])

    collection = Collection("rondes", count_runs(connection), read, columns_of(RunDocument))
    return answer_collection(request, query, collection, more=stopped_field(connection))


@router.reads("/rondes/{peildatum}", "getRonde", "Eén ronde", RunDocument)
def get_run(
    request: Request,
    peildatum: Annotated[date, Path(description="Peildatum van de ronde", examples=["2023-12-31"])],
    reader: Reader,
) -> Response:
    """Geeft de ronde van een peildatum."""
    connection, settings, visibility = reader
    runs = read_runs(connection, settings, visibility=visibility, as_of=peildatum)
    if not runs:
        raise NotFoundError(f"there was no run as of {peildatum}")
    return answer_document(request, RunDocument.model_validate(_whole(reader, runs[0])))


@router.reads("/trends", "getTrends", "Trends over de rondes", TrendPage)
def get_trends(request: Request, query: TrendParameters, reader: Reader) -> Response:
    """Geeft per ronde hoeveel plekken op de lijst stonden, naar trend; de laatste ronde eerst."""
    connection, settings, visibility = reader

    def counted(run: Run) -> dict[str, Any]:
        selection = query.selection(visibility, run.as_of)
        counts = count_by_trend(connection, settings, selection)
        return {
            "peildatum": run.as_of.isoformat(),
            "aantalGesignaleerd": count_signalled(connection, settings, selection),
            "aantalOpDeLijst": sum(counts.values()),
            "aantalPerTrend": counts,
        }

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        runs = read_runs(connection, settings, visibility=visibility, offset=offset, limit=limit)
        return [counted(run) for run in runs]

    collection = Collection("trends", count_runs(connection), read, columns_of(TrendCounts))
    return answer_collection(request, query, collection)


def _whole(reader: Reading, run: Run) -> dict[str, Any]:
    """A run with its links, and what was on the list of this reader after it."""
    selection = Selection(reader.visibility, as_of=run.as_of)
    counts = count_listed(reader.connection, reader.settings, selection)
    links = {"self": f"/v1/rondes/{run.as_of}", "hotspots": f"/v1/hotspots?peildatum={run.as_of}"}
    return vars(run) | vars(counts) | {"_links": {name: {"href": href} for name, href in links.items()}}
