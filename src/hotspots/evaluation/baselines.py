"""Off-the-shelf clusterers to compare detection with on the same reports, with the interface of scikit-learn.

Each gets the whole year at once. DBSCAN and Gi* at the smaller of their two widths, HDBSCAN and the density
have the settings that did best on the former simulated years of all shapes, so that none is set up to lose;
the rest have usual ones. Any other clusterer can be named (:func:`named_baseline`).

References
----------
DBSCAN: Ester et al. (1996). HDBSCAN: Campello et al. (2013), doi:10.1007/978-3-642-37456-2_14. Gi*: Ord &
Getis (1995), doi:10.1111/j.1538-4632.1995.tb00912.x. Kernel density: Silverman (1986).
"""

from ast import literal_eval
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn import cluster
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.cluster import DBSCAN, HDBSCAN, OPTICS
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.validation import has_fit_parameter

from hotspots.detection.clustering import NOISE, PeakClusterer
from hotspots.detection.rules import failed_rules, figures_of
from hotspots.errors import SettingsError, StatisticError
from hotspots.evaluation.scoring import DetectedPlace
from hotspots.evaluation.space_time_methods import EmergingCells, ProspectiveScans, SpaceTimeDBSCAN
from hotspots.geography.points import unique_spots
from hotspots.geography.projection import Projection
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.settings import Settings
from hotspots.statistics.getis_ord import band_weights, benjamini_hochberg, gi_star

Integers = NDArray[np.int64]
Points = NDArray[np.float64]

MIN_CLUSTER = 12
"""A year with fewer reports has no places for any baseline."""


