"""The space-time permutation scan: more reports here and now than the place and the week explain.

Every circle up to a maximum size, around every centre, is combined with every window of time up to a maximum
length. With C reports, c_A of them in circle A (over all periods) and c_T in window T (over all places), the
expected number in both is c_A c_T / C. The statistic is the log likelihood ratio of the best circle and
window; its p comes from repeating the whole search on permuted periods, so it covers the whole search [1]_.

Purely spatial and purely temporal patterns are adjusted for: a place that always has many reports is no
cluster; it must have more now than its own past and the city's present explain.

Limits: a hotspot that lasts the whole study period is not found; circles miss elongated shapes; the p of a
secondary cluster is conservative, as it is compared with the best cluster of each permutation.

References
----------
.. [1] Kulldorff et al. (2005), doi:10.1371/journal.pmed.0020059; prospective: Kulldorff (2001),
   doi:10.1111/1467-985X.00186; Gumbel tail: Abrams, Kulldorff & Kleinman (2010), doi:10.1186/1476-072X-9-61;
   recurrence interval: Kleinman, Lazarus & Platt (2004), doi:10.1093/aje/kwh029
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import scipy  # its statistics take half a second to load: only where they are used
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.spatial import KDTree

from hotspots.errors import StatisticError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_Number = TypeVar("_Number", bound=np.number[Any])

MIN_CASES = 2
"""A single report is no cluster."""

MAX_SHARE = 0.5
"""Largest share of the reports in a circle, as in SaTScan: beyond it, the scan would find quiet outside."""

DIGITS = 9
"""Coordinates and distances, in metres, are compared to this many decimals."""

ROUNDING = 1e-12
"""Relative tolerance on limits."""

BLOCK_BYTES = 2_000_000
"""Size of a block of permutations, chosen to fit the processor's cache."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """A circle and a window of time with more reports than expected.

    Attributes
    ----------
    x_m, y_m, radius_m
        Centre of the circle, and distance to its farthest place.
    first_period, last_period
        First and last period of the window, inclusive.
    circle_rows
        Input rows in the circle, ascending.
    observed, expected
        Reports in circle and window.
    statistic
        Natural logarithm of the likelihood ratio.
    p_monte_carlo
        (1 + permutations at least as strong) / (1 + permutations).
    p_gumbel
        From a Gumbel distribution fitted to the permutations; can be below 1 / (1 + permutations).
    """

    x_m: float
    y_m: float
    radius_m: float
    first_period: int
    last_period: int
    circle_rows: Integers
    observed: int
    expected: float
    statistic: float
    p_monte_carlo: float
    p_gumbel: float
    permutations: int

    @property
    def p(self) -> float:
        """The Monte Carlo p, or the Gumbel p where fewer than ten permutations were as strong."""
        is_tail = self.p_monte_carlo * (self.permutations + 1) < 10
        return self.p_gumbel if is_tail else self.p_monte_carlo


@dataclass(frozen=True, eq=False)
class Scan:
    """Clusters that share no place, strongest first, and the best statistic of each permutation."""

    clusters: tuple[Cluster, ...]
    simulated: Floats


def recurrence_interval_days(p: float, *, days_between_runs: float) -> float:
    """Give the mean number of days between clusters this strong by chance alone, when runs are repeated.

    Examples
    --------
    >>> recurrence_interval_days(0.02, days_between_runs=7)
    350.0
    """
    return days_between_runs / p


def space_time_permutation_scan(
    x_m: ArrayLike,
    y_m: ArrayLike,
    period: ArrayLike,
    *,
    rng: np.random.Generator,
    max_periods: int,
    max_radius_m: float = float("inf"),
    first_period: int | None = None,
    last_period: int | None = None,
    prospective: bool = True,
    permutations: int = 999,
    max_clusters: int = 20,
    centres_m: ArrayLike | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Scan:
    """Find circles and windows with more reports than the totals per place and per period explain.

    Parameters
    ----------
    x_m, y_m, period
        One row per report: coordinates in metres and the number of its day or week.
    rng
        Random generator: the same state gives the same answer, whatever the row order.
    max_periods
        Longest window, in periods.
    first_period, last_period
        The study period; by default from the first to the last report.
    prospective
        Only windows that end with the last period; otherwise all.
    centres_m
        Centres of the circles, two columns; by default the places of the reports.
    on_progress
        Called with the number of permutations done.

    Raises
    ------
    StatisticError
        If coordinates have gaps, or periods are absent or outside the study period.

    Examples
    --------
    Twenty places with a report every four weeks, and one where three more fall in the last week.

    >>> x = np.r_[np.tile(np.arange(20) * 100.0, 6), [500.0] * 3]
    >>> week = np.r_[np.repeat(np.arange(6) * 4, 20), [23] * 3]
    >>> scan = space_time_permutation_scan(x, np.zeros(123), week, rng=np.random.default_rng(1),
    ...     max_radius_m=250, max_periods=6, last_period=23, permutations=199)
    >>> best = scan.clusters[0]
    >>> best.x_m, best.first_period, best.observed, round(best.expected, 2), best.p_monte_carlo
    (500.0, 23, 3, 0.22, 0.01)
    """
    points, times = _points(x_m, y_m), np.asarray(period, dtype=np.int64)
    if times.shape != (len(points),):
        raise StatisticError(f"wanted a period for each of {len(points)} cases, found {times.shape}")
    if len(times) == 0:
        return Scan((), np.zeros(permutations))
    first = int(times.min()) if first_period is None else first_period
    last = int(times.max()) if last_period is None else last_period
    if times.min() < first or times.max() > last:
        raise StatisticError(f"wanted periods {first} to {last}, found {times.min()} to {times.max()}")
    places, place_of_row = np.unique(points, axis=0, return_inverse=True)
    # sorted, so that a seed gives one answer whatever the order of the rows
    order = np.lexsort([times, place_of_row])
    place_of_case, time_of_case = place_of_row[order], times[order] - first
    shape = (len(places), last - first + 1)
    cases = np.bincount(place_of_case * shape[1] + time_of_case, minlength=shape[0] * shape[1]).reshape(shape)
    in_place, total = cases.sum(axis=1), len(times)
    windows = _windows(shape[1], max_periods, prospective=prospective)
    share_in_window = windows.counts(cases.sum(axis=0)) / total

    def permute(times_to_do: int) -> Integers:
        shuffled = rng.permuted(np.tile(time_of_case, (times_to_do, 1)), axis=1)
        cell = (np.arange(times_to_do)[:, np.newaxis] * shape[0] + place_of_case) * shape[1] + shuffled
        return np.bincount(cell.ravel(), minlength=times_to_do * cases.size).reshape(times_to_do, *shape)

    circles = _circles(places, centres_m, in_place, max_radius_m)
    best = _best_windows(circles, windows.counts(cases), np.outer(in_place, share_in_window), total)
    blocks = _blocks(permute, windows, permutations, on_progress)
    simulated = _best_by_chance(circles, in_place, share_in_window, blocks, total)
    return _scan(circles, windows, best, simulated, place_of_row, first, max_clusters)


@dataclass(frozen=True, eq=False)
class _Circles:
    """All circles: at step k the first ``len(members[k])`` centres each gain one more place."""

    centres: Floats
    members: tuple[Integers, ...]
    radii: tuple[Floats, ...]

    def grow(self, per_place: NDArray[_Number]) -> Iterator[NDArray[_Number]]:
        """Give, per step, the sums inside the circles that still grow; the array is reused."""
        inside = np.zeros((len(self.centres), *per_place.shape[1:]), dtype=per_place.dtype)
        for taken in self.members:
            growing = inside[: len(taken)]
            growing += per_place[taken]
            yield growing

    def places(self, step: int, centre: int) -> Integers:
        """Give the places inside one circle, nearest first."""
        return np.array([taken[centre] for taken in self.members[: step + 1]])


@dataclass(frozen=True, eq=False)
class _Windows:
    """All time windows: first and last periods, inclusive."""

    first: Integers
    last: Integers

    def counts(self, per_period: NDArray[_Number]) -> NDArray[_Number]:
        """Give the sum per window, along the last axis."""
        until = np.zeros((*per_period.shape[:-1], per_period.shape[-1] + 1), dtype=per_period.dtype)
        np.cumsum(per_period, axis=-1, out=until[..., 1:])
        sums: NDArray[_Number] = until[..., self.last + 1] - until[..., self.first]
        return sums


@dataclass(frozen=True, eq=False)
class _Best:
    """The best window of each circle; one row per circle."""

    step: Integers
    centre: Integers
    window: Integers
    observed: Floats
    expected: Floats
    statistic: Floats


def _points(x_m: ArrayLike, y_m: ArrayLike) -> Floats:
    points = np.column_stack([np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)])
    if not np.isfinite(points).all():
        raise StatisticError("wanted finite coordinates, found gaps: leave out places without a location")
    return points.round(DIGITS)


def _windows(periods: int, longest: int, *, prospective: bool) -> _Windows:
    first, last = np.triu_indices(periods)
    keep = last - first < longest
    if prospective:
        keep &= last == periods - 1
    # shortest first, as the first of windows with equal statistics is taken
    order = np.argsort((last - first)[keep], kind="stable")
    return _Windows(first[keep][order], last[keep][order])


def _circles(places: Floats, centres_m: ArrayLike | None, weights: Integers, max_radius_m: float) -> _Circles:
    centres = places if centres_m is None else np.unique(np.asarray(centres_m, dtype=np.float64), axis=0)
    centre, place, distance = _near(centres, places, max_radius_m)
    running = _running_sum(weights[place].astype(np.float64), centre)
    keep = running <= MAX_SHARE * float(weights.sum()) * (1 + ROUNDING)
    centre, place, distance = centre[keep], place[keep], distance[keep]
    step = _running_sum(np.ones(len(centre)), centre).astype(np.int64) - 1
    circles_of = np.bincount(centre, minlength=len(centres))
    largest_first = np.argsort(-circles_of, kind="stable")
    position = np.argsort(largest_first)[centre]
    order, cuts = np.lexsort([position, step]), np.cumsum(np.bincount(step))[:-1]
    members, radii = np.split(place[order], cuts), np.split(distance[order], cuts)
    return _Circles(centres[largest_first], tuple(members), tuple(radii))


def _near(centres: Floats, places: Floats, max_radius_m: float) -> tuple[Integers, Integers, Floats]:
    """Give every pair of a centre and a place within reach, sorted by centre and distance."""
    if np.isfinite(max_radius_m):
        reach = np.full(len(centres), max_radius_m * (1 + ROUNDING) + 10.0**-DIGITS)
        near = KDTree(places).query_ball_point(centres, reach)
        centre = np.repeat(np.arange(len(centres)), [len(indices) for indices in near])
        place = np.concatenate([np.asarray(indices, dtype=np.int64) for indices in near])
    else:
        centre, place = (side.ravel() for side in np.indices((len(centres), len(places))))
    distance = np.hypot(*(places[place] - centres[centre]).T).round(DIGITS)
    # ties in distance go by x, then y, the order of the places: the order of the rows does not matter
    order = np.lexsort([place, distance, centre])
    return centre[order], place[order], distance[order]


def _running_sum(values: Floats, group: Integers) -> Floats:
    """Give the cumulative sum within each run of equal groups."""
    total = np.cumsum(values)
    is_first = np.diff(group, prepend=-1) != 0
    before = (total - values)[is_first]
    sums: Floats = total - before[np.cumsum(is_first) - 1]
    return sums


def _best_windows(circles: _Circles, counts: Integers, expected: Floats, total: int) -> _Best:
    rows = []
    grown = zip(circles.grow(counts), circles.grow(expected), strict=True)
    for step, (observed_inside, expected_inside) in enumerate(grown):
        statistic = _log_ratio(observed_inside, expected_inside, total)
        best = np.arange(len(statistic)), statistic.argmax(axis=1)
        figures = (observed_inside[best], expected_inside[best], statistic[best])
        rows.append(np.column_stack([np.full(len(statistic), step), *best, *figures]))
    table = np.concatenate(rows) if rows else np.zeros((0, 6))
    step, centre, window = table[:, :3].astype(np.int64).T
    return _Best(step, centre, window, table[:, 3], table[:, 4], table[:, 5])


def _best_by_chance(
    circles: _Circles,
    sizes: Integers,
    share_in_window: Floats,
    blocks: Iterator[NDArray[Any]],
    total: int,
) -> Floats:
    """Give the best statistic of each permutation.

    Circles with the same total have the same expected count in a window, so only their largest count matters.
    """
    steps = [np.array(inside) for inside in circles.grow(sizes)]
    known = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *steps]))
    expected = np.outer(known, share_in_window)
    groups = []
    for inside in steps:
        order = np.argsort(inside, kind="stable")
        size, start = np.unique(inside[order], return_index=True)
        groups.append((order, start, np.searchsorted(known, size)))
    simulated = []
    for counts in blocks:
        largest = np.zeros((len(known), counts.shape[1] * counts.shape[2]), dtype=counts.dtype)
        grown = circles.grow(counts.reshape(len(counts), -1))
        for inside, (order, start, row) in zip(grown, groups, strict=True):
            largest[row] = np.maximum(largest[row], np.maximum.reduceat(inside[order], start, axis=0))
        statistic = _log_ratio(
            largest.reshape(len(known), *counts.shape[1:]), expected[:, np.newaxis, :], total
        )
        simulated.append(statistic.max(axis=(0, 2), initial=0.0))
    return np.concatenate([np.zeros(0), *simulated])


def _blocks(
    permute: Callable[[int], Integers],
    windows: _Windows,
    permutations: int,
    on_progress: Callable[[int], None],
) -> Iterator[NDArray[Any]]:
    """Give counts per place, permutation and window, a block of permutations at a time."""
    done, block = 0, 1
    while done < permutations:
        block = min(block, permutations - done)
        dealt = permute(block)
        # the smallest integer type that holds every sum, as memory is the bottleneck
        small: NDArray[Any] = dealt.astype(np.min_scalar_type(-int(dealt[0].sum())))
        counts = windows.counts(small).transpose(1, 0, 2)
        yield np.ascontiguousarray(counts)
        done += block
        on_progress(done)
        block = max(1, BLOCK_BYTES * block // counts.nbytes)


def _log_ratio(count: NDArray[Any], expected: Floats, total: int) -> Floats:
    """Give c ln(c/μ) + (C − c) ln((C − c)/(C − μ)) where c > μ, else 0."""
    observed, mean = np.broadcast_arrays(np.asarray(count, dtype=np.float64), expected)
    statistic = np.zeros(observed.shape)
    high = (observed > mean) & (observed >= MIN_CASES)
    c, mu = observed[high], mean[high]
    statistic[high] = c * np.log(c / mu) + special.xlogy(total - c, (total - c) / (total - mu))
    return statistic


def _scan(
    circles: _Circles,
    windows: _Windows,
    best: _Best,
    simulated: Floats,
    place_of_row: Integers,
    first_period: int,
    max_clusters: int,
) -> Scan:
    clusters: list[Cluster] = []
    taken = np.zeros(place_of_row.max(initial=-1) + 1, dtype=bool)
    # ties in the statistic: the smallest circle, then the first centre by x and y
    by_strength = np.lexsort([circles.centres[best.centre, 0], best.step, -best.statistic.round(DIGITS)])
    for row in by_strength:
        if len(clusters) == max_clusters or best.statistic[row] <= 0:
            break
        step, centre, window = int(best.step[row]), int(best.centre[row]), int(best.window[row])
        inside = circles.places(step, centre)
        if taken[inside].any():
            continue
        taken[inside] = True
        x, y = circles.centres[centre]
        statistic = float(best.statistic[row])
        clusters.append(
            Cluster(
                x_m=float(x),
                y_m=float(y),
                radius_m=float(circles.radii[step][centre]),
                first_period=int(windows.first[window]) + first_period,
                last_period=int(windows.last[window]) + first_period,
                circle_rows=np.flatnonzero(np.isin(place_of_row, inside)),
                observed=int(best.observed[row]),
                expected=float(best.expected[row]),
                statistic=statistic,
                p_monte_carlo=monte_carlo_p(statistic, simulated),
                p_gumbel=_gumbel_p(statistic, simulated),
                permutations=len(simulated),
            )
        )
    return Scan(tuple(clusters), simulated)


def monte_carlo_p(statistic: float, simulated: Floats) -> float:
    """Give the share of statistics at least as high, among those of permutations and the one that is judged.

    Examples
    --------
    >>> monte_carlo_p(3.0, np.array([1.0, 3.0, 2.0]))
    0.5
    """
    return float((1 + (simulated >= statistic - 10.0**-DIGITS).sum()) / (1 + len(simulated)))


def _gumbel_p(statistic: float, simulated: Floats) -> float:
    spread = float(simulated.std(ddof=1)) if len(simulated) > 1 else 0.0
    if spread == 0:
        return monte_carlo_p(statistic, simulated)
    scale = spread * np.sqrt(6) / np.pi
    return float(scipy.stats.gumbel_r.sf(statistic, simulated.mean() - np.euler_gamma * scale, scale))
