"""Golden values are scipy's, or worked out by hand."""

from itertools import combinations, pairwise
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
from hotspots.statistics import trends
from hotspots.statistics.getis_ord import two_sided_p
from hotspots.statistics.trends import MannKendall, emerging_classes, mann_kendall, occupancy, trend_of

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


def test_ties_are_corrected_for_by_the_sizes_of_their_groups() -> None:
    result = mann_kendall([1, 1, 2, 2, 3, 3, 3])
    # of 21 pairs 1 + 1 + 3 are tied, the others rise; variance (7·6·19 − 2·1·9 − 2·1·9 − 3·2·11) / 18
    assert result.s == 16
    assert result.tau == pytest.approx(16 / np.sqrt(21 * 16))
    assert result.z == pytest.approx(15 / np.sqrt((798 - 18 - 18 - 66) / 18))
    without = MannKendall(s=0, tau=0.0, z=0.0, p=1.0)
    assert mann_kendall([3, 3, 3]) == mann_kendall([4]) == mann_kendall([]) == without


def test_a_series_turned_round_trends_the_other_way() -> None:
    series = [1, 2, 2, 4, 5, 3, 8]
    there, back = mann_kendall(series), mann_kendall(series[::-1])
    assert (back.s, back.tau, back.z) == pytest.approx((-there.s, -there.tau, -there.z))
    assert back.p == pytest.approx(there.p)


def test_a_series_with_gaps_has_no_trend_test() -> None:
    with pytest.raises(StatisticError, match="leave out gaps"):
        mann_kendall([1.0, np.nan, 3.0])
    with pytest.raises(StatisticError, match="leave out gaps"):
        mann_kendall([[1.0, 2.0]])


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
        pytest.param([0, 30], Trend.TOENEMEND, id="two weeks can have one"),
        pytest.param([30, 0], Trend.AFNEMEND, id="two weeks, the other way"),
    ],
)
def test_the_trend_of_a_hotspot(counts: list[int], expected: Trend) -> None:
    assert trend_of(counts, RULES) is expected


def spiked(reports: int) -> list[int]:
    """A report in three early weeks and so many in one of the last: tau is hardly above 0."""
    counts = [0] * WEEKS
    counts[3] = counts[9] = counts[15] = 1
    counts[22] = reports
    return counts


EVEN = [0] * 6 + [5, 5] + [1] * 6 + [2, 2]
UNEVEN = [1] * 8 + [0] * 7 + [30]
HALF = [2, 0, 1, 0, 2, 0, 2, 0, 1, 0, 2, 0, 0]
GAP = [3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 0, 0, 0, 2, 3, 2, 3, 3, 2, 3, 2, 3, 3, 2, 3]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param(spiked(6), Trend.TOENEMEND, id="only the rate is significant: 3 %"),
        pytest.param(spiked(5), Trend.WISSELEND, id="nor is the rate: 6 %"),
        pytest.param([0] * 9 + [1] * 17, Trend.TOENEMEND, id="only tau is: the rate is at 12 %"),
        pytest.param([0] * 7 + [1, 0] * 9 + [1], Trend.TOENEMEND, id="tau at 3 %, one-sided"),
        pytest.param([0] * 5 + [1, 0] * 10 + [1], Trend.AANHOUDEND, id="tau at 8 %, one-sided"),
        pytest.param(
            [0, 0, 0, 8, 0, 0, 1, 0, 0, 0, 0, 1] + [0] * 14, Trend.AFNEMEND, id="only the rate fell"
        ),
        pytest.param([1] * 23 + [0] * 3, Trend.AFNEMEND, id="only tau fell"),
        pytest.param(EVEN, Trend.AANHOUDEND, id="tau rises, the last weeks have their share"),
        pytest.param(EVEN[::-1], Trend.AANHOUDEND, id="tau falls, the last weeks have their share"),
        pytest.param(UNEVEN, Trend.WISSELEND, id="the last weeks have more, tau falls"),
        pytest.param(UNEVEN[::-1], Trend.WISSELEND, id="the last weeks have less, tau rises"),
        pytest.param([0] * 8 + [2] * 10 + [0] * 8, Trend.WISSELEND, id="the last weeks have less, tau is 0"),
        pytest.param([4, 1, *HALF[2:], *HALF[:1:-1], 1, 4], Trend.AANHOUDEND, id="both ends alike"),
        pytest.param(HALF + HALF[::-1], Trend.AANHOUDEND, id="few different weeks, at 13 %"),
        pytest.param([3, *HALF[1:], *HALF[:0:-1], 3], Trend.AANHOUDEND, id="few different weeks, at 5 %"),
        pytest.param([2, 0] * 6 + [0, 0] + [0, 2] * 6, Trend.WISSELEND, id="few different weeks, at 1.5 %"),
        pytest.param(GAP, Trend.WISSELEND, id="three quiet weeks where there is hardly one"),
        pytest.param([0, 0, 0, 0, 1, 0, 0, 9, 0, 0], Trend.TOENEMEND, id="half of ten weeks is recent"),
        pytest.param([*GAP[:13], 2, *GAP[14:]], Trend.AANHOUDEND, id="two quiet weeks are no gap"),
    ],
)
def test_the_trend_of_a_hotspot_at_the_edges_of_the_tests(counts: list[int], expected: Trend) -> None:
    assert trend_of(counts, RULES) is expected


