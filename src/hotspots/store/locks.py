"""The exclusive lock on some work: a file beside SQLite, an advisory lock on PostgreSQL.

Both end with the process that holds them, however it ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Function, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import LockedError, StoreError
from hotspots.files.private_files import FILE_MODE

Heartbeat = Callable[[], None]
"""To be called between the parts of long work: stops it with a LockedError when the lock was lost."""


@contextmanager
def file_lock(database_file: str, work: str) -> Iterator[Heartbeat]:
    """Hold the lock of a database that only this machine can use, as SQLite's write-ahead log asks.

    Raises
    ------
    LockedError
        If another process holds it.
    StoreError
        If the file can't be written.
    """
    from filelock import FileLock, Timeout

    # no marker instead of a lock where the file system knows none: it would outlive its process
    lock = FileLock(f"{database_file}.{work}.lock", blocking=False, mode=FILE_MODE, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(_held(work)) from None
    except OSError as error:
        raise StoreError(
            f"wanted to lock '{lock.lock_file}', found {error.strerror}: let this account write to it"
        ) from None
    try:
        yield lambda: None  # it can't be lost
    finally:
        lock.release()


@contextmanager
def advisory_lock(connection: Connection, work: str) -> Iterator[Heartbeat]:
    """Hold a lock on the server as long as a connection lasts.

    Raises
    ------
    LockedError
        If another connection holds it.
    """
    key = _key(work)
    if not connection.execute(select(func.pg_try_advisory_lock(key))).scalar():
        raise LockedError(_held(work))

    def heartbeat() -> None:
        try:
            connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            raise LockedError(
                f"the connection that held the lock on '{work}' was lost; this run stops"
            ) from None

    try:
        yield heartbeat
    finally:
        try:
            connection.execute(select(func.pg_advisory_unlock(key)))
        except SQLAlchemyError:  # the connection is gone, and with it the lock
            connection.invalidate()


def lock_until_end(connection: Connection, work: str) -> None:
    """Wait until no other transaction does this work; none will until this one ends.

    SQLite has one writer, which is that already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_key(work))))


def _key(work: str) -> Function[int]:
    # of the schema, as in one database there may be a municipality in each
    return func.hashtextextended(func.concat(func.current_schema(), f".hotspots.{work}"), 0)


def _held(work: str) -> str:
    return f"'{work}' is being done by another process; wait for it to finish"
