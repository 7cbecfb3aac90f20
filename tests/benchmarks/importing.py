"""How many rows a second an import of reports takes in, and its peak memory.

``make bench BENCH=importing`` (``--rows 200000``, ``--database-url URL``, ``--gigabyte``): writes a Melddesk
export of a simulated city with its address register, and imports it by the real command into SQLite, and into
each (empty) database given: a dry run, the import, and the same file again. Each is done in a process of its
own, so that the peak is its own. The baseline reads the same file by Python's csv, and does nothing with it.
Every text differs from the others, as those of citizens do; with ``--no-distinct`` 1,300 of them come back
time and again, as those of programs do, and are scrubbed once. ``--gigabyte`` does it with a file of 1 GB:
the peak should hardly differ.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hotspots.evaluation.city import City, build_city
from hotspots.geocoding.register_store import replace_addresses
from hotspots.geography.projection import Projection
from hotspots.store.areas import replace_areas
from hotspots.store.database import Database
from jobs.command import main as hotspots
from tests.benchmarks.measuring import Stopwatch, memory_mb, run_apart

COLUMNS = (
    *(
        "meldingnummer",
        "meldtijd",
        "hoofdcategorie",
        "subcategorie",
        "omschrijving",
        "straatnaam",
        "huisnummer",
    ),
    *("huisletter", "huisnummertoevoeging", "postcode", "woonplaats", "rd_x", "rd_y", "melder"),
)
CATEGORIES = ("Overlast drugs", "Overlast personen", "Afval", "Wegen")
SENTENCES = (
    "Er wordt weer gedeald voor de deur.",
    "Elke avond staan er auto's, ze rijden af en aan; niemand doet iets.",
    'Ze roepen "ga weg" naar iedereen.',
    "Bel mij op 06-12345678 of mail buurman@voorbeeld.nl.",
    "Mijn buurman Jan Jansen heeft het ook gezien.",
    "Dit duurt al weken,\nen wij slapen slecht.",
)
BATCH = 10_000
FIRST = datetime(2023, 1, 1)  # noqa: DTZ001  # exports tell local time without a zone
SECONDS_OF_YEAR = 365 * 86_400


def rows_of(city: City, rng: np.random.Generator, *, distinct: bool) -> Iterator[list[str]]:
    """Rows of an export without end: one in ten without coordinates, half of them of other categories."""
    addresses = city.addresses
    x, y = Projection(city.crs).to_metres(addresses["lon"], addresses["lat"])
    names = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town"]
    written = addresses[names].astype(str).to_numpy().tolist()
    number = 0
    while True:
        at, category = rng.integers(0, len(written), BATCH), rng.integers(0, len(CATEGORIES), BATCH)
        second, melder = rng.integers(0, SECONDS_OF_YEAR, BATCH), rng.integers(0, 20_000, BATCH)
        said, has_point = rng.integers(0, len(SENTENCES), (BATCH, 4)), rng.random(BATCH) < 0.9
        for row in range(BATCH):
            number += 1
            place = int(at[row])
            text = " ".join(SENTENCES[sentence] for sentence in said[row])
            yield [
                f"M{number}",
                f"{FIRST + timedelta(seconds=int(second[row])):%Y-%m-%d %H:%M}",
                CATEGORIES[category[row]],
                "Algemeen",
                f"{text} Het is al de {number}e keer." if distinct else text,
                *written[place],
                *((f"{x[place]:.0f}", f"{y[place]:.0f}") if has_point[row] else ("", "")),
                f"melder-{melder[row]}",
            ]


def write_export(path: Path, city: City, *, rows: int, max_bytes: int, distinct: bool) -> int:
    """Write an export of so many rows, or until it has so many bytes; gives the rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(COLUMNS)
        for number, row in enumerate(rows_of(city, np.random.default_rng(5), distinct=distinct), start=1):
            writer.writerow(row)
            if number == rows or (number % BATCH == 0 and file.tell() >= max_bytes):
                return number
    return 0


def fill(url: str, city: City) -> None:
    """Store a city's areas and addresses."""
    names = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        replace_areas(connection, city.areas)
        replace_addresses(connection, city.addresses[names].assign(street_short=None, precision="adres"))
    database.close()


def read_plainly(path: Path) -> None:
    """Read it by Python's csv."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, delimiter=";"):
            pass


def measure(what: str, path: Path) -> None:
    """Do one, and tell wall seconds, seconds of one core, and the peak."""
    watch = Stopwatch()
    if what == "csv":
        read_plainly(path)
    else:
        sys.argv = ["hotspots", "reports", "import", str(path), "--source", "melddesk", "--json"]
        sys.argv += ["--dry-run"] if what == "dry run" else []
        try:
            hotspots()
        except SystemExit as ended:
            if ended.code:
                raise
    print(watch.clock_s, watch.processor_s, memory_mb("VmHWM"), flush=True)


def main() -> None:
    """Measure everything, each in a new process."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--gigabyte", action="store_true", help="A file of 1 GB, instead of so many rows.")
    parser.add_argument(
        "--distinct", action=argparse.BooleanOptionalAction, default=True, help="Whether every text differs."
    )
    parser.add_argument("--database-url", nargs="*", default=[], help="Empty databases, besides SQLite.")
    parser.add_argument("--only", nargs="*", default=["dry run", "import", "again"])
    parser.add_argument("--in-process", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.in_process:
        measure(asked.in_process[0], Path(asked.in_process[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, city = folder / "export.csv", build_city("centre", np.random.default_rng(5))
        limits = (0, 10**9) if asked.gigabyte else (asked.rows, sys.maxsize)
        rows = write_export(path, city, rows=limits[0], max_bytes=limits[1], distinct=asked.distinct)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, {len(city.addresses):,} addresses")
        titles = ("seconds", "of a core", "rows/s", "rows/s of a core", "x csv", "peak MB")
        print(f"{'':<22} {'{:>9} {:>9} {:>9} {:>17} {:>7} {:>8}'.format(*titles)}", flush=True)
        plain_s = show("csv", "plain csv", path, rows, folder, {}, 0)
        for url in [f"sqlite:///{folder}/reports.sqlite", *asked.database_url]:
            fill(url, city)
            settings = {
                "HOTSPOTS_DATABASE_URL": url,
                "HOTSPOTS_CONFIG": str(folder / "hotspots.toml"),
                "HOTSPOTS_PRIVACY_REPORTER_KEY": "a key for benchmarks only, never for reporters",
            }
            (folder / "hotspots.toml").write_text(f'[municipality]\nname = "X"\ncrs = "{city.crs}"\n')
            for what in asked.only:
                show(what, f"{url.split(':')[0]}, {what}", path, rows, folder, settings, plain_s)


def show(
    what: str, name: str, path: Path, rows: int, folder: Path, settings: dict[str, str], plain_s: float
) -> float:
    """Do one in a process of its own, print its line, and give its seconds of a core."""
    done = run_apart(__file__, "--in-process", what, path, env=settings, cwd=folder, capture_output=True)
    wall_s, core_s, peak = map(float, done.stdout.splitlines()[-1].split())
    times = f"{core_s / plain_s:>7.0f}" if plain_s else f"{1:>7}"
    print(
        f"{name:<22} {wall_s:>9.1f} {core_s:>9.1f} {rows / wall_s:>9,.0f} {rows / core_s:>17,.0f} {times} "
        f"{peak:>8,.0f}",
        flush=True,
    )
    return core_s


if __name__ == "__main__":
    main()
