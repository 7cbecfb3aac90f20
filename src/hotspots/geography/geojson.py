"""Geometries as GeoJSON after RFC 7946: rings as the right-hand rule has them, nothing across 180°."""

import json
from collections.abc import Sequence
from math import log10
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

DEGREES = 1e-7
"""About a centimetre."""


def shapes_of(shapes: Sequence[BaseGeometry], *, precision: float = DEGREES) -> list[dict[str, Any]]:
    """Geometries as GeoJSON, rounded to a precision in their own units; many at once, which is faster.

    Outer rings run counterclockwise and holes clockwise (RFC 7946, 3.1.6): software on a sphere takes the
    other for the rest of the earth.

    Examples
    --------
    >>> shapes_of([shapely.Point(5.69151234567, 50.8492)], precision=1e-5)
    [{'type': 'Point', 'coordinates': [5.69151, 50.8492]}]
    >>> shapes_of([shapely.Polygon([(5.0, 50.0), (5.0, 51.0), (6.0, 51.0)])])[0]["coordinates"]
    [[[5.0, 50.0], [6.0, 51.0], [5.0, 51.0], [5.0, 50.0]]]
    """
    return [json.loads(text) for text in shape_texts(shapes, precision=precision)]


def shape_texts(shapes: Sequence[BaseGeometry], *, precision: float = DEGREES) -> list[str]:
    """The same as texts, for who writes them down as they are: reading them takes longer than the rest.

    Examples
    --------
    >>> shape_texts([shapely.Point(5.69151234567, 50.8492)], precision=1e-5)
    ['{"type":"Point","coordinates":[5.69151,50.8492]}']
    """
    given = np.empty(len(shapes), dtype=object)
    given[:] = shapes
    digits = round(-log10(precision))
    rounded = shapely.transform(given, lambda coordinates: np.round(coordinates, digits))
    # hardly ever: a shape that is hardly wider than the precision may cross itself
    wrong = ~shapely.is_valid(rounded)
    rounded[wrong] = shapely.set_precision(given[wrong], precision)
    return list(shapely.to_geojson(shapely.orient_polygons(rounded)))


def cut_at_antimeridian(shapes: NDArray[Any]) -> NDArray[Any]:
    """Lon/lat shapes, those across 180° in two parts (RFC 7946, 3.1.9).

    A polygon that is wider than half the earth is one of which the corners lie on both sides of 180°.

    Examples
    --------
    >>> over = shapely.Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)])
    >>> [part.bounds[::2] for part in shapely.get_parts(cut_at_antimeridian(np.array([over]))[0])]
    [(179.0, 180.0), (-180.0, -179.0)]
    """
    west, _, east, _ = shapely.bounds(shapes).T
    is_over = (east - west > 180) | (east > 180) | (west < -180)
    if not is_over.any():
        return shapes
    cut = shapes.copy()
    for at in np.flatnonzero(is_over):
        parts = [_cut(part) for part in shapely.get_parts(shapes[at])]
        cut[at] = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return cut


def _cut(part: BaseGeometry) -> BaseGeometry:
    west, _, east, _ = part.bounds
    if not isinstance(part, shapely.Polygon) or (east - west <= 180 and west >= -180 and east <= 180):
        return part
    eastward = shapely.transform(part, lambda xy: np.column_stack((xy[:, 0] % 360, xy[:, 1])))
    if not eastward.area:  # it goes around the earth
        return part
    east_of_it = shapely.intersection(eastward, shapely.box(180, -90, 360, 90))
    back = shapely.transform(east_of_it, lambda xy: np.column_stack((xy[:, 0] - 360, xy[:, 1])))
    return shapely.union(shapely.intersection(eastward, shapely.box(0, -90, 180, 90)), back)
