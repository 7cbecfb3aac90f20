"""The inbox: what becomes of files that are put in it."""

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DataError

from hotspots.errors import StoreError
from hotspots.files.open_folders import OpenFolder
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.settings import JobsSettings, PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, rejects
from jobs.inbox import SETTLED_AFTER, empty_inbox, waiting_files
from jobs.retention import remove_imported_files

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
    done = empty_inbox(database, settings, clock=lambda: NOW, heartbeat=lambda: None)
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


def test_a_refusal_keeps_our_own_words_and_takes_marks_of_persons_out_of_what_was_found(
    database: Database, ready: Settings
) -> None:
    put(ready.jobs.inbox, "bel 06-12345678.csv", "".join(f"{sign}\0" for sign in GOOD))  # UTF-16
    assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
    [path] = (ready.jobs.inbox / "refused").glob("*.report.json")
    error = json.loads(path.read_text(encoding="utf-8"))["error"]
    assert "cp1252" in error
    assert "06-12345678" not in error


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


def test_of_a_file_without_a_header_nothing_is_told_and_what_is_told_goes_after_its_period(
    database: Database, ready: Settings
) -> None:
    put(ready.jobs.inbox, "week 06-87654321.csv", GOOD.splitlines()[1].replace("m1", "Tabaksblat") + "\n")
    assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
    refused = ready.jobs.inbox / "refused"
    [report] = refused.glob("*.report.json")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["error"].startswith(
        "wanted the column(s) meldingnummer, meldtijd, hoofdcategorie, found 14 column"
    )
    assert "Tabaksblat" not in report.read_text(encoding="utf-8")
    periods = ready.retention
    remove_imported_files(ready, now=NOW + timedelta(days=periods.inbox_days))
    assert names(refused) == [report.name]
    remove_imported_files(ready, now=NOW + timedelta(days=periods.reject_days))
    assert names(refused) == []


def test_the_report_of_a_file_tells_how_it_was_read_and_nothing_that_stands_in_it(
    database: Database, ready: Settings
) -> None:
    columns = GOOD.splitlines()[0].replace("melder", "Tabaksblat").replace("rd_x", "Rd_X")
    put(ready.jobs.inbox, "week.csv", "sep=;\n" + GOOD.replace(GOOD.splitlines()[0], columns))
    empty(database, ready)
    [report] = (ready.jobs.inbox / "done").glob("*.report.json")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["absentColumns"] == ["melder"]
    assert "Tabaksblat" not in report.read_text(encoding="utf-8")
    with database.reading() as connection:
        line = connection.execute(select(imports)).one()
    (attention,) = told["attention"]
    assert attention.startswith("first delivery, without column(s) melder: see whether the export calls them")
    assert (line.id, line.with_reporter) == (told["import"], 0)
    assert line.told == {name: told[name] for name in ("absentColumns", "notes") if name in told}


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
    done = empty_inbox(database, ready, clock=lambda: later, heartbeat=lambda: None)
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
        with path.open("a") as file:

            def goes_on() -> None:
                file.write("M2;2023-03-15 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n")
                file.flush()

            done = empty_inbox(database, ready, clock=lambda: NOW, heartbeat=goes_on)
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
                patch.setattr(OpenFolder, "move", move_no_file)
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


NAME_BYTES = 255
LETTERS = (
    *"aé€𐍈.-_ ()'\"\\\n\t%$;*?[]",
    "\udcfc",
    "\u0301",
    "week",
    ".csv",
    ".report.json",
    ".rejects.csv",
    ".part",
)
ANY_NAME = (
    st.one_of(
        st.lists(st.sampled_from(LETTERS), min_size=1, max_size=200).map("".join),
        st.binary(min_size=1, max_size=NAME_BYTES).map(os.fsdecode),
    )
    .map(lambda name: os.fsdecode(os.fsencode(name.replace("/", "-").replace("\0", "-"))[-NAME_BYTES:]))
    .filter(lambda name: name not in {".", "..", "good.csv"})
)
"""Whatever a file or folder may be called: all bytes but two, and the two names that are taken."""


