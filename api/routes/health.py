"""`/gezond` and `/metrics`: for whoever watches over the service."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import Reading
from hotspots import __version__
from hotspots.store.hotspots import latest_peildatum

router = APIRouter(include_in_schema=False)


@router.get("/gezond")
def get_health(connection: Reading) -> JSONResponse:
    """Whether the service can answer: 200, or 503 when the database is absent or of another version."""
    latest = latest_peildatum(connection)
    content: dict[str, Any] = {
        "status": "gezond",
        "versie": __version__,
        "laatstePeildatum": latest.isoformat() if latest else None,
    }
    return JSONResponse(content)


@router.get("/metrics")
def get_metrics(request: Request) -> Response:
    """Counts and durations in the Prometheus text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
