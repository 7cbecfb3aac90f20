"""How fast the table of open cases is: 500 of them, with the verdicts, accounts and history of a city.

``make bench BENCH=triage`` (``--times 100``, ``--database-url URL``): fills a database, serves it as people
do, signs in as OOV, and prints for each address p50, p95 and the time of the processor in ms, and the size;
and how many queries the table takes for 50 and for 500 cases. It fails if the table takes more than 60 ms at
p95, or a query per row.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx2
import numpy as np
from sqlalchemy import Connection, event, insert, select, update

from hotspots.access.accounts import add_user
from hotspots.access.rights import EVERYTHING, Actor, Role
from hotspots.access.sessions import sign_in
from hotspots.casework.open_cases import read_open_cases
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped, names_of_gebieden
from hotspots.store.case_tables import hotspot_events, users, verdicts
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspots
from hotspots.tracking.selection import Selection
from tests.benchmarks.measuring import LAST, add_hotspots, midnight, served, used_s

OPEN, WEEKS, PARTNERS, PEOPLE, AIM_MS = 500, 52, ("politie", "Trajekt", "Handhaving"), 40, 60.0
WARMING = 5  # the first requests read templates
PASSWORD = "correct horse battery"  # of this benchmark only
ADDRESSES = (
    "/triage",
    "/triage?toon=te-laat&sort=-leeftijdDagen",
    "/triage?status=in+verificatie&soort=gebied",
    "/triage/HS-2023-0042",
    "/v1/zaken",
    "/v1/zaken?paginaGrootte=500",
)
STATUSES = ("kandidaat", "in verificatie", "in verificatie", "veiligheid", "in aanpak", "nazorg")


def fill(url: str, settings: Settings) -> str:
    """Write open cases with all that belongs to them, as many closed ones, and a user; gives a session."""
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = list(connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars())
        gebieden = names_of_gebieden(connection, settings.areas.gebieden)
        ids = add_hotspots(
            connection,
            count=2 * OPEN,
            weeks=WEEKS,
            codes=codes,
            statuses=[status for open_one in STATUSES for status in (open_one, "gesloten")],
            indicaties=("onbepaald", "veiligheid", "leefbaarheid"),
            redenen=("12 meldingen op 9 dagen in 7 weken.", "Gemeld door 5 melders."),
        )
        people = _add_people(connection, gebieden)
        _work_on(connection, ids, people)
    now = datetime.now(UTC)
    person: dict[str, Any] = {"name": "adviseur", "full_name": "O. Adviseur", "role": Role.OOV}
    add_user(database, **person, password=PASSWORD, created_by="x", now=now, organisation="OOV")
    token = sign_in(database, settings.sign_in, name="adviseur", password=PASSWORD, now=now)
    database.close()
    return token


def _add_people(connection: Connection, gebieden: list[str]) -> list[dict[str, Any]]:
    people = [
        {
            "id": str(uuid4()),
            "name": f"agent{number}",
            "full_name": f"A. Agent {number}",
            "role": "gebiedsteam",
            "organisation": PARTNERS[number % len(PARTNERS)],
            "gebieden": [gebieden[number % len(gebieden)], gebieden[number // 3 % len(gebieden)]],
            "granted": [],
            "is_disabled": False,
            "created_at": midnight(LAST),
            "created_by": "benchmark",
        }
        for number in range(PEOPLE)
    ]
    connection.execute(insert(users), people)
    return people


def _work_on(connection: Connection, ids: list[str], people: list[dict[str, Any]]) -> None:
    """Terms, assignments, two verdicts and ten changes of each case."""
    for number, identifier in enumerate(ids):
        who = people[number % PEOPLE]
        assigned = {"assigned_to": who["full_name"], "assigned_user_id": who["id"]} if number % 3 else {}
        due = LAST + timedelta(days=number % 60 - 30)
        connection.execute(update(hotspots).where(hotspots.c.id == identifier).values(due_on=due, **assigned))
    signed = {
        "given_at": midnight(LAST),
        "actor_id": "x",
        "given_by": "A. Agent",
        "reason": "Bekend bij ons.",
    }
    connection.execute(
        insert(verdicts),
        [
            {"hotspot_id": one, "organisation": who, "verdict": "leefbaarheid", "is_final": False}
            | signed
            | {"figures": {"reports": 12}}
            for one in ids
            for who in PARTNERS[:2]
        ],
    )
    change = {"at": midnight(LAST), "actor_id": "x", "actor": "A", "organisation": "OOV", "kind": "oordelen"}
    connection.execute(
        insert(hotspot_events),
        [
            {"hotspot_id": one, "version": version, "status": "in verificatie", "before": {}, "after": {}}
            | change
            for one in ids
            for version in range(2, 12)
        ],
    )


def queries_of(url: str, settings: Settings, numbers: list[int]) -> list[int]:
    """How many queries the table takes when only so many cases are open."""
    database, actor, found = Database(url), Actor("o", "O. Adviseur", Role.OOV, "OOV"), []
    for wanted in numbers:
        asked: list[str] = []
        with database.reading() as connection:
            ids = list(connection.execute(select(hotspots.c.id).limit(2 * wanted)).scalars())

            def note(*given: Any, told: list[str] = asked) -> None:
                told.append(given[2])

            event.listen(database.engine, "before_cursor_execute", note)
            selection = Selection(EVERYTHING, ids=ids)
            read_open_cases(connection, settings, selection, actor=actor, today=LAST)
            event.remove(database.engine, "before_cursor_execute", note)
        found.append(len(asked))
    database.close()
    return found


def main() -> int:
    """Fill, serve, measure, print one line per address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--database-url", default="")
    chosen = parser.parse_args()
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database_url or f"sqlite:///{folder}/benchmark.sqlite"
        token = fill(url, settings)
        configuration = Path(folder) / "hotspots.toml"
        configuration.write_text("[service]\nport = 0\nrequests_per_minute = 0\n", encoding="utf-8")
        variables = {"HOTSPOTS_CONFIG": str(configuration), "HOTSPOTS_DATABASE_URL": url}
        variables |= {"HOTSPOTS_LOG_LEVEL": "warning"}
        cookies = {"hotspots_sessie": token}
        with (
            served(Path(folder), variables) as (address, process),
            httpx2.Client(base_url=address, cookies=cookies, timeout=60) as client,
        ):
            for path in ADDRESSES:
                results[path] = _measured(client, path, chosen.times, process.pid)
        few, many = queries_of(url, settings, [OPEN // 10, OPEN])
        print(f"queries for {OPEN // 10} cases {few}, for {OPEN} {many}")
        print(json.dumps(results | {"queries": {"few": few, "many": many}}))
    return int(results["/triage"]["p95Ms"] > AIM_MS or few != many)


def _measured(client: httpx2.Client, path: str, times: int, process_id: int) -> dict[str, float]:
    """Milliseconds of an address, after the first requests, which read templates."""
    seconds, size, before = [], 0, 0.0
    for number in range(times + WARMING):
        if number == WARMING:
            before = used_s(process_id)
        start = perf_counter()
        answer = client.get(path)
        taken = perf_counter() - start
        answer.raise_for_status()
        size = len(answer.content)
        if number >= WARMING:
            seconds.append(taken)
    processor = (used_s(process_id) - before) / times * 1000
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    print(
        f"{path:<46} p50 {p50:5.1f} ms   p95 {p95:5.1f} ms   cpu {processor:4.1f} ms {size / 1000:6.0f} kB",
        flush=True,
    )
    return {"p50Ms": round(p50, 1), "p95Ms": round(p95, 1), "processorMs": round(processor, 1)}


if __name__ == "__main__":
    sys.exit(main())
