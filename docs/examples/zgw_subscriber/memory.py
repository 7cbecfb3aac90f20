"""Which events were done, in a file that outlives the program; all the rest can be asked again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

KEPT = 100_000
"""How many events are remembered: more than a sender still has to send again."""


class Memory:
    """The events that were done, by id; one file, for one program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS done (number INTEGER PRIMARY KEY, event TEXT UNIQUE NOT NULL)"
            )

    def knows(self, event_id: str) -> bool:
        """Whether this event was done."""
        with self._opened() as connection:
            row = connection.execute("SELECT 1 FROM done WHERE event = ?", (event_id,)).fetchone()
        return row is not None

    def keep(self, event_id: str) -> None:
        """Remember that an event is done."""
        with self._opened() as connection:
            connection.execute("INSERT OR IGNORE INTO done (event) VALUES (?)", (event_id,))
            last = "(SELECT max(number) FROM done)"
            connection.execute(f"DELETE FROM done WHERE number <= {last} - ?", (KEPT,))  # noqa: S608  # no input

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5)) as connection, connection:
            yield connection
