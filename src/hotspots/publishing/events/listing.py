"""The events of one subscriber as people read them: what came last, what waits, and what was given up.

Who manages events need not know of every place: a place that they may not know of has no number here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from hotspots.access.rights import Visibility
from hotspots.model import EventType
from hotspots.settings import Settings
from hotspots.store.event_tables import events
from hotspots.store.run_tables import hotspots
from hotspots.tracking.selection import visible_now


class EventState(StrEnum):
    """How it stands with an event; the value is that of the database."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class EventLine:
    """One event of a subscriber.

    Attributes
    ----------
    number
        Of the place; None: it is about none, or about one that the reader may not know of.
    is_about_place
        Whether it is about a place.
    """

    id: int
    type: EventType
    number: str | None
    is_about_place: bool
    peildatum: date | None
    at: datetime
    state: EventState
    attempts: int
    due_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None
    problem: str | None


def read_events(
    connection: Connection,
    settings: Settings,
    *,
    subscriber_id: str,
    state: EventState,
    visibility: Visibility,
    offset: int = 0,
    limit: int | None = None,
) -> list[EventLine]:
    """The events of a subscriber in a state: what waits in its order, anything else the last one first."""
    is_waiting = state is EventState.WAITING
    order = (events.c.id,) if is_waiting else (events.c.ended_at.desc(), events.c.id.desc())
    chosen = (
        select(events)
        .where(events.c.subscriber_id == subscriber_id, events.c.state == str(state))
        .order_by(*order)
    )
    rows = connection.execute(chosen.offset(offset).limit(limit)).all()
    ids = {row.hotspot_id for row in rows if row.hotspot_id is not None}
    numbers = _numbers_of(connection, settings, visibility, ids)
    return [
        EventLine(
            id=row.id,
            type=EventType(row.type),
            number=numbers.get(row.hotspot_id),
            is_about_place=row.hotspot_id is not None,
            peildatum=row.peildatum if row.hotspot_id is None else None,
            at=row.at,
            state=EventState(row.state),
            attempts=row.attempts,
            due_at=row.due_at,
            tried_at=row.tried_at,
            ended_at=row.ended_at,
            problem=row.problem,
        )
        for row in rows
    ]


def _numbers_of(
    connection: Connection, settings: Settings, visibility: Visibility, ids: set[str]
) -> Mapping[str, str]:
    visible = visible_now(connection, settings, visibility, hotspots.c.id)
    query = select(hotspots.c.id, hotspots.c.number).where(hotspots.c.id.in_(ids), *visible)
    return {row.id: row.number for row in connection.execute(query)}
