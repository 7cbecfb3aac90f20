"""Accounts of people: adding, changing and disabling them; each service one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.login_names import login_name, new_login_name
from hotspots.access.passwords import hash_password, new_token
from hotspots.access.rights import GRANTED, RIGHTS, Right, Role
from hotspots.errors import AccountError, AccountProblem, NotFoundError
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import sessions, users
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact, write_fact

DEMO_USERS = "demo users"
"""Name of the fact that says that there are accounts whose passwords were shown."""


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


def add_demo_users(database: Database, *, gebieden: Iterable[str], now: datetime) -> dict[str, str]:
    """Add an account for each role, of the demo, whose passwords are shown; gives the password by name.

    The database remembers that it has them, so that they are never reachable from elsewhere. The areas are
    those of the gebiedsteam.
    """
    with database.writing() as connection:
        write_fact(connection, DEMO_USERS, "of hotspots demo")
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
    return read_fact(connection, DEMO_USERS) is not None


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
        If the name is taken or looks like another, the password is too weak, or the role can't have these
        areas or rights.
    """
    with database.reading() as connection:
        login = new_login_name(name, connection.execute(select(users.c.name)).scalars())
    person = _checked(role, organisation, gebieden, granted) | {"full_name": full_name.strip() or login}
    user_id, hashed = str(uuid4()), hash_password(password, name=login)
    own = {"id": user_id, "name": login, "password_hash": hashed}
    fixed = {"is_disabled": False, "created_at": now, "created_by": created_by}
    try:
        with database.writing() as connection:
            add_line(connection, MANAGING, now=now)
            connection.execute(insert(users).values(**own, **person, **fixed))
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
    person = _checked(role, organisation, gebieden, granted)
    person["full_name"] = full_name.strip() or login_name(name)
    _change(database, name, person, now=now, signs_out=False)


def disable_user(database: Database, *, name: str, now: datetime, is_disabled: bool = True) -> None:
    """Let someone in no more, also where signed in now; or let them in again.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    _change(database, name, {"is_disabled": is_disabled}, now=now, signs_out=True)


def change_password(database: Database, *, name: str, password: str, now: datetime) -> None:
    """Give an account another password; whoever is signed in with the old one is not any more.

    Raises
    ------
    NotFoundError, AccountError
        If there is no such account, or the password is too weak.
    """
    login = login_name(name)
    hashed = hash_password(password, name=login)
    _change(database, login, {"password_hash": hashed}, now=now, signs_out=True)


def _checked(
    role: Role, organisation: str, gebieden: Iterable[str], granted: Iterable[Right]
) -> dict[str, Any]:
    areas, rights = sorted(set(gebieden)), sorted(set(granted))
    if role is Role.GEBIEDSTEAM and not (areas and organisation.strip()):
        raise AccountError(
            "wanted an organisation and at least one area for a member of a gebiedsteam",
            AccountProblem.TEAM_INCOMPLETE,
        )
    if role is not Role.GEBIEDSTEAM and areas:
        raise AccountError(f"wanted no areas for the role '{role}', which is not bound to areas")
    refused = [str(right) for right in rights if right not in GRANTED]
    if refused:
        raise AccountError(f"wanted rights among {', '.join(sorted(GRANTED))}, found {', '.join(refused)}")
    return {
        "role": str(role),
        "organisation": organisation.strip(),
        "gebieden": areas,
        "granted": [str(right) for right in rights],
    }


def _change(database: Database, name: str, values: dict[str, Any], *, now: datetime, signs_out: bool) -> None:
    with database.writing() as connection:
        chosen = users.c.name == name.strip().casefold()
        user_id: str | None = connection.execute(select(users.c.id).where(chosen)).scalar()
        if user_id is None:
            raise NotFoundError(f"there is no account '{name}'")
        add_line(connection, MANAGING, now=now)
        connection.execute(update(users).where(users.c.id == user_id).values(**values))
        if signs_out:
            connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


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
