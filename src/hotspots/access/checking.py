"""Whether a password is that of an account: counted, in turn, and told apart from nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from hotspots.access.attempts import Knock, count_attempt, forget_attempts
from hotspots.access.passwords import is_password
from hotspots.access.rights import Actor, is_held
from hotspots.access.turns import turns_of
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import users
from hotspots.store.database import Database


def require_password(
    database: Database, settings: SignInSettings, *, knock: Knock, password: str, now: datetime
) -> Any:
    """Give the row of the account that has this name and password, and may be used.

    The attempt is counted before the password is looked at, so that many at once gain nothing.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        As :func:`hotspots.access.sessions.sign_in`.
    """
    with turns_of(settings.hashes_at_once, settings.hashes_waiting).take():
        with database.writing() as connection:
            count_attempt(connection, settings, knock, now)
            row = connection.execute(select(users).where(users.c.name == knock.name)).first()
        is_right = is_password(row.password_hash if row else None, password)
    if row is None or not is_right or row.is_disabled or is_held(row.asked):
        raise SignInError("wanted the name and password of an account, found others")
    with database.writing() as connection:
        forget_attempts(connection, knock)
    return row


def require_own_password(
    database: Database,
    settings: SignInSettings,
    *,
    actor: Actor,
    password: str,
    now: datetime,
    origin: str = "",
) -> str | None:
    """Have somebody who is signed in give their password again; gives the login name.

    None if the account has no password here, as it signs in elsewhere: then nothing is asked.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        If it is wrong, was wrong too often, or too many are signing in.
    """
    with database.reading() as connection:
        row = connection.execute(select(users).where(users.c.id == actor.id)).first()
    if row is None or row.password_hash is None:
        return None
    knock = Knock(row.name, origin, f"own {actor.id}")
    require_password(database, settings, knock=knock, password=password, now=now)
    return str(row.name)
