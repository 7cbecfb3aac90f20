"""Whether the service stays as large as it is under mixed load, while files come in and weekly runs are done.

``make bench BENCH="soak --minutes 30"``:
makes a year of a city as `hotspots demo` does, serves it as people do, and lets readers, someone who handles
cases, imports and weekly runs go on beside each other. The memory of the service is sampled; a line is fitted
through what comes after the first third, in which caches fill, with its 95 % interval. Ends with 1 when that
line rises more than the bound, or when an answer was a fault of the service. A service started anew on the
same data, then read for a third of the time, shows how much of it is data.

``--still``: nothing but readers, so that what is stored stays as it is: what grows then is not data.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic

import httpx2
import numpy as np
from scipy.stats import linregress, t

from hotspots.access.accounts import add_user
from hotspots.access.rights import Role
from hotspots.access.sessions import sign_in
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from tests.benchmarks.measuring import memory_mb, served

SAMPLE_S = 5
MAX_GROWTH_MB_PER_HOUR = 10.0
"""What caches that still fill may add; a leak of a hundred bytes per answer is more at this load."""

PIECES = 10
"""In so many pieces the samples are averaged before a line is fitted."""

AS_DEPLOYED = {"MALLOC_ARENA_MAX": "2"}
"""What ``docs/deployment/hotspots.env`` says of memory."""

PASSWORD = "correct horse battery"
ADDRESSES = (
    *(
        "/",
        "/kaart",
        "/v1/hotspots",
        "/v1/hotspots?soort=gebied&bbox=5.6,50.8,5.8,50.9",
        "/v1/gebieden",
        "/v1/buurten",
    ),
    *(
        "/ogc/collections/hotspots/items",
        "/v1/hotspots?pagina=999",
        "/v1/hotspots/bestaat-niet",
        "/gezond",
        "/metrics",
    ),
    *("/v1/hotspots?peildatum=2023-06-30", "/v1/hotspots?bbox=nonsense", "/v1/openapi.json", "/aanmelden"),
)


@dataclass
class Told:
    """What the load counted."""

    statuses: Counter[int] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, answer: httpx2.Response) -> httpx2.Response:
        """Count an answer, and keep one that is a fault of ours."""
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.faults.append(f"{answer.status_code} {answer.request.method} {answer.request.url.path}")
        return answer


def read(address: str, token: str, told: Told, stop: Event, *, number: int) -> None:
    """Ask for lists, maps, pages and what does not exist, in an odd order, as fast as answers come."""
    random = Random(number)
    with httpx2.Client(base_url=address, timeout=60, cookies={"hotspots_sessie": token}) as client:
        names = [hotspot["nummer"] for hotspot in client.get("/v1/hotspots").json()["hotspots"]]
        while not stop.is_set():
            path = random.choice([*ADDRESSES, f"/hotspots/{random.choice(names)}"])
            accept = random.choice(["*/*", "application/geo+json, */*;q=0.1", "text/html, */*"])
            # a connection that was idle may be closed just when it is used again: that is no fault
            with suppress(httpx2.TransportError):
                told.note(client.get(path, headers={"Accept": accept}))
            stop.wait(0.02)


def handle_cases(address: str, token: str, told: Told, stop: Event) -> None:
    """Assign cases and comment on them, each change with the version that was seen."""
    cookies = {"hotspots_sessie": token}
    with httpx2.Client(base_url=address, timeout=60, cookies=cookies) as client:
        csrf = {"X-CSRF-Token": client.get("/sessie").json()["csrf"]}
        ids = [hotspot["id"] for hotspot in client.get("/v1/hotspots").json()["hotspots"]]
        for number in count():
            if stop.wait(0.5):
                return
            path = f"/v1/hotspots/{ids[number % len(ids)]}"
            with suppress(httpx2.TransportError):
                seen = told.note(client.get(f"{path}/dossier"))
                body = {"organisatie": "OOV" if number % 2 else None}
                headers = csrf | {"If-Match": seen.headers.get("etag", "")}
                changed = told.note(client.put(f"{path}/toewijzing", json=body, headers=headers))
                remark = told.note(
                    client.post(f"{path}/opmerkingen", json={"tekst": "Gezien."}, headers=csrf)
                )
                told.done["changed cases"] += changed.status_code == 200
                told.done["comments"] += remark.status_code == 201


def export_lines(number: int) -> Iterator[str]:
    """Some reports of the Melddesk, other ones each time."""
    yield (
        "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
        "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
    )
    random = Random(number)
    for row in range(200):
        at = datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(minutes=number * 200 + row)
        x, y = 176_000 + random.uniform(-1500, 1500), 318_000 + random.uniform(-1500, 1500)
        place = f"{x:.1f};{y:.1f};m{row % 50}"
        yield f"S{number}-{row};{at:%Y-%m-%d %H:%M};Overlast drugs;;Er wordt gedeald;;;;;;;{place}"


def work_unattended(folder: Path, told: Told, stop: Event, *, every_s: float) -> None:
    """Import a file and do a weekly run, as the command does them, again and again."""
    command = str(Path(sys.executable).with_name("hotspots"))
    for number in count():
        if stop.wait(every_s):
            return
        path = folder / "export.csv"
        path.write_text("\n".join(export_lines(number)) + "\n", encoding="utf-8")
        day = (datetime(2024, 1, 7, tzinfo=UTC) + timedelta(weeks=number % 8)).date()
        for name, arguments in {
            "imports": ["reports", "import", str(path), "--source", "melddesk", "--json"],
            "weekly runs": ["detect", "--as-of", str(day), "--json"],
        }.items():
            ended = subprocess.run(
                ["nice", command, *arguments], cwd=folder, capture_output=True, text=True, check=False
            )
            told.done[name] += ended.returncode == 0
            if ended.returncode:
                told.faults.append(f"{name}: {ended.stderr[-300:]}")


def made_year(folder: Path) -> Settings:
    """Run the demo in a folder; gives its settings."""
    command = [
        str(Path(sys.executable).with_name("hotspots")),
        "demo",
        "--no-serve",
        "--today",
        "2024-01-01",
        "--json",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTSPOTS_")}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return load_settings(folder / "var" / "demo" / "hotspots.toml", {})


def session(folder: Path, settings: Settings) -> str:
    """Make someone of OOV, and sign in; gives the token of the session."""
    database = Database(f"sqlite:///{folder / 'var' / 'demo' / 'hotspots.sqlite'}")
    now = datetime.now(UTC)
    try:
        add_user(
            database,
            name="soak",
            full_name="Iemand van OOV",
            role=Role.OOV,
            password=PASSWORD,
            created_by="soak",
            now=now,
            organisation="OOV",
        )
        return sign_in(database, settings.sign_in, name="soak", password=PASSWORD, now=now)
    finally:
        database.close()


def pieces_of(samples: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The means of ten pieces of the time: seconds and MB."""
    means = [piece.mean(axis=0) for piece in np.array_split(np.array(samples), PIECES)]
    return [(float(seconds), float(mb)) for seconds, mb in means]


