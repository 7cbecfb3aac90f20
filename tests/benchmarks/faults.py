"""Whether unattended work survives faults: fault x job x database, compared with an undisturbed run.

``python tests/benchmarks/faults.py [--kills 200] [--trials 3] [--seed 1] [--databases sqlite postgresql]
[--jobs inbox …] [--faults kill …]``. A simulated city with reports, files in its inbox and a Signalen that
answers is copied for each trial; a job is begun in a process of its own and disturbed at a random moment,
after which it is done again until it ends well. Then all that the database holds, and every file, is
compared with what the same job left undisturbed. Numbers that the database gives out are compared by what
they point at. It ends with 1 if a trial differs; Ctrl-C or SIGTERM shows what was measured so far.

kill: ``kill -9``, half of the time twice. disk full: database and folders on a disk of a random size below
what they need (a tmpfs, so only as root). restart: the server is stopped at once and started. locked:
another connection holds the database, shorter and longer than is waited for. half a file: it is written in
parts while the job looks. clock: the clock is ten years ahead or behind for a while. two runners: two
schedulers of the jobs asked for, each killed and started again and again; the ledger shows that they never
worked at once.
"""

import argparse
import logging
import os
import pwd
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import structlog
from pydantic import SecretStr
from sqlalchemy import event, select, text
from werkzeug import Request
from werkzeug.serving import make_server

from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.operations import job_runs as job_runs_store
from hotspots.operations.integrity import check_database
from hotspots.publishing import report_files  # noqa: F401  # loaded once, not by each that is forked
from hotspots.settings import (
    DatabaseSettings,
    JobsSettings,
    MunicipalitySettings,
    PrivacySettings,
    RetentionSettings,
    Settings,
    SignalenSettings,
    shipped,
)
from hotspots.settings.sections import AreasSettings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.weekly.weekly_run import run_week
from jobs import signalen as signalen_job
from jobs.runner import JobResult, run_job
from jobs.scheduler import JOBS, keep_timetable
from tests.signalen_server import SignalenServer
from tests.signalen_server import signal as signal_of

NOW = datetime(2023, 11, 27, 7, tzinfo=UTC)
"""A Monday after the weekly run's time: four weekly runs are due, and the nightly work."""

FAULTS = ("kill", "disk full", "restart", "locked", "half a file", "clock", "two runners")
GIVE_UP_S = 240.0

GEBIEDEN: dict[str, tuple[str, ...]] = {
    "Team Oost": ("WK093500", "WK093501", "WK093502", "WK093503"),
    "Team West": ("WK093504", "WK093505", "WK093506", "WK093507"),
}
"""Few: each has a report that is drawn in each trial."""

_QUERIES = {
    "reports": """SELECT r.source, r.source_id, category, status, is_counted, reported_at, occurred_at,
        precision, cell, buurtcode, known_from, content_hash, h.hash FROM reports r LEFT JOIN
        reporters h ON h.id = reporter_id""",
    "locations": """SELECT r.source, r.source_id, l.lon, l.lat, l.located_by, l.address_key, l.found,
        l.why_not_better FROM report_locations l JOIN reports r ON r.id = l.report_id""",
    "texts": "SELECT r.source, r.source_id, t.text FROM report_texts t JOIN reports r ON r.id = t.report_id",
    "versions": """SELECT r.source, r.source_id, v.known_from, v.known_until, v.lon, v.precision FROM
        report_versions v JOIN reports r ON r.id = v.report_id""",
    "reporters": "SELECT hash FROM reporters",
    "imports": "SELECT DISTINCT source, file_name FROM imports",
    "rejects": "SELECT DISTINCT row_number, source_id, reason FROM rejects",
    "runs": "SELECT as_of, window_start, window_end, report_count, located_count, signalled_count FROM runs",
    "detections": """SELECT as_of, place, signalled, suppressed_because, score, d.report_count, d.lon,
        d.lat FROM detections d JOIN runs ON runs.id = run_id""",
    "members": """SELECT as_of, place, r.source, r.source_id FROM detection_reports m JOIN detections d
        ON d.id = detection_id JOIN runs ON runs.id = run_id JOIN reports r ON r.id =
        report_id""",
    "hotspots": "SELECT number, status, version FROM hotspots",
    "states": """SELECT as_of, number, is_signalled, trend, first_report, last_report, s.report_count,
        s.score FROM hotspot_states s JOIN runs ON runs.id = run_id JOIN hotspots h ON h.id =
        hotspot_id""",
    "lineage": """SELECT as_of, a.number, b.number, kind FROM hotspot_lineage JOIN runs ON runs.id =
        run_id JOIN hotspots a ON a.id = from_id JOIN hotspots b ON b.id = to_id""",
    "facts": "SELECT name, value FROM facts WHERE name <> 'wiped at'",
    "removed": "SELECT noon, category, buurtcode, report_count FROM removed_report_days",
}


