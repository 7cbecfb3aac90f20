"""The log of readings: who read exact points or texts, or took along what points at persons, and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from hotspots.access.rights import Actor, Right, require
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database


@dataclass(frozen=True)
class Access:
    """One reading of points or texts, or one file with what points at persons."""

    at: datetime
    actor: str
    organisation: str
    right_used: str
    hotspot_id: str | None
    report_count: int
    taken_as: str | None  # the kind of file that left the house; None: read on the spot


def log_access(
    connection: Connection,
    *,
    actor: Actor,
    right: Right,
    report_count: int,
    now: datetime,
    hotspot_id: str | None = None,
    taken_as: str | None = None,
) -> None:
    """Record that someone reads points or texts, or takes a file along, before they are given."""
    connection.execute(
        insert(access_log).values(
            at=now,
            actor_id=actor.id,
            actor=actor.name,
            organisation=actor.organisation,
            right_used=str(right),
            hotspot_id=hotspot_id,
            report_count=report_count,
            taken_as=taken_as,
        )
    )


def read_access_log(
    database: Database, *, actor: Actor, offset: int = 0, limit: int | None = None
) -> list[Access]:
    """Who read points and texts, latest first.

    Raises
    ------
    ForbiddenError
        If the actor is not the privacy officer.
    """
    require(actor, Right.READ_ACCESS_LOG, None)
    query = select(
        access_log.c.at,
        access_log.c.actor,
        access_log.c.organisation,
        access_log.c.right_used,
        access_log.c.hotspot_id,
        access_log.c.report_count,
        access_log.c.taken_as,
    ).order_by(access_log.c.id.desc())
    with database.reading() as connection:
        return [Access(*row) for row in connection.execute(query.offset(offset).limit(limit))]


def count_access(database: Database) -> int:
    """How many readings of points and texts there were."""
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(access_log)).scalar_one()
