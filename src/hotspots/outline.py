"""The outline of a place: a polygon that follows its reports, not a hull over half a district."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

MARGIN_M = 15.0
"""The outline runs this far around the reports: a house and half a street."""

BRIDGE_M = 25.0
"""Gaps up to twice this are bridged."""

TOLERANCE_M = 0.5

ARC_SEGMENTS = 8
"""Straight pieces in a quarter of a circle: off by no more than the tolerance."""


def outline_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> Polygon:
    """Draw around the reports of a place.

    Circles around the reports, grown together and shrunk again (a morphological closing). Parts that stay
    apart are joined by a concave hull.

    Parameters
    ----------
    x, y
        Coordinates in metres, at least one.

    Returns
    -------
    Polygon
        Valid, in metres; holds every report.
    """
    spots = shapely.points(np.unique(np.column_stack([x, y]).round(2), axis=0))
    grown = shapely.union_all(shapely.buffer(spots, MARGIN_M + BRIDGE_M, quad_segs=ARC_SEGMENTS))
    closed: BaseGeometry = grown.buffer(-BRIDGE_M, quad_segs=ARC_SEGMENTS)
    if not isinstance(closed, Polygon):
        hull = shapely.concave_hull(shapely.union_all(spots), ratio=0.4)
        closed = closed.union(hull.buffer(MARGIN_M))
    return _without_holes(closed.simplify(TOLERANCE_M))


def hulls_of(points: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.object_]:
    """Draw the hull around the reports of each place: wider than :func:`outline_of`, and made much faster.

    Parameters
    ----------
    points
        The reports in metres, place after place; shape (n, 2).
    counts
        How many of them each place has, at least one.

    Returns
    -------
    ndarray of Polygon
        One per place, in metres.
    """
    spots = np.asarray(shapely.points(points), dtype=np.object_)
    clouds = shapely.multipoints(spots, indices=np.repeat(np.arange(len(counts)), counts))
    return np.asarray(shapely.buffer(shapely.convex_hull(clouds), MARGIN_M, quad_segs=2), dtype=np.object_)


def _without_holes(shape: BaseGeometry) -> Polygon:
    whole = shape if isinstance(shape, Polygon) else shape.convex_hull
    if not isinstance(whole, Polygon):
        raise TypeError(f"wanted a polygon around the reports, found {whole.geom_type}")
    return shapely.Polygon(whole.exterior)
