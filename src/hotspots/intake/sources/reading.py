"""A row of a source read as a report, or refused with the reason in words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Row
from hotspots.files.values import DATE, MISSING, Number, Value, house, number, postcode, report_number
from hotspots.intake.delivered_text import storable_cells
from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.times import LONGEST_SHOWN, WITHOUT_HOUR, Moment, TimeReader
from hotspots.model import Category
from hotspots.settings import IntakeSettings

MAX_ID_LENGTH = 120
LONGEST_TEXT: int = IntakeSettings.model_fields["longest_text"].default
NEAR = 0.8
"""From this likeness on (0 to 1) the name of a column is meant as one that is absent."""

UNREAD_HOUSE = "huisnummer dat een spreadsheet veranderd heeft: niet gebruikt, gezocht op straat of postcode"

UNREAD_TIMES = {
    "occurred_at": "begin van de overlast dat niet te lezen is: het tijdstip van de melding telt",
    "changed": "tijd van wijzigen die niet te lezen is: niet gebruikt",
}

_MISSING = MISSING | {"onbekend"}
_LONGEST_MISSING = max(map(len, _MISSING))

_LENGTHS = {
    "street": 200,
    "house_number": 40,
    "house_letter": 20,
    "house_suffix": 20,
    "postcode": 20,
    "town": 120,
    "address": 400,
}
"""Of parts of an address: what is longer is cut off, it is no such part."""


@dataclass(frozen=True)
class Reading:
    """A report as its source tells it: aware UTC times, coordinates as written, texts stripped."""

    row_number: int
    cells: Mapping[str, str] = field(repr=False)  # the row as it was
    source_id: str
    written_id: str  # as it stands there
    reported_at: datetime
    occurred_at: datetime | None
    has_hour: bool  # of the moment that counts: when it occurred, else when it was reported
    changed_at: datetime | None
    category: Category
    main_category: str
    subcategory: str
    status: str
    is_counted: bool
    text: str
    reporter: str  # in the one spelling of that person; empty: nobody
    written_reporter: str  # as it stands there
    street: str
    house_number: str
    house_letter: str
    house_suffix: str
    postcode: str
    town: str
    address: str
    unread: str  # which part of the address is no value, and why, in Dutch
    x: float  # NaN where there is none
    y: float
    step: float  # the unit of the last figure of the coordinate that is written more coarsely

    def __getstate__(self) -> dict[str, Any]:
        """What waits of it until it is stored: all but the row as it was, which tells no more by then."""
        return {**self.__dict__, "cells": {}}


@dataclass(frozen=True)
class Refusal:
    """A row that is refused: its number, what it held, the id if it has one, and why in Dutch."""

    row_number: int
    cells: Mapping[str, str]
    reason: str
    source_id: str = ""


@dataclass
class RowReader:
    """Reads rows by a mapping."""

    mapping: SourceMapping
    zone: ZoneInfo  # of times without a zone
    reporters: WrittenReporters
    parents: frozenset[str] = frozenset()  # ids that other rows name as their parent: stored, not counted
    longest_text: int = LONGEST_TEXT  # characters that are read of a cell
    notes: Counter[str] = field(default_factory=Counter)  # what had to be interpreted, in Dutch
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)  # of the source, with ours
    _seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Work out once which columns each field is read from."""
        self.times = TimeReader(self.mapping.dates.formats, self.zone, self.notes)
        self._columns = self.mapping.columns.named()
        self._address_columns = [
            (name, self._columns.get(name, ()), length) for name, length in _LENGTHS.items()
        ]
        self._categories = {
            _folded(name): category for name, category in self.mapping.categories.values.items()
        }
        self._not_counted = {_folded(status) for status in self.mapping.counting.not_when_status}

    def check_columns(self, found: Sequence[str]) -> None:
        """Refuse a file that lacks columns the mapping needs.

        Only an id, a time and (where mapped) a category are needed: of alternatives one, of parts all.

        Raises
        ------
        UnreadableFileError
            Naming what was wanted, and how many columns were found.
        """
        needed = [name for name in ("id", "reported_at", "category") if name in self._columns]
        absent = []
        for name in needed:
            columns = self._columns[name]
            missing = [column for column in columns if column not in found]
            if missing and (name != "category" or len(missing) == len(columns)):
                absent += missing
        if absent:
            raise UnreadableFileError(
                f"wanted the column(s) {', '.join(absent)}, {found_columns(found, absent)}: is this a file "
                "of this source, with this delimiter?",
                f"De kolom {', '.join(absent)} ontbreekt. Is dit een bestand van deze bron, met dit "
                "scheidingsteken?",
            )

    def read(self, number: int, values: Mapping[str, str]) -> Reading | Refusal:
        """Read one row."""
        values = storable_cells(values, self.longest_text, self.notes)
        source_id, written_id, problem = self._id(values)
        if problem:
            return Refusal(number, values, problem)
        if len(source_id) > MAX_ID_LENGTH:
            return Refusal(
                number, values, f"het kenmerk is {len(source_id)} tekens lang; {MAX_ID_LENGTH} past"
            )
        written = self._joined("reported_at", values)
        reported = self.times.read(written)
        if reported is None:
            found = f"'{written}'" if written else "leeg"
            if not self.times.is_like_time(written):  # it may be what a reporter wrote, or who that is
                found = f"een tekst van {len(written)} tekens"
            return Refusal(number, values, f"geen leesbare tijd van melden: {found}", source_id)
        main, sub = self._main_category(values), self._first("subcategory", values)
        category = self._category(main, sub)
        status = self._first("status", values)
        occurred = self._other_time("occurred_at", values)
        changed = self._other_time("changed", values)
        moment = occurred or reported
        if not moment.has_hour:
            self.notes[WITHOUT_HOUR] += 1
        x, y = self._number("x", values), self._number("y", values)
        return Reading(
            row_number=number,
            cells=values,
            source_id=source_id,
            written_id=written_id,
            reported_at=reported.at,
            occurred_at=None if occurred is None else occurred.at,
            has_hour=moment.has_hour,
            changed_at=None if changed is None else changed.at,
            category=category,
            main_category=main[:200],
            subcategory=sub[:200],
            status=status[:60],
            is_counted=not self._is_left_out(source_id, status, values),
            text=self._joined("text", values),
            reporter=self.reporters.read(self._cells("reporter", values), self.notes),
            written_reporter=self._first("reporter", values),
            **self._address(values),
            x=x.value,
            y=y.value,
            step=max(x.step, y.step),
        )

    def _other_time(self, name: str, values: Mapping[str, str]) -> Moment | None:
        """A time that a report can do without; what can't be read is told."""
        written = self._joined(name, values)
        found = self.times.read(written)
        if found is None and written:
            self.notes[UNREAD_TIMES[name]] += 1
        return found

    def _id(self, values: Mapping[str, str]) -> tuple[str, str, str]:
        """The number of a report as it is kept and as it is written, or why there is none."""
        columns = self._columns["id"]
        written = [_value(values, column) for column in columns]
        parts = [report_number(part) for part in written]
        if len(columns) > 1:  # a number made of several columns may have a time among them
            pairs = zip(written, parts, strict=True)
            parts = [Value(part) if value.problem == DATE else value for part, value in pairs]
        for part, value in zip(written, parts, strict=True):
            if value.problem:
                return "", "", f"het kenmerk '{part[:LONGEST_SHOWN]}' {value.problem}"
            if value.note:
                self.notes[value.note] += 1
        if not any(value.text for value in parts):
            return "", "", f"geen kenmerk: '{'+'.join(columns)}' is leeg"
        source_id = "/".join(value.text for value in parts)
        if self.mapping.number_repeats:
            self._seen[source_id] += 1
            if self._seen[source_id] > 1:
                source_id = f"{source_id}#{self._seen[source_id]}"
        return source_id, "/".join(written), ""

    def _address(self, values: Mapping[str, str]) -> dict[str, str]:
        """The parts of an address, and why the house is left out, if it is no value."""
        found = {name: _first(values, columns)[:length] for name, columns, length in self._address_columns}
        read = house(found["house_number"], found["house_letter"], found["house_suffix"])
        code = postcode(found["postcode"])
        for note in (*read.notes, code.note):
            if note:
                self.notes[note] += 1
        if read.problem:
            self.notes[UNREAD_HOUSE] += 1
        of_house = {"house_number": read.number, "house_letter": read.letter, "house_suffix": read.suffix}
        unread = read.problem or (f"postcode '{found['postcode']}' {code.problem}" if code.problem else "")
        return {**found, **of_house, "postcode": code.text, "unread": unread}

    def _number(self, name: str, values: Mapping[str, str]) -> Number:
        found = number(self._first(name, values))
        if found.note:
            self.notes[found.note] += 1
        return found

    def _joined(self, name: str, values: Mapping[str, str]) -> str:
        return " ".join(filter(None, (_value(values, column) for column in self._columns.get(name, ()))))

    def _cells(self, name: str, values: Mapping[str, str]) -> list[str]:
        return [values.get(column, "") for column in self._columns.get(name, ())]

    def _first(self, name: str, values: Mapping[str, str]) -> str:
        return _first(values, self._columns.get(name, ()))

    def _main_category(self, values: Mapping[str, str]) -> str:
        """Of several columns the first that is in the table of categories, else the first with a value."""
        found = [_value(values, column) for column in self._columns.get("category", ())]
        known = (value for value in found if _folded(value) in self._categories)
        return next(known, next(filter(None, found), ""))

    def _category(self, main: str, sub: str) -> Category:
        known = self._categories
        found = known.get(_folded(f"{main}/{sub}"), known.get(_folded(main), self.mapping.categories.default))
        self.categories[f"{main}/{sub}" if sub else main, str(found)] += 1
        return found

    def _is_left_out(self, source_id: str, status: str, values: Mapping[str, str]) -> bool:
        says_parent = self._first("is_parent", values).casefold()
        return (
            source_id in self.parents
            or says_parent in {"true", "1", "ja", "yes"}
            or _folded(status) in self._not_counted
        )


