"""The connection to the database, its schema version, and locks on work."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)

from hotspots.errors import SchemaError, StoreError
from hotspots.files.private_files import FILE_MODE, make_private_folder
from hotspots.store.claims import CLAIM
from hotspots.store.local_days import teach_local_days
from hotspots.store.locks import Heartbeat, advisory_lock, file_lock
from hotspots.store.readings import remembering
from hotspots.store.schema_versions import known_schemas, schema_of, upgrade_schema

_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}

CONNECTIONS, SPARE_CONNECTIONS = 16, 8
"""How many connections a process keeps open, and how many more it opens for a moment."""

SQLITE_CACHE_KB, LARGE_SQLITE_CACHE_KB = 2_000, 16_000
"""Of pages that SQLite keeps in memory: its own default, and where as many rows are written as an import has,
of which the indexes would else be read and written time and again."""

WAIT_FOR_WRITER_MS = 30_000
"""So long one who writes to SQLite waits for another, as a weekly run may take its time."""

_AFTER_A_RESTORE = "LOCK TABLE alembic_version IN ACCESS SHARE MODE"
"""Waits for a restore to end: a snapshot from before it, read after it, would show empty tables."""


class Database:
    """A database by URL; opens connections, owns nothing else.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql://user:password@host/name``.

    Raises
    ------
    StoreError
        If the URL is no database URL of one of these kinds.
    """

    def __init__(self, url: str) -> None:
        self.engine = _create_engine(url)
        self._is_current = False

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def is_absent(self) -> bool:
        """Whether its file is not there, which to read would make."""
        file = self.engine.url.database if self.is_sqlite else None
        return bool(file) and not Path(str(file)).exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection whose reads all see the same moment; nothing is kept.

        Raises
        ------
        SchemaError
            If the schema is not that of this version.
        """
        # SQLite has no other level, and saying so takes statements
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.connected(**level, **remembering()) as connection:
            self._require_current_schema(connection)
            yield connection

    @contextmanager
    def writing(self, *, is_large: bool = False) -> Iterator[Connection]:
        """Give a connection whose changes are kept together or not at all.

        Parameters
        ----------
        is_large
            Whether it may write a hundred thousand rows or more.

        Raises
        ------
        SchemaError
            If the schema is not that of this version.
        StoreError
            If something else went on writing to SQLite all the time that this one waited.
        SentBeforeError
            If what is done once was done before (:mod:`hotspots.store.claims`).
        """
        with self.connected(sqlite_writes=True) as connection:
            try:
                connection.begin()
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise
                raise StoreError(
                    f"wanted to write to the database, found it being written for {WAIT_FOR_WRITER_MS} ms: "
                    "try again when that is done"
                ) from None
            self._require_current_schema(connection)
            claim = CLAIM.get()
            if claim is not None:
                claim.write(connection)
            with _large_cache(connection) if is_large and self.is_sqlite else nullcontext():
                yield connection
                connection.commit()
            if claim is not None and claim.key:
                claim.is_written = True

    def upgrade(self) -> None:
        """Create the schema, or bring it to this version; changes nothing when it is there already."""
        if (file := sqlite_file(self.engine.url)) is not None:
            make_private_folder(file.parent)
        with self.connected(sqlite_writes=True) as connection:
            upgrade_schema(connection)
            connection.commit()
        self._is_current = True

    @contextmanager
    def exclusive_lock(self, work: str) -> Iterator[Heartbeat]:
        """Do some work while no other process does it, on this machine or another.

        Yields
        ------
        Callable
            To be called between the parts of long work. It raises LockedError when the lock was lost, which
            is when the work must stop.

        Raises
        ------
        LockedError
            If another process does it.
        """
        if not self.is_sqlite:
            with (
                self.connected(isolation_level="AUTOCOMMIT") as connection,
                advisory_lock(connection, work) as heartbeat,
            ):
                yield heartbeat
            return
        with self.connected() as connection:  # SQLite knows its file, in whatever form the URL names it
            query = "SELECT file FROM pragma_database_list WHERE name = 'main'"
            file: str | None = connection.exec_driver_sql(query).scalar()
        # one in memory is of this process only
        with file_lock(file, work) if file else nullcontext(lambda: None) as heartbeat:
            yield heartbeat

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def connected(self, **options: Any) -> Iterator[Connection]:
        """Give a connection, whatever the schema is; nothing is kept that is not committed.

        Raises
        ------
        StoreError
            If the database can't be opened, or gives out: it is damaged, full, away or busy.
        """
        try:
            connection = self.engine.connect().execution_options(**options)
        except DatabaseError as error:
            to_do = _to_do(error) or "run 'hotspots db upgrade' or set HOTSPOTS_DATABASE_URL"
            raise StoreError(
                f"can't open the database {self.engine.url.render_as_string(hide_password=True)}: "
                f"{_reason(error)}; {to_do}"
            ) from None
        with connection:
            try:
                yield connection
            except DBAPIError as error:
                if not _is_of_database(error):
                    raise
                to_do = _to_do(error) or "try again later"
                raise StoreError(f"can't use the database: {_reason(error)}; {to_do}") from None

    def _require_current_schema(self, connection: Connection) -> None:
        if self._is_current:
            if not self.is_sqlite:
                connection.exec_driver_sql(_AFTER_A_RESTORE)
            return
        found = schema_of(connection)
        wanted = known_schemas()[-1]
        if found != wanted:
            raise SchemaError(
                f"the database has schema {found or 'none'!r}, this version wants {wanted!r}: "
                "run 'hotspots db upgrade'"
            )
        self._is_current = True