def slope_of(samples: list[tuple[float, float]]) -> tuple[float, float]:
    """How fast memory grows in MB an hour, and how far off that may be (95 %).

    Samples follow each other closely and are alike; so the means of ten pieces are taken as the measurements.
    """
    seconds, mb = np.array(pieces_of(samples)).T
    fit = linregress(seconds / 3600, mb)
    return float(fit.slope), float(t.ppf(0.975, PIECES - 2) * fit.stderr)


@contextmanager
def watched(folder: Path, told: Told) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve; that it ended, and errors in its log, are kept as faults."""
    with served(folder, AS_DEPLOYED) as (address, process):
        yield address, process
        if process.poll() is not None:
            told.faults.append(f"the service ended with {process.returncode}")
    log = (folder / "log").read_text(encoding="utf-8")
    told.faults += [line for line in log.splitlines() if '"level": "error"' in line]


def under(
    process: subprocess.Popen[bytes], minutes: float, work: Sequence[Callable[[Event], None]]
) -> list[tuple[float, float]]:
    """Let all work go on beside each other; gives the memory of the process in MB at each second sampled."""
    stop, samples = Event(), []
    threads = [Thread(target=one, args=(stop,)) for one in work]
    for thread in threads:
        thread.start()
    start = monotonic()
    while monotonic() - start < minutes * 60 and process.poll() is None:
        samples.append((monotonic() - start, memory_mb("VmRSS", process.pid)))
        stop.wait(SAMPLE_S)
    stop.set()
    for thread in threads:
        thread.join()
    return samples


def soak(
    folder: Path, minutes: float, told: Told, *, still: bool = False
) -> tuple[list[tuple[float, float]], float]:
    """Serve under load; gives the memory at each second sampled, and that of a service started anew after it.

    The second one reads what the first one left for a while: what it takes less is what the first one leaked.
    """
    settings = made_year(folder)
    token = session(folder, settings)
    configuration = folder / "var" / "demo" / "hotspots.toml"
    with configuration.open("a", encoding="utf-8") as file:
        file.write('[service]\nport = 0\nrequests_per_minute = 0\n[log]\nlevel = "info"\nformat = "json"\n')
    os.environ["HOTSPOTS_CONFIG"] = str(configuration)
    with watched(folder, told) as (address, process):
        readers = [partial(read, address, token, told, number=number) for number in range(3)]
        beside = [
            partial(handle_cases, address, token, told),
            partial(work_unattended, folder, told, every_s=min(60, minutes * 15)),
        ]
        samples = under(process, minutes, readers if still else [*readers, *beside])
    after = Told()
    with watched(folder, told) as (address, process):
        readers = [partial(read, address, token, after, number=number) for number in range(3)]
        anew = under(process, minutes / 3, readers)
    told.faults += after.faults
    return samples, anew[-1][1]


def main() -> int:
    """Soak, and print the figures; 1 if memory grew or an answer was a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--still", action="store_true", help="Readers only: what is stored does not grow.")
    chosen = parser.parse_args()
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        samples, anew_mb = soak(Path(folder), chosen.minutes, told, still=chosen.still)
    late = [sample for sample in samples if sample[0] >= chosen.minutes * 20]
    slope, margin = slope_of(late)
    answers = sum(told.statuses.values())
    statuses = ", ".join(f"{status}: {number:,}" for status, number in sorted(told.statuses.items()))
    print(f"{answers:,} answers in {chosen.minutes:g} minutes ({statuses}); {dict(told.done)}")
    print(
        f"memory of the service: {samples[0][1]:.0f} MB at the start, {late[0][1]:.0f} MB after a third, "
        f"{late[-1][1]:.0f} MB at the end, at most {max(mb for _, mb in samples):.0f} MB"
    )
    tenths = ", ".join(f"{mb:.0f}" for _, mb in pieces_of(samples))
    print(f"means of tenths of the time: {tenths} MB")
    print(f"started anew on what was left: {anew_mb:.0f} MB after reading for a third of the time")
    print(
        f"line through the last two thirds: {slope:+.1f} MB an hour, 95 % from {slope - margin:+.1f} to "
        f"{slope + margin:+.1f} (bound {MAX_GROWTH_MB_PER_HOUR:g})"
    )
    for fault in told.faults[:20]:
        print(f"fault: {fault}")
    print(json.dumps({"answers": answers, "slopeMbPerHour": round(slope, 2), "faults": len(told.faults)}))
    return int(bool(told.faults) or slope > MAX_GROWTH_MB_PER_HOUR)


if __name__ == "__main__":
    sys.exit(main())
