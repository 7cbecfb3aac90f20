"""Golden values are those of Wheeler & Ratcliffe (2018) and of ptools, which implements it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy import stats

from hotspots.errors import StatisticError
from hotspots.settings import StatisticsSettings
from hotspots.statistics.displacement import displacement_difference, e_test

MIN_COUNT = StatisticsSettings().effect_min_reports
CONTROL, TREATED, AROUND_CONTROL, AROUND_TREATED = (308, 318), (207, 110), (150, 140), (178, 157)


def test_the_displacement_difference_is_that_of_wheeler_and_ratcliffe() -> None:
    result = displacement_difference(CONTROL, TREATED, AROUND_CONTROL, AROUND_TREATED, min_count=MIN_COUNT)
    assert result.difference == -118
    assert result.standard_error == pytest.approx(1568**0.5)
    assert result.standard_error == pytest.approx(39.598, abs=5e-4)
    assert result.z == pytest.approx(-2.98, abs=5e-3)
    assert (result.lower, result.upper) == pytest.approx((-196, -40), abs=0.5)
    assert result.p == pytest.approx(0.0029, abs=5e-5)


def test_periods_of_unequal_length_are_compared_per_unit_of_time() -> None:
    # ptools: wdd((100, 50), (80, 20)) with twice as long before
    result = displacement_difference((100, 50), (80, 20), times=(2, 1), min_count=MIN_COUNT)
    assert result.difference == -20
    assert result.standard_error == pytest.approx(115**0.5)


@pytest.mark.parametrize(
    ("control", "treated"),
    [
        pytest.param((308, 318), (3, 0), id="the place"),
        pytest.param((2, 3), (40, 10), id="the control"),
        pytest.param((9, 1), (9, 1), id="after"),
    ],
)
def test_too_few_reports_give_no_verdict(control: tuple[int, int], treated: tuple[int, int]) -> None:
    with pytest.raises(StatisticError, match="too few to say that a measure helped or not"):
        displacement_difference(control, treated, min_count=MIN_COUNT)


def test_a_change_by_chance_is_called_significant_one_time_in_twenty() -> None:
    generator = np.random.default_rng(5)
    counts = generator.poisson(20, (2000, 4)).tolist()
    outside = [displacement_difference((a, b), (c, d), min_count=MIN_COUNT) for a, b, c, d in counts]
    share = np.mean([result.lower > 0 or result.upper < 0 for result in outside])
    assert 0.035 <= share <= 0.065


@examples(max_examples=50)
@given(pairs=st.lists(st.tuples(st.integers(5, 500), st.integers(5, 500)), min_size=4, max_size=4))
def test_before_and_after_exchanged_turns_the_answer_round(pairs: list[tuple[int, int]]) -> None:
    there = displacement_difference(*pairs, min_count=0)
    turned = [(after, before) for before, after in pairs]
    back = displacement_difference(*turned, min_count=0)
    assert back.difference == -there.difference
    assert (back.lower, back.upper) == pytest.approx((-there.upper, -there.lower))
    assert there.lower <= there.difference <= there.upper


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [pytest.param(6, 2, 0.1749, id="six and two"), pytest.param(0, 3, 0.0884, id="none and three")],
)
def test_the_e_test_is_that_of_ptools(first: int, second: int, p: float) -> None:
    assert e_test(first, second) == pytest.approx(p, abs=5e-5)
    assert e_test(second, first) == pytest.approx(p, abs=5e-5)


def test_the_e_test_of_large_counts_is_that_of_the_normal_distribution() -> None:
    z = (5000 - 5250) / (5000 + 5250) ** 0.5
    assert e_test(5000, 5250) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.01)


def test_one_rate_over_unequal_periods_is_no_difference() -> None:
    assert e_test(20, 10, times=(2, 1)) == pytest.approx(1)
    assert e_test(20, 10, times=(1, 2)) < 0.005


def test_impossible_figures_are_refused() -> None:
    with pytest.raises(StatisticError, match="whole counts of 0 or more"):
        displacement_difference((-1, 5), (10, 10), min_count=MIN_COUNT)
    with pytest.raises(StatisticError, match="periods longer than 0"):
        displacement_difference((10, 10), (10, 10), times=(0, 1), min_count=MIN_COUNT)
    with pytest.raises(StatisticError, match="found none"):
        displacement_difference((0, 0), (0, 0), min_count=0)
    with pytest.raises(StatisticError, match="periods longer than 0"):
        e_test(1, 2, times=(1, 0))
