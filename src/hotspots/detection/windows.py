"""Windows on the map, round or along a street: one family of shapes, and which points lie in each.

A window is a stadium: all points within a radius of a line. A circle has a line without length.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hotspots.geography.point_grid import PointGrid

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Many windows, in metres; all arrays have one value per window.

    Attributes
    ----------
    x, y
        The middle.
    angle
        Direction of the line, in radians from the x axis.
    length_m
        Of the line; 0 for a circle.
    radius_m
        How far the window reaches around the line.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    angle: NDArray[np.float64]
    length_m: NDArray[np.float64]
    radius_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def circles(cls, centres: Points, radius_m: float) -> Self:
        """Circles of one size around centres of shape (n, 2)."""
        nothing = np.zeros(len(centres))
        return cls(centres[:, 0], centres[:, 1], nothing, nothing, np.full(len(centres), radius_m))

    @property
    def centres(self) -> Points:
        """Shape (n, 2)."""
        return np.column_stack([self.x, self.y])

    @property
    def reach_m(self) -> NDArray[np.float64]:
        """How far a window reaches from its middle."""
        return self.length_m / 2 + self.radius_m

    def area_m2(self, *, edge_m: float) -> NDArray[np.float64]:
        """The surface of each window with an edge around it."""
        radius_m = self.radius_m + edge_m
        return np.pi * radius_m**2 + 2 * radius_m * self.length_m

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_] | list[int]) -> "Windows":
        """Some of the windows."""
        return Windows(
            self.x[chosen], self.y[chosen], self.angle[chosen], self.length_m[chosen], self.radius_m[chosen]
        )

    def widened(self, edge_m: float) -> "Windows":
        """The same windows with an edge around them."""
        return Windows(self.x, self.y, self.angle, self.length_m, self.radius_m + edge_m)


def together(*windows: Windows) -> Windows:
    """Windows after each other; none where none are given."""
    return Windows(
        *(
            np.concatenate([np.zeros(0), *(getattr(one, name) for one in windows)])
            for name in ("x", "y", "angle", "length_m", "radius_m")
        )
    )


def points_in(windows: Windows, grid: PointGrid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which points lie in which windows: pairs of a window and a point, as the grid orders them."""
    window, point = grid.within(windows.centres, windows.reach_m)
    is_in = distance_to_line_m(windows, window, grid.x[point], grid.y[point]) <= windows.radius_m[window]
    return window[is_in], point[is_in]


def distance_to_line_m(
    windows: Windows, window: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far each point lies from the line of its window, of which the number is given."""
    east, north = x - windows.x[window], y - windows.y[window]
    cos, sin = np.cos(windows.angle)[window], np.sin(windows.angle)[window]
    beyond = np.maximum(np.abs(east * cos + north * sin) - (windows.length_m / 2)[window], 0)
    return np.asarray(np.hypot(beyond, north * cos - east * sin), dtype=np.float64)
