"""Deliveries that are made to break their reader, each beside an innocent one, for as long as asked.

``make bench BENCH="hostile_reading --seconds 600"``, or ``python -m tests.benchmarks.hostile_reading
[--seconds 600] [--seed 1]``. Reports go through the inbox, boundaries and registers through their readers. A
process of its own does it; when that is lost, it is counted and another goes on. Printed are the files tried,
the processes lost, the most memory of the process and of its readers, the longest that a file took, and how
much later the innocent delivery was done than alone: on the clock, which other work on the machine slows, and
in seconds of the processor, without those that as many rows take in any delivery. It ends with 1 when a
process was lost, an innocent delivery was not imported, or a limit was passed.
"""

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from statistics import median
from time import monotonic
from typing import Any

from hotspots.errors import HotspotsError
from hotspots.geocoding.address_file import read_address_file
from hotspots.geography.area_files import read_area_file
from hotspots.settings import (
    DatabaseSettings,
    JobsSettings,
    PrivacySettings,
    Settings,
    load_settings,
    shipped,
)
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.inbox import empty_inbox
from tests import hostile_files
from tests.benchmarks.measuring import ROOT
from tests.hostile_files import Builder

NOW = datetime(2024, 1, 2, 8, tzinfo=UTC)
MOST_MEMORY_MB = 1300
"""Of a reader: its own, and what a file may take."""

MOST_OWN_MB = 250
"""Of the process itself, above what it took before the first file."""

MOST_DELAY_S = 1.0
ROW_S = 0.0005
"""Of the processor, for a row that is refused and kept to be looked at."""

HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder\n"
)
ROW = "M{};2023-03-14 21:35;Overlast drugs;;;;;;;;;176200;317800;m1\n"
Read = Callable[[Path], object]


def main() -> int:
    """Try for as long as asked, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        for found in tried(options.seconds, options.seed):
            print(json.dumps(found), flush=True)
        return 0
    until, lost, seed = monotonic() + options.seconds, 0, options.seed
    results: list[dict[str, Any]] = []
    while (left := until - monotonic()) > 0:
        options_of_worker = ["--worker", "--seconds", str(left), "--seed", str(seed)]
        worker = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{Path(__file__).stem}", *options_of_worker],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
        results += [json.loads(line) for line in worker.stdout.splitlines()]
        lost += worker.returncode != 0
        seed += 1
    return _told(results, lost)


def _told(results: list[dict[str, Any]], lost: int) -> int:
    delayed = max(results, key=lambda one: one["delay_s"] or 0)
    longest = max(results, key=lambda one: one["took_s"])
    largest = max(results, key=lambda one: one["reader_mb"])
    own = max(one["own_mb"] for one in results)
    outcomes = Counter(one["outcome"] for one in results)
    absent = outcomes["the innocent delivery was not imported"]
    over = Counter(one["name"] for one in results if (one["delay_processor_s"] or 0) > MOST_DELAY_S)
    worked = max(results, key=lambda one: one["delay_processor_s"] or 0)
    print(f"files tried: {len(results)}, {sum(one['delay_s'] is not None for one in results)} by the inbox")
    print(f"processes lost: {lost}; innocent deliveries not imported: {absent}")
    print(f"outcomes: {dict(outcomes.most_common())}")
    print(f"most memory: {own} MB more in the process, {largest['reader_mb']} MB in a reader")
    print(f"longest: {longest['took_s']:.2f} s ({longest['name']})")
    print(f"longest delay of an innocent delivery: {delayed['delay_s']:.2f} s ({delayed['name']})")
    print(f"  by the processor: {worked['delay_processor_s']:.2f} s ({worked['name']})")
    print(f"  over {MOST_DELAY_S:g} s by the processor: {over.total()} {dict(over.most_common(8))}")
    print(f"load of the machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    return int(bool(lost or absent or over or own > MOST_OWN_MB or largest["reader_mb"] > MOST_MEMORY_MB))


def tried(seconds: float, seed: int) -> Iterator[dict[str, Any]]:
    """Try files until the time is over; tells of each what it cost."""
    luck = random.Random(seed)  # the same files for a seed
    began = monotonic()
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        settings, database = _ready(folder)
        alone = [_emptied(database, settings, None) for _ in range(5)]
        alone_s, alone_processor_s = (median(one[at] for one in alone) for at in (0, 1))
        while monotonic() - began < seconds:
            source, name, build = _next(luck)
            place = folder / "built"
            place.mkdir()
            path = build(place)
            Path("/proc/self/clear_refs").write_text("5")  # the most memory counts from here
            start, before_mb = monotonic(), _own_mb()
            delay_s = delay_processor_s = None
            if isinstance(source, str):
                target = settings.jobs.inbox / source
                target.mkdir(exist_ok=True)
                both = _emptied(database, settings, path.rename(target / path.name))
                delay_s = both[0] - alone_s
                delay_processor_s = both[1] - alone_processor_s - both[2] * ROW_S
                is_there = list((settings.jobs.inbox / "done").glob("*innocent.csv"))
                outcome = "through the inbox" if is_there else "the innocent delivery was not imported"
            else:
                outcome = _outcome(source, path)
            yield {
                "name": name,
                "outcome": outcome,
                "delay_s": delay_s,
                "delay_processor_s": delay_processor_s,
                "took_s": monotonic() - start,
                "own_mb": max(0, _own_mb() - before_mb),
                "reader_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000,
            }
            rmtree(place)
            rmtree(settings.jobs.inbox)
            settings.jobs.inbox.mkdir()


def _ready(folder: Path) -> tuple[Settings, Database]:
    (folder / "inbox").mkdir()
    settings = load_settings(shipped("config/hotspots.toml")).model_copy(
        update={
            "database": DatabaseSettings(url=f"sqlite:///{folder / 'hotspots.sqlite'}"),
            "privacy": PrivacySettings(reporter_key_file=folder / "key"),
            "jobs": JobsSettings(inbox=folder / "inbox"),
        }
    )
    database = Database(settings.database.url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return settings, database


def _emptied(database: Database, settings: Settings, hostile: Path | None) -> tuple[float, float, int]:
    """Seconds until the inbox is empty, on the clock and of the processor, and rows; the innocent is last."""
    innocent = settings.jobs.inbox / "innocent.csv"
    innocent.write_text(HEADER + "".join(ROW.format(number) for number in range(20)))
    for path, age_s in ((innocent, 3600), *([(hostile, 7200)] if hostile else [])):
        os.utime(path, (NOW.timestamp() - age_s,) * 2)
    began, worked = monotonic(), _processor_s()
    done = empty_inbox(database, settings, clock=lambda: NOW, heartbeat=lambda: None)
    return monotonic() - began, _processor_s() - worked, done.counts["read"]


def _processor_s() -> float:
    """What this process and its readers that ended took."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _outcome(read: Read, path: Path) -> str:
    try:
        read(path)
    except HotspotsError as error:
        return "ended its reader" if "ended its reader" in str(error) else "refused"
    return "read"


