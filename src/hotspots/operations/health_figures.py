"""Reading how it goes: runs, imports and what they refused, jobs, what has no place, and the database."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, text

from hotspots.files.tile_file import readable_tiles
from hotspots.model import SCREENED, Precision
from hotspots.operations.job_alerts import Alert, alerts_since
from hotspots.operations.job_requests import Pause, excused_jobs, paused_jobs
from hotspots.operations.job_runs import last_done_at, last_done_for, last_started
from hotspots.settings import EventsSettings, Settings
from hotspots.store.confirmed_periods import read_confirmation, shortened
from hotspots.store.database import Database, sqlite_file
from hotspots.store.event_tables import event_subscribers, events
from hotspots.store.operation_tables import job_runs, subject_requests
from hotspots.store.place_tables import addresses, areas
from hotspots.store.records import select_as
from hotspots.store.report_tables import imports, rejects, reports
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.store.schema_versions import schema_of
from hotspots.tracking.runs import is_simulated, latest_run
from hotspots.tracking.signalling import read_signalling

SHOWN_JOB_RUNS = 20
"""So many runs of a job are shown beside each other."""


@dataclass(frozen=True)
class RunFigures:
    """One weekly run."""

    as_of: date
    started_at: datetime
    finished_at: datetime
    version: str
    report_count: int
    located_count: int
    signalled_count: int


@dataclass(frozen=True)
class ImportFigures:
    """One file that was read; `read` is the sum of the five counts after it."""

    id: int
    source: str
    file_name: str
    started_at: datetime
    finished_at: datetime | None
    read: int
    new: int
    updated: int
    unchanged: int
    other_category: int
    rejected: int
    located: int
    with_reporter: int | None = None  # of those stored: whose reporter it tells; None: not counted then
    told: Mapping[str, Any] | None = None  # how the file was read; None: not kept then
    undone_at: datetime | None = None  # when what it brought was taken back; None: it counts

    @property
    def stored(self) -> int:
        """How many of its rows are kept as reports."""
        return self.new + self.updated + self.unchanged

    @property
    def absent_columns(self) -> list[str]:
        """The columns that its mapping names and the file lacks."""
        return list((self.told or {}).get("absentColumns", ()))

    @property
    def notes(self) -> dict[str, int]:
        """What was read otherwise than it stands there, in Dutch, with how often."""
        return dict((self.told or {}).get("notes", {}))

    @property
    def past_periods(self) -> dict[str, dict[str, int]]:
        """How many of its rows were past their period, or would be within a month, by kind of data."""
        return dict((self.told or {}).get("pastPeriod", {}))

    @property
    def mapping(self) -> str:
        """The name of the mapping that it was read with."""
        return str((self.told or {}).get("mapping", self.source))

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for."""
        parts = (self.new, self.updated, self.unchanged, self.other_category, self.rejected)
        return self.read == sum(parts)


@dataclass(frozen=True)
class Delivery:
    """The last import of a source, and those before it that it is held against."""

    last: ImportFigures
    earlier: tuple[ImportFigures, ...] = ()  # of the weeks before it, the latest first


@dataclass(frozen=True)
class Reject:
    """One refused row; the row itself is not kept: it may identify people."""

    row_number: int
    source_id: str | None
    reason: str


