"""Draw the pictures of the README anew, in docs/img: pages of the simulated city, as Chromium shows them.

``make pictures``. The year of the demo is simulated in a folder of its own and served on loopback meanwhile.
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
COLOURS = 64
"""So many are enough for flat pages, and keep a picture small."""

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
    Picture("hotspot", "/hotspots/HS-2023-013", 390, 1100),
)


def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        _demo(Path(folder)) as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch_persistent_context(
            Path(folder) / "browser",
            executable_path=shutil.which("chromium"),
            args=FLAGS,
        )
        for picture in PICTURES:
            path = FOLDER / f"{picture.name}.png"
            path.write_bytes(_small(_seen(browser, service, picture)))
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


@contextmanager
def _demo(folder: Path) -> Iterator[str]:
    """The demo's year, served until the block ends; gives the address."""
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen([COMMAND, "demo", "--port", "0"], cwd=folder, stdout=log, stderr=log)
        try:
            yield _address(folder / "log", process)
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


def _seen(browser: BrowserContext, service: str, picture: Picture) -> bytes:
    page = browser.new_page()
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(service + picture.path, wait_until="networkidle")
    seen = page.screenshot()
    page.close()
    return seen


def _small(png: bytes) -> bytes:
    target = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    main()
