"""The administrator's pages in a real browser, with the keyboard alone: a delivery, a rule, a user, a job."""

import multiprocessing
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, insert, select

from hotspots.settings import DetectionSettings, PreviewSettings, ServiceSettings, Settings
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_runs
from hotspots.store.report_tables import reports
from tests.accessibility import check

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"
MOST_TABS = 90
LAST = date(2023, 11, 12)
HEAD = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;woonplaats;rd_x;rd_y;melder"
DELIVERY = [
    *(  # one place with too few reports for the rules of this test, and enough for those that ship
        f"P{week};{LAST - timedelta(weeks=week)} 21:00;Overlast drugs;Dealen {week};"
        f";;;{176500 + 14 * (week % 4)};{317500 + 11 * (week % 3)};m{week % 5}"
        for week in range(14)
    ),
    *(  # and one report here and there
        f"V{number};{LAST - timedelta(days=2 * number)} 21:00;Overlast personen;Kabaal {number};"
        f";;;{175000 + 70 * number};{316500 + number * 37 % 20 * 150};v{number}"
        for number in range(40)
    ),
    "X1;vorige week;Overlast drugs;Dealen;;;;;;",
    "X2;2023-11-11 21:00;Afval;Zak;;;;;;",
    "X3;2023-11-11 22:00;Overlast personen;Geschreeuw;Nergensstraat bij mevrouw Jansen;4;Maastricht;;;",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads in the test's own folder, a rule that asks for more reports than there are, short previews."""
    own = ServiceSettings(uploads=tmp_path / "uploads")
    strict, short = DetectionSettings(min_reports=20), PreviewSettings(weeks=2)
    return service_settings.model_copy(update={"service": own, "detection": strict, "preview": short})


def tab_to(page: Page, target: Locator) -> None:
    """Go on with Tab until this has the focus, and see that it shows so."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"{target} is not reached with {MOST_TABS} times Tab")


def follow(page: Page, target: Locator) -> None:
    """Go to a link or a button and press it."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def open_section(page: Page, name: str, heading: str) -> None:
    """Choose a page in the menu beside the pages."""
    follow(page, page.get_by_role("navigation", name="Beheer").get_by_role("link", name=name, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.fixture
def administrator(page: Page, sessions: Callable[[str], str]) -> Page:
    """The first of the administrator's pages, reached with the keyboard from the form to sign in."""
    sessions("beheerder")
    page.goto("/aanmelden?naar=/")
    tab_to(page, page.get_by_label("Naam"))
    page.keyboard.type("beheerder")
    tab_to(page, page.get_by_label("Wachtwoord"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    follow(page, page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link", name="Beheer"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Beheer")
    return page


def test_a_delivery_is_seen_imported_and_other_rules_are_tried_on_it(
    administrator: Page, database: Database, tmp_path: Path
) -> None:
    page = administrator
    file = tmp_path / "week 45.csv"
    file.write_text("\n".join([HEAD, *DELIVERY]) + "\n", encoding="utf-8")
    open_section(page, "Imports", "Imports")
    tab_to(page, page.get_by_label("Bestand"))
    page.get_by_label("Bestand").set_input_files(file)  # what follows a key here is the browser's own
    follow(page, page.get_by_role("button", name="Bekijk wat dit geeft"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Wat deze levering geeft")
    expect(page.get_by_text("geen leesbare tijd van melden")).to_be_visible()
    expect(page.get_by_text("Jansen")).to_have_count(0)  # as it would be kept
    check(page, "delivery")
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(reports)).scalar_one() == 0
    follow(page, page.get_by_role("button", name="Importeer deze levering"))
    expect(page.get_by_role("status")).to_have_text("De levering is geïmporteerd.")
    check(page, "import")

    open_section(page, "Onduidelijke adressen", "Onduidelijke adressen")
    check(page, "addresses")

    open_section(page, "Regels", "Regels")
    check(page, "rules")
    tab_to(page, page.get_by_label("Minste aantal meldingen"))
    page.keyboard.press("Control+A")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wat deze regels hadden gegeven")).to_be_visible()
    expect(page.locator(".tellers")).to_contain_text("1 plek erbij", timeout=180_000)
    expect(page.get_by_role("region", name="Per buurt").locator("tbody tr")).to_have_count(1)
    check(page, "preview")
    for process in multiprocessing.active_children():
        process.join(timeout=60)


def test_somebody_is_added_and_blocked_and_a_job_that_failed_is_found(
    administrator: Page, database: Database
) -> None:
    page = administrator
    now = datetime.now(UTC)
    failed = {"started_at": now - timedelta(minutes=3), "finished_at": now, "outcome": "failed"}
    with database.writing() as connection:
        connection.execute(insert(job_runs).values(job="inbox", message="disk full", counts={}, **failed))
    check(page, "overview")
    open_section(page, "Gebruikers", "Gebruikers")
    tab_to(page, page.get_by_label("Naam om mee aan te melden"))
    page.keyboard.type("lees")
    tab_to(page, page.get_by_label("Naam zoals anderen die zien"))
    page.keyboard.type("L. Lezer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Gebruiker lees is toegevoegd.")
    check(page, "users")
    follow(page, page.get_by_role("link", name="L. Lezer"))
    expect(page.get_by_role("heading", level=1)).to_have_text("L. Lezer")
    check(page, "user")
    follow(page, page.get_by_role("button", name="Blokkeer"))
    expect(page.get_by_text("Deze gebruiker is geblokkeerd.")).to_be_visible()

    open_section(page, "Taken", "Taken")
    check(page, "jobs")
    follow(page, page.get_by_role("link", name="Leveringen uit de inbox inlezen"))
    expect(page.get_by_role("cell", name="De schijf is vol.")).to_be_visible()
    check(page, "job")
    open_section(page, "Gebieden", "Gebieden")
    check(page, "areas")
    open_section(page, "Tokens", "Tokens")
    check(page, "tokens")

    open_section(page, "Gebeurtenissen", "Gebeurtenissen")
    tab_to(page, page.get_by_label("Naam van het systeem"))
    page.keyboard.type("Zaaksysteem")
    tab_to(page, page.get_by_label("Adres voor de berichten"))
    page.keyboard.type("https://zaken.example.org/berichten/over/wat/er/verandert/aan/een/plek")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Het is alleen nu te zien.")
    check(page, "events")
    follow(page, page.get_by_role("link", name="Zaaksysteem"))
    follow(page, page.get_by_role("button", name="Pauzeer"))
    expect(page.get_by_text("gepauzeerd", exact=True)).to_be_visible()
    check(page, "event system")
