"""`hotspots export`, `map` and `serve`, as people run them."""

import csv
import json
import socket
import struct
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from hotspots.access.accounts import add_demo_users
from hotspots.errors import HotspotsError, NotFoundError, StoreError
from hotspots.store.database import Database
from jobs.command import build_app

Run = Callable[..., str]
RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what a command writes is the same on every database."""
    return sqlite_url


@pytest.fixture
def run(database_url: str, logging_kept: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, which is faster, on the test's database; give what it printed.

    A command that is to end with 1 raises, as only the process turns that into a line.
    """
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n', encoding="utf-8")
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)

    def invoke(*arguments: str | Path, code: int = 0) -> str:
        ended = CliRunner().invoke(build_app(), [str(argument) for argument in arguments])
        if isinstance(ended.exception, HotspotsError):
            raise ended.exception
        assert ended.exit_code == code, ended.output
        return ended.stdout

    return invoke


@pytest.mark.usefixtures("three_weeks")
def test_export_writes_all_hotspots_also_those_that_went_quiet(run: Run, tmp_path: Path) -> None:
    for kind in ("geojson", "csv", "gpkg"):
        file = tmp_path / f"out.{kind}"
        printed = run("export", "hotspots", "--format", kind, "--output", file, "--json")
        assert json.loads(printed) == {
            "hotspots": 4,
            "listed": 4,
            "new": 2,
            "candidates": 4,
            "format": kind,
            "output": str(file),
        }
        assert file.stat().st_size > 1000
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    assert {row["nummer"]: row["trend"] for row in rows} == {
        "HS-2023-001": "stil",
        "HS-2023-002": "nieuw",
        "HS-2023-003": "toenemend",
        "HS-2023-004": "nieuw",
    }


@pytest.mark.usefixtures("three_weeks")
def test_map_writes_a_page_and_pictures(run: Run, tmp_path: Path) -> None:
    for suffix in ("html", "png", "svg"):
        printed = run("map", "--output", tmp_path / f"map.{suffix}", "--json")
        assert json.loads(printed)["hotspots"] == 4
        run("map", "--output", tmp_path / f"again.{suffix}")
        content = (tmp_path / f"map.{suffix}").read_bytes()
        assert content == (tmp_path / f"again.{suffix}").read_bytes()
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "<h1>Hotspots Maastricht, week 48 van 2023</h1>" in page
    assert 'data-nummer="HS-2023-001"' in page
    png = (tmp_path / "map.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24])[0] == 1500
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    for text in ("Hotspots Maastricht, week 48 van 2023", "Stand van 3 december 2023", "Bron:", "neemt toe"):
        assert text in svg
    assert "2023-001" in svg


def test_no_number_on_a_picture_is_left_out(run: Run, see: Callable[..., None], tmp_path: Path) -> None:
    see(date(2023, 12, 3), {"score": 9.0, "lon": 5.692}, {"score": 1.0, "lon": 5.72}, score=2.0, lon=5.6915)
    run("map", "--output", tmp_path / "map.svg")
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert [f">2023-00{number}<" in svg for number in (1, 2, 3)] == [True, True, True]


@pytest.mark.usefixtures("three_weeks")
def test_a_map_of_an_earlier_week_or_of_one_area_has_less_on_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    printed = run("map", "--output", file, "--as-of", "2023-11-25", "--json")
    assert json.loads(printed) == {"hotspots": 1, "asOf": "2023-11-19", "output": str(file)}
    for area in ("BU09350000", "WK093500", "Wijk 00 Centrum"):
        printed = run("map", "--output", file, "--area", area, "--json")
        assert json.loads(printed)["hotspots"] == 1
    assert "HS-2023-002" not in file.read_text(encoding="utf-8")


@pytest.mark.usefixtures("three_weeks")
def test_what_is_wrong_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.png"
    with pytest.raises(NotFoundError, match="there is no run at or before 2020-01-01"):
        run("map", "--output", file, "--as-of", "2020-01-01")
    with pytest.raises(NotFoundError, match=r"found 'Nergens'; gebieden are Wijk 00 Centrum, "):
        run("map", "--output", file, "--area", "Nergens")
    run("map", "--output", tmp_path / "m.pdf", code=2)
    run("map", "--output", file, "--as-of", "gisteren", code=2)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="can't write"):
        run("map", "--output", tmp_path / "file" / "m.svg")
    assert not file.exists()


def test_a_map_without_any_run_says_what_to_do(
    run_command: RunCommand, database_url: str, tmp_path: Path
) -> None:
    output = tmp_path / "m.png"
    ended = run_command("map", "--output", output, settings={"DATABASE_URL": database_url}, code=1)
    assert ended.stderr == "hotspots: there is no run: run 'hotspots detect' first\n"


def test_a_port_in_use_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StoreError, match=f"can't listen on 127.0.0.1:{port}"):
            run("serve", "--port", str(port))


@pytest.mark.usefixtures("three_weeks")
def test_serve_answers_until_it_is_stopped(
    hotspots_command: Path, environment: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotspots.toml").write_text("[service]\nport = 0\n")
    variables = environment | {"HOTSPOTS_DATABASE_URL": database_url}
    with subprocess.Popen(
        [hotspots_command, "serve"], cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = line.split()[2].rstrip(",")
        assert address.startswith("http://127.0.0.1:")
        assert not address.endswith(":0")
        with urlopen(f"{address}/gezond") as answer:  # noqa: S310  # our own service, on loopback
            assert json.load(answer)["status"] == "gezond"
            assert answer.headers["server"] is None
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104  # refused
def test_with_accounts_of_the_demo_the_service_stays_on_this_machine(
    run_command: RunCommand, database_url: str, database: Database, host: str
) -> None:
    add_demo_users(database, gebieden=["Wijk 00 Centrum"], now=datetime.now(UTC))
    settings = {"DATABASE_URL": database_url}
    ended = run_command("serve", "--host", host, "--port", "0", settings=settings, code=1)
    assert ended.stderr.startswith(f"hotspots: wanted to listen on this machine only, found '{host}'")
    assert len(ended.stderr.splitlines()) == 1
