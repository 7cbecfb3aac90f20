"""An address register is put in the place of another in a process of its own: done, or as it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import LockedError
from hotspots.files.uploads import keep_upload
from hotspots.geocoding.register_store import addresses_origin, count_addresses
from hotspots.operations import replacing
from hotspots.operations.register_imports import (
    Asked,
    RegisterImport,
    begin_register_import,
    do_register_import,
    read_register_import,
)
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
ADMIN = Actor("b", "B. Beheerder", Role.BEHEERDER)
HEADER = "straat,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaats,gemeente,lat,lon"


def asked(tmp_path: Path, *, count: int = 3, accept: bool = False, municipality: str = "") -> Asked:
    """A file with so many houses in one street."""
    rows = [
        f"Markt,{n},,,6211AB,Maastricht,Maastricht,50.8485,{5.6879 + n / 5000}" for n in range(1, count + 1)
    ]
    content = "\n".join([HEADER, *rows, ""]).encode()
    upload = keep_upload(
        tmp_path / "uploads", content, file_name="bag.csv", source="adressen", owner="b", now=NOW
    )
    return Asked(upload, "bag.csv", municipality, ADMIN, accept)


@pytest.fixture
def ready(database: Database, settings: Settings) -> Settings:
    """Settings of a database with the areas of Maastricht."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return settings


def work(database: Database, settings: Settings, wanted: Asked, at: datetime = NOW) -> None:
    """Begin an import and do it."""
    begin_register_import(database, settings, wanted, now=at)
    do_register_import(database, settings, wanted, begun_at=at, clock=lambda: at + timedelta(seconds=1))


def state(database: Database, settings: Settings, now: datetime = LATER) -> RegisterImport | None:
    with database.reading() as connection:
        return read_register_import(connection, settings, now=now)


def test_it_runs_is_done_and_stands_in_the_history(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    assert state(database, ready) is None
    wanted = asked(tmp_path)
    begin_register_import(database, ready, wanted, now=NOW)
    running = state(database, ready)
    assert running is not None
    assert (running.file, running.state) == ("bag.csv", "running")
    with pytest.raises(LockedError, match="others are being imported"):
        begin_register_import(database, ready, wanted, now=LATER)
    do_register_import(database, ready, wanted, begun_at=NOW, clock=lambda: LATER)
    done = state(database, ready)
    assert done is not None
    assert done.state == "done"
    assert not wanted.upload.path.exists()
    with database.reading() as connection:
        assert count_addresses(connection) == 3
        assert addresses_origin(connection) == ("bag.csv", LATER)
        (change,) = read_changes(connection, kind=Kind.ADDRESSES)
    assert (change.actor, change.before, change.after) == (
        ADMIN.name,
        {"adressen": 0},
        {"bestand": "bag.csv", "adressen": 3, "geweigerd": 0},
    )


def test_one_that_would_harm_or_can_not_be_read_fails_in_dutch_and_changes_nothing(
    database: Database, ready: Settings, tmp_path: Path
) -> None:
    work(database, ready, asked(tmp_path, count=30))
    for minutes, wanted, problem in (
        (1, asked(tmp_path), "verandert meer dan er was"),
        (2, asked(tmp_path, municipality="Eijsden"), "geen adressen in Eijsden"),
    ):
        work(database, ready, wanted, NOW + timedelta(minutes=minutes))
        failed = state(database, ready, NOW + timedelta(minutes=minutes))
        assert failed is not None
        assert failed.state == "failed"
        assert problem in failed.problem
    with database.reading() as connection:
        assert count_addresses(connection) == 30
    work(database, ready, asked(tmp_path, accept=True), NOW + timedelta(minutes=3))
    with database.reading() as connection:
        assert count_addresses(connection) == 3


def test_one_that_is_killed_leaves_the_register_as_it_was_and_can_be_asked_again(
    database: Database, ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(replacing, "note_addresses", die)
        with pytest.raises(KeyboardInterrupt):
            work(database, ready, asked(tmp_path))
    with database.reading() as connection:
        assert count_addresses(connection) == 0
    much_later = NOW + timedelta(minutes=ready.preview.max_minutes + 1)
    died = state(database, ready, much_later)
    assert died is not None
    assert died.state == "died"
    work(database, ready, asked(tmp_path), much_later)
    with database.reading() as connection:
        assert count_addresses(connection) == 3
