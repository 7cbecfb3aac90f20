"""What a page in a browser has against WCAG 2.1 A and AA, and against being used on a phone."""

import os

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def violations(page: Page) -> list[str]:
    """What axe finds, and whether the page scrolls sideways."""
    found = [
        f"{each['id']}: {node['html'][:200]}"
        for each in Axe().run(page, options=WCAG).response["violations"]
        for node in each["nodes"]
    ]
    needed, there = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [*found, *([f"scrolls sideways: {needed} in {there}"] if needed > there else [])]


def check(page: Page, what: str) -> None:
    """Hold a page against this in light and dark, and keep a picture for who wants to look at it."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], (what, scheme)
    folder = os.environ.get("HOTSPOTS_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{what}-{page.evaluate('innerWidth')}.png", full_page=True)
