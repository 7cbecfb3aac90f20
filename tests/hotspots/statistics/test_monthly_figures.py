"""Golden values follow from the binomial distribution; see the comments."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hotspots.errors import StatisticError
from hotspots.statistics.monthly_figures import ALL, chance_band, monthly_figures, rate_ratio

TIMEZONE = "Europe/Amsterdam"


def reports(*rows: tuple[str, str]) -> pd.DataFrame:
    """One report per (moment in UTC, category)."""
    return pd.DataFrame(
        {
            "moment": pd.to_datetime([moment for moment, _ in rows], utc=True),
            "category": pd.Series([category for _, category in rows], dtype="str"),
        }
    )


def figures(
    frame: pd.DataFrame, as_of: date, known_since: date | None = None
) -> dict[tuple[str, int], dict[str, object]]:
    table = monthly_figures(frame, as_of=as_of, timezone=TIMEZONE, known_since=known_since)
    rows = table.to_dict("records")
    return {(str(row["category"]), int(row["month"])): {str(key): row[key] for key in row} for row in rows}


@given(count=st.integers(0, 60), other=st.integers(0, 60))
def test_the_limits_are_those_of_the_exact_test_of_the_share(count: int, other: int) -> None:
    result = rate_ratio(count, other)
    if count + other == 0:
        assert np.isnan(result.ratio)
        assert not result.is_change
        return
    limits = stats.binomtest(count, count + other).proportion_ci(0.95, method="exact")
    assert result.lower / (1 + result.lower) == pytest.approx(limits.low, abs=1e-9)
    upper = 1.0 if result.upper == np.inf else result.upper / (1 + result.upper)
    assert upper == pytest.approx(limits.high, abs=1e-9)
    assert result.lower <= result.ratio <= result.upper


def test_a_wrong_alarm_is_at_most_as_frequent_as_promised() -> None:
    generator = np.random.default_rng(11)
    counts = generator.poisson(6, (1500, 2)).tolist()
    assert np.mean([rate_ratio(now, then).is_change for now, then in counts]) <= 0.05


def test_exchanging_the_periods_inverts_the_ratio() -> None:
    there, back = rate_ratio(12, 5, times=(31, 28)), rate_ratio(5, 12, times=(28, 31))
    assert back.ratio == pytest.approx(1 / there.ratio)
    assert (back.lower, back.upper) == pytest.approx((1 / there.upper, 1 / there.lower))


def test_a_rate_over_a_longer_period_is_lower() -> None:
    assert rate_ratio(10, 10, times=(2, 1)).ratio == pytest.approx(0.5)


def test_impossible_figures_are_refused() -> None:
    with pytest.raises(StatisticError, match="counts of 0 or more"):
        rate_ratio(-1, 2)
    with pytest.raises(StatisticError, match="a confidence between 0 and 1"):
        rate_ratio(1, 2, confidence=95)


def test_each_category_and_all_together_are_compared_per_month_and_for_the_year() -> None:
    found = figures(
        reports(
            ("2022-01-10 12:00", "drugs"),
            ("2022-02-10 12:00", "personen"),
            ("2022-02-11 12:00", "personen"),
            ("2022-03-01 12:00", "personen"),  # after the same day of last year
            ("2023-01-10 12:00", "drugs"),
            ("2023-01-11 12:00", "drugs"),
            ("2023-02-11 12:00", "personen"),
            ("2023-02-11 12:00", "other"),  # not screened
        ),
        date(2023, 2, 28),
    )
    assert (found["drugs", 1]["count"], found["drugs", 1]["count_last_year"]) == (2, 1)
    assert found["drugs", 1]["change_percent"] == 100
    assert (found["personen", 2]["count"], found["personen", 2]["count_last_year"]) == (1, 2)
    assert found["personen", 2]["change_percent"] == -50
    assert (found[ALL, 0]["count"], found[ALL, 0]["count_last_year"]) == (3, 3)
    assert found[ALL, 0]["ratio"] == pytest.approx(1)
    assert {month for _, month in found} == {0, 1, 2}


def test_a_month_under_way_is_compared_with_the_same_days() -> None:
    found = figures(
        reports(("2022-06-10 12:00", "drugs"), ("2022-06-20 12:00", "drugs"), ("2023-06-03 12:00", "drugs")),
        date(2023, 6, 15),
    )
    assert (found["drugs", 6]["count"], found["drugs", 6]["count_last_year"]) == (1, 1)
    assert (found["drugs", 6]["first"], found["drugs", 6]["last"]) == (date(2023, 6, 1), date(2023, 6, 15))


def test_months_are_those_of_the_local_clock() -> None:
    found = figures(
        reports(("2023-01-31 22:59", "drugs"), ("2023-01-31 23:01", "drugs")),
        date(2023, 2, 28),
    )
    assert found["drugs", 1]["count"] == 1
    assert found["drugs", 2]["count"] == 1


def test_a_leap_day_is_no_rise() -> None:
    one_a_day = pd.date_range("2023-01-01 12:00", "2024-02-29 12:00", freq="D", tz="UTC")
    found = figures(pd.DataFrame({"moment": one_a_day, "category": "drugs"}), date(2024, 2, 29))
    assert (found["drugs", 2]["count"], found["drugs", 2]["count_last_year"]) == (29, 28)
    assert found["drugs", 2]["ratio"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("known_since", "last_year"),
    [
        pytest.param(date(2022, 2, 2), None, id="from the day after"),
        pytest.param(date(2022, 2, 1), 1, id="from the first day"),
    ],
)
def test_what_began_before_the_reports_begin_has_no_figure_of_last_year(
    known_since: date, last_year: int | None
) -> None:
    frame = reports(("2022-02-10 12:00", "drugs"), ("2023-02-10 12:00", "drugs"))
    found = figures(frame, date(2023, 2, 28), known_since=known_since)
    assert found["drugs", 2]["count"] == 1
    assert found["drugs", 2]["count_last_year"] == pytest.approx(
        float("nan") if last_year is None else last_year, nan_ok=True
    )
    # january, and so the year, began before
    assert found["drugs", 0]["count_last_year"] == pytest.approx(float("nan"), nan_ok=True)
    assert not found["drugs", 0]["is_change"]


def test_figures_without_reports_are_zero() -> None:
    found = figures(reports(), date(2023, 1, 31))
    assert found[ALL, 1]["count"] == 0
    assert found[ALL, 1]["count_last_year"] == 0
    assert not found[ALL, 1]["is_change"]


@given(other=st.integers(0, 80), days=st.sampled_from([(31, 31), (29, 28), (10, 31)]))
def test_the_band_of_chance_ends_where_a_change_begins(other: int, days: tuple[int, int]) -> None:
    low, high = (int(edge[0]) for edge in chance_band([other], times=days))
    assert not rate_ratio(low, other, times=days).is_change
    assert not rate_ratio(high, other, times=days).is_change
    assert rate_ratio(high + 1, other, times=days).is_change
    assert low == 0 or rate_ratio(low - 1, other, times=days).is_change


def test_of_what_is_unknown_chance_explains_nothing() -> None:
    assert np.isnan(chance_band([np.nan])).all()
