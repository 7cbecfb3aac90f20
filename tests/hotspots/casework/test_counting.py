"""Why 34 reports are listed where 29 count: every one has its reason, and the figures add up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from hotspots.casework.counting import WHY, Counting, count_reports
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, report_texts, reporters, reports
from hotspots.store.run_tables import detection_reports, detections, hotspot_states, hotspots
from hotspots.weekly.weekly_run import run_week

NOW = datetime(2024, 1, 1, 6, tzinfo=UTC)
FIRST, LAST = date(2023, 6, 25), date(2023, 9, 3)
BEGIN = datetime(2023, 1, 2, 20, tzinfo=UTC)
LON, LAT = 5.6915, 50.8492
SAID = "iedere avond harde muziek en geschreeuw op het plein"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: how runs read from PostgreSQL is shown elsewhere."""
    return sqlite_url


class Reports:
    """Writes reports at one place."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        line = insert(imports).values(source="test", file_name="t", file_sha256="", started_at=NOW)
        self.import_id = connection.execute(line.returning(imports.c.id)).scalar_one()
        connection.execute(
            insert(reporters), [{"id": each, "hash": f"reporter {each}"} for each in range(1, 8)]
        )

    def add(self, number: int, at: datetime, reporter: int | None, text: str | None = None) -> int:
        """Write one; gives its id."""
        values = {
            "source": "test",
            "source_id": f"M{number}",
            "category": "personen",
            "is_counted": True,
            "reported_at": at,
            "reporter_id": reporter,
            "precision": "adres",
            "radius_m": 10,
            "known_from": at,
            "content_hash": "",
            "first_import_id": self.import_id,
            "last_import_id": self.import_id,
        }
        row = insert(reports).values(values).returning(reports.c.id)
        report_id = int(self.connection.execute(row).scalar_one())
        place = {"lon": LON + number % 3 * 1e-4, "lat": LAT, "located_by": "bron"}
        self.connection.execute(insert(report_locations).values(report_id=report_id, **place))
        if text is not None:
            self.connection.execute(insert(report_texts).values(report_id=report_id, text=text))
        return report_id


@pytest.fixture
def square(database: Database, settings: Settings) -> dict[str, Any]:
    """A hotspot of two runs whose reports came to count, repeat, leave or go out of the period.

    34 weeks of a report on two days; in the last weeks one reporter says it again on three days, and two
    unknown reporters say the same in the same words on one. Between the runs one report is cancelled, one
    is about something else, and one turns out to be elsewhere.
    """
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        write = Reports(connection)
        ids = [
            write.add(number, BEGIN + timedelta(weeks=number // 2, days=number % 2 * 3), 1 + number % 5)
            for number in range(68)
        ]
        evening = BEGIN + timedelta(weeks=30)
        again = [
            write.add(100 + day, evening + timedelta(weeks=day, hours=1), 1 + (60 + 2 * day) % 5)
            for day in range(3)
        ]
        same = [write.add(200 + turn, evening + timedelta(days=1), None, SAID.upper()) for turn in range(2)]
    run_week(database, settings, as_of=FIRST, now=NOW)
    with database.writing() as connection:
        cancelled, other, elsewhere = ids[40:43]
        of_report = update(reports)
        connection.execute(of_report.where(reports.c.id == cancelled).values(is_counted=False))
        connection.execute(of_report.where(reports.c.id == other).values(category="other"))
        moved = update(report_locations).where(report_locations.c.report_id == elsewhere)
        connection.execute(moved.values(lon=5.72, lat=50.86))
    run_week(database, settings, as_of=LAST, now=NOW)
    with database.reading() as connection:
        hotspot_id = connection.execute(select(hotspots.c.id)).scalar_one()
        members = select(detection_reports.c.report_id).distinct()
        listed = list(connection.execute(members).scalars())
    return {
        "id": hotspot_id,
        "listed": listed,
        "again": again,
        "same": same,
        "gone": (cancelled, other, elsewhere),
        "all": ids,
    }


def test_each_report_has_its_reason_and_together_they_are_all_that_are_listed(
    database: Database, settings: Settings, square: dict[str, Any]
) -> None:
    with database.reading() as connection:
        counted = count_reports(connection, settings, square["id"], square["listed"])
        figures = connection.execute(
            select(hotspot_states.c.report_count).order_by(hotspot_states.c.run_id.desc()).limit(1)
        ).scalar_one()
    assert sum(counted.per_reason.values()) == len(square["listed"]) == len(counted.of_report)
    assert counted.per_reason[Counting.COUNTS] == counted.figure == figures
    assert (counted.as_of, counted.changed) == (LAST, 0)
    why = counted.of_report
    assert [why[each] for each in square["again"]] == [Counting.SAME_REPORTER] * 3
    assert [why[each] for each in square["same"]] == [Counting.COUNTS, Counting.SAME_TEXT]
    assert [why[each] for each in square["gone"]] == [
        Counting.CANCELLED,
        Counting.OTHER_CATEGORY,
        Counting.ELSEWHERE,
    ]
    outside = {each for each, reason in why.items() if reason is Counting.OUTSIDE}
    assert outside == set(square["all"][: len(outside)])
    assert len(outside) > 10
    assert set(counted.per_reason) == set(Counting) - {Counting.UNKNOWN}
    assert set(WHY) == set(Counting)


def test_what_was_removed_since_is_told_beside_what_counts(
    database: Database, settings: Settings, square: dict[str, Any]
) -> None:
    gone = square["all"][-2:]
    with database.writing() as connection:
        connection.execute(delete(reports).where(reports.c.id.in_(gone)))
        counted = count_reports(connection, settings, square["id"], set(square["listed"]) - set(gone))
    assert counted.changed == 2
    assert counted.per_reason[Counting.COUNTS] == counted.figure - 2


def test_where_what_a_run_found_is_not_kept_nothing_is_said_of_any_report(
    database: Database, settings: Settings, square: dict[str, Any]
) -> None:
    with database.writing() as connection:
        connection.execute(delete(detections))
        counted = count_reports(connection, settings, square["id"], square["listed"])
    assert counted.per_reason == {Counting.UNKNOWN: len(square["listed"])}
    assert (counted.as_of, counted.changed) == (None, 0)
