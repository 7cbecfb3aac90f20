"""Reading how it goes, from both databases."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from hotspots.intake.import_reports import import_reports
from hotspots.operations.health import read_status
from hotspots.operations.health_figures import (
    count_imports,
    count_reasons,
    read_health_figures,
    read_imports,
    read_job_runs,
    read_rejects,
)
from hotspots.operations.job_alerts import raise_alert
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.weekly.weekly_run import run_week

NOW = datetime(2024, 3, 4, 12, tzinfo=UTC)
HEAD = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)


@pytest.fixture
def filled(database: Database, settings: Settings, tmp_path: Path) -> Database:
    """A week of five reports, one of them without a place, two refused rows, one of another category."""
    rows = [f"{n};2024-02-2{n} 21:00;Overlast drugs;;Dealen;;;;;;;176500;317500;m{n}" for n in range(6, 10)]
    rows += ["10;2024-03-01 21:00;Overlast personen;;Geschreeuw;Onbekendestraat;1;;;;;;;m"]
    rows += ["11;vorige week;Overlast drugs;;;;;;;;;;;", ";2024-03-01 21:00;Overlast drugs;;;;;;;;;;;"]
    rows += ["12;2024-03-01 21:00;Afval;;;;;;;;;;;"]
    path = tmp_path / "week.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    import_reports(database, settings, path, "melddesk", now=NOW - timedelta(hours=9))
    run_week(database, settings, as_of=NOW.date() - timedelta(days=1), now=NOW - timedelta(hours=6))
    return database


def test_looking_again_keeps_nothing_more_in_memory(filled: Database, settings: Settings) -> None:
    compiled: dict[object, object] = {}
    filled.engine.update_execution_options(compiled_cache=compiled)
    read_health_figures(filled, settings, now=NOW)
    statements = len(compiled)
    assert statements
    filled._is_current = False  # as a process does that looks for the first time
    read_health_figures(filled, settings, now=NOW)
    assert len(compiled) == statements


def test_the_figures_of_a_week(filled: Database, settings: Settings) -> None:
    figures = read_health_figures(filled, settings, now=NOW)
    (imported,) = figures.imports
    assert (imported.read, imported.new, imported.rejected, imported.other_category) == (8, 5, 2, 1)
    assert imported.adds_up
    assert figures.import_totals["rejected"] == 2
    assert figures.last_run is not None
    assert figures.last_run.report_count == 4
    assert figures.week_counts == (5, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (figures.unlocated_count, figures.screened_count) == (1, 5)
    assert figures.newest_report == datetime(2024, 3, 1, 20, tzinfo=UTC)
    assert (figures.areas.count, figures.areas.approximate_count) == (44, 0)
    assert figures.database_bytes > 10_000
    assert (figures.free_bytes is None) == (not filled.is_sqlite)


def test_a_run_of_a_day_to_come_hides_nothing_of_the_last_one(filled: Database, settings: Settings) -> None:
    run_week(filled, settings, as_of=date(2033, 12, 31), now=NOW)
    figures = read_health_figures(filled, settings, now=NOW)
    assert figures.last_run is not None
    assert figures.last_run.as_of == date(2024, 3, 3)
    late = read_status(filled, settings, now=NOW + timedelta(weeks=30))
    assert "run_late" in {finding.code for finding in late.findings}
    assert not late.is_run_fine


def test_refused_rows_have_number_and_reason(filled: Database) -> None:
    with filled.reading() as connection:
        (imported,) = read_imports(connection)
        rows = read_rejects(connection, imported.id)
        assert [(row.row_number, row.source_id) for row in rows] == [(6, "11"), (7, None)]
        assert count_reasons(connection, imported.id) == {
            "geen kenmerk": 1,
            "geen leesbare tijd van melden": 1,
        }
        assert count_imports(connection) == 1
        assert read_imports(connection, import_id=imported.id + 1) == []


def test_the_ledger_gives_the_last_run_of_each_job_first(database: Database, settings: Settings) -> None:
    def line(job: str, hours_ago: int, **ended: object) -> dict[str, object]:
        started = NOW - timedelta(hours=hours_ago)
        blank: dict[str, object] = {"finished_at": None, "outcome": None, "counts": {}, "message": None}
        return {"job": job, "started_at": started, **blank, **ended}

    well = {
        "finished_at": NOW - timedelta(hours=3),
        "outcome": "done",
        "planned_for": NOW - timedelta(hours=5),
    }
    badly = {"finished_at": NOW - timedelta(hours=1), "outcome": "failed", "message": "disk full"}
    with database.writing() as connection:
        for row in (line("inbox", 4, **well), line("inbox", 2, **badly), line("weekly", 1)):
            connection.execute(insert(job_runs).values(row))
    figures = read_health_figures(database, settings, now=NOW)
    inbox, weekly = figures.jobs
    last = inbox.last
    assert (last.outcome, last.message, last.duration) == ("failed", "disk full", timedelta(hours=1))
    assert (inbox.done_at, inbox.done_for) == (NOW - timedelta(hours=4), NOW - timedelta(hours=5))
    assert (weekly.last.outcome, weekly.done_at, weekly.done_for) == (None, None, None)
    assert figures.job_outcomes == {
        ("inbox", "done"): 1,
        ("inbox", "failed"): 1,
        ("weekly", "unfinished"): 1,
    }
    with database.reading() as connection:
        assert [run.outcome for run in read_job_runs(connection, "inbox", offset=1)] == ["done"]


def test_the_last_delivery_is_the_last_time_that_there_were_files(
    database: Database, settings: Settings
) -> None:
    def refused_at_last() -> int | None:
        delivery = read_health_figures(database, settings, now=NOW).last_delivery
        return None if delivery is None else delivery.counts["refusedFiles"]

    def look(days_ago: int, files: int, refused: int, *, by_hand: bool = False) -> None:
        at = NOW - timedelta(days=days_ago)
        counts = {"files": files, "refusedFiles": refused}
        planned = None if by_hand else at
        line = {"job": "inbox", "planned_for": planned, "started_at": at, "outcome": "done", "counts": counts}
        with database.writing() as connection:
            connection.execute(insert(job_runs).values(line))

    look(15, 1, 1)
    assert refused_at_last() is None
    look(3, 4, 2)
    look(2, 0, 0)
    assert refused_at_last() == 2
    assert [f.code for f in read_status(database, settings, now=NOW).findings].count("refused_files") == 1
    look(1, 1, 0, by_hand=True)
    assert refused_at_last() == 0


def test_alerts_are_those_of_the_last_week_the_last_one_first(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        for days_ago in (8, 6, 1):
            at = NOW - timedelta(days=days_ago)
            raise_alert(connection, "inbox", "odd", about=at, message=f"{days_ago} days ago", now=at)
    status = read_status(database, settings, now=NOW)
    assert [alert.message for alert in status.figures.alerts] == ["1 days ago", "6 days ago"]
    assert status.as_json()["alerts"][0] == {
        "job": "inbox",
        "kind": "odd",
        "raisedAt": "2024-03-03T12:00:00Z",
        "about": "2024-03-03T12:00:00Z",
        "message": "1 days ago",
    }


def test_an_empty_database_says_what_to_do_first(database: Database, settings: Settings) -> None:
    status = read_status(database, settings, now=NOW)
    assert [finding.code for finding in status.findings] == [
        "no_areas",
        "no_reports",
        "no_addresses",
        "no_jobs",
    ]
    assert status.needs_action
    assert status.as_json()["lastRun"] is None


def test_the_status_of_that_week_as_json(filled: Database, settings: Settings) -> None:
    told = read_status(filled, settings, now=NOW).as_json()
    assert told["lastRun"]["asOf"] == told["expectedAsOf"] == "2024-03-03"
    assert told["unlocated"] == {"reports": 1, "of": 5, "share": 0.2}
    assert told["imports"][0]["rejected"] == 2
    assert not told["needsAction"]
