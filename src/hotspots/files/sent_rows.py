"""Rows on their way from the process that reads them: batches of plain lists, and rows again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hotspots.files.reading_process import Reader, read_apart
from hotspots.files.rows import BrokenRow, Row, Rows
from hotspots.settings import ReadingSettings


@contextmanager
def rows_read_apart(
    reader: Reader, path: Path, arguments: Mapping[str, Any], *, limits: ReadingSettings
) -> Iterator[Rows]:
    """Give the rows of a file that a reader, which gives what :func:`as_messages` makes, reads elsewhere.

    Raises
    ------
    UnreadableFileError
        If it can't be read, or ended its reader; also while the rows are read.
    """
    with read_apart(reader, path, arguments, limits=limits) as messages:
        yield _as_rows(messages)


def _as_rows(messages: Iterator[Any]) -> Rows:
    about = next(messages)
    rows = Rows(
        about["header"],
        about["total"],
        iter(()),
        about["encoding"],
        about["delimiter"],
        columns=about["columns"],
    )
    rows.rows = _received(messages, rows)
    return rows


def _received(messages: Iterator[Any], rows: Rows) -> Iterator[Row | BrokenRow]:
    for batch in messages:
        rows.position[0] = batch["at"]
        shapes = [rows.columns, *batch["shapes"]]  # the columns may have been renamed in the meantime
        rows.notes.update(batch["notes"])
        for number, shape, cells in batch["rows"]:
            if shape < 0:
                yield BrokenRow(number, cells)
            else:
                yield Row(number, shapes[shape], cells)
