"""When jobs are planned, also over clock changes, and which weekly run should be there by now."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotspots.operations.timetable import TIMETABLE, expected_as_of
from hotspots.settings import JobsSettings, Settings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2024, 3, 6, 9, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2023-03-26T12:00", "2023-03-20T06:30+01:00"),
        ("2023-03-27T06:29", "2023-03-20T06:30+01:00"),
        ("2023-03-27T06:30", "2023-03-27T06:30+02:00"),
        ("2023-10-30T12:00", "2023-10-30T06:30+01:00"),
        ("2023-10-29T23:59", "2023-10-23T06:30+02:00"),
    ],
    ids=["Sunday before", "a minute before", "at the moment", "after winter time began", "the week before"],
)
def test_the_weekly_run_is_planned_at_its_local_time_also_when_the_clock_changes(
    settings: Settings, now: str, expected: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM).astimezone(UTC)
    assert TIMETABLE["weekly"].last(settings, moment) == datetime.fromisoformat(expected)


def test_the_weekly_run_is_planned_once_a_week_over_both_clock_changes(settings: Settings) -> None:
    hours = range(int(timedelta(days=274) / timedelta(hours=1)))
    start = datetime(2023, 3, 1, tzinfo=AMSTERDAM).astimezone(UTC)
    planned = {
        TIMETABLE["weekly"].last(settings, start + timedelta(hours=hour)).astimezone(AMSTERDAM)
        for hour in hours
    }
    assert {f"{at:%a %H:%M}" for at in planned} == {"Mon 06:30"}
    assert len({at.isocalendar()[:2] for at in planned}) == len(planned) == 40


@pytest.mark.parametrize("first", [date(2023, 3, 20), date(2023, 10, 23)], ids=["summer time", "winter time"])
@pytest.mark.parametrize("local_time", ["04:30", "01:00", "01:59", "23:59"])
def test_the_nightly_work_is_planned_once_a_day_over_both_clock_changes(local_time: str, first: date) -> None:
    settings = Settings(jobs=JobsSettings(nightly_time=local_time))
    start = datetime(first.year, first.month, first.day, 12, tzinfo=AMSTERDAM).astimezone(UTC)
    planned = {
        TIMETABLE["backup"].last(settings, start + timedelta(hours=hour)).astimezone(AMSTERDAM)
        for hour in range(14 * 24)
    }
    assert {f"{at:%H:%M}" for at in planned} == {local_time}
    assert {first + timedelta(days=day) for day in range(1, 14)} <= {at.date() for at in planned}
    assert len({at.date() for at in planned}) == len(planned)


@pytest.mark.parametrize("name", TIMETABLE)
def test_the_moments_at_which_a_job_is_started_are_those_that_count_as_planned(
    settings: Settings, name: str
) -> None:
    plan = TIMETABLE[name]
    trigger = plan.trigger(settings)
    moment = trigger.get_next_fire_time(None, NOW)
    for _ in range(60):
        assert plan.last(settings, moment) == moment
        assert plan.last(settings, moment - timedelta(seconds=1)) < moment
        moment = trigger.get_next_fire_time(moment, NOW)


def test_all_schedulers_plan_the_same_moments_for_the_inbox(settings: Settings) -> None:
    planned = {TIMETABLE["inbox"].last(settings, NOW + timedelta(minutes=minute)) for minute in range(10)}
    assert planned == {NOW}


@pytest.mark.parametrize(
    ("name", "done_for", "late"),
    [
        ("weekly", "2024-03-04T05:30+00:00", None),
        ("weekly", "2024-02-26T05:30+00:00", "2024-03-04T05:30+00:00"),
        ("weekly", None, None),
        ("inbox", "2024-03-06T07:00+00:00", None),
        ("inbox", "2024-03-06T06:50+00:00", "2024-03-06T07:00+00:00"),
        ("signalen", "2024-01-01T00:00+00:00", None),
    ],
    ids=["done", "not done", "new", "within the minutes", "past them", "off"],
)
def test_a_job_is_late_for_the_last_moment_that_is_two_hours_ago(
    settings: Settings, name: str, done_for: str | None, late: str | None
) -> None:
    moment = None if done_for is None else datetime.fromisoformat(done_for)
    found = TIMETABLE[name].late_for(settings, done_for=moment, now=NOW)
    assert found == (None if late is None else datetime.fromisoformat(late))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(
            "2024-04-01T08:29:00+02:00", "2024-03-24", id="the day after the clock change, in the grace"
        ),
        pytest.param("2024-04-01T08:31:00+02:00", "2024-03-31", id="and after it"),
        pytest.param("2024-10-28T08:31:00+01:00", "2024-10-27", id="autumn"),
        pytest.param("2024-01-01T08:31:00+01:00", "2023-12-31", id="new year"),
    ],
)
def test_a_run_is_expected_two_hours_after_its_local_time(moment: str, expected: str) -> None:
    assert str(expected_as_of(Settings(), datetime.fromisoformat(moment))) == expected


def test_another_day_of_the_week_moves_what_is_expected() -> None:
    wednesday = Settings(jobs=JobsSettings(weekly_day="wed", weekly_time="23:00"))
    assert str(expected_as_of(wednesday, NOW)) == "2024-02-25"
