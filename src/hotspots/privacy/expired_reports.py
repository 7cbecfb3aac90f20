"""Removing reports whose period is over: first their texts, then where they were, then the report itself.

Before a report goes it is counted, per day, category and buurt, and per week of each hotspot it belonged to:
figures over time stay right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, insert, or_, select, update

from hotspots.model import SCREENED
from hotspots.settings import Settings
from hotspots.store.batches import in_batches
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.removals import Rows, delete_all, delete_rows
from hotspots.store.report_tables import (
    import_before,
    imports,
    moment_of,
    removed_report_days,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)
from hotspots.store.run_tables import detection_reports, hotspot_states, removed_hotspot_weeks, runs

NOON = time(12)


def texts_over(cutoff: datetime, last_import: int | None = None) -> Rows:
    """The texts of reports from before a moment, of imports up to a last one."""
    return [(report_texts, report_texts.c.report_id.in_(reports_before(cutoff, last_import)))]


def locations_over(cutoff: datetime, last_import: int | None = None) -> Rows:
    """The places of reports from before a moment, of imports up to a last one."""
    return [(report_locations, report_locations.c.report_id.in_(reports_before(cutoff, last_import)))]


def remove_locations(connection: Connection, cutoff: datetime, *, last_import: int | None = None) -> int:
    old = reports_before(cutoff, last_import)
    connection.execute(
        update(reports).where(reports.c.id.in_(old), reports.c.cell.is_not(None)).values(cell=None)
    )
    connection.execute(
        update(report_versions)
        .where(report_versions.c.report_id.in_(old), report_versions.c.lon.is_not(None))
        .values(lon=None, lat=None, address_key=None, cell=None)
    )
    return delete_all(connection, locations_over(cutoff, last_import))


def answers_over(cutoff: datetime) -> Rows:
    """Where addresses were found to be, by people or by a service."""
    return [
        (geocoding_cache, geocoding_cache.c.asked_at < cutoff),
        (location_fixes, location_fixes.c.fixed_at < cutoff),
    ]


def count_by_import(connection: Connection, before: Mapping[str, datetime]) -> dict[str, dict[int, int]]:
    """How many texts, places and reports from before these moments each import brought, by its id."""
    first = reports.c.first_import_id
    joined = {
        "texts": reports.join(report_texts),
        "locations": reports.join(report_locations),
        "reports": reports,
    }
    return {
        kind: {
            int(import_id): int(count)
            for import_id, count in connection.execute(
                select(first, func.count())
                .select_from(table)
                .where(reports.c.id.in_(reports_before(before[kind])))
                .group_by(first)
                .order_by(first)
            )
        }
        for kind, table in joined.items()
    }


def remove_reports(
    connection: Connection, settings: Settings, cutoff: datetime, *, last_import: int | None = None
) -> int:
    ids = connection.execute(reports_before(cutoff, last_import)).scalars().all()
    per_day: Counter[tuple[datetime, str, str]] = Counter()
    per_week: Counter[tuple[str, date, date]] = Counter()
    for part in in_batches(sorted(ids)):
        per_day += _counted_per_day(connection, settings, part)
        per_week += _counted_per_week(connection, settings, part)
    _add_up(connection, removed_report_days, ("noon", "category", "buurtcode"), per_day)
    _add_up(connection, removed_hotspot_weeks, ("hotspot_id", "monday", "known_on"), per_week)
    for part in in_batches(sorted(ids)):
        connection.execute(delete(reports).where(reports.c.id.in_(part)))
    if ids:
        still_known = select(reports.c.reporter_id).where(reports.c.reporter_id.is_not(None))
        in_versions = select(report_versions.c.reporter_id).where(report_versions.c.reporter_id.is_not(None))
        before = select(import_before.c.reporter_id).where(import_before.c.reporter_id.is_not(None))
        delete_rows(
            connection,
            reporters,
            and_(*(reporters.c.id.not_in(query) for query in (still_known, in_versions, before))),
        )
    return len(ids)


def _counted_per_day(
    connection: Connection, settings: Settings, ids: Sequence[int]
) -> Counter[tuple[datetime, str, str]]:
    rows = connection.execute(
        select(moment_of(reports), reports.c.category, reports.c.buurtcode).where(
            reports.c.id.in_(ids), reports.c.is_counted, reports.c.category.in_(SCREENED)
        )
    )
    zone = settings.municipality.zone
    return Counter(
        (
            datetime.combine(settings.municipality.local_day(moment), NOON, zone).astimezone(UTC),
            category,
            buurt or "",
        )
        for moment, category, buurt in rows
    )


def _counted_per_week(
    connection: Connection, settings: Settings, ids: Sequence[int]
) -> Counter[tuple[str, date, date]]:
    rows = connection.execute(
        select(hotspot_states.c.hotspot_id, reports.c.id, moment_of(reports), func.min(runs.c.as_of))
        .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        .join(reports, reports.c.id == detection_reports.c.report_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(reports.c.id.in_(ids))
        .group_by(hotspot_states.c.hotspot_id, reports.c.id, reports.c.occurred_at, reports.c.reported_at)
    )
    counts: Counter[tuple[str, date, date]] = Counter()
    for hotspot_id, _, moment, first in rows:
        day = settings.municipality.local_day(moment)
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


def reports_before(cutoff: datetime, last_import: int | None = None) -> Any:
    """The ids of reports from before a moment: by their own times, or as they were delivered before it.

    No report is later than its first delivery: a time after that is a mistake, and may lie decades ahead.
    Those that a later import than `last_import` brought or changed are left out.
    """
    delivered = select(imports.c.id).where(imports.c.started_at < cutoff)
    is_from_before = and_(reports.c.reported_at < cutoff, moment_of(reports) < cutoff)
    query = select(reports.c.id).where(or_(reports.c.first_import_id.in_(delivered), is_from_before))
    return query if last_import is None else query.where(reports.c.last_import_id <= last_import)
