"""The rows of a file of a source, whatever its kind, as its mapping says that they stand in it."""

import codecs
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from hotspots.errors import UnreadableFileError
from hotspots.files.archives import opened_zip
from hotspots.files.delimited import csv_rows, encoding_of
from hotspots.files.kinds import is_utf16, is_workbook, other_kind, require_plain_file
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.records import read_records, records, row_of
from hotspots.files.rows import BrokenRow, Row, Rows, row_of_cells
from hotspots.files.rows_as_messages import as_messages
from hotspots.files.sent_rows import rows_read_apart
from hotspots.files.tables import UTF16_IN_DUTCH, is_utf16_name, one_column, opened_table
from hotspots.intake.sources.mapping import FileMapping, SourceMapping
from hotspots.settings import ReadingSettings

FileFormat = Literal["csv", "json", "zip"]
_IN_DUTCH = {
    "workbook (XLSX or ODS)": "werkmap",
    "csv file": "CSV-bestand",
    "json file": "JSON-bestand",
    "zip file": "zip",
}


def kind_of_file(path: Path) -> FileFormat:
    """What kind of file it is by its first bytes; a workbook is read as a CSV would be.

    Raises
    ------
    UnreadableFileError
        If it can't be opened, is empty, or is of a kind that is never read here.
    """
    require_plain_file(path)
    try:
        with path.open("rb") as file:
            start = file.read(64)
        other, is_sheet = other_kind(path), is_workbook(path)
    except OSError as error:
        raise UnreadableFileError(
            f"can't read '{path}' ({error.strerror})", "Het bestand kan niet geopend worden."
        ) from None
    if not start:
        raise UnreadableFileError(
            f"'{path}' is empty: wanted a header and rows, found 0 bytes", "Het bestand is leeg."
        )
    if other is not None:
        raise UnreadableFileError(
            f"'{path}' is {other.what}: wanted CSV, XLSX, ODS, JSON or zip; {other.to_do}", other.dutch
        )
    if is_sheet:
        return "csv"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    return "json" if text[:1] in (b"[", b"{") else "csv"


@contextmanager
def opened_rows(
    path: Path, mapping: SourceMapping, *, limits: ReadingSettings = DEFAULT_LIMITS
) -> Iterator[Rows]:
    """Open a file and give its rows as they are read: all but CSV by a process of its own.

    Raises
    ------
    UnreadableFileError
        If the file is empty, of another kind than the mapping says, or broken as a whole.
    """
    kind, file = kind_of_file(path), mapping.file
    if kind == "zip" and file.format in ("zip", "json"):
        whole = {"mapping": mapping.model_dump(mode="json"), "max_times": limits.max_unpacked_times}
        with rows_read_apart(read_zip, path, whole, limits=limits) as rows:
            yield rows
        return
    if kind != "zip" and file.format != "zip" and is_utf16(path):
        _require_utf16(path, file)
    if kind != file.format:
        found = "workbook (XLSX or ODS)" if is_workbook(path) else f"{kind} file"
        raise UnreadableFileError(
            f"'{path}' is a {found}: wanted {file.format}, as the mapping says",
            f"Dit is een {_IN_DUTCH[found]}; deze bron levert {file.format}.",
        )
    if kind == "csv":
        with opened_table(
            path, encodings=file.encodings, delimiter=file.delimiter, sheet=file.sheet, limits=limits
        ) as rows:
            _call_as_mapped(rows, mapping, path.name)
            yield rows
    else:
        with rows_read_apart(read_records, path, {"lists": file.records}, limits=limits) as rows:
            yield rows


def read_zip(path: Path, *, mapping: Mapping[str, Any], max_times: int) -> Iterator[Any]:
    """Read a zip; for a process of its own, as the messages that rows are sent by."""
    known = SourceMapping.model_validate(mapping)
    with opened_zip(path, max_times=max_times) as archive:
        if known.file.format == "json":
            yield from as_messages(_json_pages(archive, path, known.file))
        else:
            yield from as_messages(_zip_rows(archive, path, known))


