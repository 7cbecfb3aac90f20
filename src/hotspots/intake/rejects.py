"""What is kept of a row that is refused: enough to correct it at its source, and nothing of who reported.

A refused row may have its values in the wrong columns. It is written only when each cell of a known look
(times, coordinates, parts of an address) has that look or is empty; of any other row only the number and the
reason are kept. Who reported and columns that nothing is read from are left out, and the rest is scrubbed.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import IO, Any

from hotspots.files.private_files import make_private_folder, new_private_file
from hotspots.files.spreadsheets import safe_cell, safe_row
from hotspots.files.values import number
from hotspots.intake.address_fields import HOUSE_PARTS
from hotspots.intake.scrubbing import names_a_person, scrub, scrub_address
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.reading import Refusal, RowReader

_TIMES = ("reported_at", "occurred_at", "changed")
_ID = re.compile(r"(?=\D*\d)[\w.:/#+-]{1,120}")
"""A number of a report; without a figure it may be a name."""


class RefusedRows:
    """Cleans refused rows of one source, with its reader and what tells whether coordinates are a place."""

    def __init__(
        self, mapping: SourceMapping, reader: RowReader, is_a_place: Callable[[float, float], bool]
    ) -> None:
        self._columns = mapping.columns.named()
        self._reader = reader
        self._is_a_place = is_a_place
        self._cleaned: dict[str, Callable[[str], str]] = {}
        for name, columns in self._columns.items():
            self._cleaned |= dict.fromkeys(columns, _CLEANED.get(name, scrub))
        # a column that is read for something else too
        self._cleaned |= dict.fromkeys(self._columns.get("reporter", ()), _nothing)

    def cleaned(self, row: Refusal) -> Refusal:
        """The row without what points at people."""
        if not self._is_in_its_columns(row.cells):
            return Refusal(row.row_number, dict.fromkeys(row.cells, ""), scrub(row.reason))
        cells = {name: self._cleaned.get(name, _nothing)(value) for name, value in row.cells.items()}
        return Refusal(row.row_number, cells, scrub(row.reason), _without_person(row.source_id))

    def _is_in_its_columns(self, cells: Mapping[str, str]) -> bool:
        if not all(self._reader.times.is_like_time(" ".join(self._values(name, cells))) for name in _TIMES):
            return False
        x, y = self._values("x", cells), self._values("y", cells)
        if (x or y) and not self._are_coordinates(x, y):
            return False
        return all(
            clean(value) == value
            for name, clean in HOUSE_PARTS.items()
            for value in self._values(name, cells)
        )

    def _are_coordinates(self, x: Sequence[str], y: Sequence[str]) -> bool:
        numbers = [number(values[0]).value if values else float("nan") for values in (x, y)]
        return all(map(isfinite, numbers)) and self._is_a_place(*numbers)

    def _values(self, name: str, cells: Mapping[str, str]) -> list[str]:
        return [value for column in self._columns.get(name, ()) if (value := cells.get(column, "").strip())]


class RejectsWriter:
    """Writes refused rows with their number and reason, under the columns of their file."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file
        self._writer: Any = None

    @property
    def has_rows(self) -> bool:
        """Whether a row was written."""
        return self._writer is not None

    def write(self, refused: Sequence[Refusal], columns: Sequence[str]) -> None:
        """Write rows; without columns, as in JSON, under those that the rows themselves have."""
        if self._file is None or not refused:
            return
        if self._writer is None:
            names = columns or sorted({name for row in refused for name in row.cells})
            self._writer = csv.DictWriter(
                self._file, ["rijnummer", "reden", *names], delimiter=";", extrasaction="ignore"
            )
            self._writer.writerow({name: safe_cell(name) for name in self._writer.fieldnames})
        for row in refused:
            self._writer.writerow(safe_row({**row.cells, "rijnummer": row.row_number, "reden": row.reason}))


@contextmanager
def rejects_file(path: Path | None) -> Iterator[RejectsWriter]:
    """Give a writer of a file that is only there when it is whole, and only when a row was refused."""
    if path is None:
        yield RejectsWriter(None)
        return
    make_private_folder(path.parent)
    with new_private_file(path) as new:  # what is in it is for who corrects the source
        file = io.TextIOWrapper(new.file, encoding="utf-8-sig", newline="")
        writer = RejectsWriter(file)
        yield writer
        file.detach()  # writes what waits, and leaves the file open
        new.is_wanted = writer.has_rows


def _nothing(_: str) -> str:
    return ""


def _as_it_is(value: str) -> str:
    return value


def _without_person(source_id: str) -> str:
    """The number of a report, if it is certain to be no more than that."""
    is_id = _ID.fullmatch(source_id) and not names_a_person(source_id) and scrub(source_id) == source_id
    return source_id if is_id else ""


_CLEANED: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys((*_TIMES, "x", "y", *HOUSE_PARTS), _as_it_is),
    **dict.fromkeys(("street", "town", "address"), scrub_address),
    **dict.fromkeys(("id", "parent"), lambda value: _without_person(value.strip())),
}
"""What is done to a cell by the field that is read from it; the others are scrubbed as texts."""
