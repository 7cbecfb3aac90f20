"""Undoing an import: the database is as if it had never been, unless a later one built on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import NotFoundError, UndoError
from hotspots.intake.import_reports import import_reports
from hotspots.intake.reports import load_texts
from hotspots.intake.undoing import look_at_undoing, undo_import
from hotspots.operations.health_figures import read_deliveries
from hotspots.operations.integrity import check_database
from hotspots.privacy.reporters import Reported, erase_reporter, export_reporter
from hotspots.privacy.retention import remove_expired
from hotspots.privacy.subject_file import letter_parts
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped, load_areas, replace_areas
from hotspots.store.database import Database
from hotspots.store.report_tables import (
    import_before,
    imports,
    report_locations,
    report_texts,
    report_versions,
    reporters,
    reports,
)

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
BY = Actor("1", "B. Beheerder", Role.BEHEERDER)
HEADER = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y;melder"
KEPT = (reports, report_locations, report_texts, report_versions, reporters)

Deliver = Callable[..., int]

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The first test has both kinds; what follows goes through the same statements."""


def row(number: int, text: str = "Er wordt gedeald", x: int = 176200, who: str = "melder-7") -> str:
    return f"M{number};2023-12-{number + 10} 21:35;Overlast drugs;{text};{x};317800;{who}"


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings of a database with the areas of Maastricht."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    privacy = PrivacySettings(reporter_key_file=tmp_path / "reporter.key")
    return settings.model_copy(update={"privacy": privacy})


@pytest.fixture
def deliver(database: Database, ready: Settings, tmp_path: Path) -> Deliver:
    """Import rows, an hour after the delivery before; gives the number of the import."""
    count = 0

    def send(*rows: str) -> int:
        nonlocal count
        count += 1
        path = tmp_path / f"{count}.csv"
        path.write_text("\n".join([HEADER, *rows, ""]))
        return import_reports(database, ready, path, "melddesk", now=NOW + timedelta(hours=count)).id

    return send


def held(database: Database) -> dict[str, list[Any]]:
    with database.reading() as connection:
        return {table.name: _rows(connection, table) for table in KEPT}


def _rows(connection: Any, table: Table) -> list[Any]:
    return [tuple(one) for one in connection.execute(select(table).order_by(*table.primary_key.columns))]


def undo(database: Database, import_id: int) -> tuple[int, int]:
    with database.writing() as connection:
        done = undo_import(
            connection, import_id, by=BY, at=NOW + timedelta(days=1), reason="verkeerd bestand"
        )
    return done.removed, done.restored


def test_what_it_brought_goes_and_what_it_changed_is_as_it_was(database: Database, deliver: Deliver) -> None:
    deliver(row(1), row(2), row(3, "Er wordt gedeald bij de brug"))
    before = held(database)
    second = deliver(
        row(1), row(2, "Nu wordt er geslagen", 176500, "melder-8"), row(3, ""), row(4, who="melder-9")
    )
    assert held(database) != before
    assert undo(database, second) == (1, 2)
    assert held(database) == before
    assert check_database(database) == []
    with database.reading() as connection:
        line = connection.execute(select(imports).where(imports.c.id == second)).one()
        assert line.undone_at == NOW + timedelta(days=1)
        assert connection.execute(select(import_before)).all() == []
        (change,) = read_changes(connection, kind=Kind.DELIVERY)
        assert [delivery.last.id for delivery in read_deliveries(connection, weeks=8)] == [1]
    assert (change.actor, change.reason) == ("B. Beheerder", "verkeerd bestand")
    assert (change.before, change.after) == ({"nieuw": 1, "gewijzigd": 2}, {"weggehaald": 1, "hersteld": 2})


@ONE_DATABASE
def test_a_report_that_one_file_changed_twice_is_as_before_that_file(
    database: Database, deliver: Deliver
) -> None:
    deliver(row(1))
    before = held(database)
    second = deliver(row(1, "een"), row(1, "twee"), row(2), row(2, "drie"))
    assert undo(database, second) == (1, 1)
    assert held(database) == before


