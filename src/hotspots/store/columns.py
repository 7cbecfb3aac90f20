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
    parts: dict[str, list[Any]] = {name: [_as_array((), kind)] for name, kind in kinds.items()}
    for rows in _fetched(connection, query):
        for (name, kind), values in zip(kinds.items(), zip(*rows, strict=True), strict=True):
            parts[name].append(_as_array(values, kind))
    return {name: _joined(parts.pop(name), kind) for name, kind in kinds.items()}


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
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return pd.Categorical(texts) if kind is Kind.WORD else texts


def _joined(parts: list[Any], kind: Kind) -> Any:
    if kind is not Kind.WORD:
        return np.concatenate(parts)
    categories = sorted({word for part in parts for word in part.categories})
    number_of = {word: number for number, word in enumerate(categories)}
    codes: list[NDArray[np.int32]] = []
    for part in parts:
        # -1, where there is none, is the last of the numbers
        numbers = np.array([*(number_of[word] for word in part.categories), -1], dtype=np.int32)
        codes.append(numbers[part.codes])
    return pd.Categorical.from_codes(np.concatenate(codes), pd.Index(categories, dtype=object))
