"""Rows of a file as plain dictionaries of texts, one by one, whatever the kind of file.

A row that can't be read as a row (too few or too many columns, a quote that is never closed) comes out as a
:class:`BrokenRow`, so that it can be refused with its number and reason.
"""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import ijson
from ijson.common import IncompleteJSONError, JSONError

from hotspots.errors import UnreadableFileError
from hotspots.sources.mapping import FileMapping, SourceMapping

CHUNK_BYTES = 1 << 20
MAX_FIELD_CHARACTERS = 1_000_000
"""Longer than any report; a quote that is never closed would else swallow the rest of the file."""

Kind = Literal["csv", "json", "zip"]


@dataclass(frozen=True)
class Row:
    """One row: its number in the file (the first after the header is 1), and its values by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class BrokenRow:
    """What can't be read as a row, as far as it can be shown, and why."""

    number: int
    cells: Mapping[str, str]
    reason: str


@dataclass
class Rows:
    """The rows of a file that is open, its columns, and how much of it has been read."""

    columns: list[str]
    total_bytes: int
    rows: Iterator[Row | BrokenRow]
    encoding: str = "utf-8"
    position: list[int] = field(default_factory=lambda: [0])

    @property
    def read_bytes(self) -> int:
        """How far the file has been read, for progress."""
        return self.position[0]


