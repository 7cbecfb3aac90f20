"""Draw the pictures of the README and of the help anew: pages of the simulated city, as Chromium shows them.

``make pictures`` draws those of the README in docs/img, which is in the repository, and those of the help in
var/hulp, which is not: `/hulp`, the site of the documents and a release take them from there. With
``--help-only`` it draws only the latter. The demo is simulated in a folder of its own and served on loopback.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "img"
HELP_FOLDER = ROOT / "var" / "hulp"
COMMAND = Path(sys.executable).parent / "hotspots"
COLOURS = 256
"""So many are enough for flat pages, and keep a picture small; the rare ones are those of the symbols."""

HELP_BYTES = 60_000
"""A picture of the help is at most this large."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class Picture:
    """A page, the size of the window in which it is seen, and who is signed in: a role, or nobody."""

    name: str
    path: str
    width: int
    height: int
    role: str = "oov"


PICTURES = (
    Picture("week", "/", 1280, 1000),
    Picture("kaart", "/kaart", 1280, 900),
    Picture("hotspot", "/hotspots/{grown}", 390, 1100),
)

HELP = (
    Picture("aanmelden", "/aanmelden", 1280, 480, role=""),
    Picture("deze-week", "/", 1280, 1000, role="gebiedsteam"),
    Picture("weekkaart", "/kaart", 1280, 1180),
    Picture("plek-telefoon", "/hotspots/{new}", 390, 900, role="gebiedsteam"),
    Picture("triage", "/triage", 1280, 900),
    Picture("stand", "/stand", 1280, 900),
    Picture("kaart-delen", "/inbedden", 1280, 1000),
    Picture("beheer", "/beheer", 1280, 900, role="beheerder"),
    Picture("imports", "/beheer/imports", 1280, 800, role="beheerder"),
    Picture("gebruikers", "/beheer/gebruikers", 1280, 900, role="beheerder"),
    Picture("privacy", "/privacy", 1280, 800, role="privacy"),
    Picture("wie-las-wat", "/privacy/inzage", 1280, 800, role="privacy"),
)
"""Each is shown by a page in `docs/gebruik`."""


def main() -> None:
    """Draw all of them, or only those of the help."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the README and of the help.")
    parser.add_argument("--help-only", action="store_true", help="only those of the help, in var/hulp")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as (service, told),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if not asked.help_only:
            FOLDER.mkdir(exist_ok=True)
            for picture, png in _seen(browser, service, told, PICTURES):
                _write(FOLDER / f"{picture.name}.png", _small(png))
        HELP_FOLDER.mkdir(parents=True, exist_ok=True)
        for picture, png in _seen(browser, service, told, HELP):
            _write(HELP_FOLDER / f"{picture.name}.webp", _small_webp(png))
        browser.close()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    print(f"{path.name}: {len(content) / 1000:.0f} kB")


def _seen(
    browser: Browser, service: str, told: str, pictures: tuple[Picture, ...]
) -> Iterator[tuple[Picture, bytes]]:
    """Each picture as a PNG."""
    hotspots = {
        "grown": _found(r"^  (\S+) +toegenomen", told),
        "new": _found(r"^  (\S+) +nieuw, wacht op het gebiedsteam", told),
    }
    for role in dict.fromkeys(picture.role for picture in pictures):
        context = browser.new_context()
        if role:
            _sign_in(context, service, role, _found(rf"^  {role} +(\S+)", told))
        for picture in pictures:
            if picture.role == role:
                yield picture, _screenshot(context, service + picture.path.format(**hotspots), picture)
        context.close()


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, str]]:
    """The demo, served until the block ends; gives the address and what it told."""
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen([COMMAND, "demo", "--port", "0"], cwd=folder, stdout=log, stderr=log)
        try:
            address = _address(folder / "log", process)
            yield address, (folder / "log").read_text(encoding="utf-8")
        finally:
            process.terminate()
            process.wait()


def _address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    while process.poll() is None:
        found = re.search(r"serving on (http://\S+),", log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
    raise SystemExit(f"the demo stopped: {log.read_text(encoding='utf-8')}")


def _found(expression: str, told: str) -> str:
    found = re.search(expression, told, re.MULTILINE)
    if found is None:
        raise SystemExit(f"wanted {expression} in what the demo told, found: {told}")
    return found[1]


def _sign_in(context: BrowserContext, service: str, name: str, password: str) -> None:
    page = context.new_page()
    page.goto(f"{service}/aanmelden")
    page.fill("#naam", name)
    page.fill("#wachtwoord", password)
    page.press("#wachtwoord", "Enter")
    page.wait_for_url(f"{service}/")
    page.close()


def _screenshot(context: BrowserContext, address: str, picture: Picture) -> bytes:
    page = context.new_page()
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(address, wait_until="networkidle")
    seen = page.screenshot()
    page.close()
    return seen


def _small(png: bytes) -> bytes:
    target = io.BytesIO()
    _with_few_colours(png).save(target, "PNG", optimize=True)
    return target.getvalue()


def _small_webp(png: bytes) -> bytes:
    for colours in (COLOURS, COLOURS // 2, COLOURS // 4):
        target = io.BytesIO()
        picture = _with_few_colours(png, colours).convert("RGB")
        picture.save(target, "WEBP", lossless=True, quality=90, method=6)
        if target.tell() <= HELP_BYTES:
            return target.getvalue()
    raise SystemExit(f"wanted at most {HELP_BYTES} bytes, found {target.tell()}: show less of the page")


def _with_few_colours(png: bytes, colours: int = COLOURS) -> Image.Image:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
