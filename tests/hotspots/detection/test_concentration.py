"""A place among its surroundings: what is expected, and how sure that is."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hotspots.detection.concentration import (
    AddressDensity,
    Comparison,
    Surroundings,
    SurroundingsIndex,
    p_over_looks,
)
from hotspots.settings import DetectionSettings


@pytest.mark.parametrize(
    ("observed", "around", "size"), [(8, 0, 0.2), (10, 9, 0.185), (3, 40, 0.05), (1, 2, 1.0)]
)
def test_the_chance_is_that_of_the_exact_test_of_two_counts(observed: int, around: int, size: float) -> None:
    expected = stats.binom.sf(observed - 1, observed + around, size / (1 + size))
    assert Comparison(around, size).chance(observed) == pytest.approx(expected, rel=1e-9)


@given(observed=st.integers(1, 60), expected=st.floats(0.1, 20), size=st.floats(0.01, 1))
def test_an_expectation_from_few_reports_proves_less_than_one_from_many(
    observed: int, expected: float, size: float
) -> None:
    few, many = Comparison(expected / size, size), Comparison(expected / (size / 100), size / 100)
    if observed > expected + 1:
        assert few.chance(observed) >= many.chance(observed) * (1 - 1e-9)
    assert many.chance(observed) >= many.chance(observed + 1)


def test_nothing_is_no_surprise() -> None:
    assert Comparison(5, 0.1).chance(0) == 1.0


def test_the_comparison_that_explains_most_decides_and_in_less_time_less_is_expected() -> None:
    busy, quiet = Comparison(30, 0.2), Comparison(2, 0.01)
    both = Surroundings(float("nan"), 6.0, float("nan"), (quiet, busy))
    assert both.expected == 6.0
    assert both.chance(12) == busy.chance(12) > quiet.chance(12)
    half = both.in_share_of_time(0.5)
    assert half.expected == 3.0
    assert half.chance(12) == Comparison(30, 0.1).chance(12) < both.chance(12)


def test_places_of_chance_are_seldom_significant_where_the_level_is_known_from_few_reports() -> None:
    rng = np.random.default_rng(6)
    alike = [Comparison(int(rng.poisson(8)), 0.2).chance(int(rng.poisson(1.6))) for _ in range(4000)]
    assert np.mean([chance <= 0.05 for chance in alike]) <= 0.05


def test_a_neighbouring_place_says_nothing_of_the_level_around() -> None:
    rng = np.random.default_rng(5)
    town = rng.uniform(-1000, 1000, (400, 2))
    town = town[np.hypot(*town.T) > 45]
    own = rng.normal(0, 5, (10, 2))
    beside = rng.normal((80, 0), 5, (30, 2))
    nobody = AddressDensity(np.zeros((0, 2)))

    def around(*reports: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Surroundings:
        index = SurroundingsIndex(np.vstack(reports), nobody, DetectionSettings())
        return index.around(np.zeros((1, 2)), np.array([15.0]), np.array([len(own)]))[0]

    alone, with_neighbour = around(town, own), around(town, own, beside)
    assert with_neighbour.expected < 1.5 * alone.expected + 0.2
    assert np.isnan(alone.address_count)


def test_an_index_of_addresses_goes_when_nobody_holds_it() -> None:
    index = AddressDensity(np.random.default_rng(1).uniform(0, 500, (200, 2)))
    assert index.looks(50.0) == index.looks(50.0) > 0
    gone = weakref.ref(index)
    del index
    gc.collect()
    assert gone() is None


def test_looks_make_a_chance_honest() -> None:
    assert p_over_looks(1e-4, 100) == pytest.approx(1 - (1 - 1e-4) ** 100)