def test_with_busy_ends_and_no_direction_nothing_rises() -> None:
    ends = [5, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert trend_of(ends + ends[::-1], DetectionSettings(trend_recent_weeks=2)) is Trend.WISSELEND


def test_a_single_report_leaves_no_gap_however_short_a_gap_may_be() -> None:
    counts = [0] * 4 + [1] + [0] * 5
    assert trend_of(counts, DetectionSettings(min_trend_gap_weeks=1)) is Trend.AANHOUDEND


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_the_share_of_placings_with_a_gap_is_that_of_writing_them_all_out(gap: int) -> None:
    weeks = 7
    shares = [0.0]
    for occupied in range(1, weeks + 1):
        placings = list(combinations(range(weeks), occupied))
        with_gap = sum(any(later - one > gap for one, later in pairwise(placing)) for placing in placings)
        shares.append(with_gap / len(placings))
    assert trends._share_with_gap(weeks, gap) == pytest.approx(shares)


@examples(max_examples=60)
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
    with pytest.raises(StatisticError, match="one count of 0 or more per week"):
        trend_of([1, np.nan, 2], RULES)
    with pytest.raises(StatisticError, match="one count of 0 or more per week"):
        trend_of([[1, 2], [3, 4]], RULES)


def emerging(z: list[int], counts: list[int] | None = None) -> str:
    """The class of a cell with these scores, each significant beyond 2, and one report in every period."""
    p = [[0.001 if abs(score) > 2 else 0.5 for score in z]]
    return str(emerging_classes([z], p, [counts or [1] * len(z)], RULES)[0])


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        pytest.param([0, 0, 0, 0, 3], "new", id="hot for the first time, now"),
        pytest.param([0, 3], "new", id="two periods are enough"),
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


def test_a_score_of_zero_is_neither_hot_nor_cold_however_sure() -> None:
    sure, own = [[0.001] * 5], [[1] * 5]
    assert emerging_classes([[0, 0, 0, 0, 0]], sure, own, RULES).tolist() == ["none"]
    assert emerging_classes([[0, 3, 0, 0, 3]], sure, own, RULES).tolist() == ["sporadic"]


def test_what_is_just_not_significant_is_not_hot() -> None:
    z, own = [[0.0, 0.0, 2.0]], [[1, 1, 1]]
    assert emerging_classes(z, [[1, 1, 0.05]], own, RULES).tolist() == ["none"]
    assert emerging_classes(z, [[1, 1, 0.0499]], own, RULES).tolist() == ["new"]


def test_scores_rise_when_their_p_is_below_what_is_allowed() -> None:
    z, own = [[3.0, 4.0, 5.0, 4.5, 6.0]], [[1] * 5]
    p = mann_kendall(z[0]).p
    for allowed, expected in ((p, "persistent"), (p + 1e-6, "intensifying")):
        rules = DetectionSettings(max_cell_trend_p=allowed)
        assert emerging_classes(z, [[0.001] * 5], own, rules).tolist() == [expected]


def test_nearly_all_along_is_nine_in_ten() -> None:
    assert emerging([0] + [3] * 9) == "persistent"
    assert emerging([0, 0] + [3] * 8) == "consecutive"
    assert emerging([3] * 8 + [0, 3]) == "persistent"


def test_a_cell_without_reports_is_never_hot() -> None:
    assert emerging([0, 0, 0, 0, 9], counts=[0, 0, 0, 0, 0]) == "none"
    assert emerging([5, 6, 7, 8, 9], counts=[0, 0, 0, 0, 0]) == "none"


@examples(max_examples=50)
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
