"""How long a weekly run takes, which part takes most, and its peak memory, against an analyst's notebook.

``make bench BENCH=weekly`` (``--reports 2000 100000 1000000``, ``--database-url URL``): each number of
reports in processes of their own, so that the peaks are their own. Simulated reports are stored with their
texts, in a city that grows with their number; the run is done as of the last day, and that of the week after.
The baselines are the notebook (:mod:`tests.benchmarks.notebook`) on a CSV of the same reports, and DBSCAN of
scikit-learn alone. The year of 2,000 reports is replayed, too. Both kinds of seconds are told, of the clock
and of one core, as other work on the machine slows the clock; the table at the end has the ratios.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, insert

from hotspots.detection import pipeline
from hotspots.evaluation.city import City, build_city
from hotspots.evaluation.simulation import detection_table, simulate_year, texts_of
from hotspots.geocoding.register_store import replace_addresses
from hotspots.geography.cells import cells_of
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store.areas import replace_areas
from hotspots.store.batches import insert_rows
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, report_texts, reporters, reports
from hotspots.weekly import weekly_run
from hotspots.weekly.kept_exposure import load_exposure
from hotspots.weekly.weekly_run import replay, run_week
from tests.benchmarks.measuring import Stopwatch, memory_mb, run_apart
from tests.benchmarks.notebook import write_csv

AS_OF, WEEK_AFTER = date(2023, 12, 31), date(2024, 1, 7)
NOW = datetime(2024, 1, 8, 6, tzinfo=UTC)
BATCH = 50_000
REPLAYED = 2_000
REPORTS_PER_COPY = 10_000
"""So many reports in half a year to a copy of a city of 45,000 addresses: ten times as busy as Maastricht."""

PARTS: dict[str, tuple[Any, str]] = {
    "read reports": (weekly_run, "load_reports"),
    "read addresses": (weekly_run, "load_exposure"),
    "read areas": (weekly_run, "load_areas"),
    "locate, duplicates": (pipeline, "located_precisely"),
    "index reports": (pipeline, "SurroundingsIndex"),
    "cluster": (pipeline, "_labels"),
    "describe": (pipeline, "describe_places"),
    "assess": (pipeline, "assess"),
    "evidence": (pipeline, "rows_of"),
    "attention places": (pipeline, "_early"),
    "cells and weeks": (pipeline, "PlaceContextIndex"),
    "hours": (pipeline, "with_context"),
    "track and save": (weekly_run, "_track_and_save"),
    "publish": (weekly_run, "publish_figures"),
}


def fill(database: Database, city: City, table: pd.DataFrame, texts: dict[int, str]) -> None:
    """Store a city and its reports, as an import leaves them."""
    database.upgrade()
    with database.writing() as connection:
        replace_areas(connection, city.areas)
        replace_addresses(connection, _register(city))
        values = {"source": "benchmark", "file_name": "benchmark", "file_sha256": "", "started_at": NOW}
        import_id = connection.execute(insert(imports).values(values).returning(imports.c.id)).scalar_one()
        known = sorted({int(reporter) for reporter in table["reporter_id"].dropna()})
        _insert(connection, reporters, {"id": known, "hash": [f"{number:064d}" for number in known]})
        for start in range(0, len(table), BATCH):
            _insert_reports(connection, table.iloc[start : start + BATCH], import_id)
        _insert(connection, report_texts, {"report_id": list(texts), "text": list(texts.values())})


def _register(city: City) -> pd.DataFrame:
    names = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]
    return city.addresses[names].assign(street_short=None, precision="adres")


def _insert_reports(connection: Connection, table: pd.DataFrame, import_id: int) -> None:
    size, column = len(table), {name: values.tolist() for name, values in table.items()}
    numbers = column["report_id"]
    moments = [moment.to_pydatetime() for moment in column["moment"]]
    reporter = [None if np.isnan(number) else int(number) for number in column["reporter_id"]]
    cells = cells_of(table["lon"], table["lat"], resolution=Settings().cells.resolution)
    _insert(
        connection,
        reports,
        {
            "id": numbers,
            "source": ["benchmark"] * size,
            "source_id": [str(number) for number in numbers],
            "category": column["category"],
            "is_counted": [True] * size,
            "reported_at": moments,
            "has_hour": [True] * size,
            "reporter_id": reporter,
            "precision": column["precision"],
            "radius_m": column["radius_m"],
            "buurtcode": column["buurtcode"],
            "cell": cells.tolist(),
            "known_from": moments,
            "content_hash": [""] * size,
            "first_import_id": [import_id] * size,
            "last_import_id": [import_id] * size,
        },
    )
    places = {"report_id": numbers, "located_by": ["bron"] * size}
    places |= {name: column[name] for name in ("lon", "lat", "address_key")}
    _insert(connection, report_locations, places)


def _insert(connection: Connection, table: Table, columns: dict[str, list[Any]]) -> None:
    insert_rows(connection, table, list(columns), list(zip(*columns.values(), strict=True)))


def enlarged(city: City, times_across: int) -> City:
    """Repeat a city side by side, so many times in both directions: a conurbation.

    Buurten keep their codes, and areas stay those of the first copy.
    """
    width = float(np.ptp(city.addresses["x"])) + 200
    height = float(np.ptp(city.addresses["y"])) + 200
    copies = [
        city.addresses.assign(x=city.addresses["x"] + column * width, y=city.addresses["y"] + row * height)
        for column in range(times_across)
        for row in range(times_across)
    ]
    addresses = pd.concat(copies, ignore_index=True)
    addresses["lon"], addresses["lat"] = city.projection.to_degrees(addresses["x"], addresses["y"])
    return replace(city, addresses=addresses)


def simulate_many(city: City, count: int, *, year: int, rng: np.random.Generator) -> pd.DataFrame:
    """Simulate very many reports fast: :data:`hotspots.model.REPORTS` without texts.

    Nine in ten lie at random addresses, the others around 5 places per 10,000 reports; times are spread over
    the last half of the year.
    """
    addresses = city.addresses
    places = max(count // 2000, 1)
    chosen = rng.integers(0, len(addresses), count)
    is_planted = rng.random(count) < 0.1
    centre = rng.integers(0, len(addresses), places)[rng.integers(0, places, count)]
    chosen = np.where(is_planted, centre, chosen)
    spread = np.where(is_planted, 15.0, 3.0)
    x = addresses["x"].to_numpy()[chosen] + rng.normal(0, spread).round(0)
    y = addresses["y"].to_numpy()[chosen] + rng.normal(0, spread).round(0)
    lon, lat = city.projection.to_degrees(x, y)
    start = pd.Timestamp(year=year, month=7, day=3, tz="UTC")
    moment = start + pd.to_timedelta(rng.integers(0, 181 * 24 * 60, count), unit="min")
    codes = addresses["buurtcode"].to_numpy(dtype=object)[chosen]
    reporter = rng.integers(0, max(count // 2, 1), count).astype(np.float64)
    keys = (addresses["postcode"] + " " + addresses["house_number"].astype(str)).to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "report_id": np.arange(1, count + 1),
            "category": np.where(rng.random(count) < 0.3, "drugs", "personen"),
            "moment": moment,
            "has_hour": True,
            "reported_at": moment,
            "reporter_id": np.where(rng.random(count) < 0.3, np.nan, reporter),
            "lon": lon,
            "lat": lat,
            "precision": str(Precision.ADRES),
            "radius_m": 10.0,
            "address_key": keys[chosen],
            "buurtcode": codes,
        }
    )


def made(count: int) -> tuple[City, pd.DataFrame, dict[int, str]]:
    """A city, so many reports in it, and what they say."""
    rng = np.random.default_rng(5)
    city = build_city("centre", rng)
    if count <= 10_000:
        year = simulate_year(city, year=AS_OF.year, rng=rng)
        table = detection_table(year)
        return city, table, texts_of(year)(table["report_id"])
    city = enlarged(city, int(np.ceil((count / REPORTS_PER_COPY) ** 0.5)))
    table = simulate_many(city, count, year=AS_OF.year, rng=rng)
    said = "Er wordt weer gedeald voor de deur, er staan elke avond auto's. Nummer"
    return city, table, {number: f"{said} {number}" for number in range(1, count + 1)}


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Measure the parts of a run while it lasts."""
    seconds = dict.fromkeys(PARTS, 0.0)
    before: list[tuple[Any, str, Callable[..., Any]]] = []
    for part, (module, name) in PARTS.items():
        function = getattr(module, name)
        before.append((module, name, function))

        def measured(*args: Any, part: str = part, function: Callable[..., Any] = function, **kw: Any) -> Any:
            start = perf_counter()
            try:
                return function(*args, **kw)
            finally:
                seconds[part] += perf_counter() - start

        setattr(module, name, measured)
    try:
        yield seconds
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def measure(url: str, as_of: date) -> None:
    """Do the run of a day, and print its figures: those of the table on the first line."""
    settings, database, before = Settings(), Database(url), memory_mb("VmHWM")
    with timed() as seconds:
        watch = Stopwatch()
        summary = run_week(database, settings, as_of=as_of, now=NOW)
        total, work = watch.clock_s, watch.processor_s
    print(total, work, memory_mb("VmHWM"))
    print(
        f"weekly run of {summary.report_count:,} reports as of {as_of}: {total:.2f} s ({work:.2f} s of one "
        f"core), peak {memory_mb('VmHWM'):,.0f} MB ({before:,.0f} MB at the start), "
        f"{summary.signalled_count:,} signalled, {summary.refused_count:,} refused"
    )
    seconds["rest"] = total - sum(seconds.values())
    for part, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"    {part:<18} {spent:7.2f} s  {spent / total:4.0%}")
    sys.stdout.flush()


