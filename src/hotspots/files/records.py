"""Records of JSON as rows of texts, one by one: from a list somewhere in a document, or one on each line."""

import codecs
import io
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any

import ijson
from ijson.common import IncompleteJSONError, JSONError

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Counted, Row, Rows, row_of_cells
from hotspots.files.rows_as_messages import as_messages
from hotspots.files.whole_characters import WholeCharacters

SHOWN_KEYS = 10
LONGEST_LINE = 1_000_000
"""Of JSON Lines, in bytes: longer than any report."""

MAX_DIGITS = 100_000
"""Of a whole number. The parser is written in C, and falls over one that Python refuses."""

MAX_DEPTH = 50
"""Of a record: deeper than any program of reports nests."""

MAX_DEPTH_OF_FILE = 5000
"""After this nothing of it is read: each level makes reading all that is in it slower."""

MAX_VALUES = 10_000
MAX_CHARACTERS = 2_000_000
"""Of a record with the names of its values, each with those above it: short JSON may unfold to much."""

LINES_ENDINGS = (".jsonl", ".ndjson")
CHUNK_BYTES = 1 << 20
"""A text that goes over many parts is looked through again with each of them."""

_TOO_DEEP = "deze melding is te diep genest"
_TOO_LARGE = "deze melding heeft meer waarden of tekst dan een melding ooit heeft"
_DEEPER = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}
_NAME_OF_A_FIELD = re.compile("[a-z_]{1,20}")  # what else stands there may be of a report
_NO_NUMBER = re.compile(r"\bNaN\b|-?\bInfinity\b")


def read_records(path: Path, *, lists: Sequence[str]) -> Iterator[Any]:
    """Read JSON or JSON Lines; for a process of its own, as the messages that rows are sent by."""
    sys.set_int_max_str_digits(MAX_DIGITS)
    size = path.stat().st_size
    with path.open("rb") as raw:
        # .NET writes this mark, and RFC 8259 lets a reader skip it
        if raw.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            raw.seek(0)
        if is_lines(path):
            yield from as_messages(line_rows(raw, size))
        else:
            yield from as_messages(json_rows(raw, str(path), size, tuple(lists)))


def json_rows(raw: IO[bytes], name: str, size: int, lists: tuple[str, ...]) -> Rows:
    """Read the records of a JSON document.

    Parameters
    ----------
    lists
        Where the records may stand: ``item`` is a list at the top, ``results.item`` one under ``results``.

    Raises
    ------
    UnreadableFileError
        While the rows are read: if there is no such list, or it is no JSON from some record on.
    """
    counted = Counted(raw)
    rows = (row_of(number, record) for number, record in enumerate(records(counted, name, lists), start=1))
    return Rows([], size, rows, position=counted.position)


def row_of(number: int, record: Any) -> Row | BrokenRow:
    """A record as a row; told as broken when it has a key twice, as nobody can tell which is meant."""
    try:
        cells = flat(record)
    except _TooMuchError as error:
        return BrokenRow(number, str(error))
    if isinstance(record, _Repeating):
        return BrokenRow(number, f"{record.key} staat twee keer in deze melding")
    return row_of_cells(number, cells)


def line_rows(raw: IO[bytes], size: int) -> Rows:
    """Read JSON Lines: one record per line. A line that is no record is told, and costs no other."""
    counted = Counted(raw)
    lines = _lines(io.BufferedReader(counted, CHUNK_BYTES))  # unbuffered, it would be read byte by byte
    return Rows([], size, lines, position=counted.position)


def is_lines(path: Path) -> bool:
    """Whether a file has one JSON record per line: it is called so, or its first two lines look like it.

    Raises
    ------
    OSError
        If it can't be read.
    """
    if path.suffix.lower() in LINES_ENDINGS:
        return True
    with path.open("rb") as raw:
        lines = _next_line(raw), _next_line(raw)
    return any(map(_is_record, lines)) and all(line.startswith(b"{") for line in lines)


