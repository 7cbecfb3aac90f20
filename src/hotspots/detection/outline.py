"""Where a place is, as it is shown: a centre, and a polygon that follows its reports, not half a district.

Exact points of reports are only for people with that right. A centre that is the exact mean of its reports
gives away the point of each report that comes or goes, and so do arcs around points. So a place with more
than one address shows only the squares in which its reports lie.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from hotspots.geography.points import unique_spots
from hotspots.settings import DetectionSettings

PRECISION_M = 0.5
"""An outline is drawn this precisely …"""

ARC_SEGMENTS = 8
"""… and so are its arcs, with this many straight pieces in a quarter of a circle."""


def coarsened(points: NDArray[np.float64], *, grid_m: float) -> NDArray[np.float64]:
    """Give the middle of the square in which each point lies.

    Parameters
    ----------
    points
        Coordinates in metres; shape (n, 2).
    grid_m
        Side of the squares.

    Examples
    --------
    >>> coarsened(np.array([[0.0, 24.9], [25.0, -1.0]]), grid_m=25).tolist()
    [[12.5, 12.5], [37.5, -12.5]]
    """
    return (np.floor(points / grid_m) + 0.5) * grid_m


def outline_of(points: NDArray[np.float64], settings: DetectionSettings, *, is_exact: bool) -> Polygon:
    """Draw a line around the reports of a place.

    Circles around the points, or the squares they lie in, are grown together and shrunk again (a
    morphological closing). A concave hull joins parts that stay apart.

    Parameters
    ----------
    points
        Coordinates in metres, at least one; shape (n, 2).
    settings
        ``outline_grid_m`` and what else begins with ``outline_``.
    is_exact
        Whether the points may be known: those of one dwelling, which is hidden as a whole.

    Returns
    -------
    Polygon
        Valid, in metres; holds every report.
    """
    grid_m, bridge_m = settings.outline_grid_m, settings.outline_bridge_m
    # to the centimetre: the last digits of a projection decide nothing
    spots = unique_spots(points if is_exact else coarsened(points, grid_m=grid_m))[0].round(2)
    margin = settings.outline_margin_m if is_exact else settings.outline_grid_margin_m
    shapes = np.asarray(shapely.points(spots), dtype=np.object_) if is_exact else _squares(spots, grid_m)
    grown = shapely.union_all(shapely.buffer(shapes, margin + bridge_m, quad_segs=ARC_SEGMENTS))
    closed: BaseGeometry = grown.buffer(-bridge_m, quad_segs=ARC_SEGMENTS)
    if not isinstance(closed, Polygon):
        hull = shapely.concave_hull(shapely.MultiPoint(spots), ratio=0.4)
        closed = closed.union(hull.buffer(margin))
    return _without_holes(closed.simplify(PRECISION_M))


def hulls_of(
    points: NDArray[np.float64], counts: NDArray[np.int64], settings: DetectionSettings
) -> NDArray[np.object_]:
    """Draw the hull around the squares of each place: wider than :func:`outline_of`, and much faster.

    Parameters
    ----------
    points
        The reports in metres, place after place; shape (n, 2).
    counts
        How many of them each place has, at least one.
    settings
        ``outline_grid_m`` and ``outline_grid_margin_m``.

    Returns
    -------
    ndarray of Polygon
        One per place, in metres.
    """
    grid_m = settings.outline_grid_m
    spots = np.asarray(shapely.points(coarsened(points, grid_m=grid_m)), dtype=np.object_)
    clouds = shapely.multipoints(spots, indices=np.repeat(np.arange(len(counts)), counts))
    margin = grid_m / np.sqrt(2) + settings.outline_grid_margin_m  # to the corners of the squares, and beyond
    return np.asarray(shapely.buffer(shapely.convex_hull(clouds), margin, quad_segs=2), dtype=np.object_)


def _squares(middles: NDArray[np.float64], grid_m: float) -> NDArray[np.object_]:
    (x, y), half = middles.T, grid_m / 2
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=np.object_)


def _without_holes(shape: BaseGeometry) -> Polygon:
    whole = shape if isinstance(shape, Polygon) else shape.convex_hull
    if not isinstance(whole, Polygon):
        raise TypeError(f"wanted a polygon around the reports, found {whole.geom_type}")
    return shapely.Polygon(whole.exterior)
