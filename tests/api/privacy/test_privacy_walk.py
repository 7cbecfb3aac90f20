"""What a privacy officer does in a browser: answer what one person asks, and tell who read a place."""

from collections.abc import Iterator
from datetime import UTC, datetime

import docx
import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from sqlalchemy import insert, select, update

from hotspots.access.accounts import add_user
from hotspots.access.rights import GRANTED, Role
from hotspots.intake.reporter_key import load_reporter_key
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import report_texts, reporters, reports

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"
PHONE_NUMBER = "06 - 1234 5678"
LAPTOP: ViewportSize = {"width": 1280, "height": 844}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def with_people(three_weeks: object, database: Database, service_settings: Settings) -> None:
    """An adviser and the privacy officer; and a report of who has a telephone number, with its text."""
    for name, role in (("adviseur", Role.OOV), ("privacy", Role.PRIVACY)):
        add_user(
            database,
            name=name,
            full_name=f"P. {name.title()}",
            role=role,
            password=PASSWORD,
            created_by="test",
            now=datetime.now(UTC),
            granted=GRANTED if role is Role.OOV else (),
        )
    with database.writing() as connection:
        key = load_reporter_key(connection, service_settings.privacy)
        who = insert(reporters).values(hash=key.hash_of("+31612345678")).returning(reporters.c.id)
        number = connection.execute(who).scalar_one()
        report = connection.execute(select(reports.c.id).order_by(reports.c.id).limit(1)).scalar_one()
        connection.execute(update(reports).where(reports.c.id == report).values(reporter_id=number))
        connection.execute(insert(report_texts).values(report_id=report, text="Elke avond geschreeuw"))


@pytest.fixture
def page(browser: Browser, with_people: None, served: str) -> Iterator[Page]:
    """A page of a laptop that fails the test on any error in it."""
    context = browser.new_context(viewport=LAPTOP, reduced_motion="reduce", base_url=served)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def enter(page: Page, name: str, towards: str) -> None:
    """Sign in, after whoever was there."""
    page.context.clear_cookies()
    page.goto(f"/aanmelden?naar={towards}")
    page.get_by_label("Naam").fill(name)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{towards}")


def press(target: Locator) -> None:
    """Go to something with the keyboard, and press it."""
    target.focus()
    target.press("Enter")


def look(page: Page, heading: str) -> None:
    """See that it is the right page, and that a phone shows it without scrolling sideways."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.set_viewport_size(PHONE)
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(LAPTOP)
    assert scrolled <= PHONE["width"], heading


def test_a_privacy_officer_answers_who_asks_and_tells_who_read_a_place(page: Page) -> None:
    enter(page, "adviseur", "/hotspots/HS-2023-001/meldingen")
    expect(page.get_by_text("Elke avond geschreeuw")).to_be_visible()

    enter(page, "privacy", "/privacy")
    look(page, "Privacy")
    press(page.get_by_role("link", name="Alle verzoeken, en een nieuw verzoek"))
    look(page, "Verzoeken")
    page.get_by_label("wissen van gegevens").check()
    press(page.get_by_role("button", name="Leg het verzoek vast"))
    look(page, "Verzoek 1")
    expect(page.get_by_text("Antwoord uiterlijk op")).to_be_visible()
    page.get_by_label("Hoe hebt u vastgesteld wie het vraagt?").fill("paspoort gezien aan de balie")
    press(page.get_by_role("button", name="Leg dit vast"))

    page.get_by_label("telefoonnummer").check()
    page.get_by_label("Wat de persoon opgaf").fill(PHONE_NUMBER)
    press(page.get_by_role("button", name="Zoek", exact=True))
    expect(page.get_by_text("Elke avond geschreeuw")).to_be_visible()
    look(page, "Verzoek 1")
    with page.expect_download() as letter:
        press(page.get_by_role("button", name="Maak de brief (DOCX)"))
    tables = docx.Document(str(letter.value.path())).tables
    cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    assert "Elke avond geschreeuw" in cells

    page.get_by_label("Ik weet zeker dat dit gewist moet worden.").check()
    press(page.get_by_role("button", name="Wis deze gegevens"))
    expect(page.get_by_text("Dit blijft, en daarom:")).to_be_visible()
    look(page, "Verzoek 1")
    page.get_by_label("Hoe is het verzoek afgelopen?").select_option(label="gegevens gewist")
    press(page.get_by_role("button", name="Sluit het verzoek af"))
    expect(page.get_by_text("Afgesloten op")).to_be_visible()
    expect(page.get_by_text(PHONE_NUMBER)).to_have_count(0)

    press(page.get_by_role("link", name="Wie las wat", exact=True))
    look(page, "Wie las wat")
    page.get_by_label("Nummer van de plek").fill("HS-2023-001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 keer gelezen")).to_be_visible()
    rows = page.get_by_role("region", name="Wie las wat").locator("tbody tr")
    expect(rows.filter(has_text="P. Adviseur").filter(has_text="HS-2023-001")).to_have_count(2)
    expect(rows.filter(has_text="tekst")).to_have_count(1)