def found_columns(found: Sequence[str], absent: Sequence[str]) -> str:
    """Tell what stands in a first line: how many columns, and which have almost a name that is wanted.

    The others are not repeated: a file without a header has a report in its first line.

    Examples
    --------
    >>> found_columns(["meldnummer", "Jan Jansen", "06-12345678"], ["meldingnummer", "meldtijd"])
    "found 3 column(s), of which 'meldnummer' comes near"
    """
    near = [match for name in absent for match in get_close_matches(name, found, n=1, cutoff=NEAR)]
    shown = ", ".join(f"'{name}'" for name in dict.fromkeys(near) if name.replace("_", "").isalpha())
    return f"found {len(found)} column(s)" + (f", of which {shown} comes near" if shown else "")


def read_rows(reader: RowReader, rows: Iterator[Row | BrokenRow]) -> Iterator[Reading | Refusal]:
    """Read rows one by one; broken ones are refused."""
    for row in rows:
        if isinstance(row, BrokenRow):
            yield Refusal(row.number, {}, row.reason)
        else:
            yield reader.read(row.number, row.cells)


def _first(values: Mapping[str, str], columns: Sequence[str]) -> str:
    for column in columns:
        if found := _value(values, column):
            return found
    return ""


def _value(values: Mapping[str, str], column: str) -> str:
    value = values.get(column, "")
    if not value:
        return ""
    value = value.strip()
    return value if len(value) > _LONGEST_MISSING or value.casefold() not in _MISSING else ""


@lru_cache(maxsize=4096)  # of categories and statuses there are few
def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
