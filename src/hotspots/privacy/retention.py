"""Removing what is kept no longer, in such a way that figures stay right and nothing of it stays in the file.

Each kind of data has its own period (`[retention]`). Before a report goes, it is counted: per day, category
and buurt, and per week of each hotspot it belonged to. What people wrote in the history is replaced by a
phrase, after :data:`~hotspots.store.case_tables.redactions` says so; the database itself refuses any
other change of it.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import shapely
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from hotspots.casework.workflow import RUN
from hotspots.model import SCREENED, Status, Trend
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    REMOVED_TEXT,
    access_log,
    api_tokens,
    comments,
    enrichments,
    hotspot_events,
    mails,
    measures,
    redactions,
    sessions,
    sign_in_attempts,
    subscriptions,
    users,
    verdicts,
)
from hotspots.store.database import Database
from hotspots.store.metadata import WIPE_DUE, read_fact, remove_fact, write_fact
from hotspots.store.removals import note_removal
from hotspots.store.tables import (
    areas,
    detection_reports,
    detections,
    embeds,
    geocoding_cache,
    hotspot_states,
    hotspots,
    imports,
    job_alerts,
    job_runs,
    location_fixes,
    metadata,
    processing_log,
    rejects,
    removed_hotspot_weeks,
    removed_report_days,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
    rule_previews,
    runs,
)
from hotspots.tracking.hotspots import touches_persons

ROWS_AT_ONCE = 5000
CLOSED = (str(Status.GESLOTEN), str(Status.GEEN_HOTSPOT))
RETENTION = "bewaartermijn"
"""Why something was taken out, in `redactions`."""

PLACE_REMOVED = "De plek zelf is na de bewaartermijn verwijderd: het punt is het midden van de buurt."

_NAMING_KINDS = ("toewijzen", "maatregel toevoegen", "maatregel wijzigen", "maatregel intrekken")
"""Changes of which the history keeps names or descriptions beside the reason."""

LOCK_WAIT_S = 10
"""How long others may be in the way of wiping."""
NOON = time(12)


@dataclass
class Removed:
    """What was removed, or would be.

    Attributes
    ----------
    counts
        Rows per kind of data, in the order of the settings.
    cutoffs
        What is older than this moment is gone, per kind.
    is_wiped
        Whether nothing of it stayed in the files of the database; False: readers were in the way, and the
        next time tries again. None: nothing was removed, now or by one that could not wipe.
    """

    counts: dict[str, int] = field(default_factory=dict)
    cutoffs: dict[str, datetime] = field(default_factory=dict)
    is_wiped: bool | None = None

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(self.counts.values())


def remove_expired(
    database: Database, settings: Settings, *, now: datetime, dry_run: bool = False
) -> Removed:
    """Remove everything whose period is over, in one transaction, and leave no trace of it in the file.

    Parameters
    ----------
    now
        From when the periods are counted back, aware.
    dry_run
        Do everything, keep nothing: the same counts, and the database as it was.
    """
    removed = Removed()
    keep = settings.retention

    def before(kind: str, days: int) -> datetime:
        removed.cutoffs[kind] = now - timedelta(days=days)
        return removed.cutoffs[kind]

    with database.writing() as connection:
        removed.counts["texts"] = _remove_texts(connection, before("texts", keep.text_days))
        removed.counts["locations"] = _remove_locations(connection, before("locations", keep.location_days))
        removed.counts["answers"] = _remove_answers(connection, removed.cutoffs["locations"])
        removed.counts["reports"] = _remove_reports(connection, settings, before("reports", keep.report_days))
        removed.counts["notSignalled"] = _remove_not_signalled(
            connection, settings, before("notSignalled", keep.not_signalled_days)
        )
        zone = settings.municipality.zone
        removed.counts["dwellings"] = _remove_dwellings(
            connection, before("dwellings", keep.dwelling_days), now.astimezone(zone).date()
        )
        removed.counts["previews"] = _remove_previews(
            connection,
            removed.cutoffs["notSignalled"],
            dwellings_before=removed.cutoffs["dwellings"].astimezone(zone).date(),
        )
        removed.counts["caseTexts"] = _remove_case_texts(
            connection, before("caseTexts", keep.case_text_days), now
        )
        removed.counts["accessLog"] = _remove_access(
            connection, before("accessLog", keep.access_log_days), now
        )
        removed.counts |= {
            "processingLog": _delete(
                connection,
                processing_log,
                processing_log.c.ended_at < before("processingLog", keep.processing_log_days),
            ),
            "sessions": _remove_sessions(connection, before("sessions", keep.session_days)),
            "accounts": _remove_accounts(connection, before("accounts", keep.account_days)),
            "jobs": _remove_jobs(connection, before("jobs", keep.job_days)),
            "rejects": _remove_rejects(connection, before("rejects", keep.reject_days)),
            "fileNames": _remove_file_names(connection, removed.cutoffs["rejects"]),
        }
        for kind in ("texts", "locations", "reports", "notSignalled"):
            if removed.counts[kind]:
                note_removal(connection, kind, removed.cutoffs[kind])
        if removed.total:
            write_fact(connection, WIPE_DUE, "yes")
        is_wipe_due = read_fact(connection, WIPE_DUE) is not None
        if dry_run:
            connection.rollback()
    if is_wipe_due and not dry_run:
        removed.is_wiped = wipe(database)
    return removed


def wipe(database: Database, *, wait_s: float = LOCK_WAIT_S) -> bool:
    """Leave nothing of removed rows in the files of the database; whether that is so now.

    SQLite overwrites what is removed (``secure_delete``), but pages that were split keep copies, and the
    write-ahead log keeps earlier pages: the file is written anew (``VACUUM``) and the log emptied. PostgreSQL
    writes the tables anew (``VACUUM FULL``), with what its planner noted of the values in them, if it gets
    them for itself within some seconds, and else marks their space as free. Its log (``pg_wal``) and copies
    elsewhere (backups, the archive of that log) have periods of their own.

    Who removes writes the fact :data:`~hotspots.store.metadata.WIPE_DUE` in the same transaction; a wipe that
    succeeds takes it away, and until then every night tries again.
    """
    is_wiped = _wipe_sqlite(database, wait_s) if database.is_sqlite else _wipe_postgresql(database, wait_s)
    if is_wiped:
        with database.writing() as connection:
            remove_fact(connection, WIPE_DUE)
    return is_wiped


def redact(
    connection: Connection,
    table: Table,
    row_ids: Iterable[int],
    values: Mapping[str, Any],
    *,
    now: datetime,
    reason: str,
) -> int:
    """Take something out of rows of the history, and say so first; how many rows.

    Parameters
    ----------
    values
        What stands there from now on: the database takes only the fixed phrases.
    reason
        Why.
    """
    ids = sorted(set(row_ids))
    for part in _parts(ids):
        connection.execute(
            insert(redactions),
            [{"at": now, "table_name": table.name, "row_id": row_id, "reason": reason} for row_id in part],
        )
        connection.execute(update(table).where(table.c.id.in_(part)).values(**values))
    return len(ids)


def _remove_texts(connection: Connection, cutoff: datetime) -> int:
    return _delete(connection, report_texts, report_texts.c.report_id.in_(_reports_before(cutoff)))


def _remove_locations(connection: Connection, cutoff: datetime) -> int:
    old = _reports_before(cutoff)
    connection.execute(
        update(reports).where(reports.c.id.in_(old), reports.c.cell.is_not(None)).values(cell=None)
    )
    connection.execute(
        update(report_versions)
        .where(report_versions.c.report_id.in_(old), report_versions.c.lon.is_not(None))
        .values(lon=None, lat=None, address_key=None, cell=None)
    )
    return _delete(connection, report_locations, report_locations.c.report_id.in_(old))


def _remove_answers(connection: Connection, cutoff: datetime) -> int:
    """Remove where addresses were found to be, by people or by a service."""
    return _delete(connection, geocoding_cache, geocoding_cache.c.asked_at < cutoff) + _delete(
        connection, location_fixes, location_fixes.c.fixed_at < cutoff
    )


def _remove_reports(connection: Connection, settings: Settings, cutoff: datetime) -> int:
    ids = connection.execute(_reports_before(cutoff)).scalars().all()
    per_day: Counter[tuple[datetime, str, str]] = Counter()
    per_week: Counter[tuple[str, date, date]] = Counter()
    for part in _parts(sorted(ids)):
        per_day += _counted_per_day(connection, settings, part)
        per_week += _counted_per_week(connection, settings, part)
    _add_up(connection, removed_report_days, ("noon", "category", "buurtcode"), per_day)
    _add_up(connection, removed_hotspot_weeks, ("hotspot_id", "monday", "known_on"), per_week)
    for part in _parts(sorted(ids)):
        connection.execute(delete(reports).where(reports.c.id.in_(part)))
    if ids:
        still_known = select(reports.c.reporter_id).where(reports.c.reporter_id.is_not(None))
        in_versions = select(report_versions.c.reporter_id).where(report_versions.c.reporter_id.is_not(None))
        _delete(
            connection,
            reporters,
            and_(reporters.c.id.not_in(still_known), reporters.c.id.not_in(in_versions)),
        )
    return len(ids)


def _counted_per_day(
    connection: Connection, settings: Settings, ids: Sequence[int]
) -> Counter[tuple[datetime, str, str]]:
    rows = connection.execute(
        select(_moment(), reports.c.category, reports.c.buurtcode).where(
            reports.c.id.in_(ids), reports.c.is_counted, reports.c.category.in_(SCREENED)
        )
    )
    zone = settings.municipality.zone
    return Counter(
        (datetime.combine(moment.astimezone(zone).date(), NOON, zone).astimezone(UTC), category, buurt or "")
        for moment, category, buurt in rows
    )


def _counted_per_week(
    connection: Connection, settings: Settings, ids: Sequence[int]
) -> Counter[tuple[str, date, date]]:
    rows = connection.execute(
        select(hotspot_states.c.hotspot_id, reports.c.id, _moment(), func.min(runs.c.as_of))
        .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        .join(reports, reports.c.id == detection_reports.c.report_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(reports.c.id.in_(ids))
        .group_by(hotspot_states.c.hotspot_id, reports.c.id, reports.c.occurred_at, reports.c.reported_at)
    )
    counts: Counter[tuple[str, date, date]] = Counter()
    for hotspot_id, _, moment, first in rows:
        day = moment.astimezone(settings.municipality.zone).date()
        counts[hotspot_id, day - timedelta(days=day.weekday()), first] += 1
    return counts


def _add_up(connection: Connection, table: Table, names: Sequence[str], counts: Counter[Any]) -> None:
    """Add counts to what stands in a table under the same key."""
    new = []
    for key, count in counts.items():
        chosen = and_(*(table.c[name] == value for name, value in zip(names, key, strict=True)))
        added = update(table).where(chosen).values(report_count=table.c.report_count + count)
        if connection.execute(added).rowcount == 0:
            new.append({**dict(zip(names, key, strict=True)), "report_count": count})
    if new:
        connection.execute(insert(table), new)


def _remove_not_signalled(connection: Connection, settings: Settings, cutoff: datetime) -> int:
    day = cutoff.astimezone(settings.municipality.zone).date()
    old_runs = select(runs.c.id).where(runs.c.as_of < day)
    shown = select(hotspot_states.c.detection_id).where(hotspot_states.c.detection_id.is_not(None))
    return _delete(
        connection,
        detections,
        and_(not_(detections.c.signalled), detections.c.run_id.in_(old_runs), detections.c.id.not_in(shown)),
    )


def _remove_dwellings(connection: Connection, cutoff: datetime, today: date) -> int:
    """Keep of old places that point at persons, such as dwellings, only in which buurt they were."""
    last_run = select(func.max(runs.c.as_of)).scalar_subquery()
    rows = connection.execute(
        select(hotspots.c.id, hotspot_states.c.buurtcode)
        .join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(
            runs.c.as_of == last_run,
            hotspots.c.place_removed_on.is_(None),
            touches_persons(),
            hotspot_states.c.last_report < cutoff,
            or_(hotspots.c.status.in_(CLOSED), hotspot_states.c.trend == str(Trend.BEEINDIGD)),
        )
    ).all()
    for hotspot_id, buurtcode in rows:
        states = connection.execute(
            select(
                hotspot_states.c.run_id,
                hotspot_states.c.detection_id,
                hotspot_states.c.redenen,
                hotspot_states.c.lon,
                hotspot_states.c.lat,
            ).where(hotspot_states.c.hotspot_id == hotspot_id)
        ).all()
        place = _coarse_place(connection, buurtcode, states[0].lon, states[0].lat)
        for state in states:
            connection.execute(
                update(hotspot_states)
                .where(hotspot_states.c.run_id == state.run_id, hotspot_states.c.hotspot_id == hotspot_id)
                .values(**place, redenen=[*state.redenen, PLACE_REMOVED])
            )
        shown = {state.detection_id for state in states if state.detection_id is not None}
        for part in _parts(sorted(shown)):
            connection.execute(update(detections).where(detections.c.id.in_(part)).values(**place))
        connection.execute(update(hotspots).where(hotspots.c.id == hotspot_id).values(place_removed_on=today))
    return len(rows)


def _remove_previews(connection: Connection, cutoff: datetime, *, dwellings_before: date) -> int:
    """Remove previews of other rules, and of younger ones the points of dwellings that are over.

    A preview does not know which hotspot a place became: the last week that shows it decides.
    """
    count = _delete(connection, rule_previews, rule_previews.c.asked_at < cutoff)
    rows = connection.execute(select(rule_previews.c.id, rule_previews.c.places)).all()
    for row in rows:
        places = [
            _without_point(connection, place)
            if place["is_dwelling"]
            and max(place["weeks_now"] + place["weeks_proposed"], default="") < dwellings_before.isoformat()
            else place
            for place in row.places or ()
        ]
        if places != (row.places or []):
            connection.execute(
                update(rule_previews).where(rule_previews.c.id == row.id).values(places=places)
            )
            count += 1
    return count


def _without_point(connection: Connection, place: Mapping[str, Any]) -> dict[str, Any]:
    coarse = _coarse_place(connection, place["buurtcode"], place["lon"], place["lat"])
    return {**place, "lon": round(coarse["lon"], 6), "lat": round(coarse["lat"], 6)}


def _coarse_place(connection: Connection, buurtcode: str | None, lon: float, lat: float) -> dict[str, Any]:
    """The middle of the buurt; outside all, of a square of about a kilometre. As shape a dot."""
    geometry = connection.execute(select(areas.c.geometry).where(areas.c.buurtcode == buurtcode)).scalar()
    middle = (
        shapely.Point(round(lon, 2), round(lat, 2))
        if geometry is None
        else shapely.from_wkb(geometry).representative_point()
    )
    return {"lon": middle.x, "lat": middle.y, "geometry": shapely.to_wkb(middle.buffer(1e-6, quad_segs=1))}


def _remove_case_texts(connection: Connection, cutoff: datetime, now: datetime) -> int:
    over = (
        select(hotspot_events.c.hotspot_id)
        .join(hotspots, hotspots.c.id == hotspot_events.c.hotspot_id)
        .where(hotspots.c.status.in_(CLOSED))
        .group_by(hotspot_events.c.hotspot_id)
        .having(func.max(hotspot_events.c.at) < cutoff)
    )
    ids = connection.execute(over).scalars().all()
    count = 0
    for part in _parts(sorted(ids)):
        for table, column in ((verdicts, "reason"), (enrichments, "text"), (comments, "text")):
            chosen = and_(
                table.c.hotspot_id.in_(part),
                or_(table.c[column] != REMOVED_TEXT, table.c.actor_id != REMOVED_PERSON),
            )
            nobody = {"given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
            count += _redact(connection, table, chosen, {column: REMOVED_TEXT, **nobody}, now)
        by_people = and_(hotspot_events.c.hotspot_id.in_(part), hotspot_events.c.actor_id != RUN.id)
        has_reason = and_(by_people, hotspot_events.c.reason != REMOVED_TEXT)
        count += _redact(connection, hotspot_events, has_reason, {"reason": REMOVED_TEXT}, now)
        is_named = and_(by_people, hotspot_events.c.actor_id != REMOVED_PERSON)
        nobody = {"actor": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
        count += _redact(connection, hotspot_events, is_named, nobody, now)
        count += _redact_names(connection, part, now)
        for values in (
            {
                measures.c.description: REMOVED_TEXT,
                measures.c.owner: REMOVED_TEXT,
                measures.c.created_by: REMOVED_PERSON,
            },
            {hotspots.c.assigned_to: None},
        ):
            count += _blank(connection, part, values)
    return count


def _redact(
    connection: Connection,
    table: Table,
    chosen: ColumnElement[bool],
    values: Mapping[str, Any],
    now: datetime,
) -> int:
    ids = connection.execute(select(table.c.id).where(chosen)).scalars().all()
    return redact(connection, table, ids, values, now=now, reason=RETENTION)


def _redact_names(connection: Connection, hotspot_ids: Sequence[str], now: datetime) -> int:
    rows = connection.execute(
        select(hotspot_events.c.id, hotspot_events.c.before, hotspot_events.c.after).where(
            hotspot_events.c.hotspot_id.in_(hotspot_ids), hotspot_events.c.kind.in_(_NAMING_KINDS)
        )
    )
    ids = [row.id for row in rows if row.before or row.after]
    return redact(connection, hotspot_events, ids, {"before": {}, "after": {}}, now=now, reason=RETENTION)


def _blank(connection: Connection, hotspot_ids: Sequence[str], values: Mapping[Column[Any], Any]) -> int:
    table = next(iter(values)).table
    owner = table.c.hotspot_id if "hotspot_id" in table.c else table.c.id
    differs = or_(*(column.is_distinct_from(wanted) for column, wanted in values.items()))
    statement = update(table).where(owner.in_(hotspot_ids), differs)
    return connection.execute(
        statement.values({column.name: value for column, value in values.items()})
    ).rowcount


def _remove_access(connection: Connection, cutoff: datetime, now: datetime) -> int:
    is_old = access_log.c.at < cutoff
    count = connection.execute(select(func.count()).select_from(access_log).where(is_old)).scalar_one()
    if count:
        connection.execute(
            insert(redactions).values(at=now, table_name=access_log.name, before=cutoff, reason=RETENTION)
        )
        _delete(connection, access_log, is_old)
    return count


def _remove_sessions(connection: Connection, cutoff: datetime) -> int:
    return sum(
        _delete(connection, table, chosen)
        for table, chosen in (
            (sessions, sessions.c.expires_at < cutoff),
            (subscriptions, subscriptions.c.ended_at < cutoff),
            (mails, mails.c.tried_at < cutoff),
            (sign_in_attempts, sign_in_attempts.c.failed_at < cutoff),
            (api_tokens, or_(api_tokens.c.expires_at < cutoff, api_tokens.c.revoked_at < cutoff)),
            (embeds, or_(embeds.c.expires_at < cutoff, embeds.c.revoked_at < cutoff)),
        )
    )


def _remove_accounts(connection: Connection, cutoff: datetime) -> int:
    """Remove accounts that are disabled and were last used before a moment.

    Who signs in elsewhere stays known by that provider's subject, without a name: else the next attempt to
    sign in would make a new account, which is not disabled.
    """
    last_used = func.coalesce(users.c.signed_in_at, users.c.created_at, type_=users.c.created_at.type)
    over = and_(users.c.is_disabled, last_used < cutoff)
    count = _delete(connection, users, and_(over, users.c.subject.is_(None)))
    named = connection.execute(select(users.c.id).where(over, users.c.full_name != REMOVED_PERSON)).scalars()
    ids = list(named)
    _delete(connection, subscriptions, subscriptions.c.user_id.in_(ids))
    nobody = {"full_name": REMOVED_PERSON, "organisation": "", "gebieden": [], "granted": []}
    connection.execute(update(users).where(users.c.id.in_(ids)).values(nobody))
    return count + len(ids)


def _remove_jobs(connection: Connection, cutoff: datetime) -> int:
    alerts = _delete(connection, job_alerts, job_alerts.c.raised_at < cutoff)
    return alerts + _delete(connection, job_runs, job_runs.c.started_at < cutoff)


def _remove_rejects(connection: Connection, cutoff: datetime) -> int:
    old = select(imports.c.id).where(imports.c.started_at < cutoff)
    return _delete(connection, rejects, rejects.c.import_id.in_(old))


def _remove_file_names(connection: Connection, cutoff: datetime) -> int:
    """What a file was called may tell whose it was."""
    named = and_(imports.c.started_at < cutoff, imports.c.file_name != "")
    return connection.execute(update(imports).where(named).values(file_name="")).rowcount


def _delete(connection: Connection, table: Table, chosen: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(chosen)).rowcount


def _moment() -> ColumnElement[datetime]:
    return func.coalesce(reports.c.occurred_at, reports.c.reported_at, type_=reports.c.reported_at.type)


def _reports_before(cutoff: datetime) -> Any:
    """Reports from before a moment: by their own times, or as they were delivered before it.

    No report is later than its first delivery: a time after that is a mistake, and may lie decades ahead.
    """
    delivered = select(imports.c.id).where(imports.c.started_at < cutoff)
    is_from_before = and_(reports.c.reported_at < cutoff, _moment() < cutoff)
    return select(reports.c.id).where(or_(reports.c.first_import_id.in_(delivered), is_from_before))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield values[start : start + ROWS_AT_ONCE]


def _wipe_sqlite(database: Database, wait_s: float) -> bool:
    connection = database.engine.raw_connection()  # outside any transaction
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * wait_s)}")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        told = cursor.fetchone()  # whether others were in the way, and pages
    except (
        sqlite3.OperationalError
    ):  # another writes for longer than the time to wait, or the disk has no room
        return False
    finally:
        cursor.close()
        connection.invalidate()  # with the other time to wait
    return told is not None and told[0] == 0


def _wipe_postgresql(database: Database, wait_s: float) -> bool:
    is_wiped = True
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{round(1000 * wait_s)}ms'")
        for table in metadata.sorted_tables:
            try:
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {table.name}"))
                _forget_noted_values(connection, table)
            except DBAPIError:
                connection.execute(text(f"VACUUM {table.name}"))
                is_wiped = False
        try:
            connection.execute(text("VACUUM (FULL) pg_statistic"))
        except DBAPIError:
            is_wiped = False
        connection.invalidate()  # with the other time to wait
    return is_wiped


def _forget_noted_values(connection: Connection, table: Table) -> None:
    """Let the planner forget values of a table in which nothing is left: ANALYZE leaves those as they were.

    A column whose type is said anew, also when it is the same, has no values noted.
    """
    if connection.execute(select(func.count()).select_from(table.select().limit(1).subquery())).scalar_one():
        return
    noted = text(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
        "JOIN pg_statistic s ON s.starelid = a.attrelid AND s.staattnum = a.attnum "
        "WHERE a.attrelid = CAST(:name AS regclass)"
    )
    for column, kind in connection.execute(noted, {"name": table.name}).all():
        connection.execute(text(f'ALTER TABLE {table.name} ALTER COLUMN "{column}" TYPE {kind}'))
