"""`/v1/hotspots`: the tracked hotspots, as JSON or as GeoJSON."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.dependencies import AsOfParameter, HotspotParameters, Reading, ServiceSettings
from api.documents import (
    HotspotDocument,
    HotspotFeature,
    HotspotFeatureCollection,
    HotspotPage,
    reference,
)
from api.negotiation import GEOJSON, chosen_type
from api.paging import link_header, page_links, paged
from hotspots.hotspot import feature_collection
from hotspots.store.hotspots import count_hotspots, read_hotspot, read_hotspots

router = APIRouter(tags=["hotspots"])

HotspotId = Annotated[
    str,
    Path(
        alias="id",
        max_length=60,
        description="Kenmerk of nummer van de hotspot",
        examples=["HS-2023-014"],
    ),
]


@router.get(
    "/hotspots",
    operation_id="getHotspots",
    summary="Hotspots op een peildatum",
    response_model=HotspotPage,
    responses={200: {"content": {GEOJSON: {"schema": reference(HotspotFeatureCollection)}}}},
)
def get_hotspots(
    request: Request, query: HotspotParameters, connection: Reading, settings: ServiceSettings
) -> Response:
    """Geeft de hotspots zoals ze op de peildatum bekend waren: eerst wat toen is gesignaleerd, op score.

    Vraag GeoJSON met `Accept: application/geo+json`.
    """
    media_type = chosen_type(request)
    selection = query.selection()
    total = count_hotspots(connection, settings, selection)
    found = read_hotspots(connection, settings, selection, offset=query.offset, limit=query.pagina_grootte)
    links = page_links(request.url, query, total)
    if media_type == GEOJSON:
        content: dict[str, Any] = feature_collection(found) | {
            "numberMatched": total,
            "numberReturned": len(found),
            "links": [{"rel": rel, "href": href, "type": GEOJSON} for rel, href in links.items()],
        }
    else:
        content = {"hotspots": [hotspot.properties() for hotspot in found]} | paged(links, query, total)
    return _answer(content, media_type, {"Link": link_header(links)})


@router.get(
    "/hotspots/{id}",
    operation_id="getHotspot",
    summary="Eén hotspot",
    response_model=HotspotDocument,
    responses={200: {"content": {GEOJSON: {"schema": reference(HotspotFeature)}}}},
)
def get_hotspot(
    request: Request,
    hotspot_id: HotspotId,
    query: AsOfParameter,
    connection: Reading,
    settings: ServiceSettings,
) -> Response:
    """Geeft één hotspot, bij kenmerk of nummer."""
    media_type = chosen_type(request)
    hotspot = read_hotspot(connection, settings, hotspot_id, peildatum=query.peildatum)
    if media_type == GEOJSON:
        return _answer(hotspot.feature(), media_type)
    return _answer(hotspot.properties() | {"_links": {"self": {"href": request.url.path}}}, media_type)


def _answer(content: dict[str, Any], media_type: str, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(body, media_type=media_type, headers={"Vary": "Accept"} | (headers or {}))
