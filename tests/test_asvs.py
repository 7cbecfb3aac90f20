"""The table of the ASVS: every requirement of levels 1 and 2 once, and what it names exists."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

from hotspots.settings import Settings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
STATES = {"met", "partly", "not met", "n/a"}
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in TEXT.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
TESTS = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
SETTINGS = re.compile(r"`\[(\w+)\] (\w+)`")
FILES = re.compile(r"`([\w.-]+(?:/[\w.-]+)+|[\w-]+\.(?:md|toml|lock))`")


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions that a module defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def has_setting(section: str, key: str) -> bool:
    """Whether there is such a setting."""
    field = Settings.model_fields.get(section)
    return field is not None and key in getattr(field.annotation, "model_fields", ())


def test_every_requirement_is_there_once_with_its_level() -> None:
    with (ROOT / "tests" / "asvs_numbers.csv").open(encoding="utf-8", newline="") as file:
        wanted = [(row["number"], row["level"]) for row in csv.DictReader(file)]
    assert len(wanted) == 253
    assert [row[:2] for row in ROWS] == wanted


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_line_says_how_it_stands_and_by_what(row: tuple[str, ...]) -> None:
    assert len(row) == 5
    _, _, asked, state, why = row
    assert asked
    assert state in STATES
    assert why
    if state == "met":
        assert TESTS.search(why) or SETTINGS.search(why) or FILES.search(why), "nothing shows it"


def test_each_test_file_and_setting_that_is_named_exists() -> None:
    tests, settings, files = TESTS.findall(TEXT), SETTINGS.findall(TEXT), FILES.findall(TEXT)
    assert len(tests) > 100
    assert len(settings) > 40
    absent = [path for path, _ in tests if not (ROOT / path).is_file()]
    absent += [f"{path}::{name}" for path, name in tests if name and name not in names_in(ROOT / path)]
    absent += [f"[{section}] {key}" for section, key in settings if not has_setting(section, key)]
    absent += [path for path in files if not (ROOT / path).exists()]
    assert absent == []


def test_each_line_of_a_configuration_that_is_quoted_stands_in_its_file() -> None:
    quoted = re.findall(r"`([\w-]+[ =.][^`]+|[\w-]+\.target)` in `([\w./-]+)`", TEXT)
    assert len(quoted) >= 6
    assert [line for line, path in quoted if line not in (ROOT / path).read_text(encoding="utf-8")] == []


def test_scripts_keep_nothing_in_the_browser() -> None:
    scripts = [*(ROOT / "api").glob("static/*.js"), *(ROOT / "api").glob("templates/**/*.html")]
    assert len(scripts) > 20
    stores = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|postMessage")
    assert [path.name for path in scripts if stores.search(path.read_text(encoding="utf-8"))] == []
