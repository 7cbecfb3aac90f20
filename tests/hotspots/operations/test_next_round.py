"""When the list changes is told by the timetable, and by what people asked."""

from datetime import UTC, datetime

import pytest

from hotspots.access.rights import Actor, Role
from hotspots.operations.job_requests import pause_job, request_job
from hotspots.operations.job_runs import end_run, start_run
from hotspots.operations.next_round import next_round
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings
from hotspots.store.database import Database

TUESDAY = datetime(2024, 1, 2, 8, tzinfo=UTC)
ANN = Actor("1", "A. Beheer", Role.BEHEERDER)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: it only reads."""
    return sqlite_url


def test_it_is_the_next_planned_round_until_somebody_asks_or_it_runs(
    database: Database, settings: Settings
) -> None:
    usual = settings.jobs.weekly_time
    with database.writing() as connection:
        told = next_round(connection, settings, TUESDAY)
        assert told.words == f"De lijst verandert bij de ronde van maandag {usual}."
        assert told.at == TIMETABLE["weekly"].next(settings, TUESDAY)
        request_job(connection, job="weekly", by=ANN, at=TUESDAY)
        assert "De ronde is gevraagd." in next_round(connection, settings, TUESDAY).words
        planned = TIMETABLE["weekly"].last(settings, TUESDAY)
        about = {"version": "", "settings_hash": "", "runner": ""}
        run = start_run(connection, "weekly", planned_for=planned, now=TUESDAY, **about)
        assert "De ronde loopt nu." in next_round(connection, settings, TUESDAY).words
        end_run(connection, run, now=TUESDAY, duration_s=1, outcome="done", counts={}, worked_on={})


def test_one_that_was_missed_and_one_that_is_paused_are_told(database: Database, settings: Settings) -> None:
    planned = TIMETABLE["weekly"].last(settings, TUESDAY)
    before = TIMETABLE["weekly"].last(settings, datetime(2023, 12, 26, tzinfo=UTC))
    about = {"version": "", "settings_hash": "", "runner": ""}
    with database.writing() as connection:
        run = start_run(connection, "weekly", planned_for=before, now=before, **about)
        end_run(connection, run, now=before, duration_s=1, outcome="done", counts={}, worked_on={})
        told = next_round(connection, settings, TUESDAY)
        assert told.at == planned
        assert "is nog niet gedaan" in told.words
        pause_job(connection, job="weekly", by=ANN, at=TUESDAY, reason="Andere regels")
        paused = next_round(connection, settings, TUESDAY)
    assert paused.at is None
    assert "gepauzeerd" in paused.words
