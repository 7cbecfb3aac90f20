"""Golden values are those of PySAL and sfhotspot, on the inputs in shared/data/reference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy import sparse

from hotspots.errors import StatisticError
from hotspots.statistics.getis_ord import band_weights, benjamini_hochberg, gi_star, two_sided_p

SharedData = Callable[[str], Path]

X = (10, 20, 40, 15, 30, 30)
Y = (10, 10, 10, 20, 20, 30)
VALUES = (2, 3, 3.2, 5, 8, 7)


def test_gi_star_of_six_points_is_that_of_pysal() -> None:
    weights = band_weights(X, Y, band_m=15)
    assert gi_star(VALUES, weights)[0] == pytest.approx(-1.39727626, abs=5e-9)


@pytest.mark.parametrize(
    ("grid", "largest", "significant", "significant_adjusted"),
    [
        pytest.param("rect", 15.07529, 417, 285, id="squares of 500 m"),
        pytest.param("hex", 14.97343, 446, 248, id="hexagons of 500 m"),
    ],
)
def test_robberies_in_memphis_score_as_in_sfhotspot(
    shared_data: SharedData, grid: str, largest: float, significant: int, significant_adjusted: int
) -> None:
    cells = pd.read_csv(shared_data(f"reference/expected_sfhotspot_memphis_{grid}_500.csv"))
    z = gi_star(cells["n"], band_weights(cells["x"], cells["y"], band_m=500 * 2**0.5))
    p = two_sided_p(z)
    assert z == pytest.approx(cells["gistar"].to_numpy(), abs=1e-9)
    assert p == pytest.approx(cells["pvalue"].to_numpy(), abs=1e-9)
    assert z.max() == pytest.approx(largest, abs=5e-6)
    assert (p < 0.05).sum() == significant
    assert (benjamini_hochberg(p) < 0.05).sum() == significant_adjusted


def test_periods_are_scored_each_on_their_own() -> None:
    weights = band_weights(X, Y, band_m=15)
    table = np.column_stack([VALUES, VALUES[::-1]])
    both = gi_star(table, weights)
    assert both[:, 0] == pytest.approx(gi_star(VALUES, weights))
    assert both[:, 1] == pytest.approx(gi_star(VALUES[::-1], weights))


def test_equal_counts_have_no_hot_place() -> None:
    with_self = band_weights(X, Y, band_m=15)
    assert gi_star([0.1] * 6, with_self).tolist() == [0] * 6


def test_surroundings_that_are_everything_have_no_score() -> None:
    assert gi_star(VALUES, band_weights(X, Y, band_m=100)).tolist() == [0] * 6


@examples(max_examples=50)
@given(
    values=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    scale=st.integers(1, 9),
    shift=st.integers(0, 9),
)
def test_the_score_does_not_depend_on_unit_or_level(values: list[int], scale: int, shift: int) -> None:
    weights = band_weights(X, Y, band_m=15)
    moved = [scale * value + shift for value in values]
    assert gi_star(moved, weights) == pytest.approx(gi_star(values, weights), abs=1e-9)


def test_five_percent_of_random_places_are_significant() -> None:
    """A mean over many neighbours of counts that are not rare is normal; Gi* is then calibrated."""
    generator = np.random.default_rng(4)
    x, y = (side.ravel() * 100.0 for side in np.indices((20, 20)))
    weights = band_weights(x, y, band_m=150)
    p = two_sided_p(gi_star(generator.poisson(5, (400, 40)), weights))
    assert 0.04 <= (p < 0.05).mean() <= 0.06


def test_benjamini_and_hochberg_promise_fewer_finds_than_no_adjustment() -> None:
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216])
    # the example of Benjamini & Hochberg's method at 5 %: two of five rejected
    assert (benjamini_hochberg(p) <= 0.05).sum() == 2


def test_wrong_weights_and_gaps_are_refused() -> None:
    with_self = band_weights(X, Y, band_m=15)
    without = with_self - sparse.eye_array(6)
    with pytest.raises(StatisticError, match="own surroundings"):
        gi_star(VALUES, without)
    with pytest.raises(StatisticError, match="weights of 5 by 5 places"):
        gi_star(VALUES[:5], with_self)
    with pytest.raises(StatisticError, match="finite values for three places"):
        gi_star([1, 2, np.nan, 4, 5, 6], with_self)
    with pytest.raises(StatisticError, match="finite coordinates"):
        band_weights([0, np.nan], [0, 0], band_m=10)