class Server:
    """A PostgreSQL of the measurement, with commits that hold, and a place for a small disk."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        self._programs = found[0] if found else Path(str(shutil.which("pg_ctl"))).resolve().parent
        self.folder = Path(tempfile.mkdtemp(prefix="hotspots-faults-"))
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self._run(
            "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"
        )
        self.control("start")

    def control(self, what: str) -> None:
        """Start, stop or restart it, at once."""
        options = f"-c listen_addresses= -k {self.folder} -c fsync=off -c shared_buffers=32MB"
        started = () if what == "stop" else ("-o", options)
        mode = () if what == "start" else ("--mode=immediate",)
        self._run("pg_ctl", "--wait", *mode, what, *started)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def do(self, statement: str) -> None:
        """Do something as its administrator."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        prefix = ["runuser", "-u", "postgres", "--"] if self.account else []
        command = [*prefix, str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        with (self.folder.parent / f"{self.folder.name}.log").open("a") as log:
            subprocess.run(command, stdout=log, stderr=log, check=True, cwd="/")

    def close(self) -> None:
        """Stop it, and leave nothing behind."""
        self.control("stop")
        shutil.rmtree(self.folder)
        (self.folder.parent / f"{self.folder.name}.log").unlink()


@dataclass(frozen=True)
class World:
    """A database of one kind with a folder beside it, to be copied for each trial."""

    kind: str
    template: Path
    server: Server | None
    signalen: str

    @contextmanager
    def copied(self, *, on_own_disk: bool = False) -> Iterator["Trial"]:
        """Give a copy to disturb; perhaps on a disk of its own, that can be made small."""
        folder = Path(tempfile.mkdtemp(prefix="hotspots-trial-"))
        name = f"trial_{os.urandom(6).hex()}"
        disk = folder / "disk"
        disk.mkdir()
        if on_own_disk:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk], check=True)
        work = disk / "work"
        shutil.copytree(self.template, work)
        try:
            if self.server is None:
                url = f"sqlite:///{work / 'hotspots.sqlite'}"
            else:
                url, place = self.server.url(name), ""
                if on_own_disk:
                    folder.chmod(0o755)
                    disk.chmod(0o755)
                    (disk / "space").mkdir()
                    if self.server.account:
                        os.chown(disk / "space", self.server.account.pw_uid, self.server.account.pw_gid)
                    self.server.do(f"CREATE TABLESPACE {name} LOCATION '{disk / 'space'}'")
                    place = f" TABLESPACE {name}"
                self.server.do(f"CREATE DATABASE {name} TEMPLATE world{place}")
            yield Trial(self, work, url, disk)
        finally:
            if self.server is not None:
                self.server.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                if on_own_disk:
                    self.server.do(f"DROP TABLESPACE IF EXISTS {name}")
            if on_own_disk:
                subprocess.run(["umount", "-l", disk], check=True)
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Trial:
    """One copy of the world."""

    world: World
    folder: Path
    url: str
    disk: Path

    @property
    def settings(self) -> Settings:
        """The settings of its jobs."""
        return Settings(
            municipality=MunicipalitySettings(name="Maastricht", code="GM0935"),
            database=DatabaseSettings(url=self.url),
            privacy=PrivacySettings(
                reporter_key=SecretStr("a key for measurements only, never for reporters")
            ),
            jobs=JobsSettings(
                inbox=self.folder / "inbox",
                backups=self.folder / "backups",
                backup_key_file=self.folder / "backup.key",
                reports=self.folder / "reports",
            ),
            signalen=SignalenSettings(url=self.world.signalen, token=SecretStr("a-token"), page_size=25),
            areas=AreasSettings(gebieden=GEBIEDEN),
            # of a year of reports a part is over
            retention=RetentionSettings(text_days=215, location_days=240, report_days=300, inbox_days=14),
        )

    def used(self) -> int:
        """Bytes in use on its disk."""
        found = shutil.disk_usage(self.disk)
        return found.used

    def resize(self, size: int) -> None:
        """Give its disk this many bytes."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], check=True)

    def start(self, job: str, *, by_hand: bool = False, wait_ms: int = 30_000) -> int:
        """Begin a job in a process of its own; gives its id."""
        return forked(lambda: self.work(job, by_hand=by_hand, wait_ms=wait_ms))

    def work(self, job: str, *, by_hand: bool, wait_ms: int = 30_000) -> bool:
        """Do a job here; whether it was done."""
        signalen_job.PAGES_PER_IMPORT = 1
        database = Database(self.url)
        if database.is_sqlite and wait_ms != 30_000:
            event.listen(
                database.engine,
                "connect",
                lambda connection, _record: connection.execute(f"PRAGMA busy_timeout={wait_ms}"),
            )
        try:
            result: JobResult = run_job(
                JOBS[job], database, self.settings, clock=lambda: NOW, only_if_due=not by_hand
            )
        finally:
            database.close()
        return result.outcome in {"done", "not due"}

    def finish(self, job: str, *, by_hand: bool = False) -> None:
        """Do a job until it ends well."""
        give_up = time.monotonic() + GIVE_UP_S
        while not ended_well(self.start(job, by_hand=by_hand)):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{job} was not done in {GIVE_UP_S:.0f} s")
            time.sleep(0.05)

    def state(self) -> dict[str, Any]:
        """All that the database and the folder hold, without the numbers that the database gave out."""
        database = Database(self.url)
        try:
            with database.reading() as connection:
                found: dict[str, Any] = {
                    name: Counter(map(repr, map(tuple, connection.execute(text(query)))))
                    for name, query in _QUERIES.items()
                }
            found["problems"] = check_database(database)
        finally:
            database.close()
        found["facts"] = without_moments(found["facts"])
        # after the moment in their names, which is another for who had to try again
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        inbox = [path for path in files if path.is_relative_to(self.folder / "inbox")]
        found["files"] = Counter(
            f"{path.parent.name}/{path.name.partition('Z-')[2] or path.name}" for path in inbox
        )
        in_backups = [path for path in files if path.is_relative_to(self.folder / "backups")]
        backups = [path for path in in_backups if path.name != "erasures.jsonl"]
        reports = [path for path in files if path.is_relative_to(self.folder / "reports")]
        found["weekly reports"] = Counter(path.name for path in reports)
        found["half backups"] = [path.name for path in backups if not is_whole(path)]
        # a name tells its moment; of who had to try again there may be more
        whole = [path for path in backups if is_whole(path)]
        found["last backup"] = rows_of_backup(max(whole)) if whole else None
        return found


def without_moments(facts: Counter[str]) -> Counter[str]:
    """Facts with days in them, and not the moment to the second: that is another for who had to try again."""
    return Counter(
        {
            re.sub(r"(\d{4}-\d\d-\d\d)T[^']*", r"\1", one.partition(', "seen"')[0]): count
            for one, count in facts.items()
        }
    )


def rows_of_backup(path: Path) -> dict[str, Counter[str]]:
    """All that a backup holds, as far as it is compared."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found = {name: Counter(map(repr, connection.execute(query))) for name, query in _QUERIES.items()}
    return found | {"facts": without_moments(found["facts"])}


