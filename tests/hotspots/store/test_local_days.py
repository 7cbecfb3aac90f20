"""The local day of a moment, in a query of either database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import ColumnElement, literal, null, select

from hotspots.store.database import Database
from hotspots.store.local_days import local_day_of
from hotspots.store.schema import UtcDateTime


def found(database: Database, moment: ColumnElement[datetime]) -> str | None:
    with database.reading() as connection:
        day = local_day_of(connection.dialect.name, moment, "Europe/Amsterdam")
        return connection.execute(select(day)).scalar_one()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2023, 7, 1, 21, 59, tzinfo=UTC), "2023-07-01"),
        (datetime(2023, 7, 1, 22, 0, tzinfo=UTC), "2023-07-02"),
        (datetime(2023, 12, 31, 22, 30, 0, 5, tzinfo=UTC), "2023-12-31"),
        (datetime(2023, 12, 31, 23, 0, tzinfo=UTC), "2024-01-01"),
    ],
    ids=["before midnight in summer", "at midnight", "before midnight in winter", "at the end of a year"],
)
def test_it_is_that_of_the_zone(database: Database, moment: datetime, day: str) -> None:
    assert found(database, literal(moment, UtcDateTime)) == day


def test_of_no_moment_there_is_no_day(database: Database) -> None:
    assert found(database, null().cast(UtcDateTime)) is None
