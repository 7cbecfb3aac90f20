"""Whatever a command writes: for its owner only, and nothing of it stays where it is killed.

``make bench BENCH=faults`` kills at more moments.
"""

import os
import random
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from hotspots.files.uploads import keep_upload
from tests.jobs.test_inbox import GOOD, NOW

RunCommand = Callable[..., "CompletedProcess[str]"]

REGISTER = (
    "straat,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaats,gemeente,provincie,lat,lon\n"
    "Markt,1,,,6211CK,Maastricht,Maastricht,,50.851,5.691\n"
    "Markt,x,,,6211CK,Maastricht,Maastricht,,50.851,5.691\n"
)
WEEK = "2023-W11"
COMMANDS: Sequence[Sequence[str]] = (
    ("db", "upgrade"),
    ("addresses", "import", "register.csv", "--rejects", "out/a/addresses.csv"),
    ("addresses", "locate", "list.csv", "--output", "out/located.csv"),
    ("reports", "import", "export.csv", "--source", "melddesk", "--rejects", "out/b/rejects.csv"),
    ("detect", "--as-of", "2023-03-19"),
    ("export", "hotspots", "--format", "geojson", "--output", "out/c/h.geojson"),
    ("export", "hotspots", "--format", "csv", "--output", "out/c/h.csv"),
    ("export", "hotspots", "--format", "gpkg", "--output", "out/c/h.gpkg"),
    ("map", "--output", "out/d/map.html"),
    ("map", "--output", "out/d/map.png"),
    ("map", "--output", "out/d/map.svg"),
    ("report", "--week", WEEK, "--output", "out/e/report"),
    ("privacy", "log", "--output", "out/log.jsonl"),
    ("privacy", "rotate-key"),
    ("db", "backup", "out/f/backup.sqlite"),
    ("db", "restore", "out/f/backup.sqlite", "--replace"),
    ("schedule", "--once", "inbox"),
    ("schedule", "--once", "backup"),
)
"""Every command that writes a file, but the demo and `setup`, which write as these do."""

DRAWN = ("map", "report")
"""What takes seconds."""

IN_ITS_FOLDER = {"DATABASE_URL": "sqlite:///var/h.sqlite"}


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """With a key in a file, as most have it."""
    return {name: value for name, value in environment.items() if name != "HOTSPOTS_PRIVACY_REPORTER_KEY"}


@pytest.fixture
def inputs(tmp_path: Path) -> set[Path]:
    """What the commands read."""
    (tmp_path / "out").mkdir(mode=0o700)
    contents = {
        "export.csv": GOOD,
        "register.csv": REGISTER,
        "list.csv": "straatnaam;huisnummer\nMarkt;1\n",
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "var" / "inbox").mkdir(parents=True)
    delivered = tmp_path / "var" / "inbox" / "week.csv"
    delivered.write_text(GOOD, encoding="utf-8")
    os.utime(delivered, (NOW.timestamp(),) * 2)
    return {*tmp_path.rglob("*"), tmp_path / "config", tmp_path / "config" / "hotspots.toml"}


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, which is empty."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(params=[0o022, 0o000], ids=["umask 022", "umask 000"])
def mask(request: pytest.FixtureRequest) -> Iterator[int]:
    """What the account takes from the rights on new files."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_what_every_command_writes_is_for_its_owner_only(
    run_command: RunCommand, mask: int, inputs: set[Path], temporary: Path, tmp_path: Path
) -> None:
    for command in COMMANDS:
        if mask == 0 or command[0] not in DRAWN:  # where nothing is taken away, all must be right by itself
            run_command(*command, settings=IN_ITS_FOLDER)
    with_modes = {
        str(path.relative_to(tmp_path)): (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in tmp_path.rglob("*")
        if path not in inputs and "done" not in path.parts
    }
    assert {
        name for name, found in with_modes.items() if found not in ((True, 0o700), (False, 0o600))
    } == set()
    assert stat.S_IMODE((tmp_path / "var" / "inbox" / "done").stat().st_mode) == 0o700
    written = {Path(name).suffix for name in with_modes} | (
        {".html", ".png", ".svg", ".pdf"} if mask else set()
    )
    assert written >= {".geojson", ".csv", ".gpkg", ".jsonl", ".sqlite", ".key"}
    assert mask or written >= {".html", ".png", ".svg", ".pdf"}
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("mask")
def test_a_file_that_was_sent_by_a_page_is_for_its_owner_only(tmp_path: Path) -> None:
    keep_upload(tmp_path / "var" / "up", b"x", file_name="a.csv", source="melddesk", owner="1", now=NOW)
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (tmp_path / "var").rglob("*")}
    assert modes == {(True, 0o700), (False, 0o600)}


KILLED = (
    ("addresses", "locate", "list.csv", "--output", "out/located.csv"),
    ("reports", "import", "export.csv", "--source", "melddesk", "--rejects", "out/rejects.csv"),
    ("export", "hotspots", "--format", "gpkg", "--output", "out/h.gpkg"),
    ("db", "backup", "out/backup.sqlite"),
    ("db", "restore", "whole.sqlite", "--replace"),
)
"""Commands that write, each another way."""

FILE_EVENTS = ("open", "os.", "shutil.", "tempfile.", "sqlite3.")
KILLS = int(os.environ.get("KILLS", "2"))
"""Moments at which each is killed."""


def touches(run: Callable[[], object], killed_at: int = 0) -> int | None:
    """Do something in a process that is killed when it is about to touch a file for the n-th time.

    Gives how often it touched one; None of one that was killed.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def look(event: str, _arguments: object) -> None:
            nonlocal count
            if event.startswith(FILE_EVENTS):
                count += 1
                if count == killed_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        run()
        os.write(tell, str(count).encode())
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as file:
        answer = file.read()
    os.waitpid(child, 0)
    return int(answer) if answer else None


@pytest.mark.parametrize(
    "command", KILLED, ids=[" ".join(command[:2]) + command[-1][-5:] for command in KILLED]
)
def test_nothing_stays_of_a_command_that_was_killed_when_it_has_run_again(
    run_command: RunCommand,
    migrated_sqlite: Path,
    inputs: set[Path],
    temporary: Path,
    tmp_path: Path,
    command: Sequence[str],
) -> None:
    def run() -> None:
        run_command(*command, settings=IN_ITS_FOLDER)

    (tmp_path / "var").chmod(0o700)
    shutil.copyfile(migrated_sqlite, tmp_path / "var" / "h.sqlite")
    for first in (COMMANDS[3], COMMANDS[4], ("db", "backup", "whole.sqlite")):
        run_command(*first, settings=IN_ITS_FOLDER)
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "out").mkdir()
    count = touches(run)
    assert count is not None
    wanted = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if "var" not in path.parts)
    rng = random.Random(7)  # the same moments each time
    # most of what a command touches is code that it loads, before it comes to its work
    for moment in (rng.randint(count // 2, count) for _ in range(KILLS)):
        shutil.rmtree(tmp_path / "out")
        (tmp_path / "out").mkdir()
        assert touches(run, moment) is None
        run()
        assert list(temporary.iterdir()) == []
        found = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if "var" not in path.parts)
        assert found == wanted
