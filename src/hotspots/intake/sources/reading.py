"""A row of a source read as a report, or refused with the reason in words."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from itertools import compress, islice, product
from math import inf
from operator import attrgetter, itemgetter
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Row, row_of_cells
from hotspots.files.values import (
    DATE,
    MISSING,
    Number,
    Value,
    each_once,
    house,
    number,
    picker,
    postcode,
    report_number,
)
from hotspots.intake.delivered_text import storable_rows
from hotspots.intake.reporter_identity import WrittenReporters
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.plain_rows import (
    NO_HOUSE,
    NO_POINT,
    plain_house,
    plain_ids,
    plain_points,
    plain_postcode,
)
from hotspots.intake.sources.times import LONGEST_SHOWN, WITHOUT_HOUR, Moment, TimeReader
from hotspots.model import Category
from hotspots.settings import IntakeSettings

MAX_ID_LENGTH = 120
LONGEST_TEXT: int = IntakeSettings.model_fields["longest_text"].default
NEAR = 0.8
"""From this likeness on (0 to 1) the name of a column is meant as one that is absent."""

UNREAD_HOUSE = "huisnummer dat een spreadsheet veranderd heeft: niet gebruikt, gezocht op straat of postcode"

ROWS_AT_ONCE = 5000
"""Rows that are read together; what each tells does not depend on it."""

UNREAD_TIMES = {
    "occurred_at": "begin van de overlast dat niet te lezen is: het tijdstip van de melding telt",
    "changed": "tijd van wijzigen die niet te lezen is: niet gebruikt",
}

_MISSING = MISSING | {"onbekend"}
_MISSING_AS_WRITTEN = frozenset(
    "".join(letters)
    for word in _MISSING - {""}
    for letters in product(
        *({letter, letter.upper(), *("\u212a" if letter == "k" else "")} for letter in word)
    )
)
"""With small letters and capitals in every way, and the sign for kelvin, which is a *k* too."""

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


class Reading(NamedTuple):
    """A report as its source tells it: aware UTC times, coordinates as written, texts stripped."""

    row_number: int
    row: Row  # as it was
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

    def __repr__(self) -> str:
        """Which it is; the rest may be about people."""
        return f"Reading({self.row_number}, {self.source_id!r})"


class Readings(NamedTuple):
    """Reports as their source tells them: a column for each part of a :class:`Reading`."""

    row_number: Sequence[int] = ()
    row: Sequence[Row] = ()
    source_id: Sequence[str] = ()
    written_id: Sequence[str] = ()
    reported_at: Sequence[datetime] = ()
    occurred_at: Sequence[datetime | None] = ()
    has_hour: Sequence[bool] = ()
    changed_at: Sequence[datetime | None] = ()
    category: Sequence[Category] = ()
    main_category: Sequence[str] = ()
    subcategory: Sequence[str] = ()
    status: Sequence[str] = ()
    is_counted: Sequence[bool] = ()
    text: Sequence[str] = ()
    reporter: Sequence[str] = ()
    written_reporter: Sequence[str] = ()
    street: Sequence[str] = ()
    house_number: Sequence[str] = ()
    house_letter: Sequence[str] = ()
    house_suffix: Sequence[str] = ()
    postcode: Sequence[str] = ()
    town: Sequence[str] = ()
    address: Sequence[str] = ()
    unread: Sequence[str] = ()
    x: Sequence[float] = ()
    y: Sequence[float] = ()
    step: Sequence[float] = ()

    def each(self) -> list[Reading]:
        """Them one by one."""
        return list(map(Reading._make, zip(*self, strict=True)))

    def chosen(self, rows: Iterable[int]) -> "Readings":
        """The columns of some of them."""
        return Readings._make(map(picker(rows), self))


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
        found = self.read_all([row_of_cells(number, values)])
        return found.refused[0] if found.refused else found.readings.each()[0]

    def read_all(self, rows: Sequence[Row | BrokenRow]) -> "ReadRows":
        """Read rows, of which broken ones are refused; of each column a value that comes by more than once is
        read once."""
        refused = [Refusal(row.number, {}, row.reason) for row in rows if isinstance(row, BrokenRow)]
        whole = storable_rows([row for row in rows if isinstance(row, Row)], self.longest_text, self.notes)
        table = _Table(whole, self._columns)
        sub, status, is_parent, x, y = map(table.first, ("subcategory", "status", "is_parent", "x", "y"))
        columns = _Columns(
            [row.number for row in whole],
            whole,
            [table.cleaned(column) for column in self._columns["id"]],
            [table.joined(name) for name in ("reported_at", "occurred_at", "changed")],
            self._main_categories(table),
            sub,
            status,
            is_parent,
            table.joined("text"),
            table.written("reporter"),
            table.first("reporter"),
            [table.first(name, length) for name, length in _LENGTHS.items()],
            x,
            y,
        )
        called = each_once(self._called, zip(columns.main, columns.sub, strict=True))
        readings, is_plain = self._plain(columns)
        if not all(is_plain):
            alone = {row: self._row(*columns.of(row)) for row, is_one in enumerate(is_plain) if not is_one}
            readings = _with_others(readings, alone)
            none = {row: one for row, one in alone.items() if isinstance(one, Refusal)}
            if none:
                kept = [row for row in range(len(whole)) if row not in none]
                readings, called = readings.chosen(kept), [called[row] for row in kept]
                refused += none.values()
        self.categories.update(called)
        return ReadRows(readings, sorted(refused, key=attrgetter("row_number")))

    def _plain(self, columns: "_Columns") -> tuple[Readings, Sequence[bool]]:
        """The readings, and of which all is written as most is: the others mean nothing, and are to be read
        by themselves."""
        count = len(columns.number)
        if self.mapping.number_repeats or len(columns.id) > 1:
            nothing: Any = [None] * count
            return Readings(*[nothing] * len(Readings._fields)), [False] * count
        ids: Any = plain_ids(columns.id[0], MAX_ID_LENGTH)
        reported: Any = self.times.plain(columns.times[0])
        occurred, changed = map(self._plain_times, columns.times[1:])
        who: Any = each_once(self.reporters.plainly, columns.reporter_cells)
        street, *house, postcode, town, address = columns.address
        houses = each_once(plain_house, zip(*house, strict=True))
        postcodes: Any = each_once(plain_postcode, postcode)
        points = plain_points(columns.x, columns.y)
        parts = (ids, reported, occurred, changed, who, houses, postcodes, points)
        is_plain = [None not in row for row in zip(*parts, strict=True)]
        for column in columns.times:
            self.times.count_plain(list(filter(None, compress(column, is_plain))))
        left_out = each_once(self._is_left_out, zip(columns.status, columns.is_parent, strict=True))
        is_counted = [not (out or one in self.parents) for out, one in zip(left_out, ids, strict=True)]
        told = [
            *(columns.number, columns.row, ids, ids, reported),
            [at or None for at in occurred],
            [True] * count,
            [at or None for at in changed],
            each_once(self._category, zip(columns.main, columns.sub, strict=True)),
            *(_cut(columns.main, 200), _cut(columns.sub, 200), _cut(columns.status, 60)),
            *(is_counted, columns.text, who, columns.reporter),
            *(street, *_parts(houses, NO_HOUSE), postcodes, town, address, [""] * count),
            *_parts(points, NO_POINT),
        ]
        return Readings._make(told), is_plain

    def _plain_times(self, texts: Sequence[str]) -> list[datetime | Literal[False] | None]:
        """Times that a report can do without; False where there is none."""
        if not any(texts):
            return [False] * len(texts)
        return [at if text else False for at, text in zip(self.times.plain(texts), texts, strict=True)]

    def _row(  # the fields of a row, in the order in which they are read
        self,
        number: int,
        row: Row,
        written: Sequence[str],
        times: Sequence[str],
        main: str,
        sub: str,
        status: str,
        is_parent: str,
        text: str,
        reporter_cells: Sequence[str],
        reporter: str,
        address: Sequence[str],
        x: str,
        y: str,
    ) -> Reading | Refusal:
        source_id, written_id, problem = self._id(written)
        if problem:
            return Refusal(number, row.cells, problem)
        if len(source_id) > MAX_ID_LENGTH:
            return Refusal(
                number, row.cells, f"het kenmerk is {len(source_id)} tekens lang; {MAX_ID_LENGTH} past"
            )
        reported = self.times.read(times[0])
        if reported is None:
            found = f"'{times[0]}'" if times[0] else "leeg"
            if not self.times.is_like_time(times[0]):  # it may be what a reporter wrote, or who that is
                found = f"een tekst van {len(times[0])} tekens"
            return Refusal(number, row.cells, f"geen leesbare tijd van melden: {found}", source_id)
        category = self._category((main, sub))
        occurred = self._other_time("occurred_at", times[1])
        changed = self._other_time("changed", times[2])
        moment = occurred or reported
        if not moment.has_hour:
            self.notes[WITHOUT_HOUR] += 1
        easting, northing = self._number(x), self._number(y)
        return Reading(
            number,
            row,
            source_id,
            written_id,
            reported.at,
            None if occurred is None else occurred.at,
            moment.has_hour,
            None if changed is None else changed.at,
            category,
            main[:200],
            sub[:200],
            status[:60],
            not (source_id in self.parents or self._is_left_out((status, is_parent))),
            text,
            self.reporters.read(reporter_cells, self.notes),
            reporter,
            *self._address(address),
            easting.value,
            northing.value,
            max(easting.step, northing.step),
        )

    def _other_time(self, name: str, written: str) -> Moment | None:
        """A time that a report can do without; what can't be read is told."""
        if not written:
            return None
        found = self.times.read(written)
        if found is None:
            self.notes[UNREAD_TIMES[name]] += 1
        return found

    def _id(self, written: Sequence[str]) -> tuple[str, str, str]:
        """The number of a report as it is kept and as it is written, or why there is none."""
        parts = [report_number(part) for part in written]
        if len(written) > 1:  # a number made of several columns may have a time among them
            pairs = zip(written, parts, strict=True)
            parts = [Value(part) if value.problem == DATE else value for part, value in pairs]
        for part, value in zip(written, parts, strict=True):
            if value.problem:
                return "", "", f"het kenmerk '{part[:LONGEST_SHOWN]}' {value.problem}"
            if value.note:
                self.notes[value.note] += 1
        if not any(value.text for value in parts):
            return "", "", f"geen kenmerk: '{'+'.join(self._columns['id'])}' is leeg"
        source_id = "/".join([value.text for value in parts])
        if self.mapping.number_repeats:
            self._seen[source_id] += 1
            if self._seen[source_id] > 1:
                source_id = f"{source_id}#{self._seen[source_id]}"
        return source_id, "/".join(written), ""

    def _address(self, found: Sequence[str]) -> tuple[str, str, str, str, str, str, str, str]:
        """The parts of an address, and why the house is left out, if it is no value."""
        street, house_number, letter, suffix, written_code, town, address = found
        read, code = house(house_number, letter, suffix), postcode(written_code)
        for note in (*read.notes, code.note):
            if note:
                self.notes[note] += 1
        if read.problem:
            self.notes[UNREAD_HOUSE] += 1
        unread = read.problem or (f"postcode '{written_code}' {code.problem}" if code.problem else "")
        return street, read.number, read.letter, read.suffix, code.text, town, address, unread

    def _number(self, text: str) -> Number:
        found = number(text)
        if found.note:
            self.notes[found.note] += 1
        return found

    def _main_categories(self, table: "_Table") -> Sequence[str]:
        """Of several columns the first that is in the table of categories, else the first with a value."""
        columns = [table.cleaned(column) for column in self._columns.get("category", ())]
        if len(columns) < 2:
            return columns[0] if columns else table.first("category")
        return [self._main_category(found) for found in zip(*columns, strict=True)]

    def _main_category(self, found: Sequence[str]) -> str:
        known = (value for value in found if _folded(value) in self._categories)
        return next(known, next(filter(None, found), ""))

    def _category(self, written: tuple[str, str]) -> Category:
        main, sub = written
        known = self._categories
        return known.get(_folded(f"{main}/{sub}"), known.get(_folded(main), self.mapping.categories.default))

    def _called(self, written: tuple[str, str]) -> tuple[str, str]:
        """How the source calls a category, and how we do."""
        main, sub = written
        return f"{main}/{sub}" if sub else main, str(self._category(written))

    def _is_left_out(self, written: tuple[str, str]) -> bool:
        """Whether a report of this status, or a parent, is not counted."""
        status, is_parent = written
        return is_parent.casefold() in {"true", "1", "ja", "yes"} or _folded(status) in self._not_counted


