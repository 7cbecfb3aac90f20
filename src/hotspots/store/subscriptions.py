"""Who is told by mail that there is a new week, and which mails were sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, insert, or_, select, update

from hotspots.errors import AccountError, NotFoundError
from hotspots.mail_address import is_address
from hotspots.mailing import UNSUBSCRIBE
from hotspots.rights import Actor, Right, Role, reachable_gebieden
from hotspots.signing import SigningKey
from hotspots.store.database import Database
from hotspots.store.workflow_tables import mails, subscriptions, users

NEVER_AGAIN = 1_000_000
"""As many attempts as nobody configures."""


@dataclass(frozen=True)
class DueMail:
    """A mail that is to be sent."""

    subscription_id: str
    address: str
    gebieden: Sequence[str] | None  # of the person; None: all


def subscribe(database: Database, *, name: str, address: str, now: datetime) -> None:
    """Tell a person by mail of each new week; another address replaces the earlier one.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If it is no mail address.
    """
    if not is_address(address):
        raise AccountError(f"wanted a mail address such as 'naam@example.org', found '{address[:80]}'")
    with database.writing() as connection:
        user_id = _user_id(connection, name)
        connection.execute(delete(subscriptions).where(subscriptions.c.user_id == user_id))
        values = {"id": str(uuid4()), "user_id": user_id, "address": address, "created_at": now}
        connection.execute(insert(subscriptions).values(values))


def unsubscribe(database: Database, *, name: str) -> None:
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
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.id == str(UUID(parts[0])), subscriptions.c.ended_at.is_(None))
            .values(ended_at=now)
        )


def due_mails(connection: Connection, peildatum: date, *, attempts: int) -> list[DueMail]:
    """The mails about a week that are not sent yet, nor tried too often; by subscription.

    Parameters
    ----------
    attempts
        How often a mail is tried at most.
    """
    query = (
        select(subscriptions.c.id, subscriptions.c.address, users)
        .join(users, users.c.id == subscriptions.c.user_id)
        .outerjoin(mails, (mails.c.subscription_id == subscriptions.c.id) & (mails.c.peildatum == peildatum))
        .where(
            subscriptions.c.ended_at.is_(None),
            users.c.is_disabled.is_(False),
            or_(mails.c.attempts.is_(None), mails.c.sent_at.is_(None) & (mails.c.attempts < attempts)),
        )
        .order_by(subscriptions.c.id)
    )
    found = []
    for row in connection.execute(query).mappings():
        actor = Actor(
            row["id_1"],
            row["full_name"],
            Role(row["role"]),
            row["organisation"],
            frozenset(row["gebieden"]),
        )
        reach = reachable_gebieden(actor, Right.READ_HOTSPOTS)
        if reach is None or reach:
            gebieden = None if reach is None else sorted(reach)
            found.append(DueMail(row["id"], row["address"], gebieden))
    return found


def begin_mail(connection: Connection, mail: DueMail, peildatum: date, *, now: datetime) -> int:
    """Count an attempt, before it is made: a mail that makes the job die is not tried for ever.

    Returns
    -------
    int
        Which attempt it is, from 1.
    """
    here = (mails.c.subscription_id == mail.subscription_id, mails.c.peildatum == peildatum)
    counted = connection.execute(
        update(mails)
        .where(*here)
        .values(attempts=mails.c.attempts + 1, tried_at=now)
        .returning(mails.c.attempts)
    ).scalar()
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
    """Record how an attempt ended; without a problem the mail is never sent again.

    Parameters
    ----------
    problem
        What the server said, if it refused.
    is_over
        Whether it is not to be tried again all the same.
    """
    ending: dict[str, object] = {"sent_at": now if problem is None else None, "problem": problem}
    if is_over:
        ending["attempts"] = NEVER_AGAIN
    connection.execute(
        update(mails)
        .where(mails.c.subscription_id == mail.subscription_id, mails.c.peildatum == peildatum)
        .values(ending)
    )


def _user_id(connection: Connection, name: str) -> str:
    found: str | None = connection.execute(
        select(users.c.id).where(users.c.name == name.strip().casefold())
    ).scalar()
    if found is None:
        raise NotFoundError(f"there is no account '{name}'")
    return found
