"""Accounts, sessions and tokens of machines: adding, finding and ending them; each service one transaction.

Who fails to sign in is told the same in all cases: a wrong password, an unknown name and a disabled account
can't be told apart, in words or in time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.passwords import (
    API_TOKEN_PREFIX,
    hash_password,
    hash_token,
    is_password,
    locked_until,
    new_token,
    session_ends,
)
from hotspots.access.rights import GRANTED, RIGHTS, SCOPES, Actor, Right, Role
from hotspots.errors import AccountError, AccountProblem, LockedOutError, NotFoundError, SignInError
from hotspots.settings import SignInSettings
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import api_tokens, sessions, sign_in_attempts, users
from hotspots.store.database import Database
from hotspots.store.tables import facts

KEPT_ATTEMPTS = timedelta(days=1)
"""How long wrong passwords under a name are remembered."""

DEMO_USERS = "demo users"
"""Name of the fact that says that there are accounts whose passwords were shown."""

SEEN_EVERY = timedelta(minutes=1)
"""How often the use of a session or token is written down."""


@dataclass(frozen=True)
class Account:
    """A person who may sign in."""

    id: str
    name: str
    full_name: str
    role: Role
    organisation: str
    gebieden: tuple[str, ...]
    granted: tuple[Right, ...]
    is_disabled: bool
    is_local: bool  # signs in with a password here
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True)
class ApiToken:
    """A token of a machine, without its secret."""

    id: str
    name: str
    scopes: tuple[Right, ...]
    organisation: str
    gebieden: tuple[str, ...] | None  # None: all
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


def add_demo_users(database: Database, *, gebieden: Iterable[str], now: datetime) -> dict[str, str]:
    """Add an account for each role, of the demo, whose passwords are shown; gives the password by name.

    The database remembers that it has them, so that they are never reachable from elsewhere.

    Parameters
    ----------
    gebieden
        The own areas of the gebiedsteam.
    """
    with database.writing() as connection:
        connection.execute(insert(facts).values(name=DEMO_USERS, value="of hotspots demo"))
    passwords = {str(role): new_token() for role in Role}
    for role in Role:
        add_user(
            database,
            name=role,
            full_name=f"Demo {role}",
            role=role,
            password=passwords[role],
            created_by="hotspots demo",
            now=now,
            organisation="gebiedsteam" if role is Role.GEBIEDSTEAM else "gemeente",
            gebieden=gebieden if role is Role.GEBIEDSTEAM else (),
            granted=[right for right in GRANTED if role in RIGHTS[right]],
        )
    return passwords


def has_demo_users(connection: Connection) -> bool:
    """Whether there are accounts whose passwords were shown."""
    return connection.execute(select(facts.c.value).where(facts.c.name == DEMO_USERS)).first() is not None


def add_user(
    database: Database,
    *,
    name: str,
    full_name: str,
    role: Role,
    password: str,
    created_by: str,
    now: datetime,
    organisation: str = "",
    gebieden: Iterable[str] = (),
    granted: Iterable[Right] = (),
) -> str:
    """Make a local account; gives its id.

    Raises
    ------
    AccountError
        If the name is taken, the password too weak, or the role can't have these areas or rights.
    """
    login = _login(name)
    areas_given, rights_given = sorted(set(gebieden)), sorted(set(granted))
    _check_person(role, organisation, areas_given, rights_given)
    user_id = str(uuid4())
    values = {
        "id": user_id,
        "name": login,
        "full_name": full_name.strip() or login,
        "password_hash": hash_password(password, name=login),
        "role": str(role),
        "organisation": organisation.strip(),
        "gebieden": areas_given,
        "granted": [str(right) for right in rights_given],
        "is_disabled": False,
        "created_at": now,
        "created_by": created_by,
    }
    try:
        with database.writing() as connection:
            add_line(connection, MANAGING, now=now)
            connection.execute(insert(users).values(**values))
    except IntegrityError:
        raise AccountError(
            f"there is an account '{login}' already: choose another name", AccountProblem.NAME_TAKEN
        ) from None
    return user_id


def list_users(database: Database) -> list[Account]:
    """All accounts, by name."""
    with database.reading() as connection:
        rows = connection.execute(select(users).order_by(users.c.name)).all()
    return [_account(row) for row in rows]


def change_user(
    database: Database,
    *,
    name: str,
    full_name: str,
    role: Role,
    now: datetime,
    organisation: str = "",
    gebieden: Iterable[str] = (),
    granted: Iterable[Right] = (),
) -> None:
    """Give someone another role, areas or rights; what holds from the next request on.

    Raises
    ------
    NotFoundError, AccountError
        If there is no such account, or the role can't have these areas or rights.
    """
    areas_given, rights_given = sorted(set(gebieden)), sorted(set(granted))
    _check_person(role, organisation, areas_given, rights_given)
    values = {
        "full_name": full_name.strip() or _login(name),
        "role": str(role),
        "organisation": organisation.strip(),
        "gebieden": areas_given,
        "granted": [str(right) for right in rights_given],
    }
    with database.writing() as connection:
        user_id = _user_id(connection, name)
        add_line(connection, MANAGING, now=now)
        connection.execute(update(users).where(users.c.id == user_id).values(**values))


def disable_user(database: Database, *, name: str, now: datetime, is_disabled: bool = True) -> None:
    """Let someone in no more, also where signed in now; or let them in again.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    with database.writing() as connection:
        user_id = _user_id(connection, name)
        add_line(connection, MANAGING, now=now)
        connection.execute(update(users).where(users.c.id == user_id).values(is_disabled=is_disabled))
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def change_password(database: Database, *, name: str, password: str, now: datetime) -> None:
    """Give an account another password; whoever is signed in with the old one is not any more.

    Raises
    ------
    NotFoundError, AccountError
        If there is no such account, or the password is too weak.
    """
    login = _login(name)
    hashed = hash_password(password, name=login)
    with database.writing() as connection:
        user_id = _user_id(connection, login)
        add_line(connection, MANAGING, now=now)
        connection.execute(update(users).where(users.c.id == user_id).values(password_hash=hashed))
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


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

    The attempt is counted before the password is looked at, so that many at once gain nothing.

    Parameters
    ----------
    earlier_token
        The session that the browser had, which ends: a token known before signing in is of no use after it.

    Raises
    ------
    LockedOutError
        If there were too many wrong passwords for this name, existing or not.
    SignInError
        If name or password is wrong, or the account is disabled.
    """
    name_hash = hash_token(_login(name))
    with database.writing() as connection:
        _count_attempt(connection, settings, name_hash, now)
        row = connection.execute(select(users).where(users.c.name == _login(name))).first()
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
    """Begin a session for whom the provider signed in; role and areas are those it says now.

    Parameters
    ----------
    actor
        From :func:`hotspots.access.oidc.actor_of`; rights given by name here are kept.

    Raises
    ------
    SignInError
        If the account was disabled here.
    """
    values = {
        "full_name": actor.name,
        "role": str(actor.role),
        "organisation": actor.organisation,
        "gebieden": sorted(actor.gebieden or ()),
    }
    with database.writing() as connection:
        row = connection.execute(select(users).where(users.c.subject == actor.id)).first()
        if row is None:
            user_id = str(uuid4())
            fixed = {"granted": [], "is_disabled": False, "created_at": now, "created_by": "aanmelding"}
            # the name can't be used to sign in with: there is no password
            own = {"id": user_id, "name": f"oidc:{user_id}", "subject": actor.id}
            connection.execute(insert(users).values(**own, **values, **fixed))
        else:
            if row.is_disabled:
                raise SignInError("wanted an account that is not disabled, found one that is")
            user_id = row.id
            connection.execute(update(users).where(users.c.id == user_id).values(**values))
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
    return _person(row)


def sign_out(database: Database, *, token: str) -> None:
    """End a session; does nothing when it ended already."""
    with database.writing() as connection:
        connection.execute(delete(sessions).where(sessions.c.token_hash == hash_token(token)))


def add_token(
    database: Database,
    *,
    name: str,
    scopes: Iterable[Right],
    expires_at: datetime,
    created_by: str,
    now: datetime,
    organisation: str = "",
    gebieden: Iterable[str] | None = None,
) -> tuple[str, str]:
    """Make a token for a machine; gives its id, and the token itself, which is shown once and not kept.

    Raises
    ------
    AccountError
        If it has no name or scope, a scope that no machine gets, or ends in the past or after a year.
    """
    wanted = sorted(set(scopes))
    refused = [str(scope) for scope in wanted if scope not in SCOPES]
    if refused or not wanted:
        raise AccountError(
            f"wanted scopes among {', '.join(sorted(SCOPES))}, found {refused or 'none'}",
            AccountProblem.SCOPES_UNKNOWN,
        )
    if not now < expires_at <= now + timedelta(days=366):
        raise AccountError(
            f"wanted a token that ends within a year from now, found {expires_at}",
            AccountProblem.TERM_TOO_LONG,
        )
    if not 0 < len(name.strip()) <= 120:
        raise AccountError(
            f"wanted a name of 1 to 120 characters for the token, found '{name[:130]}'",
            AccountProblem.NAME_LENGTH,
        )
    token_id, token = str(uuid4()), new_token(API_TOKEN_PREFIX)
    with database.writing() as connection:
        add_line(connection, MANAGING, now=now)
        connection.execute(
            insert(api_tokens).values(
                id=token_id,
                name=name.strip(),
                token_hash=hash_token(token),
                scopes=[str(scope) for scope in wanted],
                organisation=organisation,
                gebieden=None if gebieden is None else sorted(set(gebieden)),
                created_at=now,
                created_by=created_by,
                expires_at=expires_at,
            )
        )
    return token_id, token


def list_tokens(database: Database) -> list[ApiToken]:
    """All tokens of machines, also the ended ones, latest first."""
    with database.reading() as connection:
        rows = connection.execute(
            select(api_tokens).order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
        ).all()
    return [
        ApiToken(
            row.id,
            row.name,
            tuple(Right(scope) for scope in row.scopes),
            row.organisation,
            None if row.gebieden is None else tuple(row.gebieden),
            row.created_at,
            row.created_by,
            row.expires_at,
            row.revoked_at,
            row.used_at,
        )
        for row in rows
    ]


def revoke_token(database: Database, *, token_id: str, now: datetime) -> None:
    """End a token of a machine at once; once ended it stays so.

    Raises
    ------
    NotFoundError
        If there is none by this id.
    """
    with database.writing() as connection:
        found = connection.execute(select(api_tokens.c.id).where(api_tokens.c.id == token_id)).first()
        if found is None:
            raise NotFoundError(f"there is no token '{token_id}'")
        add_line(connection, MANAGING, now=now)
        connection.execute(
            update(api_tokens)
            .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def actor_of_token(database: Database, *, token: str, now: datetime) -> Actor:
    """Which machine carries this token.

    Raises
    ------
    SignInError
        If there is no such token, or it ended or was revoked.
    """
    chosen = api_tokens.c.token_hash == hash_token(token)
    with database.reading() as connection:
        row = connection.execute(select(api_tokens).where(chosen)).first()
    if row is None or row.revoked_at is not None or now >= row.expires_at:
        raise SignInError("wanted a token that holds, found one that is unknown, ended or revoked")
    if row.used_at is None or now - row.used_at >= SEEN_EVERY:
        with database.writing() as connection:
            connection.execute(update(api_tokens).where(chosen).values(used_at=now))
    return Actor(
        id=row.id,
        name=row.name,
        role=None,
        organisation=row.organisation,
        gebieden=None if row.gebieden is None else frozenset(row.gebieden),
        scopes=frozenset(Right(scope) for scope in row.scopes),
    )


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


def _check_person(role: Role, organisation: str, gebieden: list[str], granted: list[Right]) -> None:
    if role is Role.GEBIEDSTEAM and not (gebieden and organisation.strip()):
        raise AccountError(
            "wanted an organisation and at least one area for a member of a gebiedsteam",
            AccountProblem.TEAM_INCOMPLETE,
        )
    if role is not Role.GEBIEDSTEAM and gebieden:
        raise AccountError(f"wanted no areas for the role '{role}', which is not bound to areas")
    refused = [str(right) for right in granted if right not in GRANTED]
    if refused:
        raise AccountError(f"wanted rights among {', '.join(sorted(GRANTED))}, found {', '.join(refused)}")


def _login(name: str) -> str:
    login = name.strip().casefold()
    if not 0 < len(login) <= 120 or login.startswith("oidc:"):
        raise AccountError(
            f"wanted a name of 1 to 120 characters, found '{name[:130]}'", AccountProblem.NAME_LENGTH
        )
    return login


def _user_id(connection: Connection, name: str) -> str:
    user_id: str | None = connection.execute(
        select(users.c.id).where(users.c.name == name.strip().casefold())
    ).scalar()
    if user_id is None:
        raise NotFoundError(f"there is no account '{name}'")
    return user_id


def _account(row: Any) -> Account:
    return Account(
        row.id,
        row.name,
        row.full_name,
        Role(row.role),
        row.organisation,
        tuple(row.gebieden),
        tuple(Right(right) for right in row.granted),
        row.is_disabled,
        row.password_hash is not None,
        row.created_at,
        row.signed_in_at,
    )


def _person(row: Any) -> Actor:
    return Actor(
        id=row.id,
        name=row.full_name,
        role=Role(row.role),
        organisation=row.organisation,
        gebieden=frozenset(row.gebieden),
        granted=frozenset(Right(right) for right in row.granted),
    )
