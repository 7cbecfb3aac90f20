"""Rows of a delivery made ready before anything is written: scrubbed, located, and whether they can be right.

That takes most of the time of an import, and needs no lock: whoever signs in meanwhile waits for none of it.
"""

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.incoming import LocationValues, ReportValues
from hotspots.intake.locator import Locator
from hotspots.intake.plausible_times import (
    ALL_AT_MIDNIGHT,
    are_all_at_midnight,
    why_implausible,
    with_plausible_times,
)
from hotspots.intake.rejects import RefusedRows
from hotspots.intake.scrubbing import WITHHELD
from hotspots.intake.sources.reading import Reading, Refusal
from hotspots.intake.without_persons import ADDRESS, forget_texts, without_persons
from hotspots.model import Category
from hotspots.settings import IntakeSettings

SHOWN_READINGS = 10
TEXT_WITHHELD = "tekst of adres waarin persoonsgegevens niet te zoeken waren: achtergehouden"

_IN_MEMORY = 2**20
"""Bytes; rows beyond it wait in a file that has no name, so that nothing of it is left when all is killed."""


class _Place(NamedTuple):
    """What is known of where a reading is, as :meth:`Locator.locate` gives it."""

    lon: float | None
    lat: float | None
    precision: str
    radius_m: float | None
    address_key: str | None
    found: str | None
    why_not_better: str | None
    located_by: str | None
    cell: int | None
    buurtcode: str | None


class Prepared(NamedTuple):
    """A row that can be read, and what is known of it without the database."""

    row_number: int
    source_id: str
    written_id: str  # as it stands there
    reporter: str  # in the one spelling of that person; empty: nobody
    written_reporter: str  # as it stands there
    changed_at: datetime | None
    report: ReportValues
    location: LocationValues
    text: str  # without what points at a person
    said: tuple[str, str]  # what its source tells, before and after who reported it: it shows a change
    refusal: Refusal | None  # how it is refused, unless it is erased or of another category


class OfOtherCategory(NamedTuple):
    """A row of a category that is not screened: most of these are only counted."""

    row_number: int
    source_id: str
    written_id: str


class Batch(NamedTuple):
    """Rows that wait to be stored."""

    rows: Sequence[Prepared | OfOtherCategory]
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

    def survey(self, rows: Sequence[Reading | Refusal], zone: ZoneInfo) -> None:
        """See by the first rows how coarsely the file is written."""
        readings = [row for row in rows if isinstance(row, Reading)]
        self.locator.coarseness = Coarseness(readings, self.intake)
        self.is_without_hours = are_all_at_midnight(readings, zone, self.intake)
        if self.is_without_hours:
            self.notes[ALL_AT_MIDNIGHT] += 1

    def prepared(self, rows: Sequence[Reading | Refusal]) -> tuple[Batch, list[Reading]]:
        """Make rows ready to wait; and give those of another category as they are."""
        readings = [self._plausible(row) for row in rows if isinstance(row, Reading)]
        shown = without_persons(readings[: SHOWN_READINGS - len(self.first)], self.locator.names)
        self.first += [one._replace(cells={}) for one in shown]
        ours = iter(self.of([one for one in readings if one.category is not Category.OTHER]))
        named = [
            OfOtherCategory(one.row_number, one.source_id, one.written_id)
            if one.category is Category.OTHER
            else next(ours)
            for one in readings
        ]
        unread = [self.refusals.cleaned(row) for row in rows if isinstance(row, Refusal)]
        return Batch(named, unread), [one for one in readings if one.category is Category.OTHER]

    def of(self, readings: Sequence[Reading]) -> list[Prepared]:
        """Scrub and locate readings."""
        if not readings:
            return []
        cleaned = without_persons(readings, self.locator.names)
        for reading, clean in zip(readings, cleaned, strict=True):
            if clean is not reading and WITHHELD in (clean.text, clean.street, *_address_of(clean)):
                self.notes[TEXT_WITHHELD] += 1
        located = self.locator.locate(cleaned)
        is_outside = located.pop("is_outside").tolist()
        columns = [list(map(_or_none, located[name].tolist())) for name in _Place._fields]
        places = map(_Place._make, zip(*columns, strict=True))
        return [
            Prepared(
                reading.row_number,
                reading.source_id,
                reading.written_id,
                reading.reporter,
                reading.written_reporter,
                reading.changed_at,
                _report(clean, place),
                _location(clean, place),
                clean.text,
                _said(reading),
                self._refusal(reading, is_outside=outside),
            )
            for reading, clean, place, outside in zip(readings, cleaned, places, is_outside, strict=True)
        ]

    def _refusal(self, reading: Reading, *, is_outside: bool) -> Refusal | None:
        why = why_implausible(reading, self.intake, now=self.now) or why_too_old(
            reading.reported_at, reading.occurred_at, self.removed_until
        )
        if not why and is_outside:
            why = "ligt buiten de gemeente (de ingelezen buurten)"
        if not why:
            return None
        return self.refusals.cleaned(Refusal(reading.row_number, reading.cells, why, reading.source_id))

    def _plausible(self, reading: Reading) -> Reading:
        plausible = with_plausible_times(reading, self.intake, self.notes, now=self.now)
        is_changed = self.is_without_hours and plausible.has_hour
        return plausible._replace(has_hour=False) if is_changed else plausible


