"""CSV row by row: a row that is broken, or a byte that is wrong, costs what it stands in and no more.

A row that can't be read as a row (too few or too many columns, a quote that is never closed) comes out as a
:class:`BrokenRow`, so that it can be refused with its number and reason. Reading goes on at the next line: a
quote too many costs the row it stands in, and no other.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import IO

from hotspots import wording
from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Counted, Row, Rows, told_apart

CHUNK_BYTES = 1 << 20
MAX_CHARACTERS = 1_000_000
"""Of a line of CSV, and of a quoted text over several lines: longer than any report."""

MAX_COLUMNS = 16_384
"""Of a header, as of a sheet: each name that is wanted is held against all of them."""

MAX_LINES = 1000
"""Of a quoted text; a quote that is never closed would else swallow the rest of the file."""

MAX_STRAY_BYTES = 3
"""Of a file in UTF-8 without any letter that shows that it is: with more it is written in something else."""

DELIMITERS = (";", "\t", ",", "|")
"""Which a header may have when nobody says which, the likeliest first."""

_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
"""A first line that only tells a spreadsheet how the columns are delimited."""

_UTF_8 = ("utf-8", "utf-8-sig")
_SINGLE_BYTE = ("cp", "iso8859", "latin", "mac")
_REPLACED = "\ufffd"
REPLACED_BYTE = "bytes die in deze codering niets zijn: vervangen door een vraagteken in een ruit"

Opened = Callable[[], AbstractContextManager[IO[bytes]]]
"""Opens the file anew, from its start."""


ENCODED_TWICE = "tekst die twee keer als UTF-8 geschreven is (CafÃ©): gelezen als één keer (Café)"
MAYBE_ENCODED_TWICE = "tekst die twee keer als UTF-8 geschreven lijkt (CafÃ©), maar niet overal: gelaten"

_TWICE = re.compile(
    "[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]|\u00e2[\u0080-\u0082\u20ac\u201a]|\u00ef\u00bb\u00bf"
)
"""How letters with an accent, and marks such as a long dash, begin that were written as UTF-8 twice."""


@dataclass(frozen=True)
class Encoding:
    """How a text is written, whether all of its bytes mean something in it, and whether all of its letters
    beyond ASCII were written in it twice."""

    name: str
    is_whole: bool = True
    is_twice: bool = False


def encoding_of(opened: Opened, name: str, encodings: Sequence[str]) -> Encoding:
    """Choose the encoding of a text: the first that fits all of it, else the one that fits nearly all.

    A file in UTF-8 with a stray byte stays UTF-8: one byte does not decide how all others are read. UTF-8 is
    recognised by its letters of more than one byte, which hardly ever come about by chance: when at least as
    many of them are right as are wrong, the wrong ones are the exception.

    Parameters
    ----------
    name
        Of the file, for messages.
    encodings
        In the order in which they are tried.

    Raises
    ------
    UnreadableFileError
        If none fits, or there is no such encoding.
    """
    strays = {}
    for encoding in encodings:
        try:
            codec = codecs.lookup(encoding).name
        except LookupError:
            raise UnreadableFileError(
                f"file.encodings: there is no encoding '{encoding}'",
                "De codering in de instelling van deze bron bestaat niet.",
            ) from None
        if not _has_stray_bytes(opened, encoding):
            return Encoding(encoding, is_twice=codec in _UTF_8 and _is_written_twice(opened))
        if codec in _UTF_8:
            right, strays[encoding] = _long_letters(opened)
            if right >= strays[encoding]:
                return Encoding(encoding, is_whole=False)
        elif codec.startswith(_SINGLE_BYTE):
            strays[encoding] = 0  # a byte that is nothing in it changes no other
    for encoding, count in sorted(strays.items(), key=itemgetter(1)):
        if count <= MAX_STRAY_BYTES:
            return Encoding(encoding, is_whole=False)
    raise UnreadableFileError(
        f"'{name}' is written in none of the encodings {', '.join(encodings)}: name its encoding in the "
        "mapping file",
        "De codering van dit bestand is onbekend. Sla het op als UTF-8.",
    )


def csv_rows(raw: IO[bytes], name: str, size: int, encoding: Encoding, delimiter: str = "") -> Rows:
    """Read an open file as CSV.

    Parameters
    ----------
    size
        In bytes, for progress.
    delimiter
        Empty: the one of :data:`DELIMITERS` that the header has most of. A first line ``sep=;`` wins.

    Raises
    ------
    UnreadableFileError
        If there is no header.
    """
    csv.field_size_limit(MAX_CHARACTERS)
    counted = Counted(raw)
    text = io.TextIOWrapper(
        io.BufferedReader(counted, CHUNK_BYTES), encoding=encoding.name, errors="replace", newline=""
    )
    notes: Counter[str] = Counter()
    lines = _Lines(text, notes, is_twice=encoding.is_twice)
    try:
        delimiter = _delimiter(lines, delimiter)
        header = next(csv.reader(lines, delimiter=delimiter), [])
    except (csv.Error, _EndlessError):
        header = []
    if not any(cell.strip() for cell in header):
        raise UnreadableFileError(
            f"'{name}' has no header: wanted column names in its first line",
            "De eerste regel heeft geen kolomnamen.",
        )
    if len(header) > MAX_COLUMNS:
        raise UnreadableFileError(
            f"'{name}' has {len(header)} columns: wanted at most {MAX_COLUMNS}; is its delimiter "
            f"'{delimiter}'?",
            f"Dit bestand heeft {wording.number(len(header))} kolommen: dat is geen lijst van meldingen.",
        )
    names = [cell.strip().removeprefix("\ufeff").strip() for cell in header]
    columns = told_apart(names)
    lines.is_whole = encoding.is_whole
    rows = _checked_rows(lines, columns, delimiter)
    return Rows(names, size, rows, encoding.name, delimiter, counted.position, notes, columns)


def _has_stray_bytes(opened: Opened, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with opened() as raw:
            while chunk := raw.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:  # of UTF-16 without its mark no other is raised
        return True
    return False


def _is_written_twice(opened: Opened) -> bool:
    """Whether each line with a letter beyond ASCII is UTF-8 that was read as cp1252 and written again."""
    seen = False
    with opened() as raw:
        if all(chunk.isascii() for chunk in iter(partial(raw.read, CHUNK_BYTES), b"")):
            return False
    with opened() as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        while line := lines.readline(MAX_CHARACTERS):
            if line.isascii():
                continue
            if once(line) is None:
                return False
            seen = True
    return seen


def once(text: str) -> str | None:
    """The text as it was before it was written as UTF-8 a second time; None if it was not.

    Examples
    --------
    >>> once("CafÃ© â€“ Ã¼"), once("Café"), once("CafÃ© in München")
    ('Café – ü', None, None)
    """
    if not _TWICE.search(text):
        return None
    try:
        # cp1252 has five bytes without a letter, which programs pass on as they are
        return b"".join(
            letter.encode("cp1252" if letter not in _PASSED_ON else "latin-1") for letter in text
        ).decode()
    except UnicodeError:
        return None


_PASSED_ON = frozenset("\x81\x8d\x8f\x90\x9d")


def _long_letters(opened: Opened) -> tuple[int, int]:
    """How many letters of more than one byte are right UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    right = wrong = 0
    with opened() as raw:
        while True:
            chunk = raw.read(CHUNK_BYTES)
            text = decoder.decode(chunk, final=not chunk)
            replaced = text.count(_REPLACED)
            wrong += replaced
            right += sum(letter > "\x7f" for letter in text) - replaced if not text.isascii() else 0
            if not chunk:
                return right, wrong


