"""The chart of hours: only of reports whose hour is known, and only where most are."""

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from api.pages.charts import HoursChart, hours_chart

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def chart_of(known: int, unknown: int) -> HoursChart:
    """Of reports on Fridays at 23:30, and of reports of which only that day is known."""
    with_hour = [pd.Timestamp("2023-06-02 21:30", tz="UTC")] * known
    without = [pd.Timestamp("2023-06-01 22:00", tz="UTC")] * unknown
    has_hour = pd.Series([True] * known + [False] * unknown, dtype=bool)
    moments = pd.to_datetime(pd.Series([*with_hour, *without], dtype=object), utc=True)
    times = pd.DataFrame({"moment": moments, "has_hour": has_hour})
    return hours_chart(times, AMSTERDAM, min_hour_share=0.5)


@pytest.mark.parametrize(
    ("known", "unknown", "is_drawn"),
    [
        (1, 0, True),
        (14, 0, True),
        (13, 1, True),
        (10, 4, True),
        (7, 7, True),
        (6, 7, False),
        (4, 10, False),
        (1, 13, False),
        (0, 1, False),
        (0, 14, False),
        (0, 0, False),
    ],
)
def test_hours_are_drawn_where_most_are_known_and_only_those(
    known: int, unknown: int, is_drawn: bool
) -> None:
    chart = chart_of(known, unknown)
    assert (chart.report_count, chart.hourless_count) == (known + unknown, unknown)
    assert bool(chart.rows) is is_drawn
    if is_drawn:
        counts = {row.name: list(row.counts) for row in chart.rows}
        assert counts["vr"][23] == known
        assert sum(map(sum, counts.values())) == known


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((20,), [0, 0, 0, 2]), ((18, 2), [0, 1, 0, 2]), ((19, 1), [0, 0, 0, 2]), ((15, 5), [0, 2, 0, 2])],
    ids=["one part of the day", "a tenth in another", "less than a tenth", "a quarter"],
)
def test_who_may_not_see_reports_reads_in_words_when_it_is(
    counts: tuple[int, ...], expected: list[int]
) -> None:
    hours = ("2023-06-02 21:30", "2023-06-02 08:30")
    moments = [pd.Timestamp(hour, tz="UTC") for hour, n in zip(hours, counts, strict=False) for _ in range(n)]
    times = pd.DataFrame({"moment": pd.Series(moments), "has_hour": True})
    chart = hours_chart(times, AMSTERDAM, min_hour_share=0.5, is_coarse=True)
    assert [(row.name, list(row.counts)) for row in chart.rows] == [
        ("doordeweeks", expected),
        ("weekend", [0, 0, 0, 0]),
    ]
    assert [chart.words(value) for value in (0, 1, 2)] == ["weinig", "soms", "vaak"]
    assert len(chart.columns) == 4
