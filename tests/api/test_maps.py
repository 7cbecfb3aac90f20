"""Maps and pages in a real browser: nothing from elsewhere, nothing injected runs, everyone can use them."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import insert, update

from api.standalone import standalone_page
from hotspots.model import Trend
from hotspots.rights import EVERYTHING
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.hotspots import Selection, read_hotspots
from hotspots.store.tables import areas, facts
from hotspots.symbols import TREND_STYLES
from hotspots.weekly_map import build_weekly_map

See = Callable[..., None]

pytestmark = pytest.mark.chromium

PAGES = ["/", "/kaart", "/hotspots/HS-2023-001", "/hotspots/HS-2023-004", "/hotspots/HS-1900-001"]
NASTY = '"><script>window.ran=1</script><img src=x onerror="window.ran=2">${window.ran=3}{{7*7}}</script>\'`'
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    path = tmp_path / "database.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page as wide as a laptop, that fails the test on an error in a script."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Security" in message.text else None)
    yield page
    page.close()
    assert problems == []


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA."""
    return [
        f"{found['id']}: {node['html'][:200]}"
        for found in Axe().run(page, options=WCAG).response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.usefixtures("three_weeks")
def test_pages_meet_wcag_on_a_laptop_and_a_phone(served: str, page: Page, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(facts).values(name="simulated", value="demo"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for address in PAGES:
            page.goto(served + address)
            assert violations(page) == [], (address, width)
            scroll = page.evaluate("document.documentElement.scrollWidth")
            assert scroll <= width, f"{address} scrolls sideways at {width}"
    page.goto(f"{served}/kaart")
    page.get_by_role("button", name="HS-2023-003, buurt onbekend").click()
    expect(page.locator(".leaflet-popup")).to_be_visible()
    assert violations(page) == []


@pytest.mark.usefixtures("three_weeks")
def test_pages_ask_nothing_of_another_origin(served: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in PAGES:
        page.goto(served + address, wait_until="networkidle")
    assert any(url.endswith("/kaart") for url in asked)
    assert any("leaflet.js" in url for url in asked)
    assert [url for url in asked if not url.startswith((served, "data:"))] == []


@pytest.mark.usefixtures("three_weeks")
def test_a_basemap_is_the_only_other_origin_and_only_where_it_is_set(
    service_settings: Settings, browser: Browser, database: Database, tmp_path: Path
) -> None:
    with_basemap = service_settings.model_copy(
        update={"map": service_settings.map.model_copy(update={"basemap": "pdok-grijs"})}
    )
    page = browser.new_page()
    asked: list[str] = []
    page.route("https://**", lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url))
    for settings in (service_settings, with_basemap):
        file = tmp_path / "map.html"
        file.write_text(_standalone(database, settings), encoding="utf-8")
        if settings is with_basemap:
            with page.expect_request("https://service.pdok.nl/**"):
                page.goto(file.as_uri())
        else:
            page.goto(file.as_uri(), wait_until="networkidle")
        others = {url.split("/")[2] for url in asked if url.startswith("http")}
        assert others == (set() if settings is service_settings else {"service.pdok.nl"})
    page.close()


@pytest.mark.usefixtures("three_weeks")
def test_a_map_is_used_with_the_keyboard_and_from_the_list(served: str, page: Page) -> None:
    page.goto(f"{served}/kaart")
    marker = page.get_by_role("button", name="HS-2023-002, Villapark: nieuw")
    marker.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("9 meldingen op 9 dagen")
    expect(popup.get_by_role("link")).to_have_attribute("href", "/hotspots/HS-2023-002")
    page.locator('[data-nummer="HS-2023-003"] button').click()
    expect(popup).to_contain_text("30 meldingen op 9 dagen")
    page.locator('[data-nummer="HS-2023-001"] a').focus()
    expect(page.locator(".symbool.gekozen")).to_have_attribute("aria-label", "HS-2023-001, Binnenstad: stil")
    expect(page.locator(".leaflet-marker-icon.symbool")).to_have_count(4)


@pytest.mark.usefixtures("three_weeks")
def test_the_filters_work_without_scripts(served: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served}/kaart")
    page.get_by_label("Soort").select_option("woning")
    page.get_by_role("button", name="Toon", exact=True).click()
    expect(page.locator("[data-nummer]")).to_have_count(1)
    expect(page.get_by_role("link", name="HS-2023-002")).to_be_visible()
    page.context.close()


def test_text_from_reports_and_areas_never_runs(
    served: str, page: Page, database: Database, service_settings: Settings, tmp_path: Path, see: See
) -> None:
    see(date(2023, 12, 3), redenen=(NASTY, f"tweede {NASTY}"))
    with database.writing() as connection:
        connection.execute(update(areas).values(buurtnaam=NASTY, wijknaam=NASTY))
    file = tmp_path / "map.html"
    file.write_text(_standalone(database, service_settings), encoding="utf-8")
    for address in (*(served + path for path in ("/", "/kaart", "/hotspots/HS-2023-001")), file.as_uri()):
        page.goto(address, wait_until="networkidle")
        if page.locator(".symbool").count():
            page.locator(".symbool").first.click()
            expect(page.locator(".leaflet-popup")).to_be_visible()
        page.wait_for_function("document.readyState === 'complete'")
        assert page.evaluate("window.ran") is None, address
        assert page.locator("img[src=x]").count() == 0, address
        assert NASTY in page.inner_text("body"), address
    query = "/kaart?gebied=%22%3E%3Cscript%3Ewindow.ran%3D4%3C%2Fscript%3E%24%7Bwindow.ran%3D5%7D"
    page.goto(served + query, wait_until="networkidle")
    assert page.evaluate("window.ran") is None


@pytest.mark.usefixtures("three_weeks")
def test_a_map_that_stands_alone_needs_nothing_else(
    database: Database, service_settings: Settings, page: Page, tmp_path: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "map.html"
    text = _standalone(database, service_settings)
    assert text == _standalone(database, service_settings)
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri(), wait_until="networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    expect(page.locator(".leaflet-marker-icon.symbool")).to_have_count(4)
    assert page.title() == "Hotspots Maastricht, week 48 van 2023"
    assert page.get_attribute("html", "lang") == "nl"
    assert "user-scalable" not in text
    assert violations(page) == []


def test_no_two_trends_look_alike_and_all_can_be_read() -> None:
    assert set(TREND_STYLES) == set(Trend)
    assert len({style.points for style in TREND_STYLES.values()}) == len(Trend)
    assert len({style.marker for style in TREND_STYLES.values()}) == len(Trend)
    for trend, style in TREND_STYLES.items():
        assert _contrast_with_white(style.colour) >= 4.5, trend


def _standalone(database: Database, settings: Settings) -> str:
    with database.reading() as connection:
        hotspots = read_hotspots(connection, settings, Selection(EVERYTHING))
        shown = build_weekly_map(connection, settings, hotspots, peildatum=date(2023, 12, 3))
    return standalone_page(shown, settings)


def _contrast_with_white(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
