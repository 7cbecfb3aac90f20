"""Many values and rows at once: what SQLAlchemy does for each of them costs more than the database."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, JSON, Column, ColumnElement, Connection, Table, any_, func, literal, select

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


def is_among(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a column of texts or whole numbers has one of these values, however many they are.

    They are one value of the statement: a list of JSON for SQLite, an array for PostgreSQL.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows that have a value for each of these columns; PostgreSQL takes them in one COPY."""
    if not rows:
        return
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    stored = _as_stored(connection, [table.c[name] for name in columns], rows)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  # our own tables
        connection.exec_driver_sql(statement, stored)
        return
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in stored:
            copy.write_row(row)


def _as_stored(
    connection: Connection, columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]
) -> Sequence[Sequence[Any]]:
    """The values of rows as the driver takes them; each different one is made so once."""
    dialect = connection.dialect
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    if not any(processors):
        return rows
    stored: list[Sequence[Any]] = []
    for column, processor, values in zip(columns, processors, zip(*rows, strict=True), strict=True):
        if processor is None:
            stored.append(values)
        elif isinstance(column.type, JSON):  # lists and objects, which have no hash
            stored.append([processor(value) for value in values])
        else:
            known = {value: processor(value) for value in set(values)}
            stored.append([known[value] for value in values])
    return list(zip(*stored, strict=True))
