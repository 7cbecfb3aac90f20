"""Reading a query by columns, straight into arrays: with a million rows, an object per row costs most.

The rows of the driver itself are turned into arrays some at a time, in the transaction of the connection.
Tried on a million reports of eleven columns with their places, in seconds of one core: rows of SQLAlchemy
4.9, rows of SQLite's driver as here 2.4, its ADBC driver 1.15 (which reads on a connection of its own, so
outside the snapshot of the run, and brings 200 MB of libraries).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, cast, extract, type_coerce

ROWS_AT_ONCE = 20_000
"""Few enough to stay in the cache of the processor."""


class Kind(Enum):
    """What a column holds, and as what it is read."""

    INTEGER = auto()  # int64; never null
    BOOLEAN = auto()  # bool; never null
    FLOAT = auto()  # float64; NaN where null
    TIME = auto()  # datetime64[us], UTC; never null; select it by :func:`time_column`
    TEXT = auto()  # object: str, or None where null
    WORD = auto()  # the same as codes and categories, for a few different texts


def time_column(connection: Connection, moment: ColumnElement[datetime]) -> ColumnElement[Any]:
    """Give a time in a form that becomes a number cheaply: as SQLite keeps it, or in microseconds."""
    if connection.dialect.name == "sqlite":
        return type_coerce(moment, String())
    return cast(extract("epoch", moment) * 1_000_000, BigInteger)


def read_columns(connection: Connection, query: Select[Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Read a query by columns.

    Parameters
    ----------
    query
        Its columns are those of ``kinds``, in that order.
    kinds
        What each holds, by its name in the result.

    Returns
    -------
    dict of str to ndarray or Categorical
        All of the same length, in the order in which the database gives the rows.
    """
    words = {name: _Words() for name, kind in kinds.items() if kind is Kind.WORD}
    parts: dict[str, list[Any]] = {name: [] for name in kinds}
    for rows in _fetched(connection, query):
        for (name, kind), values in zip(kinds.items(), zip(*rows, strict=True), strict=True):
            parts[name].append(words[name].of(values) if name in words else _as_array(values, kind))
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        some = parts.pop(name) or [_as_array((), kind)]
        column = np.concatenate(some) if len(some) > 1 else some[0]
        columns[name] = words[name].categorical(column) if name in words else column
    return columns


def _fetched(connection: Connection, query: Select[Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows of the driver, some at a time."""
    if connection.dialect.name == "sqlite":
        result = connection.execute(query)
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows
        result.close()
        return
    statement = query.compile(connection, compile_kwargs={"literal_binds": True})
    driver: Any = connection.connection
    with driver.cursor("columns") as cursor:  # of the server, which keeps what is not read yet
        cursor.execute(str(statement))
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


def _as_array(values: Sequence[Any], kind: Kind) -> Any:
    if kind is Kind.INTEGER:
        return np.array(values, dtype=np.int64)
    if kind is Kind.BOOLEAN:
        return np.array(values, dtype=np.bool_)
    if kind is Kind.FLOAT:
        return np.array(values, dtype=np.float64)
    if kind is Kind.TIME:
        return np.array(values, dtype="datetime64[us]")
    if kind is Kind.WORD:
        return np.array(values, dtype=np.int32)
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts


class _Words(dict[str | None, int]):
    """Numbers a few different words in the order in which they come; -1 where there is none."""

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, word: str | None) -> int:
        self[word] = number = len(self) - 1
        return number

    def of(self, words: Sequence[str | None]) -> NDArray[np.int32]:
        """Give the number of each word."""
        return np.fromiter(map(self.__getitem__, words), np.int32, len(words))

    def categorical(self, numbers: NDArray[np.int32]) -> pd.Categorical:
        """Give the words of these numbers, with the categories sorted."""
        categories = sorted(word for word in self if word is not None)
        # -1 is the last of the codes
        codes = np.full(len(categories) + 1, -1, dtype=np.int32)
        codes[[self[word] for word in categories]] = np.arange(len(categories))
        return pd.Categorical.from_codes(codes[numbers], pd.Index(categories, dtype=object))
