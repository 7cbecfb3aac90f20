"""What one follows: a place, a street, a radius, a drawn area, buurten; also as a filter, and as a feed."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from hotspots.store.case_tables import users
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from tests.accessibility import check

PASSWORD = "correct horse battery"
AROUND = "5.690,50.848 5.693,50.848 5.693,50.850 5.690,50.850"  # HS-2023-001, in the centre
Ask = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("five_places")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: shapes are compared in Python, and the queries are those of selections."""
    return sqlite_url


@pytest.fixture
def people(
    closed: TestClient, asking: Callable[[TestClient], Ask], sessions: Callable[[str], str]
) -> Callable[[str], Ask]:
    """Send requests as somebody of a role."""
    ask, known = asking(closed), dict[str, str]()

    def of(role: str) -> Ask:
        if role not in known:
            known[role] = sessions(role)
        token = known[role]
        return lambda method, path, body=None, form=None: ask(token, method, path, body, None, form)

    return of


@pytest.fixture
def street(database: Database) -> None:
    """A street of three houses in the centre."""
    with database.writing() as connection:
        for number in (1, 3, 5):
            at = {"lon": 5.6915 + number / 10_000, "lat": 50.8492}
            connection.execute(insert(addresses).values(street="Zeepaardstraat", house_number=number, **at))


def numbers(text: str) -> set[str]:
    return {found[-3:] for found in re.findall(r"HS-2023-\d+", text)}


WAYS: dict[str, dict[str, Any]] = {
    "street": {"soort": "straat", "straat": "zeepaardstr."},
    "radius around an address": {
        "soort": "straal",
        "straat": "Zeepaardstraat",
        "huisnummer": 3,
        "straalM": 100,
    },
    "radius around a point": {"soort": "straal", "lon": 5.6915, "lat": 50.8492, "straalM": 100},
    "drawn": {
        "soort": "getekend",
        "naam": "Markt",
        "punten": [[5.690, 50.848], [5.693, 50.848], [5.693, 50.850], [5.690, 50.850]],
    },
    "buurten": {"soort": "buurten", "naam": "Centrum", "buurten": ["BU09350000"]},
}


@pytest.mark.usefixtures("street")
def test_an_own_area_of_each_kind_is_a_filter_everywhere_and_for_its_owner_only(
    people: Callable[[str], Ask],
) -> None:
    oov, other = people("oov"), people("lezer")
    for way, body in WAYS.items():
        made = oov("POST", "/v1/volgen", body)
        assert made.status_code == 201, (way, made.text)
        assert oov("POST", "/v1/volgen", body).json() == made.json()  # followed once
        gebied = made.json()["gebied"]
        listed = oov("GET", f"/v1/hotspots?gebied={gebied}").json()
        assert {spot["nummer"] for spot in listed["hotspots"]} == {"HS-2023-001", "HS-2023-007"}, way
        zaken = oov("GET", f"/v1/zaken?gebied={gebied}").json()["zaken"]
        assert {zaak["nummer"] for zaak in zaken} == {"HS-2023-001", "HS-2023-007"}
        for page in ("/", "/kaart", "/triage"):
            shown = numbers(oov("GET", f"{page}?gebied={gebied}").text)
            assert shown - {"006"} == {"001", "007"}, (way, page)  # which went away from there this week
        assert other("GET", f"/v1/hotspots?gebied={gebied}").json()["totaalAantal"] == 0
        # also right after the owner asked, when the answer is still kept
        assert oov("GET", f"/v1/hotspots?gebied={gebied}").json()["totaalAantal"] == 2
    follows = oov("GET", "/v1/volgen").json()["volgen"]
    assert [follow["naam"] for follow in follows] == [
        "Zeepaardstraat",
        "100 m om Zeepaardstraat 3",
        "100 m om een punt",
        "Markt",
        "Centrum",
    ]
    assert other("GET", "/v1/volgen").json()["volgen"] == []
    gone = follows[0]["id"]
    assert other("DELETE", f"/v1/volgen/{gone}").status_code == 404
    assert oov("DELETE", f"/v1/volgen/{gone}").status_code == 204
    assert oov("GET", f"/v1/hotspots?gebied=eigen:{gone}").json()["totaalAantal"] == 0


def test_what_is_kept_of_an_own_area_is_given_to_nobody_with_the_same_rights(
    people: Callable[[str], Ask],
) -> None:
    oov, other = people("oov"), people("privacy")
    made = oov("POST", "/v1/volgen", WAYS["drawn"]).json()["id"]
    for written in ("eigen:", "%65igen:", "e%69gen%3a"):
        for path in ("/v1/hotspots", "/v1/hotspots/feed"):
            question = f"{path}?gebied={written}{made}"
            assert "HS-2023-001" in oov("GET", question).text, question
            assert "HS-2023-001" not in other("GET", question).text, question


