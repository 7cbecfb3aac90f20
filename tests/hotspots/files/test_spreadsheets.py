"""No CSV file that is written holds a cell that a spreadsheet takes for a formula."""

import csv
import io
from pathlib import Path

import pytest

from hotspots.files.spreadsheets import safe_cell
from hotspots.intake.rejects import RejectsWriter
from hotspots.intake.sources.reading import Refusal

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+HYPERLINK()", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"],
)
def test_what_begins_as_a_formula_stays_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5.69", "+31612345678", "12,5", "-1.234,5", "", "café", "a=b", "O'Brien"])
def test_numbers_and_other_text_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


def test_a_refused_row_is_written_safely_with_its_column_names() -> None:
    file = io.StringIO()
    refused = Refusal(row_number=2, reason="=geen kenmerk", cells={"=naam": "@SUM(A1)", "x": "-5.69"})
    RejectsWriter(file).write([refused], ["=naam", "x"])
    rows = list(csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=";"))
    assert rows == [["rijnummer", "reden", "'=naam", "x"], ["2", "'=geen kenmerk", "'@SUM(A1)", "-5.69"]]


def test_every_module_that_writes_csv_makes_its_cells_safe() -> None:
    simulated = ROOT / "src" / "hotspots" / "evaluation"  # files to import, of made-up data
    writing = [
        path
        for folder in ("src", "jobs", "api")
        for path in (ROOT / folder).rglob("*.py")
        if simulated not in path.parents
        and any(
            word in path.read_text(encoding="utf-8")
            for word in ("csv.writer(", "csv.DictWriter(", ".to_csv(")
        )
    ]
    assert len(writing) >= 4
    assert [
        path.name for path in writing if "hotspots.files.spreadsheets" not in path.read_text("utf-8")
    ] == []
