"""How fast addresses are imported and located, and how much memory that takes.

``make bench BENCH=geocoding`` (``[REGISTER] [--addresses 139447] [--only NAME]``): each in a process of
its own, so that the peak is its own. REGISTER is an address file; without it
``../shared/data/geo/bag_adressen_groningen.csv.gz`` is taken, and where that is absent a made-up register of
the same size. Rates are per second of processor time, so of one core, whatever else runs. The ratio is to a
baseline measured in the same process: to import, reading the file into rows; to locate, looking the exact
text up in a dictionary.
"""

import argparse
import csv
import gzip
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hotspots.evaluation.geocoding import KINDS, addresses_of, source_of
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.locating import Query, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import replace_addresses
from hotspots.store.database import Database
from tests.benchmarks.measuring import ROOT, Stopwatch, memory_mb, run_apart

SHARED = ROOT.parent / "shared/data/geo/bag_adressen_groningen.csv.gz"
ADDRESSES = 139_447
DAMAGED_EACH = 5000


@dataclass(frozen=True)
class Measured:
    """How many addresses, and the seconds: on the clock, of the processor, and of that for the baseline."""

    count: int
    clock_s: float
    processor_s: float
    baseline_s: float


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


BENCHMARKS: dict[str, Callable[[Path, int], Measured]] = {
    "import": import_register,
    "exact": locate_exact,
    "damaged mix": locate_damaged,
}


def measure(name: str, path: Path, count: int) -> None:
    """Do one, and print its seconds, addresses per second, ratio to its baseline, and peak memory."""
    found = BENCHMARKS[name](path, count)
    peak_mb = memory_mb("VmHWM")
    print(
        f"{name:<12} {found.count:>10,} {found.clock_s:>9.2f} {found.processor_s:>10.2f} "
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
            f"{'':<12} {'addresses':>10} {'seconds':>9} {'processor':>10} {'per second':>11} {'x base':>8} "
            f"{'peak MB':>8}"
        )
        for name in [asked.only] if asked.only else BENCHMARKS:
            run_apart(__file__, path, "--in-process", "--only", name, "--addresses", asked.addresses)


if __name__ == "__main__":
    main()
