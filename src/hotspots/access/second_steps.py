"""Between the two steps of signing in: the password was right, and there is no session yet.

Who gave the password gets a token for a short time. It is signed and no session: it opens only the second
step, of this account, for as long as the password stays the same. An account that must have a second step and
has none sets it up with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from hotspots.access.access_changes import Change, log_change
from hotspots.access.attempts import forget_attempts, wrong_before
from hotspots.access.passwords import hash_token
from hotspots.access.people import actor_of_row
from hotspots.access.rights import is_held
from hotspots.access.second_factors import (
    count_code,
    end_sessions,
    is_obligatory,
    keep_factor,
    read_factor,
    use_code,
)
from hotspots.access.sessions import new_session
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, SecondStepError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import users
from hotspots.store.database import Database

PURPOSE = "the second step of signing in"

TERM = timedelta(minutes=15)
"""How long after the password: enough to install an app; a promise, so no setting."""


@dataclass(frozen=True)
class HalfWay:
    """Who gave the right password, and no code yet."""

    user_id: str
    name: str  # to sign in with
    is_set_up: bool  # whether the account has a second step; else it must set one up now


@dataclass(frozen=True)
class Entered:
    """Who is signed in after both steps."""

    token: str  # of the session
    by_recovery_code: bool
    wrong_before: int  # codes of unknown devices, after the right password, since it last went well


def token_of_half(key: SigningKey, error: SecondStepError, *, now: datetime) -> str:
    """Give who gave the right password what opens the second step."""
    ends = str(int((now + TERM).timestamp()))
    return key.sign(PURPOSE, error.user_id, ends, hash_token(error.password_hash)[:32])


def read_half(
    database: Database, settings: SignInSettings, key: SigningKey, token: str, *, now: datetime
) -> HalfWay:
    """Read who is half way.

    Raises
    ------
    ExpiredError
        If it is no token of ours, its time is over, the password is another one since, the account is not
        let in any more, or needs no second step.
    """
    parts = key.read(PURPOSE, token)
    if parts is None or len(parts) != 3 or now.timestamp() >= int(parts[1]):
        raise ExpiredError("wanted who gave the right password just now, found nobody")
    user_id, _, former = parts
    with database.reading() as connection:
        row = connection.execute(select(users).where(users.c.id == user_id)).first()
        is_set_up = read_factor(connection, user_id) is not None
    if row is None or row.is_disabled or is_held(row.asked):
        raise ExpiredError("wanted an account that is let in, found one that is not any more")
    if hash_token(row.password_hash or "")[:32] != former:
        raise ExpiredError("wanted who gave the password of now, found one of before")
    if not is_set_up and not is_obligatory(row.role, is_local=True, settings=settings):
        raise ExpiredError("wanted an account with a second step, found one without by now")
    return HalfWay(row.id, row.name, is_set_up)


def finish_with_code(
    database: Database,
    settings: SignInSettings,
    key: SigningKey,
    half: HalfWay,
    *,
    code: str,
    now: datetime,
    earlier_token: str | None = None,
    origin: str = "",
    device: str | None = None,
) -> Entered:
    """Begin a session with a code of the second step, which is used up by it.

    Raises
    ------
    WrongCodeError
        If it is none of this account, of another moment, or was used.
    LockedOutError
        If there were too many wrong ones before.
    StoreError
        If codes can't be told, as the key of the service is another one since.
    """
    knock = count_code(database, settings, user_id=half.user_id, now=now, origin=origin, device=device)
    with database.writing() as connection:
        wrong = wrong_before(connection, knock) - (device is None)  # this one was counted
        kind = use_code(connection, key, user_id=half.user_id, name=half.name, code=code, now=now)
        forget_attempts(connection, knock)
        token = new_session(connection, settings, half.user_id, now, earlier_token)
    return Entered(token, kind == "recovery code", wrong)


def finish_with_new_factor(
    database: Database,
    settings: SignInSettings,
    key: SigningKey,
    half: HalfWay,
    *,
    sealed: str,
    code: str,
    now: datetime,
    earlier_token: str | None = None,
) -> tuple[str, list[str]]:
    """Set up the second step that must be there, and begin a session; gives its token and the recovery codes.

    All other sessions end, as they began without it.

    Raises
    ------
    WrongCodeError
        If the code is none of the app that was set up, at this moment.
    ExpiredError
        If a second step was set up since.
    """
    with database.writing() as connection:
        row = connection.execute(select(users).where(users.c.id == half.user_id).with_for_update()).one()
        if read_factor(connection, half.user_id) is not None:
            raise ExpiredError("wanted an account without a second step, found one that has it since")
        codes = keep_factor(connection, key, user_id=half.user_id, sealed=sealed, code=code, now=now)
        log_change(
            connection, Change.STEP_SET, by=actor_of_row(row), about_id=row.id, about=row.name, now=now
        )
        end_sessions(connection, half.user_id)
        return new_session(connection, settings, half.user_id, now, earlier_token), codes
