"""What is asked of a job is asked once, and a pause holds until it is ended; each stands in the history."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import JobError
from hotspots.operations.job_requests import (
    close_request,
    excused_jobs,
    last_requests,
    last_waiting,
    open_request,
    pause_job,
    paused_jobs,
    request_job,
    resume_job,
    take_request,
)
from hotspots.operations.job_runs import start_run
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_requests

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
ANN, BO = Actor("1", "A. Beheer", Role.BEHEERDER), Actor("2", "B. Adviseur", Role.OOV)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: that two ask at once is tried on both in the tests of the scheduler."""
    return sqlite_url


def test_what_two_ask_while_it_waits_or_is_done_is_one_request_and_later_another(database: Database) -> None:
    with database.writing() as connection:
        first = request_job(connection, job="weekly", by=ANN, at=NOW, reason="De levering was te laat")
        assert request_job(connection, job="weekly", by=BO, at=NOW).id == first.id
        assert last_waiting(connection) == first.id
        run = start_run(
            connection, "weekly", planned_for=None, now=NOW, version="", settings_hash="", runner=""
        )
        take_request(connection, "weekly", run)
        assert last_waiting(connection) is None
        assert request_job(connection, job="weekly", by=BO, at=NOW).id == first.id
        close_request(connection, run, at=NOW, outcome="done")
        assert open_request(connection, "weekly") is None
        assert request_job(connection, job="weekly", by=BO, at=NOW).id != first.id
        told = [(line.actor, line.about, line.reason) for line in read_changes(connection, kind=Kind.JOB)]
    assert told == [
        ("B. Adviseur", "weekly", None),
        ("A. Beheer", "weekly", "De levering was te laat"),
    ]


def test_the_database_itself_holds_one_open_request_of_a_job(database: Database) -> None:
    with database.writing() as connection:
        one = request_job(connection, job="weekly", by=ANN, at=NOW)
        # as of another process, that wrote between the look and the line
        connection.execute(update(job_requests).values(job="inbox"))
        connection.execute(update(job_requests).values(job="weekly"))
        assert request_job(connection, job="weekly", by=BO, at=NOW).id == one.id
        assert len(connection.execute(select(job_requests)).all()) == 1


def test_a_pause_withdraws_what_waits_and_refuses_what_is_asked_until_it_ends(
    database: Database, settings: Settings
) -> None:
    late = timedelta(minutes=settings.jobs.late_after_minutes)
    with database.writing() as connection:
        request_job(connection, job="backup", by=ANN, at=NOW)
        pause_job(connection, job="backup", by=ANN, at=NOW, reason="  Andere   schijf ")
        asked = last_requests(connection).get("backup")
        assert asked is not None
        assert asked.outcome == "withdrawn"
        assert paused_jobs(connection)["backup"].reason == "Andere schijf"
        with pytest.raises(JobError, match="resume it first"):
            request_job(connection, job="backup", by=BO, at=NOW)
        with pytest.raises(JobError, match="found it paused by"):
            pause_job(connection, job="backup", by=BO, at=NOW, reason="Nog eens")
        assert excused_jobs(connection, settings, NOW + timedelta(days=9)) == {"backup"}
        again = NOW + timedelta(days=10)
        resume_job(connection, job="backup", by=BO, at=again, reason="De schijf is er")
        assert not paused_jobs(connection)
        assert excused_jobs(connection, settings, again + late / 2) == {"backup"}
        assert excused_jobs(connection, settings, again + 2 * late) == set()
        with pytest.raises(JobError, match="found that 'backup' is not"):
            resume_job(connection, job="backup", by=BO, at=again, reason="Nog eens")
        changes = [(line.before, line.after) for line in read_changes(connection, kind=Kind.JOB)[:2]]
    assert changes == [
        ({"gepauzeerd": True}, {"gepauzeerd": False}),
        ({"gepauzeerd": False}, {"gepauzeerd": True}),
    ]


@pytest.mark.parametrize(
    ("job", "reason", "told"),
    [
        ("nonsense", "x", "found 'nonsense'"),
        ("backup", " ", "found none"),
        ("backup", 501 * "x", "found 501"),
    ],
    ids=["no such job", "no reason", "too long a reason"],
)
def test_a_pause_needs_a_job_and_a_reason(database: Database, job: str, reason: str, told: str) -> None:
    with database.writing() as connection:
        with pytest.raises(JobError, match=told) as error:
            pause_job(connection, job=job, by=ANN, at=NOW, reason=reason)
        assert error.value.dutch.endswith(".")
        assert not paused_jobs(connection)
        assert read_changes(connection) == []
