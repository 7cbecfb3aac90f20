"""Is a place busier than its surroundings explain: expected reports, chance, and one honest p.

Two expectations, of which the higher counts: by the addresses at the place (a tower of flats gets more
reports than a row of houses), and by the report level around it (a busy centre more than a suburb). An
expectation that itself rests on a few reports is uncertain. So the chance of at least the observed number is
that of the exact test of two Poisson counts [1]_: given all reports here and around, how many fall here if
both are as busy. As every spot of the city was looked at, that chance is made honest over the number of
independent looks (Šidák 1967, doi:10.1080/01621459.1967.10482935). The recurrence interval [2]_ says once in
how many days chance alone would give this, with one look a week.

References
----------
.. [1] J. Przyborowski, H. Wilenski (1940), doi:10.1093/biomet/31.3-4.313.
.. [2] K. Kleinman, R. Lazarus, R. Platt (2004), doi:10.1093/aje/kwh029.
"""

from dataclasses import dataclass
from itertools import chain
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.spatial import KDTree

Points = NDArray[np.float64]

DAYS_BETWEEN_RUNS = 7.0
NEAR_M = 300.0
"""The report level of the direct surroundings is taken within this distance."""

NEIGHBOURHOOD_M = 400.0
"""Reports per address are taken from within this distance, about a buurt: neighbouring ones differ."""

NEIGHBOURHOOD_TIMES = 5.0
"""… if that has this many times the addresses of the place; else from farther away."""

CLOSE_M = 30.0
"""The ring right around a place reaches this far beyond its double radius: is the place a part of more?"""

WIDEST_RING_M = 1000.0
"""What lies farther away than this is hardly ever in a ring."""

EDGE_M = 15.0
"""A place reaches this far beyond its outermost report: half a street."""

NEIGHBOUR_ANGLE = np.pi / 3
NEIGHBOUR_TIMES = 3.0
NEIGHBOUR_LEAST = 5.0
"""A sector this wide of a ring that has this many times what the others have, and at least so many more,
holds a place of its own: it says nothing of the level around, and is left out of it."""


BLOCK = 2_000
"""So many places are compared at once: what lies around them is held in memory."""

SMALLEST_P = 1e-6
"""A smaller chance says more of the model than of the place."""


