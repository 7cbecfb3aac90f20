"""The baselines find what they are known to find, and any clusterer of scikit-learn can be one."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import DBSCAN

from hotspots.errors import SettingsError, StatisticError
from hotspots.evaluation.baselines import BASELINES, Baseline, find_clusters, named_baseline
from hotspots.geography.projection import Projection
from hotspots.model import REPORTS
from hotspots.settings import Settings

SETTINGS = Settings()


def reports_at(x: list[float], days: list[int]) -> pd.DataFrame:
    """Reports in a row of x metres, one reporter each."""
    lon, lat = Projection("EPSG:28992").to_degrees(np.array(x) + 155_000, np.full(len(x), 463_000.0))
    moment = pd.Timestamp("2023-01-02T20:00", tz="UTC") + pd.to_timedelta(days, unit="D")
    table = pd.DataFrame(
        {
            "report_id": np.arange(len(x)),
            "category": "personen",
            "moment": moment,
            "has_hour": True,
            "reported_at": moment,
            "reporter_id": np.arange(len(x), dtype=float),
            "lon": lon,
            "lat": lat,
            "precision": "adres",
            "radius_m": 10.0,
            "address_key": None,
            "buurtcode": None,
        }
    )
    REPORTS.check(table)
    return table


WEEKLY = [7 * week for week in range(15)]


NEAR = [float(number) for number in range(15)]
NAMED = [
    "DBSCAN:eps=30,min_samples=12",
    "sklearn.cluster.OPTICS",
    "MeanShift:bandwidth=50",
    "KMeans:n_clusters=1",
]


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES.keys())
def test_a_few_reports_give_no_places(baseline: Baseline) -> None:
    assert find_clusters(reports_at([0.0], [0]).iloc[:0], SETTINGS, baseline) == []
    assert find_clusters(reports_at(NEAR[:11], WEEKLY[:11]), SETTINGS, baseline) == []


@pytest.mark.parametrize("name", ["DBSCAN 30 m", "DBSCAN 30 m + rules", "KDE peaks", "Gi* 50 m"])
def test_a_dense_place_is_found_with_its_reports(name: str) -> None:
    lonely = [400.0 * number for number in range(2, 20)]
    table = reports_at(NEAR + lonely, WEEKLY + [3] * len(lonely))
    (place,) = find_clusters(table, SETTINGS, BASELINES[name])
    assert place.x == pytest.approx(155_007, abs=1)
    assert place.reports == set(range(15))


def test_of_two_peaks_of_density_nearer_than_sixty_metres_one_counts() -> None:
    far, near = ([0.0] * 20 + [apart] * 14 for apart in (100.0, 50.0))
    assert len(find_clusters(reports_at(far, [0] * 34), SETTINGS, BASELINES["KDE peaks"])) == 2
    (place,) = find_clusters(reports_at(near, [0] * 34), SETTINGS, BASELINES["KDE peaks"])
    assert place.x == pytest.approx(155_000, abs=0.1)


def test_only_the_rules_know_one_night_from_lasting_nuisance() -> None:
    table = reports_at([0.0] * 15, [3] * 15)
    assert len(find_clusters(table, SETTINGS, BASELINES["DBSCAN 30 m"])) == 1
    assert find_clusters(table, SETTINGS, BASELINES["DBSCAN 30 m + rules"]) == []


@pytest.mark.parametrize(
    "method",
    [
        "DBSCAN:eps=30,min_samples=12",
        "sklearn.cluster.OPTICS",
        "MeanShift:bandwidth=50",
        "KMeans:n_clusters=1",
        "PeakClusterer:bandwidth_m=18",
    ],
)
def test_any_clusterer_can_be_named_and_its_clusters_must_pass_the_rules(method: str) -> None:
    baseline = named_baseline(method)
    (place,) = find_clusters(reports_at(NEAR, WEEKLY), SETTINGS, baseline)
    assert place.reports == set(range(15))
    assert find_clusters(reports_at(NEAR, [3] * 15), SETTINGS, baseline) == []


def test_weights_on_each_point_once_give_the_labels_of_all_points() -> None:
    rng = np.random.default_rng(4)
    x = [*rng.integers(0, 300, 80).tolist(), *[150.0] * 20]
    table = reports_at(x, [0] * 100)
    places = find_clusters(table, SETTINGS, Baseline(DBSCAN(eps=10, min_samples=12)))
    labels = DBSCAN(eps=10, min_samples=12).fit_predict(np.column_stack([x, np.zeros(100)]))
    expected = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels) - {-1}}
    assert {place.reports for place in places} == expected
    assert expected


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES.keys())
def test_a_baseline_is_an_estimator_that_can_be_cloned(baseline: Baseline) -> None:
    twin = clone(baseline.clusterer)
    assert twin is not baseline.clusterer
    assert twin.get_params() == baseline.clusterer.get_params()


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("DBSCN", r"scikit-learn \(.*OPTICS.*found 'DBSCN'; did you mean 'DBSCAN'"),
        ("sklearn.cluster.NoSuch", "found 'sklearn.cluster.NoSuch'"),
        ("no.such.Module", "found 'no.such.Module'"),
        ("sklearn.cluster.FeatureAgglomeration", "found 'sklearn.cluster.FeatureAgglomeration'"),
        ("DBSCAN:epsilon=3", "DBSCAN: wanted PARAMETER=VALUE with one of .*eps.*found 'epsilon=3'"),
        ("DBSCAN:eps", "found 'eps'"),
        ("DBSCAN:eps=-1", "'eps' parameter of DBSCAN must be a float"),
    ],
)
def test_a_method_that_does_not_exist_or_can_not_be_so_is_refused_with_what_can(
    method: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        named_baseline(method)


def test_a_clusterer_that_can_not_do_with_the_reports_says_so() -> None:
    with pytest.raises(StatisticError, match=r"KMeans.*n_samples=15"):
        find_clusters(reports_at(NEAR, WEEKLY), SETTINGS, named_baseline("KMeans:n_clusters=40"))
