"""The timetable: when jobs are planned, and that two schedulers never do one job twice."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotspots.errors import StoreError
from hotspots.settings import JobsSettings, Settings
from hotspots.store.database import Database
from hotspots.store.job_runs import start_job
from hotspots.store.tables import job_runs, runs
from jobs.runner import LEASE, Job, run_job
from jobs.scheduler import planned_inbox, planned_weekly, timetable
from jobs.weekly import detect_weekly

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)


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
    assert planned_weekly(settings, moment) == datetime.fromisoformat(expected)


def test_the_weekly_trigger_fires_once_a_week_over_both_clock_changes(settings: Settings) -> None:
    trigger = timetable(settings)["weekly"].triggers[0]  # the other trigger looks again every hour
    moment, fired = datetime(2023, 3, 1, tzinfo=AMSTERDAM), []
    while moment < datetime(2023, 11, 30, tzinfo=AMSTERDAM):
        moment = trigger.get_next_fire_time(None, moment)
        fired.append(moment)
        moment += timedelta(minutes=1)
    local = {(at.strftime("%a %H:%M")) for at in fired}
    assert local == {"Mon 06:30"}
    assert len({at.isocalendar()[:2] for at in fired}) == len(fired) == 40


def test_all_schedulers_plan_the_same_moments_for_the_inbox(settings: Settings) -> None:
    planned = {planned_inbox(settings, NOW + timedelta(minutes=minute)) for minute in range(10)}
    assert planned == {NOW}


def counting(done: list[datetime], problem: Exception | None = None) -> Job:
    def work(
        database: Database, settings: Settings, *, clock: Callable[[], datetime], still_alive: Any
    ) -> dict[str, int]:
        still_alive()
        if problem is not None:
            raise problem
        done.append(clock())
        return {"things": 3}

    return Job("counting", work, planned_weekly)


def ledger(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as connection:
        rows = connection.execute(select(job_runs.c.job, job_runs.c.outcome).order_by(job_runs.c.id))
        return [(row.job, row.outcome) for row in rows]


def test_a_job_is_done_once_between_two_planned_moments(database: Database, settings: Settings) -> None:
    done: list[datetime] = []

    def outcome_at(now: datetime) -> str:
        return run_job(counting(done), database, settings, clock=lambda: now).outcome

    outcomes = [outcome_at(NOW + timedelta(hours=hours)) for hours in (0, 1, 7 * 24)]
    assert outcomes == ["done", "not due", "done"]
    assert len(done) == 2


def test_a_job_that_another_process_does_is_left_to_it(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        start_job(connection, "counting", now=NOW, lease=LEASE)
    done: list[datetime] = []
    assert run_job(counting(done), database, settings, clock=lambda: NOW).outcome == "locked"
    assert done == []
    later = NOW + LEASE + timedelta(seconds=1)  # its process died: the lease ran out
    assert run_job(counting(done), database, settings, clock=lambda: later).outcome == "done"


def test_a_job_that_fails_says_why_and_is_tried_again(database: Database, settings: Settings) -> None:
    failed = run_job(counting([], StoreError("no room")), database, settings, clock=lambda: NOW)
    assert (failed.outcome, failed.message) == ("failed", "no room")
    again = run_job(counting([]), database, settings, clock=lambda: NOW + timedelta(minutes=5))
    assert again.outcome == "done"
    assert ledger(database) == [("counting", "failed"), ("counting", "done")]


def test_an_unforeseen_error_is_in_the_ledger_and_goes_on_to_the_log(
    database: Database, settings: Settings
) -> None:
    with pytest.raises(ZeroDivisionError):
        run_job(counting([], ZeroDivisionError()), database, settings, clock=lambda: NOW)
    assert ledger(database) == [("counting", "failed")]


def test_weeks_that_were_missed_are_run_in_order(database: Database, settings: Settings) -> None:
    def run(now: datetime) -> int:
        counts = detect_weekly(database, settings, clock=lambda: now, still_alive=lambda: None)
        return counts["runs"]

    assert run(datetime(2024, 1, 1, 6, tzinfo=UTC)) == 1
    assert run(datetime(2024, 1, 22, 6, tzinfo=UTC)) == 3
    with database.reading() as connection:
        days = [str(day) for day in connection.execute(select(runs.c.as_of).order_by(runs.c.as_of)).scalars()]
    assert days == ["2023-12-31", "2024-01-07", "2024-01-14", "2024-01-21"]


@pytest.fixture
def started(
    hotspots_command: Path, environment: dict[str, str], tmp_path: Path, database_url: str
) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Start a real scheduler on the test's database; all are ended afterwards."""
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "hotspots.toml").write_text(
        '[municipality]\nname = "X"\ncode = "GM0935"\n[jobs]\ninbox_every_minutes = 1440\n'
    )
    processes: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [hotspots_command, "schedule"],
            cwd=tmp_path,
            env=environment | {"HOTSPOTS_DATABASE_URL": database_url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_two_schedulers_do_each_job_once_and_end_cleanly(
    started: Callable[[], "subprocess.Popen[str]"], database: Database
) -> None:
    processes = [started(), started()]
    for process in processes:
        assert process.stderr is not None
        # from here on it can be asked to stop; without the line it ended, which ends the lines too
        assert any("scheduler started" in line for line in process.stderr), "a scheduler ended too soon"
    give_up = time.monotonic() + 120
    while {job for job, outcome in ledger(database) if outcome == "done"} != {"inbox", "weekly", "retention"}:
        assert [process.poll() for process in processes] == [None, None], "a scheduler ended too soon"
        assert time.monotonic() < give_up, ledger(database)
        time.sleep(0.1)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert sorted(ledger(database)) == [("inbox", "done"), ("retention", "done"), ("weekly", "done")]


def test_one_job_can_be_done_by_hand(run_command: RunCommand, database_url: str) -> None:
    ended = run_command("schedule", "--once", "inbox", "--json", settings={"DATABASE_URL": database_url})
    assert json.loads(ended.stdout)["outcome"] == "done"
    wrong = run_command("schedule", "--once", "nonsense", settings={"DATABASE_URL": database_url}, code=2)
    assert "inbox, weekly" in wrong.stderr


def test_lines_of_a_job_name_it_and_its_line_in_the_ledger(
    run_command: RunCommand, database_url: str, database: Database
) -> None:
    ended = run_command("schedule", "--once", "inbox", "--json", settings={"DATABASE_URL": database_url})
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    with database.reading() as connection:
        (run_id,) = connection.execute(select(job_runs.c.id)).scalars()
    assert [line["event"] for line in told] == ["job done"]
    assert [(line["job"], line["run"]) for line in told] == [("inbox", run_id)]


def test_an_impossible_weekly_time_is_refused() -> None:
    with pytest.raises(ValueError, match="02:00-03:59"):
        JobsSettings(weekly_time="02:30")
