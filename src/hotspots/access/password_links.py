"""Links to choose a password, which an administrator makes for who forgot theirs, or who has none yet.

A link is signed, ends after an hour (an invitation after a week), and works once: it names the password that
it replaces by its hash, which is another one afterwards. It is as when an administrator gives a password:
whoever made the link could use it, so an account that reaches persons waits for a second person. Nobody makes
one for oneself, as who finds a session open could; nor does one work of a maker who may not manage accounts
any more.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from hotspots.access.access_changes import OPERATOR, Change, log_change
from hotspots.access.accounts import change_password
from hotspots.access.passwords import hash_token
from hotspots.access.people import actor_of_row, find_account
from hotspots.access.rights import Actor, Right, Role, is_held, may, two_person_rights
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, AccountProblem, ExpiredError
from hotspots.store.case_tables import users
from hotspots.store.database import Database

PURPOSE = "a new password"

TERM = timedelta(hours=1)
"""How long a link works; a promise, so no setting."""

INVITATION_TERM = timedelta(days=7)
"""How long it works for who never chose a password: they may be away when it is made."""


@dataclass(frozen=True)
class PasswordLink:
    """A link that works."""

    name: str  # to sign in with
    by: Actor  # who made it
    former: str  # hash of the password that it replaces
    is_held_after: bool  # whether a second person lets the account in afterwards
    is_invitation: bool  # whether there was no password before


def make_password_link(
    database: Database, key: SigningKey, *, name: str, by: Actor | None, now: datetime
) -> tuple[str, datetime]:
    """Make a link for an account, and log it; gives its token and when it ends.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If it has no password here, is blocked, or is the maker's own.
    """
    actor = by or OPERATOR
    with database.writing() as connection:
        row = find_account(connection, name)
        if row.password_hash is None:
            raise AccountError(
                "wanted an account with a password here, found one that signs in elsewhere",
                AccountProblem.NOT_LOCAL,
            )
        if row.is_disabled:
            raise AccountError(f"wanted an account that is let in, found '{row.name}', which is blocked")
        if row.id == actor.id:
            raise AccountError(
                "wanted somebody else's account, found your own: change it knowing the old password",
                AccountProblem.OWN_ACCOUNT,
            )
        is_invitation = row.invited_until is not None
        ends = int((now + (INVITATION_TERM if is_invitation else TERM)).timestamp())
        until = datetime.fromtimestamp(ends, UTC)
        if is_invitation:
            connection.execute(update(users).where(users.c.id == row.id).values(invited_until=until))
        kind = Change.INVITED if is_invitation else Change.LINK
        log_change(connection, kind, by=by, about_id=row.id, about=row.name, now=now)
    token = key.sign(PURPOSE, row.id, actor.id, str(ends), hash_token(row.password_hash)[:32])
    return token, until


def read_password_link(database: Database, key: SigningKey, token: str, *, now: datetime) -> PasswordLink:
    """Read a link.

    Raises
    ------
    ExpiredError
        If it is none of ours, its hour is over, it was used, the account is not let in, or its maker may not
        manage accounts any more.
    """
    parts = key.read(PURPOSE, token)
    if parts is None or len(parts) != 4 or now.timestamp() >= int(parts[2]):
        raise ExpiredError("wanted a link to choose a password, found none that works")
    user_id, maker_id, _, former = parts
    with database.reading() as connection:
        row = connection.execute(select(users).where(users.c.id == user_id)).first()
        maker = connection.execute(select(users).where(users.c.id == maker_id)).first()
    if maker_id != OPERATOR.id and not _may_make(maker):
        raise ExpiredError("wanted a link to choose a password, found one of who may not make it any more")
    if row is None or row.is_disabled or hash_token(row.password_hash or "")[:32] != former:
        raise ExpiredError("wanted a link to choose a password, found one that was used or has ended")
    by = OPERATOR if maker is None else actor_of_row(maker)
    by_role = set() if maker is None else {str(right) for right in two_person_rights(Role(row.role))}
    asked = {*(row.asked or ()), *by_role}
    is_invitation = row.invited_until is not None
    return PasswordLink(row.name, by, row.password_hash, is_held(asked), is_invitation)


def _may_make(maker: Any) -> bool:
    if maker is None or maker.is_disabled or is_held(maker.asked):
        return False
    return may(actor_of_row(maker), Right.MANAGE_USERS, None)


def use_password_link(
    database: Database, key: SigningKey, token: str, *, password: str, now: datetime
) -> PasswordLink:
    """Give an account the password that was chosen by a link; all its sessions end.

    Raises
    ------
    ExpiredError
        As :func:`read_password_link`, also if it was used at this moment.
    AccountError
        If the password is too weak.
    """
    link = read_password_link(database, key, token, now=now)
    by = None if link.by.id == OPERATOR.id else link.by
    change_password(database, name=link.name, password=password, now=now, by=by, former=link.former)
    return link
