"""An import counts the rows that are past their period, by the later of their two times, as removal does."""

from datetime import UTC, datetime, timedelta

from hotspots.intake.past_periods import PeriodCounter
from hotspots.settings import RetentionSettings

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
KEEP = RetentionSettings(text_days=365, location_days=400, report_days=1000)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_row_counts_for_each_kind_whose_period_is_over_or_will_be_within_a_month() -> None:
    counter = PeriodCounter(KEEP, NOW)
    counter.add([days_ago(days) for days in (1001, 980, 366, 340, 3)], [None] * 5, ["x", "", "x", "x", "x"])
    assert counter.found == {
        "texts": {"past": 2, "withinMonth": 1},
        "locations": {"past": 2, "withinMonth": 0},
        "reports": {"past": 1, "withinMonth": 1},
    }


def test_the_later_time_decides_and_a_text_that_is_not_there_is_not_counted() -> None:
    counter = PeriodCounter(KEEP, NOW)
    counter.add([days_ago(1100), days_ago(10)], [days_ago(5), days_ago(1100)], ["x", ""])
    assert counter.found == {}