def _delimiter(lines: "_Lines", wanted: str) -> str:
    """Which delimiter the file has; a line that only tells it is passed over."""
    first = next(iter(lines), "")
    if told := _SEP_LINE.fullmatch(first):
        lines.of_row = []
        return told[1]
    lines.read_again()
    if wanted:
        return wanted
    counts = [(first.count(delimiter), -place) for place, delimiter in enumerate(DELIMITERS)]
    return DELIMITERS[-max(counts)[1]]


class _EndlessError(Exception):
    """The row goes on for more than a row can."""


class _Lines:
    """The lines of a text; those of the row being read are remembered, to be read again."""

    def __init__(self, text: io.TextIOWrapper, notes: Counter[str], *, is_twice: bool) -> None:
        self._text, self._notes, self._is_twice = text, notes, is_twice
        self.is_whole = True  # no byte of it was replaced
        self._again: deque[str] = deque()
        self.of_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """Give the lines from where reading is, however often it begins anew."""
        readline, again = self._text.readline, self._again
        while True:
            if len(self.of_row) == MAX_LINES:
                raise _EndlessError
            if again:
                line = again.popleft()
            else:
                line = readline(MAX_CHARACTERS)
                if not line.isascii():
                    line = self._of_other_letters(line)
            if not line:
                return
            self.of_row.append(line)
            if len(line) == MAX_CHARACTERS:
                rest = line
                while rest and not rest.endswith(("\n", "\r")):
                    rest = readline(MAX_CHARACTERS)
                raise _EndlessError
            yield line

    def _of_other_letters(self, line: str) -> str:
        if not self.is_whole and _REPLACED in line:
            self._notes[REPLACED_BYTE] += line.count(_REPLACED)
        if self._is_twice:
            self._notes[ENCODED_TWICE] += 1
            return once(line) or line
        if _TWICE.search(line):
            self._notes[MAYBE_ENCODED_TWICE] += 1
        return line

    def keep_first(self) -> str:
        """Give the first line of the row; the others will be read again, as rows of their own."""
        first, *others = self.of_row
        self._again.extendleft(reversed(others))
        return first

    def read_again(self) -> None:
        """Read the lines of this row once more."""
        self._again.extendleft(reversed(self.of_row))
        self.of_row = []


