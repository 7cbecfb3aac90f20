"""A hotspot with texts and places, and what tests of removal share."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from hotspots.intake.reporter_key import load_reporter_key
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, report_texts, reporters, reports

SECRET = "Zwartepietstraat zevenenveertig"  # what is looked for in the files afterwards

PLACED = datetime(2024, 3, 4, tzinfo=UTC)  # the day after the run that `placed` leaves


def years_after(years: float) -> datetime:
    return PLACED + timedelta(days=365 * years)


@pytest.fixture
def filled(database: Database, settings: Settings, placed: Callable[..., str]) -> str:
    """A hotspot of nine reports by three reporters, each with text and place; gives its id."""
    hotspot_id = placed()
    with database.writing() as connection:
        key = load_reporter_key(connection, settings.privacy)
        who = [
            connection.execute(
                insert(reporters).values(hash=key.hash_of(name)).returning(reporters.c.id)
            ).scalar_one()
            for name in ("anna", "bert", "cor")
        ]
        for number, report_id in enumerate(
            connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars().all()
        ):
            connection.execute(
                update(reports)
                .where(reports.c.id == report_id)
                .values(reporter_id=who[number % 3], buurtcode="BU09350000", cell=12345)
            )
            connection.execute(insert(report_texts).values(report_id=report_id, text=f"{SECRET} {number}"))
            connection.execute(
                insert(report_locations).values(
                    report_id=report_id, lon=5.69, lat=50.85, street=SECRET, house_number="47"
                )
            )
    return hotspot_id


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()
