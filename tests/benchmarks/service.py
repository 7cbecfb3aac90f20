"""How fast the service answers: list and detail of 10,000 hotspots with 52 weeks, asked by 50 clients.

``make bench BENCH=service`` (``--database-url URL``, ``--filled``, ``--seconds 60``): fills an empty database
(SQLite by default), serves it as people do, and prints requests per second, p50 and p99 of each address, and
the rate as a share of the baseline: the same server giving a page of the same size that takes no work.
List and detail are asked for so many seconds, the rest a sixth of that. Client and service share the cores.
It fails if one answer was an error.
"""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import randint
from time import perf_counter, sleep

import numpy as np
from sqlalchemy import select

from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from tests.benchmarks.measuring import add_hotspots, served

HOTSPOTS, WEEKS, CLIENTS = 10_000, 52, 50
REASONS = ("12 meldingen op 9 dagen in 7 weken.", "Gemeld door 5 melders.", "Meer dan verwacht.")
ADDRESSES = {
    "baseline: nothing but bytes": "/bytes",
    "list, first page of 50": "/v1/hotspots",
    "list, nothing new (304)": "/v1/hotspots",
    "list, each time another page": "/v1/hotspots?pagina={page}",
    "list, filtered": "/v1/hotspots?soort=woning&trend=nieuw&bbox=5.68,50.84,5.71,50.86",
    "list, half a year ago": "/v1/hotspots?peildatum=2023-06-30",
    "list as GeoJSON": "/v1/hotspots",
    "one hotspot": "/v1/hotspots/HS-2023-04242",
    "each time another hotspot": "/v1/hotspots/HS-2023-{number:05}",
}
"""What is asked; between braces stands another number each time, so that hardly an answer was kept."""

LONG = ("list, first page of 50", "each time another hotspot")
BASELINE = """
import uvicorn

async def app(scope, receive, send):
    headers = [(b"content-type", b"application/json"), (b"content-length", b"34000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * 34000})

config = uvicorn.Config(app, port=%d, lifespan="off", access_log=False, log_level="warning")
uvicorn.Server(config).run()
"""


@dataclass
class Figures:
    """What the clients measured of one address."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0


def fill(url: str) -> None:
    """Write the hotspots and all their weeks."""
    database = Database(url)
    database.upgrade()
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = list(connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars())
        add_hotspots(connection, count=HOTSPOTS, weeks=WEEKS, codes=codes, redenen=REASONS)
    database.close()


async def ask(host: str, port: int, request: str, until: float, figures: Figures) -> None:
    """One client: asks again as soon as it has its answer, on one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    while perf_counter() < until:
        page, number = randint(1, HOTSPOTS // 50), randint(1, HOTSPOTS)
        start = perf_counter()
        writer.write(request.format(page=page, number=number).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b"content-length: " in head.lower():
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        figures.seconds.append(perf_counter() - start)
        if head[9:12] not in (b"200", b"304"):
            figures.errors += 1
    writer.close()


async def measure(host: str, port: int, name: str, seconds: float) -> Figures:
    """Let all clients ask for one address."""
    accept = "application/geo+json" if "GeoJSON" in name else "application/json"
    asked = f"GET {ADDRESSES[name]} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n"
    if "304" in name:
        asked += f"If-None-Match: {await tag_of(host, port, asked)}\r\n"
    figures = Figures()
    until = perf_counter() + seconds
    await asyncio.gather(*(ask(host, port, f"{asked}\r\n", until, figures) for _ in range(CLIENTS)))
    return figures


async def tag_of(host: str, port: int, asked: str) -> str:
    """The ETag of an answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"{asked}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head.lower().split(b"etag: ")[1].split(b"\r\n")[0].decode()


@contextmanager
def baseline() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve bytes that take no work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", BASELINE % port]) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                sleep(0.1)
        yield f"http://127.0.0.1:{port}", process
        process.terminate()


def main() -> int:
    """Fill, serve, measure, print one line per address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--filled", action="store_true", help="the database was filled by an earlier run")
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database_url or f"sqlite:///{folder}/benchmark.sqlite"
        start = perf_counter()
        if not chosen.filled:
            fill(url)
            print(f"filled {HOTSPOTS:,} hotspots x {WEEKS} weeks in {perf_counter() - start:.0f} s")
        configuration = Path(folder) / "hotspots.toml"
        configuration.write_text("[service]\nport = 0\nrequests_per_minute = 0\n", encoding="utf-8")
        variables = {
            "HOTSPOTS_CONFIG": str(configuration),
            "HOTSPOTS_DATABASE_URL": url,
            "HOTSPOTS_LOG_LEVEL": "warning",
        }
        results: dict[str, dict[str, float]] = {}
        for name in ADDRESSES:
            seconds = chosen.seconds if name in LONG else chosen.seconds / 6
            with baseline() if "baseline" in name else served(Path(folder), variables) as (address, _):
                host, port = address.removeprefix("http://").split(":")
                figures = asyncio.run(measure(host, int(port), name, seconds))
            p50, p99 = np.percentile(figures.seconds, [50, 99]) * 1000
            rate = len(figures.seconds) / seconds
            results[name] = {
                "requestsPerSecond": round(rate, 1),
                "p50Ms": round(p50),
                "p99Ms": round(p99),
                "errors": figures.errors,
            }
            share = rate / results["baseline: nothing but bytes"]["requestsPerSecond"]
            print(
                f"{name:<28} {rate:6.0f} req/s   p50 {p50:5.0f} ms   p99 {p99:5.0f} ms   "
                f"errors {figures.errors}   {share:6.1%} of the baseline",
                flush=True,
            )
        print(json.dumps(results))
    return int(any(found["errors"] for found in results.values()))


if __name__ == "__main__":
    sys.exit(main())
