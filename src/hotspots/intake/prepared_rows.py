"""Rows of a delivery made ready before anything is written: scrubbed, located, and whether they can be right.

That takes most of the time of an import, and needs no lock: whoever signs in meanwhile waits for none of it.
"""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress, count
from operator import not_
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotspots.files.rows import NO_ROW
from hotspots.files.values import each_once, picker
from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.incoming import NESTED, Column, LocationValues, ReportValues
from hotspots.intake.locator import Locator
from hotspots.intake.plausible_times import (
    ALL_AT_MIDNIGHT,
    are_all_at_midnight,
    plausible_until,
    why_implausible,
    with_plausible_times,
)
from hotspots.intake.rejects import RefusedRows
from hotspots.intake.scrubbing import WITHHELD
from hotspots.intake.sources.reading import Reading, Readings, ReadRows, Refusal
from hotspots.intake.without_persons import ADDRESS, forget_texts, without_persons
from hotspots.model import Category
from hotspots.settings import IntakeSettings

SHOWN_READINGS = 10
TEXT_WITHHELD = "tekst of adres waarin persoonsgegevens niet te zoeken waren: achtergehouden"

_IN_MEMORY = 2**20
"""Bytes; rows beyond it wait in a file that has no name, so that nothing of it is left when all is killed."""


class _Places(NamedTuple):
    """What is known of where readings are, as :meth:`Locator.locate` gives it."""

    lon: Column
    lat: Column
    precision: Column
    radius_m: Column
    address_key: Column
    found: Column
    why_not_better: Column
    located_by: Column
    cell: Column
    buurtcode: Column


class Prepared(NamedTuple):
    """Rows that can be read, and what is known of them without the database: a column for each part."""

    row_number: Sequence[int] = ()
    source_id: Sequence[str] = ()
    written_id: Sequence[str] = ()  # as it stands there
    reporter: Sequence[str] = ()  # in the one spelling of that person; empty: nobody
    written_reporter: Sequence[str] = ()  # as it stands there
    changed_at: Sequence[datetime | None] = ()
    report: Sequence[Column] = ((),) * len(ReportValues._fields)  # in their order
    location: Sequence[Column] = ((),) * len(LocationValues._fields)  # in their order
    text: Sequence[str] = ()  # without what points at a person
    said_before: Sequence[str] = ()  # what its source tells, before who reported it: it shows a change
    said_after: Sequence[str] = ()  # and what it tells after that
    refusal: Sequence[Refusal | None] = ()  # how it is refused, unless it is erased or of another category

    def chosen(self, rows: Sequence[int]) -> "Prepared":
        """The columns of some rows."""
        return _each_part(picker(rows), self)

    def followed_by(self, others: "Prepared") -> "Prepared":
        """These rows and others, in the order in which they stand in their file."""
        both = _each_part(lambda one, other: [*one, *other], self, others)
        return both.chosen(sorted(range(len(both.row_number)), key=both.row_number.__getitem__))


def _each_part(made: Callable[..., Column], *rows: Prepared) -> Prepared:
    """Make each column from those of some rows."""
    parts: Any = zip(Prepared._fields, *rows, strict=True)
    return Prepared._make(list(map(made, *part)) if name in NESTED else made(*part) for name, *part in parts)


class OfOtherCategory(NamedTuple):
    """Rows of a category that is not screened: most of these are only counted."""

    row_number: Sequence[int] = ()
    source_id: Sequence[str] = ()
    written_id: Sequence[str] = ()

    def chosen(self, rows: Sequence[int]) -> "OfOtherCategory":
        """The columns of some rows."""
        return OfOtherCategory._make(map(picker(rows), self))


class Batch(NamedTuple):
    """Rows that wait to be stored."""

    ours: Prepared
    others: OfOtherCategory
    unread: Sequence[Refusal]


