"""Passwords, tokens and delays: what can be decided about them without a database.

Passwords are hashed with argon2id (RFC 9106); tokens are 256 random bits of which only the SHA-256 is kept.
"""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from hotspots.access.turns import turns_of
from hotspots.errors import AccountError, AccountProblem
from hotspots.settings import SignInSettings

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""A longer one is refused: hashing megabytes is a way to keep a server busy."""

MIN_GUESSES = 10**10
"""So many guesses take a guesser who has the hashes centuries, and one at the door for ever."""

DUTCH_WORDS = (
    *("wachtwoord", "welkom", "geheim", "gemeente", "hotspots", "overlast", "meldingen", "veiligheid"),
    *("handhaving", "politie", "boa", "beheerder", "lente", "zomer", "herfst", "winter", "vakantie"),
    *("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "januari", "februari"),
    *("maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"),
    *("voetbal", "nederland", "amsterdam", "rotterdam", "utrecht", "maastricht", "eindhoven", "feyenoord"),
)
"""First words that are tried here; the lists of zxcvbn are mostly English."""

_SHORT_WORDS = (
    "anker",
    "beuk",
    "brug",
    "gans",
    "kano",
    "klok",
    "kruik",
    "linde",
    "maan",
    "molen",
    "tulp",
    "zeil",
)

API_TOKEN_PREFIX = "hs_"  # noqa: S105  # makes a leaked token recognisable to scanners

SEEN_EVERY = timedelta(minutes=1)
"""How often the use of a session or token is written down."""


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    """What a password is compared with when there is no account, so that this takes as long."""
    return _hasher().hash(secrets.token_urlsafe(32))


def hash_password(password: str, *, name: str, known_here: Iterable[str] = ()) -> str:
    """Hash a new password, with parameters and salt in the result.

    Parameters
    ----------
    known_here
        Names that everyone here knows, such as that of the municipality: these are guessed first.

    Raises
    ------
    AccountError
        If it is too short or too long, or is the name.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise AccountError(
            f"wanted a password of {MIN_PASSWORD} to {MAX_PASSWORD} characters, found {len(password)}",
            AccountProblem.PASSWORD_LENGTH,
        )
    has_name = bool(name) and (name.casefold() in password.casefold() or _letters(name) in _letters(password))
    if has_name or len(set(password)) < 5:
        raise AccountError(
            "wanted a password without the name in it and of at least 5 different characters",
            AccountProblem.PASSWORD_TOO_EASY,
        )
    if _tries_to_guess(password, (*name.split(), *known_here)) < MIN_GUESSES:
        raise AccountError(
            "wanted a password that is hard to guess, found one of common words, names, dates or patterns: "
            "take four or more words that have nothing to do with each other",
            AccountProblem.PASSWORD_TOO_EASY,
        )
    return hash_shown_password(password)


def hash_shown_password(password: str) -> str:
    """Hash a password as it is, easy to guess or not: for the demo alone, which shows its passwords."""
    usual = SignInSettings()
    with turns_of(usual.hashes_at_once, usual.hashes_waiting).take():
        return _hasher().hash(password)


def new_shown_password() -> str:
    """Make a password for the demo that is short enough to type."""
    return f"{secrets.choice(_SHORT_WORDS)}-{secrets.randbelow(9000) + 1000}"


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum()) or text


def _tries_to_guess(password: str, known: Iterable[str]) -> float:
    """How many passwords a guesser tries before this one (zxcvbn; Wheeler 2016)."""
    from zxcvbn import zxcvbn

    # what comes after 72 characters makes it no easier, and would take long to look at
    as_read = unicodedata.normalize("NFKC", password)[:72]  # wide or raised letters are guessed as plain ones
    return float(zxcvbn(as_read, user_inputs=[*DUTCH_WORDS, *known])["guesses"])


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is no account or no password (None)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_PASSWORD:
        password = ""
    of_nobody = _hash_of_nobody()  # also where it is not needed: the first time takes longer
    try:
        _hasher().verify(password_hash or of_nobody, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def new_token(prefix: str = "") -> str:
    """Make a secret that can't be guessed."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of a token: it is random, so a plain hash is enough.

    Examples
    --------
    >>> hash_token("hs_x")[:16]
    '20d8ff83ce6fdd79'
    """
    return hashlib.sha256(token.encode()).hexdigest()


CSRF_LENGTH = 128
"""Signs of a CSRF token; a form has more behind it (:mod:`hotspots.access.form_tokens`)."""


def csrf_token(session_token: str, mask: bytes | None = None) -> str:
    """What a form carries to show that it comes from our own page; bound to the session.

    It looks different each time, so that the length of a compressed page tells nothing of it (BREACH); unless
    a mask of 32 bytes is given, of a form that is shown again.
    """
    mask = secrets.token_bytes(32) if mask is None else mask
    return (mask + _masked(_csrf_secret(session_token), mask)).hex()


def is_csrf_token(session_token: str, given: str) -> bool:
    """Whether a form carries a token of this session; compared in constant time."""
    try:
        parts = bytes.fromhex(given[:CSRF_LENGTH])
    except ValueError:
        return False
    if len(parts) != 64:
        return False
    return hmac.compare_digest(_masked(parts[32:], parts[:32]), _csrf_secret(session_token))


def _csrf_secret(session_token: str) -> bytes:
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).digest()


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(value, mask, strict=True))


def locked_until(
    failures: int, failed_at: datetime, settings: SignInSettings, *, free: int | None = None
) -> datetime | None:
    """Until when one waits after wrong passwords in a row; None: there is no delay.

    The delay, from the last failure on, doubles with each further one up to a maximum: an attacker gains
    nothing by going on. Free are ``attempts_before_delay`` unless another number is given.

    Examples
    --------
    >>> from datetime import UTC
    >>> nine = datetime(2024, 3, 4, 9, tzinfo=UTC)
    >>> [str(locked_until(count, nine, SignInSettings()))[11:19] for count in (4, 5, 6, 7, 50)]
    ['', '09:00:30', '09:01:00', '09:02:00', '09:15:00']
    """
    beyond = failures - (settings.attempts_before_delay if free is None else free)
    if beyond < 0:
        return None
    longest = timedelta(minutes=settings.max_delay_minutes)
    doublings: int = 1 << min(beyond, 20)
    return failed_at + min(timedelta(seconds=settings.first_delay_seconds * doublings), longest)


def session_ends(created_at: datetime, used_at: datetime, settings: SignInSettings) -> datetime:
    """When a session ends if nothing more is done: by its age, or by rest."""
    return min(
        created_at + timedelta(hours=settings.session_hours),
        used_at + timedelta(minutes=settings.idle_minutes),
    )
