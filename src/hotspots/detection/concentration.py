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
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hotspots.detection.address_density import AddressDensity
from hotspots.geography.point_grid import PointGrid
from hotspots.geography.points import spot_of
from hotspots.settings import DetectionSettings

Points = NDArray[np.float64]

DAYS_BETWEEN_RUNS = 7.0

BLOCK = 2_000
"""How many places are compared at once: what lies around them is held in memory."""

CELL_M = 50.0
"""Side of the squares by which reports are found."""

NEARLY_SURE = 1 - 1e-12
"""A chance counts as no higher than this, so that its complement has a logarithm."""

HALF_A_REPORT = 0.5
"""So much more is expected, so that an empty surrounding does not make one report a wonder."""


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

    Attributes
    ----------
    reports
        As given.
    """

    def __init__(self, reports: Points, addresses: AddressDensity, settings: DetectionSettings) -> None:
        reports = reports.reshape(-1, 2)
        number = spot_of(*reports.T)
        by_spot = np.argsort(number, kind="stable")
        self._fill(addresses, settings, reports, by_spot, number[by_spot])

    def without(self, left_out: NDArray[np.bool_]) -> "SurroundingsIndex":
        """The same without some of the reports.

        Parameters
        ----------
        left_out
            Of each report, whether it is one of them; shape (n,).
        """
        row = np.cumsum(~left_out) - 1
        stays = ~left_out[self._by_spot]
        other = object.__new__(type(self))
        other._fill(
            self._addresses,
            self._settings,
            self.reports[~left_out],
            row[self._by_spot[stays]],
            self._spot[stays],
        )
        return other

    def _fill(
        self,
        addresses: AddressDensity,
        settings: DetectionSettings,
        reports: Points,
        by_spot: NDArray[np.int64],
        spot: NDArray[np.int64],
    ) -> None:
        """Keep the reports, and index them by where they are.

        Parameters
        ----------
        by_spot, spot
            The rows of the reports by spot, and the number of the spot of each of these: ascending.
        """
        self._settings, self._addresses = settings, addresses
        self.reports, self._by_spot, self._spot = reports, by_spot, spot
        self._grid = PointGrid.of(*reports.T, cell_m=CELL_M)
        first = np.flatnonzero(np.diff(spot, prepend=-1))
        counts = np.diff(first, append=len(spot)).astype(np.float64)
        # of points that are the same the lowest x and y, so that their order decides nothing
        x, y = (
            (np.minimum.reduceat(part[by_spot], first) if len(first) else part).round(3) for part in reports.T
        )
        self._spots = PointGrid.of(x, y, cell_m=CELL_M)
        self._counts = counts[self._spots.order_of(np.arange(len(counts)))]

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
            found += self._around(_Looked(centres[part], radii_m[part], observed[part], self._settings))
        return found

    def stands_out(
        self,
        centres: Points,
        radii_m: NDArray[np.float64],
        observed: NDArray[np.int64],
        *,
        shown: NDArray[np.int64],
        looks: int,
    ) -> NDArray[np.float64]:
        """Find places that no comparison keeps off the list; the cheapest first, then the next of the rest.

        It says of very many places which need a closer look, and gives no figures.

        Parameters
        ----------
        centres, radii_m, observed
            As :meth:`around` takes them.
        shown
            How many reports each is judged by: its own, or more to find those that nearly stand out.
        looks
            How many places without overlap were looked at.

        Returns
        -------
        ndarray of shape (k,)
            Infinite for a place that stands out; else how far from it lies what keeps it off the list.
        """
        within_m = np.full(len(centres), self.reach_m)
        left = np.arange(len(centres))
        most = max(self._settings.max_p, self._settings.max_p_lasting)
        for compare in (self._close, self._near, self._wide, self._by_addresses):
            stays = [np.zeros(0, dtype=np.int64)]
            for start in range(0, len(left), BLOCK):
                part = left[start : start + BLOCK]
                looked = _Looked(centres[part], radii_m[part], observed[part], self._settings)
                compared = compare(looked)
                within_m[part] = compared.within_m
                p = -np.expm1(looks * np.log1p(-np.minimum(compared.chance(shown[part]), NEARLY_SURE)))
                enough = shown[part] >= self._settings.min_ratio * compared.expected
                stays.append(part[(p <= most) & enough])
            left = np.concatenate(stays)
        within_m[left] = np.inf
        return within_m

    def _around(self, looked: "_Looked") -> list[Surroundings]:
        levels = [compare(looked) for compare in (self._close, self._near, self._wide)]
        compared = [(level.report_count, level.size) for level in levels]
        by_level = np.max([level.expected for level in levels], axis=0)
        by_addresses = addresses = np.full(len(looked), np.nan)
        if len(self._addresses):
            addresses = self._addresses.count(looked.centres, looked.reach_m)
            explained = self._by_addresses(looked, addresses)
            by_addresses = explained.expected
            compared.append((explained.report_count, explained.size))
        columns = [
            [Comparison(*pair) for pair in zip(*(part.tolist() for part in one), strict=True)]
            for one in compared
        ]
        figures = (by_addresses.tolist(), by_level.tolist(), addresses.tolist(), zip(*columns, strict=True))
        return [Surroundings(*values) for values in zip(*figures, strict=True)]

    def _close(self, looked: "_Looked") -> "_Compared":
        return self._ring(looked, 2 * looked.reach_m + self._settings.close_m, extra=0.0)

    def _near(self, looked: "_Looked") -> "_Compared":
        return self._ring(looked, np.maximum(self._settings.near_m, 3 * looked.reach_m), extra=HALF_A_REPORT)

    def _wide(self, looked: "_Looked") -> "_Compared":
        radius_m = self._settings.surroundings_m
        wide = np.maximum(self._grid.count_within(looked.centres, radius_m) - looked.observed, 0.0)
        return _compared(looked, wide, np.pi * radius_m**2 - looked.area_m2, HALF_A_REPORT, self.reach_m)

    def _by_addresses(self, looked: "_Looked", addresses: NDArray[np.float64] | None = None) -> "_Compared":
        """Reports and addresses of the nearest neighbourhood that has many more addresses than the place.

        A tower on its own does not show how much is reported per address; then the wider surroundings count,
        or else the whole city.
        """
        if not len(self._addresses):
            nothing = np.zeros(len(looked))
            return _Compared(nothing, nothing, nothing, self.reach_m)
        if addresses is None:
            addresses = self._addresses.count(looked.centres, looked.reach_m)
        reports, others = np.zeros(len(looked)), np.zeros(len(looked))
        left = np.arange(len(looked))
        settings = self._settings
        for radius_m in (settings.neighbourhood_m, settings.surroundings_m):
            reports[left] = self._grid.count_within(looked.centres[left], radius_m)
            others[left] = self._addresses.count(looked.centres[left], radius_m) - addresses[left]
            left = left[others[left] < settings.neighbourhood_times * addresses[left]]
        reports[left], others[left] = len(self._grid), len(self._addresses) - addresses[left]
        reports, others = np.maximum(reports - looked.observed, 0.0), np.maximum(others, 1.0)
        expected = addresses * (reports + HALF_A_REPORT) / others
        return _Compared(reports, addresses / others, expected, self.reach_m)

    @property
    def reach_m(self) -> float:
        """What lies farther from a place than this has no part in the comparison."""
        settings = self._settings
        return max(settings.surroundings_m, settings.neighbourhood_m, settings.widest_ring_m)

    def rows_within(self, centre: Points, radius_m: float) -> NDArray[np.int64]:
        """Which of the reports lie within a distance of a point."""
        return self._grid.order_of(self._grid.within(centre.reshape(1, 2), radius_m)[1])

    def _ring(self, looked: "_Looked", outer_m: NDArray[np.float64], *, extra: float) -> "_Compared":
        """The ring around each place, without the sector that a neighbouring place fills."""
        centres, inner_m = looked.centres, looked.reach_m
        ring, spots = self._spots.within(centres, outer_m)
        across, along = self._spots.x[spots] - centres[ring, 0], self._spots.y[spots] - centres[ring, 1]
        is_in = np.hypot(across, along) > inner_m[ring]
        ring, across, along, counts = ring[is_in], across[is_in], along[is_in], self._counts[spots[is_in]]
        area = np.pi * (outer_m**2 - inner_m**2)
        total = np.bincount(ring, weights=counts, minlength=len(centres))
        angle = np.arctan2(along, across)
        settings = self._settings
        width = np.radians(settings.neighbour_degrees)
        others = total - _densest_sectors(ring, angle, counts, width, len(centres))
        sectors = 2 * np.pi / width - 1
        least = settings.neighbour_times * others / sectors + settings.neighbour_least
        has_neighbour = total - others >= least
        return _compared(
            looked,
            np.where(has_neighbour, others, total),
            np.where(has_neighbour, area * sectors / (sectors + 1), area),
            extra,
            outer_m,
        )


class _Looked:
    """Places to be compared, by columns."""

    def __init__(
        self,
        centres: Points,
        radii_m: NDArray[np.float64],
        observed: NDArray[np.int64],
        settings: DetectionSettings,
    ) -> None:
        self.centres, self.observed = centres, observed
        self.reach_m = radii_m + settings.edge_m
        self.area_m2 = np.pi * self.reach_m**2

    def __len__(self) -> int:
        return len(self.centres)


@dataclass(frozen=True)
class _Compared:
    """What places are compared with, by columns: see :class:`Comparison`, and the reports it explains."""

    report_count: NDArray[np.float64]
    size: NDArray[np.float64]
    expected: NDArray[np.float64]
    within_m: float | NDArray[np.float64]  # nothing farther from the place has a part in it

    def chance(self, observed: NDArray[np.int64]) -> NDArray[np.float64]:
        """As :meth:`Comparison.chance`, of each; where nothing is compared it is 0."""
        return np.asarray(
            special.betainc(np.maximum(observed, 1), self.report_count + 1, self.size / (1 + self.size)),
            dtype=np.float64,
        )


def _compared(
    looked: _Looked,
    report_count: NDArray[np.float64],
    area_m2: NDArray[np.float64],
    extra: float,
    within_m: float | NDArray[np.float64],
) -> _Compared:
    expected = looked.area_m2 * ((report_count + extra) / area_m2)
    return _Compared(report_count, looked.area_m2 / area_m2, expected, within_m)


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
    return float(-np.expm1(looks * np.log1p(-min(chance, NEARLY_SURE))))


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
