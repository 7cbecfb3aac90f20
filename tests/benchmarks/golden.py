"""Whether another checkout shows people the same as this one: commands, files, API, pages.

``make bench BENCH="golden --against ../other"``. One database is filled by the other checkout: the years of
the demo, a user per role, verdicts, measures, comments, shared maps. On a copy of it each checkout then runs
every command and answers every address; what differs by nature (times of today, tokens, hashes of styles) is
made the same, and the rest is compared. Prints a diff per output, those that are alike once; fails when there
is one.
"""

import argparse
import difflib
import hashlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

ROOT = Path(__file__).parents[2]
CONFIG = "var/demo/hotspots.toml"
ROLES = ("lezer", "gebiedsteam", "oov", "beheerder", "privacy")
PASSWORD = "een lang wachtwoord voor een proef\n" * 2
ADDED_SETTINGS = """[service]
requests_per_minute = 1000000
signing_key = "a key for this comparison only, of a good length"
embed_hosts = ["https://www.example.org"]
"""

COMMANDS = """
status
status --json
db check
db check --json
db upgrade
users list
users list --json
export hotspots --format geojson --output out/hotspots.geojson
export hotspots --format csv --output out/hotspots.csv --json
export hotspots --format gpkg --output out/hotspots.gpkg
export hotspots --format csv --output out/zonder.csv --without-dwellings
export hotspots --format geojson --output out/zonder.geojson --without-dwellings
map --output out/kaart.html --weeks 3
map --output out/kaart.svg --as-of 2023-11-26
map --output out/kaart.png --json
map --output out/gebied.png --area "Wijk 00 Centrum"
map --output out/zonder.html --weeks 1 --without-dwellings
report --week 2023-W48 --output out/rapport
report --week 2023-W40 --output out/wijkrapport --area "Wijk 00 Centrum" --json
statistics alarms --as-of 2023-12-31
statistics alarms --as-of 2023-12-31 --json
statistics monthly --as-of 2023-12-31
statistics monthly --as-of 2023-12-31 --json
statistics near-repeat --as-of 2023-12-31 --permutations 99
statistics near-repeat --as-of 2023-12-31 --permutations 99 --json
statistics emerging --as-of 2023-12-31
statistics emerging --as-of 2023-12-31 --json
statistics effect --treated 207,110 --control 180,190
statistics effect --treated 207,110 --control 180,190 --around-treated 40,50 --around-control 44,42 --json
evaluate rules --set detection.min_reports=6 --from 2023-12-11 --to 2023-12-31
evaluate detection --years 1 --seed 7 --json
geocode review
geocode review --json
geocode
addresses locate adressen.csv --output out/adressen.csv
addresses locate adressen.csv --output out/adressen.csv --json
addresses import var/demo/adressen.csv --json
reports import var/demo/meldingen.csv --source melddesk --dry-run
reports import var/demo/meldingen.csv --source melddesk --rejects out/geweigerd.csv
reports import var/demo/meldingen.csv --source melddesk --json
detect --as-of 2023-12-31
detect --as-of 2023-12-31 --json
replay --from 2023-12-01 --to 2023-12-31
privacy retention --dry-run
privacy retention --dry-run --json
privacy subject --user oov --export out/oov.json
privacy subject --reporter 12 --source melddesk
schedule --once integrity
schedule --once inbox --json
areas import adressen.csv
areas import weg.geojson
addresses import weg.csv
addresses locate weg.csv --output out/weg.csv
reports import weg.csv --source melddesk
reports import adressen.csv --source melddesk
reports import adressen.csv --source onbekend
export hotspots --format xml --output out/hotspots.xml
export hotspots --format csv --output weg/weg/hotspots.csv
map --output out/kaart.gif
map --output out/kaart.png --area Nergens
map --output out/kaart.png --as-of 2020-01-01
map --output out/kaart.png --as-of gisteren
report --week 2023-48 --output out/fout
report --week 2019-W10 --output out/fout
detect --as-of 31-12-2023
replay --from 2023-12-31 --to 2023-12-01
evaluate rules --set detection.min_report=6
evaluate rules --set detection.min_reports=veel
statistics effect --treated 207 --control 180,190
users add oov --role oov
users add nieuw --role baas
users disable onbekend
users mail oov --address geen
users revoke onbekend
users token rapport --scope alles
schedule --once alles
db restore adressen.csv
geocode fix onbekend 1
serve --port 99999
onzin
"""
"""What is run on each copy, in this order; files that are written to ``out`` are compared too."""

