"""Which points are the same point, and each of them once.

Points in one square of a decimetre are one point: projections and geocoders round differently, by
centimetres, and front doors lie metres apart. Only what a source itself writes may be coarser.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

TOLERANCE_M = 0.1
"""Side of that square."""

AS_WRITTEN_M, AS_WRITTEN_DEGREES = 1.0, 1e-5
"""Sources write whole metres, or five decimals: the point that a source means is known to this precision."""


def spot_of(*coordinates: ArrayLike, tolerance_m: float = TOLERANCE_M) -> NDArray[np.int64]:
    """Number points in metres: the same number for the same point, 0, 1, 2, … by x, then y.

    Parameters
    ----------
    *coordinates
        The x of all points, their y, and what other coordinates they have.
    tolerance_m
        Side of the square.

    Examples
    --------
    >>> spot_of([5.0, 0.0, 5.04], [1.0, 9.0, 1.0]).tolist()
    [1, 0, 1]
    """
    first, *others = (
        np.round(np.asarray(values, dtype=np.float64) * (1 / tolerance_m)).astype(np.int64)
        for values in coordinates
    )
    if not others:
        return _ranked(first)
    number = first
    for steps in others:
        # one whole number for two, which sorts a good deal faster than pairs
        lowest = steps.min(initial=0)
        number = _ranked(number * (steps.max(initial=0) - lowest + 1) + steps - lowest)
    return number


def unique_spots(
    points: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Give each point once.

    Parameters
    ----------
    points
        In metres; shape (n, d).

    Returns
    -------
    spots : ndarray of shape (k, d)
        By x, then y; of points that are the same the lowest x and y, so that their order decides nothing.
    spot_of : ndarray of shape (n,)
        Which spot each point is.
    counts : ndarray of shape (k,)
        How many points each spot is.

    Examples
    --------
    >>> spots, spot_of, counts = unique_spots(np.array([[5.0, 1.0], [0.0, 9.0], [5.04, 1.0]]))
    >>> spots.tolist(), spot_of.tolist(), counts.tolist()
    ([[0.0, 9.0], [5.0, 1.0]], [1, 0, 1], [1, 2])
    """
    number = spot_of(*points.T)
    counts = np.bincount(number)
    lowest = np.full((points.shape[1], len(counts)), np.inf)
    for column, values in zip(lowest, points.T, strict=True):
        np.minimum.at(column, number, values)
    return lowest.T, number, counts


def squares_of(points: NDArray[np.float64], side_m: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the squares of a grid that hold a point, by column, then row, and in which each point lies.

    Parameters
    ----------
    points
        In metres; shape (n, 2).
    side_m
        Side of the squares.

    Returns
    -------
    squares : ndarray of shape (k, 2)
        Column and row of each: whole numbers.
    number : ndarray of shape (n,)
        Which square each point lies in.

    Examples
    --------
    >>> squares, number = squares_of(np.array([[5.0, 1.0], [-3.0, 9.0], [9.0, 1.0]]), 10)
    >>> squares.tolist(), number.tolist()
    ([[-1.0, 0.0], [0.0, 0.0]], [1, 0, 1])
    """
    column, row = (np.floor(part / side_m).astype(np.int64) for part in points.T)
    lowest = row.min(initial=0)
    height = row.max(initial=0) - lowest + 1
    # one whole number for two: pairs take ten times as long to sort
    keys, number = np.unique(column * height + (row - lowest), return_inverse=True)
    return np.column_stack([keys // height, keys % height + lowest]).astype(np.float64), number


def _ranked(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)
