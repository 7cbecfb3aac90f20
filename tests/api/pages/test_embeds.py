"""Maps with a public address: who makes them, where they are seen, and that they end."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from sqlalchemy import insert, update

from api.main import create_app
from hotspots.settings import ServiceSettings, Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import public_figures
from tests.accessibility import violations

CENTRE, OTHER, OUTSIDE = "BU09350000", "BU09350100", "BU09350200"
QUARTER: dict[str, object] = {
    "first_day": date(2023, 7, 1),
    "last_day": date(2023, 9, 30),
    "as_of": date(2023, 10, 15),
}
HTML = {"Accept": "text/html"}
EVIL = '<script>alert(1)</script>"${alert(2)}{{7*7}}$x^2$&'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """With a key for links in the test's own folder."""
    service = ServiceSettings(signing_key_file=tmp_path / "signing.key")
    return service_settings.model_copy(update={"service": service})


@pytest.fixture
def published(three_weeks: Any, database: Database) -> None:
    """Three weekly runs, and public figures: 40 in the centre, none told of another buurt."""
    rows: list[dict[str, object]] = [
        {"level": "buurt", "code": CENTRE, "figure": 40},
        {"level": "buurt", "code": OTHER, "figure": None},
        {"level": "gebied", "code": "Wijk 00 Centrum", "figure": 45},
        {"level": "gemeente", "code": "", "figure": 60},
    ]
    with database.writing() as connection:
        connection.execute(insert(public_figures), [QUARTER | row for row in rows])


@pytest.fixture
def maker(client: TestClient, sessions: Callable[[str], str]) -> TestClient:
    """A client that is signed in as OOV."""
    client.cookies.set("hotspots_sessie", sessions("oov"))
    return client