def is_whole(path: Path) -> bool:
    """Whether a backup is a sound database by the name of a finished one."""
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        [found] = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
        return bool(found == "ok") and path.suffix == ".sqlite"
    return False


def forked(work: Callable[[], bool]) -> int:
    """Do something in a copy of this process; gives its id."""
    process = os.fork()
    if process:
        return process
    code = 2
    try:
        code = 0 if work() else 1
    except BaseException:  # noqa: BLE001  # nothing of this process may go on in the copy
        code = 2
    finally:
        os._exit(code)


def ended_well(process: int) -> bool:
    """Wait for a process; whether it did what it had to."""
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == 0


def kill_after(process: int, seconds: float) -> None:
    """``kill -9`` a process after a while, unless it has ended by then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(min(0.002, max(0.0, until - time.monotonic())))
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def build_world(kind: str, folder: Path, server: Server | None, signalen: str, *, since: str) -> World:
    """Fill a database with most of a year of a simulated city, and put files in its inbox."""
    template = folder / kind
    (template / "inbox").mkdir(parents=True)
    rng = np.random.default_rng(7)
    city = city_of_municipality(
        shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht", crs="EPSG:28992"
    )
    year = simulate_year(city, year=2023, rng=rng)
    write_melddesk(year, folder / "year.csv")
    header, *rows = (folder / "year.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    parts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        moment = row.split(";")[1]
        if moment < since:
            continue
        parts["base" if moment < "2023-10-30" else moment[:7]].append(row)
    for name, lines in parts.items():
        path = folder / "base.csv" if name == "base" else template / "inbox" / f"{name}.csv"
        path.write_text(header + "".join(lines), encoding="utf-8")
        os.utime(path, ((NOW - timedelta(hours=1)).timestamp(),) * 2)
    if server is not None:
        server.do("CREATE DATABASE world")
    url = f"sqlite:///{template / 'hotspots.sqlite'}" if server is None else server.url("world")
    world = World(kind, template, server, signalen)
    settings = Trial(world, template, url, template).settings
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    import_reports(database, settings, folder / "base.csv", "melddesk", now=NOW - timedelta(weeks=4))
    names = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]
    with database.writing() as connection:
        # only now: so that there is something to locate again
        some = city.addresses[names][::8].assign(street_short=None, precision="adres")
        replace_addresses(connection, some.reset_index(drop=True))
    run_week(database, settings, as_of=date(2023, 10, 29), now=NOW - timedelta(weeks=4))
    database.close()
    (folder / "base.csv").unlink()
    (folder / "year.csv").unlink()
    return world


def serve_signalen(pipe: int) -> bool:
    """In a process of its own: answer as Signalen, and tell on which port."""
    start = datetime(2023, 11, 20, tzinfo=UTC)
    server = SignalenServer(
        [signal_of(number, start + timedelta(minutes=20 * number)) for number in range(1, 101)]
    )
    wsgi = Request.application(server)
    listening = make_server("127.0.0.1", 0, wsgi)
    os.write(pipe, str(listening.port).encode())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listening.serve_forever()
    return True


# each gives whether the fault was there; then the job is done again until it ends well


def kill(trial: Trial, job: str, usual_s: float, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 2))):
        kill_after(trial.start(job), rng.uniform(0, usual_s))
    trial.finish(job)


def disk_full(trial: Trial, job: str, _usual_s: float, _rng: random.Random) -> None:
    ended_well(trial.start(job))
    trial.resize(400 << 20)
    trial.finish(job, by_hand=True)


def restart(trial: Trial, job: str, usual_s: float, rng: random.Random) -> None:
    process = trial.start(job)
    time.sleep(rng.uniform(0, usual_s))
    assert trial.world.server is not None
    trial.world.server.control("restart")
    ended_well(process)
    trial.finish(job, by_hand=True)


def locked(trial: Trial, job: str, usual_s: float, rng: random.Random) -> None:
    is_long = rng.random() < 0.5
    process = trial.start(job, wait_ms=100 if is_long else 30_000)
    time.sleep(rng.uniform(0, usual_s))
    with held(trial.url):
        time.sleep(1.0)
    ended_well(process)
    trial.finish(job, by_hand=True)


@contextmanager
def held(url: str) -> Iterator[None]:
    """Hold the database so that no other can write to it, and on PostgreSQL not read either."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()
        connection.close()
        return
    with psycopg.connect(url) as server:
        server.execute("LOCK TABLE reports, runs, job_runs IN ACCESS EXCLUSIVE MODE")
        yield
        server.rollback()


