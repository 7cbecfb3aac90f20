"""Subscriptions to the mail about a new week, and the mails that were sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, Update, delete, func, insert, or_, select, update

from hotspots.access.rights import Actor, Right, Role, reachable_gebieden
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, ForbiddenError, NotFoundError
from hotspots.settings import is_address
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import mails, subscriptions, users
from hotspots.store.database import Database

NEVER_AGAIN = 1_000_000
"""The number of attempts of a mail that must not be tried again: more than anyone configures."""

UNSUBSCRIBE = "unsubscribe"
"""Purpose of the token in an unsubscribe link."""

DIGEST_WEEKS = 4
"""Weeks per mail for those who do not want one each week."""


@dataclass(frozen=True)
class Subscription:
    """The mails that a person wants."""

    address: str
    gebieden: Sequence[str] | None = None  # None: all areas of the person
    every_weeks: int = 1


@dataclass(frozen=True)
class DueMail:
    """A mail to be sent."""

    subscription_id: str
    address: str
    gebieden: Sequence[str] | None  # the chosen areas, or those of the person; None: all
    weeks: int = 1  # number of weeks it is about


def subscribe(database: Database, *, name: str, address: str, now: datetime) -> None:
    """Subscribe a person to the mail about each new week; a new address replaces the earlier one.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If it is no mail address.
    """
    wanted = _checked(Subscription(address))
    with database.writing() as connection:
        _write(connection, _user_id(connection, name), wanted, now)
        add_line(connection, MANAGING, now=now)


def unsubscribe(database: Database, *, name: str, now: datetime) -> None:
    """Unsubscribe a person, and remove the mail address.

    Raises
    ------
    NotFoundError
        If there is no such account, or it gets no mail.
    """
    with database.writing() as connection:
        user_id = _user_id(connection, name)
        ended = connection.execute(delete(subscriptions).where(subscriptions.c.user_id == user_id))
        if ended.rowcount == 0:
            raise NotFoundError(f"'{name}' gets no mail")
        add_line(connection, MANAGING, now=now)


def read_own_subscription(connection: Connection, *, actor: Actor) -> Subscription | None:
    """Read the actor's own subscription; None if there is none."""
    row = connection.execute(
        select(subscriptions).where(subscriptions.c.user_id == actor.id, subscriptions.c.ended_at.is_(None))
    ).first()
    return None if row is None else Subscription(row.address, row.gebieden, row.every_weeks)


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
        if wanted is None:
            connection.execute(delete(subscriptions).where(subscriptions.c.user_id == actor.id))
        else:
            _write(connection, actor.id, wanted, now)
        add_line(connection, MANAGING, now=now)


def _checked(wanted: Subscription) -> Subscription:
    if not is_address(wanted.address):
        raise AccountError(f"wanted a mail address such as 'naam@example.org', found {wanted.address[:80]!r}")
    return wanted


def _write(connection: Connection, user_id: str, wanted: Subscription, now: datetime) -> None:
    choice = {
        "gebieden": None if wanted.gebieden is None else sorted(wanted.gebieden),
        "every_weeks": wanted.every_weeks,
    }
    own = subscriptions.c.user_id == user_id
    same = (own, subscriptions.c.address == wanted.address, subscriptions.c.ended_at.is_(None))
    if connection.execute(update(subscriptions).where(*same).values(choice)).rowcount:
        return
    # a new id for a new address: unsubscribe links in mails to the old one must not end this one
    connection.execute(delete(subscriptions).where(own))
    values = {"id": str(uuid4()), "user_id": user_id, "address": wanted.address, "created_at": now}
    connection.execute(insert(subscriptions).values(values | choice))


def unsubscribe_by_link(database: Database, key: SigningKey, token: str, *, now: datetime) -> None:
    """Unsubscribe the person to whom this link was sent; repeating it changes nothing.

    Raises
    ------
    NotFoundError
        If the link was not made by this service.
    """
    parts = key.read(UNSUBSCRIBE, token)
    if parts is None or len(parts) != 1:
        raise NotFoundError("wanted a link from a mail of this service, found another")
    with database.writing() as connection:
        add_line(connection, MANAGING, now=now)
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.id == str(UUID(parts[0])), subscriptions.c.ended_at.is_(None))
            .values(ended_at=now)
        )


def due_mails(connection: Connection, peildatum: date, *, attempts: int) -> list[DueMail]:
    """Give the mails about a week that were not sent yet nor tried `attempts` times, by subscription.

    Those who want one mail about several weeks get it when that many have passed since the last.
    """
    query = (
        select(
            subscriptions.c.id,
            subscriptions.c.address,
            subscriptions.c.gebieden.label("chosen"),
            subscriptions.c.every_weeks,
            users,
        )
        .join(users, users.c.id == subscriptions.c.user_id)
        .outerjoin(mails, (mails.c.subscription_id == subscriptions.c.id) & (mails.c.peildatum == peildatum))
        .where(
            subscriptions.c.ended_at.is_(None),
            users.c.is_disabled.is_(False),
            or_(mails.c.attempts.is_(None), mails.c.sent_at.is_(None) & (mails.c.attempts < attempts)),
        )
        .order_by(subscriptions.c.id)
    )
    last_sent = dict(
        connection.execute(
            select(mails.c.subscription_id, func.max(mails.c.peildatum))
            .where(mails.c.sent_at.is_not(None), mails.c.peildatum < peildatum)
            .group_by(mails.c.subscription_id)
        ).all()
    )
    due = []
    for row in connection.execute(query).mappings():
        last = last_sent.get(row["id"])
        if last is not None and peildatum - last < timedelta(weeks=row["every_weeks"]):
            continue
        person = (row["id_1"], row["full_name"], Role(row["role"]), row["organisation"])
        reach = reachable_gebieden(Actor(*person, frozenset(row["gebieden"])), Right.READ_HOTSPOTS)
        if reach is None or reach:
            chosen = set(row["chosen"] or ())
            # if none of the chosen areas is the person's any more, take all areas
            own = chosen if reach is None else chosen & reach or reach
            gebieden = sorted(own) if own else None
            due.append(DueMail(row["id"], row["address"], gebieden, row["every_weeks"]))
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


def _user_id(connection: Connection, name: str) -> str:
    user_id: str | None = connection.execute(
        select(users.c.id).where(users.c.name == name.strip().casefold())
    ).scalar()
    if user_id is None:
        raise NotFoundError(f"there is no account '{name}'")
    return user_id