class TestNames:
    """A file may be called anything; it never stands in the way of those behind it."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """One kind: names are the same to both."""
        return sqlite_url

    @pytest.fixture
    def emptied(
        self, settings: Settings, sqlite_url: str, tmp_path: Path
    ) -> Iterator[Callable[[str, str], set[str]]]:
        """Put a file of a name in a folder of the inbox, another behind it, and empty it."""
        database = Database(sqlite_url)
        with database.writing() as connection:
            fill_with_shipped(connection, settings)
        inbox = tmp_path / "inbox"
        ready = settings.model_copy(update={"jobs": JobsSettings(inbox=inbox)})

        def empty_with(folder: str, name: str) -> set[str]:
            shutil.rmtree(inbox, ignore_errors=True)
            inbox.mkdir()
            put(inbox / folder, name, age=timedelta(hours=5))
            put(inbox, "good.csv", age=timedelta(hours=1))
            empty(database, ready)
            # a second time: what was moved is looked at again, and a move may have to be finished
            empty(database, ready)
            assert not (inbox / "good.csv").exists()
            return {path.name for path in inbox.glob("done/*")}

        yield empty_with
        database.close()

    @hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @example(name="done")
    @example(name="refused")
    @example(name="\udcfcberlast.csv")
    @example(name="w" * 240 + ".csv")
    @example(name="x.csv.report.json ")
    @given(name=ANY_NAME)
    def test_no_name_of_a_file_keeps_the_next_one_waiting(
        self, emptied: Callable[[str, str], set[str]], name: str
    ) -> None:
        done = emptied("", name)
        assert "20240102T080000Z-good.csv" in done
        is_left = name.startswith(".") or name.endswith(
            (".part", ".tmp", ".filepart", ".crdownload", ".report.json", ".rejects.csv")
        )
        assert sum(name.endswith(".report.json") for name in done) == (1 if is_left else 2)

    @hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @example(folder="\udcfcberlast")
    @example(folder="w" * 255)
    @example(folder="good.csv.rejects.csv")
    @example(folder="good.csv.report.json.part")
    @given(folder=ANY_NAME)
    def test_no_name_of_a_folder_keeps_the_next_file_waiting(
        self, emptied: Callable[[str, str], set[str]], folder: str
    ) -> None:
        assert any(name.endswith("good.csv.report.json") for name in emptied(folder, "week.csv"))

    def test_files_whose_names_become_one_do_not_replace_each_other(
        self, database: Database, ready: Settings
    ) -> None:
        for number, mark in enumerate("\udcf1\udcf2\udcf3\udcf4"):
            put(ready.jobs.inbox, f"{mark}.csv", age=timedelta(hours=4 - number))
        assert empty(database, ready)["files"] == 4
        assert len(list(ready.jobs.inbox.glob("done/*_.csv"))) == 4
        with database.reading() as connection:
            assert set(connection.execute(select(imports.c.file_name)).scalars()) == {"_.csv"}

    def test_a_file_that_grew_does_not_replace_a_later_one_of_its_name(
        self, database: Database, ready: Settings
    ) -> None:
        path = put(ready.jobs.inbox, "week.csv", GOOD[: GOOD.rindex(";2023")])
        with path.open("a") as file:
            empty(database, ready)
            file.write("M2;2023-03-15 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n")
        [moved] = ready.jobs.inbox.glob("done/*.csv")
        os.utime(moved, ((NOW - timedelta(minutes=5)).timestamp(),) * 2)
        put(ready.jobs.inbox, "week.csv", GOOD.replace("M1", "M3"))
        assert empty(database, ready)["new"] == 2

    @pytest.mark.parametrize(
        "hinder",
        [
            pytest.param(lambda inbox: (inbox / "done" / "x").symlink_to("/nowhere"), id="a link to nothing"),
            pytest.param(lambda inbox: put(inbox / "done", "x.csv", age=-timedelta()), id="a file by hand"),
            pytest.param(
                lambda inbox: put(inbox, "x.csv.report.json", '{"movedTo": 3}'), id="a report of others"
            ),
            pytest.param(
                lambda inbox: put(inbox, "x.csv.report.json", json.dumps({"movedTo": "done/" + "x" * 300})),
                id="a report with a name that is too long",
            ),
            pytest.param(
                lambda inbox: os.utime(put(inbox, "x.csv"), (10**12, 10**12)), id="a time that is no date"
            ),
        ],
    )
    def test_what_stands_where_it_does_not_belong_keeps_nothing_waiting(
        self, database: Database, ready: Settings, hinder: Callable[[Path], object]
    ) -> None:
        (ready.jobs.inbox / "done").mkdir()
        hinder(ready.jobs.inbox)
        put(ready.jobs.inbox, "good.csv")
        empty(database, ready)
        assert list(ready.jobs.inbox.glob("done/*good.csv"))

    def test_a_report_of_others_moves_nothing_out_of_the_inbox(
        self, database: Database, ready: Settings, tmp_path: Path
    ) -> None:
        put(tmp_path / "elsewhere", "kept.csv")
        put(ready.jobs.inbox, "x.report.json", json.dumps({"movedTo": "../elsewhere/kept.csv"}))
        empty(database, ready)
        assert names(tmp_path / "elsewhere") == ["kept.csv"]

    @pytest.mark.parametrize(
        "error",
        [ValueError("Jansen"), DataError("INSERT", {}, ValueError("Jansen"))],
        ids=["ours", "a value"],
    )
    def test_a_fault_of_ours_in_one_file_refuses_that_file_and_goes_on(
        self, database: Database, ready: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def fail_once(*arguments: object, **options: object) -> ImportResult:
            if Path(str(arguments[2])).name == "first.csv":
                raise error
            return import_reports(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr("jobs.inbox.import_reports", fail_once)
        put(ready.jobs.inbox, "first.csv", age=timedelta(hours=2))
        put(ready.jobs.inbox, "second.csv")
        assert empty(database, ready) == {"files": 2, "refusedFiles": 1, "read": 2, "new": 1, "rejected": 1}
        [report] = ready.jobs.inbox.glob("refused/*.report.json")
        told = json.loads(report.read_text(encoding="utf-8"))["error"]
        assert told == f"unexpected {type(error).__name__}: see the log of this moment"

    @pytest.mark.parametrize(
        "error", [OSError(28, "No space left"), StoreError("locked")], ids=["a full disk", "the database"]
    )
    def test_what_passes_refuses_no_file(
        self, database: Database, ready: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("jobs.inbox.import_reports", fail)
        put(ready.jobs.inbox, "week.csv")
        with pytest.raises(type(error)):
            empty(database, ready)
        assert names(ready.jobs.inbox) == ["week.csv"]


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


real_move = OpenFolder.move


def move_no_file(folder: OpenFolder, name: str, target: OpenFolder, new_name: str) -> None:
    """Stop where a file is moved to where it stays."""
    if new_name.endswith("Z-week.csv"):
        raise KeyboardInterrupt
    real_move(folder, name, target, new_name)


SECRET = b"a key of 32 bytes that nobody may have"


def linked_in_a_folder(inbox: Path, key: Path) -> None:
    """Put a link in the folder of a source."""
    put(inbox / "melddesk", "y.csv")
    (inbox / "melddesk" / "x").symlink_to(key)


def refused_elsewhere(inbox: Path, key: Path) -> None:
    """Put a file that is refused, and let the folder for it be a link."""
    put(inbox, "x.csv", "a;b")
    (inbox / "refused").symlink_to(key.parent)


HOSTILE: dict[str, Callable[[Path, Path], object]] = {
    "a link as part of a report": lambda inbox, key: (inbox / "a.csv.report.json.part").symlink_to(key),
    "a link as report": lambda inbox, key: (inbox / "a.csv.report.json").symlink_to(key),
    "a link as rejects": lambda inbox, key: (inbox / "a.csv.rejects.csv.part").symlink_to(key),
    "a link as delivery": lambda inbox, key: (inbox / "x.csv").symlink_to(key),
    "a link in a folder": linked_in_a_folder,
    "a hard link": lambda inbox, key: (inbox / "x.csv").hardlink_to(key),
    "a linked source": lambda inbox, key: (inbox / "melddesk").symlink_to(key.parent),
    "done is a link": lambda inbox, key: (inbox / "done").symlink_to(key.parent),
    "refused is a link": refused_elsewhere,
    "our folder is a link": lambda inbox, key: (inbox / ".claimed").symlink_to(key.parent),
    "our folder is of others": lambda inbox, _: foreign_folder(inbox / ".claimed"),
    "done is of others": lambda inbox, _: foreign_folder(inbox / "done"),
    "a pipe": lambda inbox, _: os.mkfifo(inbox / "x.csv"),
    "a socket": lambda inbox, _: socket_at(inbox / "x.csv"),
    "a link that turns round": lambda inbox, _: (inbox / "x.csv").symlink_to("x.csv"),
    "a folder that is called as a file": lambda inbox, _: (inbox / "x.csv" / "x.csv").mkdir(parents=True),
}
"""What who delivers can put in the inbox: what it is, and how it gets there beside a key of the system."""


def foreign_folder(path: Path) -> None:
    """Make a folder of another account, in which that one wrote a report that would move the key."""
    path.mkdir()
    (path / ".report.json").write_text(json.dumps({"movedTo": "done/../../kept/key"}), encoding="utf-8")
    if os.geteuid() == 0:
        for found in (path / ".report.json", path):
            os.chown(found, 12345, 12345)


def socket_at(path: Path) -> None:
    """Put a socket in a folder, by a short name: a long one is refused."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path)) if len(str(path)) < 100 else made.bind(os.path.relpath(path))


