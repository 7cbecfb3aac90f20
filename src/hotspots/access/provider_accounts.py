"""The account of whom the provider names: one for each person, by whatever door they come in."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.rights import Actor, is_held
from hotspots.errors import SignInError
from hotspots.store.case_tables import users
from hotspots.store.database import Database


def actor_of_provider(database: Database, *, actor: Actor, now: datetime) -> Actor:
    """Whom the provider names (:func:`hotspots.access.oidc.actor_of`), under the id of the account here.

    Who comes with a token only gets an account at the first time. Role and areas are those of this token;
    rights given by name go with a session, not with a token.

    Raises
    ------
    SignInError
        If the account was disabled here.
    """
    with database.reading() as connection:
        row = _of_subject(connection, actor.id)
    if row is None:
        with database.writing() as connection:
            return replace(actor, id=_made(connection, actor, now))
    return replace(actor, id=_permitted(row))


def keep_account(connection: Connection, *, actor: Actor, now: datetime) -> str:
    """Make the account of whom the provider names, or bring it up to date; gives its id.

    Raises
    ------
    SignInError
        If the account was disabled here.
    """
    row = _of_subject(connection, actor.id)
    if row is None:
        return _made(connection, actor, now)
    user_id = _permitted(row)
    connection.execute(update(users).where(users.c.id == user_id).values(**_said_of(actor)))
    return user_id


def _of_subject(connection: Connection, subject: str) -> Any:
    query = select(users.c.id, users.c.is_disabled, users.c.asked).where(users.c.subject == subject)
    return connection.execute(query).first()


def _permitted(row: Any) -> str:
    if row.is_disabled:
        raise SignInError("wanted an account that is not disabled, found one that is")
    if is_held(row.asked):
        raise SignInError("wanted an account that waits for nobody, found one to be confirmed first")
    return str(row.id)


def _made(connection: Connection, actor: Actor, now: datetime) -> str:
    user_id = str(uuid4())
    fixed = {"granted": [], "is_disabled": False, "created_at": now, "created_by": "aanmelding"}
    # the name can't be used to sign in with: there is no password
    own = {"id": user_id, "name": f"oidc:{user_id}", "subject": actor.id}
    try:
        with connection.begin_nested():
            connection.execute(insert(users).values(**own, **_said_of(actor), **fixed))
    except IntegrityError:  # another request of the same person was first
        row = _of_subject(connection, actor.id)
        if row is None:
            raise
        return _permitted(row)
    return user_id


def _said_of(actor: Actor) -> dict[str, Any]:
    return {
        "full_name": actor.name,
        "role": str(actor.role),
        "organisation": actor.organisation,
        "gebieden": sorted(actor.gebieden or ()),
    }
