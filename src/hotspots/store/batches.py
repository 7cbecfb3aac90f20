"""Long lists in batches, as both databases take a limited number of values in one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")

ROWS_AT_ONCE = 5000


def in_batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Give the values in their order, at most :data:`ROWS_AT_ONCE` at a time.

    Examples
    --------
    >>> [len(batch) for batch in in_batches(range(12_000))]
    [5000, 5000, 2000]
    """
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield values[start : start + ROWS_AT_ONCE]
