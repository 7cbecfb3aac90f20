"""`hotspots fleet`: many municipalities at a time, each as if it were alone, here and on Dask."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from hotspots.operations import executors
from hotspots.settings import load_settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import runs
from hotspots.weekly.weekly_run import run_week

CODES = ("gm1", "gm2", "gm3", "gm4")
AS_OF = date(2023, 12, 31)
HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)


@pytest.fixture
def fleet(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Four municipalities with a delivery each, of a place with more reports in each next one."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    for number, code in enumerate(CODES):
        shutil.copyfile(migrated_sqlite, tmp_path / f"{code}.sqlite")
        (folder / f"{code}.toml").write_text(
            f'[municipality]\nname = "Gemeente {number}"\ncode = "{code.upper()}"\n'
            f'[database]\nurl = "sqlite:///{code}.sqlite"\n'
            f'[privacy]\nreporter_key_file = "{code}.key"\n'
            f'[jobs]\ninbox = "{code}-inbox"\nreports = "{code}-reports"\n',
            encoding="utf-8",
        )
        _deliver(tmp_path / f"{code}-inbox", count=10 + number)
    return folder


@pytest.fixture
def run(
    hotspots_command: Path, environment: dict[str, str], tmp_path: Path
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the command as a process of its own, in which each has its own key."""
    del environment["HOTSPOTS_PRIVACY_REPORTER_KEY"]

    def run(*arguments: str | Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [hotspots_command, *arguments],
            cwd=tmp_path,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A cluster of Dask with one worker in a process of its own; its address, and the worker's process."""
    distributed = pytest.importorskip("distributed")
    for name in [name for name in os.environ if name.startswith("HOTSPOTS_")]:
        monkeypatch.delenv(name)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        (pid,) = client.run(os.getpid).values()
        yield cluster.scheduler_address, pid


def test_each_gets_what_it_gets_alone_and_a_broken_database_stops_no_other(
    run: Callable[..., "subprocess.CompletedProcess[str]"],
    fleet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheduler: tuple[str, int],
) -> None:
    imported = json.loads(run("fleet", "import", "--settings", fleet, "--workers", "2", "--json").stdout)
    assert [row["result"]["new"] for row in imported["municipalities"]] == [10, 11, 12, 13]
    (tmp_path / "gm3.sqlite").write_bytes(b"no database " * 1000)
    monkeypatch.chdir(tmp_path)
    alone = {code: _hash_alone(fleet, tmp_path, code) for code in ("gm1", "gm2", "gm4")}
    assert len(set(alone.values())) == 3

    address, worker = scheduler
    asked = ("fleet", "detect", "--settings", fleet, "--as-of", AS_OF.isoformat())
    told = run(*asked, "--scheduler", address, code=1)
    _, *lines = (line.split() for line in told.stdout.splitlines())
    assert [line[:3] for line in lines[:4]] == [
        ["gm1", "GM1", "done"],
        ["gm2", "GM2", "done"],
        ["gm3", "GM3", "failed"],
        ["gm4", "GM4", "done"],
    ]
    assert "file is not a database" in " ".join(lines[2])
    assert lines[0][4:7] == [AS_OF.isoformat(), "10", "10"]
    assert lines[4:7] == [["job", "detect"], ["done", "3"], ["failed", "1"]]
    assert not told.stderr
    assert {code: _hash(tmp_path, code) for code in alone} == alone
    # what the delivery and the keys say was in processes that are gone by now
    memory = _memory_of(worker)
    assert b"jobs.commands.fleet" in memory
    for code in alone:
        assert (tmp_path / f"{code}.key").read_bytes().strip() not in memory
    assert b"Zonnebloemplantsoen" not in memory


def test_the_timetable_of_each_is_kept_until_it_is_asked_to_stop(
    hotspots_command: Path, environment: dict[str, str], fleet: Path, tmp_path: Path
) -> None:
    del environment["HOTSPOTS_PRIVACY_REPORTER_KEY"]
    (fleet / "gm2.toml").write_text("[municipality\n", encoding="utf-8")
    command: list[str | Path] = [
        hotspots_command,
        "schedule",
        "--settings",
        fleet,
        "--only",
        "gm1,gm2",
        "--workers",
        "1",
    ]
    with (
        closing(Database(f"sqlite:///{tmp_path}/gm1.sqlite")) as database,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, text=True, stderr=subprocess.PIPE
        ) as process,
    ):
        end = monotonic() + 60
        while not _finished(database, "inbox"):
            assert monotonic() < end
            sleep(0.1)
        process.terminate()
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert "job done" in told
    assert '"municipality": "GM1"' in told
    assert '"settings": "gm2"' in told
    assert "is not valid TOML" in told
    assert not list(tmp_path.glob("gm1-inbox/*.csv"))  # imported


