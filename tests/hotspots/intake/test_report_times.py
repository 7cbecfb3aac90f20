from collections import Counter
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import insert, update

from hotspots.intake.report_times import count_between, first_moment, load_moments, load_times
from hotspots.intake.reports import start_import
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import removed_report_days, reports
from tests.two_years import write_two_years


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


def test_counted_per_period_there_are_as_many_as_are_read(database: Database, settings: Settings) -> None:
    bounds = [datetime(2022, month, 1, tzinfo=UTC) - timedelta(hours=2) for month in (1, 2, 3, 7, 10, 12)]
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = write_two_years(connection, settings, count=300)["buurtcode"].dropna().unique()[:4].tolist()
        gone = {"noon": bounds[2], "category": "drugs", "buurtcode": codes[0], "report_count": 3}
        connection.execute(insert(removed_report_days).values(gone))
        # on a bound: in the period that begins there
        connection.execute(update(reports).where(reports.c.id == 10_000).values(occurred_at=bounds[1]))
    with database.reading() as connection:
        every = load_times(connection, start=bounds[0], end=bounds[-1])
        choices: tuple[list[str] | None, ...] = (None, codes, [])
        for wanted in choices:
            told = count_between(connection, bounds, codes=wanted)
            read = every if wanted is None else every[every["buurtcode"].isin(wanted)]
            begin = pd.cut(read["moment"], pd.DatetimeIndex(bounds), right=False, labels=bounds[:-1])
            again = Counter(zip(pd.to_datetime(begin, utc=True), read["category"], strict=True))
            moments = zip(told["moment"], told["category"], strict=True)
            assert dict(zip(moments, told["count"], strict=True)) == again
            assert told["count"].sum() == len(read)
            assert (wanted == []) == told.empty
