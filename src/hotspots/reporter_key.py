"""The key that turns reporters into hashes: outside the database, and always the same for one database."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, select

from hotspots.errors import StoreError
from hotspots.settings import PrivacySettings
from hotspots.store.tables import facts

FINGERPRINT = "reporter key fingerprint"


@dataclass(frozen=True)
class ReporterKey:
    """A secret key; shown nowhere."""

    key: bytes

    def hash_of(self, reporter: str) -> str | None:
        """The keyed hash (HMAC-SHA-256) of a reporter, None if unknown; case and blanks don't matter."""
        plain = "".join(reporter.casefold().split())
        return hmac.new(self.key, plain.encode(), hashlib.sha256).hexdigest() if plain else None

    @property
    def fingerprint(self) -> str:
        """Which key it is, without telling it."""
        return hashlib.sha256(b"hotspots reporter key\x00" + self.key).hexdigest()[:16]

    def __repr__(self) -> str:
        """Without the key."""
        return f"ReporterKey({self.fingerprint})"


def load_reporter_key(
    connection: Connection, settings: PrivacySettings, *, is_kept: bool = True
) -> ReporterKey:
    """Give the key of the settings, else that of the key file, which is made when it is absent.

    Parameters
    ----------
    is_kept
        Whether a new key is written to the file, and its fingerprint to the database.

    Raises
    ------
    StoreError
        If the reporters in this database were hashed with another key, or the file can't be used.
    """
    given = settings.reporter_key.get_secret_value()
    stored = connection.execute(select(facts.c.value).where(facts.c.name == FINGERPRINT)).scalar()
    if given:
        key = ReporterKey(given.encode())
    else:
        key = _from_file(settings.reporter_key_file, may_make=stored is None and is_kept)
    if stored is None:
        if is_kept:
            connection.execute(insert(facts).values(name=FINGERPRINT, value=key.fingerprint))
    elif stored != key.fingerprint and is_kept:
        raise StoreError(
            f"the reporters in this database were hashed with key {stored}, found key {key.fingerprint}: put "
            f"the right key in privacy.reporter_key or '{settings.reporter_key_file}', or every known "
            "reporter would count as a new one"
        )
    return key


def _from_file(path: Path, *, may_make: bool) -> ReporterKey:
    try:
        return ReporterKey(path.read_bytes().strip())
    except FileNotFoundError:
        key = secrets.token_hex(32).encode()
        if may_make:
            _write(path, key)
        return ReporterKey(key)
    except OSError as error:
        raise StoreError(f"can't read the reporter key '{path}' ({error.strerror})") from None


def _write(path: Path, key: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        part.replace(path)
    except OSError as error:
        raise StoreError(f"can't write the reporter key '{path}' ({error.strerror})") from None
