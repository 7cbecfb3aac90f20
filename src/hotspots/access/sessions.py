"""Sessions of people: signing in with a password or at a provider, who is signed in, signing out.

Who fails to sign in gets the same answer in all cases: a wrong password, an unknown name and a disabled
account can't be told apart, in words or in time.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from hotspots.access.attempts import Knock, wrong_before
from hotspots.access.checking import require_own_password, require_password
from hotspots.access.login_names import login_name
from hotspots.access.passwords import (
    SEEN_EVERY,
    hash_token,
    new_token,
    session_ends,
)
from hotspots.access.people import actor_of_row
from hotspots.access.provider_accounts import keep_account
from hotspots.access.rights import Actor, is_held
from hotspots.settings import SignInSettings
from hotspots.store.audit import add_line
from hotspots.store.case_tables import sessions, users
from hotspots.store.database import Database


def sign_in(
    database: Database,
    settings: SignInSettings,
    *,
    name: str,
    password: str,
    now: datetime,
    earlier_token: str | None = None,
    origin: str = "",
    device: str | None = None,
) -> str:
    """Sign in with a password; gives the token of a new session, for a cookie.

    The attempt is counted before the password is looked at, so that many at once gain nothing. The earlier
    session of the browser ends: a token known before signing in is of no use after it.

    Parameters
    ----------
    origin, device
        The address it comes from; and the device, if this name signed in on it before. Others' wrong
        passwords keep nobody out there.

    Raises
    ------
    LockedOutError
        If there were too many wrong passwords for this name, existing or not.
    BusyError
        If too many sign in at this moment; then nothing is counted.
    SignInError
        If name or password is wrong, or the account is disabled.
    """
    knock = Knock(login_name(name), origin, device)
    row = require_password(database, settings, knock=knock, password=password, now=now)
    with database.writing() as connection:
        return _new_session(connection, settings, row.id, now, earlier_token)


def wrong_passwords(database: Database, *, name: str) -> int:
    """How many wrong passwords unknown devices gave since it last went well, to tell the owner of a name."""
    with database.reading() as connection:
        return wrong_before(connection, Knock(login_name(name)))


def sign_in_elsewhere(
    database: Database,
    settings: SignInSettings,
    *,
    actor: Actor,
    now: datetime,
    earlier_token: str | None = None,
) -> str:
    """Begin a session for whom the provider signed in (:func:`hotspots.access.oidc.actor_of`).

    Role and areas are those the provider says now; rights given by name here are kept.

    Raises
    ------
    SignInError
        If the account was disabled here.
    """
    with database.writing() as connection:
        user_id = keep_account(connection, actor=actor, now=now)
        return _new_session(connection, settings, user_id, now, earlier_token)


def actor_of_session(
    database: Database, settings: SignInSettings, *, token: str, now: datetime
) -> Actor | None:
    """Who is signed in with this session; None if it ended or never was, or the account is disabled."""
    token_hash = hash_token(token)
    query = select(sessions.c.created_at, sessions.c.used_at, users).join(users)
    with database.reading() as connection:
        row = connection.execute(
            query.where(sessions.c.token_hash == token_hash, ~users.c.is_disabled)
        ).first()
    if row is None or is_held(row.asked) or now >= session_ends(row[0], row.used_at, settings):
        return None
    if now - row.used_at >= SEEN_EVERY:
        with database.writing() as connection:
            ends = session_ends(row[0], now, settings)
            connection.execute(
                update(sessions)
                .where(sessions.c.token_hash == token_hash)
                .values(used_at=now, expires_at=ends)
            )
    return actor_of_row(row)


def sign_out(database: Database, *, token: str) -> bool:
    """End a session, if it has not ended already; says whether it began at the provider."""
    chosen = sessions.c.token_hash == hash_token(token)
    with database.writing() as connection:
        subject = connection.execute(select(users.c.subject).join(sessions).where(chosen)).scalar()
        connection.execute(delete(sessions).where(chosen))
    return subject is not None


@dataclass(frozen=True)
class OwnSession:
    """Where someone is signed in."""

    begun: datetime
    used: datetime
    is_this: bool  # the session that asks


def read_own_sessions(connection: Connection, *, actor: Actor, token: str, now: datetime) -> list[OwnSession]:
    """The sessions of the actor that have not ended, last used first."""
    query = (
        select(sessions)
        .where(sessions.c.user_id == actor.id, sessions.c.expires_at > now)
        .order_by(sessions.c.used_at.desc(), sessions.c.created_at)
    )
    this = hash_token(token)
    return [
        OwnSession(row.created_at, row.used_at, row.token_hash == this) for row in connection.execute(query)
    ]


def end_other_sessions(
    database: Database,
    settings: SignInSettings,
    *,
    actor: Actor,
    token: str,
    password: str,
    now: datetime,
    origin: str = "",
) -> None:
    """End all sessions of the actor but this one; who has a password here gives it.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        As :func:`sign_in`, if the password is wrong.
    """
    require_own_password(database, settings, actor=actor, password=password, now=now, origin=origin)
    others = (sessions.c.user_id == actor.id) & (sessions.c.token_hash != hash_token(token))
    with database.writing() as connection:
        connection.execute(delete(sessions).where(others))


def _new_session(
    connection: Connection,
    settings: SignInSettings,
    user_id: str,
    now: datetime,
    earlier_token: str | None,
) -> str:
    ended = [sessions.c.expires_at <= now]
    if earlier_token is not None:
        ended.append(sessions.c.token_hash == hash_token(earlier_token))
    connection.execute(delete(sessions).where(or_(*ended)))
    token = new_token()
    connection.execute(
        insert(sessions).values(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            used_at=now,
            expires_at=session_ends(now, now, settings),
        )
    )
    connection.execute(update(users).where(users.c.id == user_id).values(signed_in_at=now))
    add_line(connection, "aanmelden", now=now)
    return token
