"""Tries to deploy, from nothing: ``make installation``, as root on Debian 12 or newer.

The image is built by the steps of the Containerfile: in a root folder made of Debian's packages, and by
podman and docker where these can run a container (``--engine`` names one). With each an installation is made
beside a PostgreSQL server and an OpenID Connect provider: the former version first, with data; then this one
upgrades it, serves it closed, lets people in by the provider, takes a delivery, is backed up, and is restored
elsewhere. Each step says what was found.

``--quick`` takes the packages that .venv has by the same locks, instead of fetching them anew, and only
unpacks those of Debian; of podman and docker it takes one, and stops what that runs once it is seen to be
closed.
"""

import argparse
import csv
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from hotspots.settings import Settings, SignInSettings
from tests.deployment import engines, images
from tests.deployment.containerfile import Image
from tests.deployment.engines import ACCOUNT, Engine
from tests.deployment.former_version import former_commit, unpack_former
from tests.deployment.installation import (
    Installation,
    make_secrets,
    wait_for,
    write_settings,
)
from tests.deployment.servers import ROLES, Postgres, postgres, programs_of_postgresql, provider
from tests.deployment.visitors import Visitor, pages_and_documents

ROOT = Path(__file__).parents[2]
FORMER = "/opt/former"
RUN_FORMER = ["/opt/hotspots/bin/python", "-c", "import sys; from jobs.command import main; sys.exit(main())"]

INSIDE = """
import errno, os, ssl
from zoneinfo import ZoneInfo
lines = open("/proc/self/status").read().splitlines()
status = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
assert int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1" and os.getpid() == 1, status
for folder in ("/", "/etc", "/etc/hotspots", "/opt/hotspots", "/run/secrets", "/usr", "/var"):
    try:
        open(folder + "/written", "w")
    except OSError as error:
        assert error.errno in (errno.EROFS, errno.EACCES, errno.EPERM), error
    else:
        raise SystemExit("could write in " + folder)
for folder in ("/tmp", "/var/lib/hotspots"):
    open(folder + "/written", "w").close()
    os.remove(folder + "/written")
ZoneInfo("Europe/Amsterdam")
assert len(ssl.create_default_context().get_ca_certs()) > 50
print(f"account {os.getuid()}, without rights, writes its data and /tmp only")
"""

OF_RESTORING = {"access_changes", "processing_log", "sessions"}
"""Tables of which a restored database has other rows: sessions end, and what was done to it is noted."""

WANTS_PEOPLE = {
    *("backup_not_restored", "example_contact", "no_alerts", "no_security_contact", "retention_unconfirmed")
}
"""What `hotspots check` may find in an installation of minutes old."""


