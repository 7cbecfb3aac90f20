"""How long the figures of a year take: the page of 2,000 reports and of 300,000.

``make bench BENCH=figures_page`` (``--reports 2000 300000``, ``--times 20``): fills a database with reports
of two years and an address register, serves it as people do, and asks for the page again and again, of the
municipality and of one gebied: anew (before each something is written, so nothing is kept), and as it is
kept. Aims: of 2,000 reports well under 100 ms, of 300,000 under a second.
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import httpx2
import numpy as np
from sqlalchemy import insert, select

from hotspots.geography.cells import cells_of
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.metadata import write_fact
from hotspots.store.place_tables import addresses, areas
from hotspots.store.report_tables import imports, report_locations, reports
from tests.benchmarks.measuring import served, used_s

ADDRESSES = 57_000
START, DAYS = datetime(2022, 1, 1, tzinfo=UTC), 730
CONFIG = """
[municipality]
name = "Maastricht"
code = "GM0935"
[sign_in]
required = false
open_because = "a measurement"
[service]
requests_per_minute = 0
"""
AT_ONCE = 20_000


def fill(url: str, settings: Settings, count: int) -> None:
    """Write so many reports, spread unevenly over the buurten; a third have no street."""
    random = np.random.default_rng(1)
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = np.array(connection.execute(select(areas.c.buurtcode)).scalars().all())
        lon, lat = random.uniform(5.65, 5.75, ADDRESSES), random.uniform(50.82, 50.89, ADDRESSES)
        streets = [f"Straat {number // 40}" for number in range(ADDRESSES)]
        homes = zip(streets, lon.tolist(), lat.tolist(), strict=True)
        rows = [{"street": s, "house_number": 1, "lon": x, "lat": y} for s, x, y in homes]
        connection.execute(insert(addresses), rows)
        import_id = connection.execute(
            insert(imports)
            .values(source="benchmark", file_name="", file_sha256="", started_at=START)
            .returning(imports.c.id)
        ).scalar_one()
        house = random.zipf(1.4, count) % ADDRESSES
        cells = cells_of(lon[house], lat[house], resolution=settings.cells.resolution)
        seconds = random.integers(0, DAYS * 86_400, count)
        kinds = np.where(random.random(count) < 0.6, "personen", "drugs")
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            moments = {number: START + timedelta(seconds=int(seconds[number])) for number in numbers}
            connection.execute(
                insert(reports),
                [
                    {
                        "id": number + 1,
                        "source": "benchmark",
                        "source_id": str(number),
                        "category": str(kinds[number]),
                        "is_counted": True,
                        "reported_at": moments[number],
                        "precision": "adres",
                        "cell": int(cells[number]),
                        "buurtcode": str(codes[house[number] % len(codes)]),
                        "known_from": moments[number],
                        "content_hash": "",
                        "first_import_id": import_id,
                        "last_import_id": import_id,
                    }
                    for number in numbers
                ],
            )
            connection.execute(
                insert(report_locations),
                [
                    {
                        "report_id": number + 1,
                        "lon": float(lon[house[number]]),
                        "lat": float(lat[house[number]]),
                        "street": streets[house[number]] if number % 3 else None,
                    }
                    for number in numbers
                ],
            )
    database.close()


def measure(
    client: httpx2.Client, process_id: int, path: str, times: int, write: Callable[[], object]
) -> str:
    """Ask again and again; milliseconds until the last byte, and of the processor."""
    seconds, used = [], 0.0
    for number in range(times + 2):
        if number == 2:  # the first ones load what is imported late, and the register
            used = used_s(process_id)
        write()
        start = perf_counter()
        client.get(path).raise_for_status()
        seconds.append((perf_counter() - start) * 1000)
    median, worst = np.percentile(seconds[2:], [50, 95])
    processor = (used_s(process_id) - used) / times * 1000
    return f"first {seconds[0]:.0f} ms, median {median:.0f}, 95 % {worst:.0f}, processor {processor:.0f}"


def write_something(url: str) -> None:
    """Change the database, so that nothing that was read counts any more."""
    database = Database(url)
    with database.writing() as connection:
        write_fact(connection, "benchmark", str(perf_counter()))
    database.close()


def main() -> None:
    """Fill, serve, measure, print one line per address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=[2000, 300_000])
    parser.add_argument("--times", type=int, default=20)
    asked = parser.parse_args()
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    for count in asked.reports:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"sqlite:///{folder}/benchmark.sqlite"
            fill(url, settings, count)
            (folder / "hotspots.toml").write_text(CONFIG, encoding="utf-8")
            variables = {
                "HOTSPOTS_CONFIG": str(folder / "hotspots.toml"),
                "HOTSPOTS_DATABASE_URL": url,
            }
            with (
                served(folder, variables) as (base, process),
                httpx2.Client(base_url=base, timeout=60) as client,
            ):
                for path in ("/cijfers", "/cijfers?gebied=Wijk+00+Centrum"):
                    for how, write in (("anew", partial(write_something, url)), ("kept", int)):
                        told = measure(client, process.pid, path, asked.times, write)
                        print(f"{count:>9,} reports  {path:<34} {how}  {told}")


if __name__ == "__main__":
    main()
