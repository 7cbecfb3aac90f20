"""What is due is done, once, also by two schedulers, and what was missed is caught up."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from hotspots import __version__
from hotspots.access.rights import Actor, Role
from hotspots.errors import RemovedError, StoreError
from hotspots.operations.job_requests import (
    JobRequest,
    pause_job,
    request_job,
    resume_job,
    take_request,
)
from hotspots.operations.job_runs import DEATHS_FORGIVEN, start_run
from hotspots.operations.timetable import PAUSES, TIMETABLE, Plan
from hotspots.settings import DatabaseSettings, DetectionSettings, JobsSettings, PrivacySettings, Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts, job_requests, job_runs
from hotspots.store.removals import note_removal
from hotspots.store.run_tables import runs
from hotspots.store.stored_settings import write_stored
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import window_of
from jobs.runner import RUNNER, Done, Job, run_job, steady
from jobs.scheduler import JOBS, do_what_is_due, keep_timetable
from jobs.weekly import detect_weekly

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WITHOUT_SIGNALEN = [name for name in JOBS if name != "signalen"]  # it is off by default
NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)


def counting(done: list[datetime], problem: Exception | None = None) -> Job:
    def work(
        database: Database, settings: Settings, *, clock: Callable[[], datetime], heartbeat: Any
    ) -> Done:
        heartbeat()
        if problem is not None:
            raise problem
        done.append(clock())
        return Done({"things": 3}, {"a": 1})

    return Job("counting", work, TIMETABLE["weekly"])


@pytest.fixture
def own(settings: Settings, database_url: str) -> Settings:
    """Settings that name the database of the test."""
    return settings.model_copy(update={"database": DatabaseSettings(url=database_url)})


def ledger(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as connection:
        rows = connection.execute(select(job_runs.c.job, job_runs.c.outcome).order_by(job_runs.c.id))
        return [(row.job, row.outcome) for row in rows]


def looked_at(database: Database, settings: Settings, now: datetime) -> list[str]:
    results = do_what_is_due(database, settings, clock=lambda: now, jobs=[counting([])])
    return [result.outcome for result in results]


def die(database: Database, job: str, now: datetime) -> None:
    """Leave what a process leaves that was killed while it did a job."""
    planned = TIMETABLE["weekly"].last(Settings(), now)
    with database.writing() as connection:
        start_run(connection, job, planned_for=planned, now=now, version="", settings_hash="", runner="")


def test_a_job_is_done_once_for_a_planned_moment(database: Database, settings: Settings) -> None:
    done: list[datetime] = []

    def outcome_at(now: datetime) -> str:
        return run_job(counting(done), database, settings, clock=lambda: now).outcome

    outcomes = [outcome_at(NOW + timedelta(hours=hours)) for hours in (0, 1, 7 * 24)]
    assert outcomes == ["done", "not due", "done"]
    assert len(done) == 2


def test_a_run_leaves_a_line_with_all_that_is_needed_to_do_it_again(
    database: Database, settings: Settings
) -> None:
    run_job(counting([]), database, settings, clock=lambda: NOW)
    with database.reading() as connection:
        line = connection.execute(select(job_runs)).one()
    assert (line.job, line.outcome, line.counts, line.input) == ("counting", "done", {"things": 3}, {"a": 1})
    assert (line.planned_for, line.started_at) == (TIMETABLE["weekly"].last(settings, NOW), NOW)
    assert line.version == __version__
    assert len(line.settings_hash) == 64
    assert line.duration_s >= 0
    assert str(os.getpid()) in line.runner


def test_other_settings_give_another_hash_and_no_secret_is_in_it(
    database: Database, settings: Settings
) -> None:
    secret = settings.model_copy(update={"privacy": PrivacySettings(reporter_key=SecretStr("another one"))})
    other = settings.model_copy(update={"detection": DetectionSettings(min_reports=9)})
    for these in (settings, secret, other):
        run_job(counting([]), database, these, clock=lambda: NOW, only_if_due=False)
    with database.reading() as connection:
        [first, second, third] = connection.execute(select(job_runs.c.settings_hash)).scalars()
    assert first == second != third


def test_work_that_another_process_does_is_left_to_it(database: Database, settings: Settings) -> None:
    done: list[datetime] = []
    with database.exclusive_lock(RUNNER):
        other = Database(database.engine.url.render_as_string(hide_password=False))
        assert run_job(counting(done), other, settings, clock=lambda: NOW).outcome == "locked"
        other.close()
    assert done == []
    assert run_job(counting(done), database, settings, clock=lambda: NOW).outcome == "done"


def test_a_run_of_which_the_process_died_is_done_again_at_once_and_says_so(
    database: Database, settings: Settings
) -> None:
    die(database, "counting", NOW)
    assert run_job(counting([]), database, settings, clock=lambda: NOW).outcome == "done"
    assert ledger(database) == [("counting", "died"), ("counting", "done")]


@pytest.mark.parametrize(
    ("deaths", "first"),
    [(DEATHS_FORGIVEN - 1, "counting"), (DEATHS_FORGIVEN, "other")],
    ids=["not yet", "from now on"],
)
def test_a_job_that_ends_its_process_each_time_comes_after_the_others(
    database: Database, settings: Settings, deaths: int, first: str
) -> None:
    for _ in range(deaths):
        die(database, "counting", NOW)
    jobs = [counting([]), replace(counting([]), name="other")]
    do_what_is_due(database, settings, clock=lambda: NOW, jobs=jobs)
    assert ledger(database)[deaths] == (first, "done")


@pytest.mark.parametrize(
    "problem",
    [StoreError("no room"), OSError(28, "no room"), OperationalError("", {}, Exception("no room"))],
    ids=["of ours", "a full disk", "of the database"],
)
def test_a_job_that_fails_says_why_and_is_tried_again_after_a_pause(
    database: Database, settings: Settings, problem: Exception
) -> None:
    failed = run_job(counting([], problem), database, settings, clock=lambda: NOW)
    assert failed.outcome == "failed"
    assert "no room" in str(failed.message)
    soon = NOW + timedelta(seconds=30)
    assert run_job(counting([]), database, settings, clock=lambda: soon).outcome == "not due"
    later = NOW + PAUSES[0]
    assert run_job(counting([]), database, settings, clock=lambda: later).outcome == "done"
    assert ledger(database) == [("counting", "failed"), ("counting", "done")]


def test_the_ledger_keeps_nothing_that_an_error_quotes(database: Database, settings: Settings) -> None:
    problem = StoreError("wanted a time, found 'bel Jan Tabaksblat': run 'hotspots status'")
    failed = run_job(counting([], problem), database, settings, clock=lambda: NOW)
    assert "Tabaksblat" in str(failed.message)
    with database.reading() as connection:
        kept = connection.execute(select(job_runs.c.message)).scalar_one()
    assert kept == "wanted a time, found '…': run 'hotspots status'"


def test_an_unforeseen_error_is_in_the_ledger_and_goes_on_to_the_log(
    database: Database, settings: Settings
) -> None:
    with pytest.raises(ZeroDivisionError):
        run_job(counting([], ZeroDivisionError()), database, settings, clock=lambda: NOW)
    assert ledger(database) == [("counting", "failed")]


def test_a_clock_that_was_set_back_does_nothing_twice_and_does_not_stop_work_for_ever(
    database: Database, settings: Settings
) -> None:
    def outcome_at(now: datetime) -> str:
        return run_job(counting([]), database, settings, clock=lambda: now).outcome

    ahead = NOW + timedelta(weeks=3)
    assert [outcome_at(at) for at in (NOW, ahead, NOW)] == ["done", "done", "not due"]
    assert [outcome_at(NOW + timedelta(weeks=week)) for week in (1, 2)] == ["done", "done"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (timedelta(weeks=300), "the clock is 2100 days after it: wanted at most 35"),
        (-timedelta(weeks=300), "the clock is 2100 days before it: wanted at most 35"),
    ],
    ids=["ahead", "behind"],
)
def test_nothing_is_done_while_the_clock_contradicts_the_ledger_until_a_person_says_it_is_right(
    database: Database, settings: Settings, step: timedelta, told: str
) -> None:
    assert looked_at(database, settings, NOW) == ["done"]
    with capture_logs() as logged:
        for _ in range(3):
            assert looked_at(database, settings, NOW + step) == []
    assert [line["event"] for line in logged] == ["alert: schedule failed"]
    with database.reading() as connection:
        [alert] = connection.execute(select(job_alerts)).all()
    assert (alert.job, alert.kind, alert.about) == ("schedule", "failed", NOW)
    assert told in alert.message
    run_job(counting([]), database, settings, clock=lambda: NOW + step, only_if_due=False)
    assert looked_at(database, settings, NOW + step + timedelta(weeks=1)) == ["done"]


def test_a_clock_that_is_put_right_needs_nobody(database: Database, settings: Settings) -> None:
    moments = (NOW, NOW + timedelta(weeks=300), NOW + timedelta(weeks=1))
    assert [looked_at(database, settings, now) for now in moments] == [["done"], [], ["done"]]


def test_what_was_begun_goes_by_the_time_with_which_it_began() -> None:
    readings = iter([NOW, NOW + timedelta(weeks=500)])
    clock = steady(lambda: next(readings))
    assert NOW <= clock() <= clock() < NOW + timedelta(minutes=1)


def test_the_scheduler_goes_on_when_the_clock_is_set_back_while_it_waits(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SetBack(datetime):
        """A clock that is set back two hours by the first job."""

        by = timedelta()

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) - cls.by

    def work(*_: object, **__: object) -> Done:
        SetBack.by = timedelta(hours=2)
        return Done({})

    def load() -> Settings:
        looks.append(None)
        if SetBack.by and len(looks) > 10:
            stop.set()
        return own

    for module in ("jobs.scheduler", "apscheduler.schedulers.base", "apscheduler.triggers.date"):
        monkeypatch.setattr(f"{module}.datetime", SetBack)
    stop, looks = threading.Event(), list[None]()
    give_up = threading.Timer(30, stop.set)
    give_up.start()
    keep_timetable(stop, load=load, look_every_s=0.05, jobs=[replace(counting([]), work=work)])
    assert give_up.is_alive()
    give_up.cancel()


def test_each_job_has_its_trigger_by_the_settings_of_now(database: Database, own: Settings) -> None:
    def load() -> Settings:
        return other if "first" in done else own

    def note(name: str) -> Job:
        def work(*_: object, **__: object) -> Done:
            done.append(name)
            if name == "second":
                stop.set()
            return Done({})

        return replace(counting([]), name=name, work=work, plan=Plan(TIMETABLE["inbox"].trigger, is_on[name]))

    is_on: dict[str, Callable[[Settings], bool]] = {
        "first": lambda _: True,
        "second": lambda settings: settings.jobs.inbox_every_minutes == 5,
    }
    other = own.model_copy(update={"jobs": JobsSettings(inbox_every_minutes=5)})
    stop, done = threading.Event(), list[str]()
    keep_timetable(
        stop, clock=lambda: NOW, load=load, look_every_s=0.05, jobs=[note("second"), note("first")]
    )
    assert done == ["first", "second"]


def test_a_setting_that_is_stored_holds_at_the_next_look(database: Database, own: Settings) -> None:
    def store(database: Database, *_: object, **__: object) -> Done:
        with database.writing() as connection:
            write_stored(connection, {"jobs.notices_time": "08:45"}, at=NOW)
        return Done({})

    def finish(database: Database, settings: Settings, **_: object) -> Done:
        stop.set()
        return Done({"later": settings.jobs.notices_time == "08:45"})

    stop, plan = threading.Event(), TIMETABLE["inbox"]
    on_later = Plan(plan.trigger, lambda settings: settings.jobs.notices_time == "08:45")
    jobs = [replace(counting([]), name="later", work=finish, plan=on_later)]
    jobs.append(replace(counting([]), name="now", work=store, plan=plan))
    keep_timetable(stop, clock=lambda: NOW, load=lambda: own, look_every_s=0.05, jobs=jobs)
    assert ledger(database) == [("now", "done"), ("later", "done")]


def test_weeks_that_were_missed_are_run_in_order(database: Database, settings: Settings) -> None:
    def run(now: datetime) -> int:
        done = detect_weekly(database, settings, clock=lambda: now, heartbeat=lambda: None)
        return done.counts["runs"]

    assert run(datetime(2024, 1, 1, 6, tzinfo=UTC)) == 1
    assert run(datetime(2024, 1, 22, 6, tzinfo=UTC)) == 3
    with database.reading() as connection:
        days = [str(day) for day in connection.execute(select(runs.c.as_of).order_by(runs.c.as_of)).scalars()]
    assert days == ["2023-12-31", "2024-01-07", "2024-01-14", "2024-01-21"]


def test_a_missed_week_of_which_the_reports_are_gone_is_passed_over_and_named(
    database: Database, settings: Settings
) -> None:
    run_week(database, settings, as_of=date(2023, 12, 31), now=NOW)
    monday = datetime(2024, 1, 22, 6, tzinfo=UTC)
    window_start, _ = window_of(date(2024, 1, 14), settings)
    with database.writing() as connection:
        note_removal(connection, "texts", window_start)
    done = detect_weekly(database, settings, clock=lambda: monday, heartbeat=lambda: None)
    assert done.worked_on == {"peildatums": ["2024-01-14", "2024-01-21"], "passedOver": ["2024-01-07"]}
    assert (done.counts["runs"], done.counts["passedOver"]) == (2, 1)


def test_a_last_week_of_which_the_reports_are_gone_fails(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        note_removal(connection, "texts", NOW)
    with pytest.raises(RemovedError):
        detect_weekly(database, settings, clock=lambda: NOW, heartbeat=lambda: None)


def test_asked_to_stop_it_finishes_the_job_it_is_at_and_begins_no_other(
    database: Database, own: Settings
) -> None:
    def ask(*_: object, **__: object) -> Done:
        stop.set()
        return Done({})

    stop = threading.Event()
    jobs = [replace(counting([]), name="first", work=ask), replace(counting([]), name="second")]
    keep_timetable(stop, clock=lambda: NOW, load=lambda: own, jobs=jobs)
    assert ledger(database) == [("first", "done")]


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


# on SQLite two are tried by test_faults.py, and killed as well
@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_two_schedulers_do_each_job_once_and_end_cleanly(
    started: Callable[[], "subprocess.Popen[str]"], database: Database
) -> None:
    processes = [started(), started()]
    for process in processes:
        assert process.stderr is not None
        # from here on it can be asked to stop; without the line it ended, which ends the lines too
        assert any("scheduler started" in line for line in process.stderr), "a scheduler ended too soon"
    give_up = time.monotonic() + 120
    while {job for job, outcome in ledger(database) if outcome == "done"} != set(WITHOUT_SIGNALEN):
        assert [process.poll() for process in processes] == [None, None], "a scheduler ended too soon"
        assert time.monotonic() < give_up, ledger(database)
        time.sleep(0.1)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert ledger(database) == [(name, "done") for name in WITHOUT_SIGNALEN]


def test_one_job_can_be_done_by_hand(run_command: RunCommand, database_url: str) -> None:
    ended = run_command("schedule", "--once", "inbox", "--json", settings={"DATABASE_URL": database_url})
    assert json.loads(ended.stdout)["outcome"] == "done"
    wrong = run_command("schedule", "--once", "nonsense", settings={"DATABASE_URL": database_url}, code=2)
    # the message stands in a box, broken where the terminal ends
    shown = " ".join(wrong.stderr.replace("│", "").split())
    assert ", ".join(JOBS) in shown


def test_lines_of_a_job_name_it_and_its_line_in_the_ledger(
    run_command: RunCommand, database_url: str, database: Database
) -> None:
    ended = run_command("schedule", "--once", "inbox", "--json", settings={"DATABASE_URL": database_url})
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    with database.reading() as connection:
        (run_id,) = connection.execute(select(job_runs.c.id)).scalars()
    assert [line["event"] for line in told] == ["job started", "job done"]
    assert {(line["job"], line["run"]) for line in told} == {("inbox", run_id)}


@pytest.mark.parametrize("name", ["weekly_time", "nightly_time"])
@pytest.mark.parametrize("local_time", ["00:59", "02:30", "03:00"])
def test_a_time_that_a_clock_change_can_take_is_refused(name: str, local_time: str) -> None:
    with pytest.raises(ValueError, match="outside 00:00-00:59 and 02:00-03:59"):
        JobsSettings.model_validate({name: local_time})


ASKING = Actor("1", "A. Beheer", Role.BEHEERDER)


def weekly_counting(done: list[datetime]) -> Job:
    """A job that can be asked for, by its name in the timetable."""
    return replace(counting(done), name="weekly")


def ask(database: Database, now: datetime = NOW) -> JobRequest:
    with database.writing() as connection:
        return request_job(connection, job="weekly", by=ASKING, at=now)


def became_of(database: Database) -> list[tuple[str | None, bool]]:
    with database.reading() as connection:
        lines = connection.execute(select(job_requests).order_by(job_requests.c.id)).all()
    return [(line.outcome, line.run_id is not None) for line in lines]


def test_what_is_asked_is_done_once_though_it_is_not_due(database: Database, settings: Settings) -> None:
    done: list[datetime] = []

    def outcomes_at(now: datetime) -> list[str]:
        results = do_what_is_due(database, settings, clock=lambda: now, jobs=[weekly_counting(done)])
        return [result.outcome for result in results]

    assert outcomes_at(NOW) == ["done"]
    assert outcomes_at(NOW) == []
    ask(database)
    ask(database)  # somebody else
    assert outcomes_at(NOW) == ["done"]
    assert outcomes_at(NOW) == []
    assert len(done) == 2
    assert became_of(database) == [("done", True)]
    with database.reading() as connection:
        planned = connection.execute(select(job_runs.c.planned_for).order_by(job_runs.c.id)).scalars().all()
    assert planned == [TIMETABLE["weekly"].last(settings, NOW), None]


def test_what_is_due_and_asked_for_is_done_once_for_both(database: Database, settings: Settings) -> None:
    ask(database)
    done: list[datetime] = []
    for _ in range(2):
        do_what_is_due(database, settings, clock=lambda: NOW, jobs=[weekly_counting(done)])
    assert len(done) == 1
    assert became_of(database) == [("done", True)]


def test_what_is_asked_when_a_run_just_failed_does_not_wait_and_ends_as_it_does(
    database: Database, settings: Settings
) -> None:
    failing = replace(counting([], StoreError("no room")), name="weekly")
    assert [r.outcome for r in do_what_is_due(database, settings, clock=lambda: NOW, jobs=[failing])] == [
        "failed"
    ]
    ask(database)
    for _ in range(2):
        do_what_is_due(database, settings, clock=lambda: NOW, jobs=[failing])
    assert ledger(database) == 2 * [("weekly", "failed")]
    assert became_of(database) == [("failed", True)]


def test_what_was_asked_and_was_being_done_when_the_process_died_is_done_again_but_not_for_ever(
    database: Database, settings: Settings
) -> None:
    def begin_and_die() -> None:
        with database.writing() as connection:
            run = start_run(
                connection, "weekly", planned_for=None, now=NOW, version="", settings_hash="", runner=""
            )
            take_request(connection, "weekly", run)

    done: list[datetime] = []
    run_job(weekly_counting(done), database, settings, clock=lambda: NOW)
    ask(database)
    begin_and_die()
    assert run_job(weekly_counting(done), database, settings, clock=lambda: NOW).outcome == "done"
    assert became_of(database) == [("done", True)]
    assert len(done) == 2
    ask(database)
    for _ in range(DEATHS_FORGIVEN):
        begin_and_die()
    assert run_job(weekly_counting(done), database, settings, clock=lambda: NOW).outcome == "not due"
    assert became_of(database)[-1] == ("died", True)
    assert len(done) == 2


def test_a_paused_job_is_not_done_nor_late_and_is_caught_up_when_it_is_resumed(
    database: Database, settings: Settings
) -> None:
    done: list[datetime] = []

    def look(now: datetime) -> None:
        do_what_is_due(database, settings, clock=lambda: now, jobs=[weekly_counting(done)])

    look(NOW)
    with database.writing() as connection:
        pause_job(connection, job="weekly", by=ASKING, at=NOW, reason="Andere regels")
    later = NOW + timedelta(weeks=2)
    look(later)
    assert len(done) == 1
    with database.writing() as connection:
        resume_job(connection, job="weekly", by=ASKING, at=later, reason="De regels zijn goed")
    look(later)
    assert len(done) == 2
    with database.reading() as connection:
        assert connection.execute(select(job_alerts)).all() == []


def test_what_is_asked_of_a_job_that_is_off_is_withdrawn(database: Database, settings: Settings) -> None:
    ask(database)
    off = replace(weekly_counting([]), plan=Plan(TIMETABLE["weekly"].trigger, lambda _: False))
    assert do_what_is_due(database, settings, clock=lambda: NOW, jobs=[off]) == []
    assert became_of(database) == [("withdrawn", False)]


def test_the_scheduler_soon_sees_what_is_asked(database: Database, own: Settings) -> None:
    asked = threading.Event()

    def work(*_: object, **__: object) -> Done:
        if asked.is_set():
            stop.set()
        else:
            ask(database)
            asked.set()
        return Done({})

    stop = threading.Event()
    give_up = threading.Timer(30, stop.set)
    give_up.start()
    job = replace(weekly_counting([]), work=work)
    # asked while it is being done for its moment, which is not what was asked
    keep_timetable(
        stop, clock=lambda: NOW, load=lambda: own, look_every_s=300, asked_every_s=0.05, jobs=[job]
    )
    assert give_up.is_alive()
    give_up.cancel()
    assert ledger(database) == 2 * [("weekly", "done")]


def test_the_lines_of_a_run_are_kept_with_it(
    run_command: RunCommand, database_url: str, database: Database
) -> None:
    run_command("schedule", "--once", "retention", settings={"DATABASE_URL": database_url})
    with database.reading() as connection:
        (lines,) = connection.execute(select(job_runs.c.lines)).scalars()
    assert [line["event"].partition(":")[0] for line in lines] == ["job started", "nothing is removed"]
    assert {line["level"] for line in lines} == {"info", "warning"}
    shown = run_command("jobs", "show", "1", "--json", settings={"DATABASE_URL": database_url})
    assert json.loads(shown.stdout)["lines"] == lines


def test_two_that_ask_at_the_same_moment_ask_for_one_and_the_same(database: Database) -> None:
    both = threading.Barrier(2)
    numbers: list[int] = []

    def ask_now() -> None:
        both.wait()
        numbers.append(ask(database).id)

    threads = [threading.Thread(target=ask_now) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 2
    assert len(set(numbers)) == len(became_of(database)) == 1
