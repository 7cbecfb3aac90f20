"""Which events were done, in a file that outlives the program; all the rest can be asked again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from zgw_subscriber.webhooks import Event

KEPT = 100_000
"""So many events are remembered: more than a sender still has to send again."""


class Memory:
    """The events that were done; one file, for one program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS done (number INTEGER PRIMARY KEY, event TEXT UNIQUE NOT NULL, "
                "hotspot TEXT, sequence INTEGER NOT NULL)"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS done_hotspot ON done (hotspot, sequence)")

    def knows(self, event: Event) -> bool:
        """Whether this event was done, or a later one of the same hotspot, which looked at what holds now."""
        query = "SELECT 1 FROM done WHERE event = ? OR (hotspot = ? AND sequence >= ?) LIMIT 1"
        with self._opened() as connection:
            row = connection.execute(query, (event.id, event.hotspot_id, event.sequence)).fetchone()
        return row is not None

    def keep(self, event: Event) -> None:
        """Remember that an event is done."""
        with self._opened() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO done (event, hotspot, sequence) VALUES (?, ?, ?)",
                (event.id, event.hotspot_id, event.sequence),
            )
            last = "(SELECT max(number) FROM done)"
            connection.execute(f"DELETE FROM done WHERE number <= {last} - ?", (KEPT,))  # noqa: S608  # no input

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5)) as connection, connection:
            yield connection
