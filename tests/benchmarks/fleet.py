"""Forty municipalities at a time, on processes and on Dask, with a worker killed and a database broken.

``make bench BENCH=fleet`` (``--municipalities 40 --years 8 --weeks 4``): simulated years are imported once
and copied, each municipality with settings of its own. The baseline does the replay of those weeks one by
one in this process, which keeps all its modules. Then ``hotspots fleet replay`` does it with 1 and with 2
workers; with 2 workers of which one is killed, and one database that is none; and on a cluster of Dask with 2
workers of which one is killed. After each, every run of every municipality must be what it is alone, by its
fingerprint. Prints seconds, efficiency against the baseline, and the most memory of all processes together.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import psutil
from distributed import Client, LocalCluster
from sqlalchemy import select

from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.settings import Settings, load_settings, shipped
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.run_tables import runs
from hotspots.weekly.weekly_run import replay
from tests.benchmarks.measuring import memory_mb

LAST = date(2023, 12, 31)
NOW = datetime(2024, 1, 1, 6, tzinfo=UTC)
ADDRESS = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]


@dataclass
class Watched:
    """The processes that a command started, seen ten times a second: their most memory, and whom to kill."""

    root: int
    kill_one: bool = False
    most_mb: float = 0.0
    killed: list[int] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until it is over."""
        command = psutil.Process(self.root)
        while not self.is_over.wait(0.1):
            with suppress(psutil.NoSuchProcess):
                started = command.children()
                units = [unit for one in started for unit in one.children()]
                # of what processes share, each has its part
                used = sum(one.memory_full_info().pss for one in (command, *started, *units))
                self.most_mb = max(self.most_mb, used / 2**20)
                if self.kill_one and units and not self.killed:
                    units[0].kill()
                    self.killed.append(units[0].pid)


def build(folder: Path, municipalities: int, years: int) -> None:
    """Import simulated years, and copy them for municipalities with settings of their own."""
    (folder / "settings").mkdir()
    for number in range(years):
        rng = np.random.default_rng(number)
        city = city_of_municipality(
            shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht", crs="EPSG:28992"
        )
        write_melddesk(simulate_year(city, year=2023, rng=rng), folder / "year.csv")
        with closing(Database(f"sqlite:///{folder}/year{number}.sqlite")) as database:
            database.upgrade()
            settings = Settings.model_validate({"municipality": {"name": "Maastricht", "code": "GM0935"}})
            settings = settings.model_copy(
                update={
                    "privacy": settings.privacy.model_copy(
                        update={"reporter_key_file": folder / "reporter.key"}
                    )
                }
            )
            with database.writing() as connection:
                fill_with_shipped(connection, settings)
                register = city.addresses[ADDRESS].assign(street_short=None, precision="adres")
                replace_addresses(connection, register)
            import_reports(database, settings, folder / "year.csv", "melddesk", now=NOW)
    for number in range(municipalities):
        code = f"gm{9000 + number}"
        (folder / "settings" / f"{code}.toml").write_text(
            f'[municipality]\nname = "Gemeente {number}"\ncode = "{code.upper()}"\n'
            f'[database]\nurl = "sqlite:///{folder}/{code}.sqlite"\n'
            f'[privacy]\nreporter_key_file = "{folder}/{code}.key"\n',
            encoding="utf-8",
        )


def renew(folder: Path, years: int) -> list[str]:
    """Put fresh copies of the databases; gives the names of the municipalities."""
    names = sorted(path.stem for path in (folder / "settings").glob("*.toml"))
    for number, name in enumerate(names):
        for left in folder.glob(f"{name}.sqlite*"):
            left.unlink()
        shutil.copyfile(folder / f"year{number % years}.sqlite", folder / f"{name}.sqlite")
    return names


def alone(folder: Path, names: list[str], first: date) -> tuple[float, dict[str, list[str]]]:
    """Do the weeks one municipality after another, in this process; seconds and fingerprints."""
    start = perf_counter()
    for name in names:
        settings = load_settings(folder / "settings" / f"{name}.toml", {})
        with closing(Database(settings.database.url)) as database:
            for _ in replay(database, settings, first=first, last=LAST, now=NOW):
                pass
    return perf_counter() - start, fingerprints(folder, names)


