"""`hotspots demo`, with the runs of the last two weeks only: what it tells, makes and leaves."""

import json
import os
import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import select

from hotspots.access.accounts import DEMO_PARTNER, has_demo_users
from hotspots.access.rights import Role
from hotspots.store.case_tables import hotspot_events, users
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.run_tables import runs
from hotspots.tracking.runs import is_simulated
from jobs.commands import demo
from tests.conftest import RunCommand

DAY = "2024-01-01"
STAGES = ["simulated", "made", "imported", "done", "checked", "found"]
SUNDAYS = [date(2023, 12, 24), date(2023, 12, 31)]


@pytest.fixture
def told(run_command: RunCommand, monkeypatch: pytest.MonkeyPatch) -> "CompletedProcess[str]":
    """What the command told."""
    monkeypatch.setattr(demo, "weeks_between", lambda _, last: [last - timedelta(days=7), last])
    monkeypatch.setenv("HOTSPOTS_CONFIG", "")  # so that what the command sets is undone
    monkeypatch.delenv("HOTSPOTS_CONFIG")  # the command sets it
    return run_command("demo", "--no-serve", "--today", DAY, "--json")


def test_it_tells_what_to_look_at_and_leaves_two_years_until_last_week(
    told: "CompletedProcess[str]", tmp_path: Path
) -> None:
    figures = json.loads(told.stdout)
    assert figures["rowsAddUp"]
    assert figures["weeklyRuns"] == 2
    assert {"planted", "found", "false", "f1", "acts"} <= set(figures)
    assert figures["found"] > 10

    lines = told.stderr.splitlines()
    assert [line.split(":")[0] for line in lines[:6]] == STAGES
    assert re.search(r"\d\.\d{3} reports from 3-1-2022 to 31-12-2023", lines[0])
    shown = dict(re.findall(r"^  (\w+) +([a-z]+-\d{4}) +\S", told.stderr, re.MULTILINE))
    assert set(shown) == {*map(str, Role), DEMO_PARTNER}
    assert re.search(r"^  HS-2023-\d+ +nieuw deze week +\S", told.stderr, re.MULTILINE)
    assert "http" not in told.stderr  # the service tells the one address

    settings = tomllib.loads((tmp_path / "var/demo/hotspots.toml").read_text(encoding="utf-8"))
    assert settings["log"] == {"level": "warning"}
    assert os.environ.get("HOTSPOTS_CONFIG") != str(tmp_path / "config" / "hotspots.toml")
    database = Database(f"sqlite:///{tmp_path}/var/demo/hotspots.sqlite")
    with database.reading() as connection:
        assert is_simulated(connection)
        assert has_demo_users(connection)
        done = connection.execute(select(runs.c.as_of, runs.c.finished_at).order_by(runs.c.as_of)).all()
        assert [row.as_of for row in done] == SUNDAYS
        events = connection.execute(select(hotspot_events)).all()
        jobs = set(connection.execute(select(job_runs.c.job, job_runs.c.outcome)).all())
        known = set(connection.execute(select(users.c.id)).scalars())
    database.close()
    assert jobs == {("geocode", "done"), ("integrity", "done"), ("backup", "done")}
    assert {event.actor_id for event in events} <= known
    assert {event.kind for event in events} >= {"oordelen", "verrijken"}
    assert all(event.at.date() <= date.fromisoformat(DAY) for event in events)


def test_a_day_that_is_to_come_is_refused(run_command: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_CONFIG", "")  # so that what the command sets is undone
    monkeypatch.delenv("HOTSPOTS_CONFIG")
    ended = run_command("demo", "--no-serve", "--today", "2190-01-01", code=2)
    assert "wanted a day until today" in re.sub(r"[\s│]+", " ", ended.stderr)  # it is told in a box


@pytest.mark.parametrize(
    ("today", "sunday"),
    [("2024-01-01", "2023-12-31"), ("2024-01-06", "2023-12-31"), ("2024-01-07", "2023-12-31")],
)
def test_the_years_end_with_the_last_whole_week(today: str, sunday: str) -> None:
    assert str(demo.last_sunday(date.fromisoformat(today))) == sunday
