"""What is to be sent to a subscriber now, how it went, and what was given up: dead letters.

Events of one hotspot go in order: the next one waits until the one before it was taken, or given up. Then
later ones go on: each says only that there is something to read, and its links lead to how it is now. A
letter that is sent again keeps its id and its place in the order of what still waits.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, over, select, update

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.model import EventType
from hotspots.publishing.events.message import Message
from hotspots.publishing.events.subscriber import Subscriber, find_subscriber
from hotspots.settings import EventsSettings, Settings
from hotspots.store.batches import in_batches, is_among
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers, events
from hotspots.store.run_tables import hotspots
from hotspots.tracking.selection import Selection, select_states

AT_A_TIME = 400
"""How many events are taken from the database together; only these can come twice if it is killed."""

OF_ONE_AT_A_TIME = 25
"""How many of them may be of one hotspot."""

LONGEST_PAUSE, LONGEST_REST = timedelta(days=14), timedelta(days=1)
"""The longest that the settings permit, with jitter: a later moment is from before the clock was set back."""

GONE = 410
"""410 Gone (RFC 9110, 15.5.11): the event is not tried again."""


@dataclass(frozen=True)
class Due:
    """An event that is to be sent now."""

    id: int
    message: Message
    attempts: int  # made before


@dataclass(frozen=True)
class Result:
    """How an attempt went."""

    due: Due
    status: int  # 0: there was no answer
    problem: str | None  # None: it was taken
    retry_after_s: float = 0  # as it asked


@dataclass(frozen=True)
class DeadLetter:
    """An event that was given up."""

    id: int
    subscriber_id: str
    subscriber: str
    event_id: str
    type: EventType
    nummer: str | None
    peildatum: date | None
    at: datetime
    attempts: int
    ended_at: datetime
    problem: str | None


def subscribers_with_work(connection: Connection, *, now: datetime) -> list[str]:
    """The ids of subscribers to whom something is to be sent now."""
    table = event_subscribers
    waiting = select(events.c.id).where(
        events.c.subscriber_id == table.c.id,
        events.c.state == "waiting",
        or_(_needs_no_wait(now), events.c.due_at <= now),
    )
    rest = table.c.rests_until
    is_awake = or_(rest.is_(None), rest <= now, rest > now + LONGEST_REST)
    query = select(table.c.id).where(~table.c.is_paused, is_awake, waiting.exists())
    return list(connection.execute(query.order_by(table.c.id)).scalars())


def read_due(connection: Connection, subscriber: Subscriber, *, now: datetime) -> list[Due]:
    """What is to be sent to a subscriber now, in order, a part at a time."""
    rest = subscriber.rests_until
    if subscriber.is_paused or (rest is not None and now < rest <= now + LONGEST_REST):
        return []
    of_one: dict[str, Any] = {"partition_by": events.c.hotspot_id, "order_by": events.c.id}
    place = over(func.row_number(), **of_one)
    # the latest moment of it and those before it, which go first
    due_at = case((_needs_no_wait(now), None), else_=events.c.due_at)
    ready_at = over(func.max(due_at, type_=events.c.due_at.type), **of_one)
    waiting = (
        select(*events.c, place.label("place"), ready_at.label("ready_at"))
        .where(events.c.subscriber_id == subscriber.id, events.c.state == "waiting")
        .subquery()
    )
    query = (
        select(waiting, hotspots.c.number)
        .outerjoin(hotspots, hotspots.c.id == waiting.c.hotspot_id)
        .where(
            waiting.c.place <= OF_ONE_AT_A_TIME,
            or_(waiting.c.ready_at.is_(None), waiting.c.ready_at <= now),
        )
        .order_by(waiting.c.id)
        .limit(AT_A_TIME)
    )
    return [
        Due(
            row.id,
            Message(
                row.event_id,
                row.type,
                row.at,
                row.id,
                row.hotspot_id,
                row.number,
                row.peildatum if row.hotspot_id is None else None,
            ),
            row.attempts,
        )
        for row in connection.execute(query)
    ]


def hidden_of(
    connection: Connection, settings: Settings, subscriber: Subscriber, due: Sequence[Due]
) -> list[Due]:
    """Those of which the subscriber may not know any more, as when a place came to point at persons."""
    refused = {one.id for one in due if one.message.type not in subscriber.types}
    if subscriber.visibility.is_everything:
        return [one for one in due if one.id in refused]
    ids = sorted({one.message.hotspot_id for one in due if one.message.hotspot_id is not None})
    query = select_states(connection, settings, Selection(subscriber.visibility, ids=ids))
    visible = {row.hotspot_id for row in connection.execute(query)}
    return [
        one
        for one in due
        if one.id in refused or (one.message.hotspot_id is not None and one.message.hotspot_id not in visible)
    ]


def withhold(connection: Connection, due: Sequence[Due], *, now: datetime) -> None:
    """Send these never: their subscriber may not know of them."""
    _end(connection, [one.id for one in due], "withheld", now)


def record_results(
    connection: Connection,
    settings: EventsSettings,
    subscriber: Subscriber,
    results: Sequence[Result],
    *,
    now: datetime,
    is_silent: bool,
    random: Callable[[], float],
) -> None:
    """Keep how attempts went, and when each is made again; after the last pause it is a dead letter.

    Parameters
    ----------
    is_silent
        Whether the subscriber gave no answer to several in a row: then it rests as a whole.
    random
        Gives a number from 0 to 1, for the jitter.
    """
    taken = [one.due.id for one in results if one.problem is None]
    _end(connection, taken, "sent", now, attempts=events.c.attempts + 1, tried_at=now, problem=None)
    for one in results:
        if one.problem is None:
            continue
        attempts = one.due.attempts + 1
        values: dict[str, Any] = {"attempts": attempts, "tried_at": now, "problem": one.problem}
        if one.status == GONE or attempts > len(settings.pauses_s):
            values |= {"state": "dead", "ended_at": now}
        else:
            pause = settings.pauses_s[attempts - 1] * (1 + settings.jitter * random())
            pause = max(pause, min(one.retry_after_s, settings.longest_rest_s))
            values["due_at"] = now + timedelta(seconds=pause)
        connection.execute(update(events).where(events.c.id == one.due.id).values(values))
    if results:
        _note(connection, settings, subscriber, results, now=now, is_silent=is_silent)


def read_dead(
    connection: Connection, *, subscriber_id: str | None = None, offset: int = 0, limit: int | None = None
) -> list[DeadLetter]:
    """What was given up, the last one first; of all subscribers, or one."""
    query = (
        select(events, hotspots.c.number, event_subscribers.c.name)
        .join(event_subscribers, event_subscribers.c.id == events.c.subscriber_id)
        .outerjoin(hotspots, hotspots.c.id == events.c.hotspot_id)
        .where(*_are_dead(subscriber_id))
        .order_by(events.c.ended_at.desc(), events.c.id.desc())
    )
    return [
        DeadLetter(
            id=row.id,
            subscriber_id=row.subscriber_id,
            subscriber=row.name,
            event_id=row.event_id,
            type=EventType(row.type),
            nummer=row.number,
            peildatum=row.peildatum if row.hotspot_id is None else None,
            at=row.at,
            attempts=row.attempts,
            ended_at=row.ended_at,
            problem=row.problem,
        )
        for row in connection.execute(query.offset(offset).limit(limit))
    ]


def count_dead(connection: Connection, *, subscriber_id: str | None = None) -> int:
    """How many were given up."""
    query: Select[Any] = select(func.count()).select_from(events).where(*_are_dead(subscriber_id))
    return int(connection.execute(query).scalar_one())


def send_again(
    database: Database,
    *,
    ids: Collection[int] | None = None,
    subscriber_id: str | None = None,
    by: Actor | None,
    now: datetime,
) -> int:
    """Have dead letters sent again, as if they were not tried before; gives how many.

    Parameters
    ----------
    ids
        The numbers of these letters. None: all, or all of one subscriber.

    Raises
    ------
    NotFoundError
        If there is no such subscriber.
    """
    with database.writing() as connection:
        about = "alle" if subscriber_id is None else find_subscriber(connection, subscriber_id).name
        again = {"state": "waiting", "attempts": 0, "due_at": now, "ended_at": None}
        chosen = update(events).where(*_are_dead(subscriber_id)).values(again)
        if ids is None:
            count = connection.execute(chosen).rowcount
        else:
            parts = in_batches(sorted(ids))
            count = sum(
                connection.execute(chosen.where(is_among(connection, events.c.id, part))).rowcount
                for part in parts
            )
        if count:
            after = {"opnieuw verzonden": count}
            record_change(connection, kind=Kind.EVENTS, about=about, by=by, at=now, after=after)
    return count


def _needs_no_wait(now: datetime) -> ColumnElement[bool]:
    """Whether an event needs not wait, whatever the clock said when it was made."""
    return or_(events.c.attempts == 0, events.c.due_at > now + LONGEST_PAUSE)


def _are_dead(subscriber_id: str | None) -> list[ColumnElement[bool]]:
    # of each subscriber, as the index has them
    every = select(event_subscribers.c.id)
    of_one = (
        events.c.subscriber_id.in_(every)
        if subscriber_id is None
        else events.c.subscriber_id == subscriber_id
    )
    return [events.c.state == "dead", of_one]


def _end(connection: Connection, ids: Sequence[int], state: str, now: datetime, **values: Any) -> None:
    if ids:
        ended = update(events).values(state=state, ended_at=now, **values)
        connection.execute(ended.where(is_among(connection, events.c.id, ids)))


def _note(
    connection: Connection,
    settings: EventsSettings,
    subscriber: Subscriber,
    results: Sequence[Result],
    *,
    now: datetime,
    is_silent: bool,
) -> None:
    """Keep how the subscriber as a whole does: whether it takes what is sent, and how long it rests."""
    problems = [one.problem for one in results if one.problem is not None]
    asked = max(one.retry_after_s for one in results)
    values: dict[str, Any] = {"rests_until": None, "problem": problems[-1] if problems else None}
    if len(problems) < len(results):
        values |= {"answered_at": now, "failing_since": None}
    else:
        since = subscriber.failing_since or now
        values["failing_since"] = since
        if is_silent:
            # a tenth of how long that lasts already: a short while is noticed soon, a long one costs little
            asked = max(asked, settings.pauses_s[0], (now - since).total_seconds() / 10)
    if asked:
        values["rests_until"] = now + timedelta(seconds=min(asked, settings.longest_rest_s))
    chosen = update(event_subscribers).where(event_subscribers.c.id == subscriber.id)
    connection.execute(chosen.values(values))
