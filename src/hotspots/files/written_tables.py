"""Writes tables for a spreadsheet, as CSV and XLSX: row by row, real dates and numbers, no text a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hotspots.files.private_files import temporary_folder
from hotspots.files.spreadsheets import safe_cell, spreadsheet_cell

CSV_TYPE = "text/csv; charset=utf-8"
"""The media type of :func:`write_csv`."""

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of :func:`write_xlsx`."""

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark, by which a spreadsheet knows that a CSV is UTF-8."""

NOTES_SHEET = "toelichting"
"""Name of the sheet that says what the other one holds."""

LONGEST_CELL = 32_767
"""Characters that a cell of a workbook can hold; a longer text ends in :data:`CUT`."""

CUT = " […]"

_WIDEST = 60
_ROWS_PER_PART = 500


@dataclass(frozen=True)
class Written:
    """A table to write: what it is called, its header and its rows, which are read once and in order.

    A value is a text, a number, a date, a time without a time zone, a truth value, or None for an empty cell.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


def csv_parts(table: Written, decimal_sign: str = ".") -> Iterator[str]:
    """Give a table as CSV, in parts of some hundreds of rows: delimiter ``;``, a header, lines as RFC 4180.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.

    Examples
    --------
    >>> "".join(csv_parts(Written("t", ["plek", "aantal"], [("=1+1", 2.5), (None, True)]), ","))
    "plek;aantal\\r\\n'=1+1;2,5\\r\\n;true\\r\\n"
    """
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in table.header])
    for number, row in enumerate(table.rows, start=1):
        writer.writerow([_plain(value, decimal_sign) for value in row])
        if number % _ROWS_PER_PART == 0:
            yield output.getvalue()
            output.seek(0)
            output.truncate()
    yield output.getvalue()


def write_csv(output: IO[bytes], table: Written, *, decimal_sign: str = ".") -> None:
    """Write a table as CSV (:func:`csv_parts`), in UTF-8 with the byte order mark."""
    output.write(MARK.encode())
    for part in csv_parts(table, decimal_sign):
        output.write(part.encode())


def write_xlsx(
    output: IO[bytes], table: Written, *, notes: Sequence[tuple[str, str]] = (), made: date | None = None
) -> None:
    """Write a table as a workbook: a sheet with the table, its header kept in view, and one with notes.

    Memory holds one row at a time. A text stays one, also when it begins as a formula does.

    Parameters
    ----------
    notes
        What to say of the table: a name and a text each.
    made
        The day that the file says it was made; the same table, notes and day give the same bytes.
    """
    with temporary_folder() as folder:  # where its parts wait for each other
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(folder),
        }
        book = xlsxwriter.Workbook(output, options)
        _fill(book, table, notes)
        made = made or date(1970, 1, 1)
        # what a workbook says has no time zone
        book.set_properties({"created": datetime(made.year, made.month, made.day)})  # noqa: DTZ001
        book.close()


def _fill(book: xlsxwriter.Workbook, table: Written, notes: Sequence[tuple[str, str]]) -> None:
    formats = _Formats(
        head=book.add_format({"bold": True, "bottom": 1}),
        day=book.add_format({"num_format": "dd-mm-yyyy"}),
        moment=book.add_format({"num_format": "dd-mm-yyyy hh:mm"}),
        quoted=book.add_format({"quote_prefix": True}),
    )
    sheet = book.add_worksheet(table.name[:31])
    for column, name in enumerate(table.header):
        sheet.set_column(column, column, min(max(len(name) + 3, 12), _WIDEST))
    sheet.freeze_panes(1, 0)
    _write_row(sheet, 0, table.header, formats, formats.head)
    last = 0
    for last, row in enumerate(table.rows, start=1):
        _write_row(sheet, last, row, formats)
    if table.header:
        sheet.autofilter(0, 0, last, len(table.header) - 1)
    if notes:
        about = book.add_worksheet(NOTES_SHEET)
        about.set_column(0, 0, 20)
        about.set_column(1, 1, 100)
        for number, note in enumerate(notes):
            _write_row(about, number, note, formats)


@dataclass(frozen=True)
class _Formats:
    head: Format
    day: Format
    moment: Format
    quoted: Format


def _write_row(
    sheet: Worksheet, number: int, row: Sequence[Any], formats: _Formats, style: Format | None = None
) -> None:
    for column, value in enumerate(row):
        if value is None or (isinstance(value, float) and not isfinite(value)):
            continue
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value, style)
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value, style)
        elif isinstance(value, datetime):
            sheet.write_datetime(number, column, value, formats.moment)
        elif isinstance(value, date):
            sheet.write_datetime(number, column, value, formats.day)
        elif str(value):
            text = str(value)
            if len(text) > LONGEST_CELL:
                text = text[: LONGEST_CELL - len(CUT)] + CUT
            is_quoted = safe_cell(text) != text
            sheet.write_string(number, column, text, formats.quoted if is_quoted else style)


def _plain(value: Any, decimal_sign: str) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return spreadsheet_cell(value, decimal_sign)
