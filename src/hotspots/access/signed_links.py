"""Signed links: no link can be changed, or made, without a key that is not in the database."""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import Signer

from hotspots.errors import StoreError
from hotspots.files.private_files import FILE_MODE, make_private_folder
from hotspots.settings import ServiceSettings
from hotspots.settings.secret_keys import require_key

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
    return SigningKey(given.encode()) if given else SigningKey(_from_file(settings.signing_key_file))


def require_signing_key(settings: ServiceSettings) -> None:
    """Refuse a weak key before anything is signed with it; one that is not made yet will be strong.

    Raises
    ------
    StoreError
        If the key file can't be read, or holds a weak key.
    """
    if settings.signing_key.get_secret_value() or settings.signing_key_file.exists():
        load_signing_key(settings)


def _from_file(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise StoreError(f"can't use the key of signed links '{path}' ({error.strerror})") from None
    try:
        require_key(key, what=f"a key of signed links in '{path}'")
    except ValueError as error:
        raise StoreError(str(error)) from None
    return key


def _make(path: Path) -> None:
    make_private_folder(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with suppress(FileExistsError):  # of two that make it at once, the first stays
            os.link(part, path)
    finally:
        part.unlink()
