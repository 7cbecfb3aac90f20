"""Signed links: no link can be changed, or made, without a key that is not in the database."""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotspots.errors import StoreError
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
        return SEPARATOR.join([*parts, self._signature(purpose, parts)])

    def read(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The parts of a token of this key and purpose; None of any other. Compared in constant time."""
        *parts, given = token.split(SEPARATOR)
        if not hmac.compare_digest(self._signature(purpose, tuple(parts)).encode(), given.encode()):
            return None
        return tuple(parts)

    def __repr__(self) -> str:
        """Without the key."""
        return "SigningKey(…)"

    def _signature(self, purpose: str, parts: tuple[str, ...]) -> str:
        signed = "\x00".join((purpose, *parts)).encode()
        return urlsafe_b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode().rstrip("=")


def load_signing_key(settings: ServiceSettings) -> SigningKey:
    """Give the key of the settings, else that of the key file, which is made when it is absent.

    Raises
    ------
    StoreError
        If the file can't be read or written.
    """
    given = settings.signing_key.get_secret_value()
    return SigningKey(given.encode()) if given else SigningKey(_from_file(settings.signing_key_file))


def _from_file(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise StoreError(f"can't use the key of signed links '{path}' ({error.strerror})") from None
    if len(key) < 32:
        raise StoreError(f"wanted a key of signed links of 32 bytes or more in '{path}', found {len(key)}")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with suppress(FileExistsError):  # of two that make it at once, the first stays
            os.link(part, path)
    finally:
        part.unlink()
