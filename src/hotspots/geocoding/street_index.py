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
        is_in, near = _surely_in(doors, corners, box)
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


def _surely_in(
    points: NDArray[np.float64], corners: NDArray[np.float64], box: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether each point surely lies in its box, and which points lie so near a side that they may.

    Parameters
    ----------
    points
        In metres; shape (n, 2).
    corners
        Southwest, northwest, southeast and northeast of each box, in metres; shape (2, 4, k).
    box
        The box that each point is asked of; shape (n,).
    """
    x, y = corners
    inner = (x[:2].max(axis=0), x[2:].min(axis=0), y[::2].max(axis=0), y[1::2].min(axis=0))
    outer = (x.min(axis=0), x.max(axis=0), y.min(axis=0), y.max(axis=0))
    is_in = _lie_between(points, *(side[box] for side in inner), within_m=SURELY_M)
    may_be = _lie_between(points, *(side[box] for side in outer), within_m=-SURELY_M)
    return is_in, np.flatnonzero(may_be & ~is_in)


def _lie_between(
    points: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    within_m: float,
) -> NDArray[np.bool_]:
    x, y = points.T
    is_in = (x >= left + within_m) & (x <= right - within_m)
    return np.asarray(is_in & (y >= low + within_m) & (y <= high - within_m), dtype=np.bool_)
