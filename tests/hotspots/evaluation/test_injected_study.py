"""Hotspots planted among events: the cases, and how periods become one table."""

from datetime import date

import pandas as pd

from hotspots.evaluation.injected_study import Listed, PeriodResult, injected_cases, summarise_injected
from hotspots.settings import Settings


def period_with(found: tuple[int, ...]) -> PeriodResult:
    """Of a dwelling and a park, with one more method that lists nine places and finds both."""
    table = pd.DataFrame(
        {
            "place": [0, 1],
            "scale": ["dwelling", "120 to 300 m"],
            "form": ["one address", "round"],
            "rhythm": ["steady", "growing"],
            "radius_m": [25.0, 200.0],
            "is_counted": True,
            "is_found": [0 in found, 1 in found],
            "extra": 0,
            "delay_days": 3.0,
            "error_m": 5.0,
        }
    )
    methods = {"other": (Listed(9, (0, 1), 2, 5), Listed(1, (1,), 0, 0))}
    return PeriodResult(date(2023, 1, 1), 100, table, Listed(1, found, 0, 0), pd.DataFrame(), methods)


def test_periods_become_one_table_and_methods_are_cut_to_the_length_of_ours() -> None:
    summary = summarise_injected([period_with((0,)), period_with((0,))])
    assert summary["scales"]["all"]["recall"] == 0.5
    assert summary["list"]["recallPerScale"] == {"dwelling": 1.0, "120 to 300 m": 0.0}
    assert summary["methods"]["other"]["recall"] == 1
    assert summary["methodsSameLength"]["other"]["recallPerScale"] == {"dwelling": 0.0, "120 to 300 m": 1.0}
    assert summary["methods"]["other"]["elsewhere"] == 10


def test_an_event_in_several_rows_counts_once_and_each_round_plants_anew() -> None:
    days = pd.date_range("2022-01-01", periods=366)
    events = pd.DataFrame({"x": 0.0, "y": 0.0, "day": days, "id": [str(n // 2) for n in range(366)]})
    todo = injected_cases(events, Settings(), periods=2, rounds=3, per_scale=1, seed=5, methods={})
    assert [(case.number, case.seed) for case in todo] == [(0, 5), (1, 5), (2, 5)]
    assert all(len(case.events) == 183 for case in todo)
    assert {case.first for case in todo} == {date(2022, 1, 3)}