def main() -> int:
    """Do all of it; 0 when all was right, 3 when a part for it is not on this machine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="take the packages of .venv")
    parser.add_argument(
        "--engine",
        choices=("every", "folder", *engines.PROGRAMS),
        default="every",
        help="what builds and runs it: a root folder, podman, docker, or all of these that can (default)",
    )
    parser.add_argument(
        "--base", type=Path, help="a tar file of such a root folder, which is made when it is absent"
    )
    parser.add_argument("--kept", type=Path, help="a folder for all that is made, which is kept")
    chosen = parser.parse_args()
    if missing := _missing():
        sys.stdout.write(f"not tried: {missing}\n")
        return 3
    if "INSIDE_TRIAL" not in os.environ:  # once more, where mounts are of nobody else and go with us
        os.environ["INSIDE_TRIAL"] = "inside"
        os.execvp(
            "unshare",
            ["unshare", "--mount", sys.executable, "-m", "tests.deployment.try_installation", *sys.argv[1:]],
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # told to stop, it stops what it started
    work = Path(tempfile.mkdtemp(prefix="installation-", dir=chosen.kept))
    work.chmod(0o755)
    try:
        _try(work, chosen)
    finally:
        if chosen.kept is None:
            subprocess.run(["rm", "--recursive", "--force", "--one-file-system", work], check=False)
    return 0


def _missing() -> str:
    """What this machine lacks for it, in words; nothing if all is there."""
    if os.geteuid() != 0:
        return "it wants root, for root folders and namespaces"
    if programs_of_postgresql() is None:
        return "there is no PostgreSQL 15 or newer: apt-get install postgresql"
    if shutil.which("git") and former_commit(ROOT) is None:
        return "there is no former version in the history of this repository: fetch all of it"
    wanted = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils", "git": "git"}
    return "; ".join(
        f"there is no {name}: apt-get install {package}"
        for name, package in wanted.items()
        if not shutil.which(name)
    )


def _try(work: Path, chosen: argparse.Namespace) -> None:
    _look_at_manifests()
    containers: list[Engine] = []
    with step("podman and docker") as told:
        for name in engines.PROGRAMS:
            if chosen.engine not in ("every", name):
                told.append(f"{name} not asked")
            elif chosen.quick and containers:
                told.append(f"{name} not tried: one is enough for a quick trial")
            elif working := engines.working(name, work, told):
                containers.append(working)
    using = [engines.InFolder(), *containers] if chosen.engine in ("every", "folder") else containers
    if not using:
        raise SystemExit(f"{chosen.engine} can't run a container here")
    try:
        with step("a root folder of Debian's packages") as told:
            made = chosen.base or work / "debian-12.tar"
            base = images.make_base(work / "base", made=made, is_quick=chosen.quick)
            (images.lend_packages if chosen.quick else images.fetch_packages)(base)
            for engine in using:
                engine.take(base)
            told.append("Debian 12")
        with step("the former version") as told:
            former = _unpack_former(work, told)
        context = engines.make_context(work / "context")
        for engine in using:
            folder = work / engine.name
            folder.mkdir()
            with step(f"the image ({engine.name})") as told:
                image = engine.build(folder, context)
                told.append(images.look_at_image(image))
            walk(folder, image, engine, former, is_short=chosen.quick and engine in containers)
    finally:
        for engine in using:
            engine.forget()


def walk(work: Path, image: Image, engine: Engine, former: Path, *, is_short: bool) -> None:
    """Install, upgrade, serve, and unless it is short also use, back up and restore."""
    secrets = make_secrets(work / "secrets")
    with ExitStack() as stack:
        programs = programs_of_postgresql()
        assert programs is not None
        server = stack.enter_context(postgres(programs, work / "postgres", secrets / "database_password"))
        issuer, port = stack.enter_context(provider()), _free_port()
        settings = write_settings(work / "hotspots.toml", issuer=issuer, port=port)
        here = Installation.made(engine, work / "here", server.socket, secrets, settings)
        _look_at_process(here)
        _upgrade(here, server, _install_former(work, here, server, former))
        with here.running("serve"), here.running("schedule"):
            with step("the service, healthy by the check of the image") as told:
                check = [word.replace("8000", str(port)) for word in image.health]
                visitor = Visitor(port)
                wait_for("the service", lambda: visitor.get("/gezond").status_code == 200)
                here.run(check)
                told.append("/gezond answers")
            nummer = _number_of_a_hotspot(server)
            _look_closed(port, nummer)
            if is_short:
                return
            _sign_in(port, nummer)
            _deliver(here, server)
            between = _back_up(here, server)
        _restore(work, here, server, engine, secrets, settings, between)
        _check(here)


def _look_at_manifests() -> None:
    """Look at the manifests by the schemas of Kubernetes, and at compose.yaml by compose, where these are."""
    with step("manifests and compose.yaml") as told:
        if importlib.util.find_spec("kubernetes_validate"):
            validate = importlib.import_module("kubernetes_validate").validate
            text = (ROOT / "docs/deployment/kubernetes/hotspots.yaml").read_text(encoding="utf-8")
            told.append(
                f"{len([validate(one, '1.33', strict=True) for one in yaml.safe_load_all(text)])} hold"
            )
        else:
            told.append("Kubernetes not asked: pip install kubernetes-validate")
        compose = ["--file", str(images.FOLDER / "compose.yaml"), "config", "--quiet"]
        for program in ([name, "compose"] for name in engines.PROGRAMS if shutil.which(name)):
            asked = subprocess.run([*program, "version"], capture_output=True, check=False)
            if asked.returncode == 0:
                subprocess.run([*program, *compose], check=True)
                told.append(f"compose.yaml holds by {' '.join(program)}")


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Say what was done, what was found, and what it took."""
    began, spent, told = time.monotonic(), _spent(), list[str]()
    yield told
    found = "; ".join(told)
    sys.stdout.write(
        f"{what}: {found} ({time.monotonic() - began:.0f} s, {_spent() - spent:.1f} s of a core)\n"
    )
    sys.stdout.flush()


def _spent() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _look_at_process(here: Installation) -> None:
    """What a process of the installation is and may do."""
    with step("a process in it") as told:
        told.append(here.run(["/opt/hotspots/bin/python", "-I", "-c", INSIDE]).strip())


