"""Accounts of people: adding, changing and disabling them; each service one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.access_changes import Change, log_change
from hotspots.access.checking import require_own_password
from hotspots.access.login_names import login_name, new_login_name
from hotspots.access.machine_tokens import end_tokens_of
from hotspots.access.passwords import (
    hash_password,
    hash_shown_password,
    hash_token,
    new_shown_password,
    new_token,
)
from hotspots.access.people import find_account
from hotspots.access.rights import (
    GRANTED,
    LETTING_IN,
    RIGHTS,
    Actor,
    Right,
    Role,
    is_held,
    two_person_rights,
)
from hotspots.errors import AccountError, AccountProblem, ExpiredError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import second_factors, sessions, users
from hotspots.store.database import Database
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.place_tables import areas

DEMO_USERS = "demo users"
"""Name of the fact that says that there are accounts whose passwords were shown."""

DEMO_PARTNER = "wijkagent"
"""The account of the demo that is of the police, besides the one of each role."""


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
    asked: tuple[Right, ...]  # rights that a second person has not confirmed yet
    is_disabled: bool
    is_held: bool  # not let in until a second person confirms what the role may
    is_local: bool  # signs in with a password here
    created_at: datetime
    signed_in_at: datetime | None
    invited_until: datetime | None = None  # no password was chosen yet; when the last link for it ends
    has_second_step: bool = False

    def is_unused(self, now: datetime, *, days: int) -> bool:
        """Whether nobody signed in with it for so many days, and still may; never for 0 days."""
        since = self.signed_in_at or self.created_at
        return bool(days) and not self.is_disabled and since < now - timedelta(days=days)


def add_demo_users(
    database: Database, *, gebieden: Iterable[str], now: datetime, all_gebieden: Iterable[str] = ()
) -> dict[str, str]:
    """Add an account for each role, of the demo, whose passwords are shown; gives the password by name.

    The database remembers that it has them, so that they are never reachable from elsewhere: their passwords
    are short. The areas are those of the gebiedsteam; with all of them there is a wijkagent too, everywhere.
    """
    with database.writing() as connection:
        write_fact(connection, DEMO_USERS, "of hotspots demo")
    people: dict[str, tuple[Role, str, tuple[str, ...]]] = {
        str(role): (role, "gemeente", ()) for role in Role
    }
    people[Role.GEBIEDSTEAM] = (Role.GEBIEDSTEAM, "gebiedsteam", tuple(gebieden))
    everywhere = tuple(all_gebieden)
    if everywhere:
        people[DEMO_PARTNER] = (Role.GEBIEDSTEAM, "politie", everywhere)
    passwords = {name: new_shown_password() for name in people}
    for name, (role, organisation, gebieden) in people.items():
        granted = [right for right in GRANTED if role in RIGHTS[right]]
        _add(
            database,
            login=name,
            person=_checked(role, organisation, gebieden, granted) | {"full_name": f"Demo {name}"},
            hashed=hash_shown_password(passwords[name]),
            created_by="hotspots demo",
            now=now,
            by=None,
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
    password: str | None,
    created_by: str,
    now: datetime,
    organisation: str = "",
    gebieden: Iterable[str] = (),
    granted: Iterable[Right] = (),
    by: Actor | None = None,
) -> str:
    """Make a local account; gives its id. Without a password (None) nobody has one until a link gives it.

    Rights by name that a person gives wait for a second one (:func:`confirm_rights`), and so does the whole
    account when its role reaches persons; those of who runs the software (``by`` None) hold at once.

    Raises
    ------
    AccountError
        If the name is taken or looks like another, the password is too weak, or the role can't have these
        areas or rights.
    """
    with database.reading() as connection:
        login = new_login_name(name, connection.execute(select(users.c.name)).scalars())
        known_here = _names_known_here(connection)
    person = _checked(role, organisation, gebieden, granted) | {"full_name": full_name.strip() or login}
    if password is None:
        person["invited_until"] = now
        hashed = hash_shown_password(new_token())  # which nobody knows
    else:
        hashed = hash_password(password, name=login, known_here=known_here)
    return _add(database, login=login, person=person, hashed=hashed, created_by=created_by, now=now, by=by)


def _add(
    database: Database,
    *,
    login: str,
    person: dict[str, Any],
    hashed: str,
    created_by: str,
    now: datetime,
    by: Actor | None,
) -> str:
    user_id = str(uuid4())
    waiting = _waiting(person, None, by)
    given = tuple(waiting["asked"] or person["granted"])
    own = {"id": user_id, "name": login, "password_hash": hashed} | waiting
    fixed = {"is_disabled": False, "created_at": now, "created_by": created_by}
    try:
        with database.writing() as connection:
            connection.execute(insert(users).values(**person | own, **fixed))
            log_change(connection, Change.ADDED, by=by, about_id=user_id, about=login, now=now)
            if given:
                kind = Change.ASKED if waiting["asked"] else Change.CONFIRMED
                log_change(connection, kind, by=by, about_id=user_id, about=login, now=now, rights=given)
    except IntegrityError:
        raise AccountError(
            f"there is an account '{login}' already: choose another name", AccountProblem.NAME_TAKEN
        ) from None
    return user_id


def list_users(database: Database) -> list[Account]:
    """All accounts, by name."""
    with database.reading() as connection:
        rows = connection.execute(select(users).order_by(users.c.name)).all()
        with_step = set(connection.execute(select(second_factors.c.user_id)).scalars())
    return [_account(row, has_second_step=row.id in with_step) for row in rows]


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
    by: Actor | None = None,
) -> None:
    """Give someone another role, areas or rights; what holds from the next request on.

    Raises
    ------
    NotFoundError, AccountError
        If there is no such account, or the role can't have these areas or rights.
    """
    person = _checked(role, organisation, gebieden, granted)
    person["full_name"] = full_name.strip() or login_name(name)
    given = tuple(person["granted"])
    _change(database, name, person, now=now, kind=Change.CHANGED, by=by, rights=given)


def confirm_rights(database: Database, *, name: str, by: Actor | None, now: datetime) -> None:
    """Give someone the rights that another asked for: a second person looks at who reads exact data.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If nothing waits, or who confirms is who asked or who gets the rights.
    """
    with database.writing() as connection:
        row = find_account(connection, name)
        if not row.asked:
            raise AccountError(f"wanted rights of '{name}' that wait for a second person, found none")
        if by is not None and by.id in (row.asked_by, row.id):
            raise AccountError(
                "wanted a second person to confirm these rights, found who asked for them or gets them",
                AccountProblem.SECOND_PERSON,
            )
        granted = {*row.granted, *(right for right in row.asked if right in GRANTED)}
        values = {"granted": sorted(granted), "asked": None, "asked_by": None}
        connection.execute(update(users).where(users.c.id == row.id).values(values))
        rights = tuple(row.asked)
        log_change(
            connection, Change.CONFIRMED, by=by, about_id=row.id, about=row.name, now=now, rights=rights
        )


def disable_user(
    database: Database, *, name: str, now: datetime, is_disabled: bool = True, by: Actor | None = None
) -> list[str]:
    """Let someone in no more, also where signed in now; or let them in again.

    Gives the names of the tokens that end by it: those that someone made who is not let in any more, as
    nobody answers for them. They stay ended.

    Raises
    ------
    NotFoundError
        If there is no such account.
    """
    kind = Change.BLOCKED if is_disabled else Change.ADMITTED
    return _change(database, name, {"is_disabled": is_disabled}, now=now, kind=kind, by=by)


def change_password(
    database: Database,
    *,
    name: str,
    password: str,
    now: datetime,
    by: Actor | None = None,
    session: str | None = None,
    former: str | None = None,
) -> None:
    """Give an account another password; whoever is signed in with the old one is not any more.

    One whose role reaches persons, to whom an administrator gives a password, is let in after a second
    person confirms that: who gives it could use it.

    Parameters
    ----------
    session
        The token of a session that goes on.
    former
        The hash of the password that this replaces, if it must be that one still.

    Raises
    ------
    NotFoundError, AccountError
        If there is no such account, or the password is too weak.
    ExpiredError
        If the account has another password than the former one by now.
    """
    login = login_name(name)
    with database.reading() as connection:
        known_here = _names_known_here(connection)
    hashed = hash_password(password, name=login, known_here=known_here)
    _change(
        database,
        login,
        {"password_hash": hashed},
        now=now,
        kind=Change.PASSWORD,
        by=by,
        session=session,
        former=former,
    )


def _names_known_here(connection: Connection) -> list[str]:
    """The municipality, its wijken and its buurten, whole and without the blanks."""
    columns = areas.c.gemeentenaam, areas.c.wijknaam, areas.c.buurtnaam
    names = {name for row in connection.execute(select(*columns)) for name in row if name}
    return sorted(names | {"".join(name.split()) for name in names})


def change_own_password(
    database: Database,
    settings: SignInSettings,
    *,
    actor: Actor,
    old: str,
    new: str,
    now: datetime,
    origin: str = "",
    session: str | None = None,
) -> None:
    """Give oneself another password, knowing the old one; all sessions end but the one this is done in.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        If the old password is wrong, was wrong too often, or too many are signing in.
    AccountError
        If the account has no password here, or the new one is too weak.
    """
    name = require_own_password(database, settings, actor=actor, password=old, now=now, origin=origin)
    if name is None:
        raise AccountError(
            "wanted an account with a password here, found one that signs in elsewhere",
            AccountProblem.NOT_LOCAL,
        )
    change_password(database, name=name, password=new, now=now, by=actor, session=session)


def _checked(
    role: Role, organisation: str, gebieden: Iterable[str], granted: Iterable[Right]
) -> dict[str, Any]:
    own_areas, rights = sorted(set(gebieden)), sorted(set(granted))
    if role is Role.GEBIEDSTEAM and not (own_areas and organisation.strip()):
        raise AccountError(
            "wanted an organisation and at least one area for a member of a gebiedsteam",
            AccountProblem.TEAM_INCOMPLETE,
        )
    if role is not Role.GEBIEDSTEAM and own_areas:
        raise AccountError(f"wanted no areas for the role '{role}', which is not bound to areas")
    refused = [str(right) for right in rights if right not in GRANTED]
    if refused:
        raise AccountError(f"wanted rights among {', '.join(sorted(GRANTED))}, found {', '.join(refused)}")
    return {
        "role": str(role),
        "organisation": organisation.strip(),
        "gebieden": own_areas,
        "granted": [str(right) for right in rights],
    }


def _waiting(person: dict[str, Any], row: Any, by: Actor | None) -> dict[str, Any]:
    """Which rights hold at once, and which wait for a second person, asked for by whom.

    A role that gives more than the one before, or a team more areas, asks for what it may to persons.
    """
    if by is None:
        return {"granted": person["granted"], "asked": None, "asked_by": None}
    before = set(row.asked or ()) if row else set()
    held = set(row.granted) if row else set()
    by_role = {str(right) for right in two_person_rights(Role(person["role"]))}
    confirmed = {str(right) for right in two_person_rights(Role(row.role))} - before if row else set()
    if row and not set(person["gebieden"]) <= set(row.gebieden):
        confirmed = set()
    asked = (set(person["granted"]) - held) | (by_role - confirmed) | (before & {str(LETTING_IN)})
    is_more = not asked <= before or (row is not None and not set(person["gebieden"]) <= set(row.gebieden))
    return {
        "granted": sorted(set(person["granted"]) & held),
        "asked": sorted(asked) or None,
        "asked_by": (by.id if is_more else row.asked_by) if asked else None,
    }


def _reset(row: Any, by: Actor | None) -> dict[str, Any]:
    """What waits for a second person when an administrator gives somebody a password."""
    by_role = {str(right) for right in two_person_rights(Role(row.role))}
    if by is None or by.id == row.id or not by_role | set(row.granted):
        return {}
    return {"asked": sorted({*(row.asked or ()), *by_role}), "asked_by": by.id}


def _change(
    database: Database,
    name: str,
    values: dict[str, Any],
    *,
    now: datetime,
    kind: Change,
    by: Actor | None,
    rights: tuple[str, ...] = (),
    session: str | None = None,
    former: str | None = None,
) -> list[str]:
    """Change an account, and log it; gives the names of the tokens that end by it."""
    with database.writing() as connection:
        row = find_account(connection, name, to_change=True)
        if former is not None and row.password_hash != former:
            raise ExpiredError(f"wanted the password of '{name}' as it was, found another one")
        if "granted" in values:
            values = values | _waiting(values, row, by)
        if kind is Change.PASSWORD:
            values = values | _reset(row, by) | {"invited_until": None}
        connection.execute(update(users).where(users.c.id == row.id).values(**values))
        log_change(connection, kind, by=by, about_id=row.id, about=row.name, now=now, rights=rights)
        asked = tuple(values.get("asked") or ())
        if set(asked) - set(row.asked or ()):
            log_change(
                connection, Change.ASKED, by=by, about_id=row.id, about=row.name, now=now, rights=asked
            )
        if kind is not Change.CHANGED or is_held(asked):
            ended = sessions.c.user_id == row.id
            if session is not None:
                ended &= sessions.c.token_hash != hash_token(session)
            connection.execute(delete(sessions).where(ended))
        return end_tokens_of(connection, row.id, now=now, by=by) if kind is Change.BLOCKED else []


def _account(row: Any, *, has_second_step: bool) -> Account:
    return Account(
        row.id,
        row.name,
        row.full_name,
        Role(row.role),
        row.organisation,
        tuple(row.gebieden),
        tuple(Right(right) for right in row.granted),
        tuple(Right(right) for right in row.asked or ()),
        row.is_disabled,
        is_held(row.asked),
        row.password_hash is not None,
        row.created_at,
        row.signed_in_at,
        row.invited_until,
        has_second_step,
    )
