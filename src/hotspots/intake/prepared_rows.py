"""Rows of a delivery made ready before anything is written: scrubbed, located, and whether they can be right.

That takes most of the time of an import, and needs no lock: whoever signs in meanwhile waits for none of it.
"""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from tempfile import SpooledTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from hotspots.intake.address_fields import HOUSE_PARTS, is_lost
from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.locator import Locator
from hotspots.intake.plausible_times import (
    ALL_AT_MIDNIGHT,
    are_all_at_midnight,
    why_implausible,
    with_plausible_times,
)
from hotspots.intake.rejects import RefusedRows
from hotspots.intake.scrubbing import WITHHELD, scrub, scrub_address, scrub_street
from hotspots.intake.sources.reading import Reading, Refusal
from hotspots.model import Category
from hotspots.settings import IntakeSettings

TEXT_WITHHELD = "tekst of adres waarin persoonsgegevens niet te zoeken waren: achtergehouden"

_IN_MEMORY = 2**20
"""Bytes; rows beyond it wait in a file that has no name, so that nothing of it is left when all is killed."""


@dataclass(frozen=True)
class Prepared:
    """A row that can be read, and what is known of it without the database."""

    reading: Reading  # as delivered, with times that can be right
    clean: Reading  # without what points at a person
    place: Mapping[str, Any]
    refusal: Refusal | None  # how it is refused, unless it is erased or of another category


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

    def survey(self, rows: Sequence[Reading | Refusal], zone: ZoneInfo) -> None:
        """See by the first rows how coarsely the file is written."""
        readings = [row for row in rows if isinstance(row, Reading)]
        self.locator.coarseness = Coarseness(readings, self.intake)
        self.is_without_hours = are_all_at_midnight(readings, zone, self.intake)
        if self.is_without_hours:
            self.notes[ALL_AT_MIDNIGHT] += 1

    def prepared(self, batch: Sequence[Reading | Refusal]) -> tuple[list[Prepared | Reading], list[Refusal]]:
        """Give the readings, of another category as they are, as most of these are only counted; and what
        can't be read."""
        readings = [self._plausible(row) for row in batch if isinstance(row, Reading)]
        ours = iter(self.of([one for one in readings if one.category is not Category.OTHER]))
        rows = [one if one.category is Category.OTHER else next(ours) for one in readings]
        return rows, [self.refusals.cleaned(row) for row in batch if isinstance(row, Refusal)]

    def of(self, readings: Sequence[Reading]) -> list[Prepared]:
        """Scrub and locate readings."""
        cleaned = [self._clean(reading) for reading in readings]
        located = self.locator.locate(cleaned).to_dict("records") if readings else []
        rows = []
        for reading, clean, place in zip(readings, cleaned, located, strict=True):
            refusal = self._refusal(reading, is_outside=place.pop("is_outside"))
            rows.append(Prepared(reading, clean, {str(name): one for name, one in place.items()}, refusal))
        return rows

    def _clean(self, reading: Reading) -> Reading:
        clean = without_persons(reading, self.locator.names)
        if clean is not reading and WITHHELD in (
            clean.text,
            clean.street,
            *map(partial(getattr, clean), _ADDRESS),
        ):
            self.notes[TEXT_WITHHELD] += 1
        return clean

    def _refusal(self, reading: Reading, *, is_outside: bool) -> Refusal | None:
        why = why_implausible(reading, self.intake, now=self.now) or why_too_old(reading, self.removed_until)
        if not why and is_outside:
            why = "ligt buiten de gemeente (de ingelezen buurten)"
        if not why:
            return None
        return self.refusals.cleaned(Refusal(reading.row_number, reading.cells, why, reading.source_id))

    def _plausible(self, reading: Reading) -> Reading:
        plausible = with_plausible_times(reading, self.intake, self.notes, now=self.now)
        is_changed = self.is_without_hours and plausible.has_hour
        return replace(plausible, has_hour=False) if is_changed else plausible


def why_too_old(reading: Reading, removed_until: datetime | None) -> str:
    """Why a report of before what was removed is refused: it is counted already; empty if it is not."""
    last = max(reading.reported_at, reading.occurred_at or reading.reported_at)
    if removed_until is None or last >= removed_until:
        return ""
    return f"ouder dan de bewaartermijn: van voor {removed_until:%d-%m-%Y} is alles verwijderd"


def without_persons(reading: Reading, places: frozenset[str]) -> Reading:
    """The reading with its texts and address as they are kept, which is what is located and corrected later.

    Parameters
    ----------
    places
        Names in small letters that are no persons in a text.
    """
    changed: dict[str, Any] = {
        name: cleaned
        for name, clean in _CLEANED.items()
        if (value := getattr(reading, name)) and (cleaned := clean(value)) != value
    }
    if is_lost(reading.house_suffix) or is_lost(reading.house_letter):
        changed |= {"house_number": "", "unread": "de toevoeging is niet te lezen"}
    has_number = any(map(str.isdigit, reading.house_number))
    if (street := _scrubbed_street(reading.street, has_number=has_number)) != reading.street:
        changed["street"] = street
    if (text := scrub(reading.text, places)) != reading.text:
        changed["text"] = text
    return replace(reading, **changed) if changed else reading


_scrubbed_street = lru_cache(maxsize=8192)(scrub_street)
# of streets and towns, of which there are not many

_scrubbed_name = lru_cache(maxsize=4096)(scrub)
# of categories and statuses, of which there are few

_ADDRESS: dict[str, Callable[[str], str]] = {
    "address": scrub_address,
    "town": partial(_scrubbed_street, has_number=True),
    **HOUSE_PARTS,
}
"""Parts of an address besides its street, and what keeps of each what belongs to it."""

_CLEANED: dict[str, Callable[[str], str]] = {
    **_ADDRESS,
    **dict.fromkeys(("main_category", "subcategory", "status"), _scrubbed_name),
}


class Waiting:
    """Batches of rows that wait until they are stored, in the order in which they came."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def add(self, batch: Any) -> None:
        """Let a batch wait."""
        pickle.dump(batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)

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
    """Give an empty queue of batches: in memory, and what doesn't fit there in a file without a name."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        yield Waiting(file)
