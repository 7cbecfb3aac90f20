"""A file that breaks its reader is refused in one line, and this process goes on."""

import os
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from hotspots.errors import AreasError, HotspotsError, UnreadableFileError
from hotspots.files.reading_process import read_apart
from hotspots.settings import ReadingSettings
from tests.hotspots.files.failing_reader import reads

LIMITS = ReadingSettings(max_memory_mb=100, seconds=0.1, seconds_per_mb=1, silent_seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.json"
    path.write_text("content")
    return path


def messages(path: Path, doing: str) -> list[Any]:
    with read_apart(reads, path, {"doing": doing}, limits=LIMITS) as found:
        return list(found)


def test_what_a_reader_gives_comes_over(path: Path) -> None:
    assert messages(path, "nothing else") == ["content"]


@pytest.mark.parametrize(
    ("doing", "why"),
    [
        ("takes memory", r"more than 100 MB of memory \(reading.max_memory_mb\)"),
        ("never ends", r"more time than a file of its size may \(reading.seconds_per_mb\)"),
        ("waits for ever", "nothing came of it for 1 s"),
        ("crashes", "it crashed with SIGSEGV"),
        ("calls itself", "it is nested too deep"),
        ("stops", "it stopped with 3"),
        ("fails", "it stopped with ValueError;"),
        ("writes a file", "it stopped with OSError"),
    ],
)
def test_a_reader_that_is_ended_is_told_with_the_file_and_why(path: Path, doing: str, why: str) -> None:
    began = monotonic()
    with pytest.raises(UnreadableFileError, match=f"'{path}' ended its reader: .*{why}") as caught:
        messages(path, doing)
    assert "\n" not in str(caught.value)
    assert "Jan" not in str(caught.value)
    assert caught.value.dutch.endswith(".")
    assert monotonic() - began < 10


def test_an_error_of_a_reader_comes_over_as_itself(path: Path) -> None:
    with pytest.raises(AreasError, match=r"^wanted areas, found none$"):
        messages(path, "refuses")


def test_a_reader_gets_nothing_of_our_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_PRIVACY_REPORTER_KEY", "secret")
    (_, names) = messages(path, "tells its environment")
    assert not [name for name in names if name.startswith("HOTSPOTS") or name == "PATH"]


def test_a_reader_that_nobody_listens_to_any_more_is_ended(path: Path) -> None:
    with read_apart(reads, path, {"doing": "never ends"}, limits=ReadingSettings(seconds=60)) as found:
        assert next(found) == "content"
        began = monotonic()
    assert monotonic() - began < 5


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for name in ("pipe.json", ".", "absent.json"):
        with pytest.raises(HotspotsError, match=r"is no plain file|can't read"):
            messages(tmp_path / name, "nothing else")
