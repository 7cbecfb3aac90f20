"""Of two processes that want to do the same work, one does it, and a dead one keeps nobody from it."""

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest
from sqlalchemy import text

from hotspots.errors import LockedError, StoreError
from hotspots.store.database import Database


def test_of_two_one_works_and_the_other_is_told(database: Database, database_url: str) -> None:
    other = Database(database_url)
    with (
        database.exclusive_lock("jobs") as heartbeat,
        pytest.raises(LockedError, match="'jobs' is being done by another process"),
        other.exclusive_lock("jobs"),
    ):
        pass
    with database.exclusive_lock("jobs") as heartbeat, other.exclusive_lock("alerts"):
        heartbeat()  # other work is free
    with other.exclusive_lock("jobs"):
        pass
    other.close()


def test_the_lock_of_a_process_that_was_killed_is_free_at_once(database: Database, database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold_for_ever, args=(database_url, theirs))
    process.start()
    assert ours.recv() == "held"
    with pytest.raises(LockedError), database.exclusive_lock("jobs"):
        pass
    process.kill()
    process.join()
    for _ in range(200):  # a server notices a moment later that its client is gone
        with suppress(LockedError), database.exclusive_lock("jobs"):
            return
        time.sleep(0.05)
    pytest.fail("the lock of a dead process was held")


def test_of_two_processes_that_try_at_once_one_gets_it(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(2):
        ours, theirs = context.Pipe()
        process = context.Process(target=try_to_lock, args=(database_url, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    assert [pipe.recv() for pipe in pipes] == ["ready", "ready"]
    for pipe in pipes:
        pipe.send("go")
    assert sorted(pipe.recv() for pipe in pipes) == ["got it", "locked"]
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send("enough")
        process.join()


def test_work_ends_that_fails_and_its_lock_is_free(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.exclusive_lock("jobs"):
        raise ZeroDivisionError
    with database.exclusive_lock("jobs"):
        pass


@pytest.mark.postgresql
def test_work_stops_when_the_connection_with_its_lock_was_lost(postgresql: Callable[[str], str]) -> None:
    database = Database(postgresql("postgres"))
    with database.exclusive_lock("jobs") as heartbeat:
        with database.connected() as connection:
            holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            connection.execute(text(holder))
        with pytest.raises(LockedError, match="was lost; this run stops"):
            heartbeat()
    database.close()


@pytest.mark.parametrize(
    "form",
    ["sqlite:///{}/a.sqlite", "sqlite:///{}/a.sqlite?timeout=5", "sqlite:///{0}/../{0.name}/a.sqlite"],
)
def test_the_lock_stands_beside_the_file_in_whatever_form_the_url_names_it(form: str, tmp_path: Path) -> None:
    one, other = Database(form.format(tmp_path)), Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with one.exclusive_lock("jobs"):
        assert (tmp_path / "a.sqlite.jobs.lock").stat().st_mode & 0o777 == 0o600
        with pytest.raises(LockedError), other.exclusive_lock("jobs"):
            pass
    one.close()
    other.close()


def test_a_database_in_memory_is_of_one_process_and_needs_no_lock() -> None:
    database = Database("sqlite://")
    with database.exclusive_lock("jobs") as heartbeat:
        heartbeat()
    database.close()


def test_a_lock_that_can_not_be_written_says_where_it_should_stand(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite.jobs.lock").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with (
        pytest.raises(StoreError, match=r"wanted to lock '.*a\.sqlite\.jobs\.lock', found Is a directory"),
        database.exclusive_lock("jobs"),
    ):
        pass
    database.close()


def hold_for_ever(url: str, pipe: "Pipe[str, str]") -> None:
    """In a process of its own: take the lock and keep it until killed."""
    with Database(url).exclusive_lock("jobs"):
        pipe.send("held")
        pipe.recv()


def try_to_lock(url: str, pipe: "Pipe[str, str]") -> None:
    """In a process of its own: wait for the sign, then try to get the lock, and keep it a while."""
    database = Database(url)
    with database.reading():
        pipe.send("ready")
    pipe.recv()
    try:
        with database.exclusive_lock("jobs"):
            pipe.send("got it")
            pipe.recv()
    except LockedError:
        pipe.send("locked")
    database.close()
