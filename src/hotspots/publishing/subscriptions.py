"""Who is told by mail that there is a new week, and which mails were sent."""

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
"""As many attempts as nobody configures."""

UNSUBSCRIBE = "unsubscribe"
"""Purpose of the token in a link that ends the mails."""

DIGEST_WEEKS = 4
"""Who does not want a mail each week gets one about so many."""


@dataclass(frozen=True)
class Subscription:
    """Which mails a person wants."""

    address: str
    gebieden: Sequence[str] | None = None  # None: all of the person
    every_weeks: int = 1


@dataclass(frozen=True)
class DueMail:
    """A mail that is to be sent."""

    subscription_id: str
    address: str
    gebieden: Sequence[str] | None  # of the person, or those of them that were chosen; None: all
    weeks: int = 1  # that it tells of


def subscribe(database: Database, *, name: str, address: str, now: datetime) -> None:
    """Tell a person by mail of each new week; another address replaces the earlier one.

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
    """Forget the mail address of a person.

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
    """The mails that someone gets; None for none."""
    row = connection.execute(
        select(subscriptions).where(subscriptions.c.user_id == actor.id, subscriptions.c.ended_at.is_(None))
    ).first()
    return None if row is None else Subscription(row.address, row.gebieden, row.every_weeks)


def set_own_subscription(
    database: Database, *, actor: Actor, wanted: Subscription | None, now: datetime
) -> None:
    """Choose one's own mails, or no more of them: the address is then forgotten.

    Raises
    ------
    ForbiddenError
        If it is no person, or names a gebied that this person may not read.
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
        raise AccountError(f"wanted a mail address such as 'naam@example.org', found '{wanted.address[:80]}'")
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
    # a new id for a new address: the way out in mails to the old one ends nothing of this
    connection.execute(delete(subscriptions).where(own))
    values = {"id": str(uuid4()), "user_id": user_id, "address": wanted.address, "created_at": now}
    connection.execute(insert(subscriptions).values(values | choice))


def unsubscribe_by_link(database: Database, key: SigningKey, token: str, *, now: datetime) -> None:
    """End the mails of whom this link was sent to; repeating it changes nothing.

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
    """The mails about a week that are not sent yet, nor tried so many times; by subscription.

    Who wants one about several weeks gets it when so many have passed since the last.
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
    found = []
    for row in connection.execute(query).mappings():
        last = last_sent.get(row["id"])
        if last is not None and peildatum - last < timedelta(weeks=row["every_weeks"]):
            continue
        person = (row["id_1"], row["full_name"], Role(row["role"]), row["organisation"])
        reach = reachable_gebieden(Actor(*person, frozenset(row["gebieden"])), Right.READ_HOTSPOTS)
        if reach is None or reach:
            chosen = set(row["chosen"] or ())
            # what was chosen and is no longer one's own says nothing: all of them then
            own = chosen if reach is None else chosen & reach or reach
            gebieden = sorted(own) if own else None
            found.append(DueMail(row["id"], row["address"], gebieden, row["every_weeks"]))
    return found


def begin_mail(connection: Connection, mail: DueMail, peildatum: date, *, now: datetime) -> int:
    """Count an attempt before it is made, so that a mail that kills the job is not tried for ever.

    Gives which attempt it is, from 1.
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
    """Record how an attempt ended, with what the server said if it refused.

    A mail without a problem is never sent again, nor is one that `is_over`.
    """
    ending: dict[str, object] = {"sent_at": now if problem is None else None, "problem": problem}
    if is_over:
        ending["attempts"] = NEVER_AGAIN
    connection.execute(_changed(mail, peildatum).values(ending))


def _changed(mail: DueMail, peildatum: date) -> Update:
    here = (mails.c.subscription_id == mail.subscription_id, mails.c.peildatum == peildatum)
    return update(mails).where(*here)


def _user_id(connection: Connection, name: str) -> str:
    found: str | None = connection.execute(
        select(users.c.id).where(users.c.name == name.strip().casefold())
    ).scalar()
    if found is None:
        raise NotFoundError(f"there is no account '{name}'")
    return found
