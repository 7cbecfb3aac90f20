"""What waits is seen at once, read only when something was written, and read from the database of now."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hotspots.access.rights import Actor, Role
from hotspots.operations.job_requests import pause_job, request_job
from hotspots.store.database import Database
from jobs.waiting import WaitingRequest

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
ANN = Actor("1", "A. Beheer", Role.BEHEERDER)


def ask(database: Database, job: str = "weekly") -> int:
    with database.writing() as connection:
        return request_job(connection, job=job, by=ANN, at=NOW).id


def test_what_is_asked_and_taken_back_is_seen_at_the_next_look(database: Database, database_url: str) -> None:
    waiting = WaitingRequest()
    assert waiting.last(database_url) is None
    asked = ask(database)
    assert [waiting.last(database_url), waiting.last(database_url)] == [asked, asked]
    with database.writing() as connection:
        pause_job(connection, job="weekly", by=ANN, at=NOW, reason="De regels kloppen niet")
    assert waiting.last(database_url) is None
    waiting.close()


def test_while_nothing_is_written_no_connection_is_made_and_nothing_read(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    # SQLite only: on a server of PostgreSQL others write meanwhile
    url = f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'hotspots.sqlite')}"
    database, waiting, made = Database(url), WaitingRequest(), []
    asked = ask(database)
    assert waiting.last(url) == asked

    def note(*_: object) -> None:
        made.append("connection")

    event.listen(Engine, "engine_connect", note)
    try:
        assert [waiting.last(url) for _ in range(3)] == [asked] * 3
        assert made == []
        ask(database, "backup")
        made.clear()
        assert waiting.last(url) != asked
        assert made == ["connection"]
    finally:
        event.remove(Engine, "engine_connect", note)
    waiting.close()
    database.close()


@pytest.mark.parametrize("is_other_file", [True, False], ids=["other settings", "a file put back"])
def test_another_database_is_read_at_the_next_look(
    tmp_path: Path, migrated_sqlite: Path, is_other_file: bool
) -> None:
    first, second = tmp_path / "first.sqlite", tmp_path / "second.sqlite"
    for path in (first, second):
        shutil.copyfile(migrated_sqlite, path)
    url, other = f"sqlite:///{first}", f"sqlite:///{second}"
    waiting, database = WaitingRequest(), Database(other)
    asked = ask(database)
    database.close()
    assert waiting.last(url) is None
    if is_other_file:
        assert waiting.last(other) == asked
    else:
        second.replace(first)
        assert waiting.last(url) == asked
    waiting.close()


def test_what_could_not_be_read_is_read_as_soon_as_it_can(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = tmp_path / "hotspots.sqlite"
    path.touch()
    waiting, url = WaitingRequest(), f"sqlite:///{path}"
    assert waiting.last(url) is None
    shutil.copyfile(migrated_sqlite, path)
    database = Database(url)
    asked = ask(database)
    assert waiting.last(url) == asked
    database.close()
    waiting.close()
