"""The pages for people: this week, the map of a week, and one hotspot."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Filters, Reading, ServiceSettings
from api.maps import draw_map
from api.pages import render
from api.weekly_map import build_weekly_map
from hotspots.projection import Projection
from hotspots.store.hotspots import (
    count_hotspots,
    latest_peildatum,
    read_hotspots,
)
from hotspots.store.weeks import read_peildatums

router = APIRouter(include_in_schema=False)
MAP_LIMIT = 500
"""More on one map is unreadable, and heavy for a browser."""


@router.get("/kaart")
def get_map(
    request: Request, filters: Annotated[Filters, Query()], connection: Reading, settings: ServiceSettings
) -> HTMLResponse:
    """The weekly map, with filters and the same content as a list."""
    selection = filters.selection()
    hotspots = read_hotspots(connection, settings, selection, limit=MAP_LIMIT)
    shown = build_weekly_map(
        connection,
        settings,
        hotspots,
        peildatum=latest_peildatum(connection, filters.peildatum),
        area_name=filters.gebied,
    )
    return render(
        request,
        "map.html",
        title=shown.title,
        shown=shown,
        drawn=draw_map(shown, settings.map, Projection(settings.municipality.crs)),
        filters=filters,
        total=count_hotspots(connection, settings, selection),
        peildatums=read_peildatums(connection),
        gebieden=sorted(set(shown.areas["gebied"])),
    )
