"""What a file holds of which nobody told the layout: lists of JSON, tables in a zip, sheets of a workbook."""

import codecs
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ijson
from ijson.common import IncompleteJSONError, JSONError

from hotspots.errors import UnreadableFileError
from hotspots.files.archives import opened_zip
from hotspots.files.delimited import csv_rows, encoding_of
from hotspots.files.kinds import is_workbook, is_zip
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.records import is_lines
from hotspots.files.rows import Row, Rows
from hotspots.files.rows_as_messages import as_messages
from hotspots.files.sent_rows import rows_read_apart
from hotspots.files.whole_characters import WholeCharacters
from hotspots.files.workbooks import visible_sheets
from hotspots.settings import ReadingSettings

MAX_EVENTS = 200_000
"""Of JSON: by then the list of records has shown itself."""

MAX_MEMBERS = 200
"""Of a zip: more files than a delivery ever has."""

TABLES = (".csv", ".txt", ".tsv")

Kind = Literal["list", "table", "pages", "sheet"]


@dataclass(frozen=True)
class Part:
    """One thing in a file that can hold reports."""

    kind: Kind
    name: str  # of the sheet, of the file in the zip, or where the list stands
    delimiter: str = ""  # of a table in a zip
    columns: tuple[str, ...] = ()


def parts_of(
    path: Path, *, encodings: Sequence[str], limits: ReadingSettings = DEFAULT_LIMITS
) -> tuple[Part, ...]:
    """What a workbook, a zip or a JSON document holds, the likeliest first; read by a process of its own.

    Raises
    ------
    UnreadableFileError
        If it can't be read, or ended its reader.
    """
    given = {"encodings": list(encodings), "max_times": limits.max_unpacked_times}
    with rows_read_apart(read_parts, path, given, limits=limits) as rows:
        return tuple(
            Part(cells["kind"], cells["name"], cells["delimiter"], tuple(json.loads(cells["columns"])))  # type: ignore[arg-type]  # the kinds are written below
            for cells in (row.cells for row in rows.rows if isinstance(row, Row))
        )


def read_parts(path: Path, *, encodings: Sequence[str], max_times: int) -> Iterator[Any]:
    """Read what is in a file; for a process of its own, as the messages that rows are sent by."""
    if is_workbook(path):
        parts = [Part("sheet", name) for name in visible_sheets(path)]
    elif is_zip(path):
        parts = _in_zip(path, encodings, max_times)
    else:
        parts = [Part("list", "item")] if is_lines(path) else _in_json(path)
    columns = ["kind", "name", "delimiter", "columns"]
    rows = (
        Row(number, columns, (one.kind, one.name, one.delimiter, json.dumps(one.columns)))
        for number, one in enumerate(parts, start=1)
    )
    yield from as_messages(Rows(columns, len(parts), rows, columns=columns))


def _in_json(path: Path) -> list[Part]:
    with path.open("rb") as raw:
        if raw.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            raw.seek(0)
        return [Part("list", place) for place in lists_in(raw)]


def lists_in(raw: Any) -> list[str]:
    """Where lists of records stand in a JSON document, that with the most records first.

    Examples
    --------
    >>> import io
    >>> lists_in(io.BytesIO(b'{"meta": [{"a": 1}], "data": {"rows": [{"id": 1}, {"id": 2, "tags": [{}]}]}}'))
    ['data.rows.item', 'meta.item']
    """
    found: Counter[str] = Counter()
    try:
        for place, (prefix, event, _) in enumerate(ijson.parse(WholeCharacters(raw))):
            # a list inside a record has the word twice
            if event == "start_map" and prefix.split(".").count("item") == 1 and prefix.endswith("item"):
                found[prefix] += 1
            if place >= MAX_EVENTS:
                break
    except (IncompleteJSONError, JSONError, ArithmeticError):
        pass  # what is wrong with it is told by whoever reads its records
    return [name for name, _ in found.most_common()]


def _in_zip(path: Path, encodings: Sequence[str], max_times: int) -> list[Part]:
    parts: list[Part] = []
    with opened_zip(path, max_times=max_times) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()][:MAX_MEMBERS]
        for member in members:
            name = Path(member.filename).name
            if name.endswith(".json"):
                with archive.open(member) as raw:
                    parts += [Part("pages", place) for place in lists_in(raw)[:1]]
            elif name.lower().endswith(TABLES):
                parts += _table(archive, member, name, encodings)
    pages = [part for part in parts if part.kind == "pages"]
    return pages[:1] or parts


def _table(archive: Any, member: Any, name: str, encodings: Sequence[str]) -> list[Part]:
    try:
        encoding = encoding_of(lambda: archive.open(member), name, encodings)
        with archive.open(member) as raw:
            rows = csv_rows(raw, name, member.file_size, encoding)
            return [Part("table", name, rows.delimiter, tuple(rows.columns))]
    except UnreadableFileError:  # an empty one, or one without a header, is no table
        return []
