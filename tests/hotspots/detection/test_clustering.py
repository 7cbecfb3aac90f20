"""Places are peaks of density, not glued through a thin line; the clusterer is a scikit-learn estimator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from hotspots.detection.clustering import NOISE, PeakClusterer
from hotspots.settings import DetectionSettings

Floats = NDArray[np.float64]

POINTS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=40)


def clustered(points: Floats, weights: Floats | None = None) -> list[int]:
    """Cluster with a kernel of 18 m, as the settings do."""
    labels: list[int] = PeakClusterer(bandwidth_m=18).fit_predict(points, sample_weight=weights).tolist()
    return labels


def around(x: float, y: float, count: int, radius_m: float = 10) -> Floats:
    """So many points evenly on a circle."""
    angle = 2 * np.pi * np.arange(count) / count
    return np.column_stack([x + radius_m * np.cos(angle), y + radius_m * np.sin(angle)])


def partition(labels: list[int], ids: list[int]) -> set[frozenset[int]]:
    """Which ids are together, whatever the numbers of the labels."""
    groups: dict[int, set[int]] = {}
    for label, number in zip(labels, ids, strict=True):
        groups.setdefault(label, set()).add(number)
    return {frozenset(group) for label, group in groups.items() if label != NOISE}


def test_it_is_a_scikit_learn_estimator() -> None:
    checks = check_estimator(PeakClusterer(), on_skip=None)
    assert {check["status"] for check in checks} <= {"passed", "skipped"}
    assert sum(check["status"] == "passed" for check in checks) >= 50


def test_a_clone_has_the_parameters_and_not_what_was_learned() -> None:
    clusterer = PeakClusterer(bandwidth_m=18, flank=0.3).fit([[0.0, 0.0]])
    twin = clone(clusterer)
    assert twin.get_params() == {
        "bandwidth_m": 18,
        "flank": 0.3,
        "kernel_bandwidths": 2.5,
        "link_bandwidths": 2.2,
        "same_peak": 0.6,
    }
    assert not hasattr(twin, "labels_")
    assert twin.set_params(flank=0.5).flank == 0.5


def test_the_defaults_are_those_of_the_settings_but_for_the_width_that_depends_on_the_data() -> None:
    params, settings = PeakClusterer().get_params(), DetectionSettings()
    del params["bandwidth_m"]
    assert params == {name: getattr(settings, name) for name in params}


def test_it_takes_its_place_in_a_pipeline() -> None:
    kilometres = np.array([[0.0, 0.0], [0.005, 0.0], [0.4, 0.0]])
    pipeline = make_pipeline(FunctionTransformer(lambda points: 1000 * points), PeakClusterer())
    pipeline.set_params(peakclusterer__bandwidth_m=18)
    weights = np.array([1.0, 1.0, 5.0])
    assert pipeline.fit_predict(kilometres).tolist() == [0, 0, 1]
    assert pipeline.fit_predict(kilometres, peakclusterer__sample_weight=weights).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("bandwidth_m", 0),
        ("kernel_bandwidths", 0),
        ("link_bandwidths", -1),
        ("same_peak", 1.1),
        ("flank", -0.1),
        ("flank", "much"),
    ],
)
def test_a_parameter_that_can_not_be_is_refused_when_fitting(parameter: str, value: object) -> None:
    clusterer = PeakClusterer().set_params(**{parameter: value})
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of PeakClusterer must be"):
        clusterer.fit([[0.0, 0.0]])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], r"one weight for each of the 2 points, found shape \(1,\)"),
        ([1.0, -1.0], "0 or more"),
        ([np.nan, 1.0], "finite weights"),
        ([0.0, 0.0], "not all zero"),
    ],
    ids=["too few", "negative", "unknown", "all zero"],
)
def test_weights_that_can_not_be_are_refused(weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PeakClusterer().fit([[0.0, 0.0], [1.0, 1.0]], sample_weight=weights)


def test_the_density_adds_up_a_kernel_that_ends_at_so_many_bandwidths() -> None:
    points = [[0.0, 0.0], [10.0, 0.0], [24.0, 0.0], [26.0, 0.0]]
    density = PeakClusterer(bandwidth_m=10, kernel_bandwidths=2.5).fit(points, sample_weight=[1, 2, 1, 1])
    near = 1 + 2 * np.exp(-0.5) + np.exp(-0.5 * 2.4**2)  # and nothing of the one at 26 m
    assert density.density_[0] == pytest.approx(near)


@pytest.mark.parametrize(("apart_m", "expected"), [(22.0, [0, 0]), (22.5, [0, 1])])
def test_a_report_looks_so_many_bandwidths_far_for_a_denser_one(apart_m: float, expected: list[int]) -> None:
    found = PeakClusterer(bandwidth_m=10, link_bandwidths=2.2, same_peak=1, flank=0)
    assert found.fit_predict([[0, 0], [apart_m, 0]], sample_weight=[2, 1]).tolist() == expected


def two_peaks(saddle: float) -> Floats:
    """Weights of three spots too far apart to add up: a peak of 10, a saddle, and a peak of 5."""
    return np.array([10.0, saddle, 5.0])


@pytest.mark.parametrize(("saddle", "places"), [(2.9, 2), (3.0, 1)])
def test_two_peaks_are_one_place_from_that_share_of_the_lower_one(saddle: float, places: int) -> None:
    clusterer = PeakClusterer(bandwidth_m=1, link_bandwidths=10, same_peak=0.6, flank=0)
    labels = clusterer.fit_predict([[0, 0], [10, 0], [20, 0]], sample_weight=two_peaks(saddle))
    assert len(set(labels)) == places


@pytest.mark.parametrize(("weight", "label"), [(0.9, NOISE), (1.0, 0)])
def test_a_point_belongs_to_a_place_from_that_share_of_its_peak(weight: float, label: int) -> None:
    clusterer = PeakClusterer(bandwidth_m=1, link_bandwidths=10, flank=0.1)
    assert clusterer.fit_predict([[0, 0], [10, 0]], sample_weight=[10, weight]).tolist() == [0, label]


def test_points_within_a_decimetre_are_one() -> None:
    clusterer = PeakClusterer(bandwidth_m=18).fit([[100.0, 7.0], [100.04, 7.0]])
    assert clusterer.density_.tolist() == [2.0, 2.0]


def test_one_report_is_a_place_of_its_own() -> None:
    assert clustered(np.array([[3.0, 4.0]])) == [0]


def test_two_places_a_hundred_metres_apart_stay_two_through_a_thin_line_of_reports() -> None:
    line = np.column_stack([np.arange(15.0, 100, 14), np.zeros(7)])
    points = np.vstack([around(0, 0, 12), around(100, 0, 12), line])
    labels = clustered(points)
    first, second = set(labels[:12]), set(labels[12:24])
    assert len(first) == len(second) == 1
    assert first != second


def test_what_lies_low_on_the_flank_of_a_place_is_left_out() -> None:
    points = np.vstack([around(0, 0, 60, 1), [[39.0, 0.0]]])
    labels = clustered(points)
    assert set(labels[:60]) == {0}
    assert labels[60] == NOISE


def test_the_densest_place_is_the_first() -> None:
    points = np.vstack([around(500, 0, 5), around(0, 0, 9)])
    assert clustered(points) == [1] * 5 + [0] * 9


def test_a_point_of_weight_zero_joins_a_place_and_makes_none() -> None:
    labels = clustered(np.array([[0.0, 0], [1, 0], [2, 0]]), np.array([1.0, 0.0, 1.0]))
    assert labels == [0, 0, 0]


def test_a_square_of_sixty_metres_is_one_place() -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform(-30, 30, (60, 2))
    labels = clustered(points)
    assert max(np.bincount([label for label in labels if label != NOISE])) >= 45


@given(POINTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(points: list[tuple[int, int]], random: object) -> None:
    table = np.array(points, dtype=np.float64)
    order = np.random.default_rng(len(points)).permutation(len(points))
    there = partition(clustered(table), list(range(len(points))))
    back = partition(clustered(table[order]), order.tolist())
    assert there == back


@given(POINTS)
def test_reports_at_one_coordinate_are_never_split(points: list[tuple[int, int]]) -> None:
    table = np.repeat(np.array(points, dtype=np.float64), 2, axis=0)
    labels = clustered(table)
    of_spot: dict[tuple[float, ...], set[int]] = {}
    for spot, label in zip(map(tuple, table.tolist()), labels, strict=True):
        of_spot.setdefault(spot, set()).add(label)
    assert all(len(found) == 1 for found in of_spot.values())


@given(POINTS)
def test_a_weight_of_two_is_two_reports(points: list[tuple[int, int]]) -> None:
    table = np.unique(np.array(points, dtype=np.float64), axis=0)
    twice = np.repeat(table, 2, axis=0)
    weighted = clustered(table, np.full(len(table), 2.0))
    assert weighted == clustered(twice)[::2]


def test_the_highest_saddle_joins_first() -> None:
    # peaks A, B and C of 10, 4 and 6; B meets C at 3.9, which is high for B, and A at 3.0, which is too
    density = np.array([10.0, 4.0, 6.0, 3.0, 3.9])
    peak_of = np.array([0, 1, 2, 0, 1])
    rank = np.array([0, 2, 1, 4, 3])
    first, second = np.array([3, 4], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    for order in ([0, 1], [1, 0]):
        joined = PeakClusterer(same_peak=0.7)._join(peak_of, density, rank, first[order], second[order])
        assert joined.tolist() == [0, 2, 2, 0, 2]


@pytest.mark.parametrize("name", ["bandwidth_m", "kernel_bandwidths", "link_bandwidths"])
def test_lengths_are_above_zero_and_may_be_small(name: str) -> None:
    points = np.zeros((2, 2))
    assert PeakClusterer(**{name: 0.5}).fit_predict(points).tolist() == [0, 0]
    with pytest.raises(ValueError, match=name):
        PeakClusterer(**{name: 0.0}).fit(points)


@pytest.mark.parametrize("name", ["same_peak", "flank"])
def test_shares_are_from_nothing_to_all(name: str) -> None:
    points = np.zeros((2, 2))
    for share in (0.0, 0.5, 1.0):
        assert PeakClusterer(**{name: share}).fit_predict(points).tolist() == [0, 0]
    for share in (-0.1, 1.1, 2.0):
        with pytest.raises(ValueError, match=name):
            PeakClusterer(**{name: share}).fit(points)
