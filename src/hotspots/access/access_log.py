"""The log of readings: who read exact points or texts, or took along what points at persons, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select

from hotspots.access.reading_reasons import GivenReason
from hotspots.access.rights import Actor, Right, require
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots


@dataclass(frozen=True)
class Access:
    """One reading of points or texts, or one file with what points at persons."""

    id: int
    at: datetime
    actor_id: str
    actor: str
    organisation: str
    right_used: str
    hotspot_id: str | None
    number: str | None  # of the hotspot
    report_count: int
    taken_as: str | None  # the kind of file that left the house; None: read on the spot
    gebied: str | None  # of the place, at that moment
    own_gebieden: Sequence[str] | None  # of the reader, at that moment
    reason: str | None
    explanation: str | None


@dataclass(frozen=True)
class AccessChoice:
    """Which lines of the log: of a person, a place and a period; None for all."""

    actor_id: str | None = None
    number: str | None = None  # of the hotspot
    since: datetime | None = None
    until: datetime | None = None  # not itself


EVERY_READING = AccessChoice()


def log_access(
    connection: Connection,
    *,
    actor: Actor,
    right: Right,
    report_count: int,
    now: datetime,
    hotspot_id: str | None = None,
    gebied: str | None = None,
    taken_as: str | None = None,
    reason: GivenReason | None = None,
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
            gebied=gebied,
            own_gebieden=sorted(actor.gebieden) if actor.gebieden else None,
            reason=None if reason is None else reason.reason,
            explanation=None if reason is None else reason.explanation or None,
        )
    )


def read_access_log(
    database: Database,
    *,
    actor: Actor,
    choice: AccessChoice = EVERY_READING,
    offset: int = 0,
    limit: int | None = None,
) -> list[Access]:
    """Who read points and texts, latest first.

    Raises
    ------
    ForbiddenError
        If the actor is not the privacy officer.
    """
    require(actor, Right.READ_ACCESS_LOG, None)
    columns = [column for column in access_log.c if column.name != "hotspot_id"]
    query = select(*columns, access_log.c.hotspot_id, hotspots.c.number).outerjoin(
        hotspots, hotspots.c.id == access_log.c.hotspot_id
    )
    chosen = query.where(*_chosen(choice)).order_by(access_log.c.id.desc()).offset(offset).limit(limit)
    with database.reading() as connection:
        return [Access(**row) for row in connection.execute(chosen).mappings()]


def count_access(database: Database, choice: AccessChoice = EVERY_READING) -> int:
    """How many readings of points and texts there were."""
    query = select(func.count()).select_from(access_log.outerjoin(hotspots))
    with database.reading() as connection:
        return connection.execute(query.where(*_chosen(choice))).scalar_one()


def readers_of_log(connection: Connection) -> dict[str, str]:
    """Who stands in the log: the last name of each, by id, in the order of the names."""
    last = select(func.max(access_log.c.id)).group_by(access_log.c.actor_id)
    rows = connection.execute(
        select(access_log.c.actor_id, access_log.c.actor).where(access_log.c.id.in_(last))
    )
    return dict(sorted(((row.actor_id, row.actor) for row in rows), key=lambda pair: (pair[1], pair[0])))


def _chosen(choice: AccessChoice) -> list[ColumnElement[bool]]:
    conditions = []
    if choice.actor_id is not None:
        conditions.append(access_log.c.actor_id == choice.actor_id)
    if choice.number is not None:
        conditions.append(hotspots.c.number == choice.number)
    if choice.since is not None:
        conditions.append(access_log.c.at >= choice.since)
    if choice.until is not None:
        conditions.append(access_log.c.at < choice.until)
    return conditions