class ReadRows(NamedTuple):
    """What rows are read as, each in the order in which they stand in their file."""

    readings: Readings
    refused: Sequence[Refusal]

    def part(self, first: int, end: float = inf) -> "ReadRows":
        """Those from a row number on, and before another."""
        numbers, refused = self.readings.row_number, [row.row_number for row in self.refused]
        kept = range(bisect_left(numbers, first), bisect_left(numbers, end))
        return ReadRows(
            self.readings.chosen(kept), self.refused[bisect_left(refused, first) : bisect_left(refused, end)]
        )

    def first(self, many: int) -> "ReadRows":
        """The first of them."""
        numbers = sorted([*self.readings.row_number, *(row.row_number for row in self.refused)])
        return self.part(0, numbers[many] if many < len(numbers) else inf)

    @property
    def columns(self) -> list[str]:
        """The names that their values have, as they come by."""
        rows = [*zip(self.readings.row_number, (row.columns for row in self.readings.row), strict=True)]
        rows += [(row.row_number, tuple(row.cells)) for row in self.refused]
        return list(dict.fromkeys(name for _, names in sorted(rows, key=itemgetter(0)) for name in names))


def _with_others(readings: Readings, others: Mapping[int, Reading | Refusal]) -> Readings:
    """The readings with those that were read by themselves in their place."""
    columns: list[list[Any]] = list(map(list, readings))
    for row, reading in others.items():
        if isinstance(reading, Reading):
            for column, value in zip(columns, reading, strict=True):
                column[row] = value
    return Readings._make(columns)


