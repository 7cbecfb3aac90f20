"""Copying a whole database to another of either kind, backups and restores, each verified row by row.

A backup is always an SQLite file, also of PostgreSQL: it can be read without a program of the server's
version, and restored to either kind of database.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Table, bindparam, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from hotspots.errors import StoreError
from hotspots.files.private_files import FILE_MODE, make_private_folder, temporary_folder
from hotspots.operations.backup_seal import copy_unsealed, seal
from hotspots.store.batches import ROWS_AT_ONCE
from hotspots.store.database import Database
from hotspots.store.schema_objects import differences
from hotspots.store.schema_versions import known_schemas, schema_of, upgrade_schema
from hotspots.store.tables import metadata

CHECKSUM_BITS = 128

OnTable = Callable[[str, int], None]
"""Told the name of each table and how many rows it has."""

_TABLES: list[Table] = metadata.sorted_tables
"""What is copied, parents first."""


@dataclass(frozen=True)
class TableSum:
    """How many rows a table has, and the sum of their hashes; the order of rows does not matter."""

    rows: int
    checksum: int


def copy_database(
    source: Database, target: Database, *, on_table: OnTable = lambda _name, _rows: None
) -> Mapping[str, TableSum]:
    """Copy all that a database holds to an empty one, as of one moment; all of it, or nothing.

    The source may be in use meanwhile; what is written to it after the copy began is not in the copy.

    Raises
    ------
    StoreError
        If the target is not empty, or what was written differs from what was read.
    """
    target.upgrade()
    with source.reading() as reading, target.writing() as writing:
        _require_empty(writing)
        return _copy_tables(reading, writing, on_table)


def back_up(
    database: Database, path: Path, *, key: bytes | None, on_table: OnTable = lambda _name, _rows: None
) -> Mapping[str, TableSum]:
    """Write a backup of one moment to a file, and verify it; the file is there whole, or not at all.

    Parameters
    ----------
    key
        With which it is sealed; None: it is not, and nobody can tell whether it was changed.

    Raises
    ------
    StoreError
        If it can't be written, the copy differs, the file is the database itself, or one is to be sealed of a
        database that is not made as its version makes it.
    """
    _require_other_file(database, path, "write a backup to")
    try:
        make_private_folder(path.parent)
        with temporary_folder(beside=path) as folder:
            part = folder / "backup.sqlite"
            # what it holds touches persons
            part.touch(mode=FILE_MODE, exist_ok=False)
            sums = _back_up_to(database, part, on_table, is_checked=key is not None)
            if key is not None:
                seal(part, key, schema=known_schemas()[-1])
            with part.open("r+b") as file:  # Windows lets nobody wait for the disk who can only read
                os.fsync(file.fileno())
            part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"can't write the backup '{path}': {error}") from None
    return sums


def restore(
    path: Path,
    database: Database,
    *,
    key: bytes | None,
    replace: bool = False,
    prepare: Callable[[Database], None] = lambda _backup: None,
    on_table: OnTable = lambda _name, _rows: None,
) -> Mapping[str, TableSum]:
    """Put a backup in a database, and verify it; a backup of an earlier version is brought to this one.

    It is one transaction: who reads meanwhile sees the old or the new, and when it is cut off, the old stays.
    What the database holds now is lost only with ``replace``.

    Parameters
    ----------
    key
        With which the backup was sealed; None: whoever could write the file is trusted.
    prepare
        What is done to a copy of the backup first: what must not come back.

    Raises
    ------
    StoreError
        If the file is no whole backup, has not this seal, is not made as its version makes a database, or is
        the database itself, the database is in use by data and ``replace``
        is false or is PostgreSQL of a newer version, or the result differs from the backup.
    """
    _require_other_file(database, path, "restore from")
    with _opened_backup(path, key) as backup:
        if not replace and not _is_empty(database):
            raise StoreError(
                f"wanted an empty database to restore '{path.name}' in, found one with data: make a backup "
                "of it, and then say --replace"
            )
        prepare(backup)
        if database.is_sqlite:
            return _restore_to_sqlite(backup, database, on_table)
        return _restore_to_postgresql(backup, database, on_table)


def sums_of(connection: Connection, on_table: OnTable = lambda _name, _rows: None) -> dict[str, TableSum]:
    """Give rows and checksum of every table."""
    return _read_all(connection, on_table, lambda _table, _batch: None)


def _read_all(
    connection: Connection, on_table: OnTable, on_batch: Callable[[Table, Any], None]
) -> dict[str, TableSum]:
    sums = {}
    for table in _TABLES:
        rows, checksum = 0, 0
        # parents before children within a table: what refers to an earlier row has the larger key
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS_AT_ONCE)
        for batch in connection.execute(query).partitions():
            on_batch(table, batch)
            rows += len(batch)
            checksum += _checksum(batch)
        sums[table.name] = TableSum(rows, checksum % 2**CHECKSUM_BITS)
        on_table(table.name, rows)
    return sums


def _copy_tables(source: Connection, target: Connection, on_table: OnTable) -> dict[str, TableSum]:
    def write(table: Table, batch: Any) -> None:
        names = table.columns.keys()
        target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in batch])

    sums = _read_all(source, on_table, write)
    if target.dialect.name == "postgresql":
        _count_on(target)
    _require_same(sums, sums_of(target))
    return sums


def _checksum(rows: Any) -> int:
    return sum(
        int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=CHECKSUM_BITS // 8).digest())
        for row in rows
    )


def _require_same(
    wanted: Mapping[str, TableSum], found: Mapping[str, TableSum], outcome: str = "nothing is kept"
) -> None:
    for name, wanted_sum in wanted.items():
        if found[name] != wanted_sum:
            raise StoreError(
                f"the copy of table {name} differs: wanted {wanted_sum.rows} rows with checksum "
                f"{wanted_sum.checksum:x}, found {found[name].rows} with {found[name].checksum:x}; "
                f"{outcome}"
            )


def _require_other_file(database: Database, path: Path, what: str) -> None:
    """Who has the database open goes on with the file that was there: what they write then would be lost."""
    if not database.is_sqlite:
        return
    own = Path(str(database.engine.url.database)).resolve()
    if path.resolve() in {own.with_name(f"{own.name}{end}") for end in ("", "-wal", "-shm", "-journal")}:
        raise StoreError(f"wanted another file to {what}, found '{path}', which is of the database itself")


def _require_empty(connection: Connection) -> None:
    filled = [table.name for table in _TABLES if connection.execute(select(table).limit(1)).first()]
    if filled:
        raise StoreError(f"wanted an empty database to copy to, found rows in {', '.join(filled)}")


def _is_empty(database: Database) -> bool:
    if database.is_absent:
        return True
    with database.connected() as connection:
        present = set(inspect(connection).get_table_names())
        return not any(
            connection.execute(select(func.count()).select_from(text(table.name))).scalar()
            for table in _TABLES
            if table.name in present
        )


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL count on from the largest id that was copied."""
    for table in _TABLES:
        [*keys] = table.primary_key.columns
        if len(keys) != 1 or not isinstance(keys[0].type, Integer | BigInteger) or keys[0].foreign_keys:
            continue
        sequence = func.pg_get_serial_sequence(bindparam("table_name"), bindparam("key_name"))
        names = {"table_name": table.name, "key_name": keys[0].name}
        largest = connection.execute(select(func.max(keys[0]))).scalar()
        if largest is not None and connection.execute(select(sequence), names).scalar() is not None:
            connection.execute(select(func.setval(sequence, largest)), names)


