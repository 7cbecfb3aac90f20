"""Rows of a file, as every reader of this package gives them, and how far its reading is."""

import gc
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

_NEW_OBJECTS = 500_000
"""So many new objects are made before Python looks for circles among them; of a batch there are fewer."""

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


class Row(NamedTuple):
    """One row: its number in the file (the first after the header is 1), and its values in order of columns.

    The columns are one object for all rows of a table, as those of a JSON document are not.
    """

    number: int
    columns: Sequence[str]
    values: Sequence[str]

    @property
    def cells(self) -> Mapping[str, str]:
        """Its values by column."""
        return dict(zip(self.columns, self.values, strict=True))


NO_ROW = Row(0, (), ())


def row_of_cells(number: int, cells: Mapping[str, str]) -> Row:
    """The row of which these are the values by column."""
    return Row(number, tuple(cells), tuple(cells.values()))


@dataclass(frozen=True)
class BrokenRow:
    """What can't be read as a row: only its number, and why, as nobody can tell what stands where in it."""

    number: int
    reason: str


@dataclass
class Rows:
    """The rows of a file that is open.

    Attributes
    ----------
    header
        The names as they stand in the first row; none for JSON.
    columns
        The same, but for names that stand there again: the key of each cell of a row.
    encoding, delimiter
        Of a CSV; of other kinds those that a spreadsheet opens rightly.
    notes
        What had to be interpreted, in Dutch, and how often; counted while the rows are read.
    """

    header: list[str]
    total_bytes: int
    rows: Iterator[Row | BrokenRow]
    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    position: list[int] = field(default_factory=lambda: [0])
    notes: Counter[str] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)

    def rename(self, names: Mapping[str, str]) -> None:
        """Call columns otherwise; only before the first row is read."""
        self.header = [names.get(column, column) for column in self.header]
        self.columns[:] = [names.get(column, column) for column in self.columns]  # the reader has this list

    @property
    def read_bytes(self) -> int:
        """How far the file has been read, for progress."""
        return self.position[0]


@contextmanager
def circles_seldom_looked_for() -> Iterator[None]:
    """Let Python look less often for objects that only hold each other: rows are no such objects, and there
    are many, so that looking through them took a sixth of an import."""
    before = gc.get_threshold()
    gc.set_threshold(max(_NEW_OBJECTS, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def told_apart(header: Sequence[str]) -> list[str]:
    """The names of a header, each with a number where it stands there again.

    Examples
    --------
    >>> told_apart(["nr", "rd_x", "rd_x", ""])
    ['nr', 'rd_x', 'rd_x (2)', '']
    """
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def folded_name(column: str) -> str:
    """The name of a column as it is compared: capitals, blanks and what can't be seen don't matter.

    Examples
    --------
    >>> folded_name(" RD_x "), folded_name("Rd X")
    ('rd_x', 'rd x')
    """
    return " ".join(_INVISIBLE.sub("", column).casefold().split())


def columns_of(wanted: str, columns: Sequence[str]) -> list[str]:
    """The columns of a header that a name can mean, one for each time it stands there.

    Examples
    --------
    >>> columns_of("melder", ["nr", "Melder"]), columns_of("rd_x", ["rd_x", "nr", "rd_x"])
    (['Melder'], ['rd_x', 'rd_x'])
    """
    name = folded_name(wanted)
    return [column for column in columns if folded_name(column) == name]


class Counted(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__()
        self._raw = raw
        self.position = [0]

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self.position[0] += len(data)
        return len(data)
