"""Whether the wheel alone serves an analyst's laptop: an empty folder, no PATH, nothing that only Unix has.

``make bench BENCH=laptop`` (``--wheel FILE`` for another than is made of this checkout, ``--index`` to fetch
the libraries instead of lending those of this environment). What only Unix has is hidden in every process
(:mod:`tests.elsewhere`), the console is cp1252, and the folder has blanks and signs beyond ASCII. Fails when
a command ends otherwise than it should, or a page is not there.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotspots.wording import week_code

ROOT = Path(__file__).parents[2]
LAST_WEEK = week_code(datetime.now(UTC).date() - timedelta(days=7))
COMMANDS = (
    "--version",
    "--help",
    "demo --no-serve --json",
    "map --output kaart.html",
    "map --output kaart.png",
    f"report --week {LAST_WEEK} --output rapport",
    "report --year 2025 --output jaar",
    "export hotspots --format xlsx --output lijst.xlsx",
    "export hotspots --format gpkg --output lijst.gpkg",
    "papers write --output stukken",
    "jobs list",
    "db backup kopie.sqlite",
    "db rehearse kopie.sqlite",
    "db restore kopie.sqlite --replace",
    "db check",
)
"""What an analyst says there; each ends with 0."""
PAGES = (
    "",
    "kaart",
    "stand",
    "cijfers",
    "jaar",
    "uitleg",
    "hulp",
    "hulp/gebiedsteam",
    "v1",
    "v1/openapi.json",
    "ogc",
)


def main() -> int:
    """Say each command, then serve; 1 if something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="Another wheel.")
    parser.add_argument("--index", action="store_true", help="Fetch the libraries.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wheel = asked.wheel.resolve() if asked.wheel else built_in(Path(name) / "wheel")
        folder = Path(name) / "Mijn documenten é ť"
        folder.mkdir()
        command = installed(wheel, Path(name) / "laptop", fetch=asked.index)
        environment = {
            "HOME": name,
            "PATH": str(command.parent),
            "PYTHONIOENCODING": "cp1252",
            "HOTSPOTS_CONFIG": "var/demo/hotspots.toml",
        }
        failed = [words for words in COMMANDS if not is_done(command, words.split(), folder, environment)]
        if not is_served(command, folder, environment):
            failed.append("serve")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def built_in(folder: Path) -> Path:
    """A wheel of this checkout."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def installed(wheel: Path, folder: Path, *, fetch: bool) -> Path:
    """Install a wheel in an environment of its own that lacks what only Unix has; gives its command."""
    venv.create(folder)
    python = folder / "bin" / "python"
    lent = [] if fetch else ["--no-deps", "--no-index"]
    pip = ["-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, *pip, *lent, str(wheel)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    shutil.copyfile(ROOT / "tests" / "elsewhere.py", packages / "elsewhere.py")
    (packages / "elsewhere.pth").write_text("import elsewhere; elsewhere.leave_out()\n")
    if not fetch:
        theirs = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "lent.pth").write_text("\n".join(theirs) + "\n")
    return python.with_name("hotspots")


def is_done(command: Path, words: list[str], folder: Path, environment: dict[str, str]) -> bool:
    """Say a command, print how long it took, and what went wrong."""
    begun = time.perf_counter()
    ended = subprocess.run(
        [command, *words], cwd=folder, env=environment, capture_output=True, check=False, encoding="cp1252"
    )
    print(f"{time.perf_counter() - begun:6.1f} s  hotspots {' '.join(words)}", flush=True)
    is_fine = ended.returncode == 0 and "Traceback" not in ended.stderr
    if not is_fine:
        print(f"ended with {ended.returncode}\n{ended.stdout}\n{ended.stderr}", file=sys.stderr)
    return is_fine


def is_served(command: Path, folder: Path, environment: dict[str, str]) -> bool:
    """Whether the service comes up, and shows each page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.perf_counter()
    with subprocess.Popen([command, "serve", "--port", str(port)], cwd=folder, env=environment) as service:
        try:
            while not (is_up := _shows(port, "gezond")) and time.perf_counter() < begun + 120:
                time.sleep(0.5)
            print(f"{time.perf_counter() - begun:6.1f} s  hotspots serve, until it answers", flush=True)
            missing = [page for page in PAGES if is_up and not _shows(port, page)]
        finally:
            service.terminate()
    for page in missing:
        print(f"found no page /{page}", file=sys.stderr)
    return is_up and not missing


def _shows(port: int, page: str) -> bool:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/{page}", headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310  # of this machine
            return len(answer.read()) > 10
    except urllib.error.URLError:
        return False


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