@pytest.mark.usefixtures("street")
def test_a_file_of_an_own_area_tells_what_its_owner_called_it(people: Callable[[str], Ask]) -> None:
    oov = people("oov")
    made = oov("POST", "/v1/volgen", WAYS["drawn"]).json()
    for path in ("/download", "/kaart/download", "/triage/download"):
        answer = oov("GET", f"{path}?gebied={made['gebied']}&vorm=xlsx")
        book = load_workbook(io.BytesIO(answer.content))
        told = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        assert "gebied: Markt (eigen gebied)" in told
        assert made["id"] not in " ".join([*told, answer.headers["content-disposition"]])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such street": ({"soort": "straat", "straat": "Nergensweg"}, "Deze straat staat niet"),
    "two corners": ({"soort": "getekend", "punten": [[5.6, 50.8], [5.7, 50.8]]}, "3 tot 500 hoeken"),
    "crossing lines": (
        {"soort": "getekend", "punten": [[0, 0], [1, 1], [1, 0], [0, 1]]},
        "kruisen elkaar",
    ),
    "no such buurt": ({"soort": "buurten", "naam": "X", "buurten": ["BU00000000"]}, "buurten uit de lijst"),
    "no distance": ({"soort": "straal", "lon": 5.69, "lat": 50.85}, "een afstand in meters"),
    "no place": ({"soort": "plek"}, "het nummer van de plek"),
}


def test_what_is_no_area_is_told_in_a_sentence_and_followed_by_nobody(
    people: Callable[[str], Ask],
) -> None:
    oov = people("oov")
    for body, sentence in WRONG.values():
        refused = oov("POST", "/v1/volgen", body)
        assert (refused.status_code, sentence in refused.json()["detail"]) == (409, True), body
    assert oov("GET", "/v1/volgen").json()["volgen"] == []


def test_a_place_that_one_may_not_know_is_followed_by_nobody(people: Callable[[str], Ask]) -> None:
    woning = {"soort": "plek", "hotspot": "HS-2023-002"}
    assert people("lezer")("POST", "/v1/volgen", woning).status_code == 404
    oov = people("oov")
    assert oov("POST", "/v1/volgen", woning).status_code == 201
    assert oov("POST", "/v1/volgen", woning).status_code == 201  # a second time changes nothing
    assert len(oov("GET", "/v1/volgen").json()["volgen"]) == 1


def test_the_feed_is_by_the_rights_of_now_and_its_address_can_be_ended(
    people: Callable[[str], Ask], closed: TestClient, database: Database
) -> None:
    oov = people("oov")
    for number in ("001", "002"):
        oov("POST", "/volgen", None, {"soort": "plek", "hotspot": f"HS-2023-{number}"})
    team = people("gebiedsteam")
    for number in ("001", "002"):
        verdict = {"oordeel": "leefbaarheid", "reden": "Geheim."}
        assert team("POST", f"/v1/hotspots/HS-2023-{number}/verificaties", verdict).status_code == 201
    page = oov("POST", "/volgen/feed", None, {"doe": "maken"})
    (address,) = re.findall(r'value="http://testserver(/volgen/feed/[^"]+)"', page.text)
    closed.cookies.clear()
    answer = closed.get(address)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    titles = re.findall("<title>(.*?)</title>", answer.text)
    assert "HS-2023-002: een oordeel of besluit" in titles
    assert any(title.endswith("(HS-2023-001): een oordeel of besluit") for title in titles)
    assert "Geheim" not in answer.text
    with database.writing() as connection:  # who becomes a reader knows of no dwelling, nor of verdicts
        connection.execute(update(users).where(users.c.name == "oov").values(role="lezer"))
    assert "HS-2023-002" not in closed.get(address).text
    with database.writing() as connection:
        connection.execute(update(users).where(users.c.name == "oov").values(role="oov", is_disabled=True))
    assert closed.get(address).status_code == 404
    with database.writing() as connection:
        connection.execute(update(users).where(users.c.name == "oov").values(is_disabled=False))
    assert closed.get(address).status_code == 200
    assert closed.get(address[:-1] + "x").status_code == 404
    oov("POST", "/volgen/feed", None, {"doe": "stoppen"})
    closed.cookies.clear()
    assert closed.get(address).status_code == 404


@pytest.mark.chromium
def test_one_follows_a_place_and_draws_an_area_with_the_keyboard_and_hears_by_mail(
    page: Page, sessions: Callable[[str], str]
) -> None:
    sessions("oov")
    page.goto("/aanmelden")
    page.get_by_label("Naam").fill("oov")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Afmelden")).to_be_visible()
    page.goto("/hotspots/HS-2023-001")
    page.get_by_role("button", name="Volg deze plek").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("U volgt deze plek nu.")
    page.goto("/volgen")
    check(page, "follow")
    page.reload()  # the map as wide as it was opened
    corner = page.get_by_role("button", name="Hoek in het midden")
    region = page.get_by_role("region", name=re.compile("kaart|Kaart|Hotspots")).first
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        corner.focus()
        page.keyboard.press("Enter")
        region.focus()
        page.keyboard.press(key)
    expect(page.locator("[data-stand]")).to_have_text("3 hoeken")
    page.locator("#teken-naam").fill("Rond de markt")
    page.get_by_role("button", name="Volg dit gebied").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("U volgt dit nu.")
    expect(page.get_by_text("Rond de markt").first).to_be_visible()
    page.get_by_role("link", name=re.compile("op de kaart.*Rond de markt")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rond de markt")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
