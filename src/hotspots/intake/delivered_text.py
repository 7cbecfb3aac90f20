"""What is read of a cell of a delivery: what can be stored, and no more of it than a person writes."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from hotspots.files.rows import Row

CUT = "[afgekapt]"
"""Stands at the end of what was cut off."""

TOO_LONG = "tekst die langer is dan wat gelezen wordt (intake.longest_text): het einde is weggelaten"
NOT_STORABLE = "tekens die niet te lezen zijn: vervangen door �"

_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")
_OPEN_END = re.compile(r"[\s\d.\-/()+]{0,60}\S{0,60}\Z")


def storable_rows(rows: Sequence[Row], longest: int, notes: Counter[str]) -> Sequence[Row]:
    """Give some rows with cells as :func:`storable_cells` gives those of one; mostly all are storable."""
    cells = list(chain.from_iterable(row.values for row in rows))
    together = "".join(cells)
    if "\0" not in together and max(map(len, cells), default=0) <= longest and _is_whole(together):
        return rows
    return [row._replace(values=storable_cells(row.values, longest, notes)) for row in rows]


def _is_whole(text: str) -> bool:
    """Whether there is no half of a character in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable_cells(cells: Sequence[str], longest: int, notes: Counter[str]) -> Sequence[str]:
    """Give the cells of a row without NUL and halves of characters, each cut at a length.

    No database keeps a half of a character (a lone surrogate, as JSON can hold), PostgreSQL keeps no NUL.

    Parameters
    ----------
    longest
        So many characters of a cell are read.
    notes
        Where is told what was left out, and how often.
    """
    together = "".join(cells)
    is_storable = together.isascii() or not _HALF_CHARACTERS.search(together)
    if is_storable and "\0" not in together and max(map(len, cells), default=0) <= longest:
        return cells
    return [_storable(value, longest, notes) for value in cells]


def _storable(value: str, longest: int, notes: Counter[str]) -> str:
    value = value.replace("\0", "")
    if not value.isascii():
        value, halves = _HALF_CHARACTERS.subn("�", value)
        notes.update([NOT_STORABLE] if halves else [])
    if len(value) > longest:
        notes[TOO_LONG] += 1
        return cut(value, longest)
    return value


def cut(text: str, longest: int) -> str:
    """Give the beginning of a text, without a word or number that is cut in two.

    Examples
    --------
    >>> cut("Bel na zessen 06 12 34 56 78, liefst vandaag", 23)
    'Bel na zessen [afgekapt]'
    """
    kept = text[:longest]
    found = _OPEN_END.search(kept, max(0, len(kept) - 120))
    return f"{kept[: found.start()] if found else kept} {CUT}".lstrip()