def why_too_old(reported_at: datetime, occurred_at: datetime | None, removed_until: datetime | None) -> str:
    """Why a report of before what was removed is refused: it is counted already; empty if it is not."""
    if removed_until is None or max(reported_at, occurred_at or reported_at) >= removed_until:
        return ""
    return f"ouder dan de bewaartermijn: van voor {removed_until:%d-%m-%Y} is alles verwijderd"


def _or_none(value: Any) -> Any:
    return None if value is None or value != value else value


def _report(reading: Reading, place: _Place) -> ReportValues:
    return ReportValues(
        str(reading.category),
        reading.main_category[:200] or None,
        reading.subcategory[:200] or None,
        reading.status[:60] or None,
        reading.is_counted,
        reading.reported_at,
        reading.occurred_at,
        reading.has_hour,
        place.precision,
        place.radius_m,
        place.cell,
        place.buurtcode,
    )


def _location(reading: Reading, place: _Place) -> LocationValues:
    return LocationValues(
        place.lon,
        place.lat,
        None if place.lon is None else place.located_by,
        (reading.street or reading.address)[:200] or None,
        reading.house_number or None,
        reading.house_letter or None,
        reading.house_suffix or None,
        reading.postcode or None,
        reading.town[:120] or None,
        place.address_key or None,
        place.found or None,
        place.why_not_better or None,
    )


def _said(reading: Reading) -> tuple[str, str]:
    """What a source tells of a report but for who made it; never the row number, nor where we found it."""
    before = (
        reading.reported_at.isoformat(),
        "" if reading.occurred_at is None else reading.occurred_at.isoformat(),
        str(reading.category),
        reading.main_category,
        reading.subcategory,
        reading.status,
        str(reading.is_counted),
        reading.text,
    )
    after = (
        *(reading.street, reading.house_number, reading.house_letter, reading.house_suffix),
        *(reading.postcode, reading.town, reading.address, repr(reading.x), repr(reading.y)),
    )
    return "\x1f".join(before), "\x1f".join(after)


_address_of = attrgetter(*ADDRESS)


class Waiting:
    """Batches of rows that wait until they are stored, in the order in which they came."""

    def __init__(self, file: Any, aside: Any) -> None:
        self._file, self._aside = file, aside

    def add(self, batch: Any) -> None:
        """Let a batch wait."""
        pickle.dump(batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def put_aside(self, readings: Sequence[Reading]) -> int:
        """Keep readings that are seldom asked for, without the rows as they were; gives where they lie."""
        place = int(self._aside.tell())
        told = [(number, {}, *rest) for number, _, *rest in readings]
        pickle.dump(told, self._aside, protocol=pickle.HIGHEST_PROTOCOL)
        return place

    def aside(self, place: int) -> list[Reading]:
        """The readings that were put there."""
        self._aside.seek(place)
        return list(map(Reading._make, pickle.load(self._aside)))  # noqa: S301  # as below

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
        SpooledTemporaryFile(max_size=_IN_MEMORY) as file,
        SpooledTemporaryFile(max_size=_IN_MEMORY) as aside,
    ):
        try:
            yield Waiting(file, aside)
        finally:
            forget_texts()
