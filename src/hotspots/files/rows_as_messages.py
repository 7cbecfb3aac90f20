"""Rows as they leave the process that reads them: a message about the file, then batches of plain lists."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hotspots import wording
from hotspots.files.rows import BrokenRow, Rows

ROWS_PER_BATCH = 1000
CHARACTERS_PER_BATCH = 4_000_000
LONGEST_ROW = 2_000_000
"""In characters, as of CSV: longer than any report."""

BROKEN = -1
"""In the place of a shape: the row can't be read, and its cells are the reason."""


def as_messages(rows: Rows) -> Iterator[Any]:
    """Give what rows need to be made again elsewhere.

    A row is its number, its shape, and its cells. A shape is the place of its columns in a list: the first
    are those of the header, and the others stand in the batch.
    """
    yield {
        "header": rows.header,
        "columns": rows.columns,
        "total": rows.total_bytes,
        "encoding": rows.encoding,
        "delimiter": rows.delimiter,
    }
    told = Counter[str]()
    places = {tuple(rows.columns): 0}
    batch: list[list[Any]] = []
    shapes: list[list[str]] = []
    length = 0
    for row in rows.rows:
        if isinstance(row, BrokenRow):
            batch.append([row.number, BROKEN, row.reason])
        else:
            columns, cells = tuple(row.columns), list(row.values)
            characters = sum(map(len, cells))
            if columns not in places:
                characters += sum(map(len, columns))
            if characters > LONGEST_ROW:
                reason = f"de regel is langer dan {wording.number(LONGEST_ROW)} tekens"
                batch.append([row.number, BROKEN, reason])
            else:
                if columns not in places:
                    shapes.append(list(columns))
                    places[columns] = len(places)
                batch.append([row.number, places[columns], cells])
                length += characters
        if len(batch) >= ROWS_PER_BATCH or length >= CHARACTERS_PER_BATCH:
            yield _batch(rows, batch, shapes, told)
            batch, shapes, length = [], [], 0
            places = {tuple(rows.columns): 0}
    yield _batch(rows, batch, shapes, told)


def _batch(rows: Rows, batch: list[list[Any]], shapes: list[list[str]], told: Counter[str]) -> dict[str, Any]:
    notes = rows.notes - told
    told.update(notes)
    return {"at": rows.read_bytes, "shapes": shapes, "notes": notes, "rows": batch}