def _require_utf16(path: Path, file: FileMapping) -> None:
    if file.format == "csv" and any(map(is_utf16_name, file.encodings)):
        return
    wanted = ", ".join(file.encodings) if file.format == "csv" else "utf-8"
    mend = ", or name utf-16 in file.encodings of the mapping" if file.format == "csv" else ""
    raise UnreadableFileError(
        f"'{path}' is written in UTF-16 ('Unicode text' in Excel): wanted {wanted}; save it as UTF-8{mend}",
        UTF16_IN_DUTCH,
    )


def _zip_rows(archive: zipfile.ZipFile, path: Path, mapping: SourceMapping) -> Rows:
    names = {Path(name).name: name for name in archive.namelist() if not name.endswith("/")}
    wanted = [mapping.file.main, *(join.file for join in mapping.joins)]
    absent = [name for name in wanted if name not in names]
    if absent:
        raise UnreadableFileError(
            f"'{path}' lacks {', '.join(absent)}: wanted {', '.join(wanted)}, found {len(names)} file(s)",
            f"In deze zip ontbreekt {', '.join(absent)}.",
        )
    notes: Counter[str] = Counter()
    joined = []
    for join in mapping.joins:
        related = _member_rows(archive, names[join.file], join.file, mapping.file)
        _call_as_mapped(related, mapping, join.file, prefix=join.prefix, also=(join.key,))
        by_key = {
            row.cells.get(join.key, ""): tuple(row.values) for row in related.rows if isinstance(row, Row)
        }
        notes += related.notes
        joined.append((join, [join.prefix + column for column in related.columns], by_key))
    rows = _member_rows(archive, names[mapping.file.main], mapping.file.main, mapping.file)
    _call_as_mapped(rows, mapping, mapping.file.main, also=tuple(join.by for join in mapping.joins))
    absent = [join.by for join in mapping.joins if join.by not in rows.columns]
    if absent:
        raise UnreadableFileError(
            f"{mapping.file.main} lacks the column(s) {', '.join(absent)}: "
            f"found {len(rows.columns)} column(s)",
            f"In {mapping.file.main} ontbreekt de kolom {', '.join(absent)}.",
        )
    rows.columns = [*rows.columns, *(name for _, names_of, _ in joined for name in names_of)]
    rows.notes += notes
    rows.rows = _with_joined(rows.rows, joined)
    return rows


def _call_as_mapped(
    rows: Rows, mapping: SourceMapping, name: str, *, prefix: str = "", also: Sequence[str] = ()
) -> None:
    """Call the columns as the mapping does, which may write them with other capitals."""
    of_fields = {column for columns in mapping.columns.named().values() for column in columns}
    wanted = {column.removeprefix(prefix) for column in of_fields if column.startswith(prefix)} | {*also}
    if not prefix:
        others = tuple(join.prefix for join in mapping.joins)
        wanted = {column for column in wanted if not (others and column.startswith(others))}
    found = {column: one_column(column, rows.header, name) for column in sorted(wanted)}
    rows.rename({called: column for column, called in found.items() if called is not None})


def _member_rows(archive: zipfile.ZipFile, member: str, name: str, file: FileMapping) -> Rows:
    encoding = encoding_of(lambda: archive.open(member), name, file.encodings)
    return csv_rows(archive.open(member), name, archive.getinfo(member).file_size, encoding, file.delimiter)


def _with_joined(rows: Iterator[Row | BrokenRow], joined: Sequence[Any]) -> Iterator[Row | BrokenRow]:
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
        yield row_of_cells(row.number, values)


def _json_pages(archive: zipfile.ZipFile, path: Path, file: FileMapping) -> Rows:
    pages = sorted(name for name in archive.namelist() if name.endswith(".json"))
    if not pages:
        raise UnreadableFileError(
            f"'{path}' has no .json files: found {len(archive.namelist())} other file(s)",
            "In deze zip staan geen .json-bestanden.",
        )
    position = [0]

    def rows() -> Iterator[Row | BrokenRow]:
        number = 0
        for page in pages:
            with archive.open(page) as raw:
                for record in records(raw, page, file.records):
                    number += 1
                    yield row_of(number, record)
            position[0] += archive.getinfo(page).file_size

    return Rows([], sum(archive.getinfo(page).file_size for page in pages), rows(), position=position)