def measure_register(url: str) -> None:
    """Make what is kept of the register, as the first run after an import of addresses does."""
    database, watch = Database(url), Stopwatch()
    with database.reading() as connection:
        exposure = load_exposure(connection, Settings())
    print(
        f"index of {len(exposure.addresses):,} addresses, made once: {watch.clock_s:.2f} s "
        f"({watch.processor_s:.2f} s of one core), peak {memory_mb('VmHWM'):,.0f} MB",
        flush=True,
    )


def measure_replay(url: str) -> None:
    """Do all weekly runs of the year, and print what that takes."""
    watch = Stopwatch()
    runs = list(replay(Database(url), Settings(), first=date(2023, 1, 1), last=AS_OF, now=NOW))
    print(
        f"replay of {len(runs)} weeks: {watch.clock_s:.1f} s ({watch.processor_s:.1f} s of one core), "
        f"peak {memory_mb('VmHWM'):,.0f} MB",
        flush=True,
    )


def compared(count: int, run: Sequence[float], notebook: Sequence[float]) -> str:
    """A row of the table: seconds of the clock and of one core, memory, and how many times the notebook."""
    growth = 1e6 * run[1] / (count * np.log2(count))
    return (
        f"| {count:,} | {run[0]:.2f} | {run[1]:.2f} | {run[2]:,.0f} | {notebook[0]:.2f} | {notebook[1]:.2f} "
        f"| {notebook[2]:,.0f} | {notebook[3]:.2f} | {run[0] / notebook[0]:.2f} "
        f"| {run[1] / notebook[1]:.2f} | {growth:.2f} |"
    )


