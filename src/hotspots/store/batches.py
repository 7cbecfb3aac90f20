"""Many values and rows at once: what SQLAlchemy does for each of them costs more than the database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    func,
    select,
    text,
)

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
    # as text: an expression of SQLAlchemy holds on to itself in a circle, and so to all of these values
    if connection.dialect.name == "sqlite":
        among = text("SELECT value FROM json_each(:among)")
        return column.in_(among.bindparams(bindparam("among", json.dumps(list(values)), unique=True)))
    any_of = text("ANY(:among)").bindparams(bindparam("among", list(values), ARRAY(column.type), unique=True))
    return column == any_of


def next_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Ids that are free for so many new rows: to return each, SQLite would be given the rows one by one."""
    if not count:
        return ()
    if connection.dialect.name == "sqlite":  # which has one writer, and counts on from the last
        last: int = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return range(last + 1, last + 1 + count)
    sequence = func.pg_get_serial_sequence(table.name, "id")
    each = func.generate_series(1, count).table_valued("number")
    return sorted(connection.execute(select(func.nextval(sequence)).select_from(each)).scalars())


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows that have a value for each of these columns; PostgreSQL takes them in one COPY."""
    if rows:
        insert_columns(connection, table, dict(zip(columns, zip(*rows, strict=True), strict=True)))


def insert_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert as many rows as there are values in each column; PostgreSQL takes them in one COPY."""
    if not any(map(len, columns.values())):
        return
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    stored = zip(*_as_stored(connection, table, columns), strict=True)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  # our own tables
        connection.exec_driver_sql(statement, list(stored))
        return
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in stored:
            copy.write_row(row)


def _as_stored(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    """The values of columns as the driver takes them; each different one is made so once."""
    dialect = connection.dialect
    made: dict[type, dict[Any, Any]] = {}  # by kind of column: of a new report two times are the same
    for name, values in columns.items():
        kind = table.c[name].type
        processor = kind.dialect_impl(dialect).bind_processor(dialect)
        if processor is None:
            yield values
        elif isinstance(kind, JSON):  # lists and objects, which have no hash
            yield [processor(value) for value in values]
        else:
            known = made.setdefault(type(kind), {})
            known.update({value: processor(value) for value in set(values).difference(known)})
            yield [known[value] for value in values]
