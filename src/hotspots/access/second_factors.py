"""The second step of an account here: a code of an app (TOTP, RFC 6238), or a recovery code.

What the codes are made of is sealed with the key of the service, which is not in the database; of recovery
codes, which are random, only a hash is kept. Each code works once. Wrong ones are counted like passwords.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hotspots.access.access_changes import Change, log_change
from hotspots.access.attempts import Knock, count_attempt, forget_attempts
from hotspots.access.checking import require_own_password
from hotspots.access.passwords import hash_token
from hotspots.access.people import find_account
from hotspots.access.rights import Actor
from hotspots.access.sealing import seal, unseal
from hotspots.access.signed_links import SigningKey
from hotspots.errors import AccountError, AccountProblem, StoreError, WrongCodeError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import recovery_codes, second_factors, sessions, users
from hotspots.store.database import Database

DRIFT = 1
"""So many steps of 30 s a clock may be off."""

RECOVERY_CODES = 10

_AT_REST = "what the codes of an account are made of"
_IN_FORM = "what the codes of an account may be made of"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of recovery codes: none that looks like another."""


@dataclass(frozen=True)
class NewFactor:
    """What an app needs, before it is known that it has it."""

    secret: str  # in base 32, to be typed
    address: str  # otpauth://, for a picture that a camera reads
    sealed: str  # to come back with the first code; of use for this account only


@dataclass(frozen=True)
class OwnFactor:
    """The second step of an account, without what it is made of."""

    set_at: datetime
    codes_left: int  # recovery codes


def is_obligatory(role: str, *, is_local: bool, settings: SignInSettings) -> bool:
    """Whether an account must have a second step: by its role, if it has a password here."""
    return is_local and role in settings.second_factor_for


def read_factor(connection: Connection, user_id: str) -> OwnFactor | None:
    """Read whether an account has a second step, and what is left of its recovery codes."""
    query = select(second_factors.c.set_at).where(second_factors.c.user_id == user_id)
    set_at = connection.execute(query).scalar()
    if set_at is None:
        return None
    left = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == user_id)
    return OwnFactor(set_at, connection.execute(left).scalar_one())


def make_factor(
    key: SigningKey, *, user_id: str, name: str, issuer: str, sealed: str | None = None
) -> NewFactor:
    """Make what an app needs; the same as before if a form brings it back.

    Parameters
    ----------
    name, issuer
        How the app calls it: whose it is, and where.
    """
    import pyotp

    known = unseal(key.code(_IN_FORM, user_id), sealed.encode()) if sealed else None
    secret = pyotp.random_base32() if known is None else known.decode()
    return NewFactor(
        secret,
        pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer),
        seal(key.code(_IN_FORM, user_id), secret.encode()).decode(),
    )


def keep_factor(
    connection: Connection, key: SigningKey, *, user_id: str, sealed: str, code: str, now: datetime
) -> list[str]:
    """Give an account the second step of an app that shows its first code; gives new recovery codes.

    It takes the place of a former one, and is logged by the caller, who knows who did it.

    Raises
    ------
    WrongCodeError
        If the code is none of this app at this moment, or what came back is not of this account.
    """
    secret = unseal(key.code(_IN_FORM, user_id), sealed.encode()) if sealed else None
    step = None if secret is None else _step_of(secret.decode(), code, now, after=0)
    if secret is None or step is None:
        raise WrongCodeError("wanted the code that the app shows now, found another")
    values = {"secret": seal(key.code(_AT_REST, user_id), secret), "set_at": now, "last_step": step}
    connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
    connection.execute(insert(second_factors).values(user_id=user_id, **values))
    return _new_codes(connection, user_id)