@ONE_DATABASE
def test_what_is_put_back_lies_in_a_buurt_that_there_is_now(database: Database, deliver: Deliver) -> None:
    deliver(row(1))
    second = deliver(row(1, "anders"))
    with database.writing() as connection:
        areas = load_areas(connection, {})
        replace_areas(connection, areas.assign(buurtcode=areas["buurtcode"].str.replace("0935", "0936")))
    undo(database, second)
    with database.reading() as connection:
        code = connection.execute(select(reports.c.buurtcode)).scalar_one()
    assert code.startswith("BU0936")


@ONE_DATABASE
def test_the_same_file_brings_all_of_it_back(database: Database, deliver: Deliver) -> None:
    first = deliver(row(1), row(2))
    before = len(held(database)["reports"])
    undo(database, first)
    assert held(database) == {table.name: [] for table in KEPT}
    deliver(row(1), row(2))
    assert len(held(database)["reports"]) == before


@ONE_DATABASE
def test_later_deliveries_are_undone_first(database: Database, deliver: Deliver) -> None:
    first = deliver(row(1), row(2))
    changing = deliver(row(1, "anders"))
    telling = deliver(row(2))
    other = deliver(row(5))
    with database.reading() as connection:
        found = look_at_undoing(connection, first)
    assert found.why_not == (
        "Een latere levering veranderde 1 melding van deze levering. Draai eerst import 2 terug."
    )
    with pytest.raises(UndoError, match="undo import 2 first"):
        undo(database, first)
    assert undo(database, changing) == (0, 1)
    with database.reading() as connection:
        found = look_at_undoing(connection, first)
    assert found.why_not == (
        "Een latere levering had meldingen van deze levering opnieuw. Draai eerst import 3 terug."
    )
    assert undo(database, telling) == (0, 0)
    assert undo(database, first) == (2, 0)
    with pytest.raises(UndoError, match="undone before"):
        undo(database, first)
    with pytest.raises(NotFoundError):
        undo(database, other + 1)
    with database.reading() as connection:
        assert [one.source_id for one in connection.execute(select(reports.c.source_id))] == ["M5"]


@ONE_DATABASE
def test_what_is_kept_no_longer_can_not_be_put_back(
    database: Database, ready: Settings, deliver: Deliver
) -> None:
    deliver(row(1))
    second = deliver(row(1, "anders"))
    removed = remove_expired(database, ready, now=NOW + timedelta(days=31), is_listed=False)
    assert removed.counts["undo"] == 1
    with pytest.raises(UndoError) as refused:
        undo(database, second)
    assert refused.value.dutch == "Van 1 gewijzigde melding is niet meer bewaard wat er eerst stond."


@ONE_DATABASE
def test_who_is_erased_does_not_come_back(database: Database, ready: Settings, deliver: Deliver) -> None:
    deliver(row(1, "Mijn eigen verhaal"))
    second = deliver(row(1, "anders"))
    told = export_reporter(
        database, ready, Reported(reporter="melder-7", source="melddesk"), now=NOW + timedelta(hours=8)
    )
    assert [one["text"] for one in told["voorEenLevering"]] == ["Mijn eigen verhaal"]
    assert "Mijn eigen verhaal" in str(letter_parts(told, ready))
    erase_reporter(
        database, ready, Reported(reporter="melder-7", source="melddesk"), now=NOW + timedelta(hours=9)
    )
    with database.reading() as connection:
        assert connection.execute(select(import_before)).all() == []
        assert load_texts(connection, [1]) == {}
    with pytest.raises(UndoError):
        undo(database, second)


@ONE_DATABASE
def test_of_a_killed_process_nothing_is_undone(database: Database, deliver: Deliver) -> None:
    first = deliver(row(1))
    before = held(database)

    class KilledError(Exception):
        """As if the process ended here."""

    def undo_half() -> None:
        with database.writing() as connection:
            undo_import(connection, first, by=BY, at=NOW)
            raise KilledError

    with pytest.raises(KilledError):
        undo_half()
    assert held(database) == before
    with database.reading() as connection:
        assert read_changes(connection) == []