def half_a_file(trial: Trial, job: str, _usual_s: float, rng: random.Random) -> None:
    path = max((trial.folder / "inbox").glob("*.csv"))
    whole = path.read_bytes()
    cut = sorted(rng.sample(range(len(whole)), 3))
    path.unlink()
    with path.open("wb") as file:
        for first, last in zip((0, *cut), (*cut, len(whole)), strict=True):
            file.write(whole[first:last])
            file.flush()
            # so long ago that it seems to be whole, or just now
            changed = NOW - timedelta(seconds=rng.choice((5, 60)))
            for part in trial.folder.rglob(f"*{path.name}"):
                os.utime(part, (changed.timestamp(),) * 2)
            ended_well(trial.start(job, by_hand=True))
        for part in trial.folder.rglob(f"*{path.name}"):
            os.utime(part, ((NOW - timedelta(hours=1)).timestamp(),) * 2)
    for _ in range(2):
        trial.finish(job, by_hand=True)


def clock(trial: Trial, job: str, _usual_s: float, rng: random.Random) -> None:
    """The clock jumps before the job or after it; at the work before that it was right."""
    trial.finish("integrity", by_hand=True)
    right, wrong = rng.randint(0, 3), rng.randint(1, 4)
    jump = timedelta(weeks=rng.choice((-520, 520)))

    def jumps() -> bool:
        stop, seen = threading.Event(), [0]

        def now() -> datetime:
            seen[0] += 1
            if seen[0] > right + wrong:
                stop.set()
            return NOW if seen[0] <= right else NOW + jump

        signalen_job.PAGES_PER_IMPORT = 1
        keep_timetable(stop, clock=now, load=lambda: trial.settings, look_every_s=0.01, jobs=[JOBS[job]])
        return True

    ended_well(forked(jumps))
    trial.finish(job)


