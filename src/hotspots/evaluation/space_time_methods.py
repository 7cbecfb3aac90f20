"""Methods that look at place and time together, as clusterers with the interface of scikit-learn.

Each names in ``columns`` what it needs of a report: x and y in metres, lon and lat in degrees, the number of
the day.

References
----------
ST-DBSCAN: Birant & Kut (2007), doi:10.1016/j.datak.2006.01.013. The scan:
:mod:`hotspots.statistics.space_time_scan`. Emerging hot spots: :mod:`hotspots.statistics.emerging`.
"""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import DBSCAN

from hotspots.detection.clustering import NOISE
from hotspots.geography.cells import cells_of
from hotspots.settings import DetectionSettings
from hotspots.statistics.emerging import MIN_CELLS, emerging_cells, neighbour_weights
from hotspots.statistics.space_time_scan import Cluster, space_time_permutation_scan

Points = NDArray[np.float64]
Integers = NDArray[np.int64]


class SpaceTimeDBSCAN(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """DBSCAN of which neighbours are near in place and in time.

    Parameters
    ----------
    eps
        Greatest distance between neighbours, in metres.
    eps_days
        Most days between neighbours.
    min_samples
        As for DBSCAN.
    """

    columns: ClassVar[tuple[str, ...]] = ("x", "y", "day")

    def __init__(self, *, eps: float = 50.0, eps_days: float = 42.0, min_samples: int = 8) -> None:
        self.eps = eps
        self.eps_days = eps_days
        self.min_samples = min_samples

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Cluster reports; x, y and day, shape (n, 3)."""
        pairs = cKDTree(X[:, :2]).query_pairs(self.eps, output_type="ndarray")
        pairs = pairs[np.abs(X[pairs[:, 0], 2] - X[pairs[:, 1], 2]) <= self.eps_days]
        itself = np.arange(len(X))
        rows = np.concatenate([pairs[:, 0], pairs[:, 1], itself])
        columns = np.concatenate([pairs[:, 1], pairs[:, 0], itself])
        near = sparse.csr_array((np.full(len(rows), 0.5), (rows, columns)), shape=(len(X), len(X)))
        clusterer = DBSCAN(eps=1.0, min_samples=self.min_samples, metric="precomputed")
        self.labels_ = clusterer.fit(sparse.csr_matrix(near)).labels_
        return self


class ProspectiveScans(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The prospective space-time permutation scan, week by week; a circle seen in several weeks counts once.

    Parameters
    ----------
    max_radius_m, max_weeks
        Largest circle and longest window.
    look_back_weeks
        Weeks of the past that each scan gets.
    max_p
        A cluster with a larger p is no cluster.
    permutations
        Per scan; below 1 / (1 + permutations) p is of the Gumbel distribution.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
    cluster_centers_ : ndarray of shape (k, 2)
    cluster_strengths_ : ndarray of shape (k,)
        The logarithm of the likelihood ratio in its strongest week.
    """

    columns: ClassVar[tuple[str, ...]] = ("x", "y", "day")

    def __init__(
        self,
        *,
        max_radius_m: float = 250.0,
        max_weeks: int = 8,
        look_back_weeks: int = 26,
        max_p: float = 0.05,
        permutations: int = 19,
    ) -> None:
        self.max_radius_m = max_radius_m
        self.max_weeks = max_weeks
        self.look_back_weeks = look_back_weeks
        self.max_p = max_p
        self.permutations = permutations

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Scan reports week by week; x, y and day, shape (n, 3)."""
        rng = np.random.default_rng(0)
        week = np.floor((X[:, 2] - X[:, 2].min()) / 7).astype(np.int64)
        found: list[tuple[Cluster, Integers]] = []
        for now in range(self.max_weeks, int(week.max()) + 1):
            known = np.flatnonzero((week <= now) & (week > now - self.look_back_weeks))
            if not (week[known] > now - self.max_weeks).any():
                continue
            scan = space_time_permutation_scan(
                X[known, 0],
                X[known, 1],
                week[known],
                rng=rng,
                max_radius_m=self.max_radius_m,
                max_periods=self.max_weeks,
                last_period=now,
                permutations=self.permutations,
            )
            for cluster in scan.clusters:
                if cluster.p <= self.max_p:
                    inside = known[cluster.circle_rows]
                    found.append((cluster, inside[week[inside] >= cluster.first_period]))
        self._keep(found, X)
        return self

    def _keep(self, found: list[tuple[Cluster, Integers]], points: Points) -> None:
        """The strongest first; what lies within another is that one, in another week."""
        self.labels_ = np.full(len(points), NOISE)
        kept: list[Cluster] = []
        for cluster, members in sorted(found, key=lambda each: -each[0].statistic):
            gaps = [
                np.hypot(cluster.x_m - one.x_m, cluster.y_m - one.y_m)
                - max(cluster.radius_m, one.radius_m, 1.0)
                for one in kept
            ]
            number = int(np.argmin(gaps)) if gaps and min(gaps) <= 0 else len(kept)
            if number == len(kept):
                kept.append(cluster)
            self.labels_[members[self.labels_[members] == NOISE]] = number
        self.cluster_centers_ = np.array([[one.x_m, one.y_m] for one in kept]).reshape(-1, 2)
        self.cluster_strengths_ = np.array([one.statistic for one in kept])


class EmergingCells(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Touching H3 cells that Emerging Hot Spot Analysis calls hot, time and again as of a later week.

    Parameters
    ----------
    resolution
        Of H3: at 10 a cell is about 130 m across, at 9 about 350 m.
    every_weeks
        An analysis looks at half a year; this many weeks lie between two.
    """

    columns: ClassVar[tuple[str, ...]] = ("lon", "lat", "day")

    def __init__(self, *, resolution: int = 10, every_weeks: int = 4) -> None:
        self.resolution = resolution
        self.every_weeks = every_weeks

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Class the cells of reports; lon, lat and day, shape (n, 3)."""
        of_report = cells_of(X[:, 0], X[:, 1], resolution=self.resolution)
        # by its manual only places that ever had an event are looked at
        every = np.unique(of_report)
        self.labels_ = np.full(len(X), NOISE)
        week = ((X[:, 2] - X[:, 2].min()) // 7).astype(np.int64)
        is_hot = np.zeros(len(every), dtype=bool)
        if len(every) >= MIN_CELLS:
            settings = DetectionSettings()
            first, last = settings.cell_trailing_weeks, int(week.max())
            for now in range(last, min(first, last) - 1, -self.every_weeks):
                known = week <= now
                cells = emerging_cells(of_report[known], now - week[known], every, settings)
                is_hot |= ~cells["emerging_class"].isin(["none", "historical"]).to_numpy()
        group = np.full(len(every), NOISE)
        touching = sparse.csr_array(neighbour_weights(every))[is_hot][:, is_hot]
        group[is_hot] = connected_components(touching, directed=False)[1]
        self.labels_ = group[np.searchsorted(every, of_report)]
        return self
