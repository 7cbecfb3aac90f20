"""`/gezond` and `/metrics`, for monitoring.

Everyone may read them, so they only show that something needs action; `/beheer` shows what.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.sign_in import Now
from hotspots import __version__
from hotspots.operations.health import read_status
from hotspots.operations.health_checks import Weight

router = APIRouter(include_in_schema=False)


@router.get("/gezond")
def get_health(database: ServiceDatabase, settings: ServiceSettings, now: Now) -> JSONResponse:
    """Whether the service can answer: 200, or 503 when the database is absent or of another version."""
    status = read_status(database, settings, now=now)
    run = status.figures.last_run
    content: dict[str, Any] = {
        "status": "gezond",
        "versie": __version__,
        "laatstePeildatum": run.as_of.isoformat() if run else None,
        "verwachtePeildatum": status.expected_as_of.isoformat(),
        "bevindingen": {str(weight): status.count_of(weight) for weight in Weight},
    }
    return JSONResponse(content)


@router.get("/gezond/proces")
def get_liveness() -> JSONResponse:
    """Whether the process is alive, whatever the state of the database: restart it only when this fails."""
    return JSONResponse({"status": "gezond", "versie": __version__})


@router.get("/metrics")
def get_metrics(request: Request) -> Response:
    """All figures in the Prometheus text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
