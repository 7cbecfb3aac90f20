"""The pages with attention places in a real browser: a list of their own, another sign, and no barrier."""

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import check

pytestmark = pytest.mark.chromium


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.mark.usefixtures("with_attention")
@pytest.mark.parametrize("path", ["/", "/kaart"])
def test_attention_places_stand_below_the_hotspots_and_have_a_sign_of_their_own(
    page: Page, path: str
) -> None:
    page.goto(path)
    section = page.locator("section[aria-labelledby=aandachtsplekken]")
    expect(section).to_contain_text("4 op de 10 binnen zes weken een hotspot")
    expect(page.locator(".leaflet-marker-pane .aandacht-vlag")).to_have_count(1)
    check(page, f"aandachtsplekken-{path.strip(chr(47))}")
