"""The connection to the database, and its schema version."""

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from hotspots.errors import SchemaError, StoreError
from hotspots.store import database as store
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts, job_runs
from hotspots.store.report_tables import rejects
from hotspots.store.schema import metadata
from tests.filled_database import damage

NOW = datetime(2023, 6, 5, 4, 30, tzinfo=UTC)
LEASE = timedelta(minutes=10)


def difference_from_code(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_who_waits_in_vain_for_another_writer_is_told_so(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "WAIT_FOR_WRITER_MS", 1)
    url = f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'database.sqlite')}"
    first, second = Database(url), Database(url)
    told = pytest.raises(StoreError, match="found it being written for 1 ms")
    with first.writing(), told, second.writing():
        pass
    with second.writing() as connection:
        assert connection.execute(select(func.count()).select_from(facts)).scalar() == 0
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        pytest.param(
            None, "can't open the database .*not a database; .* restore a backup", id="from its start"
        ),
        pytest.param("facts", "can't use the database: .*malformed; .* restore a backup", id="further on"),
    ],
)
def test_a_damaged_file_is_told_in_one_line_with_what_to_do(
    sqlite_url: str, tmp_path: Path, table: str | None, told: str
) -> None:
    damage(tmp_path / "database.sqlite", table)
    database = Database(sqlite_url)
    for use in (database.reading, database.writing):
        with pytest.raises(StoreError, match=told), use() as connection:
            connection.execute(select(facts))
    database.close()


def test_a_full_disk_is_told_in_one_line(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(StoreError, match="disk is full; make room"), database.writing() as connection:
        fill_disk(connection)
    database.close()


def fill_disk(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    connection.execute(insert(facts).values(name="large", value="x" * 1_000_000))


def test_a_wrong_statement_is_no_fault_of_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError, match="nowhere"), database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


@pytest.mark.postgresql
def test_a_server_that_ends_the_connection_is_told_in_one_line(
    make_database: Callable[[str, Path], AbstractContextManager[str]], tmp_path: Path
) -> None:
    with make_database("postgresql", tmp_path) as url:
        database, other = Database(url), Database(url)
        told = r"can't use the database: .*terminat.*; try again later"
        with pytest.raises(StoreError, match=told), database.connected() as connection:
            end_from(other, connection)
        other.close()
        database.close()


def end_from(other: Database, connection: Connection) -> None:
    process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with other.connected() as ending:
        ending.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
    connection.exec_driver_sql("SELECT 1")


class TestSchema:
    def test_the_migrations_make_the_schema_of_the_code(self, blank_database_url: str) -> None:
        database = Database(blank_database_url)
        database.upgrade()
        with database.reading() as connection:
            assert difference_from_code(connection) == []
        database.close()

    def test_constraints_and_indexes_are_those_of_the_code(self, database: Database) -> None:
        with database.reading() as connection:
            inspector = inspect(connection)
            for table in metadata.sorted_tables:
                found = {index["name"] for index in inspector.get_indexes(table.name)}
                assert {index.name for index in table.indexes} <= found
                checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
                wanted = {
                    str(constraint.name)
                    for constraint in table.constraints
                    if str(constraint.name).startswith("ck_")
                }
                assert wanted == checks

    def test_upgrading_twice_changes_nothing(self, database: Database) -> None:
        with database.writing() as connection:
            connection.execute(insert(facts).values(name="kept", value="yes"))
        database.upgrade()
        with database.reading() as connection:
            assert connection.execute(select(facts.c.value)).scalars().all() == ["yes"]

    def test_an_empty_database_says_what_to_do(self, blank_database_url: str) -> None:
        database = Database(blank_database_url)
        with (
            pytest.raises(SchemaError, match=r"schema 'none'.*run 'hotspots db upgrade'"),
            database.reading(),
        ):
            pass
        database.close()

    def test_a_database_of_a_newer_version_is_refused(self, database: Database) -> None:
        with database.engine.connect().execution_options(sqlite_writes=True) as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            connection.commit()
        other = Database(database.engine.url.render_as_string(hide_password=False))
        with (
            pytest.raises(SchemaError, match=r"has schema '9999', this version wants '\d+'"),
            other.writing(),
        ):
            pass
        other.close()

    def test_the_sqlite_file_is_made_with_its_folder(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'var' / 'deep' / 'hotspots.sqlite'}")
        database.upgrade()
        database.close()
        assert (tmp_path / "var" / "deep" / "hotspots.sqlite").exists()

    def test_the_sqlite_file_and_its_logs_are_for_their_owner_only(self, tmp_path: Path) -> None:
        before = os.umask(0o022)
        try:
            database = Database(f"sqlite:///{tmp_path / 'hotspots.sqlite'}")
            with pytest.raises(SchemaError), database.reading():  # makes the file, as SQLite does
                pass
            database.upgrade()
            with database.writing() as connection:
                connection.execute(insert(facts).values(name="a", value="b"))
                modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
            database.close()
        finally:
            os.umask(before)
        assert set(modes) >= {"hotspots.sqlite", "hotspots.sqlite-wal"}
        assert set(modes.values()) == {0o600}


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "message"),
        [
            pytest.param("hotspots.sqlite", "wanted a database URL .*found 'hotspots.sqlite'", id="a path"),
            pytest.param(
                "mysql://me:s3cret@host/name", "found 'mysql://me:[*]{3}@host/name'", id="another kind"
            ),
            pytest.param("", "wanted a database URL", id="nothing"),
            pytest.param("sqlite:///file:x?uri=true", "found 'sqlite:///file:x.uri=true'", id="a URI"),
            pytest.param("sqlite:////tmp/x?mode=ro&uri=true", "wanted a database URL", id="a path as URI"),
        ],
    )
    def test_a_wrong_url_is_refused(self, url: str, message: str) -> None:
        with pytest.raises(StoreError, match=message):
            Database(url)

    def test_a_folder_that_is_absent_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path / 'absent' / 'x.sqlite'}")
        with (
            pytest.raises(StoreError, match=r"can't open the database .*hotspots db upgrade"),
            database.reading(),
        ):
            pass

    @pytest.mark.postgresql
    def test_a_password_is_not_shown(self, postgresql: Callable[[str], str]) -> None:
        url = postgresql("no_such_database").replace("postgres@", "postgres:s3cret@")
        database = Database(url)
        with pytest.raises(StoreError, match="no_such_database") as raised, database.reading():
            pass
        assert "s3cret" not in str(raised.value)