def records(raw: Any, name: str, lists: tuple[str, ...]) -> Iterator[Any]:
    """Give the records that stand in any of the lists; one of these must be there, even if empty.

    Raises
    ------
    UnreadableFileError
        If there is no such list, or the JSON ends before its end.
    """
    places = {_list_of(prefix) for prefix in lists if prefix.split(".")[-1] == "item"}
    keys: list[str] = []
    building: _Building | None = None
    is_found, count, depth, key_count = False, 0, 0, 0
    try:
        for prefix, event, value in ijson.parse(WholeCharacters(raw), buf_size=CHUNK_BYTES):
            depth += _DEEPER.get(event, 0)
            if depth > MAX_DEPTH_OF_FILE:
                raise _nested_too_deep(name)
            if building is None:
                if not prefix and event == "map_key":
                    key_count += 1
                    keys += [value] if key_count <= SHOWN_KEYS else []
                is_found = is_found or (event == "start_array" and prefix in places)
                if prefix not in lists:
                    continue
                building, is_found = _Building(prefix, depth), True
            if building.takes(prefix, event, value, depth):
                count += 1
                yield building.record()
                building = None
    except (IncompleteJSONError, JSONError) as error:
        raise _broken(name, _text_of(error), count + 1) from None
    except InvalidOperation:
        raise UnreadableFileError(
            f"'{name}' holds a number in record {count + 1} with an exponent that no number has: "
            "wanted numbers as a program writes them; fetch it again",
            f"In melding {count + 1} staat een getal met een exponent die niet kan. Haal het bestand "
            "opnieuw op.",
        ) from None
    if not is_found:
        wanted = " or ".join(
            f"a list under '{_list_of(prefix)}'" if _list_of(prefix) else "a list at the top"
            for prefix in lists
        )
        shown = ", ".join(repr(key) for key in keys if _NAME_OF_A_FIELD.fullmatch(key))
        found = f"an object with {shown or f'{key_count} keys'}" if keys else "nothing like it"
        raise UnreadableFileError(
            f"'{name}' has no records where the mapping says: wanted {wanted}, found {found} (file.records)",
            "In dit JSON-bestand staat geen lijst met meldingen waar die hoort.",
        )


def flat(record: Any) -> dict[str, str]:
    """A JSON record as texts by dotted path.

    Examples
    --------
    >>> flat({"id": 3, "location": {"note": None}, "at": [5.7, 50.8]})
    {'id': '3', 'location.note': '', 'at': 'true', 'at.0': '5.7', 'at.1': '50.8'}
    """
    if isinstance(record, _TooMuch):
        raise _TooMuchError(record.why)
    unfolded = _Unfolded()
    unfolded.add(record, "")
    return unfolded.values


@dataclass
class _Unfolded:
    """The values of a record by their paths, as long as they are no more than those of a record."""

    values: dict[str, str] = field(default_factory=dict)
    characters: int = 0

    def add(self, value: Any, path: str, depth: int = 0) -> None:
        if isinstance(value, dict):
            items = [(str(name), one) for name, one in value.items()]
        elif isinstance(value, list):
            items = [(str(place), one) for place, one in enumerate(value)]
            if path:
                self._keep(path, "true" if value else "")
        else:
            self._keep(path, _as_text(value))
            return
        if depth == MAX_DEPTH:
            raise _TooMuchError(_TOO_DEEP)
        for name, one in items:
            self.add(one, f"{path}.{name}" if path else name, depth + 1)

    def _keep(self, path: str, text: str) -> None:
        self.characters += len(path) + len(text)
        if len(self.values) == MAX_VALUES or self.characters > MAX_CHARACTERS:
            raise _TooMuchError(_TOO_LARGE)
        self.values[path] = text


@dataclass
class _Building:
    """A record that is being read, of which no more is kept than a record ever holds."""

    prefix: str
    top: int
    why_not: str = ""
    events: int = 0
    repeated: str = ""
    own_keys: set[str] = field(default_factory=set)
    builder: Any = field(default_factory=ijson.ObjectBuilder)

    def takes(self, prefix: str, event: str, value: Any, depth: int) -> bool:
        """Take what comes next; gives whether it is the end of the record."""
        self.events += 1
        if depth - self.top > MAX_DEPTH:
            self.why_not = _TOO_DEEP
        elif self.events > 3 * MAX_VALUES:  # a value has a key, and may be a list of its own
            self.why_not = self.why_not or _TOO_LARGE
        if not self.why_not:
            self.builder.event(event, value)
            if event == "map_key" and prefix == self.prefix:
                self.repeated = value if value in self.own_keys else self.repeated
                self.own_keys.add(value)
        return prefix == self.prefix and event not in ("start_map", "start_array", "map_key")

    def record(self) -> Any:
        """What was read."""
        if self.why_not:
            return _TooMuch(self.why_not)
        value = self.builder.value
        return _Repeating(value, self.repeated) if self.repeated else value


