"""Deliveries that are made to break their reader: they are refused, or what is broken of them is."""

import re
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow
from hotspots.intake.sources.files import opened_rows
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.proposing import propose
from hotspots.intake.sources.sampling import take_sample
from hotspots.settings import ReadingSettings
from tests import hostile_files
from tests.hostile_files import Builder

OWN_SECONDS = 2.0
"""Of processor time in this process, which reads only what another has made plain."""


TOLD = {
    hostile_files.JSON["lists 3,000 deep"]: "rows \\['1'\\] broken .*te diep genest",
    hostile_files.JSON["200,000 names in a record"]: "rows \\['1'\\] broken .*meer waarden",
    hostile_files.JSON["a text of 3 MB"]: "rows \\['1'\\] broken .*meer waarden of tekst",
    hostile_files.JSON["a number of 200,000 digits"]: "ended its reader: it crashed with SIGSEGV",
    hostile_files.JSON["lists 50,000 deep, never closed"]: "ended its reader: it takes more|levels deep",
    hostile_files.ZIP["one line millions of times"]: "unpacks to more than 20 MB",
    hostile_files.ZIP["500 names for one content"]: "unpacks to more than 20 MB|broken zip",
    hostile_files.ZIP["a list of 4.5 MB"]: "its list of files takes more",
    hostile_files.WORKBOOKS["a cell in the last corner"]: "more than 1000 MB of memory",
    hostile_files.WORKBOOKS["a row a milliard times"]: "ended its reader: it takes more",
    hostile_files.CSV["a million columns"]: "990003 columns: wanted at most 16384",
}
"""What must be said of some; of the others only that it is said."""


def mapping(kind: str) -> SourceMapping:
    file = {"format": kind, "main": "meldingen.csv"}
    return SourceMapping.model_validate({"file": file, "columns": {"id": "id", "reported_at": "at"}})


def outcome(path: Path, kind: str) -> tuple[list[str], list[str], str]:
    """The ids of rows, why others are broken, and why the file as a whole is refused."""
    ids: list[str] = []
    broken: list[str] = []
    try:
        with opened_rows(path, mapping(kind)) as rows:
            for row in rows.rows:
                if isinstance(row, BrokenRow):
                    broken.append(row.reason)
                elif len(ids) < 10:
                    ids.append(row.cells.get("id", ""))
    except UnreadableFileError as error:
        return [], [], f"{error}|{error.dutch}"
    return ids, broken, ""


def cases(kind: str, builders: dict[str, Builder]) -> list[object]:
    return [pytest.param(kind, build, id=f"{kind}: {name}") for name, build in builders.items()]


@pytest.mark.parametrize(
    ("kind", "build"),
    [
        *cases("json", hostile_files.JSON),
        *cases("json", {f"{name}, in lines": build for name, build in hostile_files.LINES.items()}),
        *cases("zip", hostile_files.ZIP),
        *cases("csv", hostile_files.WORKBOOKS),
        *cases("csv", hostile_files.CSV),
    ],
)
def test_a_file_that_is_made_to_do_harm_costs_little_and_is_told(
    tmp_path: Path, kind: str, build: Builder
) -> None:
    path = build(tmp_path)
    began = process_time()
    ids, broken, refused = outcome(path, kind)
    assert process_time() - began < OWN_SECONDS
    told = f"rows {ids} broken {broken[:1]} {refused}"
    assert re.search(TOLD.get(build, "rows|'"), told), told
    if refused:
        english, dutch = refused.split("|")
        assert "\n" not in english
        assert "'" in english
        assert dutch.endswith(".")


@pytest.mark.parametrize("digits", [4301, 100_000])
def test_a_number_that_is_longer_than_python_takes_is_read_as_its_digits(tmp_path: Path, digits: int) -> None:
    path = hostile_files.json_with("9" * digits)(tmp_path)
    assert outcome(path, "json")[0] == ["9" * digits, "1"]


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(hostile_files.JSON["200,000 names in a record"], id="200,000 names in a record"),
        pytest.param(hostile_files.ZIP["500 names for one content"], id="500 names for one content"),
        pytest.param(hostile_files.CSV["a million columns"], id="a million columns"),
    ],
)
def test_what_nobody_told_the_layout_of_breaks_nothing_either(build: Builder, tmp_path: Path) -> None:
    began = process_time()
    with suppress(UnreadableFileError):
        propose(take_sample(build(tmp_path), limits=ReadingSettings()), crs="EPSG:28992")
    assert process_time() - began < OWN_SECONDS
