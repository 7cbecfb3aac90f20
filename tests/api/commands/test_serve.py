"""Who may read a service that was started: by default nobody without signing in."""

import socket
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from api.commands.serve import refuse_unsafe
from api.main import create_app
from hotspots.errors import SettingsError
from hotspots.settings import DatabaseSettings, Settings, SignInSettings, load_settings, shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports
from hotspots.tracking.runs import mark_as_simulated

HERE = "127.0.0.1"
ELSEWHERE = "0.0.0.0"  # noqa: S104  # nothing listens there
READABLE = (
    "/",
    "/kaart",
    "/hotspots/HS-2023-001",
    "/rapport",
    "/v1/hotspots",
    "/v1/hotspots/HS-2023-001",
    "/v1/hotspots/feed?gebied=x",
    "/v1/buurten",
    "/v1/rondes",
    "/ogc/collections/hotspots/items",
    "/ogc/collections/cellen/items",
    "/inbedden",
    "/beheer",
)


def with_access(url: str, *, required: bool = True, reason: str = "") -> Settings:
    """Settings in which all but who may read is by default."""
    access = SignInSettings(required=required, open_because=reason)
    return Settings(database=DatabaseSettings(url=url), sign_in=access)


def simulate(database: Database, *, count: int = 1) -> None:
    """Mark a database as that of the demo, with so many imports."""
    values = {"source": "melddesk", "file_name": "x.csv", "file_sha256": "", "started_at": datetime.now(UTC)}
    with database.writing() as connection:
        mark_as_simulated(connection)
        connection.execute(insert(imports), [values] * count)


def test_the_settings_as_shipped_let_nobody_read_without_signing_in() -> None:
    assert load_settings(shipped("config/hotspots.toml"), {}).sign_in == SignInSettings()
    assert SignInSettings().required


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.usefixtures("three_weeks")
def test_by_default_nothing_is_read_without_signing_in(database_url: str) -> None:
    with TestClient(create_app(with_access(database_url))) as client:
        for path in READABLE:
            assert client.get(path).status_code == 401, path


def test_real_reports_are_not_opened_without_a_reason(database: Database, database_url: str) -> None:
    del database
    for address in (HERE, "::1", "localhost", ELSEWHERE, "192.0.2.1"):
        for reason in ("", "  "):
            with pytest.raises(SettingsError, match="open_because"):
                refuse_unsafe(with_access(database_url, required=False, reason=reason), address)
        refuse_unsafe(with_access(database_url), address)


def test_a_reason_is_said_whenever_the_service_starts_open(
    database: Database, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del database
    refuse_unsafe(with_access(database_url, required=False, reason="only the team has this net"), HERE)
    assert capsys.readouterr().err.endswith("because: only the team has this net\n")


def test_simulated_reports_are_open_on_this_machine_only(database: Database, database_url: str) -> None:
    simulate(database)
    refuse_unsafe(with_access(database_url, required=False), HERE)
    with pytest.raises(SettingsError, match="required = true"):
        refuse_unsafe(with_access(database_url, required=False), ELSEWHERE)


def test_simulated_reports_among_which_others_were_imported_are_as_real_ones(
    database: Database, database_url: str
) -> None:
    simulate(database, count=2)
    with pytest.raises(SettingsError, match="required = true"):
        refuse_unsafe(with_access(database_url, required=False), HERE)


def test_a_database_that_may_come_later_is_not_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    absent = f"sqlite:///{tmp_path_factory.mktemp('later') / 'absent.sqlite'}"
    with pytest.raises(SettingsError, match="required = true"):
        refuse_unsafe(with_access(absent, required=False), HERE)


def test_the_command_refuses_in_one_line(
    run_command: Callable[..., object], database: Database, database_url: str
) -> None:
    del database
    with socket.create_server((HERE, 0)) as other:  # taken, so that nothing is served if it is not refused
        arguments = ("serve", "--port", str(other.getsockname()[1]))
        variables = {"DATABASE_URL": database_url, "SIGN_IN_REQUIRED": "false"}
        ended = run_command(*arguments, settings=variables, code=1)
    (line,) = str(getattr(ended, "stderr", "")).splitlines()
    assert line.startswith("hotspots: wanted [sign_in] required = true, found false")


@pytest.mark.parametrize("command", ["serve", "schedule"])
def test_nothing_that_goes_on_starts_with_a_key_for_trying_out(
    hotspots_command: Path, database: Database, database_url: str, tmp_path: Path, command: str
) -> None:
    del database
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[privacy]\nreporter_key = "voorbeeld"\n[service]\nport = 0\n')
    variables = {"HOTSPOTS_CONFIG": str(configuration), "HOTSPOTS_DATABASE_URL": database_url}
    ended = subprocess.run(
        [hotspots_command, command], env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert "hotspots: wanted a key in privacy.reporter_key of 32 random bytes or more" in ended.stderr