@dataclass(frozen=True)
class _TooMuch:
    """In the place of a record that was not kept."""

    why: str


class _TooMuchError(Exception):
    """It is more than a record ever holds; says so in Dutch."""


def _nested_too_deep(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"'{name}' is nested more than {MAX_DEPTH_OF_FILE} levels deep: wanted a list of records",
        "Dit bestand is te diep genest. Laat het opnieuw maken.",
    )


def _broken(name: str, problem: str, number: int) -> UnreadableFileError:
    """What is wrong with a document from a record on; the text about it is not repeated."""
    first, _, around = problem.partition("\n")
    if "trailing garbage" in first:
        return UnreadableFileError(
            f"'{name}' goes on after the end of its JSON: wanted one list of records, "
            "or one record on each line",
            "Na het einde van de JSON staat nog tekst. Lever één lijst met meldingen, "
            "of één melding per regel.",
        )
    if no_number := _NO_NUMBER.search(around):
        return UnreadableFileError(
            f"'{name}' holds {no_number[0]} in record {number}, which is no JSON: wanted a number or null",
            f"In melding {number} staat {no_number[0]}. Dat is geen JSON: lever een getal, of null.",
        )
    if "invalid bytes in UTF8" in first:
        return UnreadableFileError(
            f"'{name}' holds bytes in record {number} that are no UTF-8: wanted UTF-8; save it as such",
            f"Melding {number} is niet in UTF-8 geschreven. Sla het bestand op als UTF-8.",
        )
    if "premature EOF" not in first and "incomplete" not in first.casefold():
        return UnreadableFileError(
            f"'{name}' is no JSON in record {number} or after it ({first.rstrip('.')}): wanted JSON as "
            'a program writes it, without a comma after the last, and with " around names',
            f"In of na melding {number} staat iets dat geen JSON is, zoals een komma te veel. Laat het "
            "bestand opnieuw maken.",
        )
    return UnreadableFileError(
        f"'{name}' is no whole JSON from record {number} on ({first.rstrip('.')}): it may be truncated; "
        "fetch it again",
        f"De JSON is niet heel vanaf melding {number}. Misschien is het bestand afgebroken: haal "
        "het opnieuw op.",
    )


def _lines(raw: IO[bytes] | io.BufferedReader) -> Iterator[Row | BrokenRow]:
    number = 0
    for line in iter(lambda: _next_line(raw), b""):
        number += 1
        if len(line) >= LONGEST_LINE:
            yield BrokenRow(number, "de regel is langer dan een melding ooit is")
            continue
        try:
            record = json.loads(
                line, parse_float=Decimal, parse_constant=_refused_constant, object_pairs_hook=_object
            )
        except (ValueError, RecursionError, InvalidOperation) as error:
            found = _NO_NUMBER.fullmatch(str(error))
            why = f"{found[0]} is geen JSON" if found else "geen hele JSON"
            yield BrokenRow(number, f"{why}: verwacht één melding per regel")
            continue
        if isinstance(record, dict):
            yield row_of(number, record)
        else:
            yield BrokenRow(number, "geen melding: verwacht een object in JSON op deze regel")


class _Repeating(dict[str, Any]):
    """A record that has a key twice."""

    def __init__(self, values: Any, key: str) -> None:
        super().__init__(values)
        self.key = f"'{key}'" if _NAME_OF_A_FIELD.fullmatch(key) else "een kenmerk"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    names = [name for name, _ in pairs]
    return _Repeating(values, next(name for name in names if names.count(name) > 1))


def _text_of(error: Exception) -> str:
    """What a parser says, which some of them give as bytes."""
    found = error.args[0] if error.args else ""
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _next_line(raw: Any) -> bytes:
    """The next line that is not blank, without blanks about it; empty at the end of the file."""
    while line := raw.readline(LONGEST_LINE):
        if stripped := line.strip(b" \t\r\n\xef\xbb\xbf"):
            return bytes(stripped)
    return b""


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _refused_constant(name: str) -> Any:
    raise ValueError(name)


def _list_of(prefix: str) -> str:
    return prefix.removesuffix("item").removesuffix(".")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | str | int):
        return str(value)
    return json.dumps(value)
