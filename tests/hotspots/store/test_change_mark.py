"""The mark that tells whether anything in the database changed."""

import shutil
from pathlib import Path

from sqlalchemy import insert

from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts


def write(database: Database, name: str, *, is_kept: bool = True) -> None:
    """Write something, from a connection of its own."""
    with database.engine.connect() as connection:
        connection.execute(insert(facts).values(name=name, value="x"))
        if is_kept:
            connection.commit()


def test_the_mark_is_the_same_until_something_is_written(database: Database) -> None:
    watch = ChangeMark(database)
    first = watch.mark()
    with database.reading() as connection:
        connection.execute(facts.select()).all()
    assert first is not None
    assert watch.mark() == first
    write(database, "first")
    second = watch.mark()
    write(database, "second")
    assert len({first, second, watch.mark()}) == 3
    watch.close()


def test_a_mark_from_before_it_was_closed_is_never_given_again(database: Database) -> None:
    watch = ChangeMark(database)
    before = watch.mark()
    watch.close()
    assert watch.mark() != before
    watch.close()


def test_a_write_by_another_process_counts(database: Database, database_url: str) -> None:
    watch, other = ChangeMark(database), Database(database_url)
    before = watch.mark()
    write(other, "elsewhere")
    assert watch.mark() != before
    other.close()
    watch.close()


def test_another_file_in_the_place_of_the_database_has_another_mark(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    path, spare = tmp_path / "database.sqlite", tmp_path / "backup.sqlite"
    for copy in (path, spare):
        shutil.copyfile(migrated_sqlite, copy)
    database = Database(f"sqlite:///{path}")
    watch = ChangeMark(database)
    before = watch.mark()
    spare.replace(path)
    assert watch.mark() != before
    watch.close()
    database.close()


def test_where_it_cant_be_said_there_is_no_mark(tmp_path: Path) -> None:
    for url in ("sqlite://", f"sqlite:///{tmp_path}/none.sqlite"):
        database = Database(url)
        assert ChangeMark(database).mark() is None
        database.close()


def test_a_lost_connection_is_made_again(database: Database) -> None:
    watch = ChangeMark(database)
    before = watch.mark()
    assert watch._connection is not None
    assert watch._connection.dbapi_connection is not None
    watch._connection.dbapi_connection.close()
    assert watch.mark() is None
    assert watch.mark() not in (None, before)
    watch.close()