class TestLinks:
    """Who delivers puts something else than a file in the inbox: it reaches nothing outside."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """One kind: files are the same to both."""
        return sqlite_url

    @pytest.fixture
    def key(self, tmp_path: Path) -> Path:
        """A file beside the inbox that only the system may read, in a folder with an old file."""
        put(tmp_path / "kept", "old.csv", "kept", age=timedelta(days=400))
        path = put(tmp_path / "kept", "key")
        path.write_bytes(SECRET)
        return path

    @pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
    def test_nothing_is_read_written_moved_or_removed_outside_the_inbox(
        self, database: Database, ready: Settings, key: Path, hostile: Callable[[Path, Path], object]
    ) -> None:
        inbox = ready.jobs.inbox
        put(inbox, "a.csv")
        hostile(inbox, key)
        empty(database, ready)
        empty(database, ready)
        remove_imported_files(ready, now=NOW + timedelta(days=1))
        assert (names(key.parent), key.read_bytes()) == (["key", "old.csv"], SECRET)
        told = [path for path in inbox.rglob("*.report.json") if not path.is_symlink()]
        assert [path for path in told if SECRET in path.read_bytes()] == []
        assert len(list(inbox.glob("done/*-a.csv"))) == 1, "the file of another is imported"
        with database.reading() as connection:
            assert SECRET.decode() not in str(connection.execute(select(rejects)).all())

    @pytest.mark.parametrize(
        ("name", "found"),
        [("a link as delivery", "a link"), ("a pipe", "a pipe"), ("a socket", "a socket")],
        ids=["a link", "a pipe", "a socket"],
    )
    def test_what_is_no_file_is_removed_and_told(
        self, database: Database, ready: Settings, key: Path, name: str, found: str
    ) -> None:
        HOSTILE[name](ready.jobs.inbox, key)
        assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
        [report] = (ready.jobs.inbox / "refused").iterdir()
        told = json.loads(report.read_text(encoding="utf-8"))["error"]
        assert told == f"wanted a plain file, found {found}: deliver the file itself"
        assert names(ready.jobs.inbox) == ["refused"]

    def test_a_file_with_another_name_elsewhere_is_refused_and_kept(
        self, database: Database, ready: Settings, key: Path
    ) -> None:
        (ready.jobs.inbox / "x.csv").hardlink_to(key)
        assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
        [report] = (ready.jobs.inbox / "refused").glob("*.report.json")
        assert "found one of 2 (hard links)" in report.read_text(encoding="utf-8")
        assert key.stat().st_nlink == 2

    def test_a_link_that_takes_the_place_of_a_file_between_look_and_claim_is_not_followed(
        self, database: Database, ready: Settings, key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = put(ready.jobs.inbox, "x.csv")

        def swap(folder: OpenFolder, name: str, target: OpenFolder, new_name: str) -> None:
            if name == "x.csv" and path.exists() and not path.is_symlink():
                path.unlink()
                path.symlink_to(key)
            real_move(folder, name, target, new_name)

        monkeypatch.setattr(OpenFolder, "move", swap)
        assert empty(database, ready) == {"files": 1, "refusedFiles": 1}
        assert key.read_bytes() == SECRET

    def test_a_folder_that_takes_the_place_of_the_inbox_or_of_ours_changes_nothing(
        self, database: Database, ready: Settings, key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inbox = ready.jobs.inbox
        put(inbox, "x.csv")

        def swap(*arguments: object, **options: object) -> ImportResult:
            (inbox / ".claimed").rename(inbox / "away")
            (inbox / ".claimed").symlink_to(key.parent)
            return import_reports(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr("jobs.inbox.import_reports", swap)
        assert empty(database, ready)["new"] == 1
        assert (names(key.parent), key.read_bytes()) == (["key", "old.csv"], SECRET)
        assert len(list(inbox.glob("done/*"))) == 3

    def test_an_inbox_that_is_a_link_is_refused(
        self, database: Database, ready: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "link").symlink_to(ready.jobs.inbox)
        linked = ready.model_copy(update={"jobs": JobsSettings(inbox=tmp_path / "link")})
        with pytest.raises(StoreError, match=r"wanted a folder '.*', found a link: name the folder itself"):
            empty(database, linked)

    def test_retention_removes_nothing_where_a_link_took_the_place_of_a_folder(
        self, ready: Settings, key: Path
    ) -> None:
        for name in ("done", "refused"):
            (ready.jobs.inbox / name).symlink_to(key.parent)
        assert remove_imported_files(ready, now=NOW + timedelta(days=4000)) == 0
        assert names(key.parent) == ["key", "old.csv"]

    def test_what_cant_be_taken_fails_the_job_after_the_others_were_done(
        self, database: Database, ready: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def move(folder: OpenFolder, name: str, target: OpenFolder, new_name: str) -> None:
            if name == "x.csv":
                raise PermissionError(13, "Permission denied")
            real_move(folder, name, target, new_name)

        monkeypatch.setattr(OpenFolder, "move", move)
        put(ready.jobs.inbox, "x.csv", age=timedelta(hours=2))
        put(ready.jobs.inbox, "week.csv")
        with pytest.raises(StoreError, match=r"can't take 1 file\(s\) .* such as 'x.csv'"):
            empty(database, ready)
        assert list(ready.jobs.inbox.glob("done/*-week.csv"))

    def test_a_file_that_this_account_may_not_read_is_refused_and_keeps_no_other_waiting(
        self, database: Database, ready: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(OpenFolder, "is_readable", lambda _, name: name != "x.csv")
        put(ready.jobs.inbox, "x.csv", age=timedelta(hours=2))
        put(ready.jobs.inbox, "week.csv")
        assert empty(database, ready) == {"files": 2, "refusedFiles": 1, "read": 2, "new": 1, "rejected": 1}

    def test_what_was_claimed_by_a_process_that_died_is_imported_by_the_next(
        self, database: Database, ready: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(ready.jobs.inbox / "melddesk", "week.csv")
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr("jobs.inbox._import", interrupted)
            patch.setattr("jobs.inbox._give_back", interrupted)
            empty(database, ready)
        assert names(ready.jobs.inbox / ".claimed" / "melddesk") == ["week.csv"]
        assert empty(database, ready)["new"] == 1
        assert names(ready.jobs.inbox) == ["done", "melddesk"]

    def test_files_that_are_called_as_reports_and_rejects_of_others_stay_as_they_were(
        self, database: Database, ready: Settings
    ) -> None:
        kept = [put(ready.jobs.inbox, f"week.csv{end}", "kept") for end in (".rejects.csv", ".report.json")]
        put(ready.jobs.inbox, "week.csv")
        assert empty(database, ready)["rejected"] == 1
        assert [path.read_text() for path in kept] == ["kept", "kept"]
