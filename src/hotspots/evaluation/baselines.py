"""Off-the-shelf methods on the same reports, to compare with: DBSCAN, the same with rules, HDBSCAN, Gi*, KDE.

Each gets the whole year at once and its best settings on simulated years of all shapes, so none is set up to
lose.

References
----------
DBSCAN: Ester et al. (1996). HDBSCAN: Campello et al. (2013), doi:10.1007/978-3-642-37456-2_14. Gi*: Ord &
Getis (1995), doi:10.1111/j.1538-4632.1995.tb00912.x. Kernel density: Silverman (1986).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN, HDBSCAN

from hotspots.evaluation.scoring import Found
from hotspots.geography.projection import Projection
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.settings import Settings
from hotspots.statistics.getis_ord import band_weights, benjamini_hochberg, gi_star

Integers = NDArray[np.int64]
Points = NDArray[np.float64]
Method = Callable[[pd.DataFrame, Settings], list[Found]]

DBSCAN_M = 30.0
MIN_CLUSTER = 12
CELL_M = 50.0
GI_STAR_Q = 0.01
KDE_BANDWIDTH_M = 25.0
KDE_PEAK = 12.0
KDE_APART_M = 60.0


def dbscan(reports: pd.DataFrame, settings: Settings) -> list[Found]:
    """Clusters of at least 12 reports that are linked at 30 m.

    Parameters
    ----------
    reports
        ``model.REPORTS``.
    """
    located, points = _located(reports, settings)
    return _found(located, points, _dbscan_labels(points))


def dbscan_with_rules(reports: pd.DataFrame, settings: Settings) -> list[Found]:
    """DBSCAN clusters that are repeated, lasting and shared, by the thresholds of the settings."""
    located, points = _located(reports, settings)
    labels = _dbscan_labels(points)
    for label in np.unique(labels[labels >= 0]):
        if not _keeps_rules(located[labels == label], settings):
            labels[labels == label] = -1
    return _found(located, points, labels)


def hdbscan(reports: pd.DataFrame, settings: Settings) -> list[Found]:
    """HDBSCAN with at least 12 reports to a cluster."""
    located, points = _located(reports, settings)
    if len(points) < MIN_CLUSTER:
        return []
    labels = HDBSCAN(min_cluster_size=MIN_CLUSTER, copy=True).fit_predict(points)
    return _found(located, points, np.asarray(labels, dtype=np.int64))


def gi_star_groups(reports: pd.DataFrame, settings: Settings) -> list[Found]:
    """Touching cells of 50 m whose Gi* is significant (Benjamini-Hochberg), one place per group."""
    located, points = _located(reports, settings)
    if len(points) < MIN_CLUSTER:
        return []
    cells, cell_of = np.unique(np.floor(points / CELL_M).astype(np.int64), axis=0, return_inverse=True)
    filled, inside = _with_empty_neighbours(cells)
    counts = np.zeros(len(filled))
    counts[inside] = np.bincount(cell_of, minlength=len(cells))
    weights = band_weights(filled[:, 0] * CELL_M, filled[:, 1] * CELL_M, band_m=CELL_M * np.sqrt(2) + 1)
    p = stats.norm.sf(gi_star(counts, weights))
    is_hot = (benjamini_hochberg(p) <= GI_STAR_Q) & (counts >= 3)
    hot = np.flatnonzero(is_hot)
    touching: sparse.csr_array[np.float64] = sparse.csr_array(weights)[hot][:, hot]
    group = np.full(len(filled), -1)
    group[hot] = connected_components(touching, directed=False)[1]
    return _found(located, points, group[inside][cell_of])


def kde_peaks(reports: pd.DataFrame, settings: Settings) -> list[Found]:
    """Peaks of a Gaussian kernel density of 25 m that are as high as 12 reports at one spot."""
    located, points = _located(reports, settings)
    if len(points) < MIN_CLUSTER:
        return []
    spots, spot_of = np.unique(points.round(1), axis=0, return_inverse=True)
    mass = np.bincount(spot_of, minlength=len(spots)).astype(np.float64)
    density = kernel_density(spots, spots, mass, bandwidth_m=KDE_BANDWIDTH_M)
    pairs = cKDTree(spots).query_pairs(KDE_APART_M, output_type="ndarray")
    lower = np.where(density[pairs[:, 0]] >= density[pairs[:, 1]], pairs[:, 1], pairs[:, 0])
    is_peak = density >= KDE_PEAK
    is_peak[lower] = False
    peaks = np.flatnonzero(is_peak).tolist()
    if not peaks:
        return []
    distance, nearest = cKDTree(spots[peaks]).query(points)
    found = _found(located, points, np.where(distance <= KDE_APART_M, nearest, -1).astype(np.int64))
    return [
        Found(float(spots[peak][0]), float(spots[peak][1]), place.reports)
        for peak, place in zip(peaks, found, strict=True)
    ]


def kernel_density(at: Points, points: Points, mass: Points, *, bandwidth_m: float) -> Points:
    """Give the kernel-weighted number of points around each place; a point counts for its mass at distance 0.

    Examples
    --------
    >>> kernel_density(np.zeros((1, 2)), np.zeros((1, 2)), np.array([3.0]), bandwidth_m=10).tolist()
    [3.0]
    """
    near = cKDTree(at).sparse_distance_matrix(cKDTree(points), 3 * bandwidth_m, output_type="coo_matrix")
    kernel = np.exp(-0.5 * (near.data / bandwidth_m) ** 2)
    density: Points = np.bincount(near.row, mass[near.col] * kernel, len(at)).astype(np.float64)
    return density


METHODS: Mapping[str, Method] = {
    "DBSCAN 30 m + rules": dbscan_with_rules,
    "KDE peaks": kde_peaks,
    "DBSCAN 30 m": dbscan,
    "Gi* 50 m": gi_star_groups,
    "HDBSCAN": hdbscan,
}
"""The methods by name."""


def _located(reports: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, Points]:
    precise = reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    located = reports[precise].reset_index(drop=True)
    x, y = Projection(settings.municipality.crs).to_metres(located["lon"], located["lat"])
    return located, np.column_stack([x, y])


def _dbscan_labels(points: Points) -> Integers:
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    # weights on unique coordinates give the labels of plain DBSCAN, much faster
    spots, spot_of, mass = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    labels = DBSCAN(eps=DBSCAN_M, min_samples=MIN_CLUSTER).fit_predict(spots, sample_weight=mass)
    return np.asarray(labels, dtype=np.int64)[spot_of]


def _keeps_rules(place: pd.DataFrame, settings: Settings) -> bool:
    rules = settings.detection
    local = place["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    days = local.dt.normalize()
    moments = np.sort(local.to_numpy())
    in_burst = np.searchsorted(moments, moments + np.timedelta64(timedelta(hours=rules.burst_hours)))
    reporters = place["reporter_id"].value_counts()
    return bool(
        len(place) >= rules.min_reports
        and days.nunique() >= rules.min_days
        and days.dt.to_period("W").nunique() >= rules.min_weeks
        and (days.max() - days.min()).days >= rules.min_duration_days
        and (in_burst - np.arange(len(moments))).max() <= rules.max_burst_share * len(place)
        and (
            not len(reporters)
            or (
                len(reporters) >= rules.min_reporters
                and reporters.max() <= rules.max_reporter_share * reporters.sum()
            )
        )
    )


def _found(located: pd.DataFrame, points: Points, labels: Integers) -> list[Found]:
    ids = located["report_id"].to_numpy()
    found = []
    for label in np.unique(labels[labels >= 0]):
        own = labels == label
        centre = points[own].mean(axis=0)
        found.append(Found(float(centre[0]), float(centre[1]), frozenset(ids[own].tolist())))
    return found


def _with_empty_neighbours(cells: Integers) -> tuple[Integers, Integers]:
    """All cells with reports and those within 3 cells of them; and where the former stand among them."""
    reach = np.arange(-3, 4)
    shifts = np.array([(column, row) for column in reach for row in reach])
    every = np.unique((cells[:, None, :] + shifts[None, :, :]).reshape(-1, 2), axis=0)
    both = np.concatenate([every, cells])
    _, number = np.unique(both, axis=0, return_inverse=True)
    return every, number[len(every) :]
