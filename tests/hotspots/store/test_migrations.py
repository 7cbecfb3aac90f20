"""Migrating a database that was filled by an earlier version: nothing of it is lost or changed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, insert, select

from hotspots.store.database import Database
from hotspots.store.operation_tables import facts, job_runs, retention_confirmations
from hotspots.store.run_tables import hotspots
from hotspots.store.schema_versions import known_schemas, upgrade_schema
from tests.filled_database import every_row, fill_every_table

MADE_ANEW = {"0001": {"verdicts"}}
"""Tables that nothing wrote to at that schema, and that a later one made otherwise."""
BEFORE_ACCOUNTS = "0021"
"""The last schema in which a case was assigned to a name that somebody typed."""
GONE = {"locks"}
"""Tables that a later schema has no more: leases, of work that was going on at that moment."""


@pytest.fixture(scope="session")
def schema_on_postgresql(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Give the name of an empty PostgreSQL database of a schema, made from one of the schema before it."""
    made: dict[str, str] = {}

    def give(revision: str) -> str:
        if revision not in made:
            nearest = max((known for known in made if known < revision), default=None)
            name = f"schema_{revision}"
            template = made[nearest] if nearest else "template0"
            request.getfixturevalue("administer")(f"CREATE DATABASE {name} TEMPLATE {template}")
            database = Database(request.getfixturevalue("postgresql")(name))
            with database.engine.connect() as connection:
                upgrade_schema(connection, revision)
                connection.commit()
            database.close()
            made[revision] = name
        return made[revision]

    return give


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def earlier_database(
    request: pytest.FixtureRequest,
    revision: str,
    tmp_path: Path,
    schema_on_postgresql: Callable[[str], str],
    new_postgresql: Callable[[str], AbstractContextManager[str]],
) -> Iterator[Database]:
    """An empty database of an earlier schema."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'database.sqlite'}"
        else:
            url = stack.enter_context(new_postgresql(schema_on_postgresql(revision)))
        database = Database(url)
        yield database
        database.close()


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
    earlier_database: Database, revision: str
) -> None:
    database = earlier_database
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


def assert_still_refuses_changes(connection: Connection) -> None:
    query = (
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
        if connection.dialect.name == "postgresql"
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    )
    assert connection.exec_driver_sql(query).scalar_one() >= 5


def test_a_typed_name_becomes_the_account_that_it_can_only_be_and_else_stays_as_it_was_typed(
    blank_database_url: str,
) -> None:
    database = Database(blank_database_url)
    typed = {
        "1": ("jansen", "j"),  # as one signs in
        "2": ("J. JANSEN ", "j"),  # as one is called, in other letters
        "3": ("B. Bos", None),  # two are called so
        "4": ("Jan van de balie", None),
        "5": (None, None),
    }
    people = {"j": ("jansen", "J. Jansen"), "b": ("bos", "B. Bos"), "c": ("bos2", "b. bos")}
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        upgrade_schema(connection, BEFORE_ACCOUNTS)
        tables = MetaData()
        tables.reflect(connection, only=["users", "hotspots"])
        for user_id, (name, full_name) in people.items():
            own = {"id": user_id, "name": name, "full_name": full_name, "role": "oov", "organisation": "OOV"}
            fixed = {"gebieden": [], "granted": [], "is_disabled": False, "created_by": "x"}
            moment = {"created_at": datetime(2024, 3, 4)}  # noqa: DTZ001  # as the column of SQLite keeps it
            connection.execute(insert(tables.tables["users"]).values(own | fixed | moment))
        for key, (as_typed, _) in typed.items():
            row: dict[str, object] = {
                "id": key,
                "number": f"HS-2024-00{key}",
                "year": 2024,
                "sequence": int(key),
            }
            row |= {"status": "kandidaat", "assigned_to": as_typed}
            connection.execute(insert(tables.tables["hotspots"]).values(row))
        connection.commit()
    database.upgrade()
    with database.reading() as connection:
        query = select(hotspots.c.id, hotspots.c.assigned_to, hotspots.c.assigned_user_id)
        kept = {row.id: tuple(row)[1:] for row in connection.execute(query)}
    database.close()
    assert kept == typed


@pytest.mark.parametrize(
    ("counts", "fact", "is_confirmed"),
    [
        ({"forms": 3, "reports": 0}, "fingerprint", False),
        ({"forms": 3, "rejects": 1}, "fingerprint", True),
        ({}, "removed before: texts", True),
    ],
    ids=["only forms were removed", "refused rows were removed", "reports were removed"],
)
def test_periods_count_as_confirmed_where_something_was_removed_before(
    blank_database_url: str, counts: dict[str, int], fact: str, is_confirmed: bool
) -> None:
    database = Database(blank_database_url)
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        upgrade_schema(connection, "0032")
        run = {"job": "retention", "outcome": "done", "started_at": begun, "counts": counts}
        connection.execute(insert(job_runs).values(run))
        connection.execute(insert(facts).values(name=fact, value="x"))
        connection.commit()
    database.upgrade()
    with database.reading() as connection:
        rows = connection.execute(select(retention_confirmations)).all()
    assert [(row.confirmed_by, row.periods) for row in rows] == (
        [("in gebruik voor deze versie", {})] if is_confirmed else []
    )
    database.close()
