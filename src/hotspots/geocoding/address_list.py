"""Locates a table of addresses: keeps every column and adds the location of each address."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import pandas as pd

from hotspots.errors import AddressesError, UnreadableFileError
from hotspots.files.private_files import new_private_file
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.rows import BrokenRow, Row, Rows
from hotspots.files.spreadsheets import safe_cell
from hotspots.files.tables import first_columns, opened_table
from hotspots.files.values import each_once, house, postcode
from hotspots.geocoding.locating import QUERY_COLUMNS, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.settings import ReadingSettings

ROWS_PER_BATCH = 20_000
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "street": ("straatnaam", "straat", "openbareruimte"),
    "house_number": ("huisnummer",),
    "house_letter": ("huisletter",),
    "house_suffix": ("huisnummertoevoeging", "toevoeging"),
    "postcode": ("postcode",),
    "town": ("woonplaats", "woonplaatsnaam", "plaats"),
    "free_text": ("adres",),
}
"""Column names known for each part of an address, matched without regard to case."""

UNREAD_ADDRESS = "huisnummer of postcode die een spreadsheet veranderd heeft: niet gebruikt"
ADDED = ("lon", "lat", "precisie", "straal_m", "gevonden", "bron", "reden")
_OF_EARLIER = frozenset(ADDED) - {"reden"}
"""What every earlier answer has."""


@dataclass
class LocatedFile:
    """The number of rows read, and of rows located with each precision; what is to be told of them.

    Attributes
    ----------
    refused
        Number and reason, in Dutch, of rows that can't be read as rows.
    notes
        What had to be interpreted, in Dutch, and how often.
    """

    read: int = 0
    precisions: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def locate_file(
    path: Path,
    output: Path,
    register: AddressRegister,
    *,
    sheet: str = "",
    limits: ReadingSettings = DEFAULT_LIMITS,
    on_progress: Callable[[int], None] = lambda _: None,
) -> LocatedFile:
    """Locate the addresses of a table.

    Parameters
    ----------
    path
        CSV, XLSX or ODS, with columns as in :data:`COLUMNS`.
    output
        CSV in UTF-8, with a byte order mark and delimited as the input: the same rows and columns, and the
        columns in :data:`ADDED` after them, in the place of those of an earlier answer; ``reden`` says why a
        place is no more precise, in Dutch. A column of the list that happens to be called like one of these
        is kept as ``bron (eigen)``. A row that can't be read as a row has only its precision, ``geen``, and
        the reason. Written completely or not at all.
    sheet
        Of a workbook with more than one filled sheet.
    limits
        What reading it may cost.
    on_progress
        Called with the number of rows done.

    Raises
    ------
    AddressesError
        If the file can't be read, has no column with addresses, or has one of them twice.
    """
    try:
        with opened_table(path, sheet=sheet, limits=limits) as rows, new_private_file(output) as new:
            target = io.TextIOWrapper(new.file, encoding=_encoding_like(path, rows), newline="")
            counts = _locate_rows(path, rows, target, register, on_progress)
            target.detach()  # writes what waits, and leaves the file open
    except UnreadableFileError as error:
        raise AddressesError(str(error)) from None
    except OSError as error:
        raise AddressesError(f"can't write '{output}' ({error.strerror})") from None
    return counts


def _locate_rows(
    path: Path,
    rows: Rows,
    target: TextIO,
    register: AddressRegister,
    on_progress: Callable[[int], None],
) -> LocatedFile:
    columns = _columns_in(rows.header, path)
    kept = _kept(rows)
    writer = csv.writer(target, delimiter=rows.delimiter, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in (*(name for name, _ in kept), *ADDED)])
    counts = LocatedFile(notes=rows.notes)
    while batch := list(islice(rows.rows, ROWS_PER_BATCH)):
        cells = [row.cells if isinstance(row, Row) else {} for row in batch]
        queries = _queries(cells, columns, counts)
        found = locate_addresses(queries, register)
        broken = [row.reason if isinstance(row, BrokenRow) else "" for row in batch]
        told = zip(broken, queries["unread"], found["why_not_better"].tolist(), strict=True)
        reasons = [why or "; ".join(filter(None, others)) for why, *others in told]
        values = ([row.get(key, "") for row in cells] for _, key in kept)
        written = (*(each_once(safe_cell, column) for column in values), *_added(found, reasons))
        writer.writerows(zip(*written, strict=True))
        counts.refused += [
            (row.number, why) for row, why in zip(batch, broken, strict=True) if isinstance(row, BrokenRow)
        ]
        counts.read += len(batch)
        counts.precisions.update(found["precision"].tolist())
        on_progress(counts.read)
    return counts


def _kept(rows: Rows) -> list[tuple[str, str]]:
    """The columns of the list by the name they get and their key: all but those of an earlier answer."""
    columns = list(zip(rows.header, rows.columns, strict=True))
    if set(rows.header) >= _OF_EARLIER:
        return [(name, key) for name, key in columns if name not in ADDED]
    return [(f"{name} (eigen)" if name in ADDED else name, key) for name, key in columns]


def _queries(
    cells: Sequence[Mapping[str, str]], columns: Mapping[str, str], counts: LocatedFile
) -> pd.DataFrame:
    """The parts of the address of each row, without those that a spreadsheet changed for good, and which
    those are."""
    written = {name: [row.get(columns.get(name, ""), "").strip() for row in cells] for name in QUERY_COLUMNS}
    parts = zip(written["house_number"], written["house_letter"], written["house_suffix"], strict=True)
    houses = each_once(lambda part: house(*part), parts)
    codes = each_once(postcode, written["postcode"])
    for read, code in zip(houses, codes, strict=True):
        if read.notes or code.note:
            counts.notes.update(filter(None, (*read.notes, code.note)))
        if read.problem or code.problem:
            counts.notes[UNREAD_ADDRESS] += 1
    unread = [
        read.problem or (code.problem and f"postcode '{text}' {code.problem}")
        for read, code, text in zip(houses, codes, written["postcode"], strict=True)
    ]
    known = {
        "house_number": [read.number for read in houses],
        "house_letter": [read.letter for read in houses],
        "house_suffix": [read.suffix for read in houses],
        "postcode": [code.text for code in codes],
        "unread": unread,
    }
    return pd.DataFrame(written | known, dtype=object)


def _encoding_like(path: Path, rows: Rows) -> str:
    """UTF-8, with the mark by which a spreadsheet knows it, unless the list is in UTF-8 without that mark."""
    with path.open("rb") as file:
        is_plain = rows.encoding.startswith("utf-8") and file.read(2) not in (codecs.BOM_UTF8[:2], b"PK")
    return "utf-8" if is_plain else "utf-8-sig"


def _added(found: pd.DataFrame, reasons: Sequence[str]) -> Iterator[Sequence[str]]:
    """The columns of :data:`ADDED`."""
    lon, lat, radius = (found[name].tolist() for name in ("lon", "lat", "radius_m"))
    for degrees in (lon, lat):
        yield [f"{one:.7f}" if east == east else "" for one, east in zip(degrees, lon, strict=True)]
    yield found["precision"].tolist()
    yield [f"{one:.0f}" if east == east else "" for one, east in zip(radius, lon, strict=True)]
    yield each_once(safe_cell, found["found"].tolist())
    yield found["located_by"].tolist()
    yield each_once(safe_cell, reasons)


def _columns_in(header: Sequence[str], path: Path) -> dict[str, str]:
    found = first_columns(COLUMNS, header, path.name)
    if not {"street", "postcode", "free_text"} & found.keys():
        wanted = ";".join(aliases[0] for part, aliases in COLUMNS.items() if part != "free_text")
        raise AddressesError(f"wanted the columns {wanted}, or adres, found '{';'.join(header)}' in '{path}'")
    return found
