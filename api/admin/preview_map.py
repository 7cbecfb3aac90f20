"""The map of a preview: places that come and go, or for who may not know of those only their buurten."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from hotspots.geography.projection import Projection
from hotspots.publishing.context import ContextLayer
from hotspots.publishing.weekly_map import WeeklyMap, bounds_of, build_weekly_map
from hotspots.settings import Settings
from hotspots.weekly.preview_jobs import PreviewedPlace

RADIUS_M = 40.0
"""How large a place is drawn: a preview keeps its middle only."""

Told = Sequence[tuple[str, PreviewedPlace]]


def map_of_places(
    connection: Connection, settings: Settings, areas: gpd.GeoDataFrame, *, comes: Told, goes: Told
) -> WeeklyMap:
    """A map of the places that come and go, each with what is told of it."""
    projection = Projection(settings.municipality.crs)

    def drawn(told: Told) -> list[tuple[str, BaseGeometry]]:
        return [(words, _around(projection, place)) for words, place in told]

    layers = [
        ContextLayer("erbij", "plekken die erbij komen", "+", drawn(comes)),
        ContextLayer("eraf", "plekken die wegvallen", "−", drawn(goes)),
    ]
    return _map(connection, settings, areas, layers)


def map_of_buurten(
    connection: Connection, settings: Settings, areas: gpd.GeoDataFrame, told: Sequence[tuple[str, str]]
) -> WeeklyMap:
    """A map of the buurten in which places come or go: the name of each, and what is told of it."""
    shapes = dict(zip(areas["buurtnaam"], areas.geometry, strict=True))
    places = [(words, shapes[name]) for name, words in told if name in shapes]
    return _map(
        connection, settings, areas, [ContextLayer("buurten", "buurten die anders worden", "!", places)]
    )


def _map(
    connection: Connection, settings: Settings, areas: gpd.GeoDataFrame, layers: Sequence[ContextLayer]
) -> WeeklyMap:
    shown = build_weekly_map(
        connection,
        settings,
        [],
        peildatum=None,
        areas=areas,
        context=[layer for layer in layers if layer.places],
    )
    return replace(shown, view_box=bounds_of([shape for layer in layers for _, shape in layer.places]))


def _around(projection: Projection, place: PreviewedPlace) -> BaseGeometry:
    middle = projection.geometry_to_metres(shapely.Point(place.lon, place.lat))
    return projection.geometry_to_degrees(middle.buffer(RADIUS_M, quad_segs=4))
