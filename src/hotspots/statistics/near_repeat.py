"""Near repeat: do reports follow each other in space and time more closely than chance would give?

Knox's table [1]_ counts pairs of reports per band of distance and of days between them, and compares them
with the counts after shuffling the days over the reports, which keeps the places and the days and breaks only
their link. A raised first cell means that a report raises the chance of another nearby soon after. Chains are
reports connected by such pairs. Of one place only the days are compared.

Limits: a pattern that shifts as a whole during the period (one place busy in spring, another in autumn) also
raises the table; choose the bands before looking; p-values of cells are not corrected for their number.

References
----------
.. [1] Knox (1964), doi:10.2307/2985220; near repeats: Townsley, Homel & Chaseling (2003),
   doi:10.1093/bjc/43.3.615; bands and permutation as in Steenbeek's NearRepeat and Ratcliffe's calculator
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import comb
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from hotspots.errors import StatisticError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TICKS_PER_DAY = 1_000_000
"""Days are compared in whole ticks, so that rounding of differences does not matter."""

MAX_PAIRS = 20_000_000
"""More near pairs would take gigabytes: take an area or a shorter period instead."""


@dataclass(frozen=True, eq=False)
class KnoxTable:
    """Pairs of reports per band of distance (rows) and of days between them (columns).

    Attributes
    ----------
    space_edges_m, day_edges
        Edges of the bands, half-open: from an edge up to, but not including, the next.
    observed
        Number of pairs.
    expected
        Row total × column total / all pairs, also those outside every band.
    p_permutation
        (1 + permutations with at least as many pairs) / (1 + permutations).
    """

    space_edges_m: tuple[float, ...]
    day_edges: tuple[float, ...]
    observed: Integers
    expected: Floats
    p_permutation: Floats

    @property
    def ratio(self) -> Floats:
        """Knox ratio: observed / expected; NaN where nothing is expected."""
        is_expected = self.expected > 0
        ratio: Floats = np.divide(
            self.observed, self.expected, out=np.full(self.observed.shape, np.nan), where=is_expected
        )
        return ratio


def knox_table(
    x_m: ArrayLike,
    y_m: ArrayLike,
    day: ArrayLike,
    *,
    rng: np.random.Generator,
    space_edges_m: tuple[float, ...],
    day_edges: tuple[float, ...],
    metric: Literal["euclidean", "manhattan"] = "euclidean",
    permutations: int = 999,
) -> KnoxTable:
    """Count the pairs of reports per band of distance and days, with the counts expected by chance.

    Parameters
    ----------
    x_m, y_m, day
        One row per report: coordinates in metres, and its day as a number, with or without a fraction.
    rng
        Random generator for the permutations.
    space_edges_m, day_edges
        Rising edges of the bands, half-open: 7 days apart is in [7, 14). Reports of one day count.
    permutations
        Number of times the days are shuffled; 0 gives p-values of 1.

    Raises
    ------
    StatisticError
        If coordinates or days have gaps, edges don't rise, or there are more than `MAX_PAIRS` near pairs.

    Examples
    --------
    Twelve reports in six pairs, each at one place with a day between them.

    >>> place, day = np.repeat(np.arange(6) * 1000.0, 2), [1, 2, 30, 31, 60, 61, 90, 91, 120, 121, 150, 151]
    >>> table = knox_table(place, np.zeros(12), day, rng=np.random.default_rng(1),
    ...     space_edges_m=(0, 100), day_edges=(0, 7), permutations=99)
    >>> table.observed.tolist(), table.expected.round(2).tolist(), table.p_permutation.tolist()
    ([[6]], [[0.55]], [[0.01]])
    """
    points, days = _checked(x_m, y_m, day)
    space, time = _checked_edges(space_edges_m, "distance"), _checked_edges(day_edges, "days")
    tick, tick_edges = _ticks(days), _ticks(time)
    count = len(days)
    tree, norm = KDTree(points), 1.0 if metric == "manhattan" else 2.0
    pairs = _near_pairs(tree, float(space[-1]), norm)
    distance = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], ord=norm, axis=1)
    band = _bands(distance, space)
    # contiguous per band, as every permutation goes over them
    near = [np.ascontiguousarray(pairs[band == number].T) for number in range(len(space) - 1)]
    every_pair = count * (count - 1) // 2
    per_space = [first_and_second.shape[1] for first_and_second in near]
    expected = np.outer(per_space, _pairs_per_day_band(tick, tick_edges)) / max(every_pair, 1)
    observed = _crossed(near, tick, tick_edges)
    at_least = np.zeros(observed.shape, dtype=np.int64)
    for _ in range(permutations):
        at_least += _crossed(near, rng.permutation(tick), tick_edges) >= observed
    p = (1 + at_least) / (1 + permutations)
    return KnoxTable(tuple(space), tuple(time), observed, expected, p)


def chains(
    x_m: ArrayLike, y_m: ArrayLike, day: ArrayLike, *, within_m: float, within_days: float
) -> Integers:
    """Number the chains: reports connected by pairs at most `within_m` and `within_days` apart.

    The ends of a chain may be far apart. A report without such a pair is a chain by itself.

    Returns
    -------
    NDArray
        Number of the chain of each report: 0, 1, 2, … in order of first appearance.

    Examples
    --------
    >>> chains([0, 90, 180, 900], [0, 0, 0, 0], [1, 5, 9, 9], within_m=100, within_days=7).tolist()
    [0, 0, 0, 1]
    """
    points, days = _checked(x_m, y_m, day)
    if within_m <= 0 or within_days <= 0:
        raise StatisticError(
            f"wanted a distance and a time above 0, found {within_m!r} m and {within_days!r} days"
        )
    # near and soon are one cube of the search space, so that pairs years apart are never made
    scaled = np.column_stack([points / within_m, days / within_days])
    tree = KDTree(scaled)
    pairs = _near_pairs(tree, 1 + 1e-9, np.inf)
    near = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) <= within_m
    soon = np.abs(days[pairs[:, 0]] - days[pairs[:, 1]]) <= within_days
    first, second = pairs[near & soon].T
    graph = sparse.csr_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(days),) * 2)
    labels = connected_components(graph, directed=False)[1]
    return pd.factorize(np.asarray(labels, dtype=np.int64))[0].astype(np.int64)


def longest_first(labels: ArrayLike, *, min_size: int = 3) -> Iterator[Integers]:
    """Give the row numbers of each chain of at least `min_size` reports, longest chain first.

    Examples
    --------
    >>> [rows.tolist() for rows in longest_first([0, 1, 1, 0, 1, 2], min_size=2)]
    [[1, 2, 4], [0, 3]]
    """
    chain = np.asarray(labels, dtype=np.int64)
    sizes = np.bincount(chain)
    for number in np.argsort(-sizes, kind="stable"):
        if sizes[number] < min_size:
            return
        yield np.flatnonzero(chain == number)


@dataclass(frozen=True)
class DaysFollowed:
    """How soon days with reports at one place follow each other.

    Attributes
    ----------
    days
        Different days with reports.
    followed
        How many of them, but the last, have the next within the days asked for.
    expected
        How many would, if the days in between fell anywhere between the first and the last.
    longest
        First and last day, and the number of days, of the longest chain: each followed in time by the next.
    """

    days: int
    followed: int
    expected: float
    longest: tuple[date, date, int]


def days_followed(days: Iterable[date], *, within_days: int) -> DaysFollowed:
    """Count how many days with reports at a place are soon followed by the next.

    Days, not reports: ten calls in one night are one night. With n days of which the first and the last lie T
    days apart, the others are any n − 2 of the T − 1 in between, so a gap is longer than w with a chance of
    C(T − 1 − w, n − 2) / C(T − 1, n − 2).

    Raises
    ------
    StatisticError
        If there are fewer than three different days, or no days to follow within.

    Examples
    --------
    Four days with reports in two pairs, 90 days apart.

    >>> found = days_followed([date(2023, 3, day) for day in (1, 3)] + [date(2023, 6, day) for day in (1, 2)],
    ...     within_days=7)
    >>> found.followed, round(found.expected, 2), found.longest[2]
    (2, 0.44, 2)
    """
    ordered = sorted(set(days))
    if len(ordered) < 3 or within_days < 1:
        raise StatisticError(
            f"wanted three days or more and at least 1 day in between, found {len(ordered)} and {within_days}"
        )
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    between, chosen = (ordered[-1] - ordered[0]).days - 1, len(ordered) - 2
    longer = comb(max(0, between - within_days), chosen) / comb(between, chosen)
    breaks = [index + 1 for index, gap in enumerate(gaps) if gap > within_days]
    runs = [ordered[first:last] for first, last in pairwise([0, *breaks, len(ordered)])]
    longest = max(runs, key=len)
    return DaysFollowed(
        days=len(ordered),
        followed=sum(gap <= within_days for gap in gaps),
        expected=len(gaps) * (1 - longer),
        longest=(longest[0], longest[-1], len(longest)),
    )


def _checked(x_m: ArrayLike, y_m: ArrayLike, day: ArrayLike) -> tuple[Floats, Floats]:
    points = np.column_stack([np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)])
    days = np.asarray(day, dtype=np.float64)
    if days.shape != (len(points),) or not np.isfinite(points).all() or not np.isfinite(days).all():
        raise StatisticError(
            f"wanted a finite place and day for each of {len(points)} reports: leave out those without"
        )
    return points, days


def _checked_edges(edges: tuple[float, ...], what: str) -> Floats:
    checked = np.asarray(edges, dtype=np.float64)
    if len(checked) < 2 or checked[0] < 0 or (np.diff(checked) <= 0).any():
        raise StatisticError(f"wanted two or more rising edges of {what} from 0 up, found {edges}")
    return checked


def _near_pairs(tree: KDTree, radius: float, norm: float) -> Integers:
    """Give each pair within the radius once; raises StatisticError when they would not fit in memory."""
    near = (int(tree.count_neighbors(tree, radius, p=norm)) - tree.n) // 2 if tree.n else 0
    if near > MAX_PAIRS:
        raise StatisticError(
            f"wanted at most {MAX_PAIRS} pairs of near reports, found {near}: "
            "take one area, a shorter period or smaller distances"
        )
    pairs: Integers = tree.query_pairs(radius, p=norm, output_type="ndarray")
    return pairs.reshape(-1, 2)


def _bands(values: Floats, edges: Floats) -> Integers:
    """Give the band of each value, −1 outside all bands."""
    band = np.searchsorted(edges, values, side="right") - 1
    result: Integers = np.where(band == len(edges) - 1, -1, band)
    return result


def _ticks(days: Floats) -> Integers:
    return np.rint(days * TICKS_PER_DAY).astype(np.int64)


def _pairs_per_day_band(tick: Integers, edges: Integers) -> Integers:
    """Count all pairs, near or far, per band of days."""
    ordered = np.sort(tick)
    rank = np.arange(1, len(ordered) + 1)
    below = [
        int((np.maximum(np.searchsorted(ordered, ordered + edge, side="left"), rank) - rank).sum())
        for edge in edges
    ]
    return np.diff(below).astype(np.int64)


def _crossed(near: list[Integers], tick: Integers, edges: Integers) -> Integers:
    """Count the pairs per band of distance and band of days."""
    table = []
    for first, second in near:
        apart = np.abs(tick[first] - tick[second])
        table.append(np.diff([np.count_nonzero(apart < edge) for edge in edges.tolist()]))
    return np.array(table, dtype=np.int64)
