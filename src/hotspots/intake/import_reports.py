"""Importing reports: reading them by the mapping, locating them, and storing what is new or changed.

The whole import is one transaction: when it is cut off, nothing of it is there. The same file twice changes
nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hotspots.errors import MappingError, UnreadableFileError
from hotspots.files.rows import Row, circles_seldom_looked_for
from hotspots.files.values import picker, report_number
from hotspots.intake.former_numbers import rename_stored
from hotspots.intake.incoming import IncomingReports, LocationValues, ReportValues
from hotspots.intake.locator import Locator
from hotspots.intake.past_periods import PastPeriods, PeriodCounter
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
    ReporterIds,
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
from hotspots.intake.sources.reading import Reading, Readings, ReadRows, Refusal, RowReader, read_rows
from hotspots.intake.stored_reporters import StoredReporters
from hotspots.settings import ReadingSettings, Settings
from hotspots.store.audit import processing
from hotspots.store.confirmed_periods import in_force, read_confirmation
from hotspots.store.database import Database
from hotspots.store.removals import removed_before
from hotspots.wording import number

SHOWN_POINTS = 1000

_Rows = TypeVar("_Rows", Prepared, OfOtherCategory)

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
    points: list[tuple[float, float, str | None]] = field(default_factory=list)  # the first: lon, lat, buurt
    past_periods: PastPeriods = field(default_factory=dict)  # rows that are kept no longer, or a month more

    @property
    def absent_columns(self) -> list[str]:
        """The columns that the mapping names and the file lacks."""
        return sorted(self._named_columns - set(self.columns))

    @property
    def unused_columns(self) -> list[str]:
        """The columns of the file that the mapping doesn't name."""
        named = self._named_columns
        return [column for column in self.columns if column not in named]

    @property
    def _named_columns(self) -> frozenset[str]:
        return frozenset(column for columns in self.fields.values() for column in columns)

    @property
    def told(self) -> dict[str, Any]:
        """How the file was read, for whoever has to look after it; without what went as agreed."""
        told = {
            "mapping": self.other_mapping,
            "absentColumns": self.absent_columns,
            "notes": dict(self.notes.most_common()),
            "pastPeriod": dict(self.past_periods),
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
        with database.writing(is_large=True) as connection:
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
                periods=PeriodCounter(in_force(read_confirmation(connection), settings).retention, now),
            )
            result.readings = [one._replace(source_id=key.id_of(one.source_id)) for one in preparation.first]
            result.notes.update(started.reporters.forget_nobody())
            with rejects_file(rejects_path) as rejects:
                for batch, place in batches:
                    refused = started.store(batch, partial(batches.aside, place))
                    add_rejects(connection, import_id, refused)
                    rejects.write(refused, columns)
            result.past_periods = started.periods.found
            finish_import(connection, import_id, result.counts, result.told, now, seen=started.seen)
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
        for place, read in enumerate(read_rows(reader, rows.rows, at_first=preparation.intake.survey_rows)):
            if not place:
                _survey(read, reader, preparation, path)
                result.columns = result.columns or read.columns
            for batch in _batches(read):
                prepared, others = preparation.prepared(batch)
                batches.add((prepared, batches.put_aside(others)))
            on_progress(rows.read_bytes, rows.total_bytes)
        on_progress(rows.total_bytes, rows.total_bytes)
        result.notes.update(rows.notes)
    reader.times.require_one_order(path.name)
    return rows.columns