def _unpack_former(work: Path, told: list[str]) -> Path:
    commit = former_commit(ROOT)
    assert commit is not None  # or nothing would be tried
    folder = work / "former"
    told.append(f"{commit[:10]}, schema {unpack_former(ROOT, commit, folder)}")
    subprocess.run(["chown", "--recursive", f"{ACCOUNT}:{ACCOUNT}", folder], check=True)
    return folder


def _install_former(work: Path, here: Installation, server: Postgres, former: Path) -> dict[str, int]:
    """Install the former version, with reports, a weekly run and an account; gives what each table holds."""
    with step("the former version, with data") as told:
        deliver(here.data / "january.csv", begin=1)
        url = f"postgresql://hotspots:{server.password}@/hotspots?host=/run/postgresql"
        variables = {
            name: value
            for name, value in here.environment.items()
            if name.startswith(("HOTSPOTS_PRIVACY", "HOTSPOTS_SERVICE", "HOTSPOTS_JOBS"))
        }
        settings = work / "former.toml"  # it knows not all settings of this one
        settings.write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n', encoding="utf-8")
        before = Installation(
            here.engine,
            here.folder,
            here.socket,
            variables | {"HOTSPOTS_DATABASE_URL": url, "PYTHONPATH": FORMER, "PYTHONDONTWRITEBYTECODE": ""},
            here.read | {"/etc/hotspots/hotspots.toml": settings},
            here.written | {FORMER: former},
        )
        for words in (
            ["db", "upgrade"],
            ["reports", "import", "january.csv", "--source", "melddesk"],
            ["detect"],
        ):
            before.run([*RUN_FORMER, *words, "--json"])
        counts = server.counts()
        if not counts["reports"] or not counts["hotspots"]:
            raise SystemExit(f"wanted reports and hotspots of the former version, found {counts}")
        told.append(f"{counts['reports']} reports, {counts['hotspots']} hotspots")
        return counts


def _upgrade(here: Installation, server: Postgres, before: dict[str, int]) -> None:
    with step("upgraded to this version") as told:
        here.hotspots("db", "upgrade")
        after = server.counts()
        lost = {
            name: (count, after.get(name, 0)) for name, count in before.items() if after.get(name, 0) < count
        }
        if lost:
            raise SystemExit(
                f"wanted all rows of the former version after the upgrade, found fewer of {lost}"
            )
        told.append(
            f"{sum(before.values())} rows of {len(before)} tables kept, {len(after) - len(before)} tables new"
        )


def _look_closed(port: int, nummer: str) -> None:
    """Ask for each page and document as nobody."""
    from api.main import create_app
    from tests.api.test_matrix import OPEN

    with step("closed to who did not sign in") as told:
        nobody, asked = Visitor(port), 0
        app = create_app(Settings(sign_in=SignInSettings(required=True)))
        for route, address in pages_and_documents(app, {"nummer": nummer, "week": "2026-W01"}):
            if f"GET {route}" in OPEN:
                continue
            answer = nobody.get(address)
            asked += 1
            is_sent_away = answer.status_code in (302, 303) and "/aanmelden" in answer.headers["location"]
            if not is_sent_away and answer.status_code not in (401, 403, 404, 405, 410):
                raise SystemExit(f"wanted nothing for nobody at {address}, found {answer.status_code}")
            if nummer in answer.text and nummer not in address:
                raise SystemExit(f"{address} names {nummer} to nobody")
        told.append(f"{asked} addresses ask who it is")


def _sign_in(port: int, nummer: str) -> None:
    """Sign in as each role, and as somebody who has none."""
    with step("signed in by the provider") as told:
        for role in ROLES.values():
            person = Visitor(port)
            person.sign_in(role)
            found = person.get("/sessie").json()
            if found.get("rol") != role:
                raise SystemExit(f"wanted somebody signed in as {role}, found {found}")
            codes = {path: person.get(path).status_code for path in ("/", "/kaart", "/beheer", "/privacy")}
            wanted = {
                "/": 200,
                "/kaart": 200,
                "/beheer": 200 if role in ("beheerder", "oov", "privacy") else 403,
                "/privacy": 200 if role == "privacy" else 403,
            }
            if codes != wanted:
                raise SystemExit(f"wanted {wanted} as {role}, found {codes}")
            if role == "oov" and nummer not in person.get("/v1/hotspots").text:
                raise SystemExit(f"wanted {nummer} in the list of {role}, found it nowhere")
        stranger = Visitor(port)
        refused = stranger.sign_in("niemand")
        if stranger.get("/sessie").status_code == 200 or refused.status_code < 400:
            raise SystemExit(f"wanted who has no role refused, found {refused.status_code}")
        told.append(f"{', '.join(ROLES.values())}: each its own pages; who has no role is refused")


