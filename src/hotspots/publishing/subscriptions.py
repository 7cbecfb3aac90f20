"""Which mails people want, and the mails about a new week that were sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Update, and_, delete, func, insert, or_, select, update

from hotspots.access.people import find_account, read_people
from hotspots.access.rights import Actor, Right, reachable_gebieden
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, ForbiddenError, NotFoundError
from hotspots.settings import is_address
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import mails, subscriptions
from hotspots.store.database import Database

NEVER_AGAIN = 1_000_000
"""The number of attempts of a mail that must not be tried again: more than anyone configures."""

UNSUBSCRIBE = "unsubscribe"
"""Purpose of the token in an unsubscribe link."""

DIGEST_WEEKS = 4
"""Weeks per mail for those who do not want one each week."""


class Every(StrEnum):
    """How often at most one gets a mail of what changes."""

    DAY = "dag"
    WEEK = "week"


class MailKind(StrEnum):
    """What a mail tells of, and so which one its link ends."""

    WEEKS = "weken"
    ASSIGNED = "toewijzing"
    FOLLOWED = "volgen"


@dataclass(frozen=True)
class Subscription:
    """The mails that a person wants."""

    address: str
    gebieden: Sequence[str] | None = None  # None: all areas of the person
    every_weeks: int = 1
    wants_weeks: bool = True  # to be told of a new week
    wants_assigned: bool = False  # … of what is assigned to the person, once a day at most
    followed_every: Every | None = None  # … of what changes where the person follows; None: not

    @property
    def is_nothing(self) -> bool:
        """Whether no mail is wanted."""
        return not (self.wants_weeks or self.wants_assigned or self.followed_every)


@dataclass(frozen=True)
class DueMail:
    """A mail to be sent."""

    subscription_id: str
    address: str
    gebieden: Sequence[str] | None  # the chosen areas, or those of the person; None: all
    weeks: int = 1  # number of weeks it is about


def subscribe(
    database: Database, *, name: str, address: str, now: datetime, wants_assigned: bool = False
) -> None:
    """Subscribe a person to the mail about each new week; a new address replaces the earlier one.

    What the person chose besides stays as it is; `wants_assigned` adds the mail of what is assigned.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If it is no mail address.
    """
    _checked(Subscription(address))
    with database.writing() as connection:
        user_id = find_account(connection, name).id
        before = _read(connection, user_id) or Subscription(address)
        asked = before.wants_assigned or wants_assigned
        wanted = replace(before, address=address, wants_weeks=True, wants_assigned=asked)
        _write(connection, user_id, wanted, now)
        add_line(connection, MANAGING, now=now)


def unsubscribe(database: Database, *, name: str, now: datetime) -> None:
    """Unsubscribe a person, and remove the mail address.

    Raises
    ------
    NotFoundError
        If there is no such account, or it gets no mail.
    """
    with database.writing() as connection:
        user_id = find_account(connection, name).id
        ended = connection.execute(delete(subscriptions).where(subscriptions.c.user_id == user_id))
        if ended.rowcount == 0:
            raise NotFoundError(f"'{name}' gets no mail")
        add_line(connection, MANAGING, now=now)


def read_own_subscription(connection: Connection, *, actor: Actor) -> Subscription | None:
    """Read the actor's own subscription; None if there is none."""
    return _read(connection, actor.id)


def _read(connection: Connection, user_id: str) -> Subscription | None:
    row = connection.execute(
        select(subscriptions).where(subscriptions.c.user_id == user_id, subscriptions.c.ended_at.is_(None))
    ).first()
    if row is None:
        return None
    return Subscription(
        row.address,
        row.gebieden,
        row.every_weeks,
        wants_weeks=row.wants_weeks,
        wants_assigned=row.assigned_since is not None,
        followed_every=None if row.followed_since is None else Every(row.followed_every),
    )


def set_own_subscription(
    database: Database, *, actor: Actor, wanted: Subscription | None, now: datetime
) -> None:
    """Set the actor's own subscription; None ends it and removes the address.

    Raises
    ------
    ForbiddenError
        If the actor is a machine, or names a gebied that the actor may not read.
    AccountError
        If it is no mail address.
    """
    reach = reachable_gebieden(actor, Right.READ_HOTSPOTS)
    if actor.is_machine:
        raise ForbiddenError(f"'{actor.name}' is a machine, and wanted mail")
    if wanted is not None:
        _checked(wanted)
        elsewhere = [] if reach is None else sorted(set(wanted.gebieden or ()) - reach)
        if elsewhere:
            raise ForbiddenError(f"'{actor.name}' wanted mail about '{elsewhere[0]}'")
    with database.writing() as connection:
        if wanted is None or wanted.is_nothing:
            connection.execute(delete(subscriptions).where(subscriptions.c.user_id == actor.id))
        else:
            _write(connection, actor.id, wanted, now)
        add_line(connection, MANAGING, now=now)


def _checked(wanted: Subscription) -> Subscription:
    if not is_address(wanted.address):
        raise AccountError(f"wanted a mail address such as 'naam@example.org', found {wanted.address[:80]!r}")
    return wanted


