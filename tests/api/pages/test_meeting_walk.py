"""A meeting from signing in to the printed summary, by keyboard alone; a phone shows each page of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from hotspots.settings import Settings, SignInSettings

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"


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


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is meant has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("chosen => document.activeElement?.matches(chosen)", selector):
            return
    pytest.fail(f"no {selector} can be reached by Tab")


def arrive(page: Page, where: str) -> None:
    """Wait until a place is shown, and its shortcuts work."""
    expect(page.get_by_text(where)).to_be_visible()
    expect(page.get_by_text("Sneltoetsen", exact=True)).to_be_visible()


def look(page: Page, what: str) -> None:
    """See that the page fits on a phone, and keep a picture for who wants to look at it."""
    folder = os.environ.get("HOTSPOTS_SHOTS")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (what, width)
        if folder:
            page.screenshot(path=f"{folder}/{what}-{width}.png", full_page=True)


@pytest.mark.usefixtures("five_places")
def test_a_meeting_goes_from_signing_in_to_the_printed_summary_by_keyboard_alone(
    closed_service: str, browser: Browser, sessions: Callable[[str], str]
) -> None:
    sessions("gebiedsteam")
    context = browser.new_context(
        viewport={"width": 1280, "height": 844}, reduced_motion="reduce", base_url=closed_service
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/overleg")
    tab_to(page, "#naam")
    page.keyboard.type("gebiedsteam")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overleg")
    tab_to(page, "form[method=post][action='/overleg'] button")
    look(page, "begin")
    page.keyboard.press("Enter")

    # two keys: choose, confirm
    arrive(page, "Plek 1 van 3")
    page.keyboard.press("1")
    expect(page.get_by_label("Veiligheid")).to_be_checked()
    look(page, "plek")
    page.keyboard.press("Enter")

    # what is typed is text, whatever the letters
    arrive(page, "Plek 2 van 3")
    page.keyboard.press("v")
    arrive(page, "Plek 3 van 3")
    page.keyboard.press("t")
    arrive(page, "Plek 2 van 3")
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.keyboard.type("voetbal op straat, 3 avonden")
    expect(page.get_by_label("Opmerking")).to_have_value("voetbal op straat, 3 avonden")
    expect(page.get_by_label("Leefbaarheid")).to_be_checked()
    page.reload()
    arrive(page, "Plek 2 van 3")
    page.keyboard.press("2")
    page.keyboard.press("o")
    page.keyboard.type("voetbal op straat")
    tab_to(page, "[data-bevestig]")
    page.keyboard.press("Enter")

    arrive(page, "Plek 3 van 3")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Samenvatting van het overleg")
    expect(page.get_by_role("cell", name="voetbal op straat")).to_be_visible()
    expect(page.get_by_role("heading", name="Besproken (2)")).to_be_visible()
    expect(page.get_by_role("heading", name="Overgeslagen (1)")).to_be_visible()
    look(page, "samenvatting")
    tab_to(page, "form[action$='/afronden'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("afgerond om")).to_be_visible()
    page.emulate_media(media="print")
    printed = PdfReader(BytesIO(page.pdf(format="A4")))
    assert len(printed.pages) == 1
    text = " ".join(printed.pages[0].extract_text().split())
    assert "voetbal op straat" in text
    assert "Afmelden" not in text
    context.close()
    assert problems == []


@pytest.mark.usefixtures("five_places")
def test_shortcuts_stay_off_for_who_turned_them_off(
    closed_service: str, browser: Browser, sessions: Callable[[str], str]
) -> None:
    context = browser.new_context(base_url=closed_service, reduced_motion="reduce")
    cookie = {"name": "hotspots_sessie", "value": sessions("gebiedsteam"), "url": closed_service}
    context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright has it
    page = context.new_page()
    page.goto("/overleg")
    page.get_by_role("button", name="Begin het overleg").click()
    arrive(page, "Plek 1 van 3")
    page.get_by_text("Sneltoetsen", exact=True).click()
    with page.expect_response(lambda answer: "toetsen=uit" in answer.url):
        page.get_by_label("Gebruik sneltoetsen").uncheck()
    page.reload()
    arrive(page, "Plek 1 van 3")
    page.keyboard.press("2")
    expect(page.get_by_label("Leefbaarheid")).not_to_be_checked()
    context.close()


@pytest.mark.usefixtures("five_places")
def test_a_double_click_on_a_button_gives_one_verdict_and_one_comment(
    closed_service: str, browser: Browser, sessions: Callable[[str], str]
) -> None:
    context = browser.new_context(base_url=closed_service, reduced_motion="reduce")
    cookie = {"name": "hotspots_sessie", "value": sessions("gebiedsteam"), "url": closed_service}
    context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright has it
    page = context.new_page()
    page.goto("/overleg")
    page.get_by_role("button", name="Begin het overleg").dblclick()
    page.get_by_label("Leefbaarheid").check()
    page.get_by_role("button", name="Bevestig").dblclick()
    arrive(page, "Plek 2 van 3")
    page.get_by_role("link", name="Alles over deze plek").click()
    page.get_by_text("Opmerking plaatsen").click()
    page.get_by_label("Opmerking over de aanpak").fill("Wie belt?")
    page.get_by_role("button", name="Plaats opmerking").dblclick()
    expect(page.get_by_text("Uw opmerking is geplaatst.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Wie belt?", exact=True)).to_have_count(1)
    page.goto("/overleg")
    expect(page.get_by_role("link", name="Ga verder met het overleg")).to_have_count(1)
    context.close()