@dataclass(frozen=True)
class JobRun:
    """One line of the ledger of unattended work."""

    job: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None  # done, failed, died; None: it runs, or died
    counts: dict[str, int]
    message: str | None
    id: int = 0
    input: Mapping[str, Any] = field(default_factory=dict)  # what it worked on

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it is not over."""
        return None if self.finished_at is None else self.finished_at - self.started_at


@dataclass(frozen=True)
class JobFigures:
    """How one job goes."""

    job: str
    runs: tuple[JobRun, ...]  # the last first
    done_at: datetime | None = None  # when its last run that ended well began
    done_for: datetime | None = None  # the latest planned moment up to now for which it was done
    is_excused: bool = False  # it is paused, or was until a moment ago: then it is not late

    @property
    def last(self) -> JobRun:
        """The run that was started last."""
        return self.runs[0]


@dataclass(frozen=True)
class AreaFigures:
    """How many areas there are, and what is known of them."""

    count: int
    approximate_count: int
    inhabitants: float | None


@dataclass(frozen=True)
class HealthFigures:
    """All of it at one moment; what is in an order has the latest first."""

    at: datetime
    last_run: RunFigures | None  # of the latest peildatum up to that day
    earlier_runs: tuple[RunFigures, ...]
    week_counts: tuple[int, ...]  # screened reports, in the week that the last run ends and those before it
    report_count: int
    newest_report: datetime | None  # when the last stored report was made
    unlocated_count: int  # without any point, in the look-back window before the newest report
    screened_count: int  # in that window
    imports: tuple[ImportFigures, ...]
    deliveries: tuple[Delivery, ...]  # one for each source
    last_delivery: JobRun | None  # the last run of the inbox that found files lately
    import_totals: dict[str, int]  # how many files there were, and all their counts together
    jobs: tuple[JobFigures, ...]
    job_outcomes: dict[tuple[str, str], int]  # how many runs, by job and outcome
    areas: AreaFigures
    address_count: int
    hotspot_counts: dict[str, int]  # per status, of those that the last run signals or that went quiet
    database_kind: str
    database_bytes: int
    free_bytes: int | None  # on the disk of the database, where that is known
    schema: str
    is_simulated: bool = False
    alerts: tuple[Alert, ...] = ()  # of late
    told_counts: tuple[int, ...] = ()  # of that run and the earlier ones: signalled, without persons
    last_work: datetime | None = None  # when the last run in the ledger began, by the clock of then
    lost_tiles: str = ""  # the file of tiles that is set, if it can't be read
    is_retention_confirmed: bool = True
    shortened_periods: tuple[str, ...] = ()  # settings whose shorter period nobody confirmed
    first_import: datetime | None = None
    stopped_at: datetime | None = None  # since when signalling is stopped
    request_terms: tuple[date, ...] = ()  # of what people ask about their own data, unanswered
    pauses: tuple[Pause, ...] = ()  # of the jobs that are paused
    dead_letters: int = 0  # events that no system took
    silent_subscribers: tuple[str, ...] = ()  # systems that have taken none for long


def read_health_figures(database: Database, settings: Settings, *, now: datetime) -> HealthFigures:
    """Read how it goes at one local moment; runs of a later day are not looked at.

    Raises
    ------
    StoreError
        If the database can't be used.
    """
    health = settings.health
    with database.reading() as connection:
        query = select_as(RunFigures, runs).where(runs.c.as_of <= now.date()).order_by(runs.c.as_of.desc())
        found = [RunFigures(*row) for row in connection.execute(query.limit(1 + health.compared_weeks))]
        last = found[0] if found else None
        confirmation = read_confirmation(connection)
        stopped = read_signalling(connection).stopped
        newest = connection.execute(select(func.max(reports.c.reported_at))).scalar()
        window = timedelta(weeks=settings.detection.look_back_weeks)
        by_precision = _screened_by_precision(connection, min(now, newest or now) - window)
        return HealthFigures(
            at=now,
            last_run=last,
            earlier_runs=tuple(found[1:]),
            week_counts=read_week_counts(connection, settings, last.as_of) if last else (),
            report_count=_count(connection, reports),
            newest_report=newest,
            unlocated_count=by_precision.get(str(Precision.GEEN), 0),
            screened_count=sum(by_precision.values()),
            imports=tuple(read_imports(connection, limit=10)),
            deliveries=tuple(read_deliveries(connection, weeks=health.compared_weeks)),
            last_delivery=_last_delivery(connection, now - timedelta(days=health.watched_delivery_days)),
            import_totals=_import_totals(connection),
            jobs=tuple(read_jobs(connection, settings, now=now)),
            job_outcomes=_job_outcomes(connection),
            areas=_areas(connection),
            address_count=_count(connection, addresses),
            hotspot_counts=_hotspot_counts(connection, now.date()),
            database_kind="SQLite" if database.is_sqlite else "PostgreSQL",
            database_bytes=_database_bytes(connection),
            free_bytes=_free_bytes(database),
            schema=schema_of(connection) or "",
            is_simulated=is_simulated(connection),
            alerts=tuple(alerts_since(connection, now - timedelta(days=health.shown_alert_days))),
            last_work=last_started(connection),
            told_counts=_told_counts(connection, found),
            lost_tiles="" if readable_tiles(settings.map.tiles) else settings.map.tiles,
            is_retention_confirmed=confirmation is not None,
            shortened_periods=tuple(shortened(confirmation, settings)),
            first_import=connection.execute(select(func.min(imports.c.started_at))).scalar(),
            stopped_at=None if stopped is None else stopped.at,
            request_terms=_request_terms(connection),
            pauses=tuple(paused_jobs(connection).values()),
            dead_letters=count_dead_letters(connection),
            silent_subscribers=_silent_subscribers(connection, settings.events, now),
        )


def _request_terms(connection: Connection) -> tuple[date, ...]:
    waiting = select(subject_requests.c.due_on).where(subject_requests.c.closed_at.is_(None))
    return tuple(connection.execute(waiting.order_by(subject_requests.c.due_on)).scalars())


def count_dead_letters(connection: Connection) -> int:
    """How many events were given up, as no system took them."""
    of_each = events.c.subscriber_id.in_(select(event_subscribers.c.id))  # as the index has them
    return _count(connection, events, of_each, events.c.state == "dead")


def _silent_subscribers(connection: Connection, settings: EventsSettings, now: datetime) -> tuple[str, ...]:
    table = event_subscribers
    since = now - timedelta(hours=settings.silent_after_hours)
    silent = select(table.c.name).where(~table.c.is_paused, table.c.failing_since < since)
    return tuple(connection.execute(silent.order_by(table.c.name)).scalars())


def read_imports(
    connection: Connection, *, import_id: int | None = None, offset: int = 0, limit: int | None = None
) -> list[ImportFigures]:
    """Read the files that were imported, latest first; all, or one."""
    query = select_as(ImportFigures, imports).order_by(imports.c.id.desc())
    if import_id is not None:
        query = query.where(imports.c.id == import_id)
    return [ImportFigures(*row) for row in connection.execute(query.offset(offset).limit(limit))]


def read_deliveries(connection: Connection, *, weeks: int) -> list[Delivery]:
    """Read the last import of each source with those of the weeks before it; the latest first."""
    last = select(func.max(imports.c.id)).where(imports.c.undone_at.is_(None)).group_by(imports.c.source)
    ids = sorted(connection.execute(last).scalars(), reverse=True)
    return [read_delivery(connection, import_id, weeks=weeks) for import_id in ids]


def read_delivery(connection: Connection, import_id: int, *, weeks: int) -> Delivery:
    """Read an import that there is, with those of its source in the weeks before it, but of other files."""
    (line,) = read_imports(connection, import_id=import_id)
    this_file = select(imports.c.file_sha256).where(imports.c.id == import_id).scalar_subquery()
    before = (
        select_as(ImportFigures, imports)
        .where(
            imports.c.source == line.source,
            imports.c.id < line.id,
            imports.c.file_sha256 != this_file,
            imports.c.undone_at.is_(None),
            imports.c.started_at >= line.started_at - timedelta(weeks=weeks),
        )
        .order_by(imports.c.id.desc())
    )
    return Delivery(line, tuple(ImportFigures(*row) for row in connection.execute(before)))


def count_imports(connection: Connection) -> int:
    """How many files were imported."""
    return _count(connection, imports)


def read_rejects(connection: Connection, import_id: int, *, limit: int | None = None) -> list[Reject]:
    """Read the rows that an import refused, in the order of the file."""
    query = (
        select_as(Reject, rejects)
        .where(rejects.c.import_id == import_id)
        .order_by(rejects.c.row_number, rejects.c.id)
    )
    return [Reject(*row) for row in connection.execute(query.limit(limit))]


def count_reasons(connection: Connection, import_id: int) -> dict[str, int]:
    """How often an import refused rows for each kind of reason (the words before a colon), most first."""
    query = select(rejects.c.reason).where(rejects.c.import_id == import_id)
    counts = Counter(reason.partition(":")[0] for reason in connection.execute(query).scalars())
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def read_jobs(connection: Connection, settings: Settings, *, now: datetime) -> list[JobFigures]:
    """Read the last runs of every job that ever ran, by name."""
    excused = excused_jobs(connection, settings, now)
    names = connection.execute(select(job_runs.c.job).distinct().order_by(job_runs.c.job)).scalars().all()
    return [
        JobFigures(
            name,
            tuple(read_job_runs(connection, name, limit=SHOWN_JOB_RUNS)),
            last_done_at(connection, name),
            last_done_for(connection, name, now),
            name in excused,
        )
        for name in names
    ]


def read_job_runs(
    connection: Connection, job: str, *, offset: int = 0, limit: int | None = None
) -> list[JobRun]:
    """Read the runs of a job, latest first."""
    query = select_as(JobRun, job_runs).where(job_runs.c.job == job).order_by(job_runs.c.id.desc())
    return [JobRun(*row) for row in connection.execute(query.offset(offset).limit(limit))]


def read_week_counts(connection: Connection, settings: Settings, as_of: date) -> tuple[int, ...]:
    """Screened reports in the week that ends with a peildatum, and in those before it, latest first."""
    weeks = 1 + settings.health.compared_weeks
    end = settings.municipality.midnight(as_of + timedelta(days=1))
    start = end - timedelta(weeks=weeks)  # in local time, also over a clock change
    query = select(reports.c.reported_at).where(
        reports.c.reported_at >= start, reports.c.reported_at < end, reports.c.category.in_(SCREENED)
    )
    counts = [0] * weeks
    for moment in connection.execute(query).scalars():
        counts[(as_of - settings.municipality.local_day(moment)).days // 7] += 1
    return tuple(counts)


def _screened_by_precision(connection: Connection, since: datetime) -> dict[str, int]:
    query = (
        select(reports.c.precision, func.count())
        .where(reports.c.reported_at >= since, reports.c.category.in_(SCREENED), reports.c.is_counted)
        .group_by(reports.c.precision)
    )
    return {str(precision): int(count) for precision, count in connection.execute(query)}


def _last_delivery(connection: Connection, since: datetime) -> JobRun | None:
    query = (
        select_as(JobRun, job_runs)
        .where(
            job_runs.c.job == "inbox",
            # there is an index on it; done by hand it has none
            or_(job_runs.c.planned_for >= since, job_runs.c.planned_for.is_(None)),
            job_runs.c.started_at >= since,
            job_runs.c.counts["files"].as_integer() > 0,
        )
        .order_by(job_runs.c.id.desc())
    )
    row = connection.execute(query.limit(1)).first()
    return None if row is None else JobRun(*row)


def _import_totals(connection: Connection) -> dict[str, int]:
    names = ("read", "new", "updated", "unchanged", "other_category", "rejected", "located")
    sums = (func.coalesce(func.sum(imports.c[name]), 0) for name in names)
    count, *totals = connection.execute(select(func.count(), *sums).select_from(imports)).one()
    return {"files": int(count)} | dict(zip(names, map(int, totals), strict=True))


def _job_outcomes(connection: Connection) -> dict[tuple[str, str], int]:
    outcome = func.coalesce(job_runs.c.outcome, "unfinished")
    query = select(job_runs.c.job, outcome, func.count()).group_by(job_runs.c.job, outcome)
    return {(str(job), str(name)): int(count) for job, name, count in connection.execute(query)}


def _areas(connection: Connection) -> AreaFigures:
    figures = (func.count(), func.count().filter(areas.c.is_approximate), func.sum(areas.c.inhabitants))
    count, approximate_count, inhabitants = connection.execute(select(*figures).select_from(areas)).one()
    return AreaFigures(count, approximate_count, None if inhabitants is None else float(inhabitants))


def _hotspot_counts(connection: Connection, today: date) -> dict[str, int]:
    query = (
        select(hotspots.c.status, func.count())
        .join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        # those that point at persons are not counted: monitoring may be read by whoever reaches it
        .where(
            runs.c.as_of == latest_run(connection, today),
            hotspot_states.c.trend != "beeindigd",
            ~hotspots.c.points_at_persons,
        )
        .group_by(hotspots.c.status)
    )
    return {str(status): int(count) for status, count in connection.execute(query)}


def _told_counts(connection: Connection, found: Sequence[RunFigures]) -> tuple[int, ...]:
    query = (
        select(runs.c.as_of, func.count())
        .join(hotspot_states, hotspot_states.c.run_id == runs.c.id)
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .where(
            runs.c.as_of.in_([run.as_of for run in found]),
            hotspot_states.c.is_signalled,
            hotspots.c.points_at_persons,
        )
        .group_by(runs.c.as_of)
    )
    hidden = {row[0]: int(row[1]) for row in connection.execute(query)}
    return tuple(run.signalled_count - hidden.get(run.as_of, 0) for run in found)


def _database_bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def _free_bytes(database: Database) -> int | None:
    file = sqlite_file(database.engine.url)
    return None if file is None else shutil.disk_usage(file.parent).free


def _count(connection: Connection, table: Any, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(*conditions)
    return int(connection.execute(query).scalar_one())
