"""The search for wide windows: what is counted, and how likely it is."""

import numpy as np
import pytest

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.window_search import WindowSearch, log_likelihood, upper_tail
from hotspots.detection.windows import Windows
from hotspots.settings import DetectionSettings

NOWHERE = AddressDensity.of(np.zeros((0, 2)))


def searched(points: np.ndarray) -> WindowSearch:
    return WindowSearch(points, np.ones(len(points), dtype=bool), NOWHERE, DetectionSettings())


def test_a_street_is_found_in_its_own_direction_among_reports_all_over_town() -> None:
    rng = np.random.default_rng(2)
    town = rng.uniform(-2000, 2000, (150, 2))
    along = rng.uniform(-150, 150, 20)
    street = np.column_stack([along * np.cos(0.6), along * np.sin(0.6)]) + rng.normal(0, 4, (20, 2))
    found = searched(np.concatenate([town, street])).candidates()
    best = int(np.argmax(np.where(found.windows.length_m > 0, found.observed, 0)))
    assert found.observed[best] >= 18
    assert found.windows.angle[best] == pytest.approx(0.6, abs=0.1)


def test_reports_all_over_town_give_no_window() -> None:
    town = np.random.default_rng(7).uniform(-2000, 2000, (300, 2))
    assert len(searched(town).candidates().windows) == 0


def test_clumps_as_there_are_everywhere_in_town_are_nothing() -> None:
    rng = np.random.default_rng(4)
    middles = 900.0 * np.array([(column, row) for column in range(8) for row in range(8)])
    clumps = np.concatenate([middle + rng.uniform(-60, 60, (9, 2)) for middle in middles])
    assert len(searched(clumps).candidates().windows) == 0


def test_a_negative_binomial_tail_is_that_of_poisson_where_the_level_is_the_same_everywhere() -> None:
    poisson = upper_tail(np.array([10.0]), np.array([4.0]), np.array([4.0]))[0]
    spread = upper_tail(np.array([10.0]), np.array([4.0]), np.array([12.0]))[0]
    assert poisson == pytest.approx(0.0081, rel=0.1)
    assert spread > 5 * poisson


def test_no_more_than_expected_explains_nothing() -> None:
    assert log_likelihood(np.array([2.0, 8.0]), np.array([4.0, 4.0])).tolist() == pytest.approx(
        [0.0, 1.545], abs=0.01
    )


def test_measuring_counts_what_lies_in_a_window() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0], [400.0, 0.0]])
    measured = searched(points).measure(Windows.circles(np.array([[0.0, 0.0], [400.0, 0.0]]), 60.0))
    assert measured.observed.tolist() == [2.0, 1.0]
    assert measured.take(np.array([1])).member.tolist() == [2]


def test_reports_along_the_edge_of_a_park_are_found_around_its_empty_middle() -> None:
    rng = np.random.default_rng(5)
    turn, away = rng.uniform(0, 2 * np.pi, 36), rng.uniform(90, 120, 36)
    edge = np.column_stack([away * np.cos(turn), away * np.sin(turn)])
    found = searched(np.concatenate([rng.uniform(-2000, 2000, (150, 2)), edge])).candidates()
    is_close = (found.windows.length_m == 0) & (found.windows.radius_m < 200)
    assert found.observed[is_close].max(initial=0) >= 34
