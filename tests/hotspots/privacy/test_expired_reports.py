"""Reports go part by part when their period is over, and the figures stay as they were."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from hotspots.intake.report_times import first_moment, load_moments
from hotspots.privacy.retention import remove_expired
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.report_tables import report_locations, report_texts, reporters, reports
from hotspots.store.run_tables import detection_reports, hotspot_states
from hotspots.tracking.history import read_weekly_counts
from tests.hotspots.privacy.conftest import PLACED, SECRET, count, years_after

BytesOf = Callable[[Database], bytes]


def test_texts_go_first_then_places_then_reports(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    assert SECRET.encode() in bytes_of(database)
    assert remove_expired(database, settings, now=years_after(1)).counts["texts"] == 9
    assert (count(database, report_texts), count(database, report_locations)) == (0, 9)
    removed = remove_expired(database, settings, now=years_after(2))
    assert removed.counts["locations"] == 9
    assert removed.is_wiped
    assert (count(database, report_locations), count(database, reports)) == (0, 9)
    assert SECRET.encode() not in bytes_of(database)
    with database.reading() as connection:
        assert set(connection.execute(select(reports.c.cell)).scalars()) == {None}
    removed = remove_expired(database, settings, now=years_after(3))
    assert removed.counts["reports"] == 9
    assert (count(database, reports), count(database, reporters), count(database, detection_reports)) == (
        0,
        0,
        0,
    )


def test_a_report_that_came_with_a_time_in_the_future_goes_as_long_after_its_delivery(
    database: Database, settings: Settings, filled: str
) -> None:
    far = datetime(2042, 3, 1, tzinfo=UTC)
    with database.writing() as connection:
        one = select(func.min(reports.c.id)).scalar_subquery()
        mistaken = update(reports).where(reports.c.id == one)
        connection.execute(mistaken.values(reported_at=far, occurred_at=far, known_from=far))
    assert remove_expired(database, settings, now=PLACED + timedelta(days=364)).counts["texts"] == 8
    assert remove_expired(database, settings, now=years_after(1)).counts["texts"] == 1
    assert remove_expired(database, settings, now=years_after(3)).counts["reports"] == 9
    assert count(database, reports) == 0


def test_where_addresses_were_found_to_be_goes_with_the_places(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    answer = {"query": "x", "lon": 5.69, "lat": 50.85, "address_key": "", "found": "Zwanenzang 3"}
    with database.writing() as connection:
        connection.execute(delete(reports))
        fix = {"precision": "adres", "radius_m": 5, "fixed_at": PLACED, "fixed_by": "J. Jansen"}
        connection.execute(insert(location_fixes).values({**answer, **fix}))
        connection.execute(insert(geocoding_cache).values({**answer, "service": "pdok", "asked_at": PLACED}))
    removed = remove_expired(database, settings, now=years_after(2.1))
    assert (removed.total, removed.counts["answers"], removed.is_wiped) == (2, 2, True)
    assert b"Zwanenzang 3" not in bytes_of(database)


def test_figures_stay_as_they_were_when_reports_go(
    database: Database, settings: Settings, filled: str
) -> None:
    def figures() -> Any:
        with database.reading() as connection:
            weekly = read_weekly_counts(connection, settings, filled)
            earlier = read_weekly_counts(connection, settings, filled, as_of=date(2024, 2, 1))
            moments = load_moments(connection, start=years_after(-1), end=years_after(1))
            per_day = moments.groupby([moments["moment"].dt.date, "category", "buurtcode"]).size()
            states = connection.execute(select(hotspot_states.c.report_count, hotspot_states.c.redenen)).all()
            first = first_moment(connection)
            assert first is not None
            return weekly.to_dict(), earlier.to_dict(), per_day.to_dict(), states, first.date()

    before = figures()
    assert sum(before[0].values()) == 9
    # in two parts: what went before is added up with what goes now
    half = datetime(2024, 1, 6, tzinfo=UTC) + timedelta(days=settings.retention.report_days)
    first = remove_expired(database, settings, now=half).counts["reports"]
    assert 0 < first < 9
    assert figures() == before
    assert remove_expired(database, settings, now=years_after(4)).counts["reports"] == 9 - first
    assert figures() == before