def kind_of_file(path: Path) -> Kind:
    """What kind of file it is by its first bytes.

    Raises
    ------
    UnreadableFileError
        If it can't be opened or is empty.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise UnreadableFileError(f"can't read '{path}' ({error.strerror})") from None
    if not start:
        raise UnreadableFileError(f"'{path}' is empty: wanted a header and rows, found 0 bytes")
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    return "json" if text[:1] in (b"[", b"{") else "csv"


@contextmanager
def opened_rows(path: Path, mapping: SourceMapping) -> Iterator[Rows]:
    """Open a file and give its rows as they are read.

    Raises
    ------
    UnreadableFileError
        If the file is empty, of another kind than the mapping says, or broken as a whole.
    """
    kind, wanted = kind_of_file(path), mapping.file.format
    if kind == "zip" and wanted == "json":
        with zipfile.ZipFile(path) as archive:
            yield _json_pages(archive, path, mapping.file)
        return
    if kind != wanted:
        raise UnreadableFileError(f"'{path}' is a {kind} file: wanted {wanted}, as the mapping says")
    if kind == "csv":
        encoding = _encoding_of(path, mapping.file)
        with path.open("rb") as raw:
            yield _csv_rows(raw, path.name, path.stat().st_size, encoding, mapping.file.delimiter)
    elif kind == "json":
        with path.open("rb") as raw:
            counted = _Counted(raw)
            records = _records(counted, str(path), mapping.file.records)
            rows = (Row(number, flat(record)) for number, record in enumerate(records, start=1))
            yield Rows([], path.stat().st_size, rows, position=counted.position)
    else:
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise UnreadableFileError(f"'{path}' is a broken zip ({error}): fetch it again") from None
        with archive:
            yield from _zip_rows(archive, path, mapping)


def flat(record: Any, prefix: str = "") -> dict[str, str]:
    """A JSON record as texts by dotted path.

    Examples
    --------
    >>> flat({"id": 3, "location": {"note": None}, "at": [5.7, 50.8]})
    {'id': '3', 'location.note': '', 'at': 'true', 'at.0': '5.7', 'at.1': '50.8'}
    """
    if isinstance(record, dict):
        items = [(str(name), value) for name, value in record.items()]
    elif isinstance(record, list):
        items = [(str(number), value) for number, value in enumerate(record)]
    else:
        return {prefix: _as_text(record)}
    values: dict[str, str] = {}
    if prefix and isinstance(record, list):
        values[prefix] = "true" if record else ""
    for name, value in items:
        values |= flat(value, f"{prefix}.{name}" if prefix else name)
    return values


class _Counted(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__()
        self._raw = raw
        self.position = [0]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self.position[0] += len(data)
        return len(data)


def _encoding_of(path: Path, file: FileMapping) -> str:
    for encoding in file.encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as raw:
                while chunk := raw.read(CHUNK_BYTES):
                    decoder.decode(chunk)
        except UnicodeDecodeError:
            continue
        except LookupError:
            raise UnreadableFileError(f"file.encodings: there is no encoding '{encoding}'") from None
        return encoding
    raise UnreadableFileError(
        f"'{path}' is written in none of the encodings {', '.join(file.encodings)}: name its encoding in the "
        "mapping file"
    )


def _csv_rows(raw: IO[bytes], name: str, size: int, encoding: str, delimiter: str) -> Rows:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    counted = _Counted(raw)
    text = io.TextIOWrapper(
        io.BufferedReader(counted, CHUNK_BYTES), encoding=encoding, errors="replace", newline=""
    )
    reader = csv.reader(text, delimiter=delimiter, strict=False)
    header = next(reader, None)
    if not header or not any(cell.strip() for cell in header):
        raise UnreadableFileError(f"'{name}' has no header: wanted column names in its first line")
    columns = [cell.strip() for cell in header]
    return Rows(columns, size, _checked_rows(reader, columns), encoding, counted.position)


def _checked_rows(reader: Any, columns: list[str]) -> Iterator[Row | BrokenRow]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BrokenRow(number, {}, f"vanaf hier is het bestand niet te lezen ({error})")
            return
        if not any(cell.strip() for cell in cells):
            number -= 1
            continue
        values = dict(zip(columns, cells, strict=False))
        if len(cells) != len(columns):
            why = "afgebroken of een aanhalingsteken dat niet sluit?"
            yield BrokenRow(
                number, values, f"de regel heeft {len(cells)} kolommen, verwacht {len(columns)} ({why})"
            )
        else:
            yield Row(number, values)


def _zip_rows(archive: zipfile.ZipFile, path: Path, mapping: SourceMapping) -> Iterator[Rows]:
    names = {Path(name).name: name for name in archive.namelist() if not name.endswith("/")}
    wanted = [mapping.file.main, *(join.file for join in mapping.joins)]
    absent = [name for name in wanted if name not in names]
    if absent:
        raise UnreadableFileError(
            f"'{path}' lacks {', '.join(absent)}: wanted {', '.join(wanted)}, "
            f"found {', '.join(sorted(names))}"
        )
    joined = []
    for join in mapping.joins:
        with archive.open(names[join.file]) as raw:
            related = _csv_rows(raw, join.file, 0, mapping.file.encodings[0], mapping.file.delimiter)
            by_key = {
                row.cells.get(join.key, ""): tuple(row.cells.values())
                for row in related.rows
                if isinstance(row, Row)
            }
            joined.append((join, [join.prefix + column for column in related.columns], by_key))
    main = archive.getinfo(names[mapping.file.main])
    with archive.open(main) as raw:
        rows = _csv_rows(
            raw, main.filename, main.file_size, mapping.file.encodings[0], mapping.file.delimiter
        )
        absent = [join.by for join in mapping.joins if join.by not in rows.columns]
        if absent:
            raise UnreadableFileError(
                f"{mapping.file.main} lacks the column(s) {', '.join(absent)}: "
                f"found {', '.join(rows.columns)}"
            )
        columns = [*rows.columns, *(name for _, names_of, _ in joined for name in names_of)]
        yield Rows(columns, rows.total_bytes, _with_joined(rows.rows, joined), rows.encoding, rows.position)


def _with_joined(rows: Iterator[Row | BrokenRow], joined: list[Any]) -> Iterator[Row | BrokenRow]:
    for row in rows:
        values = dict(row.cells)
        for join, columns, by_key in joined:
            related = by_key.get(values.get(join.by, ""), ("",) * len(columns))
            values |= {
                name: "" if cell == "null" else cell for name, cell in zip(columns, related, strict=False)
            }
        if isinstance(row, Row):
            yield Row(row.number, values)
        else:
            yield BrokenRow(row.number, values, row.reason)


def _json_pages(archive: zipfile.ZipFile, path: Path, file: FileMapping) -> Rows:
    pages = sorted(name for name in archive.namelist() if name.endswith(".json"))
    if not pages:
        raise UnreadableFileError(
            f"'{path}' has no .json files: found {', '.join(archive.namelist()) or 'none'}"
        )
    position = [0]

    def rows() -> Iterator[Row]:
        number = 0
        for page in pages:
            with archive.open(page) as raw:
                for record in _records(raw, page, file.records):
                    number += 1
                    yield Row(number, flat(record))
            position[0] += archive.getinfo(page).file_size

    return Rows([], sum(archive.getinfo(page).file_size for page in pages), rows(), position=position)


def _records(raw: Any, name: str, prefixes: tuple[str, ...]) -> Iterator[Any]:
    """Give the records that stand under the first prefix that has any."""
    builders = {prefix: ijson.ObjectBuilder() for prefix in prefixes}
    building: str | None = None
    try:
        for prefix, event, value in ijson.parse(raw):
            if building is None and prefix in builders and event in ("start_map", "start_array"):
                building = prefix
                builders[prefix] = ijson.ObjectBuilder()
            if building is None:
                continue
            builders[building].event(event, value)
            if prefix == building and event in ("end_map", "end_array"):
                yield builders[building].value
                building = None
    except (IncompleteJSONError, JSONError) as error:
        raise UnreadableFileError(
            f"'{name}' is no whole JSON ({str(error).splitlines()[0]}): it may be truncated; fetch it again"
        ) from None


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | str | int):
        return str(value)
    return json.dumps(value)