def two_runners(trial: Trial, jobs: list[str], kills: int, rng: random.Random) -> list[str]:
    """Two schedulers killed and started again at random; gives what is wrong with the ledger."""
    begun = time.monotonic()

    def now() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - begun)

    def keep() -> bool:
        signalen_job.PAGES_PER_IMPORT = 1
        job_runs_store.DEATHS_FORGIVEN = kills + 1  # as of a machine: all of them come from outside
        kept = [JOBS[job] for job in jobs]
        keep_timetable(threading.Event(), clock=now, load=lambda: trial.settings, look_every_s=0.2, jobs=kept)
        return True

    running = [forked(keep), forked(keep)]
    killed_at: dict[int, datetime] = {}

    def end(process: int) -> None:
        killed_at[process] = now()
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)

    for _ in range(kills):
        time.sleep(rng.uniform(0.1, 1.5))
        chosen = rng.randrange(2)
        end(running[chosen])
        running[chosen] = forked(keep)
    give_up = time.monotonic() + GIVE_UP_S
    lines: list[Any] = []
    while time.monotonic() < give_up and {line.job for line in lines if line.outcome == "done"} != set(jobs):
        time.sleep(0.5)
        lines = ledger_of(trial)
    for process in running:
        end(process)
    return wrong_in(ledger_of(trial), jobs, killed_at)


def wrong_in(lines: list[Any], jobs: list[str], killed_at: dict[int, datetime]) -> list[str]:
    """What a ledger shows of two that worked at once, of work done twice, and of work not done.

    Parameters
    ----------
    killed_at
        When each process that kept the timetable was killed.
    """
    done = Counter((line.job, line.planned_for) for line in lines if line.outcome == "done")
    wrong = [
        f"{job} was done {count} times for {planned}" for (job, planned), count in done.items() if count > 1
    ]
    wrong += [f"{job} was never done" for job in jobs if job not in {job for job, _ in done}]
    wrong += [f"{line.job} failed: {line.message}" for line in lines if line.outcome == "failed"]
    for one, other in pairwise(lines):
        # one that died worked until its process was killed, and not longer
        ended = one.finished_at or killed_at[int(one.runner.rpartition(":")[2])]
        if other.started_at < ended:
            wrong.append(f"{other.job} began {ended - other.started_at} before {one.job} ended")
    return wrong


