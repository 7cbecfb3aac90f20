"""Sessions of people: signing in with a password or at a provider, who is signed in, signing out.

Who fails to sign in gets the same answer in all cases: a wrong password, an unknown name and a disabled
account can't be told apart, in words or in time.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from hotspots.access.access_changes import Change, log_change
from hotspots.access.attempts import Knock, wrong_before
from hotspots.access.checking import require_own_password, require_password
from hotspots.access.login_names import login_name
from hotspots.access.passwords import (
    SEEN_EVERY,
    hash_token,
    new_token,
    session_ends,
)
from hotspots.access.people import actor_of_row, find_account
from hotspots.access.provider_accounts import keep_account
from hotspots.access.rights import Actor, is_held
from hotspots.access.second_factors import is_obligatory, read_factor
from hotspots.errors import SecondStepError
from hotspots.settings import SignInSettings
from hotspots.store.audit import add_line
from hotspots.store.case_tables import second_factors, sessions, users
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
    SecondStepError
        If all that is right, and the account has a second step or must have one: then there is no session
        yet (:mod:`hotspots.access.second_steps`).
    """
    knock = Knock(login_name(name), origin, device)
    row = require_password(database, settings, knock=knock, password=password, now=now)
    with database.writing() as connection:
        is_set_up = read_factor(connection, row.id) is not None
        if is_set_up or is_obligatory(row.role, is_local=True, settings=settings):
            raise SecondStepError(row.id, row.password_hash, is_set_up=is_set_up)
        return new_session(connection, settings, row.id, now, earlier_token)


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
        return new_session(connection, settings, user_id, now, earlier_token)


_SIGNED_IN = (  # said once: every page and answer asks for it
    select(sessions.c.created_at, sessions.c.used_at)
    .add_columns(second_factors.c.user_id.is_not(None).label("has_step"), users)
    .select_from(sessions.join(users).outerjoin(second_factors, second_factors.c.user_id == users.c.id))
    .where(sessions.c.token_hash == bindparam("hash"), ~users.c.is_disabled)
)


def actor_of_session(
    database: Database, settings: SignInSettings, *, token: str, now: datetime
) -> Actor | None:
    """Who is signed in with this session; None if it ended or never was, or the account is disabled.

    Nor is one of an account that must have a second step since, and has none.
    """
    token_hash = hash_token(token)
    with database.reading() as connection:
        row = connection.execute(_SIGNED_IN, {"hash": token_hash}).first()
    if row is None or is_held(row.asked) or now >= session_ends(row[0], row.used_at, settings):
        return None
    is_local = row.password_hash is not None
    if not row.has_step and is_obligatory(row.role, is_local=is_local, settings=settings):
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


@dataclass(frozen=True)
class OpenSession:
    """Where somebody is signed in, for who manages accounts; nothing of what they read there."""

    id: str  # tells it from others, and lets nobody in
    begun: datetime
    used: datetime


def read_open_sessions(connection: Connection, *, now: datetime) -> dict[str, list[OpenSession]]:
    """The sessions of everybody that have not ended, by account; last used first."""
    query = (
        select(sessions)
        .where(sessions.c.expires_at > now)
        .order_by(sessions.c.used_at.desc(), sessions.c.created_at)
    )
    found: dict[str, list[OpenSession]] = {}
    for row in connection.execute(query):
        one = OpenSession(_session_id(row.token_hash), row.created_at, row.used_at)
        found.setdefault(row.user_id, []).append(one)
    return found


def end_sessions_of(
    database: Database, *, name: str, by: Actor | None, now: datetime, session_id: str | None = None
) -> int:
    """Sign somebody out, everywhere or of one session; logged if there was any, and gives how many.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    with database.writing() as connection:
        user = find_account(connection, name)
        own = select(sessions.c.token_hash).where(sessions.c.user_id == user.id, sessions.c.expires_at > now)
        ended = [
            token_hash
            for token_hash in connection.execute(own).scalars()
            if session_id in (None, _session_id(token_hash))
        ]
        if ended:
            connection.execute(delete(sessions).where(sessions.c.token_hash.in_(ended)))
            log_change(connection, Change.SIGNED_OUT, by=by, about_id=user.id, about=user.name, now=now)
        return len(ended)


def _session_id(token_hash: str) -> str:
    return hash_token(token_hash)[:16]


def new_session(
    connection: Connection,
    settings: SignInSettings,
    user_id: str,
    now: datetime,
    earlier_token: str | None,
) -> str:
    """Begin a session for who is known by now; gives its token. The earlier one of the browser ends."""
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
