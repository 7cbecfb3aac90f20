"""What people are told by mail beside the week: what was assigned to them, what changes where they follow.

One mail of a kind per person and day at most. Who gets it, and what of it, is decided when it is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Update, and_, func, insert, or_, select, update

from hotspots.access.people import read_people
from hotspots.access.rights import Actor, Right, may, visibility_of
from hotspots.publishing.subscriptions import NEVER_AGAIN, Every, MailKind
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, notices, subscriptions
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.listed import DONE
from hotspots.tracking.selection import Selection

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DueNotice:
    """A mail that may be due: whether there is anything to tell is seen when it is sent."""

    subscription_id: str
    user_id: str
    address: str
    kind: MailKind
    day: date
    since: datetime  # of what came from this moment on, before `until`
    until: datetime


@dataclass(frozen=True)
class Told:
    """One place in a mail."""

    number: str
    name: str | None  # None where it may point at a person: a mail may be read by others
    what: Sequence[str] = ()


def due_notices(
    connection: Connection, kind: MailKind, *, day: date, now: datetime, attempts: int
) -> list[DueNotice]:
    """Give the mails of a kind that were not sent this local day nor tried `attempts` times, by subscription.

    Who wants one a week gets the next when a week has passed since the last.
    """
    since = {
        MailKind.ASSIGNED: subscriptions.c.assigned_since,
        MailKind.FOLLOWED: subscriptions.c.followed_since,
    }[kind]
    here = and_(notices.c.subscription_id == subscriptions.c.id, notices.c.kind == str(kind))
    last = (
        select(notices.c.subscription_id, func.max(notices.c.until).label("until"))
        .add_columns(func.max(notices.c.day).label("day"))
        .where(notices.c.kind == str(kind), notices.c.sent_at.is_not(None))
        .group_by(notices.c.subscription_id)
        .subquery()
    )
    query = (
        select(subscriptions, since.label("since"), last.c.until, last.c.day)
        .outerjoin(notices, here & (notices.c.day == day))
        .outerjoin(last, last.c.subscription_id == subscriptions.c.id)
        .where(
            subscriptions.c.ended_at.is_(None),
            since.is_not(None),
            or_(notices.c.attempts.is_(None), notices.c.sent_at.is_(None) & (notices.c.attempts < attempts)),
        )
        .order_by(subscriptions.c.id)
    )
    due = []
    for row in connection.execute(query):
        is_weekly = kind is MailKind.FOLLOWED and row.followed_every == Every.WEEK
        if is_weekly and row.day is not None and day - row.day < WEEK:
            continue
        begin = row.since if row.until is None else max(row.since, row.until)
        due.append(DueNotice(row.id, row.user_id, row.address, kind, day, begin, now))
    return due


def reader_of_notice(connection: Connection, notice: DueNotice) -> Actor | None:
    """Who gets a mail, with the rights of this moment; None if nobody does any more.

    Nobody does who is blocked, waits to be let in, or ended the mail.
    """
    wanted = {
        MailKind.ASSIGNED: subscriptions.c.assigned_since,
        MailKind.FOLLOWED: subscriptions.c.followed_since,
    }[notice.kind]
    still = select(subscriptions.c.user_id).where(
        subscriptions.c.id == notice.subscription_id, subscriptions.c.ended_at.is_(None), wanted.is_not(None)
    )
    user_id = connection.execute(still).scalar()
    people = [] if user_id is None else read_people(connection, [user_id])
    return people[0].actor if people else None


def read_assigned(
    connection: Connection, settings: Settings, actor: Actor, *, since: datetime, until: datetime
) -> list[Told]:
    """Read what others assigned to somebody, or to the organisation, in a period, and is so still.

    Only of open cases that the person may read now.
    """
    to_organisation = and_(
        hotspots.c.assigned_to.is_(None), hotspots.c.assigned_organisation == (actor.organisation or None)
    )
    query = (
        select(hotspots.c.id)
        .join(hotspot_events, hotspot_events.c.hotspot_id == hotspots.c.id)
        .where(
            or_(hotspots.c.assigned_user_id == actor.id, to_organisation),
            hotspots.c.status.not_in([str(status) for status in DONE]),
            hotspot_events.c.kind == "toewijzen",
            hotspot_events.c.actor_id != actor.id,
            hotspot_events.c.at >= since,
            hotspot_events.c.at < until,
        )
        .distinct()
    )
    return tell(connection, settings, actor, dict.fromkeys(connection.execute(query).scalars(), ()))


def tell(
    connection: Connection, settings: Settings, actor: Actor, what: dict[str, Sequence[str]]
) -> list[Told]:
    """Say of hotspots, by id, what there is to tell, as far as somebody may read their cases; by number."""
    if not what:
        return []
    selection = Selection(visibility_of(actor), ids=list(what))
    known = read_hotspots(connection, settings, selection)
    pointing = select(hotspots.c.id).where(hotspots.c.id.in_(list(what)), hotspots.c.points_at_persons)
    at_persons = set(connection.execute(pointing).scalars())
    return sorted(
        (
            Told(spot.nummer, None if spot.id in at_persons else spot.naam, what[spot.id])
            for spot in known
            if may(actor, Right.READ_CASES, spot.gebied)
        ),
        key=lambda told: told.number,
    )


def begin_notice(connection: Connection, notice: DueNotice, *, now: datetime) -> int:
    """Count an attempt beforehand, so that a mail that kills the job is not tried for ever; from 1."""
    counting = _changed(notice).values(attempts=notices.c.attempts + 1, tried_at=now, until=notice.until)
    counted = connection.execute(counting.returning(notices.c.attempts)).scalar()
    if counted is not None:
        return int(counted)
    values = {"subscription_id": notice.subscription_id, "kind": str(notice.kind), "day": notice.day}
    rest = {"until": notice.until, "attempts": 1, "tried_at": now}
    connection.execute(insert(notices).values(values | rest))
    return 1


def end_notice(
    connection: Connection, notice: DueNotice, *, now: datetime, problem: str | None, is_over: bool
) -> None:
    """Record the result of an attempt; it is not made again this day without a problem, or if `is_over`."""
    ending: dict[str, object] = {"sent_at": now if problem is None else None, "problem": problem}
    if is_over:
        ending["attempts"] = NEVER_AGAIN
    connection.execute(_changed(notice).values(ending))


def _changed(notice: DueNotice) -> Update:
    return update(notices).where(
        notices.c.subscription_id == notice.subscription_id,
        notices.c.kind == str(notice.kind),
        notices.c.day == notice.day,
    )