@dataclass(frozen=True)
class Comparison:
    """Where a place is compared with: the reports there, and how large the place is in comparison.

    ``size`` is the area (or the addresses) of the place as a share of those there.
    """

    report_count: float
    size: float

    def chance(self, observed: int) -> float:
        """The chance of at least so many reports at the place, if it is as busy as there.

        Of all reports at both, each falls at the place with probability size / (1 + size).

        Examples
        --------
        Ten where two are expected: from 2,000 reports in a thousand times the area, or from 10 in 5 times.

        >>> f"{Comparison(2000, 0.001).chance(10):.1e}", f"{Comparison(10, 0.2).chance(10):.1e}"
        ('4.7e-05', '6.0e-04')
        """
        if observed <= 0:
            return 1.0
        return float(special.betainc(observed, self.report_count + 1, self.size / (1 + self.size)))


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
    comparisons
        What these expectations come from.
    """

    expected_by_addresses: float
    expected_by_level: float
    address_count: float
    comparisons: tuple[Comparison, ...]

    @property
    def expected(self) -> float:
        """The higher of the two expectations."""
        if isnan(self.expected_by_addresses):
            return self.expected_by_level
        return max(self.expected_by_addresses, self.expected_by_level)

    def chance(self, observed: int) -> float:
        """The chance of at least so many reports at the place, by the comparison that explains most."""
        return max(comparison.chance(observed) for comparison in self.comparisons)

    def in_share_of_time(self, share: float) -> "Surroundings":
        """What is to be expected in a part of the window."""
        return Surroundings(
            share * self.expected_by_addresses,
            share * self.expected_by_level,
            self.address_count,
            tuple(
                Comparison(comparison.report_count, share * comparison.size)
                for comparison in self.comparisons
            ),
        )


class AddressDensity:
    """All addresses of the city in metres.

    Parameters
    ----------
    addresses
        Shape (m, 2); empty without a register.
    """

    def __init__(self, addresses: Points) -> None:
        self.spots, _ = _unique(addresses)
        self._tree = KDTree(addresses.reshape(-1, 2), balanced_tree=False)
        self._looks: dict[float, int] = {}

    def __len__(self) -> int:
        return len(self.spots)

    @property
    def count_all(self) -> int:
        """How many addresses there are."""
        return int(self._tree.n)

    def count(self, centres: Points, radius_m: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """How many addresses lie within a radius of each centre."""
        return _count(self._tree, centres, radius_m)

    def looks(self, reach_m: float) -> int:
        """How many places without overlap fit where there are addresses; counted once."""
        if reach_m not in self._looks:
            self._looks[reach_m] = count_tiles(self.spots, reach_m)
        return self._looks[reach_m]


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

    def __init__(self, reports: Points, addresses: AddressDensity, *, surroundings_m: float) -> None:
        self.surroundings_m = surroundings_m
        self._spots, counts = _unique(reports)
        self._counts = counts.astype(np.float64)
        self._tree_of_spots = KDTree(self._spots)
        self._tree_of_reports = KDTree(reports.reshape(-1, 2), balanced_tree=False)
        self._addresses = addresses

    def around(
        self, centres: Points, radii_m: NDArray[np.float64], observed: NDArray[np.int64]
    ) -> list[Surroundings]:
        """Compare places with what lies around them.

        Parameters
        ----------
        centres
            Of the places, in metres; shape (k, 2).
        radii_m
            How far the members of each lie from its centre.
        observed
            The reports of each.
        """
        found: list[Surroundings] = []
        for start in range(0, len(centres), BLOCK):
            part = slice(start, start + BLOCK)
            found += self._around(centres[part], radii_m[part], observed[part])
        return found

    def _around(
        self, centres: Points, radii_m: NDArray[np.float64], observed: NDArray[np.int64]
    ) -> list[Surroundings]:
        reach = radii_m + EDGE_M
        own_area = np.pi * reach**2
        close = self._rings(centres, reach, 2 * reach + CLOSE_M)
        near = self._rings(centres, reach, np.maximum(NEAR_M, 3 * reach))
        wide = np.maximum(_count(self._tree_of_reports, centres, self.surroundings_m) - observed, 0.0)
        wide_area = np.pi * self.surroundings_m**2 - own_area
        # half a report more, so that an empty surrounding does not make one report a wonder
        by_level = own_area * np.max(
            [
                close.report_count / close.area_m2,
                (near.report_count + 0.5) / near.area_m2,
                (wide + 0.5) / wide_area,
            ],
            axis=0,
        )
        compared = [
            (close.report_count, own_area / close.area_m2),
            (near.report_count, own_area / near.area_m2),
            (wide, own_area / wide_area),
        ]
        by_addresses = addresses = np.full(len(centres), np.nan)
        if len(self._addresses):
            addresses = self._addresses.count(centres, reach)
            reports, others = self._around_addresses(centres, observed, addresses)
            by_addresses = addresses * (reports + 0.5) / others
            compared.append((reports, addresses / others))
        columns = [
            [Comparison(*pair) for pair in zip(*(part.tolist() for part in one), strict=True)]
            for one in compared
        ]
        figures = (by_addresses.tolist(), by_level.tolist(), addresses.tolist(), zip(*columns, strict=True))
        return [Surroundings(*values) for values in zip(*figures, strict=True)]

    def _around_addresses(
        self, centres: Points, observed: NDArray[np.int64], addresses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reports and addresses of the neighbourhood: the nearest with many more addresses than the place.

        One tower on its own says nothing of how much is reported per address; then the wider surroundings do,
        or else the whole city.
        """
        reports, others = np.zeros(len(centres)), np.zeros(len(centres))
        left = np.arange(len(centres))
        for radius_m in (NEIGHBOURHOOD_M, self.surroundings_m):
            reports[left] = _count(self._tree_of_reports, centres[left], radius_m)
            others[left] = self._addresses.count(centres[left], radius_m) - addresses[left]
            left = left[others[left] < NEIGHBOURHOOD_TIMES * addresses[left]]
        reports[left], others[left] = self._tree_of_reports.n, self._addresses.count_all - addresses[left]
        return np.maximum(reports - observed, 0.0), np.maximum(others, 1.0)

    @property
    def reach_m(self) -> float:
        """What lies farther from a place than this says nothing of it."""
        return max(self.surroundings_m, NEIGHBOURHOOD_M, WIDEST_RING_M)

    def rows_within(self, centre: Points, radius_m: float) -> NDArray[np.int64]:
        """Which of the reports lie within a distance of a point."""
        return np.asarray(self._tree_of_reports.query_ball_point(centre, radius_m), dtype=np.int64)

    def _rings(self, centres: Points, inner_m: NDArray[np.float64], outer_m: NDArray[np.float64]) -> "_Rings":
        """Rings, each without the sector that a neighbouring place fills."""
        inside = self._tree_of_spots.query_ball_point(centres, outer_m, workers=-1)
        sizes = [len(spots) for spots in inside]
        ring = np.repeat(np.arange(len(centres)), sizes)
        spots = np.fromiter(chain.from_iterable(inside), np.int64, sum(sizes))
        away = self._spots[spots] - centres[ring]
        is_in = np.hypot(away[:, 0], away[:, 1]) > inner_m[ring]
        ring, away, counts = ring[is_in], away[is_in], self._counts[spots[is_in]]
        area = np.pi * (outer_m**2 - inner_m**2)
        total = np.bincount(ring, weights=counts, minlength=len(centres))
        angle = np.arctan2(away[:, 1], away[:, 0])
        others = total - _densest_sectors(ring, angle, counts, NEIGHBOUR_ANGLE, len(centres))
        sectors = 2 * np.pi / NEIGHBOUR_ANGLE - 1
        has_neighbour = total - others >= NEIGHBOUR_TIMES * others / sectors + NEIGHBOUR_LEAST
        return _Rings(
            np.where(has_neighbour, others, total),
            np.where(has_neighbour, area * sectors / (sectors + 1), area),
        )


