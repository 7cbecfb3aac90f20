"""Figures that were read, kept as long as nothing in the database changes: counting many reports takes time.

The mark of the database is asked before anything is read for a request, so that what is kept is never older.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from fastapi import Request

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.response_cache import ask_mark

Read = TypeVar("Read")

MOST = 32
"""Figures of so many choices are kept; the least recently used go first."""


class KeptFigures:
    """The figures of one process, by what they are of and who may know of them."""

    def __init__(self) -> None:
        self._mark: Hashable = None
        self._figures: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def give(self, mark: Hashable, key: Hashable, read: Callable[[], Read]) -> Read:
        """Give the figures that were kept at this mark, else read them; without a mark they are not kept."""
        if mark is None:
            return read()
        with self._lock:
            if mark == self._mark and key in self._figures:
                self._figures.move_to_end(key)
                known: Read = self._figures[key]
                return known
        figures = read()
        with self._lock:
            if mark != self._mark:
                self._mark = mark
                self._figures.clear()
            self._figures[key] = figures
            while len(self._figures) > MOST:
                self._figures.popitem(last=False)
        return figures


def give_kept(request: Request, key: Hashable, read: Callable[[], Read]) -> Read:
    """Give what was kept at the mark of a request (:func:`note_mark`), else read it."""
    kept: KeptFigures = request.app.state.kept_figures
    return kept.give(request.state.mark, key, read)


async def note_mark(request: Request, database: ServiceDatabase, settings: ServiceSettings) -> None:
    """Ask the mark of the database; to be done before a request has a connection."""
    request.state.mark = await ask_mark(request, database, settings)
