"""What was read before in the same reading, of which all reads see the same moment."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import Connection

Answer = TypeVar("Answer")

_KNOWN = "read_before"


def remembering() -> dict[str, Any]:
    """The option of a new reading: with it, :func:`once` remembers."""
    return {_KNOWN: {}}


def once(connection: Connection, question: Hashable, read: Callable[[], Answer]) -> Answer:
    """Read what a page asks for in several places, such as the last run; not again in the same reading.

    Where something may be written meanwhile, it is read again each time. Nobody changes what is given.
    """
    known: dict[Hashable, Any] | None = connection.get_execution_options().get(_KNOWN)
    if known is None:
        return read()
    if question not in known:
        known[question] = read()
    answer: Answer = known[question]
    return answer
