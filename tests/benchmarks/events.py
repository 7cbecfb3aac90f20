"""How fast events go: 10,000 of 500 hotspots, to one system on this machine.

``make bench BENCH=events`` (``--events 1000``, ``--hotspots 50``, ``--database-url URL``): writes the history
of cases, has the events made and sent as the scheduler does, each part in a process of its own, and prints
the seconds on the clock and of the processor, the peak of memory, and the same to plainly post as many
bodies from eight threads, as one would without a database, order or signatures. It fails if they take more
than a minute, if one is lost or comes twice, or if a hotspot's are out of order.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import insert, update

from hotspots.access.signed_links import load_signing_key
from hotspots.publishing.events.subscribers import NewSubscription, subscribe
from hotspots.settings import Settings, load_settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from jobs.events import send_what_waits
from tests.benchmarks.measuring import Stopwatch, add_hotspots, memory_mb, run_apart

AIM_S = 60.0
THREADS = 8


async def receive() -> None:
    """Take events until the input ends; then tell how many came, of how many, and whether in order."""
    last: dict[str, str] = {}
    found: dict[str, Any] = {"requests": 0, "ids": set(), "outOfOrder": 0}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head_of(reader):
            lengths = [line for line in head.lower().splitlines() if line.startswith("content-length:")]
            event = json.loads(await reader.readexactly(int(lengths[0].partition(":")[2])))
            subject = event["subject"]
            found["outOfOrder"] += event["sequence"] < last.get(subject, "")
            last[subject] = event["sequence"]
            found["requests"] += 1
            found["ids"].add(event["id"])
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(found | {"ids": len(found["ids"])}), flush=True)
    os._exit(0)  # connections that are kept open would hold it up


async def _head_of(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""


def fill(url: str, settings: Settings, port: int, count: int, places: int) -> None:
    """Write places, one who is told of them, and changes of their cases."""
    database, now = Database(url), datetime.now(UTC)
    database.upgrade()
    with database.writing() as connection:
        ids = add_hotspots(connection, count=places, weeks=1, codes=["BU00000000"])
    everything = NewSubscription(
        "benchmark", f"http://127.0.0.1:{port}/events", reads_dwellings=True, reads_cases=True
    )
    key = load_signing_key(settings.service)
    subscribe(database, settings, key, subscription=everything, by=None, now=now)
    each = count // places
    rows = [
        {
            "hotspot_id": identifier,
            "version": version,
            "at": now + timedelta(milliseconds=version),
            "actor_id": "b",
            "actor": "B. Benchmark",
            "organisation": "politie",
            "kind": "verrijken",
            "status": "kandidaat",
            "before": {},
            "after": {},
        }
        for version in range(2, each + 2)
        for identifier in ids
    ]
    with database.writing() as connection:
        connection.execute(insert(hotspot_events), rows)
        connection.execute(update(hotspots).values(version=each + 1))
    database.close()


def send(url: str) -> dict[str, Any]:
    """Send all there is, as the scheduler does."""
    settings, database, stopwatch = load_settings(), Database(url), Stopwatch()
    counts = send_what_waits(database, settings, clock=lambda: datetime.now(UTC))
    return _measured(stopwatch) | dict(counts)


def post(port: int, count: int) -> dict[str, Any]:
    """Post as many bodies of the same size, from some threads."""
    stopwatch = Stopwatch()
    body = json.dumps({"id": "x", "subject": "HS-2023-001", "sequence": "0", "data": "x" * 420}).encode()

    def post_some(_: int) -> None:
        with httpx2.Client() as client:
            for _ in range(count // THREADS):
                client.post(f"http://127.0.0.1:{port}/events", content=body)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(post_some, range(THREADS)))
    return _measured(stopwatch)


def _measured(stopwatch: Stopwatch) -> dict[str, Any]:
    return {
        "clockS": round(stopwatch.clock_s, 2),
        "processorS": round(stopwatch.processor_s, 2),
        "peakMb": round(memory_mb("VmHWM")),
    }


def _received(receiver: "subprocess.Popen[str]") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(receiver.communicate()[0])
    return told


def _receiver() -> tuple["subprocess.Popen[str]", int]:
    command = [sys.executable, "-m", "tests.benchmarks.events", "--part", "receive"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # for the type checker
    return process, int(process.stdout.readline())


def _part(name: str, *arguments: object, **options: Any) -> dict[str, Any]:
    done = run_apart(__file__, "--part", name, *arguments, stdout=subprocess.PIPE, **options)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # after what it logs
    return told


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--hotspots", type=int, default=500)
    parser.add_argument("--database-url")
    parser.add_argument("--part", choices=["receive", "send", "post"])
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.part == "receive":
        asyncio.run(receive())
    elif arguments.part == "send":
        print(json.dumps(send(arguments.database_url)))
    elif arguments.part == "post":
        print(json.dumps(post(arguments.port, arguments.events)))
    else:
        measure(arguments.events, arguments.hotspots, arguments.database_url)


def measure(count: int, places: int, database_url: str | None) -> None:
    """Measure both, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{Path(folder) / 'events.sqlite'}"
        path = Path(folder) / "hotspots.toml"
        path.write_text(
            f'[service]\naddress = "https://hotspots.example.org"\nsigning_key_file = "{folder}/key"\n',
            encoding="utf-8",
        )
        receiver, port = _receiver()
        fill(url, load_settings(path, {}), port, count, places)
        sent = _part("send", "--database-url", url, env={"HOTSPOTS_CONFIG": str(path)})
        received = _received(receiver)
        plain_receiver, port = _receiver()
        plain = _part("post", "--port", port, "--events", count)
        _received(plain_receiver)
    ratio = sent["processorS"] / plain["processorS"]
    print(json.dumps({"sent": sent, "received": received, "plain": plain, "ratio": round(ratio, 2)}))
    is_whole = received == {"requests": count, "ids": count, "outOfOrder": 0}
    if not is_whole or sent["clockS"] > AIM_S:
        raise SystemExit(f"wanted {count} events, each once and in order, within {AIM_S:.0f} s")


if __name__ == "__main__":
    main()