def share(client: TestClient, **fields: str) -> str:
    """Share a map by the form of the page; give the path of the map."""
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/inbedden").text)
    assert csrf is not None
    page = client.post("/inbedden", data={"csrf": csrf[1], **fields})
    assert page.status_code == 200, page.text
    found = re.search(r"(/inbedden/[\w.-]{60,})\"", page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.usefixtures("published")
def test_a_shared_map_shows_rounded_figures_per_buurt_and_no_hotspot(maker: TestClient) -> None:
    address = share(maker, gebied="Wijk 00 Centrum")
    maker.cookies.clear()
    page = maker.get(address).text
    assert "<td>ongeveer 40</td>" in page
    assert "ongeveer 45" in page
    assert "niet getoond" in page
    assert "Derde kwartaal van 2023" in page or "derde kwartaal van 2023" in page
    assert not re.search(r"HS-\d{4}|woning|\b12 meldingen", page)
    svg = maker.get(f"{address}/kaart.svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    for text in (
        "Meldingen van overlast in Wijk 00 Centrum",
        "500 m",
        "N",
        "niet getoond",
        "Bron: meldingen",
    ):
        assert text in svg.text
    png = maker.get(f"{address}/kaart.png")
    assert png.content.startswith(b"\x89PNG")
    assert png.headers["cross-origin-resource-policy"] == "cross-origin"
    again = maker.get(f"{address}/kaart.png", headers={"If-None-Match": png.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("published")
def test_only_who_may_share_there_makes_a_map(client: TestClient, sessions: Callable[[str], str]) -> None:
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    page = client.get("/inbedden").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    assert "Wijk 00 Centrum" in page
    assert "de hele gemeente" not in page
    for gebied, status in (("Wijk 00 Centrum", 200), ("Wijk 04 Oost", 403), ("", 403)):
        answer = client.post("/inbedden", data={"csrf": csrf[1], "gebied": gebied})
        assert answer.status_code == status, gebied
    assert client.post("/inbedden", data={"gebied": "Wijk 00 Centrum"}).status_code == 403


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("suffix", ["", "/kaart.png", "/kaart.svg"])
def test_a_changed_ended_or_expired_link_shows_nothing(maker: TestClient, suffix: str) -> None:
    address = share(maker)
    assert maker.get(address + suffix).status_code == 200
    other = share(maker, termijn="366")
    identity, until, signature = address.rsplit("/", 1)[1].split(".")
    later = other.rsplit("/", 1)[1].split(".")[1]
    for token in (
        f"{identity}.{later}.{signature}",
        f"{identity}.{until}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{identity}.{until}",
        "x",
        "%00.%ff",
    ):
        answer = maker.get(f"/inbedden/{token}{suffix}", headers=HTML)
        assert answer.status_code == 404, token
        assert "bestaat niet" in answer.text
        assert "ongeveer" not in answer.text
    csrf = re.search(r'name="csrf" value="([^"]+)"', maker.get("/inbedden").text)
    ending = re.findall(r'action="(/inbedden/[\w-]+/intrekken)"', maker.get("/inbedden").text)
    assert csrf is not None
    for action in ending:
        assert maker.post(action, data={"csrf": csrf[1]}).status_code == 200
    ended = maker.get(address + suffix, headers=HTML)
    assert (ended.status_code, "niet meer" in ended.text) == (410, True)


@pytest.mark.usefixtures("published")
def test_a_link_ends_by_itself(maker: TestClient) -> None:
    address = share(maker, termijn="30")
    app = maker.app
    assert isinstance(app, FastAPI)
    app.state.clock = lambda: datetime.now(UTC) + timedelta(days=31)
    assert maker.get(address).status_code == 410
    assert maker.get(f"{address}/kaart.png").status_code == 410


@pytest.mark.usefixtures("three_weeks")
def test_without_published_figures_it_says_so(maker: TestClient) -> None:
    assert "Er zijn nog geen cijfers die gedeeld kunnen worden" in maker.get("/inbedden").text
    address = share(maker)
    page = maker.get(address).text
    assert "nog geen cijfers die gedeeld kunnen worden" in page
    assert maker.get(f"{address}/kaart.png").status_code == 200


@pytest.fixture
def two_quarters(published: None, database: Database) -> None:
    """A later quarter too, of which 60 are told of the centre."""
    later = {"first_day": date(2023, 10, 1), "last_day": date(2023, 12, 31), "as_of": date(2023, 12, 3)}
    rows = [{"level": "buurt", "code": CENTRE, "figure": 60}, {"level": "gemeente", "code": "", "figure": 75}]
    with database.writing() as connection:
        connection.execute(insert(public_figures), [later | row for row in rows])


@pytest.mark.usefixtures("two_quarters")
def test_one_chooses_from_what_is_published_and_gets_that_quarter(maker: TestClient) -> None:
    page = maker.get("/inbedden").text
    assert re.findall(r'<option value="(\d{4}-Q\d)"', page) == ["2023-Q4", "2023-Q3"]
    for code, words, figure in (("2023-Q4", "vierde", "60"), ("2023-Q3", "derde", "40")):
        preview = maker.get(f"/inbedden?periode={code}").text
        assert f"In het {words} kwartaal van 2023" in preview
        picture = re.findall(r'<img class="voorbeeld" src="([^"]+)"', preview)[0].replace("&amp;", "&")
        seen = maker.get(picture)
        shared = maker.get(share(maker, periode=code) + "/kaart.svg")
        assert f"{words.capitalize()} kwartaal van 2023" in seen.text
        assert re.search(rf"(>|: ){figure}<", seen.text)
        assert seen.content == shared.content
        table = maker.get(f"/inbedden/voorbeeld/download?periode={code}").content.decode("utf-8-sig")
        assert f"Binnenstad;{figure};" in table
    cards = maker.get("/inbedden").text.partition('id="kop-gedeeld"')[2]
    assert "derde kwartaal van 2023" in cards
    assert maker.get("/inbedden?periode=2019-Q1").status_code == 400


@pytest.mark.usefixtures("two_quarters")
def test_a_link_of_a_week_chooses_the_quarter_that_was_published_then(maker: TestClient) -> None:
    for day, code in (("2023-11-26", "2023-Q3"), ("2023-12-03", "2023-Q4")):
        page = maker.get(f"/inbedden?peildatum={day}&gebied=Wijk+00+Centrum").text
        assert f'<option value="{code}" selected' in page


@pytest.mark.usefixtures("published")
def test_a_preview_shares_nothing_and_is_for_who_may_share_there(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    for path in ("", "/kaart.svg", "/kaart.png", "/download"):
        allowed = client.get(f"/inbedden/voorbeeld{path}?gebied=Wijk+00+Centrum")
        assert allowed.status_code == 200, path
        for other in ("?gebied=Wijk+04+Oost", ""):
            assert client.get(f"/inbedden/voorbeeld{path}{other}").status_code == 403, path
    assert "Er zijn nog geen kaarten gedeeld" in client.get("/inbedden").text


@pytest.mark.usefixtures("published")
def test_in_a_frame_the_title_stands_beside_the_picture_only(maker: TestClient) -> None:
    address = share(maker)
    page = maker.get(address).text
    assert page.count("Meldingen van overlast in Maastricht") == 2  # the title of the page and its heading
    picture = maker.get(re.findall(r'<img src="([^"]+)"', page)[0]).text
    assert not re.search(r"<text[^>]*>Meldingen van overlast in", picture)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("address", "hosts", "missing"),
    [
        ("https://hotspots.example.org", ("https://www.example.org",), []),
        ("", ("https://www.example.org",), ["op welk adres"]),
        ("http://hotspots.example.org", ("https://www.example.org",), ["niet met https"]),
        ("https://hotspots.example.org", (), ["geen site genoemd"]),
        ("", (), ["op welk adres", "geen site genoemd"]),
    ],
    ids=["all is there", "no address", "without https", "no site", "neither"],
)
def test_the_code_for_a_page_is_shown_only_where_it_works(
    service_settings: Settings,
    sessions: Callable[[str], str],
    address: str,
    hosts: tuple[str, ...],
    missing: list[str],
) -> None:
    service = service_settings.service.model_copy(update={"embed_hosts": hosts, "address": address})
    with TestClient(create_app(service_settings.model_copy(update={"service": service}))) as client:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        share(client)
        page = client.get("/inbedden").text
    assert ("&lt;iframe src=&#34;https://hotspots.example.org/inbedden/" in page) is not bool(missing)
    assert ("In een pagina inbedden kan op https://www.example.org" in page) is not bool(missing)
    for words in missing:
        assert words in page
    assert ("beheer@example.org" in page) is bool(missing)


@pytest.mark.usefixtures("published")
def test_text_in_names_stays_text(maker: TestClient, database: Database) -> None:
    with database.writing() as connection:
        renamed = {"buurtnaam": EVIL, "wijknaam": EVIL}
        connection.execute(update(areas).where(areas.c.buurtcode == CENTRE).values(renamed))
    address = share(maker, gebied=EVIL)
    for path in (address, f"{address}/kaart.svg", "/inbedden"):
        text = maker.get(path).text
        assert "<script>alert" not in text
        assert "alert(1)" in text  # shown, as text
        assert "{{7*7}}" in text
    assert maker.get(f"{address}/kaart.png").status_code == 200


class Elsewhere:
    """A page of another site, on a port of its own, that shows a map in a frame."""

    def __init__(self) -> None:
        self.page = b""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(owner.page)

            def log_message(self, *arguments: object) -> None:
                """Keep the output of the tests clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Another site."""
    site = Elsewhere()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.mark.chromium
@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("is_allowed", [True, False], ids=["a named site", "another site"])
def test_a_page_elsewhere_shows_the_map_only_where_that_is_allowed(
    browser: Browser,
    elsewhere: Elsewhere,
    service_settings: Settings,
    sessions: Callable[[str], str],
    serve: Callable[[Settings], Any],
    is_allowed: bool,
) -> None:
    hosts = (elsewhere.origin,) if is_allowed else ("https://www.example.org",)
    service = service_settings.service.model_copy(update={"embed_hosts": hosts})
    settings = service_settings.model_copy(update={"service": service})
    with TestClient(create_app(settings)) as client:
        client.cookies.set("hotspots_sessie", sessions("oov"))
        address = share(client)
    with serve(settings) as origin:
        elsewhere.page = (
            f'<!DOCTYPE html><html lang="nl"><title>x</title><iframe src="{origin}{address}"></iframe>'
            f'<img src="{origin}{address}/kaart.png" alt="">'
        ).encode()
        page = browser.new_page()
        page.goto(elsewhere.origin)
        page.wait_for_load_state("networkidle")
        frame = page.frames[1]
        shown = frame.url.startswith(origin) and "ongeveer 40" in frame.content()
        assert shown is is_allowed
        # a picture may stand anywhere
        assert page.evaluate("document.images[0].naturalWidth") == 1890
        if is_allowed:
            assert frame.evaluate("document.images[0].naturalWidth > 0")
        page.close()


@pytest.mark.chromium
@pytest.mark.usefixtures("published")
def test_the_pages_meet_wcag_on_a_laptop_and_a_phone(
    browser: Browser, served: str, service_settings: Settings, sessions: Callable[[str], str]
) -> None:
    token = sessions("oov")
    with TestClient(create_app(service_settings)) as client:
        client.cookies.set("hotspots_sessie", token)
        address = share(client)
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": "hotspots_sessie", "value": token, "url": served}])
    page = context.new_page()
    for path in ("/inbedden", address):
        page.set_viewport_size({"width": 1280, "height": 844})
        page.goto(served + path)
        for summary in page.locator("summary").all():
            summary.click()
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert violations(page) == [], (path, width)
    context.close()


def share_as(client: TestClient, **fields: str) -> str:
    """Share the stand or a year; give its path."""
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/inbedden").text)
    assert csrf is not None
    page = client.post("/inbedden", data={"csrf": csrf[1], "gebied": "", **fields})
    assert page.status_code == 200, page.text
    found = re.search(r"(/inbedden/[\w.-]{60,})\"", page.text)
    assert found is not None, page.text
    return found[1]


@pytest.mark.usefixtures("published")
def test_a_shared_stand_and_year_have_published_figures_and_no_hotspot(maker: TestClient) -> None:
    stand, year = share_as(maker, soort="stand"), share_as(maker, soort="jaar", jaar="2023")
    maker.cookies.clear()
    for address in (stand, year):
        answer = maker.get(address)
        assert answer.headers["content-security-policy"].count("script-src") == 0
        assert "± 60" in answer.text
        assert "Binnenstad: 40 meldingen" in answer.text
        assert not re.search(r"HS-\d{4}|in aanpak|maatregel|\b12 meldingen", answer.text)
    assert maker.get(f"{stand}?scherm=groot").headers["refresh"] == "900"
    assert maker.get(f"{stand}/kaart.svg").status_code == 200
    assert maker.get(f"{year}/kaart.svg").status_code == 404


@pytest.mark.usefixtures("published")
def test_a_shared_stand_and_year_are_listed_and_end_as_maps_do(maker: TestClient) -> None:
    for fields in ({"soort": "stand"}, {"soort": "jaar", "jaar": "2023"}):
        address = share_as(maker, **fields)
        page = maker.get("/inbedden").text
        assert ("de stand van nu" if fields["soort"] == "stand" else "het jaar 2023") in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        ending = re.search(r'action="(/inbedden/[^"]+/intrekken)"', page)
        assert csrf is not None
        assert ending is not None
        assert maker.post(ending[1], data={"csrf": csrf[1]}).status_code == 200
        assert maker.get(address).status_code == 410
        changed = address[:-1] + ("A" if address[-1] != "A" else "B")
        assert maker.get(changed).status_code == 404


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "fields",
    [{"soort": "iets"}, {"soort": "jaar"}, {"soort": "jaar", "jaar": "vorig"}],
    ids=["another kind", "no year", "a word"],
)
def test_what_can_not_be_shared_is_refused(maker: TestClient, fields: dict[str, str]) -> None:
    csrf = re.search(r'name="csrf" value="([^"]+)"', maker.get("/inbedden").text)
    assert csrf is not None
    assert maker.post("/inbedden", data={"csrf": csrf[1], **fields}).status_code == 400
