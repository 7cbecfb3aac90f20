"""Golden values are scipy's, or worked out by hand."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy import stats

from hotspots.errors import StatisticError
from hotspots.model import Trend
from hotspots.settings import DetectionSettings
from hotspots.statistics.getis_ord import two_sided_p
from hotspots.statistics.trends import emerging_classes, mann_kendall, occupancy, trend_of

RULES = DetectionSettings()
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_mann_kendall_is_that_of_scipy_where_nothing_is_tied() -> None:
    series = [3.1, 2.4, 5.9, 6.0, 4.4, 7.7, 9.2, 8.8]
    result = mann_kendall(series)
    assert result.s == 20
    assert result.tau == pytest.approx(stats.kendalltau(range(8), series).statistic)
    # S = 20, variance 8 × 7 × 21 / 18 = 65.33: z = 19 / 8.0829
    assert result.z == pytest.approx(2.35064, abs=5e-6)
    assert result.p == pytest.approx(0.0187, abs=5e-5)


def test_a_series_turned_round_trends_the_other_way() -> None:
    series = [1, 2, 2, 4, 5, 3, 8]
    there, back = mann_kendall(series), mann_kendall(series[::-1])
    assert (back.s, back.tau, back.z) == pytest.approx((-there.s, -there.tau, -there.z))
    assert back.p == pytest.approx(there.p)


def test_a_series_with_gaps_has_no_trend_test() -> None:
    with pytest.raises(StatisticError, match="leave out gaps"):
        mann_kendall([1.0, np.nan, 3.0])


WEEKS = 26


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param([0] * 16 + [1, 1, 1, 2, 2, 3, 2, 3, 4, 4], Trend.TOENEMEND, id="it grew of late"),
        pytest.param([4, 4, 3, 2, 3, 2, 2, 1, 1, 1] + [0] * 16, Trend.AFNEMEND, id="it faded"),
        pytest.param([1] * WEEKS, Trend.AANHOUDEND, id="one a week"),
        pytest.param([0] * WEEKS, Trend.AANHOUDEND, id="no report at all"),
        pytest.param([0, 0, 1, 0] * 6 + [0, 0], Trend.AANHOUDEND, id="too few to tell"),
        pytest.param(
            [5, 0, 0, 0, 0, 5, 0, 0, 0, 0] * 2 + [5, 0, 0, 0, 0, 5], Trend.WISSELEND, id="on and off"
        ),
        pytest.param([3], Trend.AANHOUDEND, id="one week has no trend"),
        pytest.param([], Trend.AANHOUDEND, id="no week has no trend"),
    ],
)
def test_the_trend_of_a_hotspot(counts: list[int], expected: Trend) -> None:
    assert trend_of(counts, RULES) is expected


@examples(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=16, max_size=40))
def test_what_rises_falls_when_read_backwards(counts: list[int]) -> None:
    halves = DetectionSettings(trend_recent_weeks=len(counts) // 2)
    rises = trend_of(counts, halves) is Trend.TOENEMEND
    falls = trend_of(counts[::-1], halves) is Trend.AFNEMEND
    if len(counts) % 2 == 0:
        assert rises == falls


def test_where_nothing_changes_few_series_are_called_rising_or_falling() -> None:
    generator = np.random.default_rng(6)
    series = generator.poisson(0.7, (600, WEEKS))
    found = [trend_of(row, RULES) for row in series]
    assert 0.02 <= np.mean([trend is Trend.TOENEMEND for trend in found]) <= 0.10
    assert 0.02 <= np.mean([trend is Trend.AFNEMEND for trend in found]) <= 0.10
    assert np.mean([trend is Trend.WISSELEND for trend in found]) <= 0.05


def test_negative_counts_have_no_trend() -> None:
    with pytest.raises(StatisticError, match="one count of 0 or more per week"):
        trend_of([1, -1, 2], RULES)


def emerging(z: list[int], counts: list[int] | None = None) -> str:
    """The class of a cell with these scores, each significant beyond 2, and one report in every period."""
    p = [[0.001 if abs(score) > 2 else 0.5 for score in z]]
    return str(emerging_classes([z], p, [counts or [1] * len(z)], RULES)[0])


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        pytest.param([0, 0, 0, 0, 3], "new", id="hot for the first time, now"),
        pytest.param([0, 0, 3, 3, 3], "consecutive", id="hot in one run up to now"),
        pytest.param([3, 4, 5, 6, 7], "intensifying", id="hot all along, ever hotter"),
        pytest.param([7, 6, 5, 4, 3], "diminishing", id="hot all along, ever less"),
        pytest.param([4, 3, 5, 3, 4], "persistent", id="hot all along, without direction"),
        pytest.param([3, 3, 3, 3, 3, 3, 3, 3, 3, 0], "historical", id="hot nearly always, not now"),
        pytest.param([0, 3, 0, 0, 3], "sporadic", id="on and off, on now"),
        pytest.param([-3, 3, 0, 0, 3], "oscillating", id="on and off and once cold, on now"),
        pytest.param([0, 3, 3, 0, 0], "none", id="hot once, not now"),
        pytest.param([0, 0, 0, 0, 0], "none", id="never hot"),
        pytest.param([-3, -3, -3, -3, -3], "none", id="cold all along"),
    ],
)
def test_the_emerging_class_of_a_cell(z: list[int], expected: str) -> None:
    assert emerging(z) == expected


def test_a_cell_without_reports_is_never_hot() -> None:
    assert emerging([0, 0, 0, 0, 9], counts=[0, 0, 0, 0, 0]) == "none"
    assert emerging([5, 6, 7, 8, 9], counts=[0, 0, 0, 0, 0]) == "none"


@examples(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(-5, 5), min_size=6, max_size=6), min_size=1, max_size=8),
)
def test_a_cell_without_reports_in_the_last_period_is_not_new(z: list[list[int]]) -> None:
    scores = np.array(z, dtype=np.float64)
    own = np.ones_like(scores)
    own[:, -1] = 0
    classes = emerging_classes(scores, two_sided_p(scores), own, RULES)
    assert set(classes) <= {"historical", "none"}


def test_overlapping_periods_do_not_make_a_step_a_fall() -> None:
    scores = np.array([[5.0] * 15 + [4.9] * 9])
    p, own = two_sided_p(scores), np.ones_like(scores)
    assert emerging_classes(scores, p, own, RULES).tolist() == ["diminishing"]
    assert emerging_classes(scores, p, own, RULES, overlap=4).tolist() == ["persistent"]


def test_tables_of_different_shapes_are_refused() -> None:
    with pytest.raises(StatisticError, match="the same two periods"):
        emerging_classes([[1, 2]], [[1, 2]], [[1]], RULES)


def test_the_chances_of_occupancy_add_up_and_match_throwing() -> None:
    chances = occupancy(5, 4)
    assert chances.sum() == pytest.approx(1)
    generator = np.random.default_rng(9)
    thrown = [len(np.unique(generator.integers(0, 4, 5))) for _ in range(4000)]
    seen = np.bincount(thrown, minlength=5) / 4000
    assert chances == pytest.approx(seen, abs=0.03)
