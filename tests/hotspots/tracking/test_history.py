"""What a hotspot was over its life; the story is that of conftest."""

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import Connection

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.tracking.history import read_evidence, read_lineage, read_report_times, read_weekly_counts

FIRST, SECOND, THIRD = date(2024, 3, 3), date(2024, 3, 10), date(2024, 3, 17)


@pytest.mark.parametrize("name", ["a", "HS-2024-001"])
@pytest.mark.parametrize(
    ("as_of", "counts"),
    [
        # from 1 January: two that are removed, and a report on either side of a Sunday's midnight
        (FIRST, [2, 0, 0, 1, 1]),
        (date(2024, 3, 9), [2, 0, 0, 1, 1]),
        (SECOND, [2, 0, 3, 1, 1, 0, 1]),
        (THIRD, [3, 0, 3, 1, 1, 0, 1]),
        (None, [3, 0, 3, 1, 1, 0, 1]),
    ],
)
def test_weeks_count_what_a_run_until_a_day_knew_also_what_is_removed(
    told: Connection, story_settings: Settings, name: str, as_of: date | None, counts: list[int]
) -> None:
    found = read_weekly_counts(told, story_settings, name, as_of=as_of)
    assert found.tolist() == counts
    assert found.index.tolist() == list(pd.date_range("2024-01-01", periods=len(counts), freq="7D"))


@pytest.mark.parametrize(
    ("hotspot_id", "counts"),
    [
        ("b", {"2024-02-19": 1}),
        ("e", {"2024-01-08": 4}),
        ("f", {}),
        ("unknown", {}),
    ],
    ids=["no report was removed", "all are removed", "it never had any", "there is none"],
)
def test_weeks_are_those_of_one_hotspot(
    told: Connection, story_settings: Settings, hotspot_id: str, counts: dict[str, int]
) -> None:
    found = read_weekly_counts(told, story_settings, hotspot_id)
    assert {str(day.date()): count for day, count in found.items()} == counts  # type: ignore[attr-defined]
    assert found.dtype == "int64"


def test_before_the_first_run_and_without_a_run_there_are_no_weeks(
    told: Connection, empty: Connection, story_settings: Settings
) -> None:
    assert read_weekly_counts(told, story_settings, "a", as_of=date(2024, 3, 2)).empty
    assert read_weekly_counts(empty, story_settings, "a").empty


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        (date(2024, 3, 2), []),
        (FIRST, [28, 28]),
        (SECOND, [28, 28, 14]),
        (None, [28, 28, 14]),
    ],
)
def test_a_report_that_more_runs_found_is_one_report(
    told: Connection, as_of: date | None, days: list[int]
) -> None:
    times = read_report_times(told, "a", as_of=as_of)["moment"]
    assert sorted(times.dt.day, reverse=True) == days
    assert str(times.dt.tz) == "UTC"


A, B, D, E, F = "HS-2024-001", "HS-2024-002", "HS-2024-003", "HS-2024-005", "HS-2023-007"
SPLITS = [("split", A, B, SECOND), ("split", A, D, SECOND)]


@pytest.mark.parametrize(
    ("hotspot_id", "visibility", "expected"),
    [
        ("a", EVERYTHING, [*SPLITS, ("merge", F, A, THIRD)]),
        ("b", EVERYTHING, SPLITS[:1]),
        ("d", EVERYTHING, [SPLITS[1], ("split", D, E, THIRD)]),
        ("f", EVERYTHING, [("merge", F, A, THIRD)]),
        ("c", EVERYTHING, []),
        # d and e point at persons
        ("a", NO_PERSONS, [SPLITS[0], ("merge", F, A, THIRD)]),
        ("d", NO_PERSONS, []),
        ("e", Visibility(None, frozenset({"Team Oost"})), []),
        ("d", Visibility(None, frozenset({"Team Oost"})), SPLITS[1:]),
    ],
)
def test_splits_and_merges_name_only_hotspots_that_one_may_know_of_in_order(
    told: Connection,
    story_settings: Settings,
    hotspot_id: str,
    visibility: Visibility,
    expected: list[tuple[str, str, str, date]],
) -> None:
    assert read_lineage(told, story_settings, hotspot_id, visibility=visibility) == expected


@pytest.mark.parametrize(
    ("hotspot_id", "as_of", "expected"),
    [
        ("a", date(2024, 3, 2), {}),
        ("a", FIRST, {"detection": 1}),
        ("a", date(2024, 3, 9), {"detection": 1}),
        ("a", SECOND, {"detection": 2}),
        ("a", None, {"detection": 2}),
        ("c", None, {"detection": 4}),
        ("f", None, {}),
    ],
)
def test_the_evidence_is_that_of_the_last_run_until_a_day(
    told: Connection, hotspot_id: str, as_of: date | None, expected: dict[str, int]
) -> None:
    assert read_evidence(told, hotspot_id, as_of=as_of) == expected
