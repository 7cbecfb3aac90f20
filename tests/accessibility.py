"""What a page in a browser has against WCAG 2.1 A and AA, and against being used on a phone."""

import os
from collections.abc import Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TOLD = {"resultTypes": ["violations"]}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}} | TOLD
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}} | TOLD
"""What another colour scheme can change: a scheme sets colours only."""

RUN = "options => axe.run(options).then(found => found.violations.map(({id, nodes}) => ({id, nodes})))"


def violations(page: Page, options: Mapping[str, Any] = WCAG) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
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
    """Hold a page against this in light and dark, and keep a picture for who wants to look at it."""
    for scheme, options in (("dark", COLOURS), ("light", WCAG)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two
        assert violations(page, options) == [], (what, scheme)
    folder = os.environ.get("HOTSPOTS_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{what}-{page.evaluate('innerWidth')}.png", full_page=True)
