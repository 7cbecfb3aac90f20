"""Differences between areas: exact limits, many areas looked at, and what stands out."""

from math import isnan

import numpy as np
import pytest

from hotspots.errors import StatisticError
from hotspots.statistics.area_differences import poisson_limits, rate_differences, share_differences


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # the table of Garwood (1936), 95 %
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)],
    ids=["none", "one", "five", "ten"],
)
def test_the_limits_of_a_count_are_those_of_garwood(count: int, low: float, high: float) -> None:
    assert poisson_limits(count) == pytest.approx((low, high), abs=0.001)


def test_of_many_areas_that_do_not_differ_hardly_ever_one_stands_out() -> None:
    draws = np.random.default_rng(1).poisson(20, size=(200, 40))
    codes = [str(number) for number in range(40)]
    exposures = dict.fromkeys(codes, 1000.0)
    any_out = 0
    for row in draws:
        counts = dict(zip(codes, map(int, row), strict=True))
        total = sum(counts.values())
        # as the module does it, without the test of all together, which takes longer
        any_out += any(_stands_out(counts[code], total, len(codes)) for code in codes)
    assert any_out <= 0.05 * 200 + 3
    one = rate_differences(dict(zip(codes, map(int, draws[0]), strict=True)), exposures)
    assert one.p is not None
    assert one.p > 0.05


def _stands_out(count: int, total: int, areas: int) -> bool:
    from hotspots.statistics.monthly_figures import rate_ratio

    return rate_ratio(count, total - count, times=(1, areas - 1), confidence=1 - 0.05 / areas).is_change


def test_an_area_with_three_times_the_rate_stands_out_above_the_others() -> None:
    codes = [str(number) for number in range(20)]
    counts = dict.fromkeys(codes, 20) | {"3": 60, "4": 2}
    found = rate_differences(counts, dict.fromkeys(codes, 1000.0))
    assert [(area.code, area.is_higher) for area in found.that_stand_out] == [("3", True), ("4", False)]
    assert found.p == 0.0001


def test_what_has_no_exposure_is_left_out_and_nothing_at_all_tells_nothing() -> None:
    found = rate_differences({"A": 3, "B": 1}, {"A": 10.0, "B": 0.0})
    assert list(found.areas) == ["A"]
    assert found.areas["A"].ratio is None
    assert isnan(found.areas["A"].others)
    assert rate_differences({"A": 0, "B": 0}, {"A": 1.0, "B": 1.0}).p is None
    assert rate_differences({}, {}).areas == {}


def test_shares_are_compared_exactly_and_wrong_counts_are_refused() -> None:
    found = share_differences({"A": 19, "B": 10, "C": 9, "D": 0}, {"A": 20, "B": 20, "C": 20, "D": 0})
    assert [area.code for area in found.that_stand_out] == ["A"]
    assert (round(found.areas["A"].low, 3), found.areas["A"].high < 1) == (0.751, True)
    with pytest.raises(StatisticError):
        share_differences({"A": 3}, {"A": 2})
    with pytest.raises(StatisticError):
        rate_differences({"A": -1}, {"A": 2.0})
