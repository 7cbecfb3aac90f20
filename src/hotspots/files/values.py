"""What the cell of a column is by its kind: the value, the value written otherwise, or no value.

Spreadsheets and data frames change what they are given. A whole number in a column with blanks becomes a
decimal (``12.0``, or ``12,0``), a long one is rounded to scientific notation (``2,02301E+11``), ``2-1``
becomes a date, and letters get an apostrophe or a blank that does not break. This is the one place that says
which of those spellings can be read back for certain; what can't is no value, with the reason. It serves
imports of reports, lists of addresses, registers and boundaries.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

AS_DECIMAL = "geheel getal dat met decimalen geschreven is (12.0): gelezen als geheel getal"
AS_TEXT = "getal of code met een apostrof ervoor of gelijkteken eromheen: die zijn weggelaten"
AS_THOUSANDS = "kenmerk met spaties tussen duizendtallen: gelezen zonder die spaties"
LEADING_ZEROS = "kenmerk met nullen ervoor: gelezen zonder die nullen"
ERROR_VALUE = "foutwaarde van een spreadsheet (zoals #N/B): gelezen als leeg"

MISSING = frozenset({"", "null", "none", "nan", "<na>", "n/a", "\\n"})
"""What programs write, in small letters, where there is no value."""

ROUNDED = "is een getal dat een spreadsheet heeft afgerond"
DATE = "is een datum: een spreadsheet maakte die ervan"
TIME_OF_DAY = "is een tijd: een spreadsheet maakte die ervan"
FRACTION = "is een getal met cijfers achter de komma"
ERROR = "is een foutwaarde van een spreadsheet"

_MONTH = (
    "jan|feb|mrt|mar|mär|mrz|apr|mei|may|mai|jun|jul|aug|sep|sept|okt|oct|nov|dec|dez|januari|januar|january|"
    "februari|februar|february|maart|march|märz|april|juni|june|juli|july|augustus|august|september|oktober|"
    "october|november|december|dezember"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_WHOLE_AS_DECIMAL = re.compile(r"([+-]?\d+)[.,]0+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?: \d{3})+")
_FRACTION = re.compile(r"\d*[.,]\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d+|[+-]?\d+[.,]\d+E\d+", re.IGNORECASE)
_NAMED_MONTH = rf"\d{{1,2}}[-/. ](?:{_MONTH})\.?(?:[-/. ]\d{{2,4}})?|(?:{_MONTH})\.?[-/. ]'?\d{{1,4}}"
_WITH_MONTH = re.compile(_NAMED_MONTH, re.IGNORECASE)
_DATE = re.compile(
    rf"{_NAMED_MONTH}"
    r"|\d{4}-\d{1,2}-\d{1,2}"
    r"|\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d{2}"
    r"|\d{1,2}([-/])\d{1,2}\2\d{2}",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[T ]?\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_ERROR = re.compile(
    r"#(?:N/?[AB]|REF!|VERW!|VALUE!|WAARDE!|DIV/0!|DEEL/0!|NAME\?|NAAM\?|NUM!|GETAL!|NULL!|LEEG!|BEZUG!|WERT!|"
    r"NV|ZAHL!|SPILL!|CALC!)|Err:\d{3}",
    re.IGNORECASE,
)
_AS_FORMULA = re.compile(r'=\s*"(.*)"', re.DOTALL)


Cell = TypeVar("Cell", bound=Hashable)
Read = TypeVar("Read")


def each_once(read: Callable[[Cell], Read], cells: Iterable[Cell]) -> list[Read]:
    """Read the cells of a column; each different one once.

    Examples
    --------
    >>> each_once(str.upper, ["a", "b", "a"])
    ['A', 'B', 'A']
    """
    return list(map(_Read(read).__getitem__, cells))


class _Read(dict[Any, Any]):
    """What cells are read as; each is read when it first comes by."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: Any) -> Any:
        found = self[cell] = self._read(cell)
        return found


