"""Is a place busier than its surroundings explain? Expected reports, chance, and one p over the whole city.

There are two expectations, of which the higher counts: one from the addresses at the place (a tower of flats
gets more reports than a row of houses), and one from the report level around it (a busy centre has more than
a suburb). An expectation from a few reports is itself uncertain, so the chance of at least the observed
number is that of the exact test of two Poisson counts [1]_: given all reports here and around, how many fall
here if both are equally busy? The whole city was looked at, so the chance is corrected for the number of
independent looks (Šidák 1967, doi:10.1080/01621459.1967.10482935). The recurrence interval [2]_ is the number
of days in which chance alone gives this once, with one run a week.

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

from hotspots.geography.points import unique_spots
from hotspots.settings import DetectionSettings

Points = NDArray[np.float64]

DAYS_BETWEEN_RUNS = 7.0

BLOCK = 2_000
"""How many places are compared at once: what lies around them is held in memory."""


@dataclass(frozen=True)
class Comparison:
    """What a place is compared with.

    Attributes
    ----------
    report_count
        Reports there.
    size
        Area (or addresses) of the place as a share of the area (or addresses) there.
    """

    report_count: float
    size: float

    def chance(self, observed: int) -> float:
        """Give the chance of at least so many reports at the place, if it is as busy as there.

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
        """The same for a part of the window."""
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
        self.spots = unique_spots(addresses.reshape(-1, 2))[0].round(3)
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
    settings
        From ``surroundings_m`` to ``neighbourhood_times``.
    """

    def __init__(self, reports: Points, addresses: AddressDensity, settings: DetectionSettings) -> None:
        self._settings = settings
        spots, _, counts = unique_spots(reports.reshape(-1, 2))
        self._spots, self._counts = spots.round(3), counts.astype(np.float64)
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
        settings = self._settings
        reach = radii_m + settings.edge_m
        own_area = np.pi * reach**2
        close = self._rings(centres, reach, 2 * reach + settings.close_m)
        near = self._rings(centres, reach, np.maximum(settings.near_m, 3 * reach))
        wide = np.maximum(_count(self._tree_of_reports, centres, settings.surroundings_m) - observed, 0.0)
        wide_area = np.pi * settings.surroundings_m**2 - own_area
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
        """Reports and addresses of the nearest neighbourhood that has many more addresses than the place.

        A tower on its own does not show how much is reported per address; then the wider surroundings count,
        or else the whole city.
        """
        reports, others = np.zeros(len(centres)), np.zeros(len(centres))
        left = np.arange(len(centres))
        settings = self._settings
        for radius_m in (settings.neighbourhood_m, settings.surroundings_m):
            reports[left] = _count(self._tree_of_reports, centres[left], radius_m)
            others[left] = self._addresses.count(centres[left], radius_m) - addresses[left]
            left = left[others[left] < settings.neighbourhood_times * addresses[left]]
        reports[left], others[left] = self._tree_of_reports.n, self._addresses.count_all - addresses[left]
        return np.maximum(reports - observed, 0.0), np.maximum(others, 1.0)

    @property
    def reach_m(self) -> float:
        """What lies farther from a place than this has no part in the comparison."""
        settings = self._settings
        return max(settings.surroundings_m, settings.neighbourhood_m, settings.widest_ring_m)

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
        settings = self._settings
        width = np.radians(settings.neighbour_degrees)
        others = total - _densest_sectors(ring, angle, counts, width, len(centres))
        sectors = 2 * np.pi / width - 1
        least = settings.neighbour_times * others / sectors + settings.neighbour_least
        has_neighbour = total - others >= least
        return _Rings(
            np.where(has_neighbour, others, total),
            np.where(has_neighbour, area * sectors / (sectors + 1), area),
        )


@dataclass(frozen=True)
class _Rings:
    report_count: NDArray[np.float64]
    area_m2: NDArray[np.float64]


def log_likelihood_ratio(observed: int, expected: float) -> float:
    """How much likelier a higher level here explains the reports than chance does (Poisson); higher is more.

    The natural logarithm of the ratio of Kulldorff (1997), without a term for the rest of the city; 0 if
    there are no more than expected.

    Examples
    --------
    >>> [round(log_likelihood_ratio(observed, 4.0), 2) for observed in (2, 4, 8, 16)]
    [0.0, 0.0, 1.55, 10.18]
    """
    if observed <= expected:
        return 0.0
    return float(observed * np.log(observed / expected) - (observed - expected))


def p_over_looks(chance: float, looks: int) -> float:
    """Give the chance that at least one of so many looks shows what one shows with this chance.

    Examples
    --------
    >>> round(p_over_looks(1e-6, 1000), 6)
    0.001
    >>> p_over_looks(1.0, 1000)
    1.0
    """
    return float(-np.expm1(looks * np.log1p(-min(chance, 1 - 1e-12))))


def recurrence_interval_days(p: float, *, smallest_p: float) -> float:
    """In how many days chance alone gives this once, with one run a week.

    Parameters
    ----------
    p
        The chance in one run.
    smallest_p
        A smaller one counts as this.

    Examples
    --------
    >>> recurrence_interval_days(0.01, smallest_p=1e-6)
    700.0
    """
    return DAYS_BETWEEN_RUNS / max(p, smallest_p)


def _densest_sectors(
    ring: NDArray[np.int64],
    angle: NDArray[np.float64],
    counts: NDArray[np.float64],
    width: float,
    size: int,
) -> NDArray[np.float64]:
    """The most that lies in any sector of this width of each ring; 0 for an empty ring."""
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
    """How many places of this radius fit where these points are, without overlap: the independent looks."""
    tiles = (spots // (2 * reach_m)).astype(np.int64)
    return max(len(np.unique(tiles[:, 0] * (1 << 32) + tiles[:, 1])), 1)


def _count(tree: KDTree, centres: Points, radius_m: float | NDArray[np.float64]) -> NDArray[np.float64]:
    # counted inside the tree, as a kilometre around may hold tens of thousands
    return np.asarray(
        tree.query_ball_point(centres, radius_m, return_length=True, workers=-1), dtype=np.float64
    )
