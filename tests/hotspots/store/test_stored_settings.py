"""What is stored is read with the settings of every entry point, and told when it no longer fits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotspots.errors import SettingsError, StoreError
from hotspots.settings import DetectionSettings, Settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings, read_stored, write_stored

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)


def test_what_was_written_holds_until_it_is_taken_back(database: Database) -> None:
    own = Settings()
    with database.writing() as connection:
        write_stored(connection, {"detection.min_reports": 6, "jobs.weekly_time": "07:00"}, at=NOW)
    assert effective_settings(database, own).detection.min_reports == 6
    with database.writing() as connection:
        write_stored(connection, {"detection.min_reports": None, "jobs.weekly_time": "08:00"}, at=NOW)
    with database.reading() as connection:
        assert read_stored(connection) == {"jobs.weekly_time": "08:00"}
    assert effective_settings(database, own).detection.min_reports == own.detection.min_reports


def test_what_no_longer_fits_is_told_with_what_to_do(database: Database) -> None:
    with database.writing() as connection:
        write_stored(connection, {"detection.min_duration_days": 180}, at=NOW)
    shorter = Settings(detection=DetectionSettings(look_back_weeks=20))
    with pytest.raises(SettingsError, match=r"hotspots settings unset.*detection\.min_duration_days"):
        effective_settings(database, shorter)


def test_without_a_database_of_this_version_the_own_settings_hold_and_nothing_is_made(
    tmp_path: Path,
) -> None:
    absent = Database(f"sqlite:///{tmp_path / 'absent.sqlite'}")
    assert effective_settings(absent, Settings()) == Settings()
    assert not (tmp_path / "absent.sqlite").exists()
    (tmp_path / "empty.sqlite").touch()
    empty = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert effective_settings(empty, Settings()) == Settings()


def test_a_database_that_cannot_be_read_is_no_database_without_settings(tmp_path: Path) -> None:
    (tmp_path / "spoiled.sqlite").write_bytes(b"no database at all, but a text" * 50)
    spoiled = Database(f"sqlite:///{tmp_path / 'spoiled.sqlite'}")
    with pytest.raises(StoreError):
        effective_settings(spoiled, Settings())
