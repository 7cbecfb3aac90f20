"""The cells of an address register in CSV or a workbook, as they stand there: millions of rows, quickly."""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO, cast

import numpy as np
import pandas as pd

from hotspots.errors import AddressesError, UnreadableFileError
from hotspots.files.delimited import CHUNK_BYTES
from hotspots.files.kinds import is_workbook
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.rows import BrokenRow, Rows
from hotspots.files.tables import first_columns, opened_table
from hotspots.settings import ReadingSettings


@dataclass(frozen=True)
class RegisterRows:
    """Rows of a register.

    Attributes
    ----------
    cells
        A column of texts for each field that the file has; the index is the number of the row, from 1.
    columns
        The columns of the file.
    broken
        Why a row can't be read, by its number.
    notes
        What had to be interpreted, in Dutch, and how often.
    """

    cells: pd.DataFrame
    columns: Sequence[str]
    broken: Mapping[int, str]
    notes: Counter[str]


def read_rows(
    path: Path,
    names: Mapping[str, Sequence[str]],
    *,
    sheet: str = "",
    limits: ReadingSettings = DEFAULT_LIMITS,
) -> RegisterRows:
    """Read the columns of a register, or of the named sheet of one, by the names that each field may have.

    A CSV without quotes and with as many cells in every row is read at once, which is four times as fast;
    any other row by row. Both give the same.

    Raises
    ------
    AddressesError
        If the file can't be read, or has one of the columns twice.
    """
    try:
        with opened_table(path, sheet=sheet, limits=limits) as rows:
            fields = first_columns(names, rows.header, path.name)
            cells = _at_once(path, rows, fields)
            broken: dict[int, str] = {}
            if cells is None:
                cells = _one_by_one(rows, fields, broken)
            return RegisterRows(cells, list(rows.header), broken, rows.notes)
    except UnreadableFileError as error:
        raise AddressesError(str(error), error.dutch) from None


def _one_by_one(rows: Rows, fields: Mapping[str, str], broken: dict[int, str]) -> pd.DataFrame:
    pick = (
        itemgetter(*fields.values())
        if len(fields) > 1
        else lambda cells: (cells[next(iter(fields.values()))],)
    )
    numbers: list[int] = []

    def good() -> Iterator[tuple[str, ...]]:
        same: dict[str, str] = {}  # streets and towns are many times the same text
        for row in rows.rows:
            if isinstance(row, BrokenRow):
                broken[row.number] = row.reason
                continue
            numbers.append(row.number)
            yield tuple(same.setdefault(cell, cell) for cell in pick(row.cells))

    table = list(good()) if fields else []
    return pd.DataFrame(table, columns=list(fields), index=numbers if fields else [], dtype="str")


def _at_once(path: Path, rows: Rows, fields: Mapping[str, str]) -> pd.DataFrame | None:
    """The rows of a CSV that is plain as a whole; None if it is not."""
    delimiter = _plain_delimiter(path, rows) if not is_workbook(path) and fields else None
    if delimiter is None:
        return None
    places = {field: list(rows.columns).index(column) for field, column in fields.items()}
    try:
        table = pd.read_csv(
            path,
            sep=delimiter,
            header=None,
            skiprows=1,
            names=range(len(rows.columns)),
            usecols=sorted(set(places.values())),
            dtype="str",
            keep_default_na=False,
            encoding=rows.encoding,
            quoting=csv.QUOTE_NONE,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        return None
    cells = pd.DataFrame({field: table[place] for field, place in places.items()})
    first = cells.iloc[:, 0].str.strip() == ""
    if (cells[first].apply(lambda column: column.str.strip()) == "").all(axis=1).any():
        return None  # what may be a row without any value has no number
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return cells


def _plain_delimiter(path: Path, rows: Rows) -> str | None:
    """The delimiter of a file without quotes of which all lines have as many cells; None for another."""
    with _opened(path) as file:
        line = file.readline().decode(rows.encoding, "replace").rstrip("\r\n")
        is_header = [cell.strip() for cell in line.split(rows.delimiter)] == rows.header
        if not is_header or len(rows.header) == 1 or '"' in line or "\r" in line:
            return None
        return rows.delimiter if _has_cells(file, rows.delimiter.encode(), len(rows.header)) else None


def _has_cells(file: IO[bytes], delimiter: bytes, wanted: int) -> bool:
    """Whether every line has this number of cells, and none is quoted."""
    begun, ends = 0, True  # delimiters in a line that goes on in the next part; whether it had ended
    while chunk := file.read(CHUNK_BYTES):
        if chunk.endswith(b"\r"):
            chunk += file.read(1)
        if b'"' in chunk or b"\0" in chunk or chunk.count(b"\r") != chunk.count(b"\r\n"):
            return False
        data = np.frombuffer(chunk, dtype=np.uint8)
        counted = np.cumsum(data == delimiter[0])
        at_ends = counted[data == ord("\n")]
        if (np.diff(at_ends, prepend=-begun) != wanted - 1).any():
            return False
        begun = int(counted[-1] - at_ends[-1]) if len(at_ends) else begun + int(counted[-1])
        ends = chunk.endswith(b"\n")
    return ends or begun == wanted - 1


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")
