"""The settings that are stored in the database, and those that hold with them, for every entry point."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from hotspots.errors import SchemaError, SettingsError
from hotspots.settings import Settings
from hotspots.settings.stored import with_stored
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.operation_tables import stored_settings


def effective_settings(database: Database, own: Settings) -> Settings:
    """The settings that hold: those of file and environment, and what is stored where these leave it open.

    Without a database of this version these are the own ones: nothing is stored, or an upgrade is due first.

    Raises
    ------
    SettingsError
        If what is stored doesn't fit the file and environment of now, saying how to take it back.
    StoreError
        If the database can't be read: what holds is not known then.
    """
    if database.is_absent:
        return own
    try:
        with database.reading() as connection:
            stored = read_stored(connection)
    except SchemaError:
        return own
    try:
        return with_stored(own, stored)
    except SettingsError as error:
        raise SettingsError(
            f"what is stored doesn't fit the settings file and the environment: {error}; change these, or "
            f"take a stored one back with 'hotspots settings unset' (stored: {', '.join(sorted(stored))})"
        ) from None


def lock_stored(connection: Connection) -> None:
    """Let nobody else store settings until this transaction ends: they must hold together."""
    lock_until_end(connection, "stored_settings")


def read_stored(connection: Connection) -> dict[str, Any]:
    """What is stored, by ``section.key``; also what doesn't count, as the file or environment sets it."""
    query = select(stored_settings.c.key, stored_settings.c.value).order_by(stored_settings.c.key)
    return {row.key: row.value for row in connection.execute(query)}


def write_stored(connection: Connection, changed: Mapping[str, Any], *, at: datetime) -> None:
    """Store values in the place of what was stored; None takes the stored value back."""
    connection.execute(delete(stored_settings).where(stored_settings.c.key.in_(list(changed))))
    rows = [{"key": key, "value": value, "at": at} for key, value in changed.items() if value is not None]
    if rows:
        connection.execute(insert(stored_settings), rows)
