"""From an empty database to a first list, by an administrator who has a browser and nothing else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from pydantic import SecretStr

from hotspots.access.accounts import add_user
from hotspots.access.rights import Role
from hotspots.settings import (
    DatabaseSettings,
    JobsSettings,
    MunicipalitySettings,
    ServiceSettings,
    Settings,
    SourcesSettings,
)
from hotspots.store.database import Database
from jobs.scheduler import JOBS, keep_timetable
from tests.api.first_setup_files import (
    CODE,
    TOWN,
    write_addresses,
    write_areas,
    write_export,
    write_signalen,
)

pytestmark = pytest.mark.chromium

PASSWORD = "correct horse battery"
WORDS_PER_MINUTE, TYPED_PER_MINUTE, CLICK_S = 230, 40, 3
LETTERS_PER_WORD = 5
MOST_MINUTES = 15
LAPTOP: ViewportSize = {"width": 1280, "height": 844}
PHONE: ViewportSize = {"width": 390, "height": 844}

LINES = """
() => {
    // of a list to choose from, only what is chosen is read at once
    const lists = [...document.querySelectorAll("main select")];
    lists.forEach(list => list.style.display = "none");
    const lines = document.querySelector("main").innerText.split("\\n");
    lists.forEach(list => list.style.display = "");
    return lines.concat(lists.map(list => list.selectedOptions[0]?.text ?? "")).filter(line => line.trim());
}
"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings, database_url: str, tmp_path: Path) -> Settings:
    """A settings file that names the municipality and its folders, as who installs it leaves it."""
    own = {
        "municipality": MunicipalitySettings(name=TOWN, code=CODE),
        "database": DatabaseSettings(url=database_url),
        "jobs": JobsSettings(
            inbox=tmp_path / "inbox",
            reports=tmp_path / "reports",
            backups=tmp_path / "backups",
            backup_key_file=tmp_path / "backup.key",
        ),
        "service": ServiceSettings(
            uploads=tmp_path / "uploads", signing_key=SecretStr("a key of tests only, never for a real link")
        ),
        "sources": SourcesSettings(folder=tmp_path / "sources"),
    }
    return settings.model_copy(update=own)


@pytest.fixture
def scheduler(settings: Settings) -> Iterator[None]:
    """What `hotspots schedule` does beside the service; of its jobs those that a first list needs."""
    stop = threading.Event()
    own = {"load": lambda: settings, "asked_every_s": 0.2, "jobs": [JOBS["geocode"], JOBS["weekly"]]}
    thread = threading.Thread(target=keep_timetable, args=(stop,), kwargs=own)
    thread.start()
    yield
    stop.set()
    thread.join()


