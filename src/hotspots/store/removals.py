"""Removing rows, and until when data of each kind were removed: no run works on a past that is gone."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from hotspots.errors import RemovedError
from hotspots.store.metadata import read_facts, write_fact

Rows = Sequence[tuple[Table, ColumnElement[bool]]]
"""Rows of tables: of each those for which a condition holds."""


def removed_before(connection: Connection, *kinds: str) -> datetime | None:
    """Before which moment data of these kinds are gone; None if nothing was removed yet."""
    stored = read_facts(connection, *map(_fact_of, kinds))
    return max(map(datetime.fromisoformat, stored), default=None)


def require_kept(connection: Connection, *, window_start: datetime, as_of: date) -> None:
    """Refuse a weekly run whose reports are gone: it would give less than was found then.

    Raises
    ------
    RemovedError
        If reports of its window, their texts or their places were removed.
    """
    since = removed_before(connection, "texts", "locations", "reports", "notSignalled")
    if since is None or window_start >= since:
        return
    raise RemovedError(
        f"wanted the reports from {window_start:%Y-%m-%d} on for the run of {as_of}, found that what is "
        f"older than {since:%Y-%m-%d} was removed after its period: the list of that week stands as it was "
        "saved, and can't be made again"
    )


def _fact_of(kind: str) -> str:
    return f"removed before: {kind}"


def note_removal(connection: Connection, kind: str, cutoff: datetime) -> None:
    """Write until when data of a kind are gone, unless more was removed before."""
    before = removed_before(connection, kind)
    if before is None or before < cutoff:
        write_fact(connection, _fact_of(kind), cutoff.isoformat())


def delete_rows(connection: Connection, table: Table, chosen: ColumnElement[bool]) -> int:
    """Delete the rows of a table for which a condition holds; gives how many."""
    return connection.execute(delete(table).where(chosen)).rowcount


def delete_all(connection: Connection, rows: Rows) -> int:
    """Delete rows of several tables; gives how many."""
    return sum(delete_rows(connection, table, chosen) for table, chosen in rows)


def count_all(connection: Connection, rows: Rows) -> int:
    """Count what :func:`delete_all` would delete."""
    return sum(
        connection.execute(select(func.count()).select_from(table).where(chosen)).scalar_one()
        for table, chosen in rows
    )
