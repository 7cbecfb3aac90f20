"""The weekly job while signalling is stopped, and after it was started again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hotspots.access.rights import Actor, Role
from hotspots.errors import StoppedError
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.tracking.signalling import resume_signalling, stop_signalling
from hotspots.weekly.weekly_run import replay, run_week
from jobs.runner import Done
from jobs.weekly import detect_weekly
from tests.hotspots.weekly.test_weekly_run import MARKET, PARK, everything, report_weekly

OFFICER = Actor("1", "P. Functionaris", Role.PRIVACY)
ADVISER = Actor("2", "O. Adviseur", Role.OOV)
MONDAY = datetime(2023, 9, 4, 8, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def run_on(database: Database, settings: Settings, now: datetime) -> Done:
    done = detect_weekly(database, settings, clock=lambda: now, heartbeat=lambda: None)
    assert isinstance(done, Done)
    return done


def test_a_run_while_signalling_is_stopped_changes_nothing_and_stopped_weeks_are_not_done_afterwards(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 6, 5), weeks=16)
    run_on(database, settings, MONDAY)
    before = everything(database)
    stop_signalling(database, by=OFFICER, at=MONDAY + timedelta(days=1), reason="Klacht.")
    with database.writing() as connection:  # imports go on
        report_weekly(connection, PARK, first=date(2023, 6, 5), weeks=14, per_week=3, first_reporter=20)
    for weeks in (1, 2):
        done = run_on(database, settings, MONDAY + timedelta(weeks=weeks))
        assert done.counts == {"runs": 0, "stopped": 1}
    with pytest.raises(StoppedError, match="signalling stopped since 2023-09-05"):
        run_week(database, settings, as_of=date(2023, 9, 10), now=MONDAY)
    with pytest.raises(StoppedError):
        next(replay(database, settings, first=date(2023, 9, 10), last=date(2023, 9, 17), now=MONDAY))
    assert everything(database) == before
    later = MONDAY + timedelta(weeks=3, days=1)
    resume_signalling(database, settings, by=OFFICER, at=later, reason="Opgelost.")
    resume_signalling(database, settings, by=ADVISER, at=later, reason="Eens.")
    done = run_on(database, settings, later)
    assert done.worked_on == {"peildatums": ["2023-09-24"]}
    assert (done.counts["runs"], done.counts["stoppedWeeks"], done.counts["newHotspots"]) == (1, 2, 1)


def test_signalling_that_is_stopped_during_a_run_keeps_it_from_being_written(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 6, 5), weeks=12)

    def stop_before_writing(stage: str) -> None:
        if stage == "tracking":
            stop_signalling(database, by=OFFICER, at=MONDAY, reason="Nu.")

    with pytest.raises(StoppedError):
        run_week(database, settings, as_of=date(2023, 9, 3), now=MONDAY, on_stage=stop_before_writing)
    assert everything(database) == []