def use_code(
    connection: Connection, key: SigningKey, *, user_id: str, name: str, code: str, now: datetime
) -> Literal["code", "recovery code"]:
    """Use a code up; gives which kind it was.

    Raises
    ------
    WrongCodeError
        If it is none of this account, of another moment, or was used.
    StoreError
        If the codes of its app can't be told, as the key of the service is another one since.
    """
    row = connection.execute(select(second_factors).where(second_factors.c.user_id == user_id)).first()
    typed = _typed(code)
    if row is not None and len(typed) == 6 and typed.isdecimal():
        secret = unseal(key.code(_AT_REST, user_id), row.secret)
        if secret is None:
            raise StoreError(
                f"wanted the second step of '{name}' sealed with the signing key of this service, found "
                f"another key: put the former key back, or 'hotspots users reset-second-step {name}'"
            )
        step = _step_of(secret.decode(), typed, now, after=row.last_step)
        unused = (second_factors.c.user_id == user_id) & (second_factors.c.last_step < (step or 0))
        if step and connection.execute(update(second_factors).where(unused).values(last_step=step)).rowcount:
            return "code"
    elif row is not None:
        chosen = recovery_codes.c.code_hash == _hash(user_id, typed)
        own = recovery_codes.c.user_id == user_id
        if connection.execute(delete(recovery_codes).where(own, chosen)).rowcount:
            log_change(
                connection,
                Change.CODE_USED,
                by=_self(connection, user_id),
                about_id=user_id,
                about=name,
                now=now,
            )
            return "recovery code"
    raise WrongCodeError("wanted a code of this account that was not used, found another")


def count_code(
    database: Database,
    settings: SignInSettings,
    *,
    user_id: str,
    now: datetime,
    origin: str = "",
    device: str | None = None,
) -> Knock:
    """Count a code before it is looked at, as passwords are; gives what to forget when it was right.

    Raises
    ------
    LockedOutError
        If there were too many wrong ones before.
    """
    knock = Knock(f"\x00code {user_id}", origin, device)  # no name to sign in with has such a sign
    with database.writing() as connection:
        count_attempt(connection, settings, knock, now)
    return knock


def set_own_factor(
    database: Database,
    settings: SignInSettings,
    key: SigningKey,
    *,
    actor: Actor,
    password: str,
    sealed: str,
    code: str,
    former: str = "",
    now: datetime,
    origin: str = "",
    session: str | None = None,
) -> list[str]:
    """Set up one's own second step, or one of another app; gives the recovery codes, for once.

    All sessions end but the one this is done in, as they began without it.

    Parameters
    ----------
    former
        A code of the present second step, if there is one.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        If the password or a code (WrongCodeError) is wrong, or was too often.
    AccountError
        If the account has no password here.
    """
    name = _own_name(database, settings, actor=actor, password=password, now=now, origin=origin)
    knock = count_code(database, settings, user_id=actor.id, now=now, origin=origin)
    with database.writing() as connection:
        if read_factor(connection, actor.id) is not None:
            use_code(connection, key, user_id=actor.id, name=name, code=former, now=now)
        codes = keep_factor(connection, key, user_id=actor.id, sealed=sealed, code=code, now=now)
        forget_attempts(connection, knock)
        log_change(connection, Change.STEP_SET, by=actor, about_id=actor.id, about=name, now=now)
        end_sessions(connection, actor.id, but=session)
    return codes


def end_own_factor(
    database: Database,
    settings: SignInSettings,
    key: SigningKey,
    *,
    actor: Actor,
    password: str,
    code: str,
    now: datetime,
    origin: str = "",
) -> None:
    """Sign in without a second step from now on.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        As :func:`set_own_factor`.
    AccountError
        If the settings ask it of this role, or there is none.
    """
    if is_obligatory(str(actor.role), is_local=True, settings=settings):
        raise AccountError(
            f"wanted a second step for the role '{actor.role}', as [sign_in] second_factor_for says",
            AccountProblem.STEP_OBLIGATORY,
        )
    name = _own_name(database, settings, actor=actor, password=password, now=now, origin=origin)
    knock = count_code(database, settings, user_id=actor.id, now=now, origin=origin)
    with database.writing() as connection:
        use_code(connection, key, user_id=actor.id, name=name, code=code, now=now)
        _remove(connection, actor.id)
        forget_attempts(connection, knock)
        log_change(connection, Change.STEP_ENDED, by=actor, about_id=actor.id, about=name, now=now)


