"""The pages as people use them, in a real browser: one hotspot from new to closed, by team and OOV."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from tests.accessibility import check

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"
NUMBER = "HS-2023-002"
NASTY = '"><script>window.ran=1</script><img src=x onerror="window.ran=2">${window.ran=3}{{7*7}}</script>\'`'

Enter = Callable[[str], None]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def enter(page: Page, sessions: Callable[[str], str]) -> Enter:
    """Sign in as a role through the form, in the place of who was signed in."""
    known: set[str] = set()

    def sign_in(role: str) -> None:
        if role not in known:
            sessions(role)
            known.add(role)
        page.context.clear_cookies()
        page.goto("/aanmelden")
        page.get_by_label("Naam").fill(role)
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.get_by_role("button", name="Aanmelden").click()
        expect(page.get_by_role("button", name="Afmelden")).to_be_visible()

    return sign_in


def open_form(page: Page, summary: str) -> None:
    """Open a form that is folded away."""
    shown = page.locator("summary", has_text=summary).first
    if shown.locator("..").get_attribute("open") is None:
        shown.click()


def teller(page: Page, words: str) -> str:
    """The number that stands with a group."""
    return page.locator(".tellers a", has_text=words).locator(".getal").inner_text()


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_goes_from_new_to_closed_through_the_pages(page: Page, enter: Enter) -> None:
    today = date.today()  # noqa: DTZ011  # the service counts from the real day
    enter("gebiedsteam")
    assert (teller(page, "nieuw"), teller(page, "wacht op uw oordeel")) == ("1", "2")
    check(page, "week")
    page.locator(".tellers a", has_text="nieuw").click()
    expect(page).to_have_url("/?toon=nieuw")
    page.get_by_role("link", name=NUMBER).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(NUMBER)
    check(page, "new")

    open_form(page, "Toevoegen wat u weet")
    page.get_by_label("Wat weet uw organisatie (politie) van deze plek?").fill(f"Wij komen er vaak. {NASTY}")
    page.get_by_role("button", name="Voeg toe").click()
    expect(page.get_by_role("status")).to_have_text("Wat u weet is toegevoegd.")
    expect(page.locator(".tekst", has_text="Wij komen er vaak.")).to_be_visible()

    open_form(page, "Verbeter dit")
    written = page.locator(".berichten").get_by_label("Wat weet uw organisatie (politie) van deze plek?")
    expect(written).to_have_value(f"Wij komen er vaak. {NASTY}")
    written.fill(f"Wij komen er elke week. {NASTY}")
    page.get_by_role("button", name="Bewaar").click()
    expect(page.locator(".tekst", has_text="Wij komen er elke week.")).to_be_visible()
    expect(page.locator(".tekst", has_text="Wij komen er vaak.")).to_have_count(0)

    page.get_by_label("Leefbaarheid").check()
    page.get_by_label("Waarom?").fill(f"Muziek en voetbal. {NASTY}")
    page.get_by_role("button", name="Geef oordeel").click()
    expect(page.get_by_role("status")).to_have_text("Uw oordeel is opgeslagen.")
    expect(page.locator(".zij dl")).to_contain_text("in verificatie")
    check(page, "judged")
    page.goto("/")
    assert teller(page, "wacht op uw oordeel") == "1"

    enter("oov")
    assert teller(page, "wacht op uw besluit") == "1"
    page.goto(f"/hotspots/{NUMBER}")
    page.get_by_label("Besluiten tot leefbaarheid").check()
    page.get_by_role("textbox", name="Reden").fill("Het gebiedsteam kan dit zelf.")
    page.get_by_role("button", name="Zet stap").click()
    expect(page.get_by_text("Besluit van OOV: leefbaarheid")).to_be_visible()

    enter("gebiedsteam")
    page.goto(f"/hotspots/{NUMBER}")
    open_form(page, "Volgende stap zetten")
    expect(page.get_by_label("Aanpak beginnen")).to_be_disabled()
    open_form(page, "Maatregel toevoegen")
    page.get_by_label("Soort").select_option("buurtbemiddeling")
    page.get_by_label("Wat wordt er gedaan?").fill(f"Een gesprek tussen buren. {NASTY}")
    page.get_by_label("Wie doet het?").fill(f"Trajekt {NASTY}")
    page.get_by_role("textbox", name="Begin").fill("2023-11-20")
    page.get_by_role("button", name="Voeg maatregel toe").click()
    expect(page.get_by_role("status")).to_have_text("De maatregel is opgeslagen.")
    expect(page.get_by_text("Het is nog te kort om iets over het effect te zeggen")).to_be_visible()
    check(page, "measure")
    for step, more in (
        ("Aanpak beginnen", {}),
        ("Nazorg beginnen", {"Nazorg tot en met": (today + timedelta(days=60)).isoformat()}),
        ("Sluiten", {}),
    ):
        open_form(page, "Volgende stap zetten")
        page.get_by_label(step).check()
        page.get_by_role("textbox", name="Reden").fill(f"{step}: zo is het afgesproken.")
        for label, value in more.items():
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name="Zet stap").click()
        expect(page.get_by_role("status")).to_have_text("De stap is gezet.")
    expect(page.locator(".zij dl")).to_contain_text("gesloten")
    check(page, "closed")

    page.goto("/kaart?lagen=hotspots,gebieden,maatregelen&weergave=status&status=gesloten")
    flag = page.get_by_role("button", name=f"({NUMBER}): maatregelen")
    flag.click()
    expect(page.locator(".leaflet-popup")).to_contain_text(f"Trajekt {NASTY}")
    check(page, "map")
    page.goto("/?toon=afgerond")
    expect(page.get_by_role("link", name=NUMBER)).to_be_visible()
    assert page.evaluate("window.ran") is None


@pytest.mark.usefixtures("three_weeks", "database")
def test_what_someone_else_changed_meanwhile_is_shown_with_what_was_typed(
    page: Page, enter: Enter, add_colleague: Callable[..., str]
) -> None:
    add_colleague("A. Agent")
    enter("oov")
    page.goto(f"/hotspots/{NUMBER}")
    other = page.context.new_page()
    other.goto(f"/hotspots/{NUMBER}")
    open_form(other, "Toewijzen")
    other.get_by_label("Persoon").select_option(label="A. Agent, OOV")
    other.get_by_role("button", name="Wijs toe").click()
    open_form(page, "Volgende stap zetten")
    page.get_by_label("Verifiëren").check()
    page.get_by_role("textbox", name="Reden").fill("Dit moet blijven staan.")
    page.get_by_role("button", name="Zet stap").click()
    expect(page.locator("#status .bericht")).to_contain_text("wees de hotspot toe aan A. Agent")
    expect(page.get_by_role("textbox", name="Reden")).to_have_value("Dit moet blijven staan.")
    expect(page.get_by_label("Verifiëren")).to_be_checked()
    check(page, "conflict")
    page.get_by_role("button", name="Zet stap").click()
    expect(page.get_by_role("status")).to_have_text("De stap is gezet.")


@pytest.mark.usefixtures("three_weeks")
def test_the_list_and_the_map_are_walked_with_the_keyboard_alone(page: Page, enter: Enter) -> None:
    enter("oov")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Naar de inhoud")
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 40)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen[-1]
        if page.locator(":focus[data-toon]").count():
            break
    page.keyboard.press("Enter")  # show it on the map
    expect(page.locator(".leaflet-popup")).to_be_visible()
    chosen = page.locator(".kaartje.gekozen").get_attribute("data-nummer")
    assert f"({chosen})," in str(page.locator(".symbool.gekozen").get_attribute("aria-label"))
    expect(page).to_have_url(f"/#{chosen}")


@pytest.mark.usefixtures("three_weeks")
def test_a_marker_on_the_map_chooses_the_place_in_the_list(page: Page, enter: Enter) -> None:
    enter("oov")
    page.get_by_role("button", name="buurt onbekend (HS-2023-003), ").focus()
    expect(page.locator(".kaartje.gekozen")).to_have_attribute("data-nummer", "HS-2023-003")
    page.reload()
    expect(page.locator(".kaartje.gekozen")).to_have_attribute("data-nummer", "HS-2023-003")


@pytest.mark.usefixtures("three_weeks")
def test_the_slider_and_the_links_lead_to_other_weeks(page: Page, enter: Enter) -> None:
    enter("oov")
    page.goto("/kaart?soort=gebied")
    slider = page.get_by_role("slider", name="Week")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/kaart?soort=gebied&peildatum=2023-11-19#schuif")
    expect(page.get_by_role("heading", level=1)).to_contain_text("week 46 van 2023")
    expect(page.get_by_role("slider", name="Week")).to_be_focused()
    page.get_by_role("link", name="week later").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("week 47 van 2023")
    assert "soort=gebied" in page.url


@pytest.mark.usefixtures("three_weeks")
def test_pages_can_be_used_at_four_times_the_size(browser: Browser, served: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 256}, base_url=served)
    for address in ("/", "/kaart", "/hotspots/HS-2023-001", "/aanmelden", "/?zoek=niets"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
    page.close()


@pytest.mark.usefixtures("three_weeks")
def test_pages_hold_in_forced_colours_and_more_contrast(browser: Browser, served: str) -> None:
    for options in ({"forced_colors": "active"}, {"contrast": "more"}):
        context = browser.new_context(base_url=served, **options)  # type: ignore[arg-type]  # either
        page = context.new_page()
        page.goto("/")
        expect(page.locator(".teken svg").first).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('.kaartje')).borderStyle") == "solid"
        context.close()


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_is_printed_without_forms_and_with_its_tables(
    browser: Browser, served: str, sessions: Callable[[str], str]
) -> None:
    context = browser.new_context(base_url=served)
    context.add_cookies([{"name": "hotspots_sessie", "value": sessions("oov"), "url": served}])
    page = context.new_page()
    page.goto("/hotspots/HS-2023-001")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".blok")).to_be_hidden()
    expect(page.locator("header.kop")).to_be_hidden()
    expect(page.get_by_text("week 44 van 2023")).to_be_visible()
    assert len(page.pdf(format="A4")) > 20_000
    context.close()


@pytest.mark.usefixtures("three_weeks")
def test_reading_the_reports_is_logged(database: Database, page: Page, enter: Enter) -> None:
    enter("gebiedsteam")
    page.goto("/hotspots/HS-2023-001")
    page.get_by_role("link", name="Lees de meldingen zelf").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meldingen van Binnenstad (HS-2023-001)")
    check(page, "reports")
    with database.reading() as connection:
        used = connection.execute(select(access_log.c.right_used).order_by(access_log.c.id)).scalars().all()
    assert used == ["punten.lezen", "teksten.lezen"]
