"""A row of a source read as a report, or refused with the reason in words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from zoneinfo import ZoneInfo

from hotspots.errors import UnreadableFileError
from hotspots.files.rows import BrokenRow, Row
from hotspots.intake.scrubbing import scrub
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.model import Category

EXCEL_START = datetime(1899, 12, 30)  # noqa: DTZ001  # serial day 0, in the local time of the sheet
EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: other numbers are no dates
MAX_ID_LENGTH = 120
LONGEST_SHOWN = 40
"""Of what is meant as a time: a longer text is not repeated in the reason."""

_TIME_WORDS = frozenset(
    re.findall(
        r"\w+",
        "vorige afgelopen laatste weekend last "
        "t z utc uur om op van half kwart voor over am pm vandaag gisteren eergisteren vanavond vannacht "
        "vanmorgen vanmiddag avond nacht ochtend middag morgen week maand jaar yesterday today "
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma di wo do vr za zo "
        "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    )
)
_MONTHS = frozenset(  # among them are names, so not by themselves
    re.findall(
        r"\w+",
        "januari februari maart april mei juni juli augustus september oktober november december "
        "jan feb mrt apr jun jul aug sep sept okt nov dec january february march may june july august "
        "october mar oct januar februar märz mai dezember",
    )
)

_TWICE = "tijd in het uur dat twee keer voorkomt: gelezen als het eerste (zomertijd)"
_NEVER = "tijd in het uur dat niet bestaat (ingang zomertijd): gelezen als een uur later"

NEAR = 0.8
"""From this likeness on (0 to 1) the name of a column is meant as one that is absent."""

_MISSING = frozenset({"", "null", "none", "nan", "n/a", "onbekend"})
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
    reported_at: datetime
    occurred_at: datetime | None
    changed_at: datetime | None
    category: Category
    main_category: str
    subcategory: str
    status: str
    is_counted: bool
    text: str
    reporter: str
    street: str
    house_number: str
    house_letter: str
    house_suffix: str
    postcode: str
    town: str
    address: str
    x: float  # NaN where there is none
    y: float


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
    parents: frozenset[str] = frozenset()  # ids that other rows name as their parent: stored, not counted
    notes: Counter[str] = field(default_factory=Counter)  # what had to be interpreted, in Dutch
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)  # of the source, with ours
    _seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Work out once which columns each field is read from."""
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
                "of this source, with this delimiter?"
            )

    def read(self, number: int, values: Mapping[str, str]) -> Reading | Refusal:
        """Read one row."""
        source_id = self._id(values)
        if not source_id:
            return Refusal(number, values, f"geen kenmerk: '{'+'.join(self._columns['id'])}' is leeg")
        if len(source_id) > MAX_ID_LENGTH:
            return Refusal(
                number, values, f"het kenmerk is {len(source_id)} tekens lang; {MAX_ID_LENGTH} past"
            )
        written = self._joined("reported_at", values)
        reported_at = self._time(written)
        if reported_at is None:
            found = f"'{written}'" if written else "leeg"
            if not self.is_like_time(written):  # it may be what a reporter wrote, or who that is
                found = f"een tekst van {len(written)} tekens"
            return Refusal(number, values, f"geen leesbare tijd van melden: {found}", source_id)
        main, sub = self._main_category(values), self._first("subcategory", values)
        category = self._category(main, sub)
        status = self._first("status", values)
        address = {name: _first(values, columns)[:length] for name, columns, length in self._address_columns}
        address["house_number"] = address["house_number"].removesuffix(".0")
        occurred, changed = self._joined("occurred_at", values), self._joined("changed", values)
        return Reading(
            row_number=number,
            cells=values,
            source_id=source_id,
            reported_at=reported_at,
            occurred_at=self._time(occurred) if occurred else None,
            changed_at=self._time(changed) if changed else None,
            category=category,
            main_category=main[:200],
            subcategory=sub[:200],
            status=status[:60],
            is_counted=not self._is_left_out(source_id, status, values),
            text=self._joined("text", values),
            reporter=self._first("reporter", values),
            **address,
            x=parsed_number(self._first("x", values)),
            y=parsed_number(self._first("y", values)),
        )

    def is_like_time(self, written: str) -> bool:
        """Whether it is nothing, a time, or what someone meant as a time."""
        return not written or self._time(written) is not None or _is_meant_as_time(written)

    def _id(self, values: Mapping[str, str]) -> str:
        parts = [_value(values, column) for column in self._columns["id"]]
        source_id = "/".join(parts) if any(parts) else ""
        if source_id and self.mapping.number_repeats:
            self._seen[source_id] += 1
            if self._seen[source_id] > 1:
                source_id = f"{source_id}#{self._seen[source_id]}"
        return source_id

    def _joined(self, name: str, values: Mapping[str, str]) -> str:
        return " ".join(filter(None, (_value(values, column) for column in self._columns.get(name, ()))))

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

    def _time(self, text: str) -> datetime | None:
        for form in self.mapping.dates.formats:
            found = parsed_time(text, form)
            if found is not None:
                try:
                    return found.astimezone(UTC) if found.tzinfo else self._zoned(found)
                except OverflowError:  # the last day of the year 9999, or the first of the year 1
                    return None
        return None

    def _zoned(self, naive: datetime) -> datetime:
        moment = naive.replace(tzinfo=self.zone)
        utc = moment.astimezone(UTC)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            is_there = utc.astimezone(self.zone).replace(tzinfo=None) == naive
            self.notes[_TWICE if is_there else _NEVER] += 1
        return utc


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


