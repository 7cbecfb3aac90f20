"""`hotspots settings` and `hotspots rules`: what a page changes can be changed by command."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hotspots.errors import ForbiddenError, SettingsError
from hotspots.store.database import Database
from hotspots.store.stored_settings import write_stored
from jobs.commands import rules, settings
from jobs.terminal import opened

Call = Callable[..., dict[str, Any]]
WHY = ("--by", "Jan", "--reason", "Te laat")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: settings are read and written alike on both."""
    return sqlite_url


@pytest.fixture
def call(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a subcommand as ``--json``; give its answer, or raise its error."""
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[jobs]\nweekly_time = "08:00"\n[mail]\npassword = "geheim"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    app = typer.Typer()
    for group in (settings, rules):
        group.register(app)

    def run(*arguments: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return run


def test_it_is_shown_what_holds_and_where_it_is_set_but_no_secret(call: Call) -> None:
    call("settings", "set", "service.colour=#103010", "map.nearby_m=200", *WHY)
    shown = call(
        "settings", "show", "service.colour", "jobs", "mail.password", "database.url", "map.nearby_m"
    )
    assert shown["service.colour"] == {"value": "#103010", "from": "stored"}
    assert shown["map.nearby_m"] == {"value": 200.0, "from": "stored"}
    assert shown["jobs.weekly_time"] == {"value": "08:00", "from": "file"}
    assert shown["jobs.weekly_day"] == {"value": "mon", "from": "default"}
    assert shown["mail.password"] == {"value": "set", "from": "file"}
    assert shown["database.url"]["from"] == "environment"
    assert "geheim" not in str(shown)


def test_every_command_runs_with_what_is_stored_until_it_is_taken_back(call: Call) -> None:
    call("settings", "set", "jobs.notices_time=08:15", *WHY)
    with opened() as (effective, _):
        assert effective.jobs.notices_time == "08:15"
    assert call("settings", "unset", "jobs.notices_time", *WHY)["changed"] == 1
    with opened() as (effective, _):
        assert effective.jobs.notices_time == "07:15"
    with pytest.raises(SettingsError, match="stored"):
        call("settings", "unset", "jobs.notices_time", *WHY)


def test_what_no_longer_fits_is_taken_back_though_nothing_else_runs(call: Call, database: Database) -> None:
    with database.writing() as connection:
        write_stored(connection, {"detection.min_duration_days": 900}, at=datetime(2024, 1, 2, tzinfo=UTC))
    with pytest.raises(SettingsError, match="hotspots settings unset"), opened():
        pass
    call("settings", "unset", "detection.min_duration_days", *WHY)
    with opened():
        pass


def test_rules_are_asked_for_by_one_and_confirmed_by_another_and_go_back(call: Call) -> None:
    asked = call("rules", "propose", "--set", "detection.min_reports=6", *WHY)
    assert (asked["outcome"], asked["changes"]) == ("waits", {"detection.min_reports": {"from": 8, "to": 6}})
    with pytest.raises(ForbiddenError, match="second person"):
        call("rules", "confirm", "1", "--by", "jan")
    assert call("rules", "confirm", "1", "--by", "Piet")["decidedBy"] == "Piet"
    call("rules", "restore", "--by", "Piet", "--reason", "Te veel")
    assert call("rules", "refuse", "2", "--by", "Jan")["outcome"] == "refused"
    call("rules", "restore", "--by", "Piet", "--reason", "Te veel")
    assert call("rules", "withdraw", "3", "--by", "Piet")["outcome"] == "withdrawn"
    listed = call("rules", "list")["changes"]
    assert [change["outcome"] for change in listed] == ["withdrawn", "refused", "confirmed"]
