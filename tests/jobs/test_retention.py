"""The job of the night empties the folders with files of what is over."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotspots.files.uploads import keep_upload
from hotspots.settings import JobsSettings, RetentionSettings, ServiceSettings, Settings
from jobs.retention import remove_files

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
