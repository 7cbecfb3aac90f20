"""Reads personal data: exact points and texts of reports, in one transaction with the access log.

Users of the service have no other way to read these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Table, select

from hotspots.access.access_log import log_access
from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess, OpenCase
from hotspots.store.audit import add_line
from hotspots.store.report_tables import report_locations, report_texts, reports
from hotspots.store.run_tables import detection_reports, hotspot_states


@dataclass(frozen=True)
class ReportPoint:
    """The location of one report, as precisely as it is known."""

    report_id: int
    reported_at: datetime
    has_hour: bool  # of reported_at; without one it is the start of its local day
    category: str
    precision: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class ReportText:
    """The text of one report."""

    report_id: int
    reported_at: datetime
    has_hour: bool  # as of a point
    category: str
    text: str


def read_points(access: CaseAccess) -> list[ReportPoint]:
    """Read the exact points of all reports that ever belonged to a hotspot, oldest first; logged.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was not given this right.
    """
    columns = (reports.c.precision, report_locations.c.lon, report_locations.c.lat)
    rows = _read(access, Right.READ_EXACT_POINTS, "exacte punten tonen", report_locations, *columns)
    return [ReportPoint(*row) for row in rows]


def read_texts(access: CaseAccess) -> list[ReportText]:
    """Read the texts of all reports that ever belonged to a hotspot, as :func:`read_points` reads points."""
    rows = _read(access, Right.READ_TEXTS, "teksten tonen", report_texts, report_texts.c.text)
    return [ReportText(*row) for row in rows]


def _read(
    access: CaseAccess, right: Right, activity: str, table: Table, *columns: Column[Any]
) -> Sequence[Any]:
    """Log the reading, and read these columns of a table for the reports of a hotspot."""
    with access.changing(right) as opened:
        ids = _log_reading(opened, right, activity)
        moments = (reports.c.reported_at, reports.c.occurred_at, reports.c.has_hour)
        query = select(reports.c.id, *moments, reports.c.category, *columns)
        query = query.join_from(reports, table).where(reports.c.id.in_(ids))
        rows = opened.connection.execute(query.order_by(reports.c.reported_at, reports.c.id))
        zone = access.settings.municipality.zone
        return [
            (number, reported, _knows_hour(reported, occurred, zone, has_hour=has_hour), *others)
            for number, reported, occurred, has_hour, *others in rows
        ]


def _knows_hour(reported: datetime, occurred: datetime | None, zone: ZoneInfo, *, has_hour: bool) -> bool:
    """Whether the hour of a report is known; ``has_hour`` is of the nuisance, where that has a time."""
    return has_hour if occurred is None else reported.astimezone(zone).time() != time()


def _log_reading(opened: OpenCase, right: Right, activity: str) -> Sequence[int]:
    """Log the reading of the reports of a hotspot beforehand; gives their ids."""
    connection, actor, hotspot_id = opened.connection, opened.actor, opened.case.hotspot_id
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .distinct()
    )
    ids = connection.execute(query).scalars().all()
    log_access(
        connection, actor=actor, right=right, report_count=len(ids), now=opened.now, hotspot_id=hotspot_id
    )
    add_line(connection, activity, now=opened.now)
    return ids