@contextmanager
def _large_cache(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql(f"PRAGMA cache_size={-LARGE_SQLITE_CACHE_KB}")
    try:
        yield
    finally:  # of the driver: it is no transaction of its own
        driver: Any = connection.connection
        driver.execute(f"PRAGMA cache_size={-SQLITE_CACHE_KB}")


def sqlite_file(url: URL) -> Path | None:
    """The file of a database; None of a server, and of a database in memory.

    Examples
    --------
    >>> sqlite_file(make_url("sqlite:///var/hotspots.sqlite")).as_posix()
    'var/hotspots.sqlite'
    """
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if is_file else None


def _is_of_database(error: DBAPIError) -> bool:
    """Whether it is the database that fails a statement, and not what the statement says."""
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error) in _OF_DATABASE
    return isinstance(error, OperationalError | InterfaceError)


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())  # PostgreSQL tells it in more lines than one


def _to_do(error: DBAPIError) -> str | None:
    return _TO_DO.get(_sqlite_code(error))


def _sqlite_code(error: DBAPIError) -> int:
    # the last byte is the kind of error; the driver's own errors, and those of PostgreSQL, have none
    return getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF


_OF_DATABASE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}

_DAMAGED = (
    "stop all that uses it, put the file away with what stands beside it (-wal, -shm), and restore a backup"
)
_TO_DO = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_READONLY: "let this account write to the file and its folder",
}


def _create_engine(url: str) -> Engine:
    try:
        parsed = _naming_a_path(make_url(url))
        is_in_memory = parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:")
        sizes = {} if is_in_memory else {"pool_size": CONNECTIONS, "max_overflow": SPARE_CONNECTIONS}
        engine = create_engine(
            parsed.set(drivername=_DRIVERS[parsed.drivername]),
            hide_parameters=True,  # the values of a statement that fails may be personal data
            # a server that was restarted is noticed before work, not by it
            pool_pre_ping=not parsed.drivername.startswith("sqlite"),
            **sizes,
        )
    except (ArgumentError, KeyError):
        shown = re.sub(r":[^:@/]*@", ":***@", url)
        raise StoreError(
            "wanted a database URL such as 'sqlite:///var/hotspots.sqlite' or 'postgresql://host/name', "
            f"found '{shown}'"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _make_for_its_owner)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _naming_a_path(url: URL) -> URL:
    """Refuse SQLite's own URIs (``file:…``): backups, locks and the health figures go by the path."""
    if "uri" in url.query or str(url.database).startswith("file:"):
        raise ArgumentError("wanted a path, found a URI of SQLite")
    return url


def _make_for_its_owner(_dialect: object, _record: object, arguments: list[str], _options: object) -> None:
    """Make a file that is not there yet readable by its owner only; SQLite's own logs follow it."""
    if arguments[0] not in ("", ":memory:"):
        with suppress(OSError):  # SQLite itself tells why it can't be opened
            Path(arguments[0]).touch(mode=FILE_MODE)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # transactions are begun by _begin_sqlite; the driver's own would leave reads outside them
    connection.isolation_level = None
    teach_local_days(connection)
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={WAIT_FOR_WRITER_MS}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a writer takes the write lock at once: one that starts as a reader can't wait for another writer
    writes = connection.get_execution_options().get("sqlite_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
