"""H3 cells: the grid in which reports are counted and mapped (not clustered: that needs the points)."""

import h3.api.numpy_int as h3
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import Polygon

RESOLUTION_BIT = 52
"""From this bit on, the four bits of a cell that say its size."""

POINTS_AT_ONCE = 100_000
"""How many points become Python numbers at a time, to save memory."""


def cells_of(lon: ArrayLike, lat: ArrayLike, *, resolution: int) -> NDArray[np.int64]:
    """The H3 cell of each point, as the integer that the database keeps.

    Parameters
    ----------
    lon, lat
        Degrees WGS 84, finite.
    resolution
        Of H3, 0 to 15.

    Examples
    --------
    >>> cells_of([5.6915], [50.8492], resolution=10).tolist()
    [622053137720836095]
    """
    points = np.column_stack([np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)])
    cells = np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), POINTS_AT_ONCE):
        block = points[start : start + POINTS_AT_ONCE].tolist()
        cells[start : start + len(block)] = [h3.latlng_to_cell(*point, resolution) for point in block]
    return cells


def with_cells(
    known: NDArray[np.int64], lon: ArrayLike, lat: ArrayLike, *, resolution: int
) -> NDArray[np.int64]:
    """Give the cells of points, made only for those whose cell is not known or has another size.

    Parameters
    ----------
    known
        The cell of each as it was kept; 0 if none was.

    Examples
    --------
    >>> with_cells(np.array([622053137720836095, 0]), [0.0, 5.6915], [0.0, 50.8492], resolution=10).tolist()
    [622053137720836095, 622053137720836095]
    """
    is_wanted = (known >> RESOLUTION_BIT) & 0xF == resolution
    cells = known.copy()
    missing = ~is_wanted | (known == 0)
    cells[missing] = cells_of(np.asarray(lon)[missing], np.asarray(lat)[missing], resolution=resolution)
    return cells


def cell_centre(cell: int) -> tuple[float, float]:
    """The middle of a cell, lon/lat degrees WGS 84."""
    lat, lon = h3.cell_to_latlng(cell)
    return lon, lat


def cell_corners(cell: int) -> list[tuple[float, float]]:
    """The corners of a cell, each once, lon/lat degrees WGS 84."""
    return [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]


def cell_polygon(cell: int) -> Polygon:
    """The hexagon of a cell, lon/lat degrees WGS 84."""
    return shapely.Polygon(cell_corners(cell))
