"""What the public is told of a quarter: published once, and then never counted again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from hotspots.publishing.public_figures import (
    publish_figures,
    read_public_figures,
    tell_cells_of_settled_quarters,
)
from hotspots.publishing.told_cells import read_told_cells
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, reporters, reports
from hotspots.store.run_tables import public_figures

CENTRE, OTHER = "BU09350000", "BU09350100"


def add_reports(connection: Connection, counts: dict[str, int], *, start: int = 0) -> None:
    """Reports of one reporter each, spread over the third quarter of 2023, known on their own day."""
    import_id = connection.execute(
        insert(imports)
        .values(source="test", file_name="test", file_sha256="", started_at=datetime(2023, 7, 1, tzinfo=UTC))
        .returning(imports.c.id)
    ).scalar_one()
    for code, count in counts.items():
        for number in range(start, start + count):
            reporter = connection.execute(
                insert(reporters).values(hash=f"{code} {number}").returning(reporters.c.id)
            ).scalar_one()
            moment = datetime(2023, 7, 2, 20, tzinfo=UTC) + timedelta(days=number)
            values = {
                "source": "test",
                "source_id": f"{code} {number}",
                "category": "drugs",
                "is_counted": True,
                "reported_at": moment,
                "reporter_id": reporter,
                "precision": "adres",
                "buurtcode": code,
                "known_from": moment,
                "content_hash": "",
                "first_import_id": import_id,
                "last_import_id": import_id,
            }
            report = connection.execute(insert(reports).values(values).returning(reports.c.id)).scalar_one()
            connection.execute(insert(report_locations).values(report_id=report, lon=5.69, lat=50.85))


def test_a_quarter_is_published_two_weeks_after_it_ended_and_never_changes(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        add_reports(connection, {CENTRE: 14, OTHER: 3})
        assert not publish_figures(connection, settings, date(2023, 10, 8))
        assert publish_figures(connection, settings, date(2023, 10, 15))
        first = read_public_figures(connection)
        assert first is not None
        assert (first.first_day, first.last_day) == (date(2023, 7, 1), date(2023, 9, 30))
        assert (first.buurten[CENTRE], first.buurten[OTHER], first.whole) == (15, None, 15)
        # late reports, a removal: counted again, the difference would tell of single reports
        add_reports(connection, {CENTRE: 5, OTHER: 4}, start=20)
        connection.execute(delete(reports).where(reports.c.source_id == f"{CENTRE} 0"))
        assert not publish_figures(connection, settings, date(2023, 10, 22))
        assert read_public_figures(connection) == first


def test_cells_of_a_quarter_are_told_once_and_only_when_its_dwellings_are_known(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        add_reports(connection, {CENTRE: 14})
        spots = select(report_locations.c.report_id).order_by(report_locations.c.report_id)
        for number, report_id in enumerate(connection.execute(spots).scalars().all()):
            spot = update(report_locations).where(report_locations.c.report_id == report_id)
            connection.execute(spot.values(lon=5.69 + number // 2 * 1e-5))
        publish_figures(connection, settings, date(2023, 10, 15))
        tell_cells_of_settled_quarters(connection, settings, date(2024, 1, 7))
        assert read_told_cells(connection, date(2024, 1, 7)) == []
        tell_cells_of_settled_quarters(connection, settings, date(2024, 1, 14))
        first = read_told_cells(connection, date(2024, 1, 14))
        assert [cell.figure for cell in first] == [15]
        # counted again, the difference would tell of single reports
        add_reports(connection, {CENTRE: 9}, start=100)
        tell_cells_of_settled_quarters(connection, settings, date(2024, 1, 21))
        assert read_told_cells(connection, date(2024, 1, 21)) == first
        assert read_told_cells(connection, date(2024, 1, 7)) == []


def test_an_earlier_peildatum_has_the_figures_that_were_public_then(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        add_reports(connection, {CENTRE: 14})
        publish_figures(connection, settings, date(2023, 10, 15))
        assert read_public_figures(connection, date(2023, 10, 8)) is None
        assert read_public_figures(connection, date(2023, 12, 31)) is not None


@pytest.mark.parametrize("as_of", [date(2023, 7, 16), date(2023, 6, 30)])
def test_a_quarter_that_began_before_the_first_report_is_not_published(
    database: Database, settings: Settings, as_of: date
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        add_reports(connection, {CENTRE: 14})
        assert not publish_figures(connection, settings, as_of)
        assert connection.execute(select(public_figures)).first() is None
