"""Figures that were read, kept as long as nothing in the database changes: counting many reports takes time.

The mark of the database is asked before anything is read for a request, so that what is kept is never older.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from fastapi import Request

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.response_cache import ask_mark
from hotspots.publishing.figures.of_year import Figures

MOST = 16
"""Figures of so many choices are kept; the least recently used go first."""


class KeptFigures:
    """The figures of one process, by choice and visibility."""

    def __init__(self) -> None:
        self._mark: Hashable = None
        self._figures: OrderedDict[Hashable, Figures] = OrderedDict()
        self._lock = Lock()

    def give(self, mark: Hashable, key: Hashable, read: Callable[[], Figures]) -> Figures:
        """Give the figures that were kept at this mark, else read them; without a mark they are not kept."""
        if mark is None:
            return read()
        with self._lock:
            if mark == self._mark and key in self._figures:
                self._figures.move_to_end(key)
                return self._figures[key]
        figures = read()
        with self._lock:
            if mark != self._mark:
                self._mark = mark
                self._figures.clear()
            self._figures[key] = figures
            while len(self._figures) > MOST:
                self._figures.popitem(last=False)
        return figures


async def note_mark(request: Request, database: ServiceDatabase, settings: ServiceSettings) -> None:
    """Ask the mark of the database; to be done before a request has a connection."""
    request.state.mark = await ask_mark(request, database, settings)
