"""Signed links: no link can be changed, or made, without a key that is not in the database."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import Signer

from hotspots.files.key_files import key_of_file
from hotspots.settings import ServiceSettings

SEPARATOR = "."


@dataclass(frozen=True)
class SigningKey:
    """A secret key; shown nowhere."""

    key: bytes

    def sign(self, purpose: str, *parts: str) -> str:
        """Join parts into a token that holds for one purpose only.

        Examples
        --------
        >>> SigningKey(b"k").sign("map", "7", "ff")
        '7.ff.W11lQB8mYrpF9vq1pFZLrig7BUjdUnQtoQHFX1nq3EI'
        """
        signer = Signer(self.key, key_derivation="none", digest_method=hashlib.sha256)
        return SEPARATOR.join([*parts, signer.get_signature("\x00".join((purpose, *parts))).decode()])

    def read(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts of a token of this key and purpose; None of any other. Compared in constant time."""
        parts = token.split(SEPARATOR)[:-1]
        # as text: itsdangerous itself also takes a signature whose last, unused bits were changed
        is_ours = secrets.compare_digest(self.sign(purpose, *parts).encode(), token.encode())
        return tuple(parts) if is_ours else None

    def code(self, purpose: str, *parts: str) -> str:
        """The signature alone, as 64 hexadecimal digits."""
        return hmac.new(self.key, "\x00".join((purpose, *parts)).encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        """Without the key."""
        return "SigningKey(…)"


def load_signing_key(settings: ServiceSettings) -> SigningKey:
    """Give the key of the settings, else that of the key file, which is made when it is absent.

    Raises
    ------
    StoreError
        If the file can't be read or written.
    """
    given = settings.signing_key.get_secret_value()
    return (
        SigningKey(given.encode())
        if given
        else SigningKey(key_of_file(settings.signing_key_file, what="key of signed links"))
    )


def require_signing_key(settings: ServiceSettings) -> None:
    """Refuse a weak key before anything is signed with it; one that is not made yet will be strong.

    Raises
    ------
    StoreError
        If the key file can't be read, or holds a weak key.
    """
    if settings.signing_key.get_secret_value() or settings.signing_key_file.exists():
        load_signing_key(settings)