def picker(rows: Iterable[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Give what takes the values of some rows out of a column.

    Examples
    --------
    >>> picker([2, 0])("abc"), picker([1])("abc"), picker([])("abc")
    (('c', 'a'), ('b',), ())
    """
    wanted = tuple(rows)
    if len(wanted) > 1:
        return itemgetter(*wanted)
    return lambda column: tuple(column[row] for row in wanted)


class Value(NamedTuple):
    """A cell as it is read.

    Attributes
    ----------
    text
        The value in its one spelling; empty if there is none.
    note
        How it was written otherwise, in Dutch; empty if it was not.
    problem
        Why it is no value, in Dutch and to follow on it ("'1-feb' is een datum: …"); empty if it is one.
    """

    text: str = ""
    note: str = ""
    problem: str = ""


def report_number(text: str) -> Value:
    """The number by which a source knows a report: figures, letters and marks.

    A number of figures alone is the same with and without zeros before it: a spreadsheet drops those, or puts
    blanks between thousands.

    Examples
    --------
    >>> [report_number(text).text for text in ("2023-0012", "20230012.0", "000123", "'00045", "12 345")]
    ['2023-0012', '20230012', '123', '45', '12345']
    >>> report_number("2,02301E+11").problem
    'is een getal dat een spreadsheet heeft afgerond'
    """
    if text.isascii() and text.isalnum() and (text[0] != "0" or not text.isdecimal()):
        return Value(text)  # as most are: letters and figures alone are as they were written
    found = _whole(text)
    if found.problem or not found.text:
        return found
    if _is_moment(found.text) or _WITH_MONTH.fullmatch(found.text):
        return Value(problem=DATE)
    if _THOUSANDS.fullmatch(found.text):
        return Value(found.text.replace(" ", ""), AS_THOUSANDS)
    if found.text.isdecimal() and found.text.isascii() and len(found.text) > 1 and found.text[0] == "0":
        return Value(found.text.lstrip("0") or "0", found.note or LEADING_ZEROS)
    return found


@lru_cache(maxsize=8192)
def house_part(text: str) -> Value:
    """A house number, letter or suffix.

    Examples
    --------
    >>> [house_part(text).text for text in ("12", "12.0", "12,00", "12-14", "2-1", "12E3", "7 boven")]
    ['12', '12', '12', '12-14', '2-1', '12E3', '7 boven']
    >>> [house_part(text).problem[:13] for text in ("1-feb", "Jul-20", "2-1-2024", "1,20E+04", "1.5")]
    ['is een datum:', 'is een datum:', 'is een datum:', 'is een getal ', 'is een getal ']
    """
    found = _whole(text)
    if found.problem or found.text.casefold() in MISSING:
        return Value(note=found.note, problem=found.problem)
    if _FRACTION.fullmatch(found.text):
        return Value(problem=FRACTION)
    if _DATE.fullmatch(found.text) or _is_moment(found.text):
        return Value(problem=DATE)
    return Value(problem=TIME_OF_DAY) if _CLOCK.fullmatch(found.text) else found


@lru_cache(maxsize=8192)
def postcode(text: str) -> Value:
    """A postcode, of any country.

    Examples
    --------
    >>> [postcode(text).text for text in ("6211 LE", "52062.0", "6211\\u00a0LE")]
    ['6211 LE', '52062', '6211 LE']
    """
    return house_part(text)


@lru_cache(maxsize=8192)
def code(text: str) -> Value:
    """The code of an area or another thing with letters or figures, of which zeros count.

    Examples
    --------
    >>> [code(text).text for text in ("BU09350101", "935.0", "0935")]
    ['BU09350101', '935', '0935']
    """
    found = _whole(text)
    return Value(problem=DATE) if found.text and _is_moment(found.text) else found


@lru_cache(maxsize=8192)
def name(text: str) -> Value:
    """A name or other words, of which only blanks are put right."""
    return _plain(text)


class Number(NamedTuple):
    """A number as it is read.

    Attributes
    ----------
    value
        NaN if there is none.
    step
        The unit of its last digit that is written and not 0 after the decimal mark: 0.01 for ``5.69``, 1 for
        ``176500``, and 100 for ``1,765E+05``: how precisely it was written.
    note, problem
        As of a :class:`Value`.
    """

    value: float = float("nan")
    step: float = float("nan")
    note: str = ""
    problem: str = ""


@lru_cache(maxsize=8192)
def number(text: str) -> Number:
    """Read a number with a decimal point or comma, and dots, blanks or apostrophes between thousands.

    Examples
    --------
    >>> [number(text).value for text in ("176.543,21", "50,85", "5.7", "1,765E+05", "x")]
    [176543.21, 50.85, 5.7, 176500.0, nan]
    >>> number("1,765E+05").step, number("5.690").step
    (100.0, 0.01)
    """
    if text.isascii() and text.isdecimal():
        return Number(float(text), 1.0)
    found = _plain(text)
    if found.problem or not found.text:
        return Number(note=found.note, problem=found.problem)
    compact = re.sub(r"[\s\u00a0\u202f'’]", "", found.text)
    if "," in compact:
        compact = (
            compact.replace(".", "").replace(",", ".")
            if compact.count(",") == 1
            else compact.replace(",", "")
        )
    elif compact.count(".") > 1:
        compact = compact.replace(".", "")
    try:
        value = float(compact)
    except ValueError:
        return Number(note=found.note)
    return Number(value, _step(compact), found.note) if isfinite(value) else Number(note=found.note)


def _step(compact: str) -> float:
    mantissa, _, exponent = compact.lower().partition("e")
    decimals = len(mantissa.partition(".")[2].rstrip("0"))
    return float(f"1e{int(exponent or 0) - decimals}")


class House(NamedTuple):
    """The parts of an address that say which dwelling; all empty if one of them is no value."""

    number: str = ""
    letter: str = ""
    suffix: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""


@lru_cache(maxsize=8192)
def house(house_number: str, letter: str, suffix: str) -> House:
    """Read the parts of an address that say which dwelling, together.

    One part that is no value makes the others useless: without its suffix a house number points at another
    dwelling than was meant.

    Examples
    --------
    >>> house("20", "", "1.0").suffix, house("20", "", "2-jan").number
    ('1', '')
    >>> house("20", "", "2-jan").problem
    "toevoeging '2-jan' is een datum: een spreadsheet maakte die ervan"
    """
    parts = (("huisnummer", house_number), ("huisletter", letter), ("toevoeging", suffix))
    values = [house_part(text) for _, text in parts]
    notes = tuple(value.note for value in values if value.note)
    for (called, text), value in zip(parts, values, strict=True):
        problem = ERROR if value.note == ERROR_VALUE else value.problem
        if problem:
            return House(notes=notes, problem=f"{called} '{text.strip()}' {problem}")
    first, second, third = (value.text for value in values)
    return House(first, second, third, notes)


def _plain(text: str) -> Value:
    """A cell without what a spreadsheet puts around or into it."""
    if text.isascii() and (text.isalnum() or _is_clean(text)):
        return Value(text)
    bare = _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()
    if _ERROR.fullmatch(bare):
        return Value(note=ERROR_VALUE)
    if formula := _AS_FORMULA.fullmatch(bare):
        return Value(formula[1].strip(), AS_TEXT)
    if bare[:1] in ("'", "’") and len(bare) > 1 and bare[1].isalnum() and bare[1:].isascii():
        return Value(bare[1:], AS_TEXT) if bare[1].isdecimal() else Value(bare)
    return Value(bare)


def _is_clean(text: str) -> bool:
    """Whether nothing about a text in ASCII needs a second look, as of most."""
    return text[:1].isalnum() and text[-1] != " " and text.isprintable() and "  " not in text


def _whole(text: str) -> Value:
    """A cell that may be a whole number written as a decimal; refused when it was rounded."""
    found = _plain(text)
    if as_decimal := _WHOLE_AS_DECIMAL.fullmatch(found.text):
        return Value(as_decimal[1], AS_DECIMAL)
    return Value(problem=ROUNDED) if _SCIENTIFIC.fullmatch(found.text) else found


def _is_moment(text: str) -> bool:
    """Whether it is a date with a time of day, as a cell with a date is written out."""
    day, blank, clock = text.partition("T" if "T" in text else " ")
    return bool(blank and _DATE.fullmatch(day) and _CLOCK.fullmatch(clock))
