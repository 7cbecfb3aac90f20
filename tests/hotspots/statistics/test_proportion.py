"""The exact interval of a proportion."""

import pytest
from scipy.stats import binomtest

from hotspots.statistics.proportion import proportion_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # 9 of 16, 0 of 10 and 10 of 10: R, binom.test(x, n)$conf.int
        (9, 16, 0.29878, 0.80247),
        (0, 10, 0.0, 0.30850),
        (10, 10, 0.69150, 1.0),
    ],
)
def test_the_interval_is_that_of_clopper_and_pearson(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert proportion_interval(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_the_limits_are_those_that_scipy_searches_for() -> None:
    limits = binomtest(37, 1000).proportion_ci(0.9, method="exact")
    assert proportion_interval(37, 1000, confidence=0.9) == pytest.approx((limits.low, limits.high))
