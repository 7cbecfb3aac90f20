from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from hotspots.intake.report_times import first_moment, load_moments
from hotspots.intake.reports import start_import
from hotspots.model import Precision
from hotspots.store.database import Database
from hotspots.store.report_tables import reports


def moment(day: int) -> datetime:
    return datetime(2023, 6, day, 12, tzinfo=UTC)


@pytest.fixture
def filled(database: Database) -> Database:
    """Reports of 1 to 5 June: screened, of another category, not counted, and with an earlier nuisance."""
    drugs, personen, other = "drugs", "personen", "other"
    rows = [
        ("1", drugs, moment(3), None, True),
        ("2", personen, moment(5), moment(2), True),
        ("3", other, moment(1), None, True),
        ("4", drugs, moment(1), None, False),
    ]
    with database.writing() as connection:
        import_id = start_import(connection, "test", "reports.csv", "0" * 64, moment(6))
        connection.execute(
            insert(reports),
            [
                {
                    "source": "test",
                    "source_id": source_id,
                    "category": category,
                    "reported_at": reported_at,
                    "occurred_at": occurred_at,
                    "is_counted": is_counted,
                    "known_from": reported_at,
                    "precision": str(Precision.GEEN),
                    "content_hash": source_id,
                    "first_import_id": import_id,
                    "last_import_id": import_id,
                }
                for source_id, category, reported_at, occurred_at, is_counted in rows
            ],
        )
    return database


def test_screened_reports_count_at_the_moment_of_the_nuisance_located_or_not(filled: Database) -> None:
    with filled.reading() as connection:
        found = load_moments(connection, start=moment(1), end=moment(4))
        assert first_moment(connection) == moment(2)
    assert found["category"].tolist() == ["personen", "drugs"]
    assert found["moment"].tolist() == [moment(2), moment(3)]
    assert found["buurtcode"].isna().all()


def test_the_end_of_the_period_does_not_count(filled: Database) -> None:
    with filled.reading() as connection:
        assert len(load_moments(connection, start=moment(2), end=moment(3))) == 1


def test_an_empty_database_has_no_first_moment(database: Database) -> None:
    with database.reading() as connection:
        assert first_moment(connection) is None
        assert load_moments(connection, start=moment(1), end=moment(9)).empty
