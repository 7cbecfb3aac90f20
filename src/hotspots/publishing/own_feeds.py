"""The Atom feed of what somebody follows: a signed address, that its owner can end."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from hotspots.access.people import read_people
from hotspots.access.rights import Actor
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import feeds
from hotspots.store.database import Database

FEED = "the feed of what somebody follows"
"""Purpose of the token in the address of a feed."""


def make_feed(database: Database, key: SigningKey, *, actor: Actor, now: datetime) -> str:
    """Make the feed of somebody, and end the address that there was; gives the token of the new address.

    Raises
    ------
    ForbiddenError
        If it is a machine: that asks the API, with its own token.
    """
    if actor.is_machine:
        raise ForbiddenError(f"'{actor.name}' is a machine, and wanted a feed of what it follows")
    new_id = str(uuid4())
    with database.writing() as connection:
        connection.execute(delete(feeds).where(feeds.c.user_id == actor.id))
        connection.execute(insert(feeds).values(id=new_id, user_id=actor.id, created_at=now))
        add_line(connection, MANAGING, now=now)
    return key.sign(FEED, new_id)


def end_feed(database: Database, *, actor: Actor, now: datetime) -> None:
    """End the address of the feed of somebody; repeating it changes nothing."""
    with database.writing() as connection:
        connection.execute(delete(feeds).where(feeds.c.user_id == actor.id))
        add_line(connection, MANAGING, now=now)


def read_feed_token(connection: Connection, key: SigningKey, *, actor: Actor) -> str | None:
    """The token of the address of somebody's feed; None if there is none."""
    found: str | None = connection.execute(select(feeds.c.id).where(feeds.c.user_id == actor.id)).scalar()
    return None if found is None else key.sign(FEED, found)


def reader_of_feed(connection: Connection, key: SigningKey, token: str) -> Actor:
    """Whose feed this is, with the rights of this moment.

    Raises
    ------
    NotFoundError
        If it is no address of this service, was ended, or its owner is not let in any more.
    """
    parts = key.read(FEED, token)
    user_id = None
    if parts is not None and len(parts) == 1:
        user_id = connection.execute(select(feeds.c.user_id).where(feeds.c.id == parts[0])).scalar()
    people = [] if user_id is None else read_people(connection, [user_id])
    if not people:
        raise NotFoundError("wanted the address of a feed of this service, found none that still holds")
    return people[0].actor
