"""What is read of a cell that is written as most are: nothing in it is refused or has to be told.

What asks for a note, or for a look at the row as a whole, is None here, and its row is read by itself.
"""

from collections.abc import Sequence

from hotspots.files.values import Number, house, number, postcode, report_number

PlainAddress = tuple[str, str, str, str, str, str, str, str]
"""Street, number, letter, suffix, postcode, town, running text; and an empty text: nothing is unread."""


def plain_id(written: str, longest: int) -> str | None:
    """The number of a report that is kept as it is written."""
    found = report_number(written)
    is_plain = found.text == written and written and len(written) <= longest
    return written if is_plain and not (found.note or found.problem) else None


def plain_address(found: Sequence[str]) -> PlainAddress | None:
    """The parts of an address of which none is read otherwise than it is written."""
    street, house_number, letter, suffix, written_code, town, address = found
    read, code = house(house_number, letter, suffix), postcode(written_code)
    if read.notes or read.problem or code.note or code.problem:
        return None
    return street, read.number, read.letter, read.suffix, code.text, town, address, ""


def plain_point(written: tuple[str, str]) -> tuple[float, float, float] | None:
    """Two coordinates, and how precisely the less precise of them is written."""
    x, y = (Number(float(one), 1.0) if one.isascii() and one.isdecimal() else number(one) for one in written)
    return None if x.note or y.note else (x.value, y.value, max(x.step, y.step))