def _back_up_to(
    database: Database, part: Path, on_table: OnTable, *, is_checked: bool
) -> Mapping[str, TableSum]:
    if is_checked:
        with database.reading() as reading:
            _require_as_made(reading, "the database")
    copy = Database(f"sqlite:///{part}")
    try:
        if not database.is_sqlite:
            sums = copy_database(database, copy, on_table=on_table)
        else:
            with database.reading() as reading:
                sums = sums_of(reading, on_table)  # the first read fixes the moment
                with closing(sqlite3.connect(part)) as target:
                    _driver(reading).backup(target)
            with copy.reading() as written:
                if is_checked:
                    _require_as_made(written, "the database")
                _require_same(sums, sums_of(written))
    finally:
        copy.close()
    with closing(sqlite3.connect(part)) as file:
        _require_sound(file, part)
        file.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
    return sums


@contextmanager
def _opened_backup(path: Path, key: bytes | None) -> Iterator[Database]:
    """A copy of the backup at this version's schema; the file itself stays as it is."""
    if not path.is_file():
        raise StoreError(f"can't read the backup '{path}': there is no such file")
    with temporary_folder() as folder:
        copy = folder / "backup.sqlite"
        try:
            copy_unsealed(path, copy, key)
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("PRAGMA trusted_schema=OFF")
                found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"'{path}' is no whole backup: {error}") from None
        database = Database(f"sqlite:///{copy}")
        try:
            if len(found) != 1 or found[0][0] not in known_schemas():
                shown = " and ".join(str(row[0]) for row in found) or None
                raise StoreError(
                    f"the backup '{path}' is of a newer version (schema '{shown}'): upgrade first"
                )
            with database.connected() as connected:
                _require_as_made(connected, f"the backup '{path}'")  # before its checks and indexes are used
            with closing(sqlite3.connect(copy)) as connection:
                _require_sound(connection, path)
            database.upgrade()
            yield database
        except (DBAPIError, ValueError) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise StoreError(f"'{path}' is no whole backup: {reason}") from None
        finally:
            database.close()