def _parts(together: Sequence[tuple[Any, ...] | None], nothing: tuple[Any, ...]) -> list[Sequence[Any]]:
    """Columns of the parts of what stands together in one."""
    return list(zip(*(one or nothing for one in together), strict=True)) or [()] * len(nothing)


class _Columns(NamedTuple):
    """The columns of some rows, in the order in which :meth:`RowReader._row` takes them."""

    number: Sequence[int]
    row: Sequence[Row]
    id: Sequence[Sequence[str]]  # a column for each of these,
    times: Sequence[Sequence[str]]  # as here
    main: Sequence[str]
    sub: Sequence[str]
    status: Sequence[str]
    is_parent: Sequence[str]
    text: Sequence[str]
    reporter_cells: Sequence[tuple[str, ...]]
    reporter: Sequence[str]
    address: Sequence[Sequence[str]]  # and here
    x: Sequence[str]
    y: Sequence[str]

    def of(self, row: int) -> Iterator[Any]:
        """What stands in a row."""
        parts: Any = zip(self._fields, self, strict=True)
        for name, column in parts:
            yield [part[row] for part in column] if name in ("id", "times", "address") else column[row]


def _cut(texts: Sequence[str], longest: int) -> Sequence[str]:
    """The texts, each no longer than fits."""
    return texts if max(map(len, texts), default=0) <= longest else [text[:longest] for text in texts]


