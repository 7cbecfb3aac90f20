"""The people who may sign in now, as actors: for what is asked on their behalf while they are away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from hotspots.access.rights import Actor, Right, Role, is_held
from hotspots.errors import NotFoundError
from hotspots.store.case_tables import users


@dataclass(frozen=True)
class Person:
    """Someone who may sign in, with the rights of this moment."""

    login: str
    actor: Actor


def read_people(connection: Connection, ids: Sequence[str] | None = None) -> list[Person]:
    """Read who may sign in, by full name; all, or those with these ids.

    Who is blocked, or waits for a second person to be let in, is not among them.
    """
    query = select(users).where(~users.c.is_disabled).order_by(users.c.full_name, users.c.name)
    if ids is not None:
        query = query.where(users.c.id.in_(ids))
    return [
        Person(row.name, actor_of_row(row)) for row in connection.execute(query) if not is_held(row.asked)
    ]


def find_account(connection: Connection, name: str, *, to_change: bool = False) -> Row[Any]:
    """The row of ``users`` of an account by the name to sign in with, whether or not it may sign in now.

    Parameters
    ----------
    to_change
        Whether it stays as it is until this transaction ends.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    query = select(users).where(users.c.name == name.strip().casefold())
    row = connection.execute(query.with_for_update() if to_change else query).first()
    if row is None:
        raise NotFoundError(f"there is no account '{name}'")
    return row


def actor_of_row(row: Any) -> Actor:
    """The actor of a row of ``users``, or of an account, which has the same fields."""
    return Actor(
        id=row.id,
        name=row.full_name,
        role=Role(row.role),
        organisation=row.organisation,
        gebieden=frozenset(row.gebieden),
        granted=frozenset(Right(right) for right in row.granted),
    )
