"""How the command ends when what it needs is not there: one line, and 1."""

import json
import subprocess
from pathlib import Path

import pytest

from hotspots.operations.backup import back_up
from hotspots.store.database import Database
from tests.conftest import RunCommand
from tests.filled_database import damage


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        pytest.param(["status"], {}, "file is not a database; stop all that uses it", id="a damaged file"),
        pytest.param(
            ["db", "restore", "backup.sqlite", "--unsigned"],
            {},
            "file is not a database; stop",
            id="and a backup for it",
        ),
        pytest.param(
            ["db", "restore", "backup.sqlite", "--replace", "--unsigned"],
            {"DATABASE_URL": "postgresql://postgres@/x?host=/nowhere"},
            "can't open the database postgresql",
            id="a server that is away",
        ),
        pytest.param(["demo", "--no-serve"], {}, "Not a directory: 'var/demo'", id="a folder that is a file"),
    ],
)
def test_what_can_not_be_used_is_told_in_one_line(
    run_command: RunCommand,
    sqlite_url: str,
    tmp_path: Path,
    arguments: list[str],
    settings: dict[str, str],
    told: str,
) -> None:
    database = Database(sqlite_url)
    back_up(database, tmp_path / "backup.sqlite", key=None)
    database.close()
    damage(tmp_path / "database.sqlite", None)
    (tmp_path / "var").touch()
    ended = run_command(*arguments, settings={"DATABASE_URL": sqlite_url} | settings, code=1)
    [line] = ended.stderr.splitlines()
    assert line.startswith("hotspots: ")
    assert told in line


def test_a_warning_in_between_does_not_spoil_what_json_writes(
    hotspots_command: Path, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "hotspots.toml").write_text('[privacy]\nreporter_key = "voorbeeld"\n')
    (tmp_path / "reports.csv").write_text("meldingnummer;meldtijd;hoofdcategorie\n")
    ended = subprocess.run(
        [hotspots_command, "reports", "import", "reports.csv", "--source", "melddesk", "--json"],
        env={"HOTSPOTS_CONFIG": "hotspots.toml", "HOTSPOTS_DATABASE_URL": sqlite_url},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout)["read"] == 0
    assert "reporter_key is too weak" in ended.stderr
