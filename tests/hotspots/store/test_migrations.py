"""Migrating a database that was filled by an earlier version: nothing of it is lost or changed."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, insert, select

from hotspots.store import schema_versions
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts, job_runs, retention_confirmations
from hotspots.store.run_tables import hotspots
from hotspots.store.schema_versions import known_schemas, schema_of, upgrade_schema
from tests.filled_database import ROWS, every_row, fill_every_table, key_of

Rows = dict[str, list[dict[str, Any]]]

MADE_ANEW = {"0001": {"verdicts"}}
"""Tables that nothing wrote to at that schema, and that a later one made otherwise."""
BEFORE_ACCOUNTS = "0021"
"""The last schema in which a case was assigned to a name that somebody typed."""
GONE = {"locks"}
"""Tables that a later schema has no more: leases, of work that was going on at that moment."""


def upgraded(database: Database, revision: str) -> None:
    """Bring it to a schema."""
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        upgrade_schema(connection, revision)
        connection.commit()


def filled(database: Database, first: int) -> Rows:
    """Write rows in every table, numbered from the first on; gives these."""
    with database.engine.connect().execution_options(sqlite_writes=True) as connection:
        written = fill_every_table(connection, first)
        connection.commit()
    return written


def assert_kept(database: Database, written: Mapping[str, Rows]) -> None:
    """Every row that was written at a schema is still there, in every column that it had."""
    with database.engine.connect() as connection:
        there = every_row(connection)
        keys = {name: key_of(connection, name) for name in there}
    found = {
        name: {tuple(str(row[column]) for column in keys[name]): row for row in rows}
        for name, rows in there.items()
    }
    for revision, tables in written.items():
        for name in tables.keys() - GONE - MADE_ANEW.get(revision, set()):
            for row in tables[name]:
                kept = found[name][tuple(str(row[column]) for column in keys[name])]
                assert {column: kept[column] for column in row} == row, (revision, name)


def test_a_database_with_rows_of_every_schema_keeps_them_all(blank_database_url: str) -> None:
    """Rows of all schemas so far side by side: what a step does, it does to what each of them left."""
    database = Database(blank_database_url)
    written = {}
    for number, revision in enumerate(known_schemas()):
        upgraded(database, revision)
        written[revision] = filled(database, 1 + ROWS * number)
    assert_kept(database, written)
    with database.writing() as connection:
        assert_still_refuses_changes(connection)
    database.close()


FIRST, *LATER, _ = known_schemas()


@pytest.mark.parametrize("revision", [FIRST, LATER[len(LATER) // 2], LATER[-1]])
def test_a_filled_database_of_an_earlier_schema_keeps_every_row_at_once(
    blank_database_url: str, revision: str
) -> None:
    database = Database(blank_database_url)
    upgraded(database, revision)
    written = filled(database, 1)
    database.upgrade()
    assert_kept(database, {revision: written})
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


def test_an_upgrade_that_fails_halfway_leaves_the_database_as_it_was(
    blank_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing stays of two steps that were done and a third that failed after it took something away."""
    database = Database(blank_database_url)
    before, between, last, *_ = known_schemas()
    upgraded(database, before)
    written = filled(database, 1)
    versions = tmp_path / "versions"
    versions.mkdir()
    shutil.copy2(schema_versions.MIGRATIONS / "env.py", tmp_path)
    for schema in (before, between, last):
        (step,) = schema_versions.MIGRATIONS.glob(f"versions/{schema}_*.py")
        shutil.copy2(step, versions)
    (versions / "9999_fails.py").write_text(
        f'revision, down_revision = "9999", "{last}"\n'
        "def upgrade() -> None:\n"
        "    from alembic import op\n"
        "    op.execute('CREATE TABLE half (id integer)')\n"
        "    op.rename_table('reports', 'gone')\n"
        "    raise ZeroDivisionError\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(schema_versions, "MIGRATIONS", tmp_path)
    with pytest.raises(ZeroDivisionError):
        database.upgrade()
    with database.engine.connect() as connection:
        assert schema_of(connection) == before
        assert not connection.dialect.has_table(connection, "half")
    assert_kept(database, {before: written})
    database.close()