def _restore_to_sqlite(backup: Database, database: Database, on_table: OnTable) -> Mapping[str, TableSum]:
    target = Path(str(database.engine.url.database))
    with backup.reading() as reading:
        sums = sums_of(reading, on_table)
        try:
            make_private_folder(target.parent)
            target.touch(mode=FILE_MODE)
            with closing(sqlite3.connect(target)) as connection:
                before = _changes_of_others(connection)
                _driver(reading).backup(connection)
                _require_restored(database, sums, lambda: _changes_of_others(connection) != before)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"can't restore to '{target}': {error}; if it is damaged, first put it away with what stands "
                "beside it (-wal, -shm)"
            ) from None
    return sums


def _require_restored(
    database: Database, sums: Mapping[str, TableSum], others_wrote: Callable[[], bool]
) -> None:
    """Compare what was restored; it is kept by now, and a service that goes on may have written to it."""
    with database.reading() as reading:
        found = sums_of(reading)
        outcome = (
            "all was restored, but something else wrote meanwhile: stop the service and 'hotspots schedule', "
            "and restore again if nothing may be added"
            if others_wrote()
            else "what was restored is not as it was in the backup: restore again, on another disk"
        )
        _require_same(sums, found, outcome)


def _changes_of_others(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection writes, and not by what this one does."""
    [version] = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def _restore_to_postgresql(backup: Database, database: Database, on_table: OnTable) -> Mapping[str, TableSum]:
    with backup.reading() as reading, database.connected() as writing, writing.begin():
        found = schema_of(writing)
        if found not in {None, *known_schemas()}:
            # its tables would stay, with what is in them, and be in the way of the next upgrade
            raise StoreError(
                f"the database is of a newer version (schema '{found}'), of which not all tables are known "
                "here: make the database anew, and restore to that (docs/deployment.md, Roll back)"
            )
        _drop_all(writing)
        upgrade_schema(writing)
        return _copy_tables(reading, writing, on_table)


def _drop_all(connection: Connection) -> None:
    """Remove our tables and the functions of their triggers, and nothing else that stands there.

    The table with the version goes first: who reads or writes holds that, so all of them are done by then.
    """
    present = set(inspect(connection).get_table_names())
    names = [table.name for table in metadata.sorted_tables] + ["alembic_version"]
    ours = [name for name in reversed(names) if name in present]
    functions = connection.execute(
        text(
            "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(:names)"
        ),
        {"names": ours},
    ).scalars()
    found = list(functions)
    for name in ours:
        connection.execute(text(f"DROP TABLE {name} CASCADE"))
    for function in found:
        connection.execute(text(f"DROP FUNCTION {function}"))


def _require_as_made(connection: Connection, what: str) -> None:
    found = differences(connection)
    if found:
        more = f", and {len(found) - 5} more" if len(found) > 5 else ""
        raise StoreError(
            f"{what} is not made as its version makes it: {'; '.join(found[:5])}{more}. Somebody changed it: "
            "see 'hotspots db check', and restore a backup from before that"
        )


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise StoreError(f"wanted a connection of SQLite, found {type(driver).__name__}")
    return driver


def _require_sound(connection: sqlite3.Connection, path: Path) -> None:
    [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"'{path}' is damaged: {found}")
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreError(f"'{path}' is damaged: rows of it point at rows that are not there")
