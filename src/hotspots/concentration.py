"""Is a place busier than its surroundings explain: expected reports, chance, and one honest p.

Two expectations, of which the higher counts: by the addresses at the place (a tower of flats gets more
reports than a row of houses), and by the report level around it (a busy centre more than a suburb). Given the
expectation μ, the chance of at least the observed number is Poisson's tail. As every spot of the city was
looked at, that chance is made honest over the number of independent looks (Šidák 1967,
doi:10.1080/01621459.1967.10482935). The recurrence interval [1]_ says once in how many days chance alone
would give this, with one look a week.

References
----------
.. [1] K. Kleinman, R. Lazarus, R. Platt (2004), doi:10.1093/aje/kwh029.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import KDTree

Points = NDArray[np.float64]

DAYS_BETWEEN_RUNS = 7.0
NEAR_M = 300.0
"""The report level of the direct surroundings is taken within this distance."""

CLOSE_M = 30.0
"""The ring right around a place reaches this far beyond its double radius: is the place a part of more?"""

CLOSE_WEIGHT = 1.0

EDGE_M = 15.0
"""A place reaches this far beyond its outermost report: half a street."""

NEIGHBOUR_ANGLE = np.pi / 3
NEIGHBOUR_TIMES = 3.0
NEIGHBOUR_LEAST = 5.0
"""A sector this wide of a ring that has this many times what the others have, and at least so many more,
holds a place of its own: it says nothing of the level around, and is left out of it."""


SMALLEST_P = 1e-6
"""A smaller chance says more of the model than of the place."""


@dataclass(frozen=True)
class Surroundings:
    """What a place is compared with.

    Attributes
    ----------
    expected_by_addresses
        Reports that the addresses at the place explain; NaN without a register.
    expected_by_level
        Reports that the level around the place explains.
    expected
        The higher of the two.
    address_count
        Addresses at the place; NaN without a register.
    """

    expected_by_addresses: float
    expected_by_level: float
    address_count: float

    @property
    def expected(self) -> float:
        """The higher of the two expectations."""
        return float(np.nanmax([self.expected_by_addresses, self.expected_by_level]))


class AddressIndex:
    """All addresses of the city in metres.

    Parameters
    ----------
    addresses
        Shape (m, 2); empty without a register.
    """

    def __init__(self, addresses: Points) -> None:
        self.spots, _ = _unique(addresses)
        self._tree = KDTree(addresses.reshape(-1, 2), balanced_tree=False)

    def __len__(self) -> int:
        return len(self.spots)

    def count(self, centre: Points, radius_m: float) -> float:
        """How many addresses lie within a radius."""
        return _count(self._tree, centre, radius_m)

    @cache  # noqa: B019  # an index lives as long as the process: one per register
    def looks(self, reach_m: float) -> int:
        """How many places without overlap fit where there are addresses."""
        return count_tiles(self.spots, reach_m)


class SurroundingsIndex:
    """All reports and addresses of the city in metres, to compare places with.

    Parameters
    ----------
    reports
        Shape (n, 2), one row per report that counts.
    addresses
        The register; empty without one.
    surroundings_m
        How far the neighbourhood of a place reaches, in metres.
    """

    def __init__(self, reports: Points, addresses: AddressIndex, *, surroundings_m: float) -> None:
        self.surroundings_m = surroundings_m
        self._spots, counts = _unique(reports)
        self._counts = counts.astype(np.float64)
        self._tree_of_spots = KDTree(self._spots)
        self._tree_of_reports = KDTree(reports.reshape(-1, 2), balanced_tree=False)
        self._addresses = addresses

    def around(self, centre: Points, radius_m: float, observed: int) -> Surroundings:
        """Compare one place with what lies around it.

        Parameters
        ----------
        centre
            Of the place, in metres.
        radius_m
            How far its members lie from the centre.
        observed
            Its reports.
        """
        reach = radius_m + EDGE_M
        own_area = np.pi * reach**2
        close = self._level(centre, reach, 2 * reach + CLOSE_M, 0.0)
        # half a report more, so that an empty surrounding does not make one report a wonder
        near = self._level(centre, reach, max(NEAR_M, 3 * reach), 0.5)
        wide = _count(self._tree_of_reports, centre, self.surroundings_m) - observed
        wide_area = np.pi * self.surroundings_m**2 - own_area
        by_level = own_area * max(close, near, (wide + 0.5) / wide_area)
        by_addresses, addresses = float("nan"), float("nan")
        if len(self._addresses):
            addresses = self._addresses.count(centre, reach)
            around = max(self._addresses.count(centre, self.surroundings_m) - addresses, 1.0)
            by_addresses = addresses * (wide + 0.5) / around
        return Surroundings(by_addresses, float(by_level), addresses)

    def _level(self, centre: Points, inner_m: float, outer_m: float, more: float) -> float:
        """Reports per square metre in a ring, without the sector that a neighbouring place fills."""
        inside = np.asarray(self._tree_of_spots.query_ball_point(centre, outer_m), dtype=np.int64)
        away = self._spots[inside] - centre
        in_ring = np.hypot(away[:, 0], away[:, 1]) > inner_m
        counts = self._counts[inside][in_ring]
        area = np.pi * (outer_m**2 - inner_m**2)
        densest = _densest_sector(np.arctan2(away[in_ring, 1], away[in_ring, 0]), counts, NEIGHBOUR_ANGLE)
        others = counts.sum() - densest
        sectors = 2 * np.pi / NEIGHBOUR_ANGLE - 1
        if densest >= NEIGHBOUR_TIMES * others / sectors + NEIGHBOUR_LEAST:
            return float((others + more) / (area * sectors / (sectors + 1)))
        return float((counts.sum() + more) / area)


def p_of_place(observed: int, expected: float, looks: int) -> float:
    """The chance that at least one of so many looks shows this number or more, if only chance is at work.

    Examples
    --------
    >>> round(p_of_place(12, 2.0, 1000), 4)
    0.0014
    >>> p_of_place(2, 2.0, 1000)
    1.0
    """
    tail = float(stats.poisson.sf(observed - 1, expected))
    return float(-np.expm1(looks * np.log1p(-min(tail, 1 - 1e-12))))


def recurrence_interval_days(p: float) -> float:
    """Once in how many days chance alone gives this, with one run a week; 7,000,000 at most.

    Examples
    --------
    >>> recurrence_interval_days(0.01)
    700.0
    """
    return DAYS_BETWEEN_RUNS / max(p, SMALLEST_P)


def _densest_sector(angle: NDArray[np.float64], counts: NDArray[np.float64], width: float) -> float:
    """The most that lies in any sector of this width."""
    if not len(angle):
        return 0.0
    order = np.argsort(angle, kind="stable")
    turned = np.concatenate([angle[order], angle[order] + 2 * np.pi])
    total = np.concatenate([[0.0], np.cumsum(np.tile(counts[order], 2))])
    start = np.arange(len(angle))
    end = np.searchsorted(turned, turned[start] + width, side="right")
    return float((total[end] - total[start]).max())


def count_tiles(spots: Points, reach_m: float) -> int:
    """How many places of this radius, without overlap, fit where these points are: the independent looks."""
    tiles = (spots // (2 * reach_m)).astype(np.int64)
    return max(len(np.unique(tiles[:, 0] * (1 << 32) + tiles[:, 1])), 1)


def _count(tree: KDTree, centre: Points, radius_m: float) -> float:
    # counted inside the tree, as a kilometre around may hold tens of thousands
    return float(tree.query_ball_point(centre, radius_m, return_length=True))


def _unique(points: Points) -> tuple[Points, NDArray[np.int64]]:
    if not len(points):
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    # as complex numbers, which sort a good deal faster than rows
    spots, counts = np.unique(points.round(3) @ [1, 1j], return_counts=True)
    return np.column_stack([spots.real, spots.imag]), counts.astype(np.int64)
