"""The keys that turn reporters into hashes: outside the database, and always the same for one database.

A rotation puts a newer key after the others: the hash by the first key is then hashed with the second, and so
on. That needs no plain reporters, keeps every reporter apart and changes no result of detection. The older
keys alone no longer open the database, only copies from before the rotation.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Connection, bindparam, select, update

from hotspots.errors import SettingsError, StoreError
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.intake.scrubbing import names_a_person
from hotspots.settings import PrivacySettings
from hotspots.settings.secret_keys import MIN_KEY_BYTES, lines_of, require_key, strongest_of, weakness_of
from hotspots.store.batches import in_batches
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.metadata import WIPE_DUE, read_fact, write_fact
from hotspots.store.report_tables import erased_reports, reporters, reports

FINGERPRINT = "reporter key fingerprint"
SEALED = "content hashes are keyed"
"""Names of facts: by which keys reporters were hashed, and that what tells a change is hashed by them too."""

log = structlog.stdlib.get_logger()

NAMELESS = "numbers of reports that name a person are hashed"

KNOWN_NUMBERS = "also joined names"
"""Raised when more numbers are seen to name a person, so that what is kept is looked through again."""

HASHED_ID = "gehasht-"
"""Before the hash of the number of a report at its source."""


@dataclass(frozen=True)
class ReporterKey:
    """A secret key, and those that came after it, oldest first; shown nowhere."""

    key: bytes
    later: tuple[bytes, ...] = ()

    def hash_of(self, reporter: str) -> str | None:
        """The keyed hash (HMAC-SHA-256) of a reporter, None if unknown; case and blanks don't matter."""
        plain = "".join(reporter.casefold().split())
        return _sealed_reporter(self, plain) if plain else None

    def sealed(self, text: str) -> str:
        """The keyed hash of a text: who has the database alone can't try out what it might be."""
        return self.brought_up(_keyed(self.key, text))

    def id_of(self, source_id: str) -> str:
        """The number of a report as it is kept: a short keyed hash of one that seems to name a person.

        Always by the first key: whoever was erased is recognised by it, also after a rotation.
        """
        if not names_a_person(source_id):
            return source_id
        return HASHED_ID + _keyed(self.key, f"number {source_id}")[:24]

    def brought_up(self, digest: str) -> str:
        """A hash by the first key, hashed by those after it."""
        for key in self.later:
            digest = _keyed(key, digest)
        return digest

    @property
    def weakness(self) -> str | None:
        """What makes all of these keys weak; None if one of them is strong, which is enough."""
        return weakness_of(strongest_of([self.key, *self.later]))

    @cached_property
    def first(self) -> "ReporterKey":
        """Only the first key: what it gives is the same before and after a rotation."""
        return ReporterKey(self.key) if self.later else self

    @property
    def fingerprint(self) -> str:
        """Which keys they are, without telling them."""
        all_keys = b"\n".join((self.key, *self.later))
        return hashlib.sha256(b"hotspots reporter key\x00" + all_keys).hexdigest()[:16]

    def __repr__(self) -> str:
        """Without the keys."""
        return f"ReporterKey({self.fingerprint})"


@lru_cache(maxsize=32_768)
def _sealed_reporter(key: ReporterKey, plain: str) -> str:
    # a reporter comes by more than once in a delivery, and several times for each report
    return key.sealed(plain)