def fingerprints(folder: Path, names: list[str]) -> dict[str, list[str]]:
    """Of every run of each municipality."""
    found = {}
    for name in names:
        with closing(Database(f"sqlite:///{folder}/{name}.sqlite")) as database, database.reading() as read:
            found[name] = list(read.execute(select(runs.c.result_hash).order_by(runs.c.as_of)).scalars())
    return found


def fleet(
    folder: Path, first: date, *options: str, kill_one: bool = False
) -> tuple[float, dict[str, str], Watched]:
    """Do them by the command; seconds, why some failed, and what was seen of its processes."""
    command = [
        *(str(Path(sys.executable).with_name("hotspots")), "fleet", "replay", "--json"),
        *("--settings", str(folder / "settings"), "--from", first.isoformat(), "--to", LAST.isoformat()),
        *options,
    ]
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        watched = Watched(process.pid, kill_one)
        watching = threading.Thread(target=watched.watch)
        watching.start()
        told = json.loads(process.communicate()[0])
        watched.is_over.set()
        watching.join()
    failed = {row["name"]: row["problem"] for row in told["municipalities"] if row["outcome"] == "failed"}
    return perf_counter() - start, failed, watched


@contextmanager
def cluster(kill_one: bool) -> Iterator[tuple[str, list[int]]]:
    """Give the address of a scheduler of Dask with two workers, of which one is killed after a while."""
    killed: list[int] = []
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as started,
        Client(started, set_as_default=False) as client,
    ):
        victims = list(client.run(os.getpid).values())

        def kill() -> None:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

        timer = threading.Timer(8, kill)
        if kill_one:
            timer.start()
        yield started.scheduler_address, killed
        timer.cancel()


def main() -> int:
    """Build, do, compare, print; 1 if a result differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--municipalities", type=int, default=40)
    parser.add_argument("--years", type=int, default=8)
    parser.add_argument("--weeks", type=int, default=4)
    asked = parser.parse_args()
    first = LAST - timedelta(weeks=asked.weeks - 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, asked.municipalities, asked.years)
        names = renew(folder, asked.years)
        begun_s, wanted = alone(folder, names, first)
        peak = memory_mb("VmHWM")
        print(f"alone, one by one in one process: {begun_s:.1f} s, {peak:.0f} MB", flush=True)
        is_equal = True

        def compare(what: str, seconds: float, workers: int, others: list[str], told: str) -> None:
            nonlocal is_equal
            found = fingerprints(folder, others)
            equal = sum(found[one] == wanted[one] for one in others)
            is_equal &= equal == len(others)
            share = begun_s / (seconds * workers)
            print(
                f"{what}: {seconds:.1f} s, efficiency {share:.0%}, {equal} of {len(others)} equal{told}",
                flush=True,
            )

        for workers in (1, 2):
            renew(folder, asked.years)
            seconds, failed, seen = fleet(folder, first, "--workers", str(workers))
            told = f", at most {seen.most_mb:.0f} MB"
            compare(f"processes, {workers} worker(s)", seconds, workers, names, told)
            is_equal &= not failed
        right = names[:-1]
        for what, run in _disturbed(folder, first):
            renew(folder, asked.years)
            (folder / f"{names[-1]}.sqlite").write_bytes(b"no database " * 10_000)
            seconds, failed, killed = run()
            told = f", killed: {len(killed)}, failed: {failed}"
            compare(what, seconds, 2, right, told)
            is_equal &= failed.keys() == {names[-1]} and bool(killed)
    return 0 if is_equal else 1


def _disturbed(
    folder: Path, first: date
) -> Iterator[tuple[str, Callable[[], tuple[float, dict[str, str], list[int]]]]]:
    def processes() -> tuple[float, dict[str, str], list[int]]:
        seconds, failed, seen = fleet(folder, first, "--workers", "2", kill_one=True)
        return seconds, failed, seen.killed

    def dask() -> tuple[float, dict[str, str], list[int]]:
        with cluster(kill_one=True) as (address, killed):
            seconds, failed, _ = fleet(folder, first, "--scheduler", address)
        return seconds, failed, killed

    yield "processes, 2 workers, one killed, one database broken", processes
    yield "Dask, 2 workers, one killed, one database broken", dask


if __name__ == "__main__":
    sys.exit(main())
