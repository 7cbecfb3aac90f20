"""Importing reports: reading them by the mapping, locating them, and storing what is new or changed.

The whole import is one transaction: when it is cut off, nothing of it is there. The same file twice changes
nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotspots.errors import MappingError
from hotspots.files.rows import Row
from hotspots.intake.address_fields import HOUSE_PARTS
from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.locator import Locator
from hotspots.intake.plausible_times import (
    ALL_AT_MIDNIGHT,
    are_all_at_midnight,
    why_implausible,
    with_plausible_times,
)
from hotspots.intake.rejects import RefusedRows, rejects_file
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.reporter_key import ReporterKey, erased_among, load_reporter_key, lock_imports
from hotspots.intake.reports import (
    ImportCounts,
    Incoming,
    Untold,
    add_rejects,
    finish_import,
    start_import,
    stored_ids,
    upsert_reports,
)
from hotspots.intake.scrubbing import scrub, scrub_address, scrub_file_name, scrub_street
from hotspots.intake.sources.files import kind_of_file, opened_rows
from hotspots.intake.sources.mapping import SourceMapping, load_mapping
from hotspots.intake.sources.reading import Reading, Refusal, RowReader, read_rows
from hotspots.intake.stored_reporters import StoredReporters
from hotspots.model import Category
from hotspots.settings import IntakeSettings, Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.removals import removed_before

ROWS_PER_BATCH = 5000
SHOWN_READINGS = 10

Progress = Callable[[int, int], None]
"""Told how many bytes have been read, and of how many."""


@dataclass
class ImportResult:
    """What an import did."""

    id: int = 0  # of its line in the database; a dry run leaves none
    other_mapping: str = ""  # that the file was read with, if it is not the one of its source
    counts: ImportCounts = field(default_factory=ImportCounts)
    columns: list[str] = field(default_factory=list)  # of the file; of JSON, the paths in the first rows
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the columns that each is read from
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)  # of the source, with ours
    notes: Counter[str] = field(default_factory=Counter)  # what had to be interpreted, and how often
    readings: list[Reading] = field(default_factory=list)  # the first, with addresses as they are kept
    rejects_path: Path | None = None  # where the refused rows are, if there are any and it was asked for

    @property
    def absent_columns(self) -> list[str]:
        """The columns that the mapping names and the file lacks."""
        used = {column for columns in self.fields.values() for column in columns}
        return sorted(used - set(self.columns))

    @property
    def told(self) -> dict[str, Any]:
        """How the file was read, for whoever has to look after it; without what went as agreed."""
        told = {
            "mapping": self.other_mapping,
            "absentColumns": self.absent_columns,
            "notes": dict(self.notes.most_common()),
        }
        return {name: value for name, value in told.items() if value}

    def as_json(self) -> dict[str, Any]:
        """The counts under the names of the contract."""
        counts = self.counts
        return {
            "read": counts.read,
            "new": counts.new,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "otherCategory": counts.other_category,
            "rejected": counts.rejected,
            "located": counts.located,
            "rejectsFile": None if self.rejects_path is None else str(self.rejects_path),
            **self.told,
        }


def import_reports(
    database: Database,
    settings: Settings,
    path: Path,
    source: str,
    *,
    now: datetime,
    dry_run: bool = False,
    rejects_path: Path | None = None,
    on_progress: Progress = lambda _read, _total: None,
    before_commit: Callable[[Connection], None] = lambda _: None,
) -> ImportResult:
    """Import a file of reports, read as a stream however large it is.

    Parameters
    ----------
    source
        Its name: `<sources.folder>/<source>.toml` says what its columns mean.
    dry_run
        Do everything, keep nothing.
    rejects_path
        Where to write refused rows: rijnummer, reden, and what ``rejects`` keeps of the row.
    before_commit
        What is kept together with the reports, or not at all.

    Raises
    ------
    SourceError
        If the mapping or the file can't be used at all.
    StoreError
        If the database can't be used, or keeps reporters under another key.
    """
    mapping, name = _mapping_for(path, settings, source)
    kind_of_file(path)  # an absent or empty file is told before anything is done
    zone = ZoneInfo(mapping.dates.timezone or settings.municipality.timezone)
    who = written_reporters(settings)
    reader = RowReader(mapping, zone, who, parents=_parents(path, mapping))
    result = ImportResult(fields=mapping.columns.named(), categories=reader.categories, notes=reader.notes)
    result.other_mapping = "" if name == source else name
    with (
        processing(database, "meldingen inlezen", now=now) as add_line,
        database.writing() as connection,
    ):
        lock_imports(connection)
        key = load_reporter_key(connection, settings.privacy, is_kept=not dry_run)
        locator = Locator(connection, settings, mapping.coordinates, result.notes)
        import_id = start_import(connection, source, scrub_file_name(path.name), _sha256(path), now)
        result.id = 0 if dry_run else import_id
        started = _Import(
            connection,
            source,
            import_id,
            now,
            locator,
            key,
            StoredReporters(connection, key, who),
            removed_until=removed_before(connection, "reports"),
            refusals=RefusedRows(mapping, reader, locator.is_a_place),
            result=result,
            intake=settings.intake,
        )
        result.notes.update(started.reporters.forget_nobody())
        with opened_rows(path, mapping) as rows, rejects_file(rejects_path) as rejects:
            result.columns = rows.columns
            if rows.columns:
                reader.check_columns(rows.columns)
                started.untold = _untold(result.fields, rows.columns)
            read = read_rows(reader, rows.rows)
            first = list(islice(read, settings.intake.survey_rows))
            started.survey(first, zone)
            for batch in _batches(chain(first, read)):
                result.columns = result.columns or list(
                    dict.fromkeys(name for row in batch for name in row.cells)
                )
                refused = started.store(batch)
                add_rejects(connection, import_id, refused)
                rejects.write(refused, rows.columns)
                on_progress(rows.read_bytes, rows.total_bytes)
            on_progress(rows.total_bytes, rows.total_bytes)
            result.notes.update(rows.notes)
        reader.times.require_one_order(path.name)
        finish_import(connection, import_id, result.counts, result.told, now)
        if not dry_run:
            add_line(connection)
        before_commit(connection)
        if dry_run:
            connection.rollback()
    if rejects_path is not None and result.counts.rejected:
        result.rejects_path = rejects_path
    return result


@dataclass
class _Import:
    """An import that is being done."""

    connection: Connection
    source: str
    id: int
    now: datetime
    locator: Locator
    key: ReporterKey
    reporters: StoredReporters
    removed_until: datetime | None
    refusals: RefusedRows
    result: ImportResult
    intake: IntakeSettings
    untold: frozenset[Untold] = frozenset()  # what its file has no column for
    is_without_hours: bool = False  # all of its times are midnight

    def survey(self, rows: Sequence[Reading | Refusal], zone: ZoneInfo) -> None:
        """See by the first rows how coarsely the file is written."""
        readings = [row for row in rows if isinstance(row, Reading)]
        self.locator.coarseness = Coarseness(readings, self.intake)
        self.is_without_hours = are_all_at_midnight(readings, zone, self.intake)
        if self.is_without_hours:
            self.result.notes[ALL_AT_MIDNIGHT] += 1

    def store(self, batch: Sequence[Reading | Refusal]) -> list[Refusal]:
        """Store what is new or changed in a batch; gives the rows that are refused, as they are kept."""
        counts = self.result.counts
        counts.read += len(batch)
        refused = [row for row in batch if isinstance(row, Refusal)]
        delivered = [self._plausible(row) for row in batch if isinstance(row, Reading)]
        readings = self._not_erased(delivered)
        known = stored_ids(self.connection, self.source, [reading.source_id for reading in readings])
        kept = []
        for reading in readings:
            last = max(reading.reported_at, reading.occurred_at or reading.reported_at)
            if reading.category is Category.OTHER and reading.source_id not in known:
                counts.other_category += 1
            elif why := why_implausible(reading, self.intake, now=self.now):
                refused.append(_refused(reading, why))
            elif self.removed_until is not None and last < self.removed_until:  # it is counted already
                gone = f"van voor {self.removed_until:%d-%m-%Y} is alles verwijderd"
                refused.append(_refused(reading, f"ouder dan de bewaartermijn: {gone}"))
            else:
                kept.append(reading)
        incoming = []
        cleaned = [_without_persons(reading) for reading in kept]
        located = self.locator.locate(cleaned).to_dict("records") if kept else []
        for reading, clean, place in zip(kept, cleaned, located, strict=True):
            if place.pop("is_outside"):
                refused.append(_refused(reading, "ligt buiten de gemeente (de ingelezen buurten)"))
            else:
                incoming.append(_incoming(clean, place, self.key, _content_hashes(reading, self.key)))
        self.result.notes.update(
            self.reporters.bring_together((reading.written_reporter, reading.reporter) for reading in kept)
        )
        told = upsert_reports(
            self.connection,
            self.source,
            self.id,
            incoming,
            now=self.now,
            counts=counts,
            untold=self.untold,
        )
        self.result.notes.update(told)
        counts.rejected += len(refused)
        return sorted((self.refusals.cleaned(row) for row in refused), key=lambda row: row.row_number)

    def _plausible(self, reading: Reading) -> Reading:
        plausible = with_plausible_times(reading, self.intake, self.result.notes)
        is_changed = self.is_without_hours and plausible.has_hour
        return replace(plausible, has_hour=False) if is_changed else plausible

    def _not_erased(self, delivered: Sequence[Reading]) -> list[Reading]:
        """The readings with their ids as they are kept; what was erased stays as it is."""
        readings = [_with_kept_id(reading, self.key) for reading in delivered]
        shown = readings[: SHOWN_READINGS - len(self.result.readings)]
        self.result.readings += [_without_persons(reading) for reading in shown]
        # also as delivered: what was erased by a version that kept every id as it came
        ids = {name for one in (*readings, *delivered) for name in (one.source_id, one.written_id)}
        erased = erased_among(self.connection, self.key, self.source, sorted(ids))
        staying = [
            reading
            for reading, as_it_came in zip(readings, delivered, strict=True)
            if not erased & {reading.source_id, as_it_came.source_id, as_it_came.written_id}
        ]
        self.result.counts.unchanged += len(readings) - len(staying)
        return staying


_FIELDS: Mapping[Untold, tuple[str, ...]] = {
    Untold.REPORTER: ("reporter",),
    Untold.TEXT: ("text",),
    Untold.PLACE: ("street", "house_number", "postcode", "address", "x", "y"),
}


def _untold(fields: Mapping[str, Sequence[str]], columns: Sequence[str]) -> frozenset[Untold]:
    """What the mapping has columns for, and this file has none of."""
    found = set(columns)
    wanted = {
        what: {column for name in names for column in fields.get(name, ())} for what, names in _FIELDS.items()
    }
    return frozenset(what for what, of_field in wanted.items() if of_field and not of_field & found)


def _refused(reading: Reading, reason: str) -> Refusal:
    return Refusal(reading.row_number, reading.cells, reason, reading.source_id)


def _with_kept_id(reading: Reading, key: ReporterKey) -> Reading:
    source_id = key.id_of(reading.source_id)
    return reading if source_id == reading.source_id else replace(reading, source_id=source_id)


def _without_persons(reading: Reading) -> Reading:
    """The reading with its address as it is kept: what is located and corrected later is the same."""
    changed: dict[str, Any] = {
        name: cleaned
        for name, clean in _ADDRESS.items()
        if (value := getattr(reading, name)) and (cleaned := clean(value)) != value
    }
    has_number = any(map(str.isdigit, reading.house_number))
    if (street := _scrubbed_street(reading.street, has_number=has_number)) != reading.street:
        changed["street"] = street
    return replace(reading, **changed) if changed else reading


_scrubbed_street = lru_cache(maxsize=8192)(scrub_street)
# of streets and towns, of which there are not many

_ADDRESS: dict[str, Callable[[str], str]] = {
    "address": scrub_address,
    "town": partial(_scrubbed_street, has_number=True),
    **HOUSE_PARTS,
}
"""Parts of an address besides its street, and what keeps of each what belongs to it."""

_scrubbed_name = lru_cache(maxsize=4096)(scrub)
# of categories and statuses, of which there are few


def _incoming(
    reading: Reading, place: Mapping[Any, Any], key: ReporterKey, content: Sequence[str]
) -> Incoming:
    place = {str(name): None if value is None or value != value else value for name, value in place.items()}
    has_point = place["lon"] is not None
    return Incoming(
        source_id=reading.source_id,
        report={
            "category": str(reading.category),
            "main_category": _scrubbed_name(reading.main_category)[:200] or None,
            "subcategory": _scrubbed_name(reading.subcategory)[:200] or None,
            "status": _scrubbed_name(reading.status)[:60] or None,
            "is_counted": reading.is_counted,
            "reported_at": reading.reported_at,
            "occurred_at": reading.occurred_at,
            "has_hour": reading.has_hour,
            **{name: place[name] for name in ("precision", "radius_m", "cell", "buurtcode")},
        },
        location={
            "lon": place["lon"],
            "lat": place["lat"],
            "located_by": place["located_by"] if has_point else None,
            "street": (reading.street or reading.address)[:200] or None,
            **{name: getattr(reading, name) or None for name in HOUSE_PARTS},
            "town": reading.town[:120] or None,
            **{name: place[name] or None for name in ("address_key", "found", "why_not_better")},
        },
        text=scrub(reading.text),
        reporter_hash=key.hash_of(reading.reporter),
        changed_at=reading.changed_at,
        content_hash=content[0],
        former_content_hash=content[-1],
    )


def _content_hashes(reading: Reading, key: ReporterKey) -> list[str]:
    """The hash of what the source tells; and by the former rule on who a reporter is, where that differs."""
    # with the reporter as hash: never the row number, nor where we found it. Keyed, so that nobody with the
    # database alone can try out what a text may have been after it is removed
    first = key.first
    written = dict.fromkeys((reading.reporter, reading.written_reporter))
    who = dict.fromkeys(first.hash_of(one) or "" for one in written)
    before = [
        reading.reported_at.isoformat(),
        "" if reading.occurred_at is None else reading.occurred_at.isoformat(),
        str(reading.category),
        reading.main_category,
        reading.subcategory,
        reading.status,
        str(reading.is_counted),
        reading.text,
    ]
    after = [
        *(reading.street, reading.house_number, reading.house_letter, reading.house_suffix),
        *(reading.postcode, reading.town, reading.address, repr(reading.x), repr(reading.y)),
    ]
    parts = ("\x1f".join([*before, one, *after]) for one in who)
    return [key.sealed(hashlib.sha256(part.encode()).hexdigest()) for part in parts]


def _mapping_for(path: Path, settings: Settings, source: str) -> tuple[SourceMapping, str]:
    """The mapping that a file of a source is read with, and its name."""
    mapping = load_mapping(settings.sources, source)
    if mapping.otherwise and kind_of_file(path) != mapping.file.format:
        other = load_mapping(settings.sources, mapping.otherwise)
        if other.otherwise:
            raise MappingError(f"'{mapping.otherwise}' can't name another mapping ('{other.otherwise}')")
        return other, mapping.otherwise
    return mapping, source


def _parents(path: Path, mapping: SourceMapping) -> frozenset[str]:
    """The ids that rows name as their parent; a pass of its own, as a parent comes before its children."""
    column = mapping.columns.parent
    if not column:
        return frozenset()
    with opened_rows(path, mapping) as rows:
        cells = (row.cells for row in rows.rows if isinstance(row, Row))
        return frozenset(filter(None, (one.get(column, "").strip() for one in cells)))


def _batches(rows: Iterable[Reading | Refusal]) -> Iterator[list[Reading | Refusal]]:
    """Rows in batches in which no id occurs twice, so that the later row of two with one id comes later."""
    batch: list[Reading | Refusal] = []
    ids: set[str] = set()
    for row in rows:
        source_id = row.source_id if isinstance(row, Reading) else ""
        if len(batch) >= ROWS_PER_BATCH or source_id in ids:
            yield batch
            batch, ids = [], set()
        batch.append(row)
        if source_id:
            ids.add(source_id)
    if batch:
        yield batch


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