@dataclass
class Preparation:
    """Makes the rows of one delivery ready."""

    locator: Locator
    refusals: RefusedRows
    intake: IntakeSettings
    now: datetime
    removed_until: datetime | None
    notes: Counter[str]
    is_without_hours: bool = False  # all of its times are midnight
    first: list[Reading] = field(default_factory=list)  # to be shown, with addresses as they are kept

    def survey(self, readings: Readings, zone: ZoneInfo) -> None:
        """See by the first rows how coarsely the file is written."""
        self.locator.coarseness = Coarseness(readings, self.intake)
        self.is_without_hours = are_all_at_midnight(readings, zone, self.intake)
        if self.is_without_hours:
            self.notes[ALL_AT_MIDNIGHT] += 1

    def prepared(self, rows: ReadRows) -> tuple[Batch, Readings]:
        """Make rows ready to wait; and give those of another category as they are."""
        readings = self._plausible(rows.readings)
        if len(self.first) < SHOWN_READINGS:
            shown = readings.chosen(range(len(readings.x))[: SHOWN_READINGS - len(self.first)])
            shown = without_persons(shown, self.locator.names)
            self.first += [one._replace(row=NO_ROW) for one in shown.each()]
        is_other = [one is Category.OTHER for one in readings.category]
        others = readings.chosen(compress(count(), is_other))
        ours = self.of(readings.chosen(compress(count(), map(not_, is_other))))
        named = OfOtherCategory(others.row_number, others.source_id, others.written_id)
        return Batch(ours, named, list(map(self.refusals.cleaned, rows.refused))), others

    def of(self, readings: Readings) -> Prepared:
        """Scrub and locate readings."""
        if not readings.row_number:
            return Prepared()
        kept = without_persons(readings, self.locator.names)
        self._note_withheld(readings, kept)
        located = self.locator.locate(kept)
        is_outside = located.pop("is_outside").tolist()
        place = _Places._make([_or_none(located[name].tolist()) for name in _Places._fields])
        return Prepared(
            readings.row_number,
            readings.source_id,
            readings.written_id,
            readings.reporter,
            readings.written_reporter,
            readings.changed_at,
            _report(kept, place),
            _location(kept, place),
            kept.text,
            *_said(readings),
            self._refusals(readings, is_outside),
        )

    def _note_withheld(self, readings: Readings, kept: Readings) -> None:
        names = ("text", "street", *ADDRESS)
        both = [(getattr(kept, name), getattr(readings, name)) for name in names]
        self.notes.update(
            {
                row: TEXT_WITHHELD
                for now, before in both
                if WITHHELD in now
                for row, (one, other) in enumerate(zip(now, before, strict=True))
                if one == WITHHELD != other
            }.values()
        )

    def _refusals(self, readings: Readings, is_outside: Sequence[bool]) -> list[Refusal | None]:
        latest, first_year = plausible_until(self.intake, self.now)
        return [
            None
            # as of most rows, which need no second look
            if not outside and self.removed_until is None and at <= latest and at.year >= first_year
            else self._refusal(readings, row, is_outside=outside)
            for row, (at, outside) in enumerate(zip(readings.reported_at, is_outside, strict=True))
        ]

    def _refusal(self, readings: Readings, row: int, *, is_outside: bool) -> Refusal | None:
        reported_at = readings.reported_at[row]
        why = why_implausible(reported_at, self.intake, now=self.now) or why_too_old(
            reported_at, readings.occurred_at[row], self.removed_until
        )
        if not why and is_outside:
            why = "ligt buiten de gemeente (de ingelezen buurten)"
        if not why:
            return None
        return self.refusals.cleaned(
            Refusal(readings.row_number[row], readings.row[row].cells, why, readings.source_id[row])
        )

    def _plausible(self, readings: Readings) -> Readings:
        if self.is_without_hours:
            readings = readings._replace(has_hour=[False] * len(readings.has_hour))
        if not any(readings.occurred_at) and not any(readings.changed_at):
            return readings
        return with_plausible_times(readings, self.intake, self.notes, now=self.now)