def ledger_of(trial: Trial) -> list[Any]:
    database = Database(trial.url)
    with database.reading() as connection:
        lines = list(connection.execute(select(job_runs).order_by(job_runs.c.id)))
    database.close()
    return lines


DISTURB: dict[str, Callable[[Trial, str, float, random.Random], None]] = {
    "kill": kill,
    "disk full": disk_full,
    "restart": restart,
    "locked": locked,
    "half a file": half_a_file,
    "clock": clock,
}


def is_possible(fault: str, job: str, kind: str) -> bool:
    """Whether a fault makes sense for a job on a kind of database."""
    if fault == "restart":
        return kind == "postgresql"
    if fault == "disk full":
        return os.geteuid() == 0
    return fault != "half a file" or job == "inbox"


class Table:
    """How many trials ended in the state of an undisturbed run, and of how many."""

    def __init__(self) -> None:
        self.same: Counter[tuple[str, str, str]] = Counter()
        self.all: Counter[tuple[str, str, str]] = Counter()
        self.differences: list[str] = []

    def add(self, fault: str, job: str, kind: str, difference: str) -> None:
        """Count a trial."""
        self.all[fault, job, kind] += 1
        self.same[fault, job, kind] += not difference
        if difference:
            self.differences.append(f"{fault}, {job}, {kind}: {difference}")
            print(self.differences[-1], flush=True)

    def show(self, kinds: list[str], seconds: float) -> None:
        """Print it."""
        jobs = list(dict.fromkeys(job for _, job, _ in self.all))
        print(f"{'fault':<14}{'database':<13}" + "".join(f"{job:>13}" for job in jobs))
        for fault in FAULTS:
            for kind in kinds:
                cells = [
                    f"{self.same[fault, job, kind]}/{self.all[fault, job, kind]}"
                    if self.all[fault, job, kind]
                    else "-"
                    for job in jobs
                ]
                if set(cells) != {"-"}:
                    print(f"{fault:<14}{kind:<13}" + "".join(f"{cell:>13}" for cell in cells))
        print(
            f"{sum(self.same.values())} of {sum(self.all.values())} the same, in {seconds:.0f} s", flush=True
        )


def difference(found: dict[str, Any], wanted: dict[str, Any], but: str = "") -> str:
    """In which parts two states differ, and by how much; one part may be left out."""
    parts = []
    for name, value in wanted.items():
        if name != but and found[name] != value:
            if isinstance(value, Counter):
                lost, extra = value - found[name], found[name] - value
                parts.append(
                    f"{name} lacks {sum(lost.values())}, has {sum(extra.values())} too many: "
                    f"{[*lost, *extra][0][:160]}"
                )
            else:
                parts.append(f"{name}: wanted {value}, found {found[name]}")
    return "; ".join(parts)


