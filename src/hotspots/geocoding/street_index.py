"""The streets of a register by where their addresses lie, to name many places without a query for each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspots.geography.point_grid import PointGrid
from hotspots.geography.projection import Projection

Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""

SURELY_M = 1.0
"""So much farther is looked than the corners of a box lie: its sides are curved in metres."""


@dataclass(frozen=True)
class StreetIndex:
    """The street of each address.

    Attributes
    ----------
    grid
        All addresses, in metres.
    street
        Number of the street of each, in the order of the grid.
    names
        The names of the streets one after the other, in UTF-8.
    ends
        Where each name ends.
    """

    grid: PointGrid
    street: NDArray[np.int32]
    names: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, grid: PointGrid, street: NDArray[np.int32], names: Sequence[str]) -> "StreetIndex":
        """Index the streets.

        Parameters
        ----------
        grid
            All addresses, in metres.
        street
            Number of the street of each, in the order in which the addresses were given.
        names
            The streets.
        """
        texts = [name.encode() for name in names]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        point = grid.order_of(np.arange(len(grid)))
        return cls(grid, street[point], np.frombuffer(b"".join(texts), dtype=np.uint8), ends)

    def within(
        self, boxes: Sequence[Box], projection: Projection
    ) -> list[tuple[NDArray[np.object_], NDArray[np.float64]]]:
        """Give of the addresses in each box the street, and the point in metres."""
        west, south, east, north = np.array(boxes, dtype=np.float64).reshape(-1, 4).T
        x, y = projection.to_metres(
            np.concatenate([west, west, east, east]), np.concatenate([south, north, south, north])
        )
        corners = np.stack([x.reshape(4, -1), y.reshape(4, -1)])
        middles = corners.mean(axis=1)
        reach_m = np.hypot(*(corners - middles[:, None])).max(axis=0) + SURELY_M
        box, point = self.grid.within(middles.T, reach_m)
        doors = np.column_stack([self.grid.x[point], self.grid.y[point]])
        is_in, is_near = _in_quadrilaterals(doors, corners[:, [0, 1, 3, 2]], box)
        near = np.flatnonzero(is_near)
        lon, lat = projection.to_degrees(*doors[near].T)
        of = box[near]
        is_in[near] = (lon >= west[of]) & (lon <= east[of]) & (lat >= south[of]) & (lat <= north[of])
        numbers, of_address = np.unique(self.street[point[is_in]], return_inverse=True)
        streets = np.array([self._name(number) for number in numbers.tolist()], dtype=object)[of_address]
        ends = np.cumsum(np.bincount(box[is_in], minlength=len(boxes)))[:-1]
        return list(zip(np.split(streets, ends), np.split(doors[is_in], ends), strict=True))

    def _name(self, number: int) -> str:
        start = int(self.ends[number - 1]) if number else 0
        return self.names[start : int(self.ends[number])].tobytes().decode()


def _in_quadrilaterals(
    points: NDArray[np.float64], corners: NDArray[np.float64], number: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each point surely lies in its quadrilateral, and whether it lies so near a side that it may.

    Parameters
    ----------
    points
        Shape (n, 2).
    corners
        One after the other along the sides; shape (2, 4, k).
    number
        Which quadrilateral each point is asked of; shape (n,).
    """
    inside_m = np.full(len(points), np.inf)
    turns = np.sign(_across(corners[:, 0], corners[:, 1], corners[:, 2]))
    for side in range(4):
        start, end = corners[:, side], corners[:, (side + 1) % 4]
        length = np.hypot(*(end - start))
        away = turns[number] * _across(start[:, number], end[:, number], points.T)
        np.minimum(inside_m, away / np.maximum(length, SURELY_M)[number], out=inside_m)
    return inside_m > SURELY_M, np.abs(inside_m) <= SURELY_M


def _across(
    start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far points lie to the left of a line, times its length."""
    along, away = end - start, point - start
    return np.asarray(along[0] * away[1] - along[1] * away[0], dtype=np.float64)
