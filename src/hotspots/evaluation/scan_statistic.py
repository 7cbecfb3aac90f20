"""Scan statistics: is the strongest concentration in space and time more than chance would give?

Circles of every size up to a maximum are laid around every centre and combined with every time window up to a
maximum. The statistic is the logarithm of the likelihood ratio of the best of them; its chance comes from
repeating the whole search on randomised data, so one p-value covers everything that was looked at.

====================================  ================================  ==================================
function                              compares with                     randomises
====================================  ================================  ==================================
:func:`space_time_permutation_scan`   the cases themselves              which case has which time [1]_
:func:`poisson_scan`                  exposure: addresses, inhabitants  where and when cases fall [2]_
:func:`bernoulli_scan`                controls                          which points are cases [2]_
====================================  ================================  ==================================

The permutation scan corrects for any purely spatial and any purely temporal pattern: a place that always
has many reports is no cluster, only one where there are now more than its own past and the city's present
explain. It therefore can't find a hotspot that lasts the whole period; that is what the Poisson scan is
for.

Limits: circles miss elongated shapes; the p-value of a second cluster is conservative (it is compared with
the best of each randomisation); a location that is only known at postcode level blurs the circle.

.. [1] Kulldorff et al. (2005), doi:10.1371/journal.pmed.0020059
.. [2] Kulldorff (1997), doi:10.1080/03610929708831995; prospective: Kulldorff (2001),
   doi:10.1111/1467-985X.00186; Gumbel tail: Abrams, Kulldorff & Kleinman (2010), doi:10.1186/1476-072X-9-61;
   recurrence interval: Kleinman, Lazarus & Platt (2004), doi:10.1093/aje/kwh029
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats
from scipy.spatial import KDTree

from hotspots.errors import StatisticError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Ratio = Callable[[NDArray[Any], Floats], Floats]
_Number = TypeVar("_Number", bound=np.number[Any])

MIN_CASES = 2
"""A cluster has at least this many cases."""

DIGITS = 9
"""Distances and coordinates are compared to so many digits after the point, in metres."""

ROUNDING = 1e-12
"""Relative slack on limits, against the last binary digits."""

BLOCK_BYTES = 2_000_000
"""Randomisations are counted in blocks of about this size, so that they stay in the processor's cache."""


ELLIPSES = (
    (1.0, 0.0),
    *(
        (elongation, np.pi * number / angles)
        for elongation, angles in ((1.5, 4), (2.0, 6), (3.0, 9), (4.0, 12), (5.0, 15))
        for number in range(angles)
    ),
)
"""Long axis over short axis, and angle of the long axis from the x axis in radians; the circle first."""


@dataclass(frozen=True)
class Limits:
    """How large a circle may be.

    Attributes
    ----------
    max_radius_m
        In metres; for an ellipse half its short axis.
    max_share
        As a share of all cases, exposure, or cases and controls.
    ellipses
        Whether to scan with the 46 ellipses of SaTScan too (Kulldorff et al. (2006), doi:10.1002/sim.2490),
        47 times the work.
    """

    max_radius_m: float = float("inf")
    max_share: float = 0.5
    ellipses: bool = False


