"""Tokens of machines: making, listing and revoking them, and which machine carries one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from hotspots.access.access_changes import Change, log_change
from hotspots.access.passwords import API_TOKEN_PREFIX, SEEN_EVERY, hash_token, new_token
from hotspots.access.rights import SCOPES, Actor, Right, reachable_gebieden
from hotspots.errors import AccountError, AccountProblem, ForbiddenError, NotFoundError, SignInError
from hotspots.store.case_tables import api_tokens
from hotspots.store.database import Database

LONGEST_DAYS = 366
"""No token holds longer, so that each is looked at again within a year."""


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
    maker: Actor | None = None,
) -> tuple[str, str]:
    """Make a token for a machine; gives its id, and the token itself, which is shown once and not kept.

    Parameters
    ----------
    maker
        Who makes it, and gives no right but those held, where they are held; None: who runs the software.

    Raises
    ------
    ForbiddenError
        If the maker lacks a right that the token would have.
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
    areas = None if gebieden is None else frozenset(gebieden)
    for scope in wanted:
        if maker is not None and not may_give(maker, scope, areas):
            raise ForbiddenError(
                f"'{maker.name}' wanted to give a token '{scope}', and lacks it there: nobody gives a right "
                "that they don't have; who runs the service can, with 'hotspots users token'"
            )
    if not now < expires_at <= now + timedelta(days=LONGEST_DAYS):
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
        log_change(
            connection,
            Change.TOKEN_ADDED,
            by=maker,
            about_id=token_id,
            about=name.strip(),
            now=now,
            rights=tuple(wanted),
        )
        connection.execute(
            insert(api_tokens).values(
                id=token_id,
                name=name.strip(),
                token_hash=hash_token(token),
                scopes=[str(scope) for scope in wanted],
                organisation=organisation,
                gebieden=None if areas is None else sorted(areas),
                created_at=now,
                created_by=created_by,
                expires_at=expires_at,
                maker_id=maker.id if maker else None,
            )
        )
    return token_id, token


def may_give(maker: Actor, right: Right, gebieden: frozenset[str] | None) -> bool:
    """Whether someone has a right in all of these areas (None: everywhere), and so may pass it on."""
    reach = reachable_gebieden(maker, right)
    return reach is None or (gebieden is not None and bool(reach) and gebieden <= reach)


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


def revoke_token(database: Database, *, token_id: str, now: datetime, by: Actor | None = None) -> None:
    """End a token of a machine at once; once ended it stays so.

    Raises
    ------
    NotFoundError
        If there is none by this id.
    """
    with database.writing() as connection:
        found = connection.execute(select(api_tokens.c.name).where(api_tokens.c.id == token_id)).first()
        if found is None:
            raise NotFoundError(f"there is no token '{token_id}'")
        log_change(connection, Change.TOKEN_REVOKED, by=by, about_id=token_id, about=found.name, now=now)
        connection.execute(
            update(api_tokens)
            .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )


def end_tokens_of(connection: Connection, maker_id: str, *, now: datetime, by: Actor | None) -> list[str]:
    """End the tokens that somebody made who is not let in any more; gives their names."""
    holds = (
        api_tokens.c.maker_id == maker_id,
        api_tokens.c.revoked_at.is_(None),
        api_tokens.c.expires_at > now,
    )
    query = select(api_tokens.c.id, api_tokens.c.name).where(*holds).order_by(api_tokens.c.name)
    ended = connection.execute(query).all()
    for row in ended:
        log_change(connection, Change.TOKEN_REVOKED, by=by, about_id=row.id, about=row.name, now=now)
    connection.execute(update(api_tokens).where(*holds).values(revoked_at=now))
    return [row.name for row in ended]


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
