"""The inbox: what becomes of files that are put in it."""

import json
import os
from contextlib import suppress
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
    done = empty_inbox(database, settings, clock=lambda: NOW, still_alive=lambda: None)
    return {name: count for name, count in done.counts.items() if count}


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
    done = empty_inbox(database, ready, clock=lambda: later, still_alive=lambda: None)
    assert done.counts["unchanged"] == 1
    assert len(list((ready.jobs.inbox / "done").glob("*-week.csv"))) == 2


def test_an_absent_inbox_is_an_empty_one(database: Database, ready: Settings, tmp_path: Path) -> None:
    elsewhere = ready.model_copy(update={"jobs": JobsSettings(inbox=tmp_path / "absent")})
    assert empty(database, elsewhere) == {}


class TestDrop:
    """What may happen where others write straight into the inbox, as over SFTP."""

    def test_a_file_is_taken_when_it_is_renamed_after_its_upload(
        self, database: Database, ready: Settings
    ) -> None:
        part = put(ready.jobs.inbox, "week.csv.filepart")
        assert empty(database, ready) == {}
        part.rename(part.with_suffix(""))
        assert empty(database, ready)["files"] == 1

    def test_a_writer_that_goes_on_while_the_file_is_imported_gets_it_imported_later(
        self, database: Database, ready: Settings
    ) -> None:
        path = put(ready.jobs.inbox, "week.csv")

        def goes_on() -> None:
            with path.open("a") as file:
                file.write("M2;2023-03-15 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n")

        done = empty_inbox(database, ready, clock=lambda: NOW, still_alive=goes_on)
        assert done.counts["files"] == 0
        assert path.exists()
        put(ready.jobs.inbox, "week.csv", path.read_text())
        assert empty(database, ready) == {"files": 1, "read": 3, "new": 1, "unchanged": 1, "rejected": 1}

    def test_a_writer_that_goes_on_after_a_long_pause_loses_nothing(
        self, database: Database, ready: Settings
    ) -> None:
        path = put(ready.jobs.inbox, "week.csv", GOOD[: GOOD.rindex(";2023")])
        with path.open("a") as file:
            assert empty(database, ready) == {"files": 1, "read": 1, "new": 1}
            file.write("M2;2023-03-15 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n")
        [moved] = ready.jobs.inbox.glob("done/*.csv")
        os.utime(moved, ((NOW - timedelta(minutes=5)).timestamp(),) * 2)
        assert empty(database, ready) == {"files": 1, "read": 2, "new": 1, "unchanged": 1}

    def test_an_upload_that_had_not_begun_to_fill_its_file_is_not_lost(
        self, database: Database, ready: Settings
    ) -> None:
        path = put(ready.jobs.inbox / "melddesk", "week.csv", "")
        with path.open("a") as file:
            assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
            file.write(GOOD)
        [moved] = ready.jobs.inbox.glob("refused/*.csv")
        os.utime(moved, ((NOW - timedelta(minutes=5)).timestamp(),) * 2)
        assert empty(database, ready)["new"] == 1

    def test_the_same_file_delivered_twice_changes_nothing(self, database: Database, ready: Settings) -> None:
        put(ready.jobs.inbox, "week.csv")
        put(ready.jobs.inbox, "week (1).csv")
        assert empty(database, ready) == {"files": 2, "read": 4, "new": 1, "unchanged": 1, "rejected": 2}

    def test_a_file_of_another_name_is_known_by_what_is_in_it(
        self, database: Database, ready: Settings
    ) -> None:
        put(ready.jobs.inbox, "export_final(2).TXT")
        put(ready.jobs.inbox, "Thumbs.db", "\0\1\2")
        assert empty(database, ready) == {"files": 2, "refusedFiles": 1, "read": 2, "new": 1, "rejected": 1}

    def test_files_of_one_name_from_two_sources_do_not_replace_each_other(
        self, database: Database, ready: Settings
    ) -> None:
        put(ready.jobs.inbox, "week.csv")
        put(ready.jobs.inbox / "melddesk", "week.csv")
        assert empty(database, ready)["files"] == 2
        assert len(list(ready.jobs.inbox.glob("done/*week.csv"))) == 2

    def test_a_clock_that_was_set_back_keeps_no_file_waiting(
        self, database: Database, ready: Settings
    ) -> None:
        put(ready.jobs.inbox, "week.csv", age=timedelta(days=-400))
        assert empty(database, ready)["files"] == 1

    @pytest.mark.parametrize("moved", [False, True], ids=["before the file was moved", "after it"])
    def test_a_move_that_was_cut_off_is_finished_and_leaves_no_loose_ends(
        self, database: Database, ready: Settings, moved: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = put(ready.jobs.inbox, "week.csv")
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            if moved:
                patch.setattr("jobs.inbox._finish_move", interrupted)
            else:
                patch.setattr(Path, "replace", replace_reports_only)
            empty(database, ready)
        assert path.exists() is not moved
        empty(database, ready)
        found = names(ready.jobs.inbox / "done")
        assert [name.partition("-")[2] for name in found] == [
            "week.csv",
            "week.csv.rejects.csv",
            "week.csv.report.json",
        ]
        assert names(ready.jobs.inbox) == ["done"]


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


real_replace = Path.replace


def replace_reports_only(path: Path, target: Path) -> Path:
    """Stop where a file itself is moved."""
    if path.name == "week.csv":
        raise KeyboardInterrupt
    return real_replace(path, target)