WITHOUT_LIMITS = Limits()
"""Circles up to half of everything."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """A circle (or ellipse) and a time window with more cases than expected.

    Attributes
    ----------
    x_m, y_m, radius_m
        The circle; the radius reaches to its farthest place. Of an ellipse, half its short axis.
    elongation, angle_radians
        1 and 0 for a circle; see :data:`ELLIPSES`.
    first_period, last_period
        The window, both included.
    circle_rows
        Which input rows (cases, or places) lie in the circle, ascending.
    observed, expected
        Cases in circle and window.
    statistic
        Natural logarithm of the likelihood ratio.
    p_monte_carlo
        (1 + randomisations at least as strong) / (1 + randomisations).
    p_gumbel
        From a Gumbel distribution fitted to the randomisations: goes below 1 / (1 + randomisations).
    """

    x_m: float
    y_m: float
    radius_m: float
    elongation: float
    angle_radians: float
    first_period: int
    last_period: int
    circle_rows: Integers
    observed: int
    expected: float
    total: int
    statistic: float
    p_monte_carlo: float
    p_gumbel: float
    randomisations: int

    @property
    def ratio(self) -> float:
        """Observed / expected."""
        return self.observed / self.expected

    @property
    def relative_risk(self) -> float:
        """The rate inside over the rate outside; infinite if there is no case outside."""
        outside = self.total - self.observed
        return self.ratio * (self.total - self.expected) / outside if outside else float("inf")

    @property
    def p(self) -> float:
        """The Monte Carlo p, or the Gumbel p where fewer than ten randomisations were as strong."""
        is_tail = self.p_monte_carlo * (self.randomisations + 1) < 10
        return self.p_gumbel if is_tail else self.p_monte_carlo


@dataclass(frozen=True, eq=False)
class Scan:
    """What a scan found: clusters that share no place, strongest first, and the randomisations' best
    statistics."""

    clusters: tuple[Cluster, ...]
    simulated: Floats


def recurrence_interval_days(p: float, *, days_between_runs: float) -> float:
    """Give once in how many days chance alone would give so strong a cluster, when runs are repeated.

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
    limits: Limits,
    max_periods: int,
    first_period: int | None = None,
    last_period: int | None = None,
    prospective: bool = True,
    permutations: int = 999,
    max_clusters: int = 20,
    centres_m: ArrayLike | None = None,
) -> Scan:
    """Find where cases are more numerous than the place's and the period's own totals explain.

    With C cases, c_A of them in circle A (all periods) and c_T in window T (all places), the expected
    number in both is μ = c_A c_T / C and the statistic c ln(c/μ) + (C − c) ln((C − c)/(C − μ)) for c > μ.

    Parameters
    ----------
    x_m, y_m, period
        One row per case: coordinates in metres and the number of its day or week.
    rng
        The only source of chance: the same generator state gives the same answer, whatever the row order.
    max_periods
        Longest window.
    first_period, last_period
        The study period; by default from the first to the last case.
    prospective
        Only windows that end with the last period; otherwise all.
    centres_m
        Centres of the circles, two columns; by default the places of the cases.

    Examples
    --------
    Twenty places with a case every four weeks, and one where three more fall in the last week.

    >>> x = np.r_[np.tile(np.arange(20) * 100.0, 6), [500.0] * 3]
    >>> week = np.r_[np.repeat(np.arange(6) * 4, 20), [23] * 3]
    >>> scan = space_time_permutation_scan(x, np.zeros(123), week, rng=np.random.default_rng(1),
    ...     limits=Limits(max_radius_m=250), max_periods=6, last_period=23, permutations=199)
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
    # a fixed order of the cases, so that a seed gives one answer whatever the order of the rows
    order = np.lexsort([times, place_of_row])
    place_of_case, time_of_case = place_of_row[order], times[order] - first
    shape = (len(places), last - first + 1)
    cases = np.bincount(place_of_case * shape[1] + time_of_case, minlength=shape[0] * shape[1]).reshape(shape)
    in_place, total = cases.sum(axis=1), len(times)
    windows = _windows(shape[1], max_periods, prospective=prospective)
    share_in_window = windows.counts(cases.sum(axis=0)) / total

    def randomise(times_to_do: int) -> Integers:
        shuffled = rng.permuted(np.tile(time_of_case, (times_to_do, 1)), axis=1)
        cell = (np.arange(times_to_do)[:, np.newaxis] * shape[0] + place_of_case) * shape[1] + shuffled
        return np.bincount(cell.ravel(), minlength=times_to_do * cases.size).reshape(times_to_do, *shape)

    def ratio(count: Floats, expected: Floats) -> Floats:
        return _poisson_ratio(count, expected, total)

    circles = _circles(places, centres_m, in_place, limits)
    best = _best_windows(circles, windows.counts(cases), np.outer(in_place, share_in_window), ratio)
    simulated = _simulate_by_size(circles, windows, in_place, share_in_window, randomise, ratio, permutations)
    return _scan(circles, windows, best, simulated, place_of_row, first, total, max_clusters)


def poisson_scan(
    x_m: ArrayLike,
    y_m: ArrayLike,
    cases: ArrayLike,
    exposure: ArrayLike,
    *,
    rng: np.random.Generator,
    limits: Limits = WITHOUT_LIMITS,
    max_periods: int | None = None,
    prospective: bool = True,
    randomisations: int = 999,
    max_clusters: int = 20,
    centres_m: ArrayLike | None = None,
) -> Scan:
    """Find where there are more cases than exposure explains.

    Expected numbers are proportional to exposure, scaled to the total C of the cases; the statistic is c
    ln(c/μ) + (C − c) ln((C − c)/(C − μ)) for c > μ. A trend of the whole city is part of what is found
    unless the exposure follows it.

    Parameters
    ----------
    x_m, y_m
        One row per place, metres.
    cases, exposure
        One row per place, one column per period (or one column, or none: purely spatial). Exposure in any
        unit: addresses, inhabitants, or an expected number adjusted for age or season.
    max_periods
        Longest window, by default half of the periods (one, if there is only one).

    Examples
    --------
    >>> scan = poisson_scan(np.arange(10) * 100.0, np.zeros(10), [2, 1, 2, 1, 9, 8, 1, 2, 1, 2], [100] * 10,
    ...     rng=np.random.default_rng(1), limits=Limits(max_radius_m=300), randomisations=199)
    >>> best = scan.clusters[0]
    >>> best.circle_rows.tolist(), best.observed, round(best.expected, 2), best.p_monte_carlo
    ([4, 5], 17, 5.8, 0.005)
    """
    points = _points(x_m, y_m)
    places, place_of_row = np.unique(points, axis=0, return_inverse=True)
    counts, weights = (_per_place(table, place_of_row, len(places)) for table in (cases, exposure))
    if counts.shape != weights.shape or (counts[weights <= 0] > 0).any():
        raise StatisticError("wanted a positive exposure for every place and period with cases")
    total, periods = int(counts.sum()), counts.shape[1]
    if total == 0:
        return Scan((), np.zeros(randomisations))
    share = weights / weights.sum()
    windows = _windows(periods, max_periods or max(1, periods // 2), prospective=prospective)
    expected = windows.counts(share * total)

    def randomise(times_to_do: int) -> Integers:
        return rng.multinomial(total, share.ravel(), size=times_to_do).reshape(times_to_do, *counts.shape)

    def ratio(count: Floats, expected: Floats) -> Floats:
        return _poisson_ratio(count, expected, total)

    circles = _circles(places, centres_m, share.sum(axis=1), limits)
    best = _best_windows(circles, windows.counts(counts), expected, ratio)
    simulated = _simulate_by_expected(circles, windows, expected, randomise, randomisations, total)
    return _scan(circles, windows, best, simulated, place_of_row, 0, total, max_clusters)


def bernoulli_scan(
    x_m: ArrayLike,
    y_m: ArrayLike,
    cases: ArrayLike,
    controls: ArrayLike,
    *,
    rng: np.random.Generator,
    limits: Limits = WITHOUT_LIMITS,
    randomisations: int = 999,
    max_clusters: int = 20,
    centres_m: ArrayLike | None = None,
) -> Scan:
    """Find where the share of cases among all points is higher than elsewhere; purely spatial.

    The statistic is the logarithm of the likelihood of two shares, inside and outside, over that of one.

    Parameters
    ----------
    x_m, y_m, cases, controls
        One row per place: metres, and numbers of cases and controls.

    Examples
    --------
    >>> cases = [0, 0, 1, 0, 4, 4, 4, 0, 1, 0, 0, 0]
    >>> scan = bernoulli_scan(np.arange(12) * 100.0, np.zeros(12), cases, [4] * 12,
    ...     rng=np.random.default_rng(1), limits=Limits(max_radius_m=300), randomisations=199)
    >>> scan.clusters[0].circle_rows.tolist(), scan.clusters[0].p_monte_carlo
    ([4, 5, 6], 0.005)
    """
    points = _points(x_m, y_m)
    places, place_of_row = np.unique(points, axis=0, return_inverse=True)
    counts = _per_place(cases, place_of_row, len(places))
    sizes = (counts + _per_place(controls, place_of_row, len(places)))[:, 0].astype(np.int64)
    total, everything = int(counts.sum()), int(sizes.sum())
    if total in {0, everything}:
        return Scan((), np.zeros(randomisations))
    windows, share = _windows(1, 1, prospective=True), np.array([total / everything])

    def randomise(times_to_do: int) -> Integers:
        return rng.multivariate_hypergeometric(sizes, total, size=times_to_do)[:, :, np.newaxis]

    def ratio(count: Floats, expected: Floats) -> Floats:
        return _bernoulli_ratio(count, expected / share[0], total, everything)

    circles = _circles(places, centres_m, sizes, limits)
    best = _best_windows(circles, counts, np.outer(sizes, share), ratio)
    simulated = _simulate_by_size(circles, windows, sizes, share, randomise, ratio, randomisations)
    return _scan(circles, windows, best, simulated, place_of_row, 0, total, max_clusters)


@dataclass(frozen=True, eq=False)
class _Circles:
    """All circles, step by step: at step k the first ``len(members[k])`` centres take in one more place
    each."""

    centres: Floats
    shapes: Floats
    members: tuple[Integers, ...]
    radii: tuple[Floats, ...]

    def grow(self, per_place: NDArray[_Number]) -> Iterator[NDArray[_Number]]:
        """Give, step by step, the sums inside the circles that still grow; the array is reused."""
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
    """All time windows: first and last period, both included."""

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
    """Each circle with its best window; one row per circle."""

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


def _per_place(values: ArrayLike, place_of_row: Integers, places: int) -> Floats:
    table = np.asarray(values, dtype=np.float64)
    table = table[:, np.newaxis] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) != len(place_of_row) or not (table >= 0).all():
        raise StatisticError(
            f"wanted numbers of 0 or more for each of {len(place_of_row)} places, found {table.shape}"
        )
    summed = np.zeros((places, table.shape[1]))
    np.add.at(summed, place_of_row, table)
    return summed


def _windows(periods: int, longest: int, *, prospective: bool) -> _Windows:
    first, last = np.triu_indices(periods)
    keep = last - first < longest
    if prospective:
        keep &= last == periods - 1
    # shortest first: of windows with equal statistics the shortest is given
    order = np.argsort((last - first)[keep], kind="stable")
    return _Windows(first[keep][order], last[keep][order])


def _circles(places: Floats, centres_m: ArrayLike | None, weights: NDArray[Any], limits: Limits) -> _Circles:
    centres = places if centres_m is None else np.unique(np.asarray(centres_m, dtype=np.float64), axis=0)
    shapes = np.array(ELLIPSES if limits.ellipses else ELLIPSES[:1])
    near = [_near(centres, places, limits.max_radius_m, *shape) for shape in shapes]
    centre = np.concatenate([pairs[0] + number * len(centres) for number, pairs in enumerate(near)])
    place, distance = (np.concatenate([pairs[side] for pairs in near]) for side in (1, 2))
    running = _running_sum(weights[place].astype(np.float64), centre)
    keep = running <= limits.max_share * float(weights.sum()) * (1 + ROUNDING)
    centre, place, distance = centre[keep], place[keep], distance[keep]
    step = _running_sum(np.ones(len(centre)), centre).astype(np.int64) - 1
    circles_of = np.bincount(centre, minlength=len(centres) * len(shapes))
    largest_first = np.argsort(-circles_of, kind="stable")
    position = np.argsort(largest_first)[centre]
    order, cuts = np.lexsort([position, step]), np.cumsum(np.bincount(step))[:-1]
    return _Circles(
        np.tile(centres, (len(shapes), 1))[largest_first],
        np.repeat(shapes, len(centres), axis=0)[largest_first],
        tuple(np.split(place[order], cuts)),
        tuple(np.split(distance[order], cuts)),
    )


def _near(
    centres: Floats, places: Floats, max_radius_m: float, elongation: float, angle: float
) -> tuple[Integers, Integers, Floats]:
    """Give every pair of a centre and a place within reach, by centre and then distance."""
    # turning and then shrinking the long axis makes the ellipse a circle of half its short axis
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    origin = places.min(axis=0, initial=0.0)
    from_, to = (((points - origin) @ turn) / [elongation, 1.0] for points in (centres, places))
    if np.isfinite(max_radius_m):
        near = KDTree(to).query_ball_point(from_, max_radius_m * (1 + ROUNDING) + 10.0**-DIGITS)
        centre = np.repeat(np.arange(len(centres)), [len(indices) for indices in near])
        place = np.concatenate([np.asarray(indices, dtype=np.int64) for indices in near])
    else:
        centre, place = (side.ravel() for side in np.indices((len(centres), len(places))))
    distance = np.hypot(*(to[place] - from_[centre]).T).round(DIGITS)
    # at equal distances by x, then y, which is how places are sorted: rows in another order change nothing
    order = np.lexsort([place, distance, centre])
    return centre[order], place[order], distance[order]


def _running_sum(values: Floats, group: Integers) -> Floats:
    """Give the sum so far within each run of equal groups."""
    total = np.cumsum(values)
    is_first = np.diff(group, prepend=-1) != 0
    before = (total - values)[is_first]
    sums: Floats = total - before[np.cumsum(is_first) - 1]
    return sums


def _best_windows(circles: _Circles, counts: NDArray[Any], expected: Floats, ratio: Ratio) -> _Best:
    rows = []
    grown = zip(circles.grow(counts), circles.grow(expected), strict=True)
    for step, (observed_inside, expected_inside) in enumerate(grown):
        statistic = ratio(observed_inside, expected_inside)
        centre, window = np.arange(len(statistic)), statistic.argmax(axis=1)
        rows.append(
            np.column_stack(
                [
                    np.full(len(centre), step),
                    centre,
                    window,
                    observed_inside[centre, window],
                    expected_inside[centre, window],
                    statistic[centre, window],
                ]
            )
        )
    table = np.concatenate(rows) if rows else np.zeros((0, 6))
    step, centre, window = table[:, :3].astype(np.int64).T
    return _Best(step, centre, window, table[:, 3], table[:, 4], table[:, 5])


def _simulate_by_size(
    circles: _Circles,
    windows: _Windows,
    sizes: Integers,
    share_in_window: Floats,
    randomise: Callable[[int], Integers],
    ratio: Ratio,
    randomisations: int,
) -> Floats:
    """Give the best statistic of each randomisation, where circles of one size expect the same number.

    Then only the largest count among circles of a size matters, and the logarithms are taken once per size.
    """
    steps = [np.array(inside) for inside in circles.grow(sizes) if len(inside)]
    if not steps:
        return np.zeros(randomisations)
    known = np.unique(np.concatenate(steps))
    expected = np.outer(known, share_in_window)
    groups = []
    for inside in steps:
        order = np.argsort(inside, kind="stable")
        size, start = np.unique(inside[order], return_index=True)
        groups.append((order, start, np.searchsorted(known, size)))
    simulated = []
    for counts in _blocks(randomise, windows, randomisations):
        largest = np.zeros((len(known), counts.shape[1] * counts.shape[2]), dtype=counts.dtype)
        grown = circles.grow(counts.reshape(len(counts), -1))
        for inside, (order, start, row) in zip(grown, groups, strict=True):
            largest[row] = np.maximum(largest[row], np.maximum.reduceat(inside[order], start, axis=0))
        statistic = ratio(largest.reshape(len(known), *counts.shape[1:]), expected[:, np.newaxis, :])
        simulated.append(statistic.max(axis=(0, 2)))
    return np.concatenate([np.zeros(0), *simulated])


def _simulate_by_expected(
    circles: _Circles,
    windows: _Windows,
    expected: Floats,
    randomise: Callable[[int], Integers],
    randomisations: int,
    total: int,
) -> Floats:
    """Give the best statistic of each randomisation, where every circle expects another number."""
    number = np.arange(total + 1)
    own = special.xlogy(number, number)
    constant = own + own[::-1]
    steps = [(inside.copy(), np.log(inside), np.log(total - inside)) for inside in circles.grow(expected)]
    simulated = []
    for counts in _blocks(randomise, windows, randomisations):
        best = np.zeros(counts.shape[1])
        for inside, (mean, log_mean, log_rest) in zip(circles.grow(counts), steps, strict=True):
            centre, run, window = np.nonzero((inside > mean[:, np.newaxis, :]) & (inside >= MIN_CASES))
            count = inside[centre, run, window].astype(np.int64)
            within, outside = log_mean[centre, window], log_rest[centre, window]
            np.maximum.at(best, run, constant[count] - count * within - (total - count) * outside)
        simulated.append(best)
    return np.concatenate([np.zeros(0), *simulated])


def _blocks(
    randomise: Callable[[int], Integers], windows: _Windows, randomisations: int
) -> Iterator[NDArray[Any]]:
    """Give counts per place, randomisation and window, some randomisations at a time."""
    done, block = 0, 1
    while done < randomisations:
        block = min(block, randomisations - done)
        drawn = randomise(block)
        # the smallest integers that hold every sum: the work is bound by memory
        small: NDArray[Any] = drawn.astype(np.min_scalar_type(-int(drawn[0].sum())))
        counts = windows.counts(small).transpose(1, 0, 2)
        yield np.ascontiguousarray(counts)
        done += block
        block = max(1, BLOCK_BYTES * block // counts.nbytes)


def _poisson_ratio(count: NDArray[Any], expected: Floats, total: int) -> Floats:
    observed, mean = np.broadcast_arrays(np.asarray(count, dtype=np.float64), expected)
    statistic = np.zeros(observed.shape)
    high = (observed > mean) & (observed >= MIN_CASES)
    c, mu = observed[high], mean[high]
    statistic[high] = c * np.log(c / mu) + special.xlogy(total - c, (total - c) / (total - mu))
    return statistic


def _bernoulli_ratio(count: NDArray[Any], size: Floats, total: int, everything: int) -> Floats:
    observed, points = np.broadcast_arrays(np.asarray(count, dtype=np.float64), size)
    statistic = np.zeros(observed.shape)
    high = (observed * everything > points * total) & (observed >= MIN_CASES)
    c, n = observed[high], points[high].round()
    inside = special.xlogy(c, c / n) + special.xlogy(n - c, (n - c) / n)
    rest, cases = everything - n, total - c
    outside = special.xlogy(cases, cases / rest) + special.xlogy(rest - cases, (rest - cases) / rest)
    share = total / everything
    alike = total * np.log(share) + (everything - total) * np.log(1 - share)
    statistic[high] = inside + outside - alike
    return statistic


def _scan(
    circles: _Circles,
    windows: _Windows,
    best: _Best,
    simulated: Floats,
    place_of_row: Integers,
    first_period: int,
    total: int,
    max_clusters: int,
) -> Scan:
    clusters: list[Cluster] = []
    taken = np.zeros(place_of_row.max(initial=-1) + 1, dtype=bool)
    # of equal statistics the smallest circle, then the first centre by x and y
    by_strength = np.lexsort([circles.centres[best.centre, 0], best.step, -best.statistic.round(DIGITS)])
    for row in by_strength:
        if len(clusters) == max_clusters or best.statistic[row] <= 0:
            break
        inside = circles.places(int(best.step[row]), int(best.centre[row]))
        if taken[inside].any():
            continue
        taken[inside] = True
        step, centre, window = best.step[row], best.centre[row], best.window[row]
        x, y = circles.centres[centre]
        clusters.append(
            Cluster(
                x_m=float(x),
                y_m=float(y),
                radius_m=float(circles.radii[step][centre]),
                elongation=float(circles.shapes[centre, 0]),
                angle_radians=float(circles.shapes[centre, 1]),
                first_period=int(windows.first[window]) + first_period,
                last_period=int(windows.last[window]) + first_period,
                circle_rows=np.flatnonzero(np.isin(place_of_row, inside)),
                observed=int(best.observed[row]),
                expected=float(best.expected[row]),
                total=total,
                statistic=float(best.statistic[row]),
                p_monte_carlo=_monte_carlo_p(float(best.statistic[row]), simulated),
                p_gumbel=_gumbel_p(float(best.statistic[row]), simulated),
                randomisations=len(simulated),
            )
        )
    return Scan(tuple(clusters), simulated)


def _monte_carlo_p(statistic: float, simulated: Floats) -> float:
    return float((1 + (simulated >= statistic - 10.0**-DIGITS).sum()) / (1 + len(simulated)))


def _gumbel_p(statistic: float, simulated: Floats) -> float:
    spread = float(simulated.std(ddof=1)) if len(simulated) > 1 else 0.0
    if spread == 0:
        return _monte_carlo_p(statistic, simulated)
    scale = spread * np.sqrt(6) / np.pi
    return float(stats.gumbel_r.sf(statistic, simulated.mean() - np.euler_gamma * scale, scale))