def renew_own_codes(
    database: Database,
    settings: SignInSettings,
    key: SigningKey,
    *,
    actor: Actor,
    password: str,
    code: str,
    now: datetime,
    origin: str = "",
) -> list[str]:
    """Give oneself new recovery codes, for once; the former ones work no more.

    Raises
    ------
    SignInError, LockedOutError, BusyError
        As :func:`set_own_factor`.
    AccountError
        If the account has no password here.
    """
    name = _own_name(database, settings, actor=actor, password=password, now=now, origin=origin)
    knock = count_code(database, settings, user_id=actor.id, now=now, origin=origin)
    with database.writing() as connection:
        use_code(connection, key, user_id=actor.id, name=name, code=code, now=now)
        forget_attempts(connection, knock)
        log_change(connection, Change.CODES, by=actor, about_id=actor.id, about=name, now=now)
        return _new_codes(connection, actor.id)


def reset_factor(database: Database, *, name: str, by: Actor | None, now: datetime) -> None:
    """Take somebody else's second step off, who has lost the app and the codes; all their sessions end.

    Raises
    ------
    NotFoundError
        If there is no such account.
    AccountError
        If it has no second step, or is one's own: who finds a session open would be rid of it.
    """
    with database.writing() as connection:
        row = find_account(connection, name)
        if by is not None and by.id == row.id:
            raise AccountError(
                "wanted somebody else's account, found your own: change it knowing the password",
                AccountProblem.OWN_ACCOUNT,
            )
        if not _remove(connection, row.id):
            raise AccountError(
                f"wanted the second step of '{row.name}', found none", AccountProblem.STEP_ABSENT
            )
        log_change(connection, Change.STEP_RESET, by=by, about_id=row.id, about=row.name, now=now)
        end_sessions(connection, row.id)


def _own_name(
    database: Database,
    settings: SignInSettings,
    *,
    actor: Actor,
    password: str,
    now: datetime,
    origin: str,
) -> str:
    name = require_own_password(database, settings, actor=actor, password=password, now=now, origin=origin)
    if name is None:
        raise AccountError(
            "wanted an account with a password here, found one that signs in elsewhere",
            AccountProblem.NOT_LOCAL,
        )
    return name


def _remove(connection: Connection, user_id: str) -> int:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    return connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id)).rowcount


def end_sessions(connection: Connection, user_id: str, *, but: str | None = None) -> None:
    """End the sessions of an account, or all but one: they began without the second step of now."""
    ended = sessions.c.user_id == user_id
    if but is not None:
        ended &= sessions.c.token_hash != hash_token(but)
    connection.execute(delete(sessions).where(ended))


def _new_codes(connection: Connection, user_id: str) -> list[str]:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": user_id, "code_hash": _hash(user_id, code)} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def _step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The step of 30 s of which this is the code, near this moment and not used up; None if it is of none."""
    import pyotp

    maker, typed = pyotp.TOTP(secret), _typed(code).encode()
    here = maker.timecode(now)
    steps = range(here - DRIFT, here + DRIFT + 1)
    found = [step for step in steps if hmac.compare_digest(maker.generate_otp(step).encode(), typed)]
    return next((step for step in found if step > after), None)


def _typed(code: str) -> str:
    return "".join(sign for sign in code[:60].casefold() if sign.isalnum())


def _hash(user_id: str, code: str) -> str:
    return hash_token(f"recovery code of {user_id}: {code}")


def _self(connection: Connection, user_id: str) -> Actor:
    row: Row[Any] = connection.execute(select(users.c.full_name).where(users.c.id == user_id)).one()
    return Actor(user_id, row.full_name, None)