@pytest.mark.postgresql
def test_schemas_of_one_database_are_apart_and_do_not_wait_for_each_other(
    postgresql: Callable[[str], str], tmp_path: Path
) -> None:
    names = [f"gm_{uuid4().hex}" for _ in range(2)]
    one, other = (Database(f"{postgresql('postgres')}&options=-csearch_path%3D{name}") for name in names)
    with closing(one), closing(other):
        one.upgrade()
        other.upgrade()
        with one.connected() as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'reports' AND schemaname = ANY(%s)"
            assert connection.exec_driver_sql(tables, (names,)).scalar() == 2
        with one.exclusive_lock("jobs"), other.exclusive_lock("jobs"):
            pass
        for database in (one, other):
            with database.connected() as connection:
                connection.exec_driver_sql(f"DROP SCHEMA {names.pop(0)} CASCADE")
                connection.commit()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--only", "GM44"), 1, "found 'GM44'; did you mean 'GM4'"),
        (("--workers", "0"), 2, "should be greater than or equal to 1"),
        (("--workers", "1", "--scheduler", "tcp://localhost:1"), 2, "not both"),
        (("--scheduler", "localhost"), 1, "wanted the address of a scheduler of Dask"),
        (("--scheduler", "tcp://127.0.0.1:1"), 1, "found none that answers in 0.2 s"),
        (("--settings", "absent"), 1, "wanted a folder"),
        (("--as-of", "2023-13-01"), 2, "wanted a day such as 2023-12-31"),
    ],
    ids=[
        "a code that is not there",
        "no workers",
        "both here and there",
        "half an address",
        "no scheduler",
        "no folder",
        "no day",
    ],
)
def test_wrong_options_are_refused_in_a_clear_line(
    run_command: Any,
    fleet: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr(executors, "CONNECT_S", 0.2)
    done = run_command("fleet", "detect", "--settings", fleet, *arguments, code=code)
    assert told in " ".join(done.stderr.replace("│", "").split())
    assert not done.stdout


def _finished(database: Database, job: str) -> bool:
    with database.reading() as connection:
        query = select(job_runs.c.id).where(job_runs.c.job == job, job_runs.c.outcome == "done")
        return connection.execute(query).first() is not None


def _deliver(inbox: Path, count: int) -> None:
    """Put a delivery in an inbox that nobody has written to for a while."""
    inbox.mkdir()
    rows = [
        f"M{number};{AS_OF - timedelta(days=9 * number + 1)} 21:35;Overlast drugs;Dealen;Zonnebloemplantsoen;"
        f";;;;;;176100;317900;melder{number}"
        for number in range(count)
    ]
    file = inbox / "delivery.csv"
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    long_ago = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
    os.utime(file, (long_ago, long_ago))


def _hash_alone(fleet: Path, folder: Path, code: str) -> str:
    """The fingerprint of a run on a copy of the database, without a fleet."""
    shutil.copyfile(folder / f"{code}.sqlite", folder / f"{code}-alone.sqlite")
    with closing(Database(f"sqlite:///{folder}/{code}-alone.sqlite")) as database:
        run_week(database, load_settings(fleet / f"{code}.toml", {}), as_of=AS_OF, now=datetime.now(UTC))
    return _hash(folder, f"{code}-alone")


def _hash(folder: Path, name: str) -> str:
    with closing(Database(f"sqlite:///{folder}/{name}.sqlite")) as database, database.reading() as connection:
        assert connection.execute(select(reports.c.id)).first()
        found: str = connection.execute(select(runs.c.result_hash)).scalar_one()
    return found


def _memory_of(pid: int) -> bytes:
    """All that a process has in memory that it can write to."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(address, 16) for address in span.split("-"))
                memory.seek(start)
                parts.append(memory.read(end - start))
    return b"".join(parts)