def _deliver(here: Installation, server: Postgres) -> None:
    """Lay a delivery in the inbox, for the scheduler."""
    with step("a delivery in the inbox, by the scheduler") as told:
        before = server.counts()["reports"]
        inbox = here.data / "var" / "inbox"
        for folder in (inbox.parent, inbox):
            folder.mkdir(exist_ok=True)
            os.chown(folder, ACCOUNT, ACCOUNT)
            folder.chmod(0o700)
        deliver(inbox / "february.csv", begin=500)
        here.hotspots("jobs", "request", "inbox")
        wait_for("the delivery", lambda: list(inbox.glob("done/*february*")))
        told.append(f"{server.counts()['reports'] - before} new reports")


def _back_up(here: Installation, server: Postgres) -> tuple[dict[str, int], dict[str, int]]:
    """Back it up; gives what each table held right before and right after, as the scheduler goes on."""
    with step("a backup, while it runs") as told:
        before = server.counts()
        made = here.hotspots("db", "backup", "var/trial.sqlite")
        told.append(f"{made['bytes'] / 1e6:.1f} MB, sealed")
        return before, server.counts()


def _restore(
    work: Path,
    here: Installation,
    server: Postgres,
    engine: Engine,
    secrets: Path,
    settings: Path,
    between: tuple[dict[str, int], dict[str, int]],
) -> None:
    """Put the backup in another database, with a folder and secrets of its own."""
    with step("restored elsewhere") as told:
        other = work / "secrets-elsewhere"
        shutil.copytree(secrets, other)
        url = other / "database_url"
        url.write_text(url.read_text(encoding="utf-8").replace("/hotspots?", "/elsewhere?"), encoding="utf-8")
        for path in other.iterdir():
            os.chown(path, ACCOUNT, ACCOUNT)
        there = Installation.made(engine, work / "there", server.socket, other, settings)
        shutil.copy2(here.data / "var" / "trial.sqlite", there.data / "trial.sqlite")
        os.chown(there.data / "trial.sqlite", ACCOUNT, ACCOUNT)
        there.hotspots("db", "restore", "trial.sqlite")
        (before, after), restored = between, server.counts("elsewhere")
        differ = {
            name: (before[name], restored.get(name), after[name])
            for name in before.keys() - OF_RESTORING
            if restored.get(name)
            not in range(min(before[name], after[name]), max(before[name], after[name]) + 1)
        }
        if differ:
            raise SystemExit(
                "wanted in the restored database what each table held when it was backed up, "
                f"found others (before, restored, after): {differ}"
            )
        there.hotspots("db", "check")
        kept = sum(count for name, count in restored.items() if name not in OF_RESTORING)
        told.append(f"{kept} rows as they were, the database is sound")


def _check(here: Installation) -> None:
    with step("what is unsafe in it") as told:
        codes = {one["code"] for one in here.hotspots("check", fine=(0, 1))["unsafe"]}
        if codes - WANTS_PEOPLE:
            raise SystemExit(f"wanted nothing unsafe but {sorted(WANTS_PEOPLE)}, found {sorted(codes)}")
        told.append(f"only what wants people: {', '.join(sorted(codes))}")


def _number_of_a_hotspot(server: Postgres) -> str:
    with server.connect() as connection:
        row = connection.execute("SELECT number FROM hotspots ORDER BY number LIMIT 1").fetchone()
    assert row is not None
    return str(row[0])


def deliver(path: Path, *, begin: int) -> None:
    """Write made-up reports as a delivery: two places with reports every week, others all over the centre."""
    drawn = random.Random(begin)
    head = "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    head += "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
    rows = []
    for number in range(140):
        x, y, spread = ((176_300, 317_900, 12), (177_100, 318_300, 12), (176_700, 318_000, 900))[
            number % 3 if number < 90 else 2
        ]
        at = datetime.now().astimezone() - timedelta(days=2 + drawn.random() * 160)
        rows.append(
            [
                f"M{begin + number}",
                f"{at:%Y-%m-%d %H:%M}",
                "Overlast personen" if number % 2 else "Overlast drugs",
                *("", "", "", "", "", "", "", "Maastricht"),
                f"{x + drawn.gauss(0, spread):.0f}",
                f"{y + drawn.gauss(0, spread):.0f}",
                f"melder {drawn.randrange(40)}",
            ]
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head + "\n")
        csv.writer(file, delimiter=";").writerows(rows)
    os.chown(path, ACCOUNT, ACCOUNT)
    ago = time.time() - 600  # no longer in writing
    os.utime(path, (ago, ago))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
