"""How fast the account of a year is: 2,000 and 300,000 reports in it, and as many the year before.

``make bench BENCH=year`` (``--times 20``, ``--databases sqlite postgresql``, ``--reports 2000 300000``)
fills databases with reports, weekly runs, decisions and measures, serves them as people do, and signs in as
OOV. Prints for each size and address p50 and p95, the time of the processor, the size of the answer and the
peak of the memory of the service, and how many times longer a notebook takes that reads the reports of both
years with pandas and counts them per buurt. Nothing is answered from a cache. It fails if a page of 2,000
reports takes more than 100 ms at p50, or of 300,000 more than 1 s, or a file of 2,000 more than 3 s.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx2
import numpy as np
import pandas as pd
from sqlalchemy import Connection, insert, select

from hotspots.access.accounts import add_user
from hotspots.access.rights import Role
from hotspots.access.sessions import sign_in
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import hotspot_events, measures
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, moment_of, report_locations, reports
from tests.benchmarks.faults import Server
from tests.benchmarks.measuring import LAST, add_hotspots, memory_mb, midnight, served, used_s

WEEKS, WARMING = 104, 3
FIRST = date(2022, 1, 1)
PASSWORD = "correct horse battery"  # of this benchmark only
ADDRESSES = ("/jaar/2023", "/jaar?van=2023-04-01&tot=2023-09-30", "/v1/jaren/2023")
FILES = tuple(f"/jaar/2023/download?vorm={kind}" for kind in ("pdf", "docx", "csv", "xlsx"))
FILE_AIMS_MS = {2_000: 3000.0}
AIMS_MS = {2_000: 100.0, 300_000: 1000.0}
STATUSES = ("veiligheid", "leefbaarheid", "geen hotspot", "kandidaat", "gesloten")
PART = 20_000


def fill(url: str, settings: Settings, count: int) -> str:
    """Write two years of reports, runs and what people did, and a user; gives a session."""
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = list(connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars())
        places = max(30, count // 150)
        ids = add_hotspots(
            connection,
            count=places,
            weeks=WEEKS,
            codes=codes,
            statuses=STATUSES,
            indicaties=("onbepaald", "veiligheid", "leefbaarheid"),
            redenen=("12 meldingen op 9 dagen.",),
        )
        spread = np.linspace(0, 2 * 364, places).astype(int)
        _decide(connection, ids, spread)
        _add_reports(connection, codes, 2 * count)
    if not database.is_sqlite:  # what PostgreSQL does by itself within minutes
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    now = datetime.now(UTC)
    person: dict[str, Any] = {"name": "adviseur", "full_name": "O. Adviseur", "role": Role.OOV}
    add_user(database, **person, password=PASSWORD, created_by="x", now=now, organisation="OOV")
    token = sign_in(database, settings.sign_in, name="adviseur", password=PASSWORD, now=now)
    database.close()
    return token


def _decide(connection: Connection, ids: list[str], spread: "np.ndarray[Any, Any]") -> None:
    signed = {"actor_id": "x", "actor": "O. Adviseur", "organisation": "OOV", "before": {}, "after": {}}
    events, begun = [], []
    for number, (one, days) in enumerate(zip(ids, spread.tolist(), strict=True)):
        status = STATUSES[number % len(STATUSES)]
        verdict = status if number % len(STATUSES) < 3 else None
        at = midnight(FIRST + timedelta(days=days)) + timedelta(hours=10)
        for version, name in enumerate(("in verificatie", status), start=2):
            final = verdict if version == 3 else None
            more = {"version": version, "at": at + timedelta(days=7 * version), "kind": name}
            events.append({"hotspot_id": one, "status": name, "verdict": final} | more | signed)
        if number % 5 < 2:
            begun.append(
                {
                    "hotspot_id": one,
                    "kind": ("gesprek", "toezicht en handhaving")[number % 2],
                    "description": "Een gesprek.",
                    "owner": "Trajekt",
                    "starts_on": FIRST + timedelta(days=days),
                    "is_withdrawn": False,
                    "created_at": at,
                    "created_by": "benchmark",
                }
            )
    connection.execute(insert(hotspot_events), events)
    connection.execute(insert(measures), begun)


def _add_reports(connection: Connection, codes: list[str], count: int) -> None:
    random = np.random.default_rng(7)
    import_id = connection.execute(
        insert(imports)
        .values(source="benchmark", file_name="x", file_sha256="", started_at=midnight(LAST))
        .returning(imports.c.id)
    ).scalar_one()
    for first in range(0, count, PART):
        numbers = range(first, min(first + PART, count))
        size = len(numbers)
        minutes = random.integers(0, 2 * 365 * 24 * 60, size).tolist()
        buurten, kinds = random.integers(0, len(codes), size).tolist(), random.random(size).tolist()
        lon, lat = random.uniform(5.65, 5.74, size).tolist(), random.uniform(50.82, 50.88, size).tolist()
        rows, where = [], []
        for at, number in enumerate(numbers):
            reported = midnight(FIRST) + timedelta(minutes=minutes[at])
            rows.append(
                {
                    "id": number + 1,
                    "source": "benchmark",
                    "source_id": str(number),
                    "category": "drugs" if kinds[at] < 0.3 else "personen",
                    "is_counted": kinds[at] < 0.98,
                    "reported_at": reported,
                    "occurred_at": reported if number % 4 == 0 else None,
                    "precision": ("adres", "adres", "straat", "geen")[number % 4],
                    "buurtcode": codes[buurten[at]],
                    "known_from": reported,
                    "content_hash": "",
                    "first_import_id": import_id,
                    "last_import_id": import_id,
                }
            )
            where.append({"report_id": number + 1, "lon": lon[at], "lat": lat[at]})
        connection.execute(insert(reports), rows)
        connection.execute(insert(report_locations), where)


def measure(client: httpx2.Client, process_id: int, address: str, times: int) -> dict[str, float]:
    """Ask for a page again and again: ms of the service and its processor, and kB of the answer."""
    seconds, used = [], 0.0
    for number in range(times + WARMING):
        if number == WARMING:
            used = used_s(process_id)
        start = perf_counter()
        answer = client.get(address)
        seconds.append(perf_counter() - start)
        answer.raise_for_status()
    p50, p95 = np.percentile(seconds[WARMING:], [50, 95]) * 1000
    return {
        "p50Ms": round(float(p50), 1),
        "p95Ms": round(float(p95), 1),
        "processorMs": round((used_s(process_id) - used) / times * 1000, 1),
        "kB": round(len(answer.content) / 1000, 1),
    }


def measure_notebook(url: str) -> float:
    """Ms that it takes to read the reports of both years with pandas, and count them per buurt and year."""
    database = Database(url)
    start = perf_counter()
    with database.reading() as connection:
        query = select(moment_of(reports).label("moment"), reports.c.buurtcode, reports.c.category).where(
            reports.c.is_counted
        )
        table = pd.DataFrame(connection.execute(query).mappings().all())
    local = pd.to_datetime(table["moment"], utc=True).dt.tz_convert("Europe/Amsterdam")
    table.assign(year=local.dt.year).groupby(["year", "buurtcode", "category"]).size()
    seconds = perf_counter() - start
    database.close()
    return seconds * 1000


def main() -> int:
    """Fill, serve, measure and print; 1 if a page is too slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--reports", nargs="+", type=int, default=list(AIMS_MS))
    asked = parser.parse_args()
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    results: dict[str, dict[str, float]] = {}
    is_slow = False
    for kind in asked.databases:
        for count in asked.reports:
            with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as url:
                token = fill(url, settings, count)
                configuration = Path(folder) / "hotspots.toml"
                configuration.write_text(
                    '[municipality]\nname = "Maastricht"\ncode = "GM0935"\n'
                    "[service]\nport = 0\nrequests_per_minute = 0\n",
                    encoding="utf-8",
                )
                notebook = measure_notebook(url)
                variables = {"HOTSPOTS_CONFIG": str(configuration), "HOTSPOTS_DATABASE_URL": url}
                with served(Path(folder), variables) as (base, process):
                    cookies = {"hotspots_sessie": token}
                    with httpx2.Client(base_url=base, cookies=cookies, timeout=60) as client:
                        for address in (*ADDRESSES, *FILES):
                            times = max(asked.times // 4, 3) if address in FILES else asked.times
                            found = measure(client, process.pid, address, times)
                            found["notebookRatio"] = round(notebook / found["p50Ms"], 2)
                            found["peakMB"] = round(memory_mb("VmHWM", process.pid))
                            results[f"{kind} {count} {address}"] = found
                            aims = FILE_AIMS_MS if address in FILES else AIMS_MS
                            is_slow |= found["p50Ms"] > aims.get(count, float("inf"))
    for name, figures in results.items():
        told = "  ".join(f"{what} {value:g}" for what, value in figures.items())
        print(f"{name:<60} {told}")
    print(json.dumps(results))
    return int(is_slow)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/benchmark.sqlite"
        return
    server = Server()
    server.do("CREATE DATABASE years")
    try:
        yield server.url("years")
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
