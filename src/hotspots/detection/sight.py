"""What other reports nearby see around them: how many lie together without being a hotspot.

Reports lie together by themselves: along streets, at blocks of flats. An even level around a window does not
show that. What a report elsewhere sees in the same window around it does (the second-order level of a point
process).
"""

import numpy as np
from numpy.typing import NDArray

from hotspots.geography.point_grid import PointGrid
from hotspots.geography.points import squares_of
from hotspots.settings import DetectionSettings

Points = NDArray[np.float64]

CELL_M = 50.0
"""Side of the squares by which reports are found."""


class Sight:
    """How many reports other reports see around them, in one kind of window.

    The mean and the variance. The directions in which most is seen are left out, as another place may lie
    there.

    Parameters
    ----------
    spots, weights
        Where reports are that look around, and how many; shape (n, 2) and (n,).
    seen
        How many each sees, itself included.
    area_m2, reach_m
        Surface of the window, and how far it reaches.
    settings
        ``surroundings_m`` and what begins with ``sight_``.
    """

    def __init__(
        self,
        spots: Points,
        weights: NDArray[np.float64],
        seen: NDArray[np.float64],
        area_m2: float,
        *,
        reach_m: float,
        settings: DetectionSettings,
    ) -> None:
        self.area_m2 = area_m2
        self._settings = settings
        self._inner_m = 2 * reach_m
        self._outer_m = max(settings.surroundings_m, 4 * reach_m)
        self._tile_m = max(reach_m / 2, 30.0)
        seen = np.maximum(seen, 1.0)
        tiles, number = squares_of(spots, self._tile_m)
        sums: NDArray[np.float64] = np.column_stack(
            [
                np.bincount(number, weights=column, minlength=len(tiles))
                for column in (weights, weights * seen, weights * seen**2)
            ]
        )
        self._usual = _without_highest(sums, settings.sight_trimmed)
        self._grid = PointGrid.of(*((tiles + 0.5) * self._tile_m).T, cell_m=self._outer_m / 4)
        order = self._grid.order_of(np.arange(len(tiles)))
        self._tiles, self._sums = tiles[order].astype(np.int64), sums[order]
        self._reach = int(self._outer_m / self._tile_m) + 1  # in tiles
        self._directions = self._direction_of_tiles()
        self._asked = np.zeros(0, dtype=np.int64)  # tiles that were asked for before, ascending
        self._known = np.zeros((2, 0))

    def around(self, centres: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The mean and the variance of what is seen around each centre."""
        squares, number = squares_of(centres, self._tile_m)
        tiles = squares.astype(np.int64)
        key = tiles[:, 0] * (1 << 32) + tiles[:, 1]
        is_new = ~np.isin(key, self._asked)
        if is_new.any():
            asked = np.concatenate([self._asked, key[is_new]])
            known = np.concatenate([self._known, self._around(tiles[is_new])], axis=1)
            order = np.argsort(asked)
            self._asked, self._known = asked[order], known[:, order]
        mean, variance = self._known[:, np.searchsorted(self._asked, key)[number]]
        return mean, variance

    def _number(self, tiles: NDArray[np.int64]) -> NDArray[np.int64]:
        """One number per tile, of which the differences tell how far tiles lie from each other."""
        return np.asarray(tiles[:, 0] * (2 * self._reach + 1) + tiles[:, 1], dtype=np.int64)

    def _direction_of_tiles(self) -> NDArray[np.int64]:
        """In which direction a tile lies, by the difference of the numbers; one direction more if too near.

        What a negative difference gives is at the end, where NumPy finds it.
        """
        directions = self._settings.sight_directions
        steps = np.concatenate([np.arange(self._reach + 1), np.arange(-self._reach, 0)])
        tiles = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        east, north = tiles.T * self._tile_m
        turn = np.arctan2(north, east) / (2 * np.pi) % 1.0
        direction = np.minimum((turn * directions).astype(np.int64), directions - 1)
        found = np.empty(len(tiles), dtype=np.int64)
        found[self._number(tiles)] = np.where(np.hypot(east, north) > self._inner_m, direction, directions)
        return found

    def _around(self, centres: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mean and the variance around the middles of tiles, of which the column and row are given."""
        directions = self._settings.sight_directions
        middles = np.asarray((centres + 0.5) * self._tile_m, dtype=np.float64)
        centre, tile = self._grid.within(middles, self._outer_m)
        away = self._number(self._tiles)[tile] - self._number(centres)[centre]
        cell = centre * (directions + 1) + self._directions[away]
        sums = np.stack(
            [
                np.bincount(cell, weights=column[tile], minlength=len(centres) * (directions + 1)).reshape(
                    -1, directions + 1
                )[:, :directions]
                for column in self._sums.T
            ]
        )
        order = np.argsort(sums[1], axis=1, kind="stable")[:, : directions - self._settings.sight_left_out]
        observers, seen, squares = np.take_along_axis(sums, order[None], axis=2).sum(axis=2)
        # where few look around, what is usual in the city counts too
        few = self._settings.sight_prior
        usual, usual_squares = self._usual
        mean = (seen + few * usual) / (observers + few)
        variance = (squares + few * usual_squares) / (observers + few) - mean**2
        return np.stack([mean, variance])


def _without_highest(sums: NDArray[np.float64], trimmed: float) -> tuple[float, float]:
    """The mean of what is seen, and of its square, without the places of the city that see most."""
    has_any = sums[:, 0] > 0
    seen, squares = (sums[has_any, column] / sums[has_any, 0] for column in (1, 2))
    if not len(seen):
        return 1.0, 1.0
    order = np.argsort(seen, kind="stable")[: max(int(np.ceil((1 - trimmed) * len(seen))), 1)]
    return float(seen[order].mean()), float(squares[order].mean())
