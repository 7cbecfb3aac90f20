"""Places are peaks of density: not glued through a thin line, not split at one coordinate."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotspots.detection.clustering import NOISE, PeakClusterer

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
