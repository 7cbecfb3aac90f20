"""Append-only tables: the database itself refuses to change or remove what was written."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hotspots.store.case_tables import (
    APPEND_ONLY,
    access_changes,
    access_log,
    admin_changes,
    comments,
    duidingen,
    enrichments,
    hotspot_events,
    measures,
    redactions,
    verdicts,
)
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from hotspots.weekly.run_store import add_hotspot

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
WHO = {"actor_id": "1", "organisation": "politie"}
GIVEN = WHO | {"given_at": NOW, "given_by": "A. Agent"}

ROWS: dict[str, dict[str, Any]] = {
    hotspot_events.name: WHO
    | {"at": NOW, "actor": "A", "version": 2, "kind": "x", "status": "kandidaat", "before": {}, "after": {}},
    verdicts.name: GIVEN | {"verdict": "geen hotspot", "is_final": False, "reason": "Rustig.", "figures": {}},
    enrichments.name: GIVEN | {"sharing": "oov", "text": "Bekend bij ons."},
    comments.name: GIVEN | {"text": "Wie belt?"},
    duidingen.name: GIVEN
    | {"duiding_id": "1", "version": 1, "sharing": "oov", "text": "Kermis.", "is_withdrawn": False}
    | {"first": date(2023, 1, 1), "last": date(2023, 12, 31)},
    access_log.name: WHO | {"at": NOW, "actor": "A", "right_used": "punten.lezen", "report_count": 3},
    access_changes.name: {"at": NOW, "actor_id": "1", "actor": "A", "kind": "geblokkeerd", "about_id": "2"}
    | {"about": "iemand", "rights": []},
    admin_changes.name: {"at": NOW, "actor_id": "1", "actor": "A", "kind": "regels", "about": "min_reports"}
    | {"before": {"min_reports": 6}, "after": {"min_reports": 8}, "reason": "Te veel."},
    redactions.name: {"at": NOW, "table_name": "comments", "row_id": 7, "reason": "bewaartermijn"},
}


def written(connection: Connection, table: Table) -> dict[str, Any]:
    """Write one row of a table, with the hotspot it hangs on."""
    hotspot_id = add_hotspot(connection, date(2024, 3, 3), 1, "GM0000")
    of_hotspot = {"hotspot_id": hotspot_id} if "hotspot_id" in table.c else {}
    connection.execute(insert(table).values(id=1, **of_hotspot, **ROWS[table.name]))
    return dict(connection.execute(select(table)).mappings().one())


CHANGES: dict[str, Callable[[Connection, Table], object]] = {
    "an update": lambda connection, table: connection.execute(
        update(table).values(
            {next(name for name in ("organisation", "reason", "kind") if name in table.c): "iemand"}
        )
    ),
    "a removal": lambda connection, table: connection.execute(delete(table)),
    "a replacement": lambda connection, table: connection.execute(
        text(f"INSERT OR REPLACE INTO {table.name} (id) VALUES (1)")  # noqa: S608  # name from the code
        if connection.dialect.name == "sqlite"
        else text(f"TRUNCATE {table.name} CASCADE")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
def test_what_was_written_can_not_be_changed(database: Database, table: Table, change: str) -> None:
    with database.writing() as connection:
        before = written(connection, table)
    with (
        pytest.raises(DBAPIError, match=f"{table.name} is only added to: .* is refused"),
        database.writing() as connection,
    ):
        CHANGES[change](connection, table)
    with database.reading() as connection:
        assert dict(connection.execute(select(table)).mappings().one()) == before


def test_every_table_that_is_only_added_to_is_tested() -> None:
    assert {table.name for table in APPEND_ONLY} == set(ROWS)


def test_a_hotspot_with_history_can_not_be_removed(database: Database) -> None:
    with database.writing() as connection:
        written(connection, hotspot_events)
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(delete(hotspots))


def test_a_version_is_written_once(database: Database) -> None:
    with database.writing() as connection:
        row = written(connection, hotspot_events)
    del row["id"]
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(hotspot_events).values(**row))


def test_a_measure_ends_no_earlier_than_it_starts(database: Database) -> None:
    with database.writing() as connection:
        hotspot_id = add_hotspot(connection, date(2024, 3, 3), 1, "GM0000")
    measure = {
        "hotspot_id": hotspot_id,
        "kind": "toezicht",
        "description": "",
        "owner": "politie",
        "starts_on": date(2024, 3, 4),
        "ends_on": date(2024, 3, 3),
        "is_withdrawn": False,
        "created_at": NOW,
        "created_by": "A",
    }
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(measures), measure)


def test_a_hotspot_begins_as_version_one_without_verdict_or_term(database: Database) -> None:
    with database.writing() as connection:
        add_hotspot(connection, date(2024, 3, 3), 1, "GM0000")
    with database.reading() as connection:
        row = connection.execute(select(hotspots)).one()
    assert (row.version, row.verdict, row.assigned_to, row.due_on) == (1, None, None, None)