ADDRESSES = """adres;nr
Markt 1;1
Grote Gracht 12 A, Maastricht;2
hoek Markt en Grote Gracht;3
6211 CL;4
Bestaatnietstraat 4;5
;6
t/o station;7
"""

QUERIES: Mapping[str, Sequence[str]] = {
    "/v1/hotspots": (
        "paginaGrootte=5&pagina=2",
        "peildatum=2023-09-30&sort=-score,nummer",
        "soort=woning&indicatie=veiligheid",
        "gebied=Wijk+00+Centrum&fields=nummer,trend,aantalMeldingen",
        "bbox=5.68,50.84,5.70,50.86",
        "crs=http://www.opengis.net/def/crs/EPSG/0/28992",
        "gewijzigdSinds=2023-12-01T00:00:00Z",
        "paginaGrootte=0",
        "soort=huis",
        "onzin=1",
        "sort=onzin",
        "peildatum=31-12-2023",
        "bbox=1,2,3",
    ),
    "/v1/trends": ("soort=gebied", "pagina=99"),
    "/v1/adressen/onduidelijk": ("aantal=3",),
}
"""What is asked of lists besides the list itself, right and wrong."""

ACCEPTED = ("application/json", "application/geo+json", "text/csv", "application/xml")
PAGES = (
    *(
        "/",
        "/kaart",
        "/kaart?peildatum=2023-09-03",
        "/uitleg",
        "/account",
        "/rapport",
        "/inbedden",
        "/beheer",
    ),
    *("/gezond", "/gezond/proces", "/metrics", "/ogc", "/ogc/api", "/aanmelden", "/sessie", "/bestaat-niet"),
    *("/?zoek=markt", "/?zoek=bestaat+niet", "/hotspots/HS-1999-001", "/beheer/gebruikers/niemand"),
    *("/v1/openapi.json", "/v1/bestaat-niet"),
)
"""Where the reading of pages begins; what they link to follows."""

PER_PATTERN = 2
"""How many addresses of one form are read, such as pages of a hotspot."""

NATURAL_HEADERS = frozenset(
    {"date", "content-length", "ratelimit-remaining", "ratelimit-reset", "x-request-id", "etag", "connection"}
)
SHOWN_LINES = 24
SHOWN_WIDTH = 260


@dataclass(frozen=True)
class Checkout:
    """A checkout of the software with its own Python."""

    name: str
    root: Path
    python: Path


@dataclass(frozen=True)
class Answer:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Service:
    """The service of a checkout, asked on loopback; knows the sessions of the roles."""

    def __init__(self, port: int, sessions: Mapping[str, tuple[str, str]]) -> None:
        self.port = port
        self.sessions = dict(sessions)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(
        self,
        path: str,
        *,
        role: str = "",
        method: str = "GET",
        form: Mapping[str, str] | None = None,
        json_body: Any = None,
        accept: str = "*/*",
        version: str = "",
    ) -> Answer:
        """One request as someone of this role, with the mark of our own page; nobody if there is no role."""
        headers = {"Accept": accept} | ({"If-Match": version} if version else {})
        body: str | None = None
        if role:
            cookie, csrf = self.sessions[role]
            headers |= {"Cookie": cookie, "X-CSRF-Token": csrf}
            form = None if form is None else {"csrf": csrf, **form}
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif json_body is not None:
            body = json.dumps(json_body)
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        return Answer(
            response.status, {key.lower(): value for key, value in response.getheaders()}, response.read()
        )

    def sign_in(self, role: str, password: str) -> None:
        """Begin a session, and keep its cookie and its mark."""
        answer = self.ask("/aanmelden", method="POST", form={"naam": role, "wachtwoord": password})
        cookie = answer.headers["set-cookie"].split(";")[0]
        self.sessions[role] = (cookie, "")
        page = self.ask("/", role=role).body.decode()
        csrf = re.findall(r'name="csrf" value="([^"]*)"', page)[0]
        self.sessions[role] = (cookie, csrf)


