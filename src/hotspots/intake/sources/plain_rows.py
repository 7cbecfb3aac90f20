"""What is read of a cell that is written as most are: nothing in it is refused or has to be told.

What asks for a note, or for a look at the row as a whole, is None here, and its row is read by itself.
"""

from collections.abc import Sequence
from math import nan

from hotspots.files.values import Number, house, number, postcode, report_number

PlainHouse = tuple[str, str, str]
"""Number, letter and suffix."""

PlainPoint = tuple[float, float, float]
"""Two coordinates, and the unit of the last figure of the one that is written more coarsely."""

NO_HOUSE: PlainHouse = ("",) * 3
NO_POINT: PlainPoint = (nan,) * 3


_LONGEST_SHORT = 20
"""Signs of a number that needs no look at whether it is finite."""

_STEPS = [float(f"1e-{decimals}") for decimals in range(_LONGEST_SHORT)]


def plain_ids(column: Sequence[str], longest: int) -> list[str | None]:
    """The numbers of reports that are kept as they are written."""
    return [
        # letters and figures alone are, unless there are zeros to leave out
        one
        if one.isalnum() and one.isascii() and one[0] != "0" and len(one) <= longest
        else _plain_id(one, longest)
        for one in column
    ]


def _plain_id(written: str, longest: int) -> str | None:
    found = report_number(written)
    is_plain = found.text == written and written and len(written) <= longest
    return written if is_plain and not (found.note or found.problem) else None


def plain_house(written: tuple[str, str, str]) -> PlainHouse | None:
    """The parts of an address that say which dwelling, if none is read otherwise than it is written."""
    read = house(*written)
    return None if read.notes or read.problem else (read.number, read.letter, read.suffix)


def plain_postcode(written: str) -> str | None:
    """A postcode that is read as it is written."""
    read = postcode(written)
    return None if read.note or read.problem else read.text


def plain_points(x: Sequence[str], y: Sequence[str]) -> list[PlainPoint | None]:
    """Two coordinates, and how precisely the less precise of them is written."""
    return [
        (float(one), float(other), 1.0)
        if one.isdecimal() and other.isdecimal() and one.isascii() and other.isascii()
        else _plain_point(one, other)
        for one, other in zip(x, y, strict=True)
    ]


def _plain_point(one: str, other: str) -> PlainPoint | None:
    x, y = _short_decimal(one) or number(one), _short_decimal(other) or number(other)
    return None if x.note or y.note else (x.value, y.value, max(x.step, y.step))


def _short_decimal(text: str) -> Number | None:
    """A number as most are written: figures, a point and figures."""
    whole, _, decimals = text.partition(".")
    if not (len(text) <= _LONGEST_SHORT and text.isascii() and whole.isdecimal() and decimals.isdecimal()):
        return None
    return Number(float(text), _STEPS[len(decimals.rstrip("0"))])
