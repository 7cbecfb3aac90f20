"""Which reports form one place: dense cores found by climbing to the densest point nearby.

Plain DBSCAN chains: two places 100 m apart become one through a thin line of reports between them, and a busy
centre becomes one cluster. Here every coordinate climbs to its densest neighbour until it stands on a peak;
two peaks are one place only when the saddle between them is nearly as high as the lower peak (the persistence
of ToMATo [1]_), and what lies low on the flank is left out.

References
----------
.. [1] F. Chazal, L. Guibas, S. Oudot, P. Skraba (2013), doi:10.1145/2535927.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

NOISE = -1
"""The label of a report that belongs to no place."""

REACH = 2.5
"""A kernel is cut off at this many bandwidths, where it is 4 % of its top."""

PAIRS_AT_ONCE = 4_000_000
"""So many pairs of spots are measured at a time: memory, not speed."""


@dataclass
class PeakClusterer:
    """Clusters points around the peaks of their density.

    Works on unique coordinates with weights, so reports at one coordinate are never split, and a million
    reports at a hundred thousand addresses cost as much as the addresses.

    Parameters
    ----------
    bandwidth_m
        Standard deviation of the Gaussian kernel, in metres: the error of a house number and a half.
    link_m
        How far a coordinate looks for a denser one, in metres.
    same_peak
        Two peaks are one place if the saddle between them is at least this share of the lower peak.
    flank
        A coordinate belongs to a place if its density is at least this share of the peak.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        Number of the place of each point, 0, 1, 2, … by falling peak, or :data:`NOISE`.
    density_ : ndarray of shape (n,)
        Weighted number of points around each point, each counted by the kernel (1 at distance 0).

    Examples
    --------
    >>> clusterer = PeakClusterer(bandwidth_m=20, link_m=40, same_peak=0.7, flank=0.1)
    >>> clusterer.fit([0, 5, 8, 100, 104, 500], [0, 0, 0, 0, 0, 0]).labels_.tolist()
    [0, 0, 0, 1, 1, 2]
    """

    bandwidth_m: float
    link_m: float
    same_peak: float
    flank: float

    def fit(self, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> "PeakClusterer":
        """Find the places among points in metres.

        Parameters
        ----------
        x, y
            Coordinates in metres, in a projected system.
        weights
            How many each point counts for, by default 1; a point of weight 0 joins a place but makes none.
        """
        points = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])
        if not len(points):
            self.labels_, self.density_ = np.zeros(0, dtype=np.int64), np.zeros(0)
            return self
        weight = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)
        # to the millimetre, so that rounding in a projection does not part what is one coordinate
        spots, spot_of = np.unique(points.round(3), axis=0, return_inverse=True)
        mass = np.bincount(spot_of, weights=weight, minlength=len(spots)).astype(np.float64)
        labels, density = self._places(spots, mass)
        self.labels_, self.density_ = labels[spot_of], density[spot_of]
        return self

    def _places(
        self, spots: NDArray[np.float64], mass: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        density, first, second, distance = self._linked(spots, mass)
        # rounded, so that the order in which rows were added up decides nothing; then by place
        rank = np.empty(len(spots), dtype=np.int64)
        rank[np.lexsort([spots[:, 1], spots[:, 0], -density.round(9)])] = np.arange(len(spots))
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
        reach = max(REACH * self.bandwidth_m, self.link_m)
        pairs = KDTree(spots).query_pairs(reach, output_type="ndarray").astype(np.int32)
        density = mass.copy()
        linked: list[tuple[NDArray[np.int32], NDArray[np.float64]]] = []
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            block = pairs[start : start + PAIRS_AT_ONCE]
            first, second = block.T
            distance = np.hypot(*(spots[first] - spots[second]).T)
            kernel = np.exp(-0.5 * (distance / self.bandwidth_m) ** 2)
            kernel[distance > REACH * self.bandwidth_m] = 0.0
            density += np.bincount(first, mass[second] * kernel, len(spots))
            density += np.bincount(second, mass[first] * kernel, len(spots))
            near = distance <= self.link_m
            linked.append((block[near], distance[near]))
        del pairs
        ends = np.concatenate([np.zeros((0, 2), dtype=np.int32), *(block for block, _ in linked)])
        return density, ends[:, 0], ends[:, 1], np.concatenate([np.zeros(0), *(away for _, away in linked)])

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
        order = np.lexsort([rank[second[high]], rank[first[high]], -saddle[high].round(9)])
        parent = {int(peak): int(peak) for peak in np.unique(peak_of)}

        def top(peak: int) -> int:
            while parent[peak] != peak:
                parent[peak] = parent[parent[peak]]
                peak = parent[peak]
            return peak

        for one, other, height in zip(
            peak_of[first[high][order]].tolist(),
            peak_of[second[high][order]].tolist(),
            saddle[high][order].tolist(),
            strict=True,
        ):
            higher, lower_peak = sorted((top(one), top(other)), key=lambda peak: int(rank[peak]))
            if higher != lower_peak and height >= self.same_peak * density[lower_peak]:
                parent[lower_peak] = higher
        known = np.unique(peak_of)
        joined = np.array([top(int(peak)) for peak in known], dtype=np.int64)
        result: NDArray[np.int64] = joined[np.searchsorted(known, peak_of)]
        return result


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