def _write(connection: Connection, user_id: str, wanted: Subscription, now: datetime) -> None:
    own = subscriptions.c.user_id == user_id
    before = connection.execute(
        select(subscriptions.c.assigned_since, subscriptions.c.followed_since).where(
            own, subscriptions.c.ended_at.is_(None)
        )
    ).first()
    assigned, followed = (before.assigned_since, before.followed_since) if before else (None, None)
    choice = {
        "gebieden": None if wanted.gebieden is None else sorted(wanted.gebieden),
        "every_weeks": wanted.every_weeks,
        "wants_weeks": wanted.wants_weeks,
        # what came before somebody asked is no news
        "assigned_since": (assigned or now) if wanted.wants_assigned else None,
        "followed_since": (followed or now) if wanted.followed_every else None,
        "followed_every": str(wanted.followed_every or Every.DAY),
    }
    same = (own, subscriptions.c.address == wanted.address, subscriptions.c.ended_at.is_(None))
    if connection.execute(update(subscriptions).where(*same).values(choice)).rowcount:
        return
    # a new id for a new address: unsubscribe links in mails to the old one must not end this one
    connection.execute(delete(subscriptions).where(own))
    values = {"id": str(uuid4()), "user_id": user_id, "address": wanted.address, "created_at": now}
    connection.execute(insert(subscriptions).values(values | choice))


def unsubscribe_by_link(database: Database, key: SigningKey, token: str, *, now: datetime) -> MailKind:
    """Unsubscribe the person to whom this link was sent from mails of its kind, and give that.

    Repeating it changes nothing.

    Raises
    ------
    NotFoundError
        If the link was not made by this service.
    """
    parts = key.read(UNSUBSCRIBE, token)
    if parts is None or len(parts) not in (1, 2):
        raise NotFoundError("wanted a link from a mail of this service, found another")
    kind = MailKind(parts[1]) if len(parts) == 2 else MailKind.WEEKS
    with database.writing() as connection:
        add_line(connection, MANAGING, now=now)
        chosen = (subscriptions.c.id == str(UUID(parts[0])), subscriptions.c.ended_at.is_(None))
        connection.execute(update(subscriptions).where(*chosen).values(_ENDING[kind]))
        is_nothing = and_(
            ~subscriptions.c.wants_weeks,
            subscriptions.c.assigned_since.is_(None),
            subscriptions.c.followed_since.is_(None),
        )
        connection.execute(update(subscriptions).where(*chosen, is_nothing).values(ended_at=now))
    return kind


_ENDING: Mapping[MailKind, Mapping[str, Any]] = {
    MailKind.WEEKS: {"wants_weeks": False},
    MailKind.ASSIGNED: {"assigned_since": None},
    MailKind.FOLLOWED: {"followed_since": None},
}


def due_mails(connection: Connection, peildatum: date, *, attempts: int) -> list[DueMail]:
    """Give the mails about a week that were not sent yet nor tried `attempts` times, by subscription.

    Those who want one mail about several weeks get it when that many have passed since the last.
    """
    query = (
        select(subscriptions)
        .outerjoin(mails, (mails.c.subscription_id == subscriptions.c.id) & (mails.c.peildatum == peildatum))
        .where(
            subscriptions.c.ended_at.is_(None),
            subscriptions.c.wants_weeks,
            or_(mails.c.attempts.is_(None), mails.c.sent_at.is_(None) & (mails.c.attempts < attempts)),
        )
        .order_by(subscriptions.c.id)
    )
    people = {person.actor.id: person.actor for person in read_people(connection)}
    last_sent = dict(
        connection.execute(
            select(mails.c.subscription_id, func.max(mails.c.peildatum))
            .where(mails.c.sent_at.is_not(None), mails.c.peildatum < peildatum)
            .group_by(mails.c.subscription_id)
        ).all()
    )
    due = []
    for row in connection.execute(query):
        last = last_sent.get(row.id)
        is_early = last is not None and peildatum - last < timedelta(weeks=row.every_weeks)
        if row.user_id not in people or is_early:
            continue
        reach = reachable_gebieden(people[row.user_id], Right.READ_HOTSPOTS)
        if reach is None or reach:
            chosen = set(row.gebieden or ())
            # if none of the chosen areas is the person's any more, take all areas
            own = chosen if reach is None else chosen & reach or reach
            gebieden = sorted(own) if own else None
            due.append(DueMail(row.id, row.address, gebieden, row.every_weeks))
    return due


def begin_mail(connection: Connection, mail: DueMail, peildatum: date, *, now: datetime) -> int:
    """Count an attempt beforehand, so that a mail that kills the job is not tried for ever.

    Gives the number of the attempt, from 1.
    """
    counting = _changed(mail, peildatum).values(attempts=mails.c.attempts + 1, tried_at=now)
    counted = connection.execute(counting.returning(mails.c.attempts)).scalar()
    if counted is not None:
        return int(counted)
    values = {"subscription_id": mail.subscription_id, "peildatum": peildatum}
    connection.execute(insert(mails).values(values | {"attempts": 1, "tried_at": now}))
    return 1


def end_mail(
    connection: Connection,
    mail: DueMail,
    peildatum: date,
    *,
    now: datetime,
    problem: str | None,
    is_over: bool,
) -> None:
    """Record the result of an attempt, with the problem if the server refused.

    A mail is not sent again if it had no problem, or `is_over`.
    """
    ending: dict[str, object] = {"sent_at": now if problem is None else None, "problem": problem}
    if is_over:
        ending["attempts"] = NEVER_AGAIN
    connection.execute(_changed(mail, peildatum).values(ending))


def _changed(mail: DueMail, peildatum: date) -> Update:
    here = (mails.c.subscription_id == mail.subscription_id, mails.c.peildatum == peildatum)
    return update(mails).where(*here)
