"""Reading what touches persons: exact points and texts of reports; every such reading is logged.

There is no other way to these for users of the service: reading and logging are one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hotspots.access.access_log import log_access
from hotspots.access.rights import Actor, Right
from hotspots.casework.cases import case_for
from hotspots.settings import Settings
from hotspots.store.audit import add_line
from hotspots.store.database import Database
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


def read_points(
    database: Database, settings: Settings, *, actor: Actor, hotspot: str, now: datetime
) -> list[ReportPoint]:
    """The exact points of all reports that a hotspot ever had, oldest first; logged.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was not given this right.
    """
    with database.writing() as connection:
        ids = _reports_of(connection, settings, actor, hotspot, Right.READ_EXACT_POINTS, now)
        add_line(connection, "exacte punten tonen", now=now)
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
        rows = connection.execute(query.order_by(reports.c.reported_at, reports.c.id)).all()
    return [ReportPoint(*row) for row in rows]


def read_texts(
    database: Database, settings: Settings, *, actor: Actor, hotspot: str, now: datetime
) -> list[ReportText]:
    """The texts of all reports that a hotspot ever had, oldest first; logged.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`read_points`.
    """
    with database.writing() as connection:
        ids = _reports_of(connection, settings, actor, hotspot, Right.READ_TEXTS, now)
        add_line(connection, "teksten tonen", now=now)
        query = (
            select(reports.c.id, reports.c.reported_at, reports.c.category, report_texts.c.text)
            .join(report_texts)
            .where(reports.c.id.in_(ids))
        )
        rows = connection.execute(query.order_by(reports.c.reported_at, reports.c.id)).all()
    return [ReportText(*row) for row in rows]


def _reports_of(
    connection: Connection, settings: Settings, actor: Actor, hotspot: str, right: Right, now: datetime
) -> Sequence[int]:
    case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=right)
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .where(hotspot_states.c.hotspot_id == case.hotspot_id)
        .distinct()
    )
    ids = connection.execute(query).scalars().all()
    log_access(
        connection, actor=actor, right=right, report_count=len(ids), now=now, hotspot_id=case.hotspot_id
    )
    return ids
