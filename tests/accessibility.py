"""What a page in a browser has against WCAG 2.1 A and AA, and against being used on a phone."""

import os
from collections.abc import Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TOLD = {"resultTypes": ["violations"]}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}} | TOLD

RUN = "options => axe.run(options).then(found => found.violations.map(({id, nodes}) => ({id, nodes})))"


def violations(page: Page, options: Mapping[str, Any] = WCAG) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
    # scripts are told of another width or colour scheme within two frames
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = [
        f"{each['id']}: {node['html'][:200]}"
        for each in page.evaluate(RUN, options)
        for node in each["nodes"]
    ]
    needed, there = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [*found, *([f"scrolls sideways: {needed} in {there}"] if needed > there else [])]


def check(page: Page, what: str) -> None:
    """Hold a page against this on a dark phone and a light laptop, and keep a picture of each if asked."""
    folder = os.environ.get("HOTSPOTS_SHOTS")
    for scheme, width in (("dark", 390), ("light", 1280)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two
        page.set_viewport_size({"width": width, "height": 844})
        assert violations(page) == [], (what, scheme, width)
        if folder:
            page.screenshot(path=f"{folder}/{what}-{width}.png", full_page=True)
