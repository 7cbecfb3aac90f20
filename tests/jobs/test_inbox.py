"""The inbox: what becomes of files that are put in it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotspots.settings import JobsSettings, PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.inbox import SETTLED_AFTER, empty_inbox, waiting_files

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
GOOD = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder\n"
    "M1;2023-03-14 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n"
    ";2023-03-14 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n"
)


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings with an inbox in a temporary folder, and a database with areas."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    (tmp_path / "inbox").mkdir()
    return settings.model_copy(
        update={
            "privacy": PrivacySettings(reporter_key_file=tmp_path / "key"),
            "jobs": JobsSettings(inbox=tmp_path / "inbox"),
        }
    )


def put(folder: Path, name: str, text: str = GOOD, *, age: timedelta = timedelta(hours=1)) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def empty(database: Database, settings: Settings) -> dict[str, int]:
    counts = empty_inbox(database, settings, clock=lambda: NOW, still_alive=lambda: None)
    return {name: count for name, count in counts.items() if count}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_imported_and_moved_to_done_with_its_report(database: Database, ready: Settings) -> None:
    inbox = ready.jobs.inbox
    put(inbox, "week.csv")
    assert empty(database, ready) == {"files": 1, "read": 2, "new": 1, "rejected": 1}
    name = "20240102T080000Z-week.csv"
    assert names(inbox / "done") == [name, f"{name}.rejects.csv", f"{name}.report.json"]
    report = json.loads((inbox / "done" / f"{name}.report.json").read_text(encoding="utf-8"))
    assert (report["source"], report["new"], report["rejected"]) == ("melddesk", 1, 1)
    assert names(inbox) == ["done"]
    assert empty(database, ready) == {}


def test_a_file_that_is_no_export_is_moved_to_refused_with_the_reason(
    database: Database, ready: Settings
) -> None:
    put(ready.jobs.inbox, "photo.csv", "a,b\n1,2\n")
    assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
    [moved, report] = names(ready.jobs.inbox / "refused")
    assert moved.endswith("photo.csv")
    told = json.loads((ready.jobs.inbox / "refused" / report).read_text(encoding="utf-8"))
    assert "wanted the column(s) meldingnummer" in told["error"]
    assert names(ready.jobs.inbox) == ["refused"]


def test_a_subfolder_names_the_source(database: Database, ready: Settings) -> None:
    put(ready.jobs.inbox / "open311", "requests.json", "[]")
    put(ready.jobs.inbox / "nonsense", "x.csv")
    assert empty(database, ready) == {"files": 2, "refusedFiles": 1}
    [refused] = (ready.jobs.inbox / "refused").glob("*.report.json")
    assert "no mapping file for source 'nonsense'" in json.loads(refused.read_text(encoding="utf-8"))["error"]


def test_a_file_that_may_still_be_written_waits(database: Database, ready: Settings) -> None:
    inbox = ready.jobs.inbox
    put(inbox, "fresh.csv", age=SETTLED_AFTER - timedelta(seconds=1))
    put(inbox, "upload.csv.part")
    put(inbox, ".hidden.csv")
    assert empty(database, ready) == {}
    assert names(inbox) == [".hidden.csv", "fresh.csv", "upload.csv.part"]


def test_the_oldest_file_goes_first_so_that_later_changes_win(ready: Settings) -> None:
    put(ready.jobs.inbox, "b.csv", age=timedelta(hours=3))
    put(ready.jobs.inbox, "a.csv", age=timedelta(hours=2))
    assert [path.name for path, _ in waiting_files(ready, NOW)] == ["b.csv", "a.csv"]


def test_the_same_name_twice_replaces_nothing(database: Database, ready: Settings) -> None:
    put(ready.jobs.inbox, "week.csv")
    empty(database, ready)
    put(ready.jobs.inbox, "week.csv")
    later = NOW + timedelta(minutes=10)
    counts = empty_inbox(database, ready, clock=lambda: later, still_alive=lambda: None)
    assert counts["unchanged"] == 1
    assert len(list((ready.jobs.inbox / "done").glob("*-week.csv"))) == 2


def test_an_absent_inbox_is_an_empty_one(database: Database, ready: Settings, tmp_path: Path) -> None:
    elsewhere = ready.model_copy(update={"jobs": JobsSettings(inbox=tmp_path / "absent")})
    assert empty(database, elsewhere) == {}
