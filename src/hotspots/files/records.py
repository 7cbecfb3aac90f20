"""Records of JSON as rows of texts, one by one: from a list somewhere in a document, or one on each line."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import ijson
from ijson.common import IncompleteJSONError, JSONError

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Counted, Row, Rows
from hotspots.files.whole_characters import WholeCharacters

SHOWN_KEYS = 10
LONGEST_LINE = 1_000_000
"""Of JSON Lines, in bytes: longer than any report."""

LINES_ENDINGS = (".jsonl", ".ndjson")
_NAME_OF_A_FIELD = re.compile("[a-z_]{1,20}")  # what else stands there may be of a report
_NO_NUMBER = re.compile(r"\bNaN\b|-?\bInfinity\b")


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
    except RecursionError:
        return BrokenRow(number, "deze melding is te diep genest")
    if isinstance(record, _Repeating):
        return BrokenRow(number, f"{record.key} staat twee keer in deze melding")
    return Row(number, cells)


def line_rows(raw: IO[bytes], size: int) -> Rows:
    """Read JSON Lines: one record per line. A line that is no record is told, and costs no other."""
    counted = Counted(raw)
    return Rows([], size, _lines(counted), position=counted.position)


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
    builder: Any = None
    building, is_found, count = "", False, 0
    own_keys: set[str] = set()
    repeated = ""
    try:
        for prefix, event, value in ijson.parse(WholeCharacters(raw)):
            if builder is None:
                if not prefix and event == "map_key":
                    keys.append(value)
                is_found = is_found or (event == "start_array" and prefix in places)
                if prefix not in lists:
                    continue
                builder, building, is_found = ijson.ObjectBuilder(), prefix, True
                own_keys, repeated = set(), ""
            builder.event(event, value)
            if event == "map_key" and prefix == building:
                repeated = value if value in own_keys else repeated
                own_keys.add(value)
            if prefix == building and event not in ("start_map", "start_array", "map_key"):
                count += 1
                yield _Repeating(builder.value, repeated) if repeated else builder.value
                builder = None
    except (IncompleteJSONError, JSONError) as error:
        raise _broken(name, _text_of(error), count + 1) from None
    if not is_found:
        wanted = " or ".join(
            f"a list under '{_list_of(prefix)}'" if _list_of(prefix) else "a list at the top"
            for prefix in lists
        )
        shown = ", ".join(repr(key) for key in keys[:SHOWN_KEYS] if _NAME_OF_A_FIELD.fullmatch(key))
        found = f"an object with {shown or f'{len(keys)} keys'}" if keys else "nothing like it"
        raise UnreadableFileError(
            f"'{name}' has no records where the mapping says: wanted {wanted}, found {found} (file.records)",
            "In dit JSON-bestand staat geen lijst met meldingen waar die hoort.",
        )


def flat(record: Any, prefix: str = "") -> dict[str, str]:
    """A JSON record as texts by dotted path.

    Examples
    --------
    >>> flat({"id": 3, "location": {"note": None}, "at": [5.7, 50.8]})
    {'id': '3', 'location.note': '', 'at': 'true', 'at.0': '5.7', 'at.1': '50.8'}
    """
    if isinstance(record, dict):
        items = [(str(name), value) for name, value in record.items()]
    elif isinstance(record, list):
        items = [(str(number), value) for number, value in enumerate(record)]
    else:
        return {prefix: _as_text(record)}
    values: dict[str, str] = {}
    if prefix and isinstance(record, list):
        values[prefix] = "true" if record else ""
    for name, value in items:
        values |= flat(value, f"{prefix}.{name}" if prefix else name)
    return values


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


def _lines(raw: Counted) -> Iterator[Row | BrokenRow]:
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
        except (ValueError, RecursionError) as error:
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
