"""How long a file of 10,000 hotspots takes, and what memory: by every kind, from the map and from the API.

``make bench BENCH=downloads`` (``--hotspots 10000``): fills a database, serves it as people do, and takes
each kind along twice. For each it prints the time of the processor, the time until the first byte and until
the last, the size, and how much more memory the service has at its peak than after small files. Aim: less
than 60 MB more, however many hotspots there are.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import httpx2
from sqlalchemy import select

from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from tests.benchmarks.measuring import add_hotspots, memory_mb, served, used_s

FEW = "gebied=Wijk+00+Centrum"
KINDS = ("csv", "xlsx", "geojson", "gpkg", "parquet")
REASONS = tuple(f"Herhaald: {{count}} meldingen op {days} verschillende dagen." for days in (8, 9, 10))
CONFIG = """
[municipality]
name = "Maastricht"
code = "GM0935"
[sign_in]
required = false
open_because = "a measurement"
[service]
requests_per_minute = 100000
"""


def fill(url: str, settings: Settings, count: int) -> None:
    """Write so many hotspots in one run."""
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = list(connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars())
        add_hotspots(connection, count=count, weeks=1, codes=codes, redenen=REASONS)
    database.close()


def take(client: httpx2.Client, path: str, accept: str = "*/*") -> tuple[float, float, int]:
    """Seconds until the first and the last byte, and the bytes."""
    began, first, size = perf_counter(), 0.0, 0
    with client.stream("GET", path, headers={"Accept": accept, "Accept-Encoding": "identity"}) as answer:
        answer.raise_for_status()
        for block in answer.iter_raw():
            first = first or perf_counter() - began
            size += len(block)
    return first, perf_counter() - began, size


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hotspots", type=int, default=10_000)
    count = parser.parse_args().hotspots
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/h.sqlite"
        fill(url, settings, count)
        (folder / "hotspots.toml").write_text(CONFIG, encoding="utf-8")
        variables = {"HOTSPOTS_CONFIG": str(folder / "hotspots.toml"), "HOTSPOTS_DATABASE_URL": url}
        with (
            served(folder, variables) as (address, process),
            httpx2.Client(base_url=address, timeout=120) as client,
        ):
            asked = {f"/kaart/download?vorm={kind}": "*/*" for kind in KINDS}
            asked |= {"/v1/hotspots?opDeLijst=true": "text/csv"}
            for path, accept in asked.items():
                take(client, f"{path}{'&' if '?' in path else '?'}{FEW}", accept)
            before = memory_mb("VmHWM", process.pid)
            print(f"after small files: {before:.0f} MB")
            for path, accept in asked.items():
                take(client, path, accept)
                used = used_s(process.pid)
                first, last, size = take(client, path, accept)
                used = used_s(process.pid) - used
                more = memory_mb("VmHWM", process.pid) - before
                print(
                    f"{path} {accept}: {used:.2f} s of one core, first byte {first:.2f} s, "
                    f"last {last:.2f} s, {size / 1e6:.1f} MB, {more:.0f} MB more memory"
                )


if __name__ == "__main__":
    main()
