"""The command where there is no Linux: what only Unix has hidden, a console of cp1252, blanks in a path."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from sqlalchemy import make_url

from hotspots.files.uploads import safe_name
from hotspots.publishing.file_names import file_name
from hotspots.store.database import Database, sqlite_file

ROOT = Path(__file__).parents[1]
REPORTS = """\
meldingnummer;meldtijd;hoofdcategorie;omschrijving;x;y;melder
1;2023-11-20 22:10;Overlast personen;Č → ť;176400;317900;a
"""
COMMANDS = {
    ("reports", "import", "meldingen één.csv", "--source", "melddesk", "--json"): 0,
    ("reports", "import", "weg →.json", "--source", "melddesk"): 1,
    ("db", "backup", "map/kopie.sqlite"): 0,
    ("export", "hotspots", "--format", "csv", "--output", "map/lijst.csv"): 0,
    ("status", "--json"): 1,  # as there is much to do
}


def test_commands_work_where_there_is_nothing_of_linux(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "Mijn documenten é"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "hotspots.toml").write_text('[municipality]\nname = "Łódź"\n', encoding="utf-8")
    (folder / "meldingen één.csv").write_text(REPORTS, encoding="utf-8")
    Path(sqlite_url.removeprefix("sqlite:///")).rename(folder / "hotspots ť.sqlite")
    ended = subprocess.run(
        [sys.executable, ROOT / "tests" / "elsewhere.py", json.dumps(list(COMMANDS))],
        cwd=folder,
        env={
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT))),
            "PYTHONIOENCODING": "cp1252",
            "HOTSPOTS_DATABASE_URL": f"sqlite:///{folder}/hotspots ť.sqlite",
        },
        capture_output=True,
        check=False,
    )
    told, errors = ended.stdout.decode("cp1252"), ended.stderr.decode("cp1252")
    assert "Traceback" not in errors
    codes = [int(line.split()[1]) for line in told.splitlines() if line.startswith("ended ")]
    assert dict(zip(COMMANDS, codes, strict=True)) == COMMANDS, told + errors
    imported, health = (json.loads(line) for line in told.splitlines() if line.startswith("{"))
    assert imported["new"] == health["imports"][0]["new"] == 1
    assert health["imports"][0]["file"] == "meldingen één.csv"
    assert r"weg \u2192.json" in errors
    assert sorted(path.name for path in (folder / "map").iterdir()) == ["kopie.sqlite", "lijst.csv"]


NAMES = (
    "Wijk: Noord/West",
    "NUL",
    "con.csv",
    "COM1 .txt",
    'a<b>|"c"?*.csv',
    "week 47. ",
    "C:\\export\\aux",
    "…",
    "é" * 300,
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_of_ours_has_a_name_that_windows_takes(name: str) -> None:
    for made in (safe_name(name), f"weekrapport-2026-W47-{file_name(name)}.pdf"):
        assert PureWindowsPath(made).name == made
        assert re.search(r'[<>:"/\\|?*\x00-\x1f]|[. ]$', made) is None
        assert re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)", made) is None
        assert len(made) < 255


@pytest.mark.parametrize("path", [r"C:\Users\J. é\var\hotspots.sqlite", "C:/Users/J. é/var/hotspots.sqlite"])
def test_a_database_may_be_named_by_a_path_of_windows(path: str) -> None:
    assert str(sqlite_file(make_url(f"sqlite:///{path}"))) == path


def test_signs_with_a_meaning_elsewhere_are_names_of_folders(tmp_path: Path) -> None:
    folder = tmp_path / "50% [1] é #2"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/hotspots.sqlite")
    with database.connected() as connection:
        connection.exec_driver_sql("CREATE TABLE x (y)")
    database.close()
    assert (folder / "hotspots.sqlite").is_file()
