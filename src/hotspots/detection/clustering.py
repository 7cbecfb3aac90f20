"""Which reports form one place: dense cores, found by climbing to the densest point nearby.

Plain DBSCAN chains: two places 100 m apart become one through a thin line of reports between them, and a busy
centre becomes one cluster. Here every point climbs to its densest neighbour until it stands on a peak. Two
peaks are one place only when the saddle between them is nearly as high as the lower peak (the persistence of
ToMATo [1]_), and what lies low on the flank is left out.

References
----------
.. [1] F. Chazal, L. Guibas, S. Oudot, P. Skraba (2013), doi:10.1145/2535927.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from hotspots.geography.points import unique_spots

NOISE = -1
"""The label of a report that belongs to no place."""

PAIRS_AT_ONCE = 4_000_000
"""How many pairs of points are measured at a time, to bound the memory."""


class PeakClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Cluster points around the peaks of their density.

    A scikit-learn estimator. It works on unique points with weights, so reports at one point are never split,
    and a million reports at a hundred thousand addresses cost as much as the addresses.

    Parameters
    ----------
    bandwidth_m
        Standard deviation of the Gaussian kernel, in metres; give the one that fits the data.
    kernel_bandwidths
        The kernel ends at this many bandwidths.
    link_bandwidths
        How far a point looks for a denser one, in bandwidths.
    same_peak
        Two peaks are one place if the saddle between them has at least this share of the lower peak.
    flank
        A point belongs to a place if its density has at least this share of the peak.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Number of the place of each point, 0, 1, 2, … by falling peak, or :data:`NOISE`.
    density_ : ndarray of shape (n,)
        Weighted number of points around each point, each counted by the kernel (1 at distance 0).

    Examples
    --------
    >>> clusterer = PeakClusterer(bandwidth_m=20, link_bandwidths=2, same_peak=0.7, flank=0.1)
    >>> clusterer.fit_predict([[0, 0], [5, 0], [8, 0], [100, 0], [104, 0], [500, 0]]).tolist()
    [0, 0, 0, 1, 1, 2]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "bandwidth_m": [Interval(Real, 0, None, closed="neither")],
        "kernel_bandwidths": [Interval(Real, 0, None, closed="neither")],
        "link_bandwidths": [Interval(Real, 0, None, closed="neither")],
        "same_peak": [Interval(Real, 0, 1, closed="both")],
        "flank": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        bandwidth_m: float = 0.5,
        kernel_bandwidths: float = 2.5,
        link_bandwidths: float = 2.2,
        same_peak: float = 0.6,
        flank: float = 0.12,
    ) -> None:
        self.bandwidth_m = bandwidth_m
        self.kernel_bandwidths = kernel_bandwidths
        self.link_bandwidths = link_bandwidths
        self.same_peak = same_peak
        self.flank = flank

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:  # noqa: ARG002, N803
        """Find the places.

        Parameters
        ----------
        X
            Coordinates in metres, in a projected system; shape (n, 2), or any other number of dimensions.
        y
            Not used; for scikit-learn.
        sample_weight
            How many each point counts for, by default 1; a point of weight 0 joins a place but makes none.

        Raises
        ------
        ValueError
            If a parameter, a coordinate or a weight can't be.
        """
        self._validate_params()
        points = validate_data(self, X, dtype=np.float64)
        weight = _checked_weight(sample_weight, len(points))
        spots, spot_of, _ = unique_spots(points)
        # to the millimetre: the last digits of a projection decide nothing
        mass = np.bincount(spot_of, weights=weight).astype(np.float64)
        labels, density = self._places(spots.round(3), mass)
        self.labels_, self.density_ = labels[spot_of], density[spot_of]
        return self

    def _places(
        self, spots: NDArray[np.float64], mass: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        density, first, second, distance = self._linked(spots, mass)
        # rounded, so that the order in which rows were added up decides nothing; then by place
        rank = np.empty(len(spots), dtype=np.int64)
        rank[np.lexsort([*spots.T[::-1], -density.round(9)])] = np.arange(len(spots))
        peak_of = _climb(rank, first, second, distance)
        peak_of = self._join(peak_of, density, rank, first, second)
        is_high = density >= self.flank * density[peak_of]
        labels = _numbered(np.where(is_high, peak_of, NOISE), rank)
        return labels, density

    def _linked(
        self, spots: NDArray[np.float64], mass: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """The density at each spot, and which spots are linked: the one, the other, and how far apart.

        Block by block: there may be tens of millions of pairs.
        """
        kernel_m, link_m = (
            times * self.bandwidth_m for times in (self.kernel_bandwidths, self.link_bandwidths)
        )
        tree = KDTree(spots, balanced_tree=False, compact_nodes=False)  # made in half the time
        pairs = tree.query_pairs(max(kernel_m, link_m), output_type="ndarray")
        density = mass.copy()
        none = np.zeros(0, dtype=np.int32)
        linked: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]] = [
            (none, none, np.zeros(0))
        ]
        firsts, seconds = (ends.astype(np.int32) for ends in pairs.T)
        del pairs
        for start in range(0, len(firsts), PAIRS_AT_ONCE):
            first, second = (part[start : start + PAIRS_AT_ONCE] for part in (firsts, seconds))
            distance = _lengths([part[first] - part[second] for part in spots.T])
            kernel = np.exp(-0.5 * (distance / self.bandwidth_m) ** 2)
            if link_m > kernel_m:
                kernel[distance > kernel_m] = 0.0
            density += np.bincount(first, mass[second] * kernel, len(spots))
            density += np.bincount(second, mass[first] * kernel, len(spots))
            if link_m < kernel_m:
                near = distance <= link_m
                first, second, distance = first[near], second[near], distance[near]
            linked.append((first, second, distance))
        del firsts, seconds
        one, other, away = (np.concatenate(parts) for parts in zip(*linked, strict=True))
        return density, one, other, away

    def _join(
        self,
        peak_of: NDArray[np.int64],
        density: NDArray[np.float64],
        rank: NDArray[np.int64],
        first: NDArray[np.int32],
        second: NDArray[np.int32],
    ) -> NDArray[np.int64]:
        """Join peaks over high saddles, the highest saddle first."""
        crosses = peak_of[first] != peak_of[second]
        first, second = first[crosses], second[crosses]
        saddle = np.minimum(density[first], density[second])
        # only a saddle that could join the two basins it lies between can join anything
        lower = np.minimum(density[peak_of[first]], density[peak_of[second]])
        high = saddle >= self.same_peak * lower
        first, second, saddle = first[high], second[high], saddle[high]
        highest = self._highest_of_pair(peak_of[first], peak_of[second], saddle.round(9))
        first, second, saddle = first[highest], second[highest], saddle[highest]
        order = np.lexsort([rank[second], rank[first], -saddle.round(9)])
        parent = {int(peak): int(peak) for peak in np.unique(peak_of)}

        def top(peak: int) -> int:
            while parent[peak] != peak:
                parent[peak] = parent[parent[peak]]
                peak = parent[peak]
            return peak

        for one, other, height in zip(
            peak_of[first[order]].tolist(),
            peak_of[second[order]].tolist(),
            saddle[order].tolist(),
            strict=True,
        ):
            higher, lower_peak = sorted((top(one), top(other)), key=lambda peak: int(rank[peak]))
            if higher != lower_peak and height >= self.same_peak * density[lower_peak]:
                parent[lower_peak] = higher
        known = np.unique(peak_of)
        joined = np.array([top(int(peak)) for peak in known], dtype=np.int64)
        result: NDArray[np.int64] = joined[np.searchsorted(known, peak_of)]
        return result

    @staticmethod
    def _highest_of_pair(
        one: NDArray[np.int64], other: NDArray[np.int64], saddle: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """The saddles that are the highest between their two basins.

        A lower one joins nothing that the highest did not: the peaks it lies between only get higher.
        """
        pair = np.minimum(one, other) * (int(np.maximum(one, other).max(initial=0)) + 1)
        pair += np.maximum(one, other)
        order = np.argsort(pair, kind="stable")
        first = np.flatnonzero(np.diff(pair[order], prepend=-1))
        if not len(first):
            return order
        most = np.repeat(np.maximum.reduceat(saddle[order], first), np.diff(first, append=len(order)))
        return np.asarray(order[saddle[order] == most], dtype=np.int64)


def _checked_weight(sample_weight: ArrayLike | None, size: int) -> NDArray[np.float64]:
    if sample_weight is None:
        return np.ones(size)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (size,):
        raise ValueError(f"wanted one weight for each of the {size} points, found shape {weight.shape}")
    if not np.isfinite(weight).all() or weight.min() < 0 or weight.max() <= 0:
        raise ValueError("wanted finite weights of 0 or more that are not all zero")
    return weight


def _lengths(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How long vectors are, of which these are the parts."""
    lengths = np.abs(parts[0])
    for part in parts[1:]:
        lengths = np.hypot(lengths, part)
    return lengths


def _climb(
    rank: NDArray[np.int64],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    distance: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Give the peak that each spot reaches by going to its nearest denser neighbour, again and again."""
    first_is_higher = rank[first] < rank[second]
    from_ = np.where(first_is_higher, second, first)
    to = np.where(first_is_higher, first, second)
    nearest = np.full(len(rank), np.inf)
    np.minimum.at(nearest, from_, distance)
    is_nearest = distance == nearest[from_]  # with few others as near, of which the densest counts
    from_, to = from_[is_nearest], to[is_nearest]
    order = np.lexsort([rank[to], from_])
    from_, to = from_[order], to[order]
    spots, start = np.unique(from_, return_index=True)
    parent = np.arange(len(rank))
    parent[spots] = to[start]
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _numbered(labels: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    peaks = np.unique(labels[labels != NOISE])
    peaks = peaks[np.argsort(rank[peaks])]
    number = np.full(len(rank) + 1, NOISE, dtype=np.int64)
    number[peaks] = np.arange(len(peaks))
    return number[labels]  # NOISE is the last entry
