"""Maps and pages in a real browser: nothing from elsewhere, nothing injected runs, everyone can use them."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import func, insert, select, update

from api.pages.standalone import standalone_page
from hotspots.access.rights import EVERYTHING
from hotspots.geography.cells import cells_of
from hotspots.model import Trend
from hotspots.publishing.symbols import TREND_STYLES
from hotspots.settings import Settings
from hotspots.store.background import Kind, Origin, replace_background
from hotspots.store.case_tables import measures
from hotspots.store.context import replace_context
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspots import read_hotspot
from hotspots.tracking.runs import read_as_of_dates
from tests.accessibility import violations

See = Callable[..., None]

pytestmark = pytest.mark.chromium

PAGES = ["/", "/kaart", "/hotspots/HS-2023-001", "/hotspots/HS-2023-004", "/hotspots/HS-1900-001"]
NASTY = '"><script>window.ran=1</script><img src=x onerror="window.ran=2">${window.ran=3}{{7*7}}</script>\'`'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


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


@pytest.mark.usefixtures("three_weeks")
def test_pages_meet_wcag_on_a_laptop_and_a_phone(served: str, page: Page, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(facts).values(name="simulated", value="demo"))
    for address in PAGES:
        page.set_viewport_size({"width": 1280, "height": 844})
        page.goto(served + address)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert violations(page) == [], (address, width)
    page.goto(f"{served}/kaart")
    page.get_by_role("button", name="buurt onbekend (HS-2023-003), ").click()
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
    marker = page.get_by_role("button", name="Villapark (HS-2023-002), Nieuw")
    marker.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("9 meldingen op 9 dagen")
    expect(popup.get_by_role("link")).to_have_attribute("href", "/hotspots/HS-2023-002")
    page.locator('[data-nummer="HS-2023-003"] button').click()
    expect(popup).to_contain_text("30 meldingen op 9 dagen")
    page.locator('[data-nummer="HS-2023-001"] a').focus()
    expect(page.locator(".symbool.gekozen")).to_have_attribute("aria-label", "Binnenstad (HS-2023-001), Stil")
    expect(page.locator(".leaflet-marker-icon.symbool")).to_have_count(4)


@pytest.mark.usefixtures("three_weeks")
def test_the_filters_work_without_scripts(served: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served}/kaart")
    page.get_by_text("Kies wat u wilt zien").click()
    page.get_by_label("Soort").select_option("woning")
    page.get_by_role("button", name="Toon", exact=True).click()
    expect(page.locator("[data-nummer]")).to_have_count(1)
    expect(page.get_by_role("link", name="HS-2023-002")).to_be_visible()
    page.context.close()


def test_text_from_reports_and_areas_never_runs(
    served: str, page: Page, database: Database, service_settings: Settings, tmp_path: Path, see: See
) -> None:
    see(date(2023, 12, 3), redenen=(f"Op {NASTY}", f"tweede {NASTY}"))
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
def test_places_beside_hotspots_are_switched_on_and_told_as_text(
    served: str, page: Page, database: Database, service_settings: Settings, tmp_path: Path
) -> None:
    centre = shapely.Point(5.6915, 50.8492)
    with database.reading() as connection:
        spot = read_hotspot(connection, service_settings, "HS-2023-001", visibility=EVERYTHING)
    shapes = gpd.GeoSeries([spot.geometry.buffer(0.001), centre], crs="EPSG:4326")
    rows = {"kind": ["alcoholverbod", "school"], "name": ["", NASTY]}
    with database.writing() as connection:
        replace_context(connection, gpd.GeoDataFrame(rows, geometry=shapes), attribution=f"Wij {NASTY}")
    file = tmp_path / "map.html"
    file.write_text(_standalone(database, service_settings), encoding="utf-8")
    for address in (f"{served}/kaart", file.as_uri()):
        page.goto(address, wait_until="networkidle")
        expect(page.locator(".leaflet-marker-icon.omgeving-vlag")).to_have_count(0)
        page.get_by_role("checkbox", name="scholen").check()
        page.get_by_role("checkbox", name="alcoholverboden").check()
        expect(page.locator("path.omgeving-vorm")).to_have_count(1)
        page.get_by_role("button", name=f"school {NASTY}").press("Enter")
        expect(page.locator(".leaflet-popup")).to_contain_text(NASTY)
        page.get_by_text("Scholen", exact=True).click()
        expect(page.get_by_role("listitem").filter(has_text="onerror").last).to_contain_text("(Binnenstad)")
        assert violations(page) == []
    page.goto(f"{served}/kaart?lagen=hotspots,bij-school")
    expect(page.locator(".leaflet-marker-icon.omgeving-vlag")).to_have_count(1)
    page.goto(f"{served}/hotspots/HS-2023-001", wait_until="networkidle")
    expect(page.locator(".omgeving li").first).to_have_text("Op deze plek geldt een alcoholverbod.")
    expect(page.locator("path.omgeving-vorm")).to_have_count(1)
    assert violations(page) == []
    assert page.evaluate("window.ran") is None


@pytest.fixture(params=["tiles", "file", "register"])
def on_a_background(
    request: pytest.FixtureRequest, database: Database, service_settings: Settings, tmp_path: Path
) -> Settings:
    """Settings with a background of our own: images of tiles, imported water, or a street of the register."""
    if request.param == "tiles":
        path = tmp_path / "eigen.mbtiles"
        _write_tiles(path)
        own = service_settings.map.model_copy(update={"tiles": str(path)})
        return service_settings.model_copy(update={"map": own})
    around = shapely.Point(5.6915, 50.8492).buffer(0.05)
    is_file = request.param == "file"
    rows = {"kind": [Kind.WATER if is_file else Kind.STREET], "name": ["Maas"], "size_m": [9000.0]}
    shapes = gpd.GeoSeries([around if is_file else around.boundary.buffer(0.04).boundary], crs="EPSG:4326")
    with database.writing() as connection:
        replace_background(
            connection, Origin.FILE if is_file else Origin.REGISTER, gpd.GeoDataFrame(rows, geometry=shapes)
        )
    return service_settings


@pytest.mark.usefixtures("three_weeks")
def test_a_background_is_seen_on_pages_and_in_files_without_another_origin(
    on_a_background: Settings,
    serve: Callable[[Settings], AbstractContextManager[str]],
    page: Page,
    database: Database,
    tmp_path: Path,
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "map.html"
    file.write_text(_standalone(database, on_a_background), encoding="utf-8")
    with serve(on_a_background) as address:
        for url in (f"{address}/kaart", file.as_uri()):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.goto(url, wait_until="networkidle")
                page.wait_for_function(SEES_GROUND)
            page.get_by_role("button", name="Inzoomen").click()
            page.wait_for_function(SEES_GROUND)
            page.emulate_media(media="print", color_scheme="light")
            assert page.evaluate(SEES_GROUND)
            page.emulate_media(media="screen")
    # the maps of other weeks are gone: nothing of them is drawn, also not for paper
    page.get_by_role("button", name="week eerder").click()
    page.emulate_media(media="print")
    page.wait_for_function(SEES_GROUND)
    assert [url for url in asked if not url.startswith((address, file.as_uri(), "data:"))] == []


SEES_GROUND = """() => {
    const images = [...document.querySelectorAll("img.leaflet-tile-loaded")];
    if (images.some((image) => image.naturalWidth === 256)) return true;
    const canvas = document.querySelector(".leaflet-ondergrond-pane canvas");
    if (!canvas || !canvas.width) return false;
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean);
}"""
"""Whether a map has an image under it, or anything drawn."""


def _write_tiles(path: Path) -> None:
    """Two images, of a level at which each is as large as the city."""
    picture = BytesIO()
    Image.new("RGB", (256, 256), "#cfe0ee").save(picture, "png")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        about = {"name": "eigen", "format": "png", "minzoom": "11", "maxzoom": "11", "attribution": "Wij"}
        file.executemany("INSERT INTO metadata VALUES (?, ?)", about.items())
        file.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        for row in (686, 687):  # from the north; MBTiles counts from the south
            file.execute("INSERT INTO tiles VALUES (11, 1056, ?, ?)", (2**11 - 1 - row, picture.getvalue()))


@pytest.mark.usefixtures("three_weeks")
def test_on_a_phone_the_list_comes_first_one_finger_scrolls_and_two_move_the_map(
    served: str, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = context.new_page()
    for address in ("/", "/kaart"):
        page.goto(served + address, wait_until="networkidle")
        card, drawn = (page.locator(each).first.bounding_box() for each in (".kaartje h3", ".kaart"))
        assert card is not None
        assert drawn is not None
        assert card["y"] + card["height"] < min(844, drawn["y"])
        expect(page.locator("details.filters").first).not_to_have_attribute("open", "")
    fingers = context.new_cdp_session(page)
    page.get_by_role("link", name="de kaart", exact=True).tap()
    assert _swipe(fingers, page) == (True, False)
    assert _swipe(fingers, page, both=True) == (False, True)
    for marker in page.locator(".symbool").all():
        marker.press("Enter")
        page.wait_for_function(IS_CLEAR)  # the map moves to where the popup has room
    page.get_by_role("button", name="Verschuif met één vinger").click()
    expect(page.get_by_role("button", name="Zet de kaart vast")).to_be_visible()
    assert violations(page) == []
    assert _swipe(fingers, page) == (False, True)
    context.close()


IS_CLEAR = """() => {
    const [popup, buttons] = [".leaflet-popup", ".leaflet-control-zoom"].map(
        (each) => document.querySelector(each).getBoundingClientRect());
    return popup.left >= buttons.right || popup.top >= buttons.bottom;
}"""
"""Whether the popup lies beside or below the buttons of the map, which would cover it."""


HEIGHT_ON_MAP = """() => {
    const [marker, map] = [".symbool", ".kaart"].map(
        (each) => document.querySelector(each).getBoundingClientRect().y);
    return marker - map;
}"""
"""Where the first hotspot lies on the map, from its upper edge."""


def _swipe(fingers: CDPSession, page: Page, *, both: bool = False) -> tuple[bool, bool]:
    """Swipe up on the map with one finger or both: whether the page moved, and whether the map did."""
    page.locator(".kaart").scroll_into_view_if_needed()
    box = page.locator(".kaart").bounding_box()
    assert box is not None
    xs = [box["x"] + 120, *([box["x"] + 200] if both else [])]
    y = box["y"] + box["height"] - 60

    def where() -> tuple[float, float]:
        return page.evaluate("scrollY"), page.evaluate(HEIGHT_ON_MAP)

    before = where()
    for step in range(11):
        kind = "touchMove" if step else "touchStart"
        at = [{"x": x, "y": y - 15 * step, "id": number} for number, x in enumerate(xs)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        page.wait_for_timeout(20)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    after = where()
    return abs(after[0] - before[0]) > 50, abs(after[1] - before[1]) > 50


@pytest.mark.usefixtures("three_weeks")
def test_paper_has_no_zeros_no_cut_cards_and_two_pages_for_a_place(served: str, page: Page) -> None:
    page.goto(f"{served}/hotspots/HS-2023-002", wait_until="networkidle")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= 2
    page.goto(f"{served}/kaart", wait_until="networkidle")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= 3
    page.get_by_text("Buurten en gebieden", exact=True).click()
    page.emulate_media(media="print")
    counts = page.locator("table tr:visible td:last-child").all_inner_texts()
    assert counts
    assert "0" not in counts
    card, drawn = (page.locator(each).first.bounding_box() for each in (".kaartje", ".kaart"))
    assert card is not None
    assert drawn is not None
    assert drawn["y"] + drawn["height"] < card["y"], "the map comes first"
    for address in ("/", "/kaart"):
        page.goto(served + address)
        breaks = "each => getComputedStyle(each).breakInside"
        assert {card.evaluate(breaks) for card in page.locator(".kaartje").all()} == {"avoid"}


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


@pytest.mark.usefixtures("three_weeks")
def test_a_map_in_a_file_has_layers_and_a_slider_over_its_weeks(
    database: Database, service_settings: Settings, page: Page, tmp_path: Path
) -> None:
    _add_measure_and_cells(database)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file = tmp_path / "map.html"
    file.write_text(_standalone(database, service_settings), encoding="utf-8")
    page.goto(file.as_uri(), wait_until="networkidle")
    heading = page.get_by_role("heading", level=1)
    page.get_by_role("checkbox", name="maatregelen").check()
    page.get_by_role("button", name="buurt onbekend (HS-2023-003): maatregelen").click()
    expect(page.locator(".leaflet-popup")).to_contain_text("Gesprek door Trajekt")
    page.get_by_label("meldingen per vak").check()
    expect(page.locator(".kaart canvas")).to_have_count(1)
    page.get_by_text("Meldingen per vak, per buurt").click()
    row = page.get_by_role("row", name="Binnenstad 6 1")  # a cell with six reports, and one with two: <5
    expect(row).to_be_visible()
    slider = page.get_by_role("slider", name="Week")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("Hotspots Maastricht, week 47 van 2023")
    expect(page.locator(".kaart canvas")).to_have_count(1)  # the layers stay as they were chosen
    expect(page.locator(".leaflet-marker-icon.symbool")).to_have_count(3)
    expect(page.locator("[data-nummer]")).to_have_count(3)
    assert violations(page) == []
    page.get_by_role("button", name="week eerder").click()
    expect(heading).to_have_text("Hotspots Maastricht, week 46 van 2023")
    expect(page.get_by_role("button", name="week eerder")).to_be_disabled()
    page.locator(".symbool").click()
    expect(page.locator(".kaartje.gekozen")).to_have_attribute("data-nummer", "HS-2023-001")
    for _ in range(2):
        page.get_by_role("button", name="week later").click()
    expect(heading).to_have_text("Hotspots Maastricht, week 48 van 2023")
    page.locator('[data-nummer="HS-2023-004"] button').click()
    expect(page.locator(".leaflet-popup")).to_contain_text("HS-2023-004")
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]


@pytest.mark.usefixtures("three_weeks")
def test_cells_are_counted_anew_when_a_report_changes(client: TestClient, database: Database) -> None:
    _add_measure_and_cells(database)
    for count in (6, 5):
        assert f"<td>Binnenstad</td><td>{count}</td>" in client.get("/kaart").text
        with database.writing() as connection:
            one = reports.c.source_id == "cell 0"
            connection.execute(update(reports).where(one).values(is_counted=False))


def _add_measure_and_cells(database: Database) -> None:
    """A measure at the third hotspot; six reports in one cell of the centre, and two in another."""
    with database.writing() as connection:
        hotspot_id = connection.execute(
            select(hotspots.c.id).where(hotspots.c.number == "HS-2023-003")
        ).scalar_one()
        plan = {"kind": "gesprek", "description": "Tussen buren.", "owner": "Trajekt", "is_withdrawn": False}
        when = datetime(2023, 11, 1, tzinfo=UTC)
        connection.execute(
            insert(measures).values(
                hotspot_id=hotspot_id, starts_on=when.date(), created_at=when, created_by="test", **plan
            )
        )
        import_id = connection.execute(select(func.min(reports.c.first_import_id))).scalar_one()
        first, second = cells_of([5.6915, 5.7015], [50.8492, 50.8522], resolution=10).tolist()
        common = {
            "source": "test",
            "category": "drugs",
            "is_counted": True,
            "reported_at": datetime(2023, 11, 10, tzinfo=UTC),
            "precision": "adres",
            "buurtcode": "BU09350000",
            "known_from": when,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        connection.execute(
            insert(reports),
            [common | {"source_id": f"cell {n}", "cell": first if n < 6 else second} for n in range(8)],
        )


def test_no_two_trends_look_alike_and_all_can_be_read() -> None:
    assert set(TREND_STYLES) == set(Trend)
    assert len({style.points for style in TREND_STYLES.values()}) == len(Trend)
    assert len({style.marker for style in TREND_STYLES.values()}) == len(Trend)
    for trend, style in TREND_STYLES.items():
        assert _contrast_with_white(style.colour) >= 4.5, trend


def _standalone(database: Database, settings: Settings) -> str:
    with database.reading() as connection:
        return standalone_page(connection, settings, read_as_of_dates(connection))


def _contrast_with_white(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
