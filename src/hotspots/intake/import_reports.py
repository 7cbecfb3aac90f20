"""Importing reports: reading them by the mapping, locating them, and storing what is new or changed.

The whole import is one transaction: when it is cut off, nothing of it is there. The same file twice changes
nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotspots.errors import MappingError, UnreadableFileError
from hotspots.files.rows import Row, circles_seldom_looked_for
from hotspots.files.values import report_number
from hotspots.intake.former_numbers import rename_stored
from hotspots.intake.incoming import Incoming
from hotspots.intake.locator import Locator
from hotspots.intake.prepared_rows import (
    Batch,
    OfOtherCategory,
    Preparation,
    Prepared,
    Waiting,
    waiting,
    why_too_old,
)
from hotspots.intake.rejects import RefusedRows, rejects_file
from hotspots.intake.reporter_identity import written_reporters
from hotspots.intake.reporter_key import ReporterKey, erased_among, load_reporter_key, lock_imports
from hotspots.intake.reports import (
    ImportCounts,
    Untold,
    add_rejects,
    finish_import,
    start_import,
    stored_ids,
    upsert_reports,
)
from hotspots.intake.scrubbing import scrub_file_name
from hotspots.intake.seen_reports import SeenReports
from hotspots.intake.sources.files import kind_of_file, opened_rows
from hotspots.intake.sources.mapping import SourceMapping, load_mapping
from hotspots.intake.sources.reading import Reading, Refusal, RowReader, read_rows
from hotspots.intake.stored_reporters import StoredReporters
from hotspots.settings import ReadingSettings, Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.removals import removed_before
from hotspots.wording import number

ROWS_PER_BATCH = 5000

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
    reader = RowReader(
        mapping,
        zone,
        who,
        parents=_parents(path, mapping, settings.reading),
        longest_text=settings.intake.longest_text,
    )
    result = ImportResult(fields=mapping.columns.named(), categories=reader.categories, notes=reader.notes)
    result.other_mapping = "" if name == source else name
    digest = _sha256(path)
    with (
        processing(database, "meldingen inlezen", now=now) as add_line,
        waiting() as batches,
        circles_seldom_looked_for(),
    ):
        with database.reading() as connection:
            locator = Locator(connection, settings, mapping.coordinates, result.notes)
            removed_until = removed_before(connection, "reports")
        refusals = RefusedRows(mapping, reader, locator.is_a_place)
        preparation = Preparation(locator, refusals, settings.intake, now, removed_until, result.notes)
        columns = _prepare(path, settings.reading, reader, preparation, result, batches, on_progress)
        with database.writing() as connection:
            lock_imports(connection)
            key = load_reporter_key(connection, settings.privacy, is_kept=not dry_run)
            import_id = start_import(connection, source, scrub_file_name(path.name), digest, now)
            result.id = 0 if dry_run else import_id
            started = _Import(
                connection,
                source,
                import_id,
                now,
                preparation,
                key,
                StoredReporters(connection, key, who),
                removed_until=removed_before(connection, "reports"),
                result=result,
                untold=_untold(result.fields, columns) if columns else frozenset(),
            )
            result.readings = [one._replace(source_id=key.id_of(one.source_id)) for one in preparation.first]
            result.notes.update(started.reporters.forget_nobody())
            with rejects_file(rejects_path) as rejects:
                for batch, place in batches:
                    refused = started.store(batch, partial(batches.aside, place))
                    add_rejects(connection, import_id, refused)
                    rejects.write(refused, columns)
            finish_import(connection, import_id, result.counts, result.told, now)
            if not dry_run:
                add_line(connection)
            before_commit(connection)
            if dry_run:
                connection.rollback()
    if rejects_path is not None and result.counts.rejected:
        result.rejects_path = rejects_path
    return result


def _prepare(
    path: Path,
    limits: ReadingSettings,
    reader: RowReader,
    preparation: Preparation,
    result: ImportResult,
    batches: Waiting,
    on_progress: Progress,
) -> Sequence[str]:
    """Read a file and make its rows ready; gives the columns that its first line names."""
    with opened_rows(path, reader.mapping, limits=limits) as rows:
        result.columns = rows.columns
        if rows.columns:
            reader.check_columns(rows.columns)
        read = read_rows(reader, rows.rows)
        first = list(islice(read, preparation.intake.survey_rows))
        _refuse_what_holds_no_reports(first, preparation.intake.survey_rows, path)
        preparation.survey(first, reader.zone)
        all_rows = chain(first, read)
        del first  # these many are not held until the end
        for batch in _batches(all_rows):
            result.columns = result.columns or list(
                dict.fromkeys(name for row in batch for name in row.cells)
            )
            prepared, others = preparation.prepared(batch)
            batches.add((prepared, batches.put_aside(others)))
            on_progress(rows.read_bytes, rows.total_bytes)
        on_progress(rows.total_bytes, rows.total_bytes)
        result.notes.update(rows.notes)
    reader.times.require_one_order(path.name)
    return rows.columns


def _refuse_what_holds_no_reports(first: Sequence[Reading | Refusal], enough: int, path: Path) -> None:
    """Refuse a long file of which no row can be used: to look at each takes long, and others wait."""
    # without what was found: it may be of a person
    refused = [row.reason.partition(":")[0] for row in first if isinstance(row, Refusal)]
    if len(refused) < enough:
        return
    ((why, _),) = Counter(refused).most_common(1)
    raise UnreadableFileError(
        f"{path}: wanted reports, found none in its first {enough} rows, most because: {why}",
        f"Van de eerste {number(enough)} rijen is er geen te gebruiken, meestal omdat: {why}.",
    )


@dataclass
class _Import:
    """An import that is being written."""

    connection: Connection
    source: str
    id: int
    now: datetime
    preparation: Preparation
    key: ReporterKey
    reporters: StoredReporters
    removed_until: datetime | None
    result: ImportResult
    untold: frozenset[Untold]  # what its file has no column for
    seen: SeenReports = field(default_factory=SeenReports)  # what it told already and is stored

    def store(self, batch: Batch, others: Callable[[], Sequence[Reading]]) -> list[Refusal]:
        """Store what is new or changed in a batch; gives the rows that are refused, as they are kept.

        Parameters
        ----------
        others
            Gives the readings of its rows of another category.
        """
        counts = self.result.counts
        counts.read += len(batch.rows) + len(batch.unread)
        refused = list(batch.unread)
        kept = []
        for source_id, row in self._ours(self._not_erased(batch.rows), others):
            why = why_too_old(row.report.reported_at, row.report.occurred_at, self.removed_until)
            if row.refusal is not None:
                is_hashed = source_id != row.source_id
                refused.append(replace(row.refusal, source_id=source_id) if is_hashed else row.refusal)
            elif why:  # removed since it was prepared
                refused.append(Refusal(row.row_number, {}, why, source_id))
            else:
                kept.append((source_id, row))
        incoming = [_incoming(source_id, row, self.key) for source_id, row in kept]
        self.result.notes.update(
            self.reporters.bring_together((row.written_reporter, row.reporter) for _, row in kept)
        )
        told = upsert_reports(
            self.connection,
            self.source,
            self.id,
            incoming,
            now=self.now,
            counts=counts,
            seen=self.seen,
            untold=self.untold,
        )
        self.result.notes.update(told)
        counts.rejected += len(refused)
        return sorted(refused, key=lambda row: row.row_number)

    def _ours(
        self,
        rows: Sequence[tuple[str, Prepared | OfOtherCategory]],
        others: Callable[[], Sequence[Reading]],
    ) -> list[tuple[str, Prepared]]:
        """The rows of our categories, and of another only those of which the report is known."""
        of_others = [source_id for source_id, row in rows if isinstance(row, OfOtherCategory)]
        known = stored_ids(self.connection, self.source, of_others)
        readings = {reading.source_id: reading for reading in others()} if known else {}
        again = [row.source_id for source_id, row in rows if source_id in known]
        prepared = iter(self.preparation.of([readings[source_id] for source_id in again]))
        ours = []
        for source_id, row in rows:
            if isinstance(row, Prepared):
                ours.append((source_id, row))
            elif source_id in known:
                ours.append((source_id, next(prepared)))
            else:
                self.result.counts.other_category += 1
        return ours

    def _not_erased(
        self, rows: Sequence[Prepared | OfOtherCategory]
    ) -> list[tuple[str, Prepared | OfOtherCategory]]:
        """The rows with the id under which each is kept; what was erased stays as it is."""
        named = [(self.key.id_of(row.source_id), row) for row in rows]
        # also as delivered: what was erased by a version that kept every id as it came
        ids = (name for source_id, row in named for name in (source_id, row.source_id, row.written_id))
        erased = erased_among(self.connection, self.key, self.source, ids)
        staying = [
            (source_id, row)
            for source_id, row in named
            if not erased or not erased & {source_id, row.source_id, row.written_id}
        ]
        self.result.counts.unchanged += len(rows) - len(staying)
        spelled = (
            (self.key.id_of(row.written_id), source_id)
            for source_id, row in staying
            if row.written_id != row.source_id
        )
        # a number with "#" was given by us
        former = {written: one for written, one in spelled if written != one and "#" not in one}
        if former:
            rename_stored(self.connection, self.source, former)
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


def _incoming(source_id: str, row: Prepared, key: ReporterKey) -> Incoming:
    content = _content_hashes(row, key)
    return Incoming(
        source_id=source_id,
        report=row.report,
        location=row.location,
        text=row.text,
        reporter_hash=key.hash_of(row.reporter),
        changed_at=row.changed_at,
        content_hash=content[0],
        former_content_hash=content[-1],
    )


def _content_hashes(row: Prepared, key: ReporterKey) -> list[str]:
    """The hash of what the source tells; and by the former rule on who a reporter is, where that differs."""
    # with the reporter as hash. Keyed, so that nobody with the database alone can try out what a text may
    # have been after it is removed
    first = key.first
    before, after = row.said
    written = dict.fromkeys((row.reporter, row.written_reporter))
    who = dict.fromkeys([first.hash_of(one) or "" for one in written])
    parts = [f"{before}\x1f{one}\x1f{after}" for one in who]
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


def _parents(path: Path, mapping: SourceMapping, limits: ReadingSettings) -> frozenset[str]:
    """The ids that rows name as their parent; a pass of its own, as a parent comes before its children."""
    column = mapping.columns.parent
    if not column:
        return frozenset()
    with opened_rows(path, mapping, limits=limits) as rows:
        cells = (row.cells for row in rows.rows if isinstance(row, Row))
        return frozenset(filter(None, (report_number(one.get(column, "")).text for one in cells)))


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
