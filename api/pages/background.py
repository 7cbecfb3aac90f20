"""`/achtergrond`: the pieces of the background that maps ask for, from our own origin."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from api.http.dependencies import ReadConnection, ServiceSettings
from hotspots.errors import NotFoundError
from hotspots.publishing.background import GREATEST_ZOOM, choose_background, make_tile, read_image

Zoom = Annotated[int, Path(ge=1, le=GREATEST_ZOOM)]
Number = Annotated[int, Path(ge=0, lt=2**GREATEST_ZOOM)]

router = APIRouter(include_in_schema=False)

_KEPT = {"Cache-Control": "private, max-age=86400"}
"""The address has the version of the background in it, so what a browser keeps is never out of date."""


@router.get("/achtergrond/{zoom}/{column}/{row}.json")
def get_tile(
    zoom: Zoom, column: Number, row: Number, connection: ReadConnection, settings: ServiceSettings
) -> Response:
    """Give the lines and areas in a tile of 512 pixels."""
    background = choose_background(connection, settings.map)
    if background.kind != "features":
        raise NotFoundError("wanted a piece of the background, found that maps have none of lines")
    return JSONResponse(make_tile(connection, background, zoom, column, row), headers=_KEPT)


@router.get("/achtergrond/beeld/{zoom}/{column}/{row}")
def get_image(
    zoom: Zoom, column: Number, row: Number, connection: ReadConnection, settings: ServiceSettings
) -> Response:
    """Give an image of the file of tiles; 404 where it has none."""
    background = choose_background(connection, settings.map)
    found = None
    if background.kind == "tiles":
        found = read_image(settings.map, zoom, column, row)
    if found is None:
        raise NotFoundError("wanted an image of the background, found none there")
    return Response(found[0], media_type=found[1], headers=_KEPT)