def main() -> int:
    """Fill, run both, compare; 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--against", type=Path, help="The other checkout; it fills the database.")
    parser.add_argument("--root", type=Path, default=ROOT, help="The checkout itself; by default this one.")
    parser.add_argument("--python", type=Path, help="Its Python; by default .venv/bin/python there.")
    parser.add_argument(
        "--other-python", type=Path, help="Python of the other; by default .venv/bin/python there."
    )
    parser.add_argument(
        "--cases", type=Path, default=ROOT.parent / "shared/cases", help="Folders of bad files."
    )
    parser.add_argument("--keep", type=Path, help="Where to leave all outputs; by default they are removed.")
    parser.add_argument("--filled", type=Path, help="A filled folder that an earlier run kept (KEEP/filled).")
    options = parser.parse_args()
    if options.inside:
        return run_inside(options.inside)
    if not options.against:
        print("nothing to compare with: give --against, the folder of another checkout")
        return 0
    before, after = (
        Checkout(name, root.resolve(), (python or root / ".venv/bin/python").absolute())
        for name, root, python in (
            ("before", options.against, options.other_python),
            ("after", options.root, options.python),
        )
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        filled = options.filled or folder / "filled"
        port = free_port()
        sessions = (
            json.loads((filled / "sessions.json").read_text())
            if options.filled
            else fill(before, filled, port)
        )
        outputs = {
            checkout.name: show_all(checkout, filled, folder, sessions, port, options.cases)
            for checkout in (before, after)
        }
        return compare(outputs["before"], outputs["after"])


# -- one database, filled by the other checkout


def fill(checkout: Checkout, folder: Path, port: int) -> dict[str, tuple[str, str]]:
    """Make the demo as it was after 2023, in which a user per role did things; gives their sessions."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    demo = call(checkout, folder, "demo", "--no-serve", "--today", "2024-01-01")
    passwords = dict(re.findall(r"^  (\w+) +([a-z]+-\d{4}) ", demo.stderr, re.MULTILINE))
    settings = (folder / CONFIG).read_text(encoding="utf-8")
    (folder / CONFIG).write_text(settings.replace("[service]\n", ADDED_SETTINGS), encoding="utf-8")
    (folder / "adressen.csv").write_text(ADDRESSES, encoding="utf-8")
    for line in (
        'users add agent --role gebiedsteam --organisation politie --area "Wijk 00 Centrum"',
        "users token rapport --scope hotspots.lezen --days 90",
        "users add weg --role lezer",
        "users disable weg",
        "schedule --once integrity",
        "schedule --once geocode",
        "schedule --once backup",
    ):
        call(checkout, folder, *shlex.split(line))
    with serving(checkout, folder, port, {}) as service:
        for role in ROLES:
            service.sign_in(role, passwords[role])
    (folder / "sessions.json").write_text(json.dumps(service.sessions))
    return service.sessions


def hotspots_of(service: Service, role: str) -> list[dict[str, Any]]:
    """The hotspots that a role may know of, by number."""
    answer = service.ask("/v1/hotspots?paginaGrootte=200", role=role)
    return sorted(json.loads(answer.body)["hotspots"], key=lambda item: str(item["nummer"]))


# -- all that a checkout shows


