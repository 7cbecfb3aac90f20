"""Rows of a file as plain dictionaries of texts, one by one, whatever the kind of file.

A row that can't be read as a row (too few or too many columns, a quote that is never closed) comes out as a
:class:`BrokenRow`, so that it can be refused with its number and reason. Reading goes on at the next line: a
quote too many costs the row it stands in, and no other.
"""

import codecs
import csv
import io
import json
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import ijson
from ijson.common import IncompleteJSONError, JSONError

from hotspots import wording
from hotspots.errors import UnreadableFileError
from hotspots.files.kinds import is_utf16, other_kind
from hotspots.intake.sources.mapping import FileMapping, SourceMapping

CHUNK_BYTES = 1 << 20
MAX_CHARACTERS = 1_000_000
"""Of a line of CSV, and of a quoted text over several lines: longer than any report."""

MAX_LINES = 1000
"""Of a quoted text; a quote that is never closed would else swallow the rest of the file."""

SHOWN_KEYS = 10
_NAME_OF_A_FIELD = re.compile("[a-z_]{1,20}")  # what else stands there may be of a report

FileFormat = Literal["csv", "json", "zip"]


@dataclass(frozen=True)
class Row:
    """One row: its number in the file (the first after the header is 1), and its values by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class BrokenRow:
    """What can't be read as a row: only its number, and why, as nobody can tell what stands where in it."""

    number: int
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


def kind_of_file(path: Path) -> FileFormat:
    """What kind of file it is by its first bytes.

    Raises
    ------
    UnreadableFileError
        If it can't be opened, is empty, or is a spreadsheet or another kind that is never read here.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
        other = other_kind(path)
    except OSError as error:
        raise UnreadableFileError(f"can't read '{path}' ({error.strerror})") from None
    if not start:
        raise UnreadableFileError(f"'{path}' is empty: wanted a header and rows, found 0 bytes")
    if other is not None:
        raise UnreadableFileError(f"'{path}' is {other.what}: wanted CSV, JSON or zip; {other.to_do}")
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
        with _opened_zip(path) as archive:
            yield _json_pages(archive, path, mapping.file)
        return
    if kind != "zip" and wanted != "zip" and is_utf16(path):
        _require_utf16(path, mapping.file)
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
        with _opened_zip(path) as archive:
            yield from _zip_rows(archive, path, mapping)


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            locked = [member.filename for member in archive.infolist() if member.flag_bits & 1]
            if locked:
                raise UnreadableFileError(
                    f"'{path}' has a password on {locked[0]}: wanted a zip without a password"
                )
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableFileError(f"'{path}' is a broken zip ({error}): fetch it again") from None
    except NotImplementedError as error:
        raise UnreadableFileError(f"'{path}' can't be unpacked ({error}): wanted a plain zip") from None


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


def _require_utf16(path: Path, file: FileMapping) -> None:
    if file.format == "csv" and any(_is_utf16_name(encoding) for encoding in file.encodings):
        return
    wanted = ", ".join(file.encodings) if file.format == "csv" else "utf-8"
    mend = ", or name utf-16 in file.encodings of the mapping" if file.format == "csv" else ""
    raise UnreadableFileError(
        f"'{path}' is written in UTF-16 ('Unicode text' in Excel): wanted {wanted}; save it as UTF-8{mend}"
    )


def _is_utf16_name(encoding: str) -> bool:
    return encoding.casefold().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))


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
    csv.field_size_limit(MAX_CHARACTERS)
    counted = _Counted(raw)
    text = io.TextIOWrapper(
        io.BufferedReader(counted, CHUNK_BYTES), encoding=encoding, errors="replace", newline=""
    )
    lines = _Lines(text)
    try:
        header = next(csv.reader(lines, delimiter=delimiter), [])
    except (csv.Error, _EndlessError):
        header = []
    if not any(cell.strip() for cell in header):
        raise UnreadableFileError(f"'{name}' has no header: wanted column names in its first line")
    columns = [cell.strip() for cell in header]
    return Rows(columns, size, _checked_rows(lines, columns, delimiter), encoding, counted.position)


class _EndlessError(Exception):
    """The row goes on for more than a row can."""


class _Lines:
    """The lines of a text one by one; those of the row being read are remembered, to be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.of_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.of_row) == MAX_LINES:
            raise _EndlessError
        line = self._again.popleft() if self._again else self._text.readline(MAX_CHARACTERS)
        if not line:
            raise StopIteration
        self.of_row.append(line)
        if len(line) == MAX_CHARACTERS:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self._text.readline(MAX_CHARACTERS)
            raise _EndlessError
        return line

    def keep_first(self) -> str:
        """Give the first line of the row; the others will be read again, as rows of their own."""
        first, *others = self.of_row
        self._again.extendleft(reversed(others))
        return first


