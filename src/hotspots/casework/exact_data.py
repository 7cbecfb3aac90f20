"""Reading what touches persons: exact points and texts of reports; every such reading is logged.

There is no other way to these for users of the service: reading and logging are one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hotspots.access.access_log import log_access
from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess, OpenCase
from hotspots.store.audit import add_line
from hotspots.store.tables import detection_reports, hotspot_states, report_locations, report_texts, reports


@dataclass(frozen=True)
class ReportPoint:
    """Where one report is, as precisely as it is known."""

    report_id: int
    reported_at: datetime
    category: str
    precision: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class ReportText:
    """What one reporter wrote."""

    report_id: int
    reported_at: datetime
    category: str
    text: str


def read_points(access: CaseAccess) -> list[ReportPoint]:
    """Read the exact points of all reports that a hotspot ever had, oldest first; logged.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was not given this right.
    """
    with access.changing(Right.READ_EXACT_POINTS) as opened:
        ids = _log_reading(opened, Right.READ_EXACT_POINTS, "exacte punten tonen")
        query = (
            select(
                reports.c.id,
                reports.c.reported_at,
                reports.c.category,
                reports.c.precision,
                report_locations.c.lon,
                report_locations.c.lat,
            )
            .join(report_locations)
            .where(reports.c.id.in_(ids))
        )
        rows = opened.connection.execute(query.order_by(reports.c.reported_at, reports.c.id)).all()
    return [ReportPoint(*row) for row in rows]


def read_texts(access: CaseAccess) -> list[ReportText]:
    """Read the texts of all reports that a hotspot ever had, oldest first; logged.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`read_points`.
    """
    with access.changing(Right.READ_TEXTS) as opened:
        ids = _log_reading(opened, Right.READ_TEXTS, "teksten tonen")
        query = (
            select(reports.c.id, reports.c.reported_at, reports.c.category, report_texts.c.text)
            .join(report_texts)
            .where(reports.c.id.in_(ids))
        )
        rows = opened.connection.execute(query.order_by(reports.c.reported_at, reports.c.id)).all()
    return [ReportText(*row) for row in rows]


def _log_reading(opened: OpenCase, right: Right, activity: str) -> Sequence[int]:
    """Log who reads the reports of a hotspot, before they are given; gives their ids."""
    connection, hotspot_id = opened.connection, opened.case.hotspot_id
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .distinct()
    )
    ids = connection.execute(query).scalars().all()
    log_access(
        connection,
        actor=opened.actor,
        right=right,
        report_count=len(ids),
        now=opened.now,
        hotspot_id=hotspot_id,
    )
    add_line(connection, activity, now=opened.now)
    return ids
