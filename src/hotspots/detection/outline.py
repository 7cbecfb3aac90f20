"""Where a place is, as it is told: a centre, and a polygon that follows its reports, not half a district.

Exact points of reports are for who has that right by name. From a centre that is the exact mean of so many
reports follows the point of each one that comes or goes, and from arcs around reports follow their points. So
of a place with more than one address only the squares are told in which reports lie.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

GRID_M = 25.0
"""Side of those squares, in metres: a handful of front doors."""

MARGIN_M = 15.0
"""The outline runs this far around exact points: a house and half a street …"""

MARGIN_OF_SQUARES_M = 5.0
"""… and this far around squares."""

BRIDGE_M = 25.0
"""Gaps up to twice this are bridged."""

TOLERANCE_M = 0.5

ARC_SEGMENTS = 8
"""Straight pieces in a quarter of a circle: off by no more than the tolerance."""


def coarsened(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle of the square in which each point lies.

    Parameters
    ----------
    points
        Coordinates in metres; shape (n, 2).

    Examples
    --------
    >>> coarsened(np.array([[0.0, 24.9], [25.0, -1.0]])).tolist()
    [[12.5, 12.5], [37.5, -12.5]]
    """
    return (np.floor(points / GRID_M) + 0.5) * GRID_M


def outline_of(points: NDArray[np.float64], *, is_exact: bool) -> Polygon:
    """Draw around the reports of a place.

    Circles around the points, or the squares they lie in, grown together and shrunk again (a morphological
    closing). Parts that stay apart are joined by a concave hull.

    Parameters
    ----------
    points
        Coordinates in metres, at least one; shape (n, 2).
    is_exact
        Whether the points may be known: of one dwelling, which is hidden as a whole.

    Returns
    -------
    Polygon
        Valid, in metres; holds every report.
    """
    spots = np.unique((points if is_exact else coarsened(points)).round(2), axis=0)
    margin = MARGIN_M if is_exact else MARGIN_OF_SQUARES_M
    shapes = np.asarray(shapely.points(spots), dtype=np.object_) if is_exact else _squares(spots)
    grown = shapely.union_all(shapely.buffer(shapes, margin + BRIDGE_M, quad_segs=ARC_SEGMENTS))
    closed: BaseGeometry = grown.buffer(-BRIDGE_M, quad_segs=ARC_SEGMENTS)
    if not isinstance(closed, Polygon):
        hull = shapely.concave_hull(shapely.MultiPoint(spots), ratio=0.4)
        closed = closed.union(hull.buffer(margin))
    return _without_holes(closed.simplify(TOLERANCE_M))


def hulls_of(points: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.object_]:
    """Draw the hull around the squares of each place: wider than :func:`outline_of`, and made much faster.

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
    spots = np.asarray(shapely.points(coarsened(points)), dtype=np.object_)
    clouds = shapely.multipoints(spots, indices=np.repeat(np.arange(len(counts)), counts))
    margin = GRID_M / np.sqrt(2) + MARGIN_OF_SQUARES_M  # to the corners of the squares, and beyond
    return np.asarray(shapely.buffer(shapely.convex_hull(clouds), margin, quad_segs=2), dtype=np.object_)


def _squares(middles: NDArray[np.float64]) -> NDArray[np.object_]:
    (x, y), half = middles.T, GRID_M / 2
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=np.object_)


def _without_holes(shape: BaseGeometry) -> Polygon:
    whole = shape if isinstance(shape, Polygon) else shape.convex_hull
    if not isinstance(whole, Polygon):
        raise TypeError(f"wanted a polygon around the reports, found {whole.geom_type}")
    return shapely.Polygon(whole.exterior)
