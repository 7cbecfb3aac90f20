"""How fast addresses are imported and located, and how much memory that takes.

``make bench BENCH=geocoding`` (``[REGISTER] [--addresses 139447] [--only NAME]``): each in a process of
its own, so that the peak is its own. Those called *command* are the real commands, from their start to their
end: the register, and a list of 100,000 of its addresses, of which one in fifty has a slip.

REGISTER is an address file; without it ``../shared/data/geo/bag_adressen_groningen.csv.gz`` is taken, and
where that is absent a made-up register of the same size. Rates are per second of processor time, so of one
core, whatever else runs. The ratio is to a baseline measured in the same process: to import, reading the file
into rows; to locate, looking the exact text up in a dictionary; of commands, reading their file into a table.
"""

import argparse
import csv
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hotspots.evaluation.geocoding import KINDS, addresses_of, source_of
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.address_list import COLUMNS as FIELDS
from hotspots.geocoding.locating import Query, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import replace_addresses
from hotspots.store.database import Database
from tests.benchmarks.measuring import ROOT, Stopwatch, memory_mb, run_apart

SHARED = ROOT.parent / "shared/data/geo/bag_adressen_groningen.csv.gz"
ADDRESSES = 139_447
DAMAGED_EACH = 5000
LISTED = 100_000


@dataclass(frozen=True)
class Measured:
    """How many addresses, and the seconds: on the clock, of the processor, and of that for the baseline."""

    count: int
    clock_s: float
    processor_s: float
    baseline_s: float
    peak_mb: float | None = None  # if it is of another process


def made_up(path: Path, count: int) -> None:
    """Write a register of streets with made-up names of thirty houses each."""
    chance = random.Random(1)
    parts = ("ka", "vo", "len", "ster", "mir", "dun", "bol", "tra", "pel", "hui", "ran", "zij")
    ends = ("straat", "laan", "weg", "plein", "hof")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["straat", "huisnummer", "huisletter", "postcode", "woonplaats", "lat", "lon"])
        for at in range(count):
            street, house = divmod(at, 30)
            if house == 0:
                name = "".join(chance.choices(parts, k=3)).capitalize() + chance.choice(ends)
                lat, lon = chance.uniform(53.1, 53.3), chance.uniform(6.4, 6.7)
            letters = "ABCDEGHJKL"[street // 899 % 10] + "ABCDEGHJKL"[house // 10]
            postcode = f"{9100 + street % 899}{letters}"
            rows.writerow(
                [name, house + 1, chance.choice(["", "", "", "A"]), postcode, "Stad", lat, lon + house / 1e4]
            )


def import_register(path: Path, count: int) -> Measured:
    """From the file to the stored register."""
    watch = Stopwatch()
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as file:
        rows = sum(1 for _ in csv.DictReader(file))
    baseline = watch.processor_s
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/database.sqlite")
        database.upgrade()
        watch = Stopwatch()
        table = read_address_file(path).table.head(count)
        with database.writing() as connection:
            stored = replace_addresses(connection, table)
        measured = Measured(stored, watch.clock_s, watch.processor_s, baseline * stored / rows)
        database.close()
    return measured


def locate_exact(path: Path, count: int) -> Measured:
    """Every address with all its fields, the first use of the register included."""
    return _locate(path, count, ["exact"])


def locate_damaged(path: Path, count: int) -> Measured:
    """As many of each damaged kind; the first use of the register left out."""
    kinds = [kind for kind, (group, _) in KINDS.items() if group == "damaged"]
    return _locate(path, min(count, DAMAGED_EACH), kinds, warm=True)


def _damaged(register: AddressRegister, kind: str, count: int) -> pd.DataFrame:
    table, damage = register.table, KINDS[kind][1]
    chosen = table.sample(count, random_state=1) if 0 < count < len(table) else table
    source = source_of(table, random.Random(1))
    return pd.DataFrame([damage(address, source) for address in addresses_of(chosen)])


def _locate(path: Path, count: int, kinds: list[str], *, warm: bool = False) -> Measured:
    register = AddressRegister(read_address_file(path).table)
    queries = pd.concat([_damaged(register, kind, count) for kind in kinds], ignore_index=True)
    known = {row: at for at, row in enumerate(addresses_of(register.table))}
    rows = [Query(*row) for row in queries.to_numpy()]
    watch = Stopwatch()
    for row in rows:
        known.get(row)
    baseline = watch.processor_s
    if warm:
        locate_addresses(queries.head(1).assign(street="Onzinlaan"), register)
    watch = Stopwatch()
    locate_addresses(queries, register)
    return Measured(len(queries), watch.clock_s, watch.processor_s, baseline)


def import_command(path: Path, count: int) -> Measured:
    """``hotspots addresses import``, into an empty database."""
    return _by_command(path, count, is_located=False)


def locate_command(path: Path, count: int) -> Measured:
    """``hotspots addresses locate``, of a list of its addresses."""
    return _by_command(path, count, is_located=True)


def _by_command(path: Path, count: int, *, is_located: bool) -> Measured:
    table = read_address_file(path).table
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hotspots.toml").write_text('[municipality]\nname = "X"\n', encoding="utf-8")
        settings = {
            "HOTSPOTS_DATABASE_URL": f"sqlite:///{folder}/database.sqlite",
            "HOTSPOTS_CONFIG": str(folder / "hotspots.toml"),
        }
        _run(folder, settings, "db", "upgrade")
        commands: list[tuple[str, ...]] = [("import", str(path.resolve()))]
        if is_located:
            count = min(count, LISTED)
            listed = table.sample(count, replace=True, random_state=1)
            streets = listed["street"].where(
                pd.Series(range(count), listed.index) % 50 > 0, listed["street"].str[1:]
            )
            parts = ["house_number", "house_letter", "house_suffix", "postcode", "town"]
            written = listed[parts].set_axis([FIELDS[part][0] for part in parts], axis="columns")
            written.insert(0, FIELDS["street"][0], streets)
            written.to_csv(folder / "list.csv", sep=";", index=False)
            commands.append(("locate", "list.csv", "--output", "located.csv"))
        for command in commands:
            done = resource.getrusage(resource.RUSAGE_CHILDREN)
            watch = Stopwatch()
            _run(folder, settings, "addresses", *command, "--json")
            clock_s, now = watch.clock_s, resource.getrusage(resource.RUSAGE_CHILDREN)
        read = Stopwatch()
        source = folder / "list.csv" if is_located else path
        rows = len(pd.read_csv(source, sep=None, engine="python", dtype="str"))
        processor_s = now.ru_utime + now.ru_stime - done.ru_utime - done.ru_stime
        return Measured(rows, clock_s, processor_s, read.processor_s, now.ru_maxrss / 1024)


def _run(folder: Path, settings: dict[str, str], *arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("hotspots")), *arguments]
    subprocess.run(command, cwd=folder, env=os.environ | settings, check=True, capture_output=True)