def why_too_old(reported_at: datetime, occurred_at: datetime | None, removed_until: datetime | None) -> str:
    """Why a report of before what was removed is refused: it is counted already; empty if it is not."""
    if removed_until is None or max(reported_at, occurred_at or reported_at) >= removed_until:
        return ""
    return f"ouder dan de bewaartermijn: van voor {removed_until:%d-%m-%Y} is alles verwijderd"


def _or_none(column: Column) -> list[Any]:
    return [None if value is None or value != value else value for value in column]


def _as_kept(column: Sequence[str], longest: int | None = None) -> list[str | None]:
    return each_once(lambda text: text[:longest] or None, column)


def _report(reading: Readings, place: _Places) -> list[Column]:
    """The columns of reports, from those of readings and of their places."""
    return [
        each_once(str, reading.category),
        _as_kept(reading.main_category, 200),
        _as_kept(reading.subcategory, 200),
        _as_kept(reading.status, 60),
        reading.is_counted,
        reading.reported_at,
        reading.occurred_at,
        reading.has_hour,
        place.precision,
        place.radius_m,
        place.cell,
        place.buurtcode,
    ]


def _location(reading: Readings, place: _Places) -> list[Column]:
    """The columns of their locations."""
    return [
        place.lon,
        place.lat,
        [None if lon is None else by for lon, by in zip(place.lon, place.located_by, strict=True)],
        each_once(
            lambda named: (named[0] or named[1])[:200] or None,
            zip(reading.street, reading.address, strict=True),
        ),
        _as_kept(reading.house_number),
        _as_kept(reading.house_letter),
        _as_kept(reading.house_suffix),
        _as_kept(reading.postcode),
        _as_kept(reading.town, 120),
        *(
            [text or None for text in column]
            for column in (place.address_key, place.found, place.why_not_better)
        ),
    ]


def _said(reading: Readings) -> tuple[list[str], list[str]]:
    """What a source tells of reports but for who made them; never the row number, nor where we found it."""
    before = (
        [at.isoformat() for at in reading.reported_at],
        ["" if at is None else at.isoformat() for at in reading.occurred_at],
        reading.category,
        reading.main_category,
        reading.subcategory,
        reading.status,
        map(str, reading.is_counted),
        reading.text,
    )
    after = (
        *(reading.street, reading.house_number, reading.house_letter, reading.house_suffix),
        *(reading.postcode, reading.town, reading.address, map(repr, reading.x), map(repr, reading.y)),
    )
    return (
        list(map("\x1f".join, zip(*before, strict=True))),
        list(map("\x1f".join, zip(*after, strict=True))),
    )


class Waiting:
    """Batches of rows that wait until they are stored, in the order in which they came."""

    def __init__(self, file: Any, aside: Any) -> None:
        self._file, self._aside = file, aside

    def add(self, batch: Any) -> None:
        """Let a batch wait."""
        pickle.dump(batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def put_aside(self, readings: Readings) -> int:
        """Keep readings that are seldom asked for, without the rows as they were; gives where they lie."""
        place = int(self._aside.tell())
        columns = readings._replace(row=[NO_ROW] * len(readings.row))
        pickle.dump(columns, self._aside, protocol=pickle.HIGHEST_PROTOCOL)
        return place

    def aside(self, place: int) -> Readings:
        """The readings that were put there."""
        self._aside.seek(place)
        readings: Readings = pickle.load(self._aside)  # noqa: S301  # as below
        return readings

    def __iter__(self) -> Iterator[Any]:
        """Give the batches, first come first."""
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301  # what this process wrote, in a file without a name
            except EOFError:
                return


@contextmanager
def waiting() -> Iterator[Waiting]:
    """Give an empty queue of batches: in memory, and what doesn't fit there in files without a name."""
    with (
        SpooledTemporaryFile(max_size=_IN_MEMORY, buffering=_IN_MEMORY) as file,
        SpooledTemporaryFile(max_size=_IN_MEMORY, buffering=_IN_MEMORY) as aside,
    ):
        try:
            yield Waiting(file, aside)
        finally:
            forget_texts()