def measure(world: World, asked: argparse.Namespace, table: Table, rng: random.Random) -> None:
    """Do all trials on one kind of database."""
    jobs = [job for job in JOBS if job in asked.jobs]
    kills = asked.kills // (len(asked.databases) * len(jobs)) if "kill" in asked.faults else 0
    left_over = (
        asked.kills - kills * len(asked.databases) * len(jobs) if world.kind == asked.databases[0] else 0
    )
    for number, job in enumerate(jobs):
        with world.copied() as trial:
            prepare(trial, job)
            begun, before = time.monotonic(), folder_size(trial)
            trial.finish(job)
            usual_s, growth = time.monotonic() - begun, max(folder_size(trial) - before, 100_000)
            wanted = trial.state()
        print(f"{world.kind}, {job}: {usual_s:.1f} s undisturbed", flush=True)
        for fault in (name for name in asked.faults if name in DISTURB):
            if not is_possible(fault, job, world.kind):
                continue
            extra = left_over if number == 0 else 0
            for _ in range(kills + extra if fault == "kill" else asked.trials):
                small = int(growth * rng.uniform(0.02, 0.9)) if fault == "disk full" else None
                with world.copied(on_own_disk=small is not None) as trial:
                    prepare(trial, job)
                    if small is not None:
                        trial.resize(trial.used() + small)
                    try:
                        DISTURB[fault](trial, job, usual_s, rng)
                    except TimeoutError as error:
                        table.add(fault, job, world.kind, str(error))
                        continue
                    # of a file that was read in part, the row where it then ended is on record as refused
                    but = "rejects" if fault == "half a file" else ""
                    table.add(fault, job, world.kind, difference(trial.state(), wanted, but))
            print(f"{fault}, {job}, {world.kind}: {table.all[fault, job, world.kind]} done", flush=True)
    if "two runners" in asked.faults:
        with world.copied() as trial:
            for job in jobs:
                trial.finish(job)
            wanted = trial.state()
        for _ in range(asked.trials):
            with world.copied() as trial:
                wrong = two_runners(trial, jobs, asked.runner_kills, rng)
                wrong += filter(None, [difference(trial.state(), wanted)])
                table.add("two runners", "all", world.kind, "; ".join(wrong))
            print(
                f"two runners, {world.kind}: {table.all['two runners', 'all', world.kind]} done", flush=True
            )


def prepare(trial: Trial, job: str) -> None:
    """Do first what a job waits for."""
    if job == "reports":
        trial.finish("weekly")


def folder_size(trial: Trial) -> int:
    """Bytes of the folder, and of the database where that is elsewhere."""
    size = sum(path.stat().st_size for path in trial.folder.rglob("*") if path.is_file())
    if trial.world.server is not None:
        with psycopg.connect(trial.url) as connection:
            [found] = connection.execute("SELECT pg_database_size(current_database())").fetchone() or [0]
            size += int(found)
    return size


def nothing_stays(kills: int) -> bool:
    """Kill each command that writes a file so often, and look for what stayed; the test has it in small."""
    test = ("tests/jobs/test_what_is_written.py", "-k", "killed")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *test]
    root = Path(__file__).parents[2]
    return (
        subprocess.run(command, cwd=root, env={**os.environ, "KILLS": str(kills)}, check=False).returncode
        == 0
    )


def main() -> int:
    """Build the worlds, disturb them, and print the table; 1 if anything differed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--kills", type=int, default=200, help="Random kills in all, over jobs and databases."
    )
    parser.add_argument("--trials", type=int, default=3, help="Of each other fault, job and database.")
    parser.add_argument("--runner-kills", type=int, default=20, help="In each trial of two runners.")
    parser.add_argument(
        "--command-kills", type=int, default=30, help="Of each command that writes a file; 0: none."
    )
    parser.add_argument("--since", default="2023-01-01", help="First day of the reports that are there.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--jobs", nargs="+", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=FAULTS)
    asked = parser.parse_args()
    if asked.command_kills and not nothing_stays(asked.command_kills):
        return 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has it ignored
        signal.signal(number, signal.default_int_handler)
    table, rng, begun = Table(), random.Random(asked.seed), time.monotonic()
    reading, writing = os.pipe()
    answering = forked(lambda: serve_signalen(writing))
    signalen = f"http://127.0.0.1:{os.read(reading, 10).decode()}"
    server = None
    try:
        with tempfile.TemporaryDirectory(prefix="hotspots-world-") as name:
            for kind in asked.databases:
                server = Server() if kind == "postgresql" else None
                world = build_world(kind, Path(name), server, signalen, since=asked.since)
                # what is measured so far is shown also when there is no time for the rest
                with suppress(KeyboardInterrupt):
                    measure(world, asked, table, rng)
                if server is not None:
                    server.close()
                    server = None
    finally:
        os.kill(answering, signal.SIGKILL)
        os.waitpid(answering, 0)
        if server is not None:
            server.close()
    table.show(asked.databases, time.monotonic() - begun)
    return int(bool(table.differences))


if __name__ == "__main__":
    sys.exit(main())
