"""What is done every night: backups, the newest of which are kept, and nothing of one that was cut off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotspots.settings import JobsSettings, Settings
from hotspots.store.database import Database
from jobs.nightly import back_up

NOW = datetime(2024, 1, 2, 4, 30, tzinfo=UTC)


def backed_up(database: Database, settings: Settings, folder: Path, nights: int) -> list[str]:
    """Make a backup every night; gives the names of what is in the folder then."""
    jobs = JobsSettings(backups=folder, backups_kept=2, backup_key_file=folder.with_name("backup.key"))
    kept = settings.model_copy(update={"jobs": jobs})
    for night in range(nights):
        moment = NOW + timedelta(days=night)
        back_up(database, kept, clock=lambda moment=moment: moment, heartbeat=lambda: None)  # type: ignore[misc]
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_backups_are_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    assert backed_up(database, settings, tmp_path / "backups", 3) == [
        "hotspots-20240103T043000Z.sqlite",
        "hotspots-20240104T043000Z.sqlite",
    ]


def test_a_backup_by_a_clock_that_was_set_right_stays_and_those_of_the_clock_that_ran_ahead_go_first(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for moment in ("20231231T043000Z", "20250101T043000Z", "20250102T043000Z"):
        (folder / f"hotspots-{moment}.sqlite").touch()
    assert backed_up(database, settings, folder, 1) == [
        "hotspots-20231231T043000Z.sqlite",
        "hotspots-20240102T043000Z.sqlite",
    ]


def test_a_backup_that_was_cut_off_goes_with_the_next_one(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for ending in ("", "-wal", "-shm"):
        (folder / f"hotspots-20240101T043000Z.sqlite.part{ending}").write_text("half of it")
    (folder / "by-hand.sqlite.part").write_text("of somebody else")
    assert backed_up(database, settings, folder, 1) == [
        "by-hand.sqlite.part",
        "hotspots-20240102T043000Z.sqlite",
    ]
