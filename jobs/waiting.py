"""The last request for a job that waits: looked for every few seconds, read when something was written."""

from collections.abc import Hashable
from contextlib import closing

from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import HotspotsError
from hotspots.operations.job_requests import last_waiting
from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import Database


class WaitingRequest:
    """Looks which request waits; keeps one connection open, which tells whether anything was written since.

    What was written is read by a new connection, so that a file which came in the place of the database is
    read too, as after a restore.
    """

    def __init__(self) -> None:
        self._url = ""
        self._change_mark: ChangeMark | None = None
        self._mark: Hashable | None = None
        self._last: int | None = None

    def last(self, url: str) -> int | None:
        """The number of the last one in a database; None if none waits, or while that can't be read."""
        if self._change_mark is None or url != self._url:
            self.close()
            self._url, self._change_mark = url, ChangeMark(Database(url))
        mark = self._change_mark.mark()
        if mark is None or mark != self._mark:
            self._mark = self._last = None
            try:
                with closing(Database(url)) as database, database.reading() as connection:
                    self._last = last_waiting(connection)
            except (HotspotsError, SQLAlchemyError):
                return None
            self._mark = mark
        return self._last

    def close(self) -> None:
        """Close the connection."""
        if self._change_mark is not None:
            self._change_mark.close()
            self._change_mark.database.close()
        self._change_mark = self._mark = None