def _checked_rows(lines: _Lines, columns: Sequence[str], delimiter: str) -> Iterator[Row | BrokenRow]:
    strict = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        lines.of_row = []
        try:
            cells: list[str] | None = next(strict)
        except StopIteration:
            return
        except (csv.Error, _EndlessError):
            cells = None
        if cells is not None and not any(map(str.strip, cells)):
            continue
        number += 1
        if cells is None or len(cells) != len(columns) or _are_rows(lines.of_row, len(columns), delimiter):
            yield _read_alone(number, lines.keep_first(), columns, delimiter)
        else:
            yield Row(number, dict(zip(columns, cells, strict=True)))


def _are_rows(lines: Sequence[str], columns: int, delimiter: str) -> bool:
    """Whether the lines of one row are rows each: an inch sign in a later row closed a quote too many."""
    return len(lines) > 1 and all(line.count(delimiter) >= columns - 1 for line in lines)


def _read_alone(number: int, line: str, columns: Sequence[str], delimiter: str) -> Row | BrokenRow:
    """Read one line without heed to lines after it, and to quotes inside quotes that are not doubled."""
    if len(line) == MAX_CHARACTERS:
        return BrokenRow(number, f"de regel is langer dan {wording.number(MAX_CHARACTERS)} tekens")
    reader = csv.reader([line, "\n"], delimiter=delimiter)
    cells = next(reader)
    is_closed = reader.line_num == 1
    if is_closed and len(cells) == len(columns):
        return Row(number, dict(zip(columns, cells, strict=True)))
    reason = f"de regel heeft {len(cells)} kolommen, verwacht {len(columns)} (afgebroken?)"
    if not is_closed:
        reason = 'een aanhalingsteken (") in deze regel sluit niet: haal het weg of verdubbel het'
    return BrokenRow(number, reason)


def _zip_rows(archive: zipfile.ZipFile, path: Path, mapping: SourceMapping) -> Iterator[Rows]:
    names = {Path(name).name: name for name in archive.namelist() if not name.endswith("/")}
    wanted = [mapping.file.main, *(join.file for join in mapping.joins)]
    absent = [name for name in wanted if name not in names]
    if absent:
        raise UnreadableFileError(
            f"'{path}' lacks {', '.join(absent)}: wanted {', '.join(wanted)}, found {len(names)} file(s)"
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
                f"found {len(rows.columns)} column(s)"
            )
        columns = [*rows.columns, *(name for _, names_of, _ in joined for name in names_of)]
        yield Rows(columns, rows.total_bytes, _with_joined(rows.rows, joined), rows.encoding, rows.position)


def _with_joined(rows: Iterator[Row | BrokenRow], joined: list[Any]) -> Iterator[Row | BrokenRow]:
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        values = dict(row.cells)
        for join, columns, by_key in joined:
            related = by_key.get(values.get(join.by, ""), ("",) * len(columns))
            values |= {
                name: "" if cell == "null" else cell for name, cell in zip(columns, related, strict=False)
            }
        yield Row(row.number, values)


def _json_pages(archive: zipfile.ZipFile, path: Path, file: FileMapping) -> Rows:
    pages = sorted(name for name in archive.namelist() if name.endswith(".json"))
    if not pages:
        raise UnreadableFileError(
            f"'{path}' has no .json files: found {len(archive.namelist())} other file(s)"
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
    """Give the records that stand under any of the prefixes; one of their lists must be there, even if empty.

    Raises
    ------
    UnreadableFileError
        If there is no such list, or the JSON ends before its end.
    """
    lists = {_list_of(prefix) for prefix in prefixes if prefix.split(".")[-1] == "item"}
    keys: list[str] = []
    builder: Any = None
    building, is_found = "", False
    try:
        for prefix, event, value in ijson.parse(raw):
            if builder is None:
                if not prefix and event == "map_key":
                    keys.append(value)
                is_found = is_found or (event == "start_array" and prefix in lists)
                if prefix not in prefixes:
                    continue
                builder, building, is_found = ijson.ObjectBuilder(), prefix, True
            builder.event(event, value)
            if prefix == building and event not in ("start_map", "start_array", "map_key"):
                yield builder.value
                builder = None
    except (IncompleteJSONError, JSONError) as error:
        raise UnreadableFileError(
            f"'{name}' is no whole JSON ({str(error).splitlines()[0]}): it may be truncated; fetch it again"
        ) from None
    if not is_found:
        wanted = " or ".join(
            f"a list under '{_list_of(prefix)}'" if _list_of(prefix) else "a list at the top"
            for prefix in prefixes
        )
        shown = ", ".join(repr(key) for key in keys[:SHOWN_KEYS] if _NAME_OF_A_FIELD.fullmatch(key))
        found = f"an object with {shown or f'{len(keys)} keys'}" if keys else "nothing like it"
        raise UnreadableFileError(
            f"'{name}' has no records where the mapping says: wanted {wanted}, found {found} (file.records)"
        )


def _list_of(prefix: str) -> str:
    return prefix.removesuffix("item").removesuffix(".")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | str | int):
        return str(value)
    return json.dumps(value)
