"""What is kept of each kind of data at a glance: how much, since when, what goes when, and what went last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from hotspots.privacy.retention import KINDS, count_rows
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    access_log,
    case_links,
    comments,
    enrichments,
    meetings,
    users,
    verdicts,
)
from hotspots.store.operation_tables import job_runs, processing_log, subject_requests
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.report_tables import imports, rejects, report_locations, report_texts, reports
from hotspots.store.run_tables import detections, hotspot_states, hotspots, rule_previews, runs

A_MONTH = timedelta(days=31)

Stored = tuple[FromClause, ColumnElement[Any], ColumnElement[bool] | None]
"""Rows of a kind, by which moment they are as old as they are, and which of them."""

_REPORTS = reports.c.reported_at

_STORED: Mapping[str, tuple[Stored, ...]] = {
    "texts": ((report_texts.join(reports), _REPORTS, None),),
    "locations": ((report_locations.join(reports), _REPORTS, None),),
    "answers": (
        (geocoding_cache, geocoding_cache.c.asked_at, None),
        (location_fixes, location_fixes.c.fixed_at, None),
    ),
    "reports": ((reports, _REPORTS, None),),
    "notSignalled": ((detections.join(runs), runs.c.as_of, ~detections.c.signalled),),
    "dwellings": (
        (
            hotspots.join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id),
            hotspot_states.c.first_signalled,
            hotspots.c.points_at_persons & hotspots.c.place_removed_on.is_(None),
        ),
    ),
    "previews": ((rule_previews, rule_previews.c.asked_at, None),),
    "caseTexts": tuple(
        (table, table.c.given_at, None) for table in (verdicts, enrichments, comments, case_links)
    ),
    "accessLog": ((access_log, access_log.c.at, None),),
    "processingLog": ((processing_log, processing_log.c.started_at, None),),
    "requests": ((subject_requests, subject_requests.c.opened_at, None),),
    "meetings": ((meetings, meetings.c.started_at, None),),
    "accounts": ((users, users.c.created_at, users.c.is_disabled),),
    "jobs": ((job_runs, job_runs.c.started_at, None),),
    "rejects": ((rejects.join(imports), imports.c.started_at, None),),
    "fileNames": ((imports, imports.c.started_at, imports.c.file_name != ""),),
}


@dataclass(frozen=True)
class Kept:
    """What is kept of one kind of data.

    Attributes
    ----------
    oldest
        The local day of the oldest; None if there is nothing.
    past, within_month
        How much is past its period now, and a month from now.
    last_removal, last_count
        When something of it was last removed, and how much; None if that is not known.
    """

    kind: str
    total: int
    oldest: date | None
    past: int
    within_month: int
    last_removal: datetime | None
    last_count: int


def read_kept(connection: Connection, settings: Settings, *, now: datetime) -> list[Kept]:
    """What is kept of each kind, in the order of the settings."""
    past = count_rows(connection, settings, now=now)
    within_month = count_rows(connection, settings, now=now + A_MONTH)
    removals = _last_removals(connection)
    kept = []
    for kind in KINDS:
        if kind not in _STORED:
            continue
        total, oldest = _held(connection, settings, _STORED[kind], is_of_places=kind == "dwellings")
        at, count = removals.get(kind, (None, 0))
        kept.append(Kept(kind, total, oldest, past[kind], within_month[kind], at, count))
    return kept


def _held(
    connection: Connection, settings: Settings, stored: tuple[Stored, ...], *, is_of_places: bool
) -> tuple[int, date | None]:
    total, days = 0, []
    counted = func.count(hotspots.c.id.distinct()) if is_of_places else func.count()
    for rows, moment, chosen in stored:
        query = select(counted, func.min(moment, type_=moment.type)).select_from(rows)
        count, oldest = connection.execute(query if chosen is None else query.where(chosen)).one()
        total += count
        if oldest is not None:
            is_moment = isinstance(oldest, datetime)
            days.append(settings.municipality.local_day(oldest) if is_moment else oldest)
    return total, min(days, default=None)


def _last_removals(connection: Connection) -> dict[str, tuple[datetime, int]]:
    """When the nightly removal last took something of a kind, and how much: as far as its ledger is kept."""
    done = select(job_runs.c.started_at, job_runs.c.counts).where(
        job_runs.c.job == "retention", job_runs.c.outcome == "done"
    )
    last: dict[str, tuple[datetime, int]] = {}
    for row in connection.execute(done.order_by(job_runs.c.started_at.desc())):
        for kind, count in (row.counts or {}).items():
            if kind in KINDS and count:
                last.setdefault(kind, (row.started_at, int(count)))
    return last
