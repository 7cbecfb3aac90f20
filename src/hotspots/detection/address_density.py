"""All addresses of the city by where they are: how many lie near a place, and how many places fit there."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hotspots.detection.windows import Windows, points_in
from hotspots.geography.point_grid import PointGrid
from hotspots.geography.points import unique_spots

Points = NDArray[np.float64]

CELL_M = 50.0
"""Side of the squares by which addresses are found."""


class AddressDensity:
    """All addresses of the city in metres.

    Parameters
    ----------
    grid
        The addresses by square; empty without a register.
    looks
        What :meth:`looks` gives, where that was counted before.
    """

    def __init__(self, grid: PointGrid, looks: dict[float, int] | None = None) -> None:
        self.grid = grid
        self._looks = dict(looks or {})

    @classmethod
    def of(cls, addresses: Points) -> "AddressDensity":
        """Index addresses: shape (m, 2)."""
        return cls(PointGrid.of(*addresses.reshape(-1, 2).T, cell_m=CELL_M))

    def __len__(self) -> int:
        return len(self.grid)

    def count(self, centres: Points, radius_m: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """How many addresses lie within a radius of each centre."""
        return self.grid.count_within(centres, radius_m)

    def count_in(self, windows: Windows) -> NDArray[np.float64]:
        """How many addresses lie in each window."""
        counts = np.zeros(len(windows))
        is_line = windows.length_m > 0
        round_ones, lines = (windows.take(chosen) for chosen in (~is_line, is_line))
        counts[~is_line] = self.count(round_ones.centres, round_ones.radius_m)
        counts[is_line] = np.bincount(points_in(lines, self.grid)[0], minlength=len(lines))
        return counts

    def looks(self, reach_m: float) -> int:
        """How many places without overlap fit where there are addresses; counted once."""
        if reach_m not in self._looks:
            self._looks[reach_m] = count_tiles(self._spots, reach_m)
        return self._looks[reach_m]

    @cached_property
    def _spots(self) -> Points:
        return unique_spots(np.column_stack([self.grid.x, self.grid.y]))[0].round(3)


def count_tiles(spots: Points, reach_m: float) -> int:
    """How many places of this radius fit where these points are, without overlap: the independent looks."""
    tiles = (spots // (2 * reach_m)).astype(np.int64)
    return max(len(np.unique(tiles[:, 0] * (1 << 32) + tiles[:, 1])), 1)
