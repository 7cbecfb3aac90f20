"""Sessions of people: signing in with a password or at a provider, who is signed in, signing out.

Who fails to sign in gets the same answer in all cases: a wrong password, an unknown name and a disabled
account can't be told apart, in words or in time.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.accounts import login_name
from hotspots.access.passwords import (
    SEEN_EVERY,
    hash_token,
    is_password,
    locked_until,
    new_token,
    session_ends,
)
from hotspots.access.provider_accounts import keep_account
from hotspots.access.rights import Actor, Right, Role
from hotspots.errors import LockedOutError, SignInError
from hotspots.settings import SignInSettings
from hotspots.store.audit import add_line
from hotspots.store.case_tables import sessions, sign_in_attempts, users
from hotspots.store.database import Database

KEPT_ATTEMPTS = timedelta(days=1)
"""How long wrong passwords under a name are remembered."""


def sign_in(
    database: Database,
    settings: SignInSettings,
    *,
    name: str,
    password: str,
    now: datetime,
    earlier_token: str | None = None,
) -> str:
    """Sign in with a password; gives the token of a new session, for a cookie.

    The attempt is counted before the password is looked at, so that many at once gain nothing. The earlier
    session of the browser ends: a token known before signing in is of no use after it.

    Raises
    ------
    LockedOutError
        If there were too many wrong passwords for this name, existing or not.
    SignInError
        If name or password is wrong, or the account is disabled.
    """
    name_hash = hash_token(login_name(name))
    with database.writing() as connection:
        _count_attempt(connection, settings, name_hash, now)
        row = connection.execute(select(users).where(users.c.name == login_name(name))).first()
    is_right = is_password(row.password_hash if row else None, password)
    if row is None or not is_right or row.is_disabled:
        raise SignInError("wanted the name and password of an account, found others")
    with database.writing() as connection:
        connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.name_hash == name_hash))
        return _new_session(connection, settings, row.id, now, earlier_token)


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
    if row is None or now >= session_ends(row[0], row.used_at, settings):
        return None
    if now - row.used_at >= SEEN_EVERY:
        with database.writing() as connection:
            ends = session_ends(row[0], now, settings)
            connection.execute(
                update(sessions)
                .where(sessions.c.token_hash == token_hash)
                .values(used_at=now, expires_at=ends)
            )
    return Actor(
        id=row.id,
        name=row.full_name,
        role=Role(row.role),
        organisation=row.organisation,
        gebieden=frozenset(row.gebieden),
        granted=frozenset(Right(right) for right in row.granted),
    )


def sign_out(database: Database, *, token: str) -> bool:
    """End a session, if it has not ended already; says whether it began at the provider."""
    chosen = sessions.c.token_hash == hash_token(token)
    with database.writing() as connection:
        subject = connection.execute(select(users.c.subject).join(sessions).where(chosen)).scalar()
        connection.execute(delete(sessions).where(chosen))
    return subject is not None


def _count_attempt(connection: Connection, settings: SignInSettings, name_hash: str, now: datetime) -> None:
    table = sign_in_attempts
    connection.execute(delete(table).where(table.c.failed_at < now - KEPT_ATTEMPTS))
    row = connection.execute(select(table).where(table.c.name_hash == name_hash).with_for_update()).first()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(name_hash=name_hash, failures=1, failed_at=now))
        except IntegrityError:  # another attempt at the same moment was first
            _count_attempt(connection, settings, name_hash, now)
        return
    until = locked_until(row.failures, row.failed_at, settings)
    if until is not None and now < until:
        raise LockedOutError(int((until - now).total_seconds()) + 1)
    connection.execute(
        update(table).where(table.c.name_hash == name_hash).values(failures=row.failures + 1, failed_at=now)
    )


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