class _Table:
    """The cells of some rows, by the field that is read from them."""

    def __init__(self, rows: Sequence[Row], columns: Mapping[str, Sequence[str]]) -> None:
        self._columns, self._count = columns, len(rows)
        self._written = _by_column(rows, {column for of_field in columns.values() for column in of_field})
        self._cleaned: dict[str, list[str]] = {}

    def cleaned(self, column: str) -> list[str]:
        """The values of a column: stripped, and empty where a program wrote that there is none."""
        if column not in self._cleaned:
            self._cleaned[column] = _values(self._written[column])
        return self._cleaned[column]

    def first(self, name: str, longest: int | None = None) -> Sequence[str]:
        """Of the columns of a field the first value of each row, cut at a length."""
        columns = [self.cleaned(column) for column in self._columns.get(name, ())]
        if not columns:
            return [""] * self._count
        found = columns[0] if len(columns) == 1 else list(map(_first, zip(*columns, strict=True)))
        return found if longest is None else _cut(found, longest)

    def joined(self, name: str) -> Sequence[str]:
        """The values of the columns of a field together."""
        columns = [self.cleaned(column) for column in self._columns.get(name, ())]
        if len(columns) == 1:
            return columns[0]
        return [" ".join(filter(None, texts)) for texts in zip(*columns, strict=True)] or self.first(name)

    def written(self, name: str) -> list[tuple[str, ...]]:
        """What the columns of a field hold, as it stands there."""
        columns = [self._written[column] for column in self._columns.get(name, ())]
        return list(zip(*columns, strict=True)) or [()] * self._count


def _by_column(rows: Sequence[Row], names: Iterable[str]) -> dict[str, Sequence[str]]:
    """The values of columns; empty in a row that lacks one."""
    shared = rows[0].columns if rows else ()
    if any(row.columns is not shared for row in rows):  # as in JSON
        cells = [row.cells for row in rows]
        return {name: [one.get(name, "") for one in cells] for name in names}
    found = dict(zip(shared, zip(*(row.values for row in rows), strict=True), strict=True))
    return {name: found.get(name) or ("",) * len(rows) for name in names}


def _values(written: Sequence[str]) -> list[str]:
    stripped = list(map(str.strip, written))
    if _MISSING_AS_WRITTEN.isdisjoint(stripped):
        return stripped
    return ["" if text in _MISSING_AS_WRITTEN else text for text in stripped]


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


def read_rows(reader: RowReader, rows: Iterator[Row | BrokenRow], *, at_first: int = 0) -> Iterator[ReadRows]:
    """Read rows, many at once.

    Parameters
    ----------
    at_first
        So many are at least read the first time, if there are as many.
    """
    at_once = max(at_first, ROWS_AT_ONCE)
    while some := list(islice(rows, at_once)):
        yield reader.read_all(some)
        at_once = ROWS_AT_ONCE


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


@lru_cache(maxsize=4096)  # of categories and statuses there are few
def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
