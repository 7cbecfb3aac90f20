"""Whether anything in the database changed: a mark that costs next to nothing to ask for."""

from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from hotspots.store.database import Database

_ASKED = {
    # changes when any other connection commits, of this process or another (this one never writes)
    "sqlite": "PRAGMA data_version",
    # which transactions are seen: as long as these are the same, so is all that can be read
    "postgresql": "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()",
}


class ChangeMark:
    """Tells by a mark whether anything was written since: with the same mark every read gives the same.

    It has a connection of its own, so it never waits. A database in memory has no mark.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection: PoolProxiedConnection | None = None
        self._opened = 0
        self._file = Path(database.engine.url.database or ":memory:") if database.is_sqlite else None
        self._inode = 0
        self._lock = Lock()

    def mark(self) -> Hashable | None:
        """What stays the same as long as nothing is written; None if that can't be said now."""
        with self._lock:
            try:
                self._leave_a_file_that_was_replaced()
                if self._connection is None:
                    self._connection = self._open()
                    self._opened += 1  # marks of different connections can't be compared
                cursor = self._connection.cursor()
                try:
                    cursor.execute(_ASKED[self.database.engine.dialect.name])
                    return (self._opened, *(cursor.fetchone() or ()))
                finally:
                    cursor.close()
            except (OSError, SQLAlchemyError, self._driver_error):  # also: no file, as of one in memory
                self._close()  # the next one asks a new connection
                return None

    def renew(self) -> None:
        """Make every mark from now on another than those of before, though nothing was written."""
        with self._lock:
            self._opened += 1

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._close()

    @property
    def _driver_error(self) -> type[Exception]:
        error: type[Exception] = self.database.engine.dialect.loaded_dbapi.Error
        return error

    def _leave_a_file_that_was_replaced(self) -> None:
        if self._file is not None:
            inode = self._file.stat().st_ino
            if inode != self._inode:
                self._close()
            self._inode = inode

    def _open(self) -> PoolProxiedConnection:
        connection = self.database.engine.raw_connection()
        driver: Any = connection.driver_connection
        connection.detach()  # it is not one of the connections that requests wait for
        if self.database.is_sqlite:
            driver.execute("PRAGMA busy_timeout=0")
        else:
            driver.autocommit = True
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError, self._driver_error):
                self._connection.close()
        self._connection = None