BENCHMARKS: dict[str, Callable[[Path, int], Measured]] = {
    "import": import_register,
    "exact": locate_exact,
    "damaged mix": locate_damaged,
    "import command": import_command,
    "locate command": locate_command,
}


def measure(name: str, path: Path, count: int) -> None:
    """Do one, and print its seconds, addresses per second, ratio to its baseline, and peak memory."""
    found = BENCHMARKS[name](path, count)
    peak_mb = found.peak_mb or memory_mb("VmHWM")
    print(
        f"{name:<14} {found.count:>10,} {found.clock_s:>9.2f} {found.processor_s:>10.2f} "
        f"{found.count / found.processor_s:>11,.0f} {found.processor_s / found.baseline_s:>8.1f} "
        f"{peak_mb:>8.0f}",
        flush=True,
    )


def main() -> None:
    """Measure everything, each in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("register", type=Path, nargs="?")
    parser.add_argument("--addresses", type=int, default=ADDRESSES)
    parser.add_argument("--only", choices=BENCHMARKS)
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.in_process:
        measure(asked.only, asked.register, asked.addresses)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.register or SHARED
        if not path.exists():
            path = Path(folder) / "made-up.csv"
            made_up(path, asked.addresses)
        print(
            f"{'':<14} {'addresses':>10} {'seconds':>9} {'processor':>10} {'per second':>11} {'x base':>8} "
            f"{'peak MB':>8}"
        )
        for name in [asked.only] if asked.only else BENCHMARKS:
            run_apart(__file__, path, "--in-process", "--only", name, "--addresses", asked.addresses)


if __name__ == "__main__":
    main()