@dataclass(frozen=True)
class _Rings:
    report_count: NDArray[np.float64]
    area_m2: NDArray[np.float64]


def log_likelihood_ratio(observed: int, expected: float) -> float:
    """How much likelier it is that more is usual here than that chance gave this (Poisson); higher is more.

    The natural logarithm of the ratio of Kulldorff (1997), without a term for the rest of the city; 0 for no
    more than expected.

    Examples
    --------
    >>> [round(log_likelihood_ratio(observed, 4.0), 2) for observed in (2, 4, 8, 16)]
    [0.0, 0.0, 1.55, 10.18]
    """
    if observed <= expected:
        return 0.0
    return float(observed * np.log(observed / expected) - (observed - expected))


def p_over_looks(chance: float, looks: int) -> float:
    """The chance that at least one of so many looks shows what one shows with this chance.

    Examples
    --------
    >>> round(p_over_looks(1e-6, 1000), 6)
    0.001
    >>> p_over_looks(1.0, 1000)
    1.0
    """
    return float(-np.expm1(looks * np.log1p(-min(chance, 1 - 1e-12))))


def recurrence_interval_days(p: float) -> float:
    """Once in how many days chance alone gives this, with one run a week; 7,000,000 at most.

    Examples
    --------
    >>> recurrence_interval_days(0.01)
    700.0
    """
    return DAYS_BETWEEN_RUNS / max(p, SMALLEST_P)


def _densest_sectors(
    ring: NDArray[np.int64],
    angle: NDArray[np.float64],
    counts: NDArray[np.float64],
    width: float,
    size: int,
) -> NDArray[np.float64]:
    """The most that lies in any sector of this width of each ring; 0 for a ring with nothing."""
    densest = np.zeros(size)
    # twice round, and the rings behind each other on one line, farther apart than a sector
    line = ring * (6 * np.pi) + angle
    line, twice = np.concatenate([line, line + 2 * np.pi]), np.concatenate([counts, counts])
    order = np.argsort(line, kind="stable")
    line = line[order]
    total = np.concatenate([[0.0], np.cumsum(twice[order])])
    start = np.arange(len(line))
    end = np.searchsorted(line, line + width, side="right")
    np.maximum.at(densest, np.concatenate([ring, ring])[order], total[end] - total[start])
    return densest


def count_tiles(spots: Points, reach_m: float) -> int:
    """How many places of this radius, without overlap, fit where these points are: the independent looks."""
    tiles = (spots // (2 * reach_m)).astype(np.int64)
    return max(len(np.unique(tiles[:, 0] * (1 << 32) + tiles[:, 1])), 1)


def _count(tree: KDTree, centres: Points, radius_m: float | NDArray[np.float64]) -> NDArray[np.float64]:
    # counted inside the tree, as a kilometre around may hold tens of thousands
    return np.asarray(
        tree.query_ball_point(centres, radius_m, return_length=True, workers=-1), dtype=np.float64
    )


def _unique(points: Points) -> tuple[Points, NDArray[np.int64]]:
    if not len(points):
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    # as complex numbers, which sort a good deal faster than rows
    spots, counts = np.unique(points.round(3) @ [1, 1j], return_counts=True)
    return np.column_stack([spots.real, spots.imag]), counts.astype(np.int64)
