"""Turns for work that takes much memory: a few at a time, a few that wait, and the others come back later."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Lock

from hotspots.errors import BusyError

COME_BACK_S = 5
"""When who found no place in the queue may try again, and the longest that anyone waits in it."""


class Turns:
    """So many at once, and so many who wait for them."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._places = BoundedSemaphore(at_once)
        self._room = at_once + waiting
        self._inside = 0
        self._lock = Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        Raises
        ------
        BusyError
            If too many wait already, or the turn takes too long to come.
        """
        with self._lock:
            if self._inside >= self._room:
                raise BusyError(COME_BACK_S)
            self._inside += 1
        try:
            if not self._places.acquire(timeout=COME_BACK_S):
                raise BusyError(COME_BACK_S)
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._inside -= 1


@cache
def turns_of(at_once: int, waiting: int) -> Turns:
    """The turns of this process; the same ones for the same numbers."""
    return Turns(at_once, waiting)
