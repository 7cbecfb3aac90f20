"""Migrating a database that was filled by an earlier version: nothing of it is lost or changed."""

import alembic.command
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hotspots.store.database import Database, alembic_config
from tests.filled_database import every_row, fill_every_table

MADE_ANEW = {"0001": {"verdicts"}}
"""Tables that nothing wrote to at that schema, and that a later one made otherwise."""


def revisions() -> list[str]:
    """Every schema there was before this one, the oldest first."""
    database = Database("sqlite://")
    with database.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    database.close()
    return [script.revision for script in scripts.walk_revisions()][:0:-1]


def filled_at(database: Database, revision: str) -> None:
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        alembic.command.upgrade(alembic_config(connection), revision)
        fill_every_table(connection)
        connection.commit()


def rows_of(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.engine.connect() as connection:
        return every_row(connection)


@pytest.mark.parametrize("revision", revisions())
def test_a_filled_database_of_an_earlier_schema_keeps_every_row(
    blank_database_url: str, revision: str
) -> None:
    database = Database(blank_database_url)
    filled_at(database, revision)
    before = rows_of(database)
    database.upgrade()
    after = rows_of(database)
    for name, rows in before.items():
        if name in MADE_ANEW.get(revision, ()):
            continue
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        assert kept == rows, name
    with database.writing() as connection:
        assert_still_refuses_changes(connection)
    database.close()


def assert_still_refuses_changes(connection: Connection) -> None:
    query = (
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
        if connection.dialect.name == "postgresql"
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    )
    assert connection.exec_driver_sql(query).scalar_one() >= 5
