"""Schemas of SQLite that were made once: to run every migration for each empty database takes most of a test.

The first empty database of a process is migrated; the next ones get the same tables, triggers and rows by
the statements that SQLite kept of it. A database with anything in it is always migrated.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from hotspots.store.schema_versions import known_schemas

MIGRATE: Callable[[Config, str], None] = command.upgrade
"""How a schema is really made."""

_OBJECTS = "SELECT type, name, sql FROM sqlite_master ORDER BY rowid"


@dataclass(frozen=True)
class Made:
    """What SQLite kept of a schema: statements, and the rows that migrations wrote."""

    statements: Sequence[str]
    rows: dict[str, Sequence[tuple[Any, ...]]]


def objects_of(connection: Connection) -> list[tuple[Any, ...]]:
    """What stands in the schema of a database of SQLite."""
    return [tuple(row) for row in connection.exec_driver_sql(_OBJECTS)]


def read_made(connection: Connection) -> Made:
    """Read a schema, to be made again."""
    objects = objects_of(connection)
    names = [name for kind, name, _ in objects if kind == "table"]
    rows = {name: connection.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in names}  # noqa: S608
    return Made(
        # what it makes by itself has such a name, or no statement
        [sql for _, name, sql in objects if sql and not name.startswith("sqlite_")],
        {name: [tuple(row) for row in found] for name, found in rows.items() if found},
    )


def make_again(connection: Connection, made: Made) -> None:
    """Make a schema in an empty database, as it was read."""
    for statement in made.statements:
        connection.exec_driver_sql(statement)
    for name, rows in made.rows.items():
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f'INSERT INTO "{name}" VALUES ({marks})', list(rows))  # noqa: S608


@contextmanager
def made_once() -> Iterator[None]:
    """Migrate the first empty database to each schema, and make the next ones as that."""
    made: dict[str, Made] = {}

    def upgrade(config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        if connection.dialect.name != "sqlite" or objects_of(connection):
            MIGRATE(config, revision)
            return
        wanted = known_schemas()[-1] if revision == "head" else revision
        nearest = max((known for known in made if known <= wanted), default=None)
        if nearest is not None:
            make_again(connection, made[nearest])
        if nearest != wanted:
            MIGRATE(config, wanted)
            made[wanted] = read_made(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", upgrade)
        yield
