"""Which runs there were; the story is that of conftest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.tracking.runs import (
    Run,
    count_runs,
    is_simulated,
    latest_run,
    latest_run_id,
    mark_as_simulated,
    read_as_of_dates,
    read_runs,
)

FIRST, SECOND, THIRD = date(2024, 3, 3), date(2024, 3, 10), date(2024, 3, 17)


def test_runs_are_counted_and_their_days_given_latest_first(told: Connection, empty: Connection) -> None:
    assert count_runs(told) == 3
    assert read_as_of_dates(told) == [THIRD, SECOND, FIRST]
    assert count_runs(empty) == 0
    assert read_as_of_dates(empty) == []


@pytest.mark.parametrize(
    ("day", "as_of", "run_id"),
    [
        (None, THIRD, 1),
        (date(2024, 3, 18), THIRD, 1),
        (THIRD, THIRD, 1),
        (date(2024, 3, 16), SECOND, 3),
        (SECOND, SECOND, 3),
        (FIRST, FIRST, 2),
        (date(2024, 3, 2), None, None),
    ],
)
def test_the_last_run_is_that_of_the_day_or_before_it(
    told: Connection, day: date | None, as_of: date | None, run_id: int | None
) -> None:
    assert latest_run(told, day) == as_of
    assert latest_run_id(told, day) == run_id


def test_without_a_run_there_is_no_last_one(empty: Connection) -> None:
    assert latest_run(empty) is None
    assert latest_run_id(empty, None) is None


def test_who_may_know_of_everything_reads_runs_as_they_were_stored(
    told: Connection, story_settings: Settings, finished: Callable[[date], datetime]
) -> None:
    found = read_runs(told, story_settings, visibility=EVERYTHING)
    assert [run.as_of for run in found] == [THIRD, SECOND, FIRST]
    assert found[0] == Run(
        as_of=THIRD,
        window_start=datetime(2023, 9, 3, 22, tzinfo=UTC),
        window_end=datetime(2024, 3, 17, 23, tzinfo=UTC),
        finished_at=finished(THIRD),
        version="0",
        report_count=117,
        located_count=67,
        signalled_count=17,
    )
    assert read_runs(told, story_settings, visibility=EVERYTHING, as_of=SECOND) == [found[1]]
    assert read_runs(told, story_settings, visibility=EVERYTHING, as_of=date(2024, 3, 9)) == []
    assert read_runs(told, story_settings, visibility=EVERYTHING, offset=1, limit=1) == [found[1]]


@pytest.mark.parametrize(
    ("visibility", "signalled"),
    [
        (NO_PERSONS, [2, 2, 1]),
        (Visibility(None, frozenset({"Team Oost"})), [3, 2, 1]),
        # the dwelling lay in Centrum then and lies in Oost now: it counts in neither
        (Visibility(None, frozenset({"Centrum"})), [3, 2, 1]),
        (Visibility(frozenset({"Centrum"}), frozenset()), [1, 2, 1]),
        (Visibility(frozenset({"Team Oost"}), None), [3, 1, 0]),
    ],
    ids=[
        "no persons",
        "dwellings of Oost",
        "dwellings of Centrum",
        "places of Centrum",
        "Oost, all dwellings",
    ],
)
def test_others_read_how_many_hotspots_they_may_know_of_and_of_no_reports(
    told: Connection,
    story_settings: Settings,
    visibility: Visibility,
    signalled: list[int],
) -> None:
    stored = read_runs(told, story_settings, visibility=EVERYTHING)
    found = read_runs(told, story_settings, visibility=visibility)
    assert [run.signalled_count for run in found] == signalled
    assert found == [
        replace(run, signalled_count=count, report_count=None, located_count=None)
        for run, count in zip(stored, signalled, strict=True)
    ]


def test_made_up_reports_are_marked_once(empty: Connection) -> None:
    assert not is_simulated(empty)
    mark_as_simulated(empty)
    mark_as_simulated(empty)
    assert is_simulated(empty)