def show_all(
    checkout: Checkout,
    filled: Path,
    folder: Path,
    sessions: Mapping[str, tuple[str, str]],
    port: int,
    cases: Path,
) -> dict[str, str]:
    """Every output by its name, made alike; written under the checkout's name too."""
    started = time.perf_counter()
    work = folder / "work"  # the same for both, so that no path differs
    copy_of(filled, work, checkout)
    alike = normaliser(checkout)
    with serving(checkout, work, port, sessions) as service:
        shown = dict(answers_of(service))
    shown |= {
        f"serve: {line}": ""
        for line in (work / "serve.log").read_text().splitlines()
        if "Traceback" in line or "[error" in line or "[warning" in line
    }
    copy_of(filled, work, checkout)
    shown |= command_outputs(checkout, work, cases)
    shown = {name: alike(text) for name, text in shown.items()}
    target = folder / checkout.name
    shutil.rmtree(target, ignore_errors=True)
    for name, text in shown.items():
        path = target / (re.sub(r"[^\w.=-]+", "_", name)[:180] + ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{checkout.name}: {len(shown)} outputs in {time.perf_counter() - started:.0f} s", flush=True)
    return shown


def copy_of(filled: Path, work: Path, checkout: Checkout) -> None:
    """Begin anew with what was filled, brought up to the schema of a checkout."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(filled, work)
    call(checkout, work, "db", "upgrade")


def normaliser(checkout: Checkout) -> Any:
    """What makes alike what differs by nature; few rules, each for one thing."""
    now = datetime.now(UTC)
    days = {f"{day:%Y-%m-%d}" for day in (now, now - timedelta(hours=3), now + timedelta(hours=3))}
    day = "|".join(sorted(days))
    rules = (
        (r"\n\s*(<!-- [0-9a-f]+ -->)?\s*\n", "\n"),  # of a page: of any length, against guessing by it
        (re.escape(str(checkout.root)), "<checkout>"),
        (rf"(?:{day})[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", "<now>"),
        (r"((?:vandaag|20\d\d)[^<>\n]{0,9}) \d\d:\d\d\b", r"\1 <time>"),
        (r"nonce[-=]\"?[\w+/=-]{16,}\"?", "<nonce>"),
        (r"\?v=[0-9a-f]{12}", ""),  # hash of a file of the service, which is compared itself
        (r"\b([0-9a-f]{32}|[0-9a-f]{128})\b", "<hex>"),
        (r"\b\d+([.,]\d+)? (s|ms|seconden)\b", "<duration>"),
        (r"(\"seconds\": )[\d.e-]+", r"\1<duration>"),
        (r"\b[\d.,]+ GB\b|(?<=\"freeBytes\": )\d+", "<free>"),
    )
    compiled = [(re.compile(pattern), put) for pattern, put in rules]

    def alike(text: str) -> str:
        for pattern, put in compiled:
            text = pattern.sub(put, text)
        return text

    return alike


# -- commands


def call(checkout: Checkout, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed."""
    done = subprocess.run(
        [checkout.python.parent / "hotspots", *arguments],
        cwd=folder,
        env=environment(folder),
        input=PASSWORD,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"hotspots {' '.join(arguments)}: {done.stderr}")
    return done


def environment(folder: Path, **added: str) -> dict[str, str]:
    """Plain variables: one core, a fixed width, no colours, the settings of the demo when they are there."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    config = {"HOTSPOTS_CONFIG": CONFIG} if (folder / CONFIG).exists() else {}
    fixed = {"COLUMNS": "110", "NO_COLOR": "1", "TERM": "dumb", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    return {**kept, **fixed, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **config, **added}


def command_outputs(checkout: Checkout, work: Path, cases: Path) -> dict[str, str]:
    """What every command says, and the files that it writes."""
    (work / "out").mkdir()
    runs = [
        {"name": line, "arguments": shlex.split(line), "folder": str(work), "environment": environment(work)}
        for line in COMMANDS.strip().splitlines()
    ]
    if cases.exists():
        copy = work / "cases"
        shutil.copytree(cases, copy)
        runs += [run for folder in sorted(copy.iterdir()) for run in runs_of_case(folder)]
    plan = work / "plan.json"
    plan.write_text(json.dumps({"helps": environment(work), "runs": runs, "results": str(work / "results")}))
    subprocess.run(
        [checkout.python, "-P", Path(__file__).absolute(), "--inside", plan],
        cwd=work, env=environment(work), check=True,
    )  # fmt: skip
    shown = {
        path.stem: path.read_text(errors="replace") for path in sorted((work / "results").glob("*.said"))
    }
    said = {json.loads(text.split("\n", 1)[0]): said_of(text.split("\n", 1)[1]) for text in shown.values()}
    files = {
        f"file {path.relative_to(work / 'out')}": readable(path)
        for path in sorted((work / "out").rglob("*"))
        if path.is_file()
    }
    return {f"hotspots {name}": text for name, text in said.items()} | files


def said_of(text: str) -> str:
    """What a command said; the parts of a line of the log, which come in any order, by name."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("{") and '"event": ' in line:
            lines[place] = json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False)
    return "\n".join(lines)


def runs_of_case(folder: Path) -> Iterator[dict[str, Any]]:
    """The commands that the description of a folder with a bad file names, one by one."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    variables = environment(folder, HOTSPOTS_CONFIG="config.toml", HOTSPOTS_DATABASE_URL="sqlite:///h.db")
    for line in re.findall(r"^    (hotspots .*)$", readme, re.MULTILINE):
        for part in re.split(r"&&|;", line):
            if part.strip().startswith("hotspots "):
                words = shlex.split(re.sub(r"2?>\S+", "", part))
                yield {
                    "name": f"{folder.name}: {' '.join(words[1:])}", "arguments": words[1:],
                    "folder": str(folder), "environment": variables,
                }  # fmt: skip


def run_inside(plan: Path) -> int:
    """In a process of the checkout: every help, then every command, each in a process of its own (fork)."""
    from jobs import command

    given = json.loads(plan.read_text())
    results = Path(given["results"])
    results.mkdir()
    app: Any = command.build_app()
    helps = [
        {"name": " ".join([*names, "--help"]), "arguments": [*names, "--help"], "folder": str(plan.parent),
         "environment": given["helps"]}
        for names in command_names(app)
    ]  # fmt: skip
    for number, run in enumerate([*helps, *given["runs"]]):
        said = results / f"{number:03}.out"
        child = os.fork()
        if child == 0:
            with said.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.chdir(run["folder"])
            os.environ.clear()
            os.environ.update(run["environment"])
            sys.argv = ["hotspots", *run["arguments"]]
            os._exit(exit_code(command.main))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        text = said.read_text(errors="replace")
        (results / f"{number:03}.said").write_text(f"{json.dumps(run['name'])}\nexit {code}\n{text}")
    return 0


def exit_code(run: Any) -> int:
    """How a command ends, as its process would."""
    code: Any = 0
    try:
        run()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 a fault is an output like any other
        traceback.print_exc()
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def command_names(app: Any) -> list[list[str]]:
    """The words of every command and group, as they are installed."""
    import typer

    def walk(group: Any, words: list[str]) -> Iterator[list[str]]:
        yield words
        if hasattr(group, "list_commands"):
            context = group.context_class(group, info_name="hotspots")
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                yield from walk(getattr(command, "load", lambda found=command: found)(), [*words, name])

    return list(walk(typer.main.get_command(app), []))


# -- the service


@contextmanager
def serving(
    checkout: Checkout, folder: Path, port: int, sessions: Mapping[str, tuple[str, str]]
) -> Iterator[Service]:
    """The service of a checkout in a folder, until the block ends."""
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [checkout.python.parent / "hotspots", "serve", "--port", str(port)],
            cwd=folder, env=environment(folder), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(port, process)
        yield Service(port, sessions)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it listens."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the service did not start: see {process.args!r}")


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_of(service: Service) -> Iterator[tuple[str, str]]:
    """Every answer by request: the API by its own description, then pages, then what is refused."""
    description = json.loads(service.ask("/v1/openapi.json").body)
    yield "openapi", json.dumps(description, indent=1, ensure_ascii=False)
    filled = [
        (path, operations, fillings(service, path)) for path, operations in description["paths"].items()
    ]
    for role in ("", *ROLES):
        for path, operations, addresses in filled:
            for address in addresses if "get" in operations else ():
                for query in ("", *QUERIES.get(f"/v1{path}", ())):
                    target = f"/v1{address}" + (f"?{query}" if query else "")
                    yield f"{role or 'nobody'} GET {target}", written(service.ask(target, role=role))
        for kind in ACCEPTED:
            for target in ("/v1/hotspots", "/v1/buurten"):
                name = f"{role or 'nobody'} GET {target} as {kind}"
                yield name, written(service.ask(target, role=role, accept=kind))
    forms: dict[tuple[str, str], None] = {}
    for role in ("", *ROLES):
        for target, answer in crawl(service, role):
            yield f"{role or 'nobody'} GET {target}", written(answer)
            if role and "html" in answer.headers.get("content-type", ""):
                for action in re.findall(r'method="post" action="([^"]+)"', answer.body.decode()):
                    forms[role, unescape(action)] = None
    yield from refusals(service, filled, [key for key in forms if key[1] not in ("/afmelden", "/aanmelden")])


def fillings(service: Service, path: str) -> list[str]:
    """Addresses of a route with what it asks for: hotspots with and without a case, and one unknown."""
    if "{" not in path:
        return [path]
    found = hotspots_of(service, "oov")
    values = {"{peildatum}": ["2023-12-31", "2023-06-04", "2019-01-01", "gisteren"], "{naam}": ["oov"]}
    if "{maatregel}" in path:
        addresses = []
        for hotspot in (item["id"] for item in found):
            answer = json.loads(service.ask(f"/v1/hotspots/{hotspot}/maatregelen", role="oov").body)
            of_hotspot = path.replace("{id}", hotspot)
            addresses += [of_hotspot.replace("{maatregel}", str(one["id"])) for one in answer["maatregelen"]]
        return addresses
    ids = [*(item["id"] for item in (*found[:4], found[-1])), found[0]["nummer"], "HS-1999-001", "onzin"]
    name, *others = re.findall(r"\{\w+\}", path)
    for other in others:  # what lies below it has numbers
        path = path.replace(other, "1")
    return [path.replace(name, value) for value in values.get(name, ids)]


def crawl(service: Service, role: str) -> Iterator[tuple[str, Answer]]:
    """Pages and what they link to, a few of each form."""
    waiting, seen, patterns = list(PAGES), set(PAGES), Counter[str]()
    while waiting:
        target = waiting.pop(0)
        answer = service.ask(target, role=role)
        yield target, answer
        kind = answer.headers.get("content-type", "")
        if "html" not in kind and "json" not in kind:
            continue
        text = answer.body.decode()
        links = re.findall(r'(?:href|src)="([^"]+)"' if "html" in kind else r'"href": ?"([^"]+)"', text)
        for link in (unescape(link) for link in links):
            parts = urlsplit(link)
            if parts.netloc not in ("", f"127.0.0.1:{service.port}") or not parts.path.startswith("/"):
                continue
            address = quote(parts.path, safe="/%") + (
                f"?{quote(parts.query, safe='=&%+,:/')}" if parts.query else ""
            )
            pattern = re.sub(r"[0-9a-f-]{8,}|\d+", "*", parts.path) + re.sub(r"=[^&]*", "", parts.query)
            if address not in seen and patterns[pattern] < PER_PATTERN:
                patterns[pattern] += 1
                seen.add(address)
                waiting.append(address)


def refusals(
    service: Service,
    filled: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]],
    forms: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """What writing says: of nothing, of an example, without the right to; new ids are left out."""

    def without_ids(answer: Answer) -> str:
        new = r"[0-9a-f]{8}-[0-9a-f-]{27}|\bhs_[\w-]+|20\d\d-[\dT:-]+\.\d+Z"
        return re.sub(new, "<new>", written(answer))

    for path, operations, addresses in filled:
        for method in ("post", "put", "delete"):
            if method not in operations:
                continue
            content = operations[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            examples = [
                content.get("example"),
                *(item["value"] for item in content.get("examples", {}).values()),
            ]
            for role in ("", "lezer", "oov", "beheerder"):
                for body in ({}, *(example for example in examples if example)):
                    answer = service.ask(
                        f"/v1{addresses[0]}", role=role, method=method.upper(), json_body=body
                    )
                    name = f"{role or 'nobody'} {method.upper()} {path} {json.dumps(body)[:60]}"
                    yield name, without_ids(answer)
    for role, action in forms:
        answer = service.ask(action, role=role, method="POST", form={"onzin": "1"})
        yield f"{role} POST {action} with nothing", without_ids(answer)


def written(answer: Answer) -> str:
    """An answer as text: status, headers but those that always differ, content."""
    kind = answer.headers.get("content-type", "")
    head = [
        f"{name}: {value}" for name, value in sorted(answer.headers.items()) if name not in NATURAL_HEADERS
    ]
    text = as_text(answer.body, kind)
    if kind.startswith("text/plain") and "# HELP" in text:
        text = re.sub(
            r"^([a-z_]+(?:\{.*\})?) \S+$", r"\1", text, flags=re.MULTILINE
        )  # names, without figures
    return "\n".join(
        [f"status {answer.status}", *head, "", re.sub(r'(name="csrf" value=")[^"]*', r"\1", text)]
    )


# -- contents


def readable(path: Path) -> str:
    """A file as text that can be compared."""
    return rows_of(path) if path.suffix == ".gpkg" else as_text(path.read_bytes(), path.suffix)


def as_text(content: bytes, kind: str) -> str:
    """JSON laid out, a picture by its size in pixels, a PDF by what it draws, other bytes by their hash."""
    if content.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", content[16:24])
        return f"PNG of {width} x {height} pixels"
    if content.startswith(b"%PDF"):
        return pages_of(content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"{len(content)} bytes, {hashlib.sha256(content).hexdigest()}"
    if "json" in kind:
        try:
            return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
        except json.JSONDecodeError:
            return text
    return re.sub(r"(?<=>)(?=<)", "\n", text) if "html" in kind or "svg" in kind or "xml" in kind else text


def pages_of(content: bytes) -> str:
    """What a PDF draws, without fonts and pictures: those are bytes."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    drawn = []
    for stream in streams:
        try:
            text = zlib.decompress(stream).decode("ascii")
        except (zlib.error, UnicodeDecodeError):
            continue
        drawn.append(text)
    return "\n".join([f"PDF of {len(re.findall(rb'/Type */Page[^s]', content))} pages", *drawn])


def rows_of(path: Path) -> str:
    """All rows of a GeoPackage."""
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(line[:2000] for line in connection.iterdump())


# -- the comparison


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> int:
    """Print what differs, outputs that differ in the same way together; 1 if any."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            alike["only " + ("after" if name in after else "before")].append(name)
        elif before[name] != after[name]:
            lines = list(
                difflib.unified_diff(before[name].splitlines(), after[name].splitlines(), lineterm="", n=0)
            )
            changed = [line for line in lines[2:] if not line.startswith("@@")]
            alike["\n".join(changed)].append(name)
    for diff, names in sorted(alike.items(), key=lambda item: -len(item[1])):
        print(f"\n== {len(names)}: " + "; ".join(names[:6]) + (" …" if len(names) > 6 else ""))
        lines = diff.splitlines()
        for line in shortened(lines[:SHOWN_LINES]):
            print(f"  {line}")
        if len(lines) > SHOWN_LINES:
            print(f"  … {len(lines) - SHOWN_LINES} more lines")
    differing = sum(map(len, alike.values()))
    print(f"\n{len({*before, *after})} outputs compared, {differing} differ, in {len(alike)} ways")
    return int(differing > 0)


def shortened(lines: Sequence[str]) -> Iterator[str]:
    """Long lines from where they begin to differ from the one before."""
    last = ""
    for line in lines:
        start = 0
        if len(line) > SHOWN_WIDTH:
            same = next((i for i, (a, b) in enumerate(zip(last[1:], line[1:], strict=False)) if a != b), 0)
            start = max(0, same - 60)
        yield line[:1] + ("…" if start else "") + line[1 + start : 1 + start + SHOWN_WIDTH]
        last = line


if __name__ == "__main__":
    sys.exit(main())
