"""The service answers while its database is migrated, copied, backed up or restored."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from api.http.sign_in import SESSION_COOKIE
from api.main import create_app
from hotspots.access.passwords import csrf_token
from hotspots.operations.backup import back_up, copy_database, restore
from hotspots.settings import DatabaseSettings, Settings, SignInSettings
from hotspots.store.database import Database
from hotspots.store.schema_versions import upgrade_schema

CASE = "/v1/hotspots/HS-2023-001"
EARLIER = "0005"


@pytest.fixture
def used(
    served: str, three_weeks: object, sessions: Callable[[str], str], add_colleague: Callable[..., str]
) -> Callable[[], list[int]]:
    """Read a list and a hotspot, and change that, as OOV; gives the status of each answer."""
    token = sessions("oov")
    add_colleague("Ander")
    headers = {"Cookie": f"{SESSION_COOKIE}={token}", "X-CSRF-Token": csrf_token(token)}

    def use() -> list[int]:
        with httpx2.Client(base_url=served, headers=headers, timeout=120) as client:
            dossier = client.get(f"{CASE}/dossier")
            change = {"If-Match": dossier.headers["etag"]}
            changed = client.put(f"{CASE}/toewijzing", json={"persoon": "Ander"}, headers=change)
            return [dossier.status_code, changed.status_code, client.get("/v1/hotspots").status_code]

    return use


def assigned_to(database: Database) -> str | None:
    with database.reading() as connection:
        query = text("SELECT assigned_to FROM hotspots WHERE number = 'HS-2023-001'")
        found: str | None = connection.execute(query).scalar_one()
    return found


@pytest.mark.parametrize("how", ["copy", "backup"])
def test_who_reads_and_writes_while_it_is_copied_is_answered_and_the_copy_is_of_one_moment(
    used: Callable[[], list[int]], database: Database, tmp_path: Path, how: str
) -> None:
    copied = Database(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    answers: list[int] = []

    def meanwhile(name: str, _rows: int) -> None:
        if name == "areas":  # among the first
            answers.extend(used())

    if how == "copy":
        copy_database(database, copied, on_table=meanwhile)
    else:
        back_up(database, tmp_path / "copy.sqlite", on_table=meanwhile, key=None)
    assert answers == [200, 200, 200]
    assert (assigned_to(copied), assigned_to(database)) == (None, "Ander")
    copied.close()


def test_who_reads_and_writes_while_it_is_restored_is_answered(
    used: Callable[[], list[int]], database: Database, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "backup.sqlite", key=None)
    assert used() == [200, 200, 200]
    waiting: list[Future[list[int]]] = []
    with ThreadPoolExecutor() as pool:

        def meanwhile(name: str, _rows: int) -> None:
            if name != "areas":
                return
            waiting.append(pool.submit(used))
            if database.is_sqlite:
                waiting[0].result()  # the old is there until all of the new is
            else:
                until_one_waits(database)

        restore(tmp_path / "backup.sqlite", database, replace=True, on_table=meanwhile, key=None)
        assert waiting[0].result() == [200, 200, 200]
    # on PostgreSQL the change waited for the restore, and came after it
    assert assigned_to(database) == (None if database.is_sqlite else "Ander")


def until_one_waits(database: Database) -> None:
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(query).scalar_one():
            pass


def test_while_it_is_migrated_the_process_lives_and_is_ready_when_that_is_done(
    settings: Settings, blank_database_url: str
) -> None:
    database = Database(blank_database_url)
    with database.connected(sqlite_writes=True) as connection:
        upgrade_schema(connection, EARLIER)
        connection.commit()
    told: list[list[int]] = []
    own = settings.model_copy(
        update={
            "database": DatabaseSettings(url=blank_database_url),
            "sign_in": SignInSettings(required=False),
        }
    )
    with TestClient(create_app(own), raise_server_exceptions=False) as client:

        def ask() -> None:
            paths = ("/gezond/proces", "/gezond", "/v1/hotspots")
            told.append([client.get(path).status_code for path in paths])

        ask()
        event.listen(database.engine, "commit", lambda _: ask())
        database.upgrade()
        ask()
    not_ready, ready = [200, 503, 503], [200, 200, 200]
    assert told[:2] == [not_ready, not_ready]  # before it, and when all is changed but nothing of it is kept
    assert told[-1] == ready
    assert all(answers in (not_ready, ready) for answers in told)  # SQLite keeps migrations one by one
    database.close()