def load_reporter_key(
    connection: Connection, settings: PrivacySettings, *, is_kept: bool = True, is_rotated: bool = False
) -> ReporterKey:
    """Give the keys of the settings, else those of the key file, which is made when it is absent.

    A rotation that was cut off after the database had changed is completed here.

    Parameters
    ----------
    is_kept
        Whether a new key is written to the file, and its fingerprint to the database.
    is_rotated
        Whether a new key comes after them: a short one becomes safe by that.

    Raises
    ------
    StoreError
        If the key file holds a weak key or can't be used, or if the reporters in this database were hashed
        with another key.
    """
    given = settings.reporter_key.get_secret_value()
    stored = read_fact(connection, FINGERPRINT)
    key = _parsed(given.encode()) if given else _from_file(settings.reporter_key_file, stored, is_kept)
    if not given and not (is_rotated and key.key):
        _require_strong(key, settings.reporter_key_file)
    elif given and key.weakness is not None:
        log.warning(
            "whoever has this database can find out who reported: privacy.reporter_key is too weak, which is "
            "only for trying things out",
            wanted=f"{MIN_KEY_BYTES} random bytes",
            found=key.weakness,
        )
    if stored is None:
        if is_kept:
            write_fact(connection, FINGERPRINT, key.fingerprint)
    elif stored != key.fingerprint and is_kept:
        raise StoreError(
            f"the reporters in this database were hashed with key {stored}, found key {key.fingerprint}: put "
            f"the right key in privacy.reporter_key or '{settings.reporter_key_file}', or every known "
            "reporter would count as a new one"
        )
    if read_fact(connection, SEALED) is None:
        # of an earlier version, which hashed what a report says without the key
        _rehash(connection, reports.c.id, reports.c.content_hash, key.sealed)
        write_fact(connection, SEALED, "yes")
    if read_fact(connection, NAMELESS) != KNOWN_NUMBERS:
        # of an earlier version, which kept every number as it came, or knew less of names
        if _rehash(connection, reports.c.id, reports.c.source_id, key.id_of):
            write_fact(connection, WIPE_DUE, "yes")
        write_fact(connection, NAMELESS, KNOWN_NUMBERS)
    return key


def key_of_database(connection: Connection, settings: PrivacySettings) -> ReporterKey | None:
    """The keys by which the reporters of a database were hashed, also of one from before a rotation.

    Of one in which no reporter was hashed yet: those that are there, if any. Nothing is made or changed.

    Raises
    ------
    StoreError
        If the keys that are there are others, or can't be read.
    """
    stored = read_fact(connection, FINGERPRINT)
    given, path = settings.reporter_key.get_secret_value(), settings.reporter_key_file
    key = _parsed(given.encode()) if given else _read(path) if path.exists() else None
    if stored is None:
        return key
    parts = [ReporterKey(key.key, key.later[:count]) for count in range(len(key.later) + 1)] if key else []
    for part in parts:
        if part.fingerprint == stored:
            return part
    raise StoreError(
        f"the reporters were hashed with key {stored}, which is not in privacy.reporter_key or '{path}': put "
        "the right key there"
    )


def require_reporter_key(settings: PrivacySettings) -> None:
    """Refuse a weak key before real reports come in; one that is not made yet will be strong.

    Raises
    ------
    SettingsError, StoreError
        If the key of the settings or of the key file is weak, or the file can't be read.
    """
    path, given = settings.reporter_key_file, settings.reporter_key.get_secret_value()
    if given:
        try:
            require_key(strongest_of(lines_of(given)), what="a key in privacy.reporter_key")
        except ValueError as error:
            raise SettingsError(str(error)) from None
    elif path.exists():
        _require_strong(_read(path), path)


def _require_strong(key: ReporterKey, path: Path) -> None:
    try:
        require_key(strongest_of([key.key, *key.later]), what=f"a reporter key in '{path}'")
    except ValueError as error:
        raise StoreError(f"{error}; of a key that is in use already: 'hotspots privacy rotate-key'") from None


@dataclass(frozen=True)
class Rotated:
    """What a rotation did."""

    reporters: int
    fingerprint: str
    key_count: int