class TestTimes:
    def test_a_time_comes_back_as_the_same_moment_in_utc(self, database: Database) -> None:
        summer = datetime(2023, 6, 5, 4, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
        with database.writing() as connection:
            connection.execute(insert(job_runs).values(job="import", started_at=summer))
        with database.reading() as connection:
            found = connection.execute(select(job_runs.c.started_at)).scalar_one()
        assert found == summer
        assert found.utcoffset() == timedelta(0)

    def test_a_naive_time_is_refused(self, database: Database) -> None:
        naive = NOW.replace(tzinfo=None)
        with (
            pytest.raises(StatementError, match="wanted a time with its zone"),
            database.writing() as connection,
        ):
            connection.execute(insert(job_runs).values(job="import", started_at=naive))

    def test_times_compare_as_moments(self, database: Database) -> None:
        later = NOW.astimezone(timezone(timedelta(hours=-11)))  # another local day
        with database.writing() as connection:
            connection.execute(insert(job_runs).values(job="import", started_at=NOW))
        with database.reading() as connection:
            query = select(func.count()).where(job_runs.c.started_at == later)
            assert connection.execute(query).scalar_one() == 1


class TestTransactions:
    def test_a_change_that_fails_halfway_leaves_nothing(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError), database.writing() as connection:
            stop_halfway(connection)
        with database.reading() as connection:
            assert connection.execute(select(facts)).all() == []

    def test_a_reader_sees_one_moment_while_another_writes(self, database: Database) -> None:
        with database.reading() as reader:
            before = reader.execute(select(func.count()).select_from(facts)).scalar_one()
            with database.writing() as writer:
                writer.execute(insert(facts).values(name="meanwhile", value="yes"))
            assert reader.execute(select(func.count()).select_from(facts)).scalar_one() == before
        with database.reading() as reader:
            assert reader.execute(select(func.count()).select_from(facts)).scalar_one() == before + 1

    def test_what_is_changed_while_reading_is_not_kept(self, database: Database) -> None:
        with database.reading() as connection:
            connection.execute(insert(facts).values(name="stray", value="x"))
        with database.reading() as connection:
            assert connection.execute(select(facts)).all() == []

    def test_an_error_does_not_show_the_values_of_its_statement(self, database: Database) -> None:
        with pytest.raises(IntegrityError) as raised, database.writing() as connection:
            connection.execute(insert(facts), [{"name": "telefoon", "value": "06-12345678"}] * 2)
        assert "06-12345678" not in str(raised.value)

    def test_a_row_that_points_nowhere_is_refused(self, database: Database) -> None:
        with pytest.raises(IntegrityError), database.writing() as connection:
            connection.execute(insert(rejects).values(import_id=404, row_number=1, reason="x"))


def stop_halfway(connection: Connection) -> None:
    connection.execute(insert(facts).values(name="half", value="done"))
    raise ZeroDivisionError


def test_a_file_that_is_not_there_is_absent_and_is_not_made_by_asking(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    file = tmp_path / "hotspots.sqlite"
    assert Database(f"sqlite:///{file}").is_absent
    assert not file.exists()
    assert not Database(f"sqlite:///{migrated_sqlite}").is_absent
