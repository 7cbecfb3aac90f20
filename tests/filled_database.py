"""Rows in every table of a database, whatever its schema: what the migrations and copies of it must keep."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROWS = 3

ALLOWED = {
    ("verdicts", "verdict"): "leefbaarheid",
    ("enrichments", "sharing"): "oov",
    ("duidingen", "sharing"): "oov",
    ("hotspot_lineage", "kind"): "split",
    ("job_alerts", "kind"): "late",
    ("other_figures", "unit"): "aantal",
    ("signalling_changes", "step"): "stopped",
    ("rule_changes", "outcome"): "confirmed",
    ("subject_requests", "kind"): "inzage",
    ("events", "state"): "sent",
}
"""Values of columns that take only some."""

_READ: dict[str, tuple[sa.MetaData, dict[str, list[Any]]]] = {}
"""Tables as they were read last and their shapes, by kind of database: reading takes longer than filling."""

_SHAPES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'",
    "postgresql": """
        WITH own AS (
            SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        )
        SELECT relname, attname || ' ' || format_type(atttypid, atttypmod) AS part
        FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT relname, pg_get_constraintdef(made.oid) FROM own JOIN pg_constraint made ON conrelid = own.oid
        ORDER BY relname, part
    """,
}
"""What tells of each table whether it changed."""


def fill_every_table(connection: sa.Connection, first: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Write rows in every table of the schema that is there, by SQL alone; parents first; gives these.

    They are numbered from the first on: of who fills a table again, each row must be another.
    """
    written = {}
    for table in _tables(connection):
        rows = [
            {column.name: _value(table, column, number, first) for column in table.columns}
            for number in range(first, first + ROWS)
        ]
        connection.execute(sa.insert(table), rows)
        written[table.name] = rows
    return written


def every_row(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """All that a database holds: rows by table, in the order of their keys."""
    return {
        table.name: [
            dict(row)
            for row in connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
        ]
        for table in _tables(connection)
    }


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """The tables of a database, parents first; read anew if they, or what they refer to, have changed."""
    metadata, before = _READ.setdefault(connection.dialect.name, (sa.MetaData(), {}))
    shapes: dict[str, list[Any]] = {}
    for name, part in connection.exec_driver_sql(_SHAPES[connection.dialect.name]):
        shapes.setdefault(name, []).append(part)
    for table in metadata.sorted_tables:
        is_same = shapes.get(table.name) == before[table.name]
        if not is_same or any(key.column.table.name not in metadata.tables for key in table.foreign_keys):
            metadata.remove(table)
    if new := sorted(shapes.keys() - metadata.tables.keys()):
        metadata.reflect(connection, only=new)
    before.clear()
    before.update(shapes)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _value(table: sa.Table, column: sa.Column[Any], number: int, first: int) -> Any:
    if (table.name, column.name) in ALLOWED:
        return ALLOWED[table.name, column.name]
    for foreign in column.foreign_keys:
        if foreign.column.table is table:
            return None if number == first else _value(table, foreign.column, number - 1, first)
        return _value(foreign.column.table, foreign.column, number, first)
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Float):
        return number + 0.1
    if isinstance(kind, sa.DateTime):
        moment = datetime(2023, 3, 26, 1, 30, 15, 123456, tzinfo=UTC) + timedelta(weeks=number)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, sa.Date):
        return date(2023, 12, 31) + timedelta(weeks=number)
    if isinstance(kind, sa.JSON):
        return {"zin": f"{number} meldingen, ‘één’ melder", "getal": 0.1 * number, "lijst": [None, True]}
    if isinstance(kind, sa.LargeBinary):
        return bytes((number + each) % 256 for each in range(0, 200, 7))
    text = f"{table.name[:6]} {column.name[:8]} é\u2019{number}"
    return text[: kind.length] if isinstance(kind, sa.String) and kind.length else text


def key_of(connection: sa.Connection, name: str) -> list[str]:
    """The columns by which a row of a table is known."""
    [table] = [table for table in _tables(connection) if table.name == name]
    return [column.name for column in table.primary_key.columns]


def damage(path: Path, table: str | None) -> None:
    """Write nonsense over the first page of an SQLite file, or of a table in it."""
    page = 1
    with closing(sqlite3.connect(path)) as connection:
        [size] = connection.execute("PRAGMA page_size").fetchone()
        if table is not None:
            query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
            [page] = connection.execute(query, [table]).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)