@dataclass
class Person:
    """Somebody at a laptop, who reads each line of a page once, and whose time is counted."""

    page: Page
    words: int = 0
    clicks: int = 0
    typed: int = 0
    read_before: set[str] = field(default_factory=set)
    seen_on_a_phone: set[str] = field(default_factory=set)

    @property
    def minutes(self) -> float:
        """How long all of it took."""
        reading = self.words / WORDS_PER_MINUTE
        typing = self.typed / LETTERS_PER_WORD / TYPED_PER_MINUTE
        return reading + typing + self.clicks * CLICK_S / 60

    def read(self, heading: str) -> None:
        """Read a page, and see that a phone shows it without scrolling sideways."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        new = set(self.page.evaluate(LINES)) - self.read_before
        self.read_before |= new
        self.words += sum(any(map(str.isalpha, word)) for line in new for word in line.split())
        if heading not in self.seen_on_a_phone:
            self.seen_on_a_phone.add(heading)
            self.page.set_viewport_size(PHONE)
            scrolled = self.page.evaluate("document.documentElement.scrollWidth")
            self.page.set_viewport_size(LAPTOP)
            assert scrolled <= PHONE["width"], heading

    def press(self, target: Locator) -> None:
        """Go to something with the keyboard, and press it."""
        self.clicks += 1
        target.focus()
        target.press("Enter")

    def tick(self, target: Locator) -> None:
        """Tick a box with the keyboard."""
        self.clicks += 1
        target.focus()
        target.press("Space")

    def write(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.clicks += 1
        self.typed += len(text)
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, value: str) -> None:
        """Choose from a list."""
        self.clicks += 2
        self.page.get_by_label(label, exact=True).select_option(label=value)

    def send(self, label: str, file: Path, button: str) -> None:
        """Choose a file and send it: two clicks in the window that the browser opens."""
        self.clicks += 3
        self.page.get_by_label(label, exact=True).set_input_files(file)
        self.press(self.page.get_by_role("button", name=button))

    def open(self, link: str) -> None:
        """Follow a link of the page or of the menu beside it."""
        self.press(self.page.get_by_role("link", name=link, exact=True).first)


@pytest.fixture
def administrator(
    browser: Browser,
    database: Database,
    settings: Settings,
    scheduler: None,
    serve: Callable[[Settings], AbstractContextManager[str]],
) -> Iterator[Person]:
    """The first account of an installation, which only its command makes; and nothing else in it."""
    add_user(
        database,
        name="beheer",
        full_name="B. Heerder",
        role=Role.BEHEERDER,
        password=PASSWORD,
        created_by="opdracht",
        now=datetime.now(UTC),
    )
    with serve(settings) as address:
        context = browser.new_context(viewport=LAPTOP, reduced_motion="reduce", base_url=address)
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield Person(page)
        context.close()
        assert problems == []


@pytest.fixture
def last(settings: Settings) -> date:
    """The last Sunday before today: of that week the round is."""
    today = settings.municipality.local_day(datetime.now(UTC))
    return today - timedelta(days=today.isoweekday())


def test_an_administrator_comes_from_an_empty_database_to_a_first_list_in_a_quarter_of_an_hour(
    administrator: Person, last: date, tmp_path: Path
) -> None:
    person, page = administrator, administrator.page
    files = tmp_path / "files"
    files.mkdir()

    page.goto("/beheer")
    person.write("Naam", "beheer")
    person.write("Wachtwoord", PASSWORD)
    page.keyboard.press("Enter")
    person.read("Beheer")

    person.open("Lees de grenzen van de buurten in")
    person.read("Gebieden")
    areas = write_areas(files / "wijkenbuurten_2024.gpkg")
    person.send("Bestand (GeoPackage of GeoJSON)", areas, "Bekijk wat dit verandert")
    person.read("Wat deze grenzen veranderen")
    person.press(page.get_by_role("button", name="Laat deze grenzen gelden"))
    person.read("Gebieden")

    person.open("Stel een nieuw gebied samen")
    person.read("Gebied samenstellen")
    person.write("Naam van het gebied", "Noordzijde")
    person.tick(page.get_by_label("De hele wijk").nth(1))
    person.tick(page.get_by_label("Kerkstraat en omgeving"))
    person.press(page.get_by_role("button", name="Bewaar dit gebied"))
    person.read("Gebieden")
    expect(page.get_by_role("heading", name="Noordzijde 5")).to_be_visible()

    person.open("Adressenbestand")
    person.read("Adressenbestand")
    addresses = write_addresses(files / "bag-adressen.csv")
    label = "Bestand uit de BAG (CSV, XLSX, ODS, GeoPackage of GeoJSON)"
    person.send(label, addresses, "Bekijk wat dit verandert")
    person.read("Wat dit adressenbestand verandert")
    person.press(page.get_by_role("button", name="Voer dit bestand in"))
    expect(page.get_by_text("240 adressen")).to_be_visible(timeout=30_000)
    person.read("Adressenbestand")

    person.open("Overzicht")
    person.read("Beheer")
    person.open("Lees de eerste levering in")
    person.read("Imports")
    export = write_export(files / "Export zaken.xlsx", last)
    person.send("Bestand (CSV, XLSX, ODS, JSON of zip)", export, "Bekijk wat dit geeft")
    person.read("Wat elke kolom is")
    person.choose("Wie meldt", "melder")
    person.write("Naam van de bron", "zaaksysteem")
    person.press(page.get_by_role("button", name="Bewaar deze bron en bekijk de levering"))
    person.read("Wat deze levering geeft")
    person.press(page.get_by_role("button", name="Importeer deze levering"))
    person.read(export.name)

    person.open("Imports")
    person.read("Imports")
    signalen = write_signalen(files / "signalen.zip", last)
    person.send("Bestand (CSV, XLSX, ODS, JSON of zip)", signalen, "Bekijk wat dit geeft")
    person.read("Wat deze levering geeft")
    person.press(page.get_by_role("button", name="Importeer deze levering"))
    person.read(signalen.name)

    person.open("Overzicht")
    person.read("Beheer")
    person.open("Bevestig de bewaartermijnen")
    person.read("Bewaartermijnen")
    person.press(page.get_by_role("button", name="Bevestig deze termijnen"))
    person.read("Bewaartermijnen")

    person.open("Overzicht")
    person.read("Beheer")
    person.press(page.get_by_role("button", name="Doe de ronde nu"))
    person.read("Beheer")
    expect(page.get_by_role("heading", name="Zo komt u tot een eerste lijst")).to_have_count(
        0, timeout=60_000
    )
    person.read("Beheer")
    person.open("Deze week")
    year, week, _ = last.isocalendar()
    person.read(f"Hotspots in week {week} van {year}")
    expect(page.get_by_role("link", name="Marktlaan")).to_be_visible()
    assert person.minutes < MOST_MINUTES