def _survey(read: ReadRows, reader: RowReader, preparation: Preparation, path: Path) -> None:
    """Look at the first rows; a long file of which none can be used is refused, as others wait meanwhile."""
    enough = preparation.intake.survey_rows
    readings, refused = read.first(enough)
    preparation.survey(readings, reader.zone)
    if len(refused) < enough:
        return
    # without what was found: it may be of a person
    ((why, _),) = Counter(row.reason.partition(":")[0] for row in refused).most_common(1)
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
    periods: PeriodCounter
    seen: SeenReports = field(default_factory=SeenReports)  # what it told already and is stored
    reporter_ids: ReporterIds = field(init=False)

    def __post_init__(self) -> None:
        """Begin without knowing any reporter."""
        self.reporter_ids = ReporterIds(self.connection)

    def store(self, batch: Batch, others: Callable[[], Readings]) -> list[Refusal]:
        """Store what is new or changed in a batch; gives the rows that are refused, as they are kept.

        Parameters
        ----------
        others
            Gives the readings of its rows of another category.
        """
        counts = self.result.counts
        counts.read += len(batch.ours.source_id) + len(batch.others.source_id) + len(batch.unread)
        rows, ids = self._ours(batch, others)
        kept, refused = self._kept(rows, ids)
        if refused:
            rows, ids = rows.chosen(kept), picker(kept)(ids)
        told_now: Any = ReportValues._make(rows.report)
        self.periods.add(told_now.reported_at, told_now.occurred_at, rows.text)
        self._note_points(rows)
        brought = self.reporters.bring_together(zip(rows.written_reporter, rows.reporter, strict=True))
        if brought:
            self.reporter_ids = ReporterIds(self.connection)
        self.result.notes.update(brought)
        told = upsert_reports(
            self.connection,
            self.source,
            self.id,
            self.reporter_ids,
            _incoming(ids, rows, self.key),
            now=self.now,
            counts=counts,
            seen=self.seen,
            untold=self.untold,
        )
        self.result.notes.update(told)
        refused += batch.unread
        counts.rejected += len(refused)
        return sorted(refused, key=lambda row: row.row_number)

    def _note_points(self, rows: Prepared) -> None:
        """Note where the first of them lie, for who looks at a delivery before it is imported."""
        if len(self.result.points) >= SHOWN_POINTS:
            return
        places: Any = LocationValues._make(rows.location)
        told: Any = ReportValues._make(rows.report)
        found = zip(places.lon, places.lat, told.buurtcode, strict=True)
        self.result.points += [point for point in found if point[0] is not None]
        del self.result.points[SHOWN_POINTS:]

    def _kept(self, rows: Prepared, ids: Sequence[str]) -> tuple[list[int], list[Refusal]]:
        """Which rows are kept, and the others as they are refused."""
        kept, refused = [], []
        told: Any = ReportValues._make(rows.report)
        for row, (source_id, refusal) in enumerate(zip(ids, rows.refusal, strict=True)):
            if refusal is not None:
                is_hashed = source_id != rows.source_id[row]
                refused.append(replace(refusal, source_id=source_id) if is_hashed else refusal)
            elif self.removed_until is not None and (
                why := why_too_old(told.reported_at[row], told.occurred_at[row], self.removed_until)
            ):  # removed since it was prepared
                refused.append(Refusal(rows.row_number[row], {}, why, source_id))
            else:
                kept.append(row)
        return kept, refused

    def _ours(self, batch: Batch, others: Callable[[], Readings]) -> tuple[Prepared, Sequence[str]]:
        """The rows of our categories, and of another only those of which the report is known; with the ids
        under which they are kept."""
        ours, ids = self._not_erased(batch.ours)
        of_others, other_ids = self._not_erased(batch.others)
        known = stored_ids(self.connection, self.source, other_ids)
        is_known = [one in known for one in other_ids]
        self.result.counts.other_category += is_known.count(False)
        if not known:
            return ours, ids
        readings = others()
        again = set(compress(of_others.source_id, is_known))
        rows = ours.followed_by(
            self.preparation.of(
                readings.chosen(row for row, one in enumerate(readings.source_id) if one in again)
            )
        )
        return rows, list(map(self.key.id_of, rows.source_id))

    def _not_erased(self, rows: _Rows) -> tuple[_Rows, Sequence[str]]:
        """The rows with the id under which each is kept; what was erased stays as it is."""
        ids: Sequence[str] = list(map(self.key.id_of, rows.source_id))
        # also as delivered: what was erased by a version that kept every id as it came
        erased = erased_among(
            self.connection, self.key, self.source, chain(ids, rows.source_id, rows.written_id)
        )
        if erased:
            names = zip(ids, rows.source_id, rows.written_id, strict=True)
            staying = [row for row, called in enumerate(names) if erased.isdisjoint(called)]
            self.result.counts.unchanged += len(ids) - len(staying)
            rows, ids = rows.chosen(staying), picker(staying)(ids)
        spelled = (
            (self.key.id_of(written), one)
            for one, source_id, written in zip(ids, rows.source_id, rows.written_id, strict=True)
            if written != source_id
        )
        # a number with "#" was given by us
        former = {written: one for written, one in spelled if written != one and "#" not in one}
        if former:
            rename_stored(self.connection, self.source, former)
        return rows, ids


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


def _incoming(ids: Sequence[str], rows: Prepared, key: ReporterKey) -> IncomingReports:
    """The reports to store; each reporter is hashed once."""
    by_first = {one: key.first.hash_of(one) or "" for one in {*rows.reporter, *rows.written_reporter}}
    hashes = {one: key.brought_up(digest) if digest else None for one, digest in by_first.items()}
    content, former = _content_hashes(rows, key, by_first)
    return IncomingReports(
        ids,
        rows.report,
        rows.location,
        rows.text,
        [hashes[one] for one in rows.reporter],
        rows.changed_at,
        content,
        former,
    )


def _content_hashes(rows: Prepared, key: ReporterKey, who: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The hashes of what the source tells; and by the former rule on who a reporter is."""
    # with the reporter as hash by the first key: the same after a rotation. Keyed, so that nobody with the
    # database alone can try out what a text may have been after it is removed
    content, former = [], []
    for before, after, reporter, written in zip(
        rows.said_before, rows.said_after, rows.reporter, rows.written_reporter, strict=True
    ):
        one, other = who[reporter], who[written]
        content.append(_sealed(key, before, one, after))
        former.append(content[-1] if one == other else _sealed(key, before, other, after))
    return content, former


def _sealed(key: ReporterKey, before: str, who: str, after: str) -> str:
    return key.sealed(hashlib.sha256(f"{before}\x1f{who}\x1f{after}".encode()).hexdigest())


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


def _batches(read: ReadRows) -> Iterator[ReadRows]:
    """Rows in batches in which no id occurs twice, so that the later row of two with one id comes later."""
    ids = read.readings.source_id
    if len(set(ids)) == len(ids):
        yield read
        return
    seen: set[str] = set()
    first = 0
    for row_number, source_id in zip(read.readings.row_number, ids, strict=True):
        if source_id in seen:
            yield read.part(first, row_number)
            first, seen = row_number, set()
        seen.add(source_id)
    yield read.part(first)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