def _checked_rows(lines: _Lines, columns: Sequence[str], delimiter: str) -> Iterator[Row | BrokenRow]:
    strict = csv.reader(lines, delimiter=delimiter, strict=True)
    number, count = 0, len(columns)
    while True:
        lines.of_row = []
        try:
            cells: list[str] | None = next(strict)
        except StopIteration:
            return
        except (csv.Error, _EndlessError):
            cells, strict = None, csv.reader(lines, delimiter=delimiter, strict=True)
        if cells is not None and not any(map(str.strip, cells)):
            continue
        number += 1
        if (
            cells is None
            or len(cells) != count
            or (len(lines.of_row) > 1 and _are_rows(lines.of_row, count, delimiter))
        ):
            yield _read_alone(number, lines.keep_first(), columns, delimiter)
        else:
            yield Row(number, columns, cells)


def _are_rows(lines: Sequence[str], columns: int, delimiter: str) -> bool:
    """Whether the lines of one row are rows each: an inch sign in a later row closed a quote too many."""
    return all(line.count(delimiter) >= columns - 1 for line in lines)


def _read_alone(number: int, line: str, columns: Sequence[str], delimiter: str) -> Row | BrokenRow:
    """Read one line without heed to lines after it, and to quotes inside quotes that are not doubled."""
    if len(line) == MAX_CHARACTERS:
        return BrokenRow(number, f"de regel is langer dan {wording.number(MAX_CHARACTERS)} tekens")
    reader = csv.reader([line, "\n"], delimiter=delimiter)
    cells = next(reader)
    is_closed = reader.line_num == 1
    if is_closed and len(cells) == len(columns):
        return Row(number, columns, cells)
    reason = f"de regel heeft {len(cells)} kolommen, verwacht {len(columns)} (afgebroken?)"
    if not is_closed:
        reason = 'een aanhalingsteken (") in deze regel sluit niet: haal het weg of verdubbel het'
    return BrokenRow(number, reason)
