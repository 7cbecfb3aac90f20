"""Draw the pictures of the README anew, in docs/img: pages of the simulated city, as Chromium shows them.

``make pictures``. The demo is simulated in a folder of its own and served on loopback meanwhile.
"""

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
from playwright.sync_api import BrowserContext, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "img"
COMMAND = Path(sys.executable).parent / "hotspots"
COLOURS = 256
"""So many are enough for flat pages, and keep a picture small; the rare ones are those of the symbols."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class Picture:
    """A page, and the size of the window in which it is seen."""

    name: str
    path: str
    width: int
    height: int


PICTURES = (
    Picture("week", "/", 1280, 1000),
    Picture("kaart", "/kaart", 1280, 900),
    Picture("hotspot", "/hotspots/{grown}", 390, 1100),
)


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as (service, told),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch_persistent_context(
            Path(folder) / "browser",
            executable_path=shutil.which("chromium"),
            args=FLAGS,
        )
        _sign_in(browser, service, _found(r"^  oov +(\S+)", told))
        grown = _found(r"^  (\S+) +toegenomen", told)
        for picture in PICTURES:
            path = FOLDER / f"{picture.name}.png"
            path.write_bytes(_small(_seen(browser, service + picture.path.format(grown=grown), picture)))
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


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


def _sign_in(browser: BrowserContext, service: str, password: str) -> None:
    page = browser.new_page()
    page.goto(f"{service}/aanmelden")
    page.fill("#naam", "oov")
    page.fill("#wachtwoord", password)
    page.press("#wachtwoord", "Enter")
    page.wait_for_url(f"{service}/")
    page.close()


def _seen(browser: BrowserContext, address: str, picture: Picture) -> bytes:
    page = browser.new_page()
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(address, wait_until="networkidle")
    seen = page.screenshot()
    page.close()
    return seen


def _small(png: bytes) -> bytes:
    target = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(
        COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    ).save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    main()
