"""What the benchmarks share: seconds and memory, processes of their own, a service, and hotspots to show."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, insert

from hotspots.store.run_tables import hotspot_states, hotspots, runs

ROOT = Path(__file__).parents[2]
LAST = date(2023, 12, 31)
"""The last weekly run of :func:`add_hotspots`."""


class Stopwatch:
    """Both kinds of seconds since it was made."""

    def __init__(self) -> None:
        self._clock, self._processor = perf_counter(), process_time()

    @property
    def clock_s(self) -> float:
        """Seconds on the clock."""
        return perf_counter() - self._clock

    @property
    def processor_s(self) -> float:
        """Seconds that the processor worked for this process."""
        return process_time() - self._processor


def memory_mb(what: str, process_id: int | str = "self") -> float:
    """Memory of a process: ``VmHWM`` the most it has had, ``VmRSS`` what it has now.

    Unlike getrusage's, the most is not that of the process that started it.
    """
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def run_apart(script: str, *arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a part of a benchmark in a process of its own, so that the peak is its own."""
    command = [sys.executable, "-m", f"tests.benchmarks.{Path(script).stem}", *map(str, arguments)]
    paths = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    environment = os.environ | options.pop("env", {}) | {"PYTHONPATH": paths}
    return subprocess.run(command, check=True, text=True, env=environment, **options)


def used_s(process_id: int) -> float:
    """Seconds that the processor worked for another process so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(
    folder: Path, variables: Mapping[str, str], *, hotspots: Path | None = None
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Serve as people do; gives the address and the process. What it tells is in ``log`` in the folder.

    `hotspots` is the command, by default that of this checkout.
    """
    command = [str(hotspots or Path(sys.executable).with_name("hotspots")), "serve"]
    log = folder / "log"
    with (
        log.open("w") as lines,
        subprocess.Popen(command, cwd=folder, stderr=lines, env=os.environ | variables) as process,
    ):
        try:
            address = ""
            while not address:
                if process.poll() is not None:
                    raise SystemExit(f"the service ended with {process.returncode}:\n{log.read_text()}")
                sleep(0.1)
                words = log.read_text(encoding="utf-8").split()
                address = next((word.rstrip(",") for word in words if word.startswith("http://")), "")
            yield address, process
        finally:
            process.terminate()


def add_hotspots(
    connection: Connection,
    *,
    count: int,
    weeks: int,
    codes: Sequence[str],
    statuses: Sequence[str] = ("kandidaat",),
    indicaties: Sequence[str] = ("onbepaald",),
    redenen: Sequence[str] = (),
    corners: int = 20,
    reports: int = 0,
) -> list[str]:
    """Write hotspots and their states in so many weekly runs up to :data:`LAST`; gives their ids."""
    random = np.random.default_rng(7)
    digits = max(3, len(str(count)))
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1, count + 1)]
    connection.execute(
        insert(hotspots),
        [
            {
                "id": identifier,
                "number": f"HS-2023-{number:0{digits}d}",
                "year": 2023,
                "sequence": number,
                "status": statuses[number % len(statuses)],
            }
            for number, identifier in enumerate(ids, start=1)
        ],
    )
    lon, lat = random.uniform(5.65, 5.74, count), random.uniform(50.82, 50.88, count)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    for week in range(weeks):
        as_of = LAST - timedelta(weeks=weeks - 1 - week)
        run_id = connection.execute(
            insert(runs).returning(runs.c.id),
            {
                "as_of": as_of,
                "window_start": midnight(as_of - timedelta(weeks=26)),
                "window_end": midnight(as_of + timedelta(days=1)),
                "started_at": midnight(as_of),
                "finished_at": midnight(as_of),
                "version": "benchmark",
                "settings_hash": "",
                "report_count": reports,
                "located_count": reports,
                "signalled_count": count,
                "result_hash": "",
            },
        ).scalar_one()
        radius = random.uniform(0.0003, 0.0006, (count, corners))
        outlines = np.stack(
            [lon[:, None] + radius * np.cos(angles), lat[:, None] + radius * np.sin(angles)], axis=2
        )
        shapes: NDArray[Any] = np.array(shapely.to_wkb(shapely.polygons(outlines)))
        scores = random.gamma(2, 3, count)
        connection.execute(
            insert(hotspot_states),
            [
                {
                    "run_id": run_id,
                    "hotspot_id": identifier,
                    "is_signalled": number % 3 > 0,
                    "trend": ("nieuw", "toenemend", "aanhoudend", "stil")[number % 4],
                    "first_report": midnight(as_of - timedelta(days=90)),
                    "last_report": midnight(as_of - timedelta(days=number % 40)),
                    "first_signalled": as_of - timedelta(weeks=number % 20),
                    "last_signalled": as_of,
                    "soort": "woning" if number % 7 == 0 else "gebied",
                    "indicatie": indicaties[number % len(indicaties)],
                    "lon": float(lon[number]),
                    "lat": float(lat[number]),
                    "geometry": shapes[number],
                    "report_count": 8 + number % 30,
                    "day_count": 8,
                    "week_count": 6,
                    "reporter_count": 5,
                    "duration_days": 90,
                    "expected": 2.5,
                    "p_value": 0.001,
                    "recurrence_interval_days": 1000.0,
                    "score": float(scores[number]),
                    "buurtcode": codes[number % len(codes)],
                    "redenen": [reason.format(count=8 + number % 30) for reason in redenen],
                }
                for number, identifier in enumerate(ids)
            ],
        )
    return ids


def midnight(day: date) -> datetime:
    """The start of a day, UTC."""
    return datetime.combine(day, datetime.min.time(), UTC)
