"""What a map of one week shows: its hotspots, the buurten under them, and what it is called."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log10
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from hotspots.hotspot import Hotspot
from hotspots.model import Trend
from hotspots.projection import Projection
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.weeks import is_simulated
from hotspots.wording import TRENDS, day, week

OUTLINE_TOLERANCE_M = 8.0
"""Outlines are drawn this precisely: a pixel at the scale of a neighbourhood."""


@dataclass(frozen=True)
class WeeklyMap:
    """A map of one week, before it is drawn."""

    peildatum: date | None
    hotspots: Sequence[Hotspot]
    areas: gpd.GeoDataFrame  # satisfies model.AREAS
    municipality: str
    is_simulated: bool
    area_name: str | None = None

    @property
    def title(self) -> str:
        """What stands above the map."""
        where = self.area_name or self.municipality
        place = f" {where}" if where else ""
        return f"Hotspots{place}" + (f", {week(self.peildatum)}" if self.peildatum else "")

    @property
    def subtitle(self) -> str:
        """As of which day, in words."""
        if self.peildatum is None:
            return "Er is nog geen ronde geweest"
        return f"Peildatum {day(self.peildatum)}"

    @property
    def source(self) -> str:
        """Where the data come from, and what they are not."""
        notes = ["Bron: meldingen van overlast; buurten: CBS"]
        if "is_approximate" in self.areas and bool(self.areas["is_approximate"].any()):
            notes.append("buurtgrenzen bij benadering")
        if self.is_simulated:
            notes.append("gesimuleerde gegevens")
        return "; ".join(notes)

    @property
    def trends(self) -> list[Trend]:
        """The trends on this map, in the order of the legend."""
        present = {hotspot.trend for hotspot in self.hotspots}
        return [trend for trend in TRENDS if trend in present]


def build_weekly_map(
    connection: Connection,
    settings: Settings,
    hotspots: Sequence[Hotspot],
    *,
    peildatum: date | None,
    area_name: str | None = None,
) -> WeeklyMap:
    """Put hotspots that were read on a map of their week."""
    return WeeklyMap(
        peildatum=peildatum,
        hotspots=hotspots,
        areas=load_areas(connection, settings.areas.gebieden),
        municipality=settings.municipality.name,
        is_simulated=is_simulated(connection),
        area_name=area_name,
    )


def outlines(areas: gpd.GeoDataFrame, projection: Projection) -> dict[str, Any]:
    """The buurten as GeoJSON, with their names, no more precise than a map shows."""
    shapes = [
        projection.geometry_to_degrees(
            shapely.simplify(projection.geometry_to_metres(shape), OUTLINE_TOLERANCE_M)
        )
        for shape in areas.geometry
    ]
    features = [
        {
            "type": "Feature",
            "geometry": shape_of(shape, precision=1e-5),
            "properties": {"naam": name, "midden": _middle(shape)},
        }
        for shape, name in zip(shapes, areas["buurtnaam"], strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def shape_of(shape: BaseGeometry, *, precision: float = 1e-7) -> dict[str, Any]:
    """A geometry as GeoJSON, rounded to a precision in its own units."""
    return shapes_of([shape], precision=precision)[0]


def shapes_of(shapes: Sequence[BaseGeometry], *, precision: float = 1e-7) -> list[dict[str, Any]]:
    """Geometries as GeoJSON, as :func:`shape_of`; many at once take a fraction of the time of each.

    Examples
    --------
    >>> shapes_of([shapely.Point(5.69151234567, 50.8492)], precision=1e-5)
    [{'type': 'Point', 'coordinates': [5.69151, 50.8492]}]
    """
    given = np.empty(len(shapes), dtype=object)
    given[:] = shapes
    digits = round(-log10(precision))
    rounded = shapely.transform(given, lambda coordinates: np.round(coordinates, digits))
    # hardly ever: a shape that is hardly wider than the precision may cross itself
    wrong = ~shapely.is_valid(rounded)
    rounded[wrong] = shapely.set_precision(given[wrong], precision)
    return [json.loads(text) for text in shapely.to_geojson(rounded)]


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    inside = shape.representative_point()
    return round(inside.x, 5), round(inside.y, 5)


def bounds(shown: WeeklyMap) -> tuple[float, float, float, float] | None:
    """West, south, east, north of what is to be in view: the hotspots, else the buurten; None if neither."""
    shapes = [hotspot.geometry for hotspot in shown.hotspots] or list(shown.areas.geometry)
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    return float(west), float(south), float(east), float(north)