def rotate_reporter_key(database: Database, settings: PrivacySettings) -> Rotated:
    """Put a new key after the ones there are, and hash all reporters with it, in one transaction.

    The new key stands in a file beside the key file until the database has changed: a rotation that is cut
    off is either not done, or completed by the next import or rotation.

    Raises
    ------
    StoreError
        If the key stands in the settings, which can't be written, or there is no key yet.
    """
    path = settings.reporter_key_file
    if settings.reporter_key.get_secret_value():
        raise StoreError(
            f"the key stands in privacy.reporter_key, which can't be written: move it to '{path}' (readable "
            "by its owner only), leave the setting empty, and rotate again"
        )
    with database.writing() as connection:
        lock_imports(connection)
        if read_fact(connection, FINGERPRINT) is None:
            raise StoreError("no reporter was hashed yet: there is nothing to rotate")
        old = load_reporter_key(connection, settings, is_rotated=True)
        new = ReporterKey(old.key, (*old.later, secrets.token_hex(32).encode()))
        _write(_next_of(path), b"\n".join((new.key, *new.later)) + b"\n")

        step = partial(_keyed, new.later[-1])
        count = _rehash(connection, reporters.c.id, reporters.c.hash, step)
        _rehash(connection, reports.c.id, reports.c.content_hash, step)
        _rehash(connection, erased_reports.c.id_hash, erased_reports.c.id_hash, step)
        write_fact(connection, FINGERPRINT, new.fingerprint)
        write_fact(connection, WIPE_DUE, "yes")
    _next_of(path).replace(path)
    return Rotated(count, new.fingerprint, 1 + len(new.later))


def lock_imports(connection: Connection) -> None:
    """Let nobody else import or rotate until this transaction ends; SQLite's one writer is that already."""
    lock_until_end(connection, "imports")


def _keyed(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _rehash(connection: Connection, row: Column[Any], column: Column[Any], step: Callable[[str], str]) -> int:
    """Give every row another hash; how many there were."""
    statement = update(column.table).where(row == bindparam("row")).values({column.name: bindparam("new")})
    changes = [
        {"row": found, "new": new}
        for found, digest in connection.execute(select(row, column))
        if (new := step(digest)) != digest
    ]
    for batch in in_batches(changes):
        connection.execute(statement, batch)
    return len(changes)


def _parsed(written: bytes) -> ReporterKey:
    lines = lines_of(written)
    return ReporterKey(lines[0] if lines else b"", tuple(lines[1:]))


def _next_of(path: Path) -> Path:
    return path.with_name(path.name + ".next")


def _from_file(path: Path, stored: str | None, is_kept: bool) -> ReporterKey:
    if not path.exists():
        key = ReporterKey(secrets.token_hex(32).encode())
        if stored is None and is_kept:
            _write(path, key.key)
        return key
    key = _read(path)
    if stored not in (None, key.fingerprint):
        key = _of_cut_off_rotation(path, str(stored), is_kept) or key
    return key


def _read(path: Path) -> ReporterKey:
    try:
        return _parsed(path.read_bytes())
    except OSError as error:
        raise StoreError(f"can't read the reporter key '{path}' ({error.strerror})") from None


def _of_cut_off_rotation(path: Path, stored: str, is_kept: bool) -> ReporterKey | None:
    """The keys of a rotation that the database knows of and the key file does not yet."""
    rotated = _next_of(path)
    found = _parsed(rotated.read_bytes()) if rotated.exists() else None
    if found is None or found.fingerprint != stored:
        return None
    if is_kept:
        rotated.replace(path)
    return found


def _write(path: Path, key: bytes) -> None:
    try:
        make_private_folder(path.parent)
        write_privately(path, key)
    except OSError as error:
        raise StoreError(f"can't write the reporter key '{path}' ({error.strerror})") from None


ERASED = "gewist-"
"""Before what stands where a report's number or a reporter's hash was."""


def erased_id(key: ReporterKey, source_id: str) -> str:
    """What is kept of the number of an erased report: enough to see it come by again, and no more."""
    return key.sealed(f"report {source_id}")


def erased_among(
    connection: Connection, key: ReporterKey, source: str, source_ids: Iterable[str]
) -> set[str]:
    """Which of these reports were erased."""
    query = select(erased_reports.c.id_hash).where(erased_reports.c.source == source)
    known = set(connection.execute(query).scalars())
    return {source_id for source_id in source_ids if erased_id(key, source_id) in known} if known else set()
