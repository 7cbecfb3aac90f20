"""Leaving nothing of what was removed in the files of the database."""

import sqlite3

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.exc import DBAPIError

from hotspots.store.database import Database
from hotspots.store.metadata import WIPE_DUE, remove_fact
from hotspots.store.tables import metadata

LOCK_WAIT_S = 10
"""How long wiping waits for others that use the database, in seconds."""


def wipe(database: Database, *, wait_s: float = LOCK_WAIT_S) -> bool:
    """Leave nothing of removed rows in the files of the database; gives whether that succeeded.

    SQLite overwrites what is removed (``secure_delete``), but split pages and the write-ahead log keep
    copies: the file is written anew (``VACUUM``) and the log emptied. PostgreSQL writes the tables and its
    planner's statistics anew (``VACUUM FULL``) if it gets them for itself within some seconds, and else marks
    their space as free. Its log (``pg_wal``), that log's archive and backups have periods of their own.

    Removing writes the fact :data:`~hotspots.store.metadata.WIPE_DUE` in the same transaction; a wipe that
    succeeds takes it away, and until then every night tries again.
    """
    is_wiped = _wipe_sqlite(database, wait_s) if database.is_sqlite else _wipe_postgresql(database, wait_s)
    if is_wiped:
        with database.writing() as connection:
            remove_fact(connection, WIPE_DUE)
    return is_wiped


def _wipe_sqlite(database: Database, wait_s: float) -> bool:
    connection = database.engine.raw_connection()  # outside any transaction
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * wait_s)}")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        told = cursor.fetchone()  # whether others were in the way, and pages
    except sqlite3.OperationalError:  # another writes for longer than we wait, or the disk has no room
        return False
    finally:
        cursor.close()
        connection.invalidate()  # with the other time to wait
    return told is not None and told[0] == 0


def _wipe_postgresql(database: Database, wait_s: float) -> bool:
    is_wiped = True
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{round(1000 * wait_s)}ms'")
        for table in metadata.sorted_tables:
            try:
                connection.execute(text(f"VACUUM (FULL, ANALYZE) {table.name}"))
                _forget_noted_values(connection, table)
            except DBAPIError:
                connection.execute(text(f"VACUUM {table.name}"))
                is_wiped = False
        try:
            connection.execute(text("VACUUM (FULL) pg_statistic"))
        except DBAPIError:
            is_wiped = False
        connection.invalidate()  # with the other time to wait
    return is_wiped


def _forget_noted_values(connection: Connection, table: Table) -> None:
    """Let the planner forget values of a table in which nothing is left: ANALYZE leaves those as they were.

    A column whose type is said anew, also when it is the same, has no values noted.
    """
    if connection.execute(select(func.count()).select_from(table.select().limit(1).subquery())).scalar_one():
        return
    noted = text(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
        "JOIN pg_statistic s ON s.starelid = a.attrelid AND s.staattnum = a.attnum "
        "WHERE a.attrelid = CAST(:name AS regclass)"
    )
    for column, kind in connection.execute(noted, {"name": table.name}).all():
        connection.execute(text(f'ALTER TABLE {table.name} ALTER COLUMN "{column}" TYPE {kind}'))
