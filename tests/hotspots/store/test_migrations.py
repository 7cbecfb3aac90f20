"""Migrating a database that was filled by an earlier version: nothing of it is lost or changed."""

import pytest
from sqlalchemy import Connection

from hotspots.store.database import Database
from hotspots.store.schema_versions import known_schemas, upgrade_schema
from tests.filled_database import every_row, fill_every_table

MADE_ANEW = {"0001": {"verdicts"}}
"""Tables that nothing wrote to at that schema, and that a later one made otherwise."""
GONE = {"locks"}
"""Tables that a later schema has no more: leases, of work that was going on at that moment."""


def filled_at(database: Database, revision: str) -> None:
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        upgrade_schema(connection, revision)
        fill_every_table(connection)
        connection.commit()


def rows_of(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.engine.connect() as connection:
        return every_row(connection)


@pytest.mark.parametrize("revision", known_schemas()[:-1])
def test_a_filled_database_of_an_earlier_schema_keeps_every_row(
    blank_database_url: str, revision: str
) -> None:
    database = Database(blank_database_url)
    filled_at(database, revision)
    before = rows_of(database)
    database.upgrade()
    after = rows_of(database)
    for name, rows in before.items():
        if name in GONE | MADE_ANEW.get(revision, set()):
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
