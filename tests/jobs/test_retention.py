"""The job of the night empties the folders with files of what is over."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotspots.access.access_changes import OPERATOR
from hotspots.files.uploads import keep_upload
from hotspots.privacy.announcements import confirm_periods
from hotspots.settings import JobsSettings, RetentionSettings, ServiceSettings, Settings
from hotspots.store.database import Database
from jobs.retention import remove_files, remove_what_is_over

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)  # a Monday


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with folders of their own, and four weeks for the weekly reports."""
    folders = {
        "jobs": JobsSettings(
            inbox=tmp_path / "inbox", reports=tmp_path / "reports", backups=tmp_path / "backups"
        ),
        "service": ServiceSettings(uploads=tmp_path / "uploads"),
        "retention": RetentionSettings(weekly_report_days=28),
    }
    return settings.model_copy(update=folders)


def test_what_was_sent_by_a_page_goes_after_a_day_also_when_nobody_sends_anything(own: Settings) -> None:
    folder = own.service.uploads
    sent = keep_upload(folder, b"x", file_name="x.csv", source="melddesk", owner="u", now=NOW)
    os.utime(sent.path.parent, (NOW.timestamp(), NOW.timestamp()))
    assert remove_files(own, now=NOW + timedelta(hours=23))["uploads"] == 0
    assert remove_files(own, now=NOW + timedelta(hours=25), dry_run=True)["uploads"] == 1
    assert sent.path.exists()
    assert remove_files(own, now=NOW + timedelta(hours=25))["uploads"] == 1
    assert list(folder.iterdir()) == []


def test_weekly_reports_go_by_the_week_that_they_tell_of_and_nothing_else_does(own: Settings) -> None:
    for name in ("2024-W05", "2024-W06", "2024-W09", "2023-W52", "2023-W53", "mine", "2024-W05.copy"):
        (own.jobs.reports / name).mkdir(parents=True)
        (own.jobs.reports / name / "weekrapport.gpkg").write_bytes(b"x")
    assert remove_files(own, now=NOW, dry_run=True)["weeklyReports"] == 3
    assert remove_files(own, now=NOW)["weeklyReports"] == 3  # week 6 began four weeks ago
    assert sorted(path.name for path in own.jobs.reports.iterdir()) == [
        *("2024-W05.copy", "2024-W06", "2024-W09", "mine"),
    ]


def test_folders_that_are_not_there_are_no_problem(own: Settings) -> None:
    assert remove_files(own, now=NOW) == {"files": 0, "uploads": 0, "weeklyReports": 0}


def test_a_weekly_report_that_was_made_of_an_old_week_today_waits_until_it_was_announced(
    database: Database, own: Settings
) -> None:
    def night(days: int) -> tuple[Mapping[str, int], list[str]]:
        now = NOW + timedelta(days=days)
        done = remove_what_is_over(database, own, clock=lambda: now, heartbeat=lambda: None)
        return done.counts, sorted(path.name for path in own.jobs.reports.iterdir())

    (own.jobs.reports / "2023-W05").mkdir(parents=True)
    counts, left = night(0)
    assert (counts["unconfirmed"], counts["weeklyReports"], left) == (1, 0, ["2023-W05"])
    confirm_periods(database, own, by=OPERATOR, now=NOW)
    counts, _ = night(2)
    assert (counts["announced"], counts["weeklyReports"]) == (1, 0)
    (own.jobs.reports / "2023-W06").mkdir()
    assert night(4)[1] == ["2023-W06"]
    assert night(6)[1] == []
