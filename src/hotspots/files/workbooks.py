"""Sheets of XLSX and OpenDocument row by row, each cell as the text that a CSV would have had.

Read by calamine, which opens a file read-only and runs no formula: a cell is the value that was saved. A
workbook holds numbers as floats and times as times; they are written here in one way, so that what reads the
texts needs to know nothing of workbooks.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import Row, Rows, told_apart
from hotspots.files.rows_as_messages import as_messages

EXACT_TO = 1e15
"""A spreadsheet keeps fifteen digits: a larger number has lost its last ones, and is written like that."""

SHOWN_SHEETS = 8
HIDDEN_SHEET = "verborgen werkblad met rijen: niet gelezen, alleen het zichtbare"


def read_workbook(path: Path, *, sheet: str) -> Iterator[Any]:
    """Read one sheet; for a process of its own, as the messages that rows are sent by."""
    yield from as_messages(workbook_rows(path, sheet))


def workbook_rows(path: Path, sheet: str = "") -> Rows:
    """Read one sheet: the first row with a value is the header; rows without any value are passed over.

    Parameters
    ----------
    sheet
        Its name; may be empty when only one sheet has rows.

    Raises
    ------
    UnreadableFileError
        If the file is broken or protected, there is no such sheet, or more than one it could be.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        found, passed_over = _chosen(workbook, path, sheet)
        rows = iter(found.iter_rows())
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(
            f"'{path}' is no whole workbook ({str(error).splitlines()[0]}): open it, and save it anew "
            "without a password",
            "Deze werkmap kan niet gelezen worden. Open hem en sla hem opnieuw op, zonder wachtwoord.",
        ) from None
    header = next((cells for cells in map(_texts, rows) if any(cells)), [])
    columns = [cell.strip() for cell in header]
    while columns and not columns[-1]:  # columns that only have a colour
        columns.pop()
    if not columns:
        raise UnreadableFileError(
            f"'{path.name}' has no header: wanted column names in the first row",
            "De eerste rij heeft geen kolomnamen.",
        )
    position = [0]
    total = max(found.height, 1)
    keys = told_apart(columns)
    notes = +Counter({HIDDEN_SHEET: passed_over})
    return Rows(columns, total, _rows(rows, keys, position), position=position, notes=notes, columns=keys)


def visible_sheets(path: Path) -> list[str]:
    """The sheets with rows that can be seen, or all with rows when none can; none if it is broken."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return list(_filled(CalamineWorkbook.from_path(str(path)))[1])
    except (CalamineError, OSError, ValueError):
        return []  # who reads its rows tells what is wrong with it


def _filled(workbook: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sheets with rows by name: all, and those of them that can be seen."""
    from python_calamine import SheetVisibleEnum

    names: list[str] = list(workbook.sheet_names)
    filled = {name: found for name in names if (found := workbook.get_sheet_by_name(name)).height > 0}
    shown = {one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible}
    return filled, {name: found for name, found in filled.items() if name in shown} or filled


def _chosen(workbook: Any, path: Path, sheet: str) -> tuple[Any, int]:
    """The sheet to read, and how many hidden ones with rows are passed over for it."""
    names: list[str] = list(workbook.sheet_names)
    if sheet:
        if sheet not in names:
            raise UnreadableFileError(
                f"'{path}' has no sheet '{sheet}': found {_listed(names)}; name one of these",
                f"Er is geen werkblad '{sheet}' in deze werkmap.",
            )
        return workbook.get_sheet_by_name(sheet), 0
    filled, visible = _filled(workbook)
    if not filled:
        raise UnreadableFileError(
            f"'{path}' is empty: wanted a header and rows, found no filled sheet", "Deze werkmap is leeg."
        )
    if len(visible) > 1:
        raise UnreadableFileError(
            f"'{path}' has {len(visible)} sheets: wanted one, or the name of the one to read (file.sheet in "
            f"the mapping, or --sheet); found {_listed(list(visible))}",
            f"Deze werkmap heeft {len(visible)} gevulde werkbladen. Laat er één over, of noem het werkblad "
            "in de instelling van deze bron.",
        )
    return next(iter(visible.values())), len(filled) - len(visible)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN_SHEETS])
    return shown + (f" and {len(names) - SHOWN_SHEETS} more" if len(names) > SHOWN_SHEETS else "")


def _rows(rows: Iterator[Sequence[Any]], columns: Sequence[str], position: list[int]) -> Iterator[Row]:
    number = 0
    for row in rows:
        position[0] += 1
        cells = _texts(row)[: len(columns)]
        if any(cells):
            number += 1
            cells += [""] * (len(columns) - len(cells))
            yield Row(number, columns, cells)


def _texts(cells: Sequence[Any]) -> list[str]:
    return [cell if isinstance(cell, str) else _as_text(cell) for cell in cells]


def _as_text(value: Any) -> str:
    """A value of a cell as a CSV in ISO notation would have it.

    Examples
    --------
    >>> [_as_text(value) for value in (20.0, 176543.21, 2.02301e17, datetime(2023, 3, 14, 21, 35), None)]
    ['20', '176543.21', '2.02301e+17', '2023-03-14 21:35:00', '']
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < EXACT_TO:
            return str(int(value))
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return repr(value)
