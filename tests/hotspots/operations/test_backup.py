"""Copies between databases of both kinds, backups and restores: all of it, verified, or nothing."""

import gzip
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, inspect, make_url, select, text

from hotspots.errors import StoreError
from hotspots.operations import backup as copying
from hotspots.operations.backup import TableSum, back_up, copy_database, restore, sums_of
from hotspots.operations.backup_seal import MARK
from hotspots.operations.integrity import check_database
from hotspots.store.case_tables import verdicts
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts, job_runs
from hotspots.store.report_tables import reports
from hotspots.store.schema_versions import schema_of, upgrade_schema
from tests.filled_database import ROWS, every_row, fill_every_table

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
KEY = b"a key of tests only, 32 bytes long"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module")
def filled_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with rows in every table, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "filled.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def filled_postgresql(
    migrated_postgresql: str, new_postgresql: Callable[[str], AbstractContextManager[str]]
) -> Iterator[str]:
    """The name of a PostgreSQL database with rows in every table, to be used as template."""
    with new_postgresql(migrated_postgresql) as url:
        _fill(url)
        yield str(make_url(url).database)


@pytest.fixture
def filled_file(filled_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """An SQLite database with rows in every table: where only the kind of the target matters."""
    shutil.copyfile(filled_sqlite, tmp_path / "filled.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'filled.sqlite'}")
    yield database
    database.close()


@pytest.fixture(params=KINDS)
def filled(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of each kind with rows in every table."""
    if request.param == "sqlite":
        yield request.getfixturevalue("filled_file")
        return
    with request.getfixturevalue("new_postgresql")(request.getfixturevalue("filled_postgresql")) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=KINDS)
def target(
    request: pytest.FixtureRequest,
    make_database: Callable[[str, Path], AbstractContextManager[str]],
    tmp_path: Path,
) -> Iterator[Database]:
    """A blank database of each kind."""
    with make_database(request.param, tmp_path / "target") as url:
        database = Database(url)
        yield database
        database.close()


def _fill(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        fill_every_table(connection)
    database.close()


def facts_of(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(facts.c.name).order_by(facts.c.name)).scalars())


def test_a_copy_holds_every_row_of_every_table(filled: Database, target: Database) -> None:
    sums = copy_database(filled, target)
    with filled.reading() as one, target.reading() as other:
        assert sums_of(one) == sums_of(other) == sums
        if filled.is_sqlite == target.is_sqlite:
            assert every_row(other) == every_row(one)
    assert {table.rows for table in sums.values()} == {ROWS}


def test_rows_that_are_added_to_a_copy_get_numbers_of_their_own(
    filled_file: Database, target: Database
) -> None:
    copy_database(filled_file, target)
    with target.writing() as connection:
        line = insert(job_runs).values(job="x", started_at=NOW, counts={}).returning(job_runs.c.id)
        assert connection.execute(line).scalar_one() == ROWS + 1


def test_a_copy_there_and_back_is_the_same(filled: Database, target: Database, tmp_path: Path) -> None:
    back = Database(f"sqlite:///{tmp_path / 'back.sqlite'}")
    assert copy_database(filled, target) == copy_database(target, back)
    back.close()


def test_a_copy_refuses_changes_to_history_as_the_original_does(
    filled_file: Database, target: Database
) -> None:
    copy_database(filled_file, target)
    with pytest.raises(Exception, match="only added to"), target.writing() as connection:
        connection.execute(verdicts.delete())


def test_a_copy_to_a_database_with_rows_is_refused(filled_file: Database, target: Database) -> None:
    target.upgrade()
    with target.writing() as connection:
        connection.execute(insert(facts).values(name="own", value="x"))
    with pytest.raises(StoreError, match="wanted an empty database to copy to, found rows in facts"):
        copy_database(filled_file, target)
    assert facts_of(target) == ["own"]


def test_a_copy_that_is_cut_off_leaves_nothing(filled_file: Database, target: Database) -> None:
    def cut_off(name: str, _rows: int) -> None:
        if name == "reports":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(filled_file, target, on_table=cut_off)
    with target.reading() as connection:
        assert {table.rows for table in sums_of(connection).values()} == {0}


def test_a_copy_in_which_a_value_changed_is_not_kept(
    filled_file: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying.sums_of

    def sums_after_a_fault(connection, *rest):  # type: ignore[no-untyped-def]
        connection.execute(reports.update().where(reports.c.id == 2).values(status="other"))
        return real(connection, *rest)

    monkeypatch.setattr(copying, "sums_of", sums_after_a_fault)
    with pytest.raises(StoreError, match="the copy of table reports differs: wanted 3 rows"):
        copy_database(filled_file, target)
    monkeypatch.undo()
    with target.reading() as connection:
        assert connection.execute(select(func.count()).select_from(reports)).scalar_one() == 0


class TestBackup:
    def test_a_backup_is_one_file_for_its_owner_only_and_restores_everywhere(
        self, filled: Database, target: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "backup" / "one.sqlite"
        sums = back_up(filled, path, key=KEY)
        assert [file.name for file in path.parent.iterdir()] == ["one.sqlite"]
        assert path.stat().st_mode & 0o777 == 0o600
        assert restore(path, target, key=KEY) == sums
        if target.is_sqlite:
            assert Path(str(target.engine.url.database)).stat().st_mode & 0o777 == 0o600
        with target.reading() as connection:
            assert sums_of(connection) == sums

    @pytest.mark.parametrize("ending", ["", "-wal"])
    def test_the_database_itself_is_no_backup(
        self, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
    ) -> None:
        database = Database(sqlite_url)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "sub").mkdir()
        own = Path(f"sub/../database.sqlite{ending}")
        with pytest.raises(StoreError, match="wanted another file to write a backup to, found 'sub/"):
            back_up(database, own, key=KEY)
        with pytest.raises(StoreError, match="wanted another file to restore from, found 'sub/"):
            restore(own, database, replace=True, key=KEY)
        database.close()

    def test_a_backup_is_of_one_moment_while_others_write(self, filled: Database, tmp_path: Path) -> None:
        other = Database(filled.engine.url.render_as_string(hide_password=False))

        def write(name: str, _rows: int) -> None:
            with other.writing() as connection:
                connection.execute(insert(facts).values(name=f"during {name}", value="x"))

        sums = back_up(filled, tmp_path / "one.sqlite", on_table=write, key=KEY)
        assert sums["facts"].rows == ROWS
        assert len(facts_of(filled)) > ROWS
        other.close()

    def test_who_reads_during_a_restore_sees_the_old_or_the_new(
        self, filled: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "one.sqlite"
        back_up(filled, path, key=KEY)
        with filled.writing() as connection:
            connection.execute(insert(facts).values(name="later", value="x"))
        reader = Database(filled.engine.url.render_as_string(hide_password=False))
        assert "later" in facts_of(reader)
        restore(path, filled, replace=True, key=KEY)
        assert "later" not in facts_of(reader)
        reader.close()

    def test_a_database_with_data_is_replaced_only_when_that_is_said(
        self, filled: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "one.sqlite"
        back_up(filled, path, key=KEY)
        with pytest.raises(StoreError, match=r"found one with data.*--replace"):
            restore(path, filled, key=KEY)

    def test_what_a_service_writes_right_after_a_restore_is_told_apart_from_a_fault(
        self, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database, service = Database(sqlite_url), Database(sqlite_url)
        back_up(database, tmp_path / "one.sqlite", key=KEY)
        real = copying._require_restored

        def after_a_write(*arguments: Any) -> None:
            with service.writing() as connection:
                connection.execute(insert(facts).values(name="later", value="x"))
            real(*arguments)

        def after_a_fault(restored: Database, sums: dict[str, TableSum], *arguments: Any) -> None:
            real(restored, sums | {"facts": TableSum(1, 1)}, *arguments)

        for changed, told in ((after_a_write, "all was restored, but"), (after_a_fault, "is not as it was")):
            monkeypatch.setattr(copying, "_require_restored", changed)
            with pytest.raises(StoreError, match=f"table facts differs: .*{told}"):
                restore(tmp_path / "one.sqlite", database, replace=True, key=KEY)
        service.close()
        database.close()

    def test_a_restore_that_is_cut_off_leaves_the_old(self, filled: Database, tmp_path: Path) -> None:
        path = tmp_path / "one.sqlite"
        back_up(filled, path, key=KEY)
        with filled.writing() as connection:
            connection.execute(insert(facts).values(name="later", value="x"))

        def cut_off(name: str, _rows: int) -> None:
            if name == "reports":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            restore(path, filled, replace=True, on_table=cut_off, key=KEY)
        assert "later" in facts_of(filled)

    def test_a_backup_of_an_earlier_version_is_brought_to_this_one(
        self, target: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "old.sqlite"
        old = Database(f"sqlite:///{path}")
        with old.engine.connect().execution_options(sqlite_writes=True) as connection:
            upgrade_schema(connection, "0001")
            connection.execute(insert(facts).values(name="old", value="x"))
            connection.commit()
        old.close()
        restore(path, target, key=None)
        assert facts_of(target) == ["old"]

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda path: path.unlink(), "there is no such file"),
            (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "is damaged|is no whole backup"),
            (lambda path: path.write_bytes(b"x" * 5000), "is no whole backup: file is not a database"),
            (lambda path: newer(path), "is of a newer version .*9999.*: upgrade first"),
        ],
        ids=["absent", "cut off", "something else", "of a newer version"],
    )
    def test_what_is_no_whole_backup_is_refused(
        self, sqlite_url: str, tmp_path: Path, damage: Callable[[Path], object], message: str
    ) -> None:
        database = Database(sqlite_url)
        path = tmp_path / "one.sqlite"
        back_up(database, path, key=None)
        damage(path)
        with pytest.raises(StoreError, match=message):
            restore(path, database, key=None)
        database.close()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ("DROP TRIGGER verdicts_keeps_delete", "trigger verdicts_keeps_delete is missing"),
            (
                "CREATE TRIGGER x AFTER INSERT ON comments BEGIN DELETE FROM sessions; END",
                "trigger x is not of this software",
            ),
            ("CREATE VIEW v AS SELECT * FROM users", "view v is not of this software"),
            ("CREATE VIEW temp_users AS SELECT 1", "view temp_users is not of this software"),
            ("CREATE INDEX i ON reports (random_of(id))", "no such function|is not of this software"),
            ("CREATE INDEX i ON reports (abs(id))", "index i is not of this software"),
            ("CREATE VIRTUAL TABLE f USING fts5(x)", "table f is not of this software"),
            ("ALTER TABLE users ADD COLUMN is_root INTEGER", "table users is made otherwise"),
            ("DROP TABLE redactions", "table redactions is missing"),
            (
                "UPDATE sqlite_master SET sql = replace(sql, 'oov', 'oov2') WHERE name = 'enrichments'",
                "table enrichments is made otherwise",
            ),
            ("UPDATE alembic_version SET version_num = '0005'", "is not made as its version makes it"),
            ("UPDATE alembic_version SET version_num = NULL", "constraint failed|of a newer version"),
            ("INSERT INTO alembic_version VALUES ('0001')", "newer version .*0001"),
            ("UPDATE reports SET first_import_id = 99", "rows of it point at rows that are not there"),
            ("UPDATE users SET created_at = 'gisteren'", "is no whole backup: .*gisteren"),
        ],
    )
    def test_a_backup_that_somebody_changed_is_refused_also_without_a_seal(
        self, filled_file: Database, tmp_path: Path, change: str, message: str
    ) -> None:
        path = tmp_path / "one.sqlite"
        back_up(filled_file, path, key=KEY)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA writable_schema=ON")
            try:
                connection.execute(change)
            except sqlite3.Error as refused:
                assert re.search(message, str(refused))  # noqa: PT017  # SQLite itself is in the way
                return
        target = Database(f"sqlite:///{tmp_path / 'target.sqlite'}")
        with pytest.raises(StoreError, match=r"has no seal|the seal of the backup"):
            restore(path, target, key=KEY)
        with pytest.raises(StoreError, match=message):
            restore(path, target, key=None)
        target.close()

    def test_a_backup_with_the_seal_of_another_or_none_is_refused(
        self, filled_file: Database, tmp_path: Path
    ) -> None:
        one, other, plain = (tmp_path / f"{name}.sqlite" for name in ("one", "other", "plain"))
        back_up(filled_file, one, key=KEY)
        with filled_file.writing() as connection:
            connection.execute(insert(facts).values(name="later", value="x"))
        back_up(filled_file, other, key=b"another key of tests, 32 bytes long")
        back_up(filled_file, plain, key=None)
        whole, end = one.read_bytes(), other.read_bytes()
        mark = end.rindex(MARK)
        forged = {
            "by another key": end,
            "without": plain.read_bytes(),
            "with the seal of another": plain.read_bytes() + whole[whole.rindex(MARK) :],
            "with the seal of another key": whole[: whole.rindex(MARK)] + end[mark:],
            "with another schema in it": whole.replace(b'"schema": "00', b'"schema": "99'),
            "cut off": whole[:-100],
            "longer": whole + b"x",
            "with one bit changed": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
            "packed": gzip.compress(whole),
            "a zip of much": b"PK\x03\x04" + bytes(10_000),
            "nothing": b"",
        }
        target = Database(f"sqlite:///{tmp_path / 'target.sqlite'}")
        for how, content in forged.items():
            (tmp_path / "forged.sqlite").write_bytes(content)
            with pytest.raises(StoreError, match=r"seal|file is not a database"):
                restore(tmp_path / "forged.sqlite", target, key=KEY)
            assert not target.is_sqlite or not (tmp_path / "target.sqlite").exists(), how
        restore(plain, target, key=None)
        target.close()

    def test_a_database_that_somebody_changed_is_backed_up_without_seal_only(
        self, filled: Database, tmp_path: Path
    ) -> None:
        with filled.writing() as connection:
            where = "" if filled.is_sqlite else " ON verdicts"
            name = "verdicts_keeps_delete" if filled.is_sqlite else "verdicts_is_kept"
            connection.execute(text(f"DROP TRIGGER {name}{where}"))
        with pytest.raises(StoreError, match=rf"trigger (verdicts\.)?{name} is missing"):
            back_up(filled, tmp_path / "one.sqlite", key=KEY)
        assert list(tmp_path.glob("one*")) == []
        assert any("is missing" in problem for problem in check_database(filled))
        back_up(filled, tmp_path / "one.sqlite", key=None)

    def test_a_backup_that_can_not_be_written_leaves_no_half_of_it(
        self, filled_file: Database, tmp_path: Path
    ) -> None:
        def cut_off(name: str, _rows: int) -> None:
            if name == "reports":
                raise OSError(28, "No space left on device")

        with pytest.raises(StoreError, match=r"can't write the backup .*No space left"):
            back_up(filled_file, tmp_path / "backup" / "one.sqlite", on_table=cut_off, key=KEY)
        assert list((tmp_path / "backup").iterdir()) == []


@pytest.mark.postgresql
def test_a_restore_leaves_alone_what_is_not_ours(
    make_database: Callable[[str, Path], AbstractContextManager[str]], tmp_path: Path
) -> None:
    with make_database("postgresql", tmp_path) as url:
        database = Database(url)
        database.upgrade()
        back_up(database, tmp_path / "one.sqlite", key=KEY)
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE of_others (id integer)"))
        restore(tmp_path / "one.sqlite", database, replace=True, key=KEY)
        with database.engine.connect() as connection:
            assert "of_others" in inspect(connection).get_table_names()
        database.close()


@pytest.mark.postgresql
def test_a_later_release_on_postgresql_is_rolled_back_in_a_new_database_and_can_be_upgraded_to_again(
    make_database: Callable[[str, Path], AbstractContextManager[str]], tmp_path: Path
) -> None:
    def upgrade_to_later(database: Database) -> None:
        with database.engine.begin() as connection:
            connection.execute(text("CREATE TABLE of_later (report_id integer REFERENCES reports (id))"))
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with make_database("postgresql", tmp_path) as url:
        database = Database(url)
        database.upgrade()
        back_up(database, tmp_path / "before.sqlite", key=KEY)
        upgrade_to_later(database)
        with pytest.raises(StoreError, match=r"of a newer version \(schema '9999'\).*make the database anew"):
            restore(tmp_path / "before.sqlite", database, replace=True, key=KEY)
        with database.engine.connect() as connection:
            assert schema_of(connection) == "9999"
        database.close()
    with make_database("postgresql", tmp_path) as url:
        database = Database(url)
        restore(tmp_path / "before.sqlite", database, key=KEY)
        upgrade_to_later(database)
        database.close()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
