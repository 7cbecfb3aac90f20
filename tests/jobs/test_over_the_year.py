"""Weeks of unattended work by a clock of the test: exactly the right runs, over clock changes and outages."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotspots.settings import JobsSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts, job_runs
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import runs
from jobs.scheduler import JOBS, do_what_is_due

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHTLY = ("geocode", "retention", "backup", "integrity")


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings with folders of the test; one gebied, and the inbox once a day, or there would be hundreds of
    runs and reports.
    """
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        wijken = tuple(connection.execute(select(areas.c.wijkcode).distinct()).scalars())
    jobs = JobsSettings(
        reports=tmp_path / "reports",
        inbox=tmp_path / "inbox",
        backups=tmp_path / "backups",
        backup_key_file=tmp_path / "backup.key",
        inbox_every_minutes=1440,
        backups_kept=3,
        late_after_minutes=360,
    )
    one_gebied = settings.areas.model_copy(update={"gebieden": {"Maastricht": wijken}})
    return settings.model_copy(update={"jobs": jobs, "areas": one_gebied})


def live(
    database: Database,
    settings: Settings,
    first: date,
    last: date,
    *,
    off: tuple[date, date] | None = None,
) -> None:
    """Look at the timetable every six hours by local time, but for the days that the server is off."""
    now = datetime(first.year, first.month, first.day, 0, 15, tzinfo=AMSTERDAM).astimezone(UTC)
    while now.astimezone(AMSTERDAM).date() <= last:
        day = now.astimezone(AMSTERDAM).date()
        if off is None or not off[0] <= day <= off[1]:
            moment = now
            do_what_is_due(database, settings, clock=lambda moment=moment: moment)  # type: ignore[misc]
        now += timedelta(hours=6)


def done(database: Database, job: str) -> list[datetime]:
    """The planned moments, local, for which a job was done."""
    with database.reading() as connection:
        rows = connection.execute(
            select(job_runs.c.planned_for)
            .where(job_runs.c.job == job, job_runs.c.outcome == "done")
            .order_by(job_runs.c.id)
        )
        return [moment.astimezone(AMSTERDAM) for moment in rows.scalars()]


def peildatums(database: Database) -> list[str]:
    with database.reading() as connection:
        return [str(day) for day in connection.execute(select(runs.c.as_of).order_by(runs.c.as_of)).scalars()]


SUMMER = (date(2023, 3, 25), ["2023-03-19", "2023-03-26"])
WINTER = (date(2023, 10, 28), ["2023-10-22", "2023-10-29"])


# a clock change is reckoned with in one place, whatever the database: each change is of one kind
@pytest.mark.parametrize(
    ("database_url", "first", "sundays"),
    [
        pytest.param("sqlite", *SUMMER, id="sqlite-into summer time"),
        pytest.param("postgresql", *WINTER, id="postgresql-into winter time", marks=pytest.mark.postgresql),
    ],
    indirect=["database_url"],
)
def test_days_over_a_clock_change_have_exactly_the_right_runs(
    database: Database, ready: Settings, first: date, sundays: list[str]
) -> None:
    live(database, ready, first, first + timedelta(days=2))
    assert peildatums(database) == sundays
    days = [first + timedelta(days=number) for number in range(3)]
    for name in NIGHTLY:
        # the first look, at a quarter past midnight, finds the night before not done
        assert [f"{at:%m-%d %H:%M}" for at in done(database, name)] == [
            f"{day:%m-%d} 04:30" for day in [first - timedelta(days=1), *days]
        ]
    assert [f"{at:%m-%d %H:%M}" for at in done(database, "weekly")] == [
        f"{first + timedelta(days=2, weeks=week):%m-%d} 06:30" for week in (-1, 0)
    ]
    with database.reading() as connection:
        outcomes = Counter(connection.execute(select(job_runs.c.outcome)).scalars())
        assert set(outcomes) == {"done"}
        assert connection.execute(select(job_alerts)).all() == []
    assert len(list(ready.jobs.backups.glob("*.sqlite"))) == ready.jobs.backups_kept


# which weeks are due is reckoned in one place
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_was_off_for_three_weeks_does_the_three_runs_in_order(
    database: Database, ready: Settings
) -> None:
    off = (date(2023, 3, 20), date(2023, 4, 8))
    live(database, ready, date(2023, 3, 18), date(2023, 4, 10), off=off)
    assert peildatums(database) == ["2023-03-12", "2023-03-19", "2023-03-26", "2023-04-02", "2023-04-09"]
    with database.reading() as connection:
        lines = connection.execute(
            select(job_runs.c.job, job_runs.c.input, job_runs.c.started_at).order_by(job_runs.c.id)
        ).all()
        late = connection.execute(select(job_alerts.c.job, job_alerts.c.kind)).all()
    back = [line for line in lines if line.started_at.astimezone(AMSTERDAM).date() > off[1]]
    # what came in is read first
    order = [line.job for line in back[: len(JOBS) - 1]]
    assert order == [name for name in JOBS if name != "signalen"]
    weekly = [line.input["peildatums"] for line in back if line.job == "weekly"]
    assert weekly == [["2023-03-19", "2023-03-26", "2023-04-02"], ["2023-04-09"]]
    assert sorted(late) == sorted((name, "late") for name in order)