def _own_mb() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1000


def _next(luck: random.Random) -> tuple[str | Read, str, Builder]:
    """Where it goes, what it is, and how it is built: one that is known, or one of these with other bytes."""
    where, builders = luck.choice(_DOORS)
    name, build = luck.choice(list(builders.items()))
    if luck.random() < 0.5:
        return where, name, build
    if luck.random() < 0.5 and where in ("open311", "melddesk"):
        return where, "of chance", _of_chance(luck, where)
    return where, f"{name}, mutated", lambda folder: _mutated(build(folder), luck)


def _mutated(path: Path, luck: random.Random) -> Path:
    data = bytearray(path.read_bytes())
    for _ in range(luck.randint(1, 20)):
        at, length = luck.randrange(len(data) + 1), luck.choice((1, 4, 100, 10_000))
        match luck.randrange(4):
            case 0:
                data[at : at + length] = luck.randbytes(length)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * luck.choice((1, 10, 100))
            case _:
                data[at : at + length] = luck.choice((b"\xff", b"\0", b"9", b"[", b'"', b"<")) * length
    path.write_bytes(bytes(data) or b"x")
    return path


def _of_chance(luck: random.Random, where: str) -> Builder:
    many = int(10 ** luck.uniform(1, 5.3))
    if where == "melddesk":
        odd = luck.choice(('"', ";", "\0", "\r", '""', ' "', "é", "9" * 5000, "e9", "=", "İ")) * many
        start = "".join(ROW.format(number) for number in range(5))
        text = HEADER + start + ROW.replace("M{}", odd) + start
        return hostile_files.named("a.csv", text[:3_000_000])
    value = luck.choice(
        (
            *("9" * many, "-" + "9" * many, f"1e{'9' * (many % 4000 + 1)}", f"0.{'0' * many}1"),
            *("[" * many + "]" * many, '{"a":' * many + "1" + "}" * many, "[" * many),
            *('"' + "\\ud83d" * many + '"', '"' + "\\" * many + '"', '"' + "İ" * many + '"'),
            "{" + ",".join(f'"{"n" * luck.randint(1, 50)}{at}": [[],{{}}]' for at in range(many)) + "}",
            "[" + ",".join(["{}"] * many) + "]",
        )
    )
    return luck.choice((hostile_files.json_with, hostile_files.lines_with))(value)


def _with_header(build: Builder) -> Builder:
    """The same with the header that the source has, so that its rows are read."""

    def built(folder: Path) -> Path:
        path = build(folder)
        path.write_bytes(path.read_bytes().replace(b"id;at\n", HEADER.encode(), 1))
        return path

    return built


def _registers() -> dict[str, Builder]:
    def packed(name: str, text: bytes) -> Builder:
        return hostile_files.named(name, gzip.compress(text))

    start = b"straat;huisnummer;lon;lat\n"
    return hostile_files.GZIP | {
        "numbers without end": packed("a.csv.gz", start + b"Markt;" + b"9" * 500_000 + b";5;50\n"),
        "exponents": packed("a.csv.gz", start + b"Markt;1;1e999999999;-1e999999999\n" * 1000),
    }


_DOORS: list[tuple[str | Read, dict[str, Builder]]] = [
    ("open311", hostile_files.JSON),
    ("open311", hostile_files.LINES),
    ("signalen", hostile_files.ZIP),
    ("melddesk", hostile_files.WORKBOOKS),
    ("melddesk", {name: _with_header(build) for name, build in hostile_files.CSV.items()}),
    (read_area_file, hostile_files.LAYERS),
    (read_address_file, hostile_files.LAYERS),
    (read_address_file, _registers()),
]


if __name__ == "__main__":
    sys.exit(main())
