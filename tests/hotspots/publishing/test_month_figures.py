from datetime import date, datetime, time, timedelta

import pandas as pd
import pytest

from hotspots.intake.report_times import load_times
from hotspots.publishing.month_figures import read_figures
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import monthly_figures
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from tests.conftest import MAASTRICHT, Filling
from tests.two_years import write_two_years


def fill(database: Database) -> None:
    settings = Settings(municipality=MAASTRICHT)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        write_two_years(connection, settings, count=400)


@pytest.fixture
def filling() -> Filling | None:
    return fill


def test_counted_in_the_database_the_months_are_those_of_the_reports_read_one_by_one(
    database: Database, settings: Settings
) -> None:
    zone = settings.municipality.zone
    with database.reading() as connection:
        for latest in (date(2023, 11, 17), date(2023, 2, 28), date(2024, 2, 29), date(2022, 12, 31)):
            first = datetime.combine(date(latest.year - 1, 1, 1), time(), zone)
            end = datetime.combine(latest + timedelta(days=1), time(), zone)
            every = load_times(connection, start=first, end=end)
            some = sorted(every["buurtcode"].dropna().unique())[:5]
            for codes in (None, some, []):
                found, known_since = read_figures(connection, settings, latest, codes)
                read = every if codes is None else every[every["buurtcode"].isin(codes)]
                again = monthly_figures(
                    read, as_of=latest, timezone=zone.key, known_since=known_since or date(2022, 1, 1)
                )
                pd.testing.assert_frame_equal(found, again, check_exact=True)
                assert (found["count"].sum() > 0) == (codes != [] and latest.year < 2024)