def parsed_time(text: str, form: str) -> datetime | None:
    """Read a time by a strptime format, "iso" or "excel" (days since 1899-12-30); None if it does not fit.

    Examples
    --------
    >>> parsed_time("2023-03-14 21:35", "%Y-%m-%d %H:%M")
    datetime.datetime(2023, 3, 14, 21, 35)
    >>> parsed_time("44999,9", "excel")
    datetime.datetime(2023, 3, 14, 21, 36)
    >>> parsed_time("14-03-2023", "iso") is None
    True
    """
    text = text.strip()
    if not text:
        return None
    try:
        if form == "iso":
            return datetime.fromisoformat(text) if "-" in text else None
        if form == "excel":
            days = parsed_number(text)
            if not EXCEL_DAYS[0] <= days <= EXCEL_DAYS[1]:
                return None
            return EXCEL_START + timedelta(seconds=round(days * 86_400))
        return datetime.strptime(text, form)  # noqa: DTZ007  # the zone is added where it is known
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def parsed_number(text: str) -> float:
    """Read a number with a decimal point or comma, and dots or blanks between thousands; NaN if it is none.

    Examples
    --------
    >>> parsed_number("176.543,21"), parsed_number("50,85"), parsed_number("5.7"), parsed_number("x")
    (176543.21, 50.85, 5.7, nan)
    """
    compact = re.sub(r"[\s\u00a0']", "", text)
    if "," in compact:
        compact = (
            compact.replace(".", "").replace(",", ".")
            if compact.count(",") == 1
            else compact.replace(",", "")
        )
    elif compact.count(".") > 1:
        compact = compact.replace(".", "")
    try:
        number = float(compact)
    except ValueError:
        return float("nan")
    return number if isfinite(number) else float("nan")


def _is_meant_as_time(written: str) -> bool:
    """Whether it has no word but those of times, and no number that is long, or stands by itself.

    Examples
    --------
    >>> [_is_meant_as_time(text) for text in ("gisteren", "03/14/2023", "12,5", "30 feb 2023")]
    [True, True, True, True]
    >>> [_is_meant_as_time(text) for text in ("KLANT-77", "4711", "06-87654321", "mail jan", "043 350 40 40")]
    [False, False, False, False, False]
    """
    words, numbers = re.findall(r"[^\W\d_]+", written.casefold()), re.findall(r"\d+", written)
    if len(written) > LONGEST_SHOWN or not (_TIME_WORDS | _MONTHS).issuperset(words):
        return False
    if re.search(r"[^\w\s.,:/+'-]|_", written) or scrub(written) != written:
        return False
    if any(len(number) > 4 for number in numbers):
        return False
    is_small = re.fullmatch(r"\d{1,2}(?:[.,]\d{1,3})?", written) is not None
    is_told = bool(words) and (bool(numbers) or _TIME_WORDS.issuperset(words))
    return is_told or len(numbers) > 2 or ":" in written or is_small


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
    value = values.get(column, "").replace("\0", "").strip()  # PostgreSQL keeps no NUL
    return value if len(value) > _LONGEST_MISSING or value.casefold() not in _MISSING else ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
