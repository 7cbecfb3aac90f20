"""Nothing of what was removed stays in the files of the database."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from hotspots.privacy import wiping
from hotspots.privacy.reporters import Reported, erase_reporter
from hotspots.privacy.retention import remove_expired
from hotspots.privacy.wiping import wipe
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import reports
from tests.hotspots.privacy.conftest import PLACED, SECRET, years_after

BytesOf = Callable[[Database], bytes]


def test_readers_in_the_way_are_told_and_the_next_time_succeeds(
    database: Database, settings: Settings, filled: str
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL waits for its readers, for some seconds")
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with other.reading() as connection:
        connection.execute(select(func.count()).select_from(reports)).scalar_one()
        assert not wipe(database, wait_s=0)
    other.close()
    assert wipe(database)


def test_a_wipe_that_was_in_the_way_of_readers_is_done_the_next_time(
    database: Database, settings: Settings, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        for kind in ("sqlite", "postgresql"):
            patched.setattr(wiping, f"_wipe_{kind}", lambda _database, _wait_s: False)
        assert remove_expired(database, settings, now=years_after(1)).is_wiped is False
        assert not erase_reporter(
            database, settings, Reported(reporter="anna", source="test"), now=PLACED
        ).is_wiped
    told = remove_expired(database, settings, now=years_after(1), dry_run=True)
    assert (told.total, told.is_wiped) == (0, None)
    again = remove_expired(database, settings, now=years_after(1))
    assert (again.total, again.is_wiped) == (0, True)
    assert remove_expired(database, settings, now=years_after(1)).is_wiped is None


def test_what_the_planner_noted_of_removed_values_goes_too(
    database: Database, settings: Settings, filled: str, bytes_of: BytesOf
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite notes nothing of values unless told to")
    autocommit = {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**autocommit) as connection:
        connection.exec_driver_sql("ANALYZE")
        query = "SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE %s"
        noted = connection.exec_driver_sql(query, (f"%{SECRET}%",))
        assert noted.scalar_one() > 0
    assert remove_expired(database, settings, now=years_after(2)).is_wiped
    assert SECRET.encode() not in bytes_of(database)