TABLE = """
| reports | run, s | of a core | MB | notebook | of a core | MB | DBSCAN | times | of a core | growth |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def figures_of(script: str, *arguments: object) -> list[float]:
    """The figures that a process prints on its first line; what else it prints is passed on."""
    first, *others = run_apart(script, *arguments, stdout=subprocess.PIPE).stdout.splitlines()
    if others:
        print("\n".join(others), flush=True)
    return [float(figure) for figure in first.split()]


def main() -> None:
    """Fill a database for each number of reports, and measure in new processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=[REPLAYED, 100_000, 1_000_000])
    parser.add_argument("--database-url", help="An empty database, instead of SQLite in a temporary folder.")
    parser.add_argument(
        "--in-process", choices=["register", "run", "after", "replay"], help=argparse.SUPPRESS
    )
    asked = parser.parse_args()
    if asked.in_process == "register":
        return measure_register(asked.database_url)
    if asked.in_process == "replay":
        return measure_replay(asked.database_url)
    if asked.in_process:
        return measure(asked.database_url, AS_OF if asked.in_process == "run" else WEEK_AFTER)
    rows = []
    for count in asked.reports:
        with tempfile.TemporaryDirectory() as folder:
            url = asked.database_url or f"sqlite:///{Path(folder) / 'benchmark.sqlite'}"
            city, table, texts = made(count)
            fill(Database(url), city, table, texts)
            write_csv(Path(folder) / "reports.csv", table, texts)
            del city, table, texts
            run_apart(__file__, "--in-process", "register", "--database-url", url)
            notebook = figures_of("notebook", Path(folder) / "reports.csv")
            run = figures_of(__file__, "--in-process", "run", "--database-url", url)
            figures_of(__file__, "--in-process", "after", "--database-url", url)
            rows.append(compared(count, run, notebook))
            if count == REPLAYED:
                run_apart(__file__, "--in-process", "replay", "--database-url", url)
    print("\n".join([TABLE, *rows]))
    return None


if __name__ == "__main__":
    main()