class CellGroups(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Touching cells whose Gi* is significant (Benjamini-Hochberg), one cluster per group of cells.

    Parameters
    ----------
    cell_m
        Side of the cells.
    q
        False discovery rate over all cells.
    min_count
        A cell with fewer points is not hot.
    """

    def __init__(self, *, cell_m: float = 50.0, q: float = 0.01, min_count: int = 3) -> None:
        self.cell_m = cell_m
        self.q = q
        self.min_count = min_count

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Find the groups among points in metres; shape (n, 2)."""
        cells, cell_of = np.unique(np.floor(X / self.cell_m).astype(np.int64), axis=0, return_inverse=True)
        filled, inside = _with_empty_neighbours(cells)
        counts = np.zeros(len(filled))
        counts[inside] = np.bincount(cell_of, minlength=len(cells))
        band_m = self.cell_m * np.sqrt(2) + 1
        weights = band_weights(*(filled * self.cell_m).T, band_m=band_m)
        p = stats.norm.sf(gi_star(counts, weights))
        hot = np.flatnonzero((benjamini_hochberg(p) <= self.q) & (counts >= self.min_count))
        touching: sparse.csr_array[np.float64] = sparse.csr_array(weights)[hot][:, hot]
        group = np.full(len(filled), NOISE)
        group[hot] = connected_components(touching, directed=False)[1]
        self.labels_ = group[inside][cell_of]
        return self


class DensityPeaks(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """High peaks of a Gaussian kernel density, each with the points around it.

    Parameters
    ----------
    bandwidth_m
        Standard deviation of the kernel.
    min_density
        Least density of a peak, as the number of points at one spot that would give it.
    apart_m
        Least distance between two peaks (the higher one counts), and greatest distance of a point to its
        peak.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
    cluster_centers_ : ndarray of shape (k, 2)
        The peaks.
    """

    def __init__(
        self, *, bandwidth_m: float = 25.0, min_density: float = 12.0, apart_m: float = 60.0
    ) -> None:
        self.bandwidth_m = bandwidth_m
        self.min_density = min_density
        self.apart_m = apart_m

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Find the peaks among points in metres; shape (n, 2)."""
        spots, _, counts = unique_spots(X)
        spots = spots.round(1)
        density = kernel_density(spots, spots, counts.astype(np.float64), bandwidth_m=self.bandwidth_m)
        pairs = cKDTree(spots).query_pairs(self.apart_m, output_type="ndarray")
        lower = np.where(density[pairs[:, 0]] >= density[pairs[:, 1]], pairs[:, 1], pairs[:, 0])
        is_peak = density >= self.min_density
        is_peak[lower] = False
        self.cluster_centers_ = spots[is_peak]
        self.labels_ = np.full(len(X), NOISE)
        if is_peak.any():
            distance, nearest = cKDTree(self.cluster_centers_).query(X)
            self.labels_ = np.where(distance <= self.apart_m, nearest, NOISE).astype(np.int64)
        return self


def kernel_density(at: Points, points: Points, mass: Points, *, bandwidth_m: float) -> Points:
    """Give the kernel-weighted mass of the points around each place; at distance 0 the weight is 1.

    Examples
    --------
    >>> kernel_density(np.zeros((1, 2)), np.zeros((1, 2)), np.array([3.0]), bandwidth_m=10).tolist()
    [3.0]
    """
    near = cKDTree(at).sparse_distance_matrix(cKDTree(points), 3 * bandwidth_m, output_type="coo_matrix")
    kernel = np.exp(-0.5 * (near.data / bandwidth_m) ** 2)
    density: Points = np.bincount(near.row, mass[near.col] * kernel, len(at)).astype(np.float64)
    return density


@dataclass(frozen=True)
class Baseline:
    """A clusterer, and whether its clusters must pass the rules of detection."""

    clusterer: Any
    with_rules: bool = False


METHODS: Mapping[str, Any] = {
    "DBSCAN 30 m": DBSCAN(eps=30.0, min_samples=MIN_CLUSTER),
    "DBSCAN 75 m": DBSCAN(eps=75.0, min_samples=MIN_CLUSTER),
    "KDE peaks": DensityPeaks(),
    "Gi* 50 m": CellGroups(),
    "Gi* 100 m": CellGroups(cell_m=100.0),
    "HDBSCAN": HDBSCAN(min_cluster_size=MIN_CLUSTER, copy=True),
    "OPTICS": OPTICS(min_samples=MIN_CLUSTER, max_eps=150.0),
    "ST-DBSCAN": SpaceTimeDBSCAN(),
    "prospective scan": ProspectiveScans(),
    "emerging H3 cells": EmergingCells(),
}
"""Clusterers by name."""

BASELINES: dict[str, Baseline] = {
    name + ending: Baseline(clusterer, with_rules=bool(ending))
    for name, clusterer in METHODS.items()
    for ending in (" + rules", "")
}
"""The built-in ones by name, each with our rules and without."""


def named_baseline(method: str) -> Baseline:
    """Give a baseline of the named clusterer, whose clusters must pass the rules.

    Parameters
    ----------
    method
        Name of a scikit-learn clusterer, or path of any class with that interface, followed by parameters
        that differ from the default: ``DBSCAN:eps=30,min_samples=12``, ``sklearn.cluster.OPTICS``.

    Raises
    ------
    SettingsError
        If there is no such clusterer or parameter, or a parameter can't have that value.

    Examples
    --------
    >>> named_baseline("DBSCAN:eps=30,min_samples=12").clusterer
    DBSCAN(eps=30, min_samples=12)
    """
    name, _, written = method.partition(":")
    clusterer = _clusterer(name.strip())
    known = clusterer.get_params()
    for change in filter(None, (part.strip() for part in written.split(","))):
        key, equals, value = (part.strip() for part in change.partition("="))
        if not equals or key not in known:
            raise SettingsError(
                f"{name}: wanted PARAMETER=VALUE with one of {', '.join(known)}, found '{change}'"
            )
        clusterer.set_params(**{key: _value(value)})
    try:
        clone(clusterer).fit(np.zeros((2, len(getattr(clusterer, "columns", "xy")))))
    except InvalidParameterError as error:
        raise SettingsError(f"{name}: {error}") from None
    except (ValueError, TypeError, StatisticError):
        pass  # parameters are validated first: two points may be too few for valid ones
    return Baseline(clusterer, with_rules=True)


def with_and_without_rules(methods: Iterable[str]) -> dict[str, Baseline]:
    """Give two baselines of each named clusterer: :func:`named_baseline`, and without the rules."""
    named = {method: named_baseline(method) for method in methods}
    return {
        name: baseline
        for method, ruled in named.items()
        for name, baseline in ((f"{method} + rules", ruled), (method, Baseline(ruled.clusterer)))
    }


def find_clusters(reports: pd.DataFrame, settings: Settings, baseline: Baseline) -> list[DetectedPlace]:
    """Give the places that a baseline finds in a year; see :func:`find_all`."""
    return find_all(reports, settings, {"": baseline})[""]


def find_all(
    reports: pd.DataFrame, settings: Settings, baselines: Mapping[str, Baseline]
) -> dict[str, list[DetectedPlace]]:
    """Give the places that each baseline finds in a year.

    The strength of a place is what its clusterer says of it in ``cluster_strengths_``, else its number of
    reports.

    Parameters
    ----------
    reports
        ``model.REPORTS``.

    Raises
    ------
    StatisticError
        If a clusterer refuses these reports.
    """
    precise = reports["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    located = reports[precise].reset_index(drop=True)
    if len(located) < MIN_CLUSTER:
        return {name: [] for name in baselines}
    x, y = Projection(settings.municipality.crs).to_metres(located["lon"], located["lat"])
    day = (located["moment"] - located["moment"].min()).dt.days
    located = located.assign(x=x, y=y, day=day.to_numpy(dtype=np.float64))
    # with the rules and without: clustered once
    clustered: dict[str, list[tuple[DetectedPlace, pd.DataFrame]]] = {}
    for baseline in baselines.values():
        if repr(baseline.clusterer) not in clustered:
            clustered[repr(baseline.clusterer)] = _clustered(located, clone(baseline.clusterer))
    return {
        name: [
            place
            for place, own in clustered[repr(baseline.clusterer)]
            if not baseline.with_rules or _passes_rules(own, settings)
        ]
        for name, baseline in baselines.items()
    }


def _clustered(located: pd.DataFrame, clusterer: Any) -> list[tuple[DetectedPlace, pd.DataFrame]]:
    """Each place that a clusterer finds, with its reports."""
    points = located[["x", "y"]].to_numpy(dtype=np.float64)
    wanted = list(getattr(clusterer, "columns", ("x", "y")))
    try:
        labels = _labels(clusterer, located[wanted].to_numpy(dtype=np.float64))
    except ValueError as error:
        raise StatisticError(f"{clusterer}: {error}") from None
    centres = getattr(clusterer, "cluster_centers_", None)
    strengths = getattr(clusterer, "cluster_strengths_", None)
    found = []
    for label in np.unique(labels[labels >= 0]).tolist():
        own = labels == label
        x, y = (points[own].mean(axis=0) if centres is None else centres[label][:2]).tolist()
        strength = float(own.sum() if strengths is None else strengths[label])
        ids = frozenset(located["report_id"][own].tolist())
        found.append((DetectedPlace(x, y, ids, strength=strength), located[own]))
    return found


def _labels(clusterer: Any, points: Points) -> Integers:
    if not has_fit_parameter(clusterer, "sample_weight"):
        with np.errstate(divide="ignore"):  # OPTICS divides by the distance between reports at one point
            return np.asarray(clusterer.fit_predict(points), dtype=np.int64)
    # each point once, with its weight: the same labels, much faster
    spots, spot_of, counts = unique_spots(points)
    return np.asarray(clusterer.fit_predict(spots, sample_weight=counts), dtype=np.int64)[spot_of]


def _passes_rules(place: pd.DataFrame, settings: Settings) -> bool:
    local = place["moment"].dt.tz_convert(settings.municipality.timezone).dt.tz_localize(None)
    day = local.dt.normalize()
    monday = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    figures = figures_of(
        place.assign(day=day, week=monday, is_duplicate=False),
        burst=settings.detection.burst,
        episode=settings.detection.episode,
    )
    # as of its last day: a baseline gets the whole year at once, so a place need not be current
    return not failed_rules(figures, as_of=figures.last_day, settings=settings.detection)


def _clusterer(name: str) -> Any:
    named = {one: getattr(cluster, one) for one in cluster.__all__} | {
        kind.__name__: kind for kind in (PeakClusterer, SpaceTimeDBSCAN, ProspectiveScans, EmergingCells)
    }
    known = {one: named[one] for one in named if _is_clusterer(named[one])}
    kind: Any = known.get(name)
    module, dot, attribute = name.rpartition(".")
    if kind is None and dot:
        with suppress(ImportError):
            kind = getattr(import_module(module), attribute, None)
    if not _is_clusterer(kind):
        raise SettingsError(_unknown(name, known))
    return kind()


def _is_clusterer(kind: object) -> bool:
    is_estimator = isinstance(kind, type) and issubclass(kind, BaseEstimator)
    return is_estimator and callable(getattr(kind, "fit_predict", None))


def _unknown(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name.rpartition(".")[2], known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return (
        f"wanted a clusterer of scikit-learn ({', '.join(known)}) or the path of a class like "
        f"'sklearn.cluster.OPTICS', found '{name}'{hint}"
    )


def _value(text: str) -> object:
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _with_empty_neighbours(cells: Integers) -> tuple[Integers, Integers]:
    """The cells with reports and those within 3 cells of them, and where the former are among them."""
    reach = np.arange(-3, 4)
    shifts = np.array([(column, row) for column in reach for row in reach])
    every = np.unique((cells[:, None, :] + shifts[None, :, :]).reshape(-1, 2), axis=0)
    both = np.concatenate([every, cells])
    _, number = np.unique(both, axis=0, return_inverse=True)
    return every, number[len(every) :]
