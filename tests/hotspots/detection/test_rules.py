"""A place is a hotspot when it is repeated, lasting, shared and current: each rule at its edge."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.detection.rules import (
    PlaceFigures,
    Rule,
    failed_rules,
    failing,
    figures_of,
    figures_per_place,
    max_p_of,
    reporters_are_known,
)
from hotspots.settings import DetectionSettings

RULES = DetectionSettings()
AS_OF = date(2023, 12, 31)
THREE_WEEKS = timedelta(days=21)
PERIODS = {"burst": timedelta(hours=72), "episode": THREE_WEEKS}

JUST_ENOUGH = PlaceFigures(
    report_count=8,
    duplicate_count=0,
    day_count=6,
    week_count=5,
    duration_days=42,
    known_reporter_reports=5,
    reporter_count=3,
    largest_reporter_share=0.6,
    largest_burst=4,
    first_day=date(2023, 9, 1),
    last_day=date(2023, 11, 6),
)


def place_of(days: list[int], reporters: list[float], *, again: list[bool] | None = None) -> pd.DataFrame:
    """Reports of one place, one on each given day of 2023 at 20:00 UTC."""
    day = pd.Timestamp(2023, 1, 2) + pd.to_timedelta(pd.Series(days), unit="D")
    return pd.DataFrame(
        {
            "moment": (day + pd.Timedelta(hours=20)).dt.tz_localize("UTC"),
            "has_hour": True,
            "day": day,
            "week": pd.Series(days) // 7,
            "reporter_id": pd.Series(reporters, dtype="float64"),
            "is_duplicate": [False] * len(days) if again is None else again,
        }
    )


def test_what_is_just_enough_fails_no_rule() -> None:
    assert failed_rules(JUST_ENOUGH, as_of=AS_OF, settings=RULES) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"report_count": 7, "largest_burst": 3}, Rule.REPORTS),
        ({"day_count": 5}, Rule.DAYS),
        ({"week_count": 4}, Rule.WEEKS),
        ({"duration_days": 41}, Rule.DURATION),
        ({"largest_burst": 5}, Rule.BURST),
        ({"reporter_count": 2}, Rule.REPORTERS),
        ({"largest_reporter_share": 0.61}, Rule.REPORTER_SHARE),
        ({"last_day": date(2023, 11, 5)}, Rule.CURRENT),
    ],
    ids=lambda value: str(value) if isinstance(value, Rule) else "",
)
def test_one_less_fails_that_rule_and_no_other(change: dict[str, object], rule: Rule) -> None:
    figures = replace(JUST_ENOUGH, **change)  # type: ignore[arg-type]  # the table above fits the fields
    assert failed_rules(figures, as_of=AS_OF, settings=RULES) == [rule]


@pytest.mark.parametrize(
    ("known", "is_judged"), [(0, False), (1, False), (2, True), (8, True)], ids=lambda value: str(value)
)
def test_reporters_are_judged_when_a_quarter_of_them_is_known(known: int, is_judged: bool) -> None:
    figures = replace(
        JUST_ENOUGH, known_reporter_reports=known, reporter_count=min(known, 1), largest_reporter_share=1.0
    )
    assert reporters_are_known(figures, RULES) is is_judged
    failed = failed_rules(figures, as_of=AS_OF, settings=RULES)
    assert failed == ([Rule.REPORTERS, Rule.REPORTER_SHARE] if is_judged else [])


def test_figures_count_reports_days_weeks_and_reporters() -> None:
    figures = figures_of(place_of([0, 0, 3, 9, 50], [1, 2, 1, np.nan, 1]), **PERIODS)
    assert figures.report_count == 5
    assert figures.day_count == 4
    assert figures.week_count == 3
    assert figures.duration_days == 50
    assert figures.known_reporter_reports == 4
    assert figures.reporter_count == 2
    assert figures.largest_reporter_share == 0.75
    assert (figures.returning_count, figures.lasting_count) == (1, 1)
    assert figures.largest_burst == 2  # the report exactly 72 hours later is outside
    assert (figures.first_day, figures.last_day) == (date(2023, 1, 2), date(2023, 2, 21))


def test_who_comes_back_within_an_episode_returns_but_does_not_last() -> None:
    figures = figures_of(place_of([0, 20, 0, 21, 5], [1, 1, 2, 2, 3]), **PERIODS)
    assert (figures.returning_count, figures.lasting_count) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"returning_count": 3, "lasting_count": 2}, RULES.max_p_lasting),
        ({"returning_count": 3, "lasting_count": 1}, RULES.max_p),
        ({"returning_count": 3, "lasting_count": 2, "reporter_count": 14}, RULES.max_p),
        ({"returning_count": 0}, RULES.max_p_passing),
        ({"returning_count": 1, "reporter_count": 11}, RULES.max_p_passing),
        ({"returning_count": 1, "reporter_count": 10}, RULES.max_p),
        ({"returning_count": 0, "known_reporter_reports": 8}, RULES.max_p),
        ({"returning_count": 0, "report_count": 100}, RULES.max_p),  # most are unknown
    ],
)
def test_the_chance_that_is_allowed_goes_by_who_comes_back(changes: Any, expected: float) -> None:
    figures = replace(JUST_ENOUGH, report_count=12, known_reporter_reports=12, reporter_count=8)
    asked_of_who_passes = RULES.model_copy(update={"passing_share": 0.1})
    assert max_p_of(replace(figures, **changes), asked_of_who_passes) == expected


def test_no_more_is_asked_where_nobody_came_back_unless_a_setting_says_so() -> None:
    figures = replace(JUST_ENOUGH, report_count=12, known_reporter_reports=12, reporter_count=12)
    assert max_p_of(figures, RULES) == RULES.max_p


def test_what_was_said_already_counts_nowhere_but_is_told() -> None:
    figures = figures_of(place_of([0, 0, 9], [1, 1, 2], again=[False, True, False]), **PERIODS)
    assert (figures.report_count, figures.duplicate_count, figures.day_count) == (2, 1, 2)
    assert figures.largest_reporter_share == 0.5


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30), st.integers(1, 100))
def test_the_largest_burst_is_that_of_counting_one_by_one(hours: list[int], period: int) -> None:
    table = place_of([0] * len(hours), [np.nan] * len(hours))
    table["moment"] += pd.to_timedelta(pd.Series(hours), unit="h")
    expected = max(sum(start <= hour < start + period for hour in hours) for start in hours)
    assert figures_of(table, burst=timedelta(hours=period), episode=THREE_WEEKS).largest_burst == expected


def test_the_last_report_of_a_place_and_the_first_of_the_next_are_no_burst() -> None:
    last, first = place_of([9], [1]).assign(place=0), place_of([0], [1]).assign(place=1)
    both = figures_per_place(pd.concat([last, first]), **PERIODS)
    assert both.largest_burst.tolist() == [1, 1]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from([1, 2, 3, np.nan])), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    )
)
def test_many_places_at_once_give_what_each_gives_by_itself(
    places: list[list[tuple[int, float]]],
) -> None:
    tables = [place_of([day for day, _ in one], [person for _, person in one]) for one in places]
    members = pd.concat([table.assign(place=number) for number, table in enumerate(tables)])
    together = figures_per_place(members.sample(frac=1, random_state=1), **PERIODS)
    alone = [figures_of(table, **PERIODS) for table in tables]
    assert [together.of(number) for number in range(len(tables))] == alone
    fails = failing(together, as_of=AS_OF, settings=RULES)
    for number, figures in enumerate(alone):
        failed = [rule for rule, is_one in zip(Rule, fails[:, number], strict=True) if is_one]
        assert failed == failed_rules(figures, as_of=AS_OF, settings=RULES)


@given(
    st.lists(st.tuples(st.integers(0, 180), st.integers(1, 4)), min_size=2, max_size=25),
    st.randoms(use_true_random=False),
)
def test_the_order_of_reports_decides_nothing(reports: list[tuple[int, int]], random: object) -> None:
    order = np.random.default_rng(len(reports)).permutation(len(reports))
    table = place_of([day for day, _ in reports], [float(person) for _, person in reports])
    assert figures_of(table, **PERIODS) == figures_of(table.iloc[order], **PERIODS)
