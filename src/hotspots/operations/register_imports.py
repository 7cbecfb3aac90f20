"""Putting an address register that was sent in the place of the stored one, in a process of its own.

To read and store half a million addresses takes longer than a page may. What is replaced is replaced in one
transaction, so a process that dies leaves the register as it was.
"""

import json
import multiprocessing
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from hotspots.access.rights import Actor
from hotspots.errors import AddressesError, HotspotsError, LockedError
from hotspots.files.uploads import Upload, drop_upload
from hotspots.geocoding.register_store import addresses_origin
from hotspots.operations.replacing import addresses_from, put_addresses
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.metadata import read_fact, write_fact

FACT = "addresses being imported"
"""Name of the fact that says which import began last, and how it failed."""

State = Literal["running", "done", "failed", "died"]


@dataclass(frozen=True)
class RegisterImport:
    """The last address register that was put in the place of another, on a page.

    Attributes
    ----------
    problem
        Why it failed, in Dutch.
    """

    file: str
    at: datetime
    state: State
    problem: str = ""


@dataclass(frozen=True)
class Asked:
    """What to import: a file that was sent, of which municipality (empty: all), and who asks.

    Attributes
    ----------
    name
        Where it is from, as it is told: the address of a service, or the name of the file.
    accept_changes
        Whether what would harm is accepted.
    """

    upload: Upload
    name: str
    municipality: str
    by: Actor
    accept_changes: bool


def read_register_import(
    connection: Connection, settings: Settings, *, now: datetime
) -> RegisterImport | None:
    """The last import that was asked for on a page; None if none was."""
    value = read_fact(connection, FACT)
    if value is None:
        return None
    told = json.loads(value)
    at = datetime.fromisoformat(told["at"])
    origin = addresses_origin(connection)
    state: State = "running"
    if told["problem"]:
        state = "failed"
    elif origin is not None and origin[1] >= at:
        state = "done"
    elif now - at > timedelta(minutes=settings.preview.max_minutes):
        state = "died"
    return RegisterImport(told["file"], at, state, told["problem"])


def begin_register_import(database: Database, settings: Settings, asked: Asked, *, now: datetime) -> None:
    """Note that an import begins.

    Raises
    ------
    LockedError
        If another one is being done.
    """
    with database.writing() as connection:
        lock_until_end(connection, "addresses")
        last = read_register_import(connection, settings, now=now)
        if last is not None and last.state == "running":
            raise LockedError("wanted to import addresses, found that others are being imported: wait")
        _note(connection, asked, now, "")


def start_register_import(settings: Settings, asked: Asked, *, begun_at: datetime) -> None:
    """Do an import that was begun, in a process of its own, and return at once."""
    multiprocessing.active_children()  # reaps those that are done
    # spawned, because a fork copies the locks of threads that don't exist in the child
    context = multiprocessing.get_context("spawn")
    context.Process(target=_work, args=(settings, asked, begun_at), daemon=True).start()


def do_register_import(
    database: Database,
    settings: Settings,
    asked: Asked,
    *,
    begun_at: datetime,
    clock: Callable[[], datetime],
) -> None:
    """Read the file, put it in the place of the stored register, and throw it away."""
    try:
        with database.reading() as connection:
            areas = load_areas(connection, settings.areas.gebieden)
        register = addresses_from(str(asked.upload.path), settings, areas, municipality=asked.municipality)
        put_addresses(
            database,
            settings,
            register,
            name=asked.name,
            now=clock(),
            by=asked.by,
            accept_changes=asked.accept_changes,
        )
    except HotspotsError as error:
        problem = error.dutch if isinstance(error, AddressesError) else "Het is niet gelukt."
        with database.writing() as connection:
            _note(connection, asked, begun_at, problem)
        return
    drop_upload(asked.upload)


def _note(connection: Connection, asked: Asked, at: datetime, problem: str) -> None:
    told = {"file": asked.name, "at": at.isoformat(), "problem": problem}
    write_fact(connection, FACT, json.dumps(told))


def _work(settings: Settings, asked: Asked, begun_at: datetime) -> None:
    with closing(Database(settings.database.url)) as database:
        do_register_import(database, settings, asked, begun_at=begun_at, clock=lambda: datetime.now(UTC))
