"""Tables for a spreadsheet: what is text stays text, what is a date or number is one, in bounded memory."""

import io
import os
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from hotspots.files.written_tables import (
    CUT,
    LONGEST_CELL,
    NOTES_SHEET,
    Written,
    csv_parts,
    write_csv,
    write_xlsx,
)

MOMENT = datetime.fromisoformat("2023-12-03T21:35")
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", " =1", "＝1", '=HYPERLINK("http://x","y")']


def workbook(table: Written, **more: Any) -> openpyxl.Workbook:
    """The workbook of a table, read back."""
    output = io.BytesIO()
    write_xlsx(output, table, **more)
    return openpyxl.load_workbook(io.BytesIO(output.getvalue()))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_as_a_formula_stays_the_same_text_in_a_workbook(text: str) -> None:
    sheet = workbook(Written("t", ["=kop"], [(text,)]), notes=[("Keuze", text)]).worksheets
    for cell in (sheet[0]["A2"], sheet[1]["B1"]):
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)
    assert (sheet[0]["A1"].data_type, sheet[0]["A1"].value) == ("s", "=kop")


@pytest.mark.parametrize("text", FORMULAS)
def test_in_a_csv_it_gets_an_apostrophe_also_in_the_header(text: str) -> None:
    output = io.BytesIO()
    write_csv(output, Written("t", [text], [(text,)]))
    frame = pd.read_csv(io.BytesIO(output.getvalue()), sep=";", encoding="utf-8-sig")
    assert [*frame.columns, *frame.iloc[0]] == [f"'{text}", f"'{text}"]


def test_dates_and_numbers_are_so_in_a_workbook_and_the_header_stays_in_view() -> None:
    row = (date(2023, 12, 3), MOMENT, 5, 5.25, True, "0612", None, float("nan"))
    header = ["dag", "tijd", "aantal", "deel", "telt", "nummer", "leeg", "onbekend"]
    book = workbook(Written("hotspots", header, [row]), notes=[("Stand", "3 december 2023")])
    sheet = book["hotspots"]
    read = [cell.value for cell in sheet[2]]
    assert read == [datetime.fromisoformat("2023-12-03"), row[1], 5, 5.25, True, "0612", None, None]
    assert sheet["A2"].is_date
    assert sheet["B2"].is_date
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H2")
    assert [cell.value for cell in book[NOTES_SHEET][1]] == ["Stand", "3 december 2023"]


def test_a_dutch_csv_has_a_comma_in_fractions_and_whole_numbers_and_dates_as_they_are() -> None:
    row = (date(2023, 12, 3), MOMENT, 5, 5.25, False, None, "a;b\n'c'")
    text = "".join(csv_parts(Written("t", list("abcdefg"), [row]), ","))
    assert text == "a;b;c;d;e;f;g\r\n2023-12-03;2023-12-03 21:35;5;5,25;false;;\"a;b\n'c'\"\r\n"


def test_a_text_longer_than_a_cell_says_that_it_goes_on() -> None:
    value = workbook(Written("t", ["x"], [("a" * 40_000,)])).worksheets[0]["A2"].value
    assert isinstance(value, str)
    assert len(value) == LONGEST_CELL
    assert value.endswith(CUT)


def test_signs_that_xml_lacks_spoil_no_workbook() -> None:
    text = "a\x00\x07\x1bz\ufffe"
    assert "a" in str(workbook(Written("t", ["x"], [(text,)])).worksheets[0]["A2"].value)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_an_empty_table_has_its_header(write: Any) -> None:
    output = io.BytesIO()
    write(output, Written("t", ["een", "twee"], []))
    content = io.BytesIO(output.getvalue())
    if write is write_csv:
        frame = pd.read_csv(content, sep=";", encoding="utf-8-sig")
    else:
        frame = pd.read_excel(content, engine="openpyxl")
    assert ([*frame.columns], len(frame)) == (["een", "twee"], 0)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_memory_holds_some_rows_however_many_there_are(write: Any) -> None:
    def rows(count: int) -> Iterator[tuple[str, int]]:
        return ((f"{number} {'x' * 1000}", number) for number in range(count))

    peaks = []
    for count in (1000, 4000):
        tracemalloc.start()
        with Path(os.devnull).open("wb") as output:
            write(output, Written("t", ["tekst", "nummer"], rows(count)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 400_000  # the rows are 3 MB more
