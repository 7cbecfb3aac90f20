"""From the form to sign in to why the first place that waits is on the list, with the keyboard alone."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from hotspots.settings import Settings, SignInSettings

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"
MOST_TABS = 40

FOCUSED = """() => {
    const parsed = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
    const linear = (part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const each = document.activeElement;
    const style = getComputedStyle(each);
    const box = each.getBoundingClientRect();
    const [x, y] = [box.x + Math.min(box.width, innerWidth) / 2, box.y + Math.min(box.height / 2, 20)];
    const top = document.elementFromPoint(x, y);
    let behind = each.parentElement;
    while (behind && parsed(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const ground = getComputedStyle(behind || document.body).backgroundColor;
    const lights = [style.outlineColor, ground].map((colour) => light(parsed(colour)));
    return {
        name: (each.labels?.[0] || each).textContent.trim().replace(/\\s+/g, " "),
        isSeen: Boolean(top) && (each.contains(top) || top.contains(each)),
        isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        contrast: (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05),
    };
}"""
"""What has the focus: its name as it is read, whether it is in sight, and how its outline stands out."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def closed_service(
    service_settings: Settings, serve: Callable[[Settings], AbstractContextManager[str]]
) -> Iterator[str]:
    """The address of a service for which everybody must sign in."""
    with serve(service_settings.model_copy(update={"sign_in": SignInSettings()})) as address:
        yield address


def tab(page: Page) -> str:
    """Press Tab; gives the name of what has the focus now, which is seen in light and dark."""
    before = page.evaluate_handle("document.activeElement")
    for attempt in (1, 2):
        page.keyboard.press("Tab")
        try:
            page.wait_for_function("before => document.activeElement !== before", arg=before, timeout=5_000)
        except TooLate:  # a busy browser loses a key now and then; where a page keeps the focus, both
            if attempt == 2:
                raise
            page.bring_to_front()
        else:
            break
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        focused = page.evaluate(FOCUSED)
        assert focused["isSeen"], focused
        assert focused["isOutlined"], focused
        assert focused["contrast"] >= 3, (scheme, focused)
    return str(focused["name"])


def tabs_to(page: Page, name: str) -> list[str]:
    """Press Tab until what begins with this name has the focus; gives the names on the way there."""
    names: list[str] = []
    while not (names and names[-1].startswith(name)):
        assert len(names) < MOST_TABS, names
        names.append(tab(page))
    return names


def skip_to_content(page: Page) -> None:
    """Follow the first link of a page, past the menu."""
    assert tab(page) == "Naar de inhoud"
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.usefixtures("three_weeks")
def test_a_keyboard_leads_from_signing_in_to_the_reasons_of_the_first_place_that_waits(
    closed_service: str, browser: Browser, sessions: Callable[[str], str]
) -> None:
    sessions("gebiedsteam")
    for width in (1280, 390, 1920):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, reduced_motion="reduce", base_url=closed_service
        )
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Aanmelden")
        assert tabs_to(page, "Naam") == [
            "Naar de inhoud",
            "Deze week",
            "Weekkaart",
            "Stand",
            "Cijfers",
            "Jaar",
            "Hulp bij deze pagina",
            "Naam",
        ]
        page.keyboard.type("gebiedsteam")
        assert tab(page) == "Wachtwoord"
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Hotspots in week 48 van 2023")
        skip_to_content(page)
        groups = [name for name in tabs_to(page, "Zoek, of kies") if re.match(r"[1-9]", name)]
        assert groups == ["2 wacht op uw oordeel", "1 nieuw", "1 stil geworden"]
        *explained, place = tabs_to(page, "Villapark")
        assert place == "Villapark HS-2023-002"
        assert explained == [
            "Download",
            "Maak een plaatje voor een brief",
            *([] if width == 390 else ["Wat betekent dit? Wacht op uw oordeel"]),
        ]
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_contain_text("HS-2023-002")
        reasons = page.get_by_role("region", name="Waarom staat deze plek op de lijst?")
        expect(reasons.get_by_text("Er kwamen 9 meldingen op 9 dagen.")).to_be_in_viewport()
        skip_to_content(page)
        assert tabs_to(page, "Hoe is dit") == [
            "Deze week",  # of the way back
            "Wat betekenen deze woorden?",
            "Lees het weekrapport",
            "PNG van de kaart van deze plek",
            "SVG van de kaart van deze plek",
            "Download",
            "Volg deze plek",
            "Hoe is dit berekend?",
        ]
        computed = reasons.get_by_text("12 meldingen op 9 dagen.")
        expect(computed).to_be_hidden()
        page.keyboard.press("Enter")
        expect(computed).to_be_in_viewport()
        assert tab(page) == "Meldingen in de periode"
        context.close()
