"""`/privacy/stoppen`: the switch, and that everything says that signalling is stopped and since when."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from hotspots.access.passwords import csrf_token
from hotspots.access.rights import Actor, Role
from hotspots.store.database import Database
from hotspots.tracking.signalling import stop_signalling

SAID = "Het zoeken naar plekken is gestopt sinds 4 december 2023."
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Callable[..., Any]:
    """Give what sends a form of the page as somebody."""

    tokens = {name: sessions(name) for name in ("privacy", "oov", "beheerder")}

    def send(name: str, action: str, reason: str) -> Any:
        token = tokens[name]
        client.cookies.set("hotspots_sessie", token)
        return client.post(f"/privacy/stoppen/{action}", data={"csrf": csrf_token(token), "reden": reason})

    return send


@pytest.fixture
def stopped(database: Database) -> None:
    """Signalling is stopped the day after the last run."""
    officer = Actor("1", "P. Functionaris", Role.PRIVACY)
    stop_signalling(database, by=officer, at=datetime(2023, 12, 4, 9, tzinfo=UTC), reason="Geheim van ons.")


@pytest.mark.usefixtures("three_weeks")
def test_one_stops_it_two_start_it_again_and_the_page_tells_who_and_why(
    client: TestClient, post: Callable[..., Any]
) -> None:
    assert "Het zoeken naar plekken loopt." in post("privacy", "blijf-gestopt", "x").text
    page = post("privacy", "stop", "Klacht over scheve meldingen.").text
    assert "Het zoeken naar plekken is gestopt.</p>" in page
    assert "Klacht over scheve meldingen." in page
    assert "Vraag om te hervatten" in page
    problem = post("oov", "stop", "Ook.")
    assert problem.status_code == 409
    assert "Het zoeken naar plekken is al gestopt." in problem.text
    assert ">Ook.</textarea>" in problem.text  # what was typed stays
    assert "Een tweede persoon moet dit bevestigen." in post("oov", "hervat", "Opgelost.").text
    assert "U kunt uw vraag terugnemen." in client.get("/privacy/stoppen").text
    assert "u vroeg het zelf" in post("oov", "hervat", "Toch.").text
    assert "Het zoeken naar plekken is hervat." in post("beheerder", "hervat", "Eens.").text
    assert "is gestopt sinds" not in client.get("/").text


@pytest.mark.usefixtures("three_weeks", "stopped")
def test_a_double_click_on_hervat_does_not_confirm_what_it_asks(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    form = client.get("/privacy/stoppen").text.partition('action="/privacy/stoppen/hervat"')[2]
    fields = {"csrf": form.partition('name="csrf" value="')[2].partition('"')[0], "reden": "Opgelost."}
    pages = [client.post("/privacy/stoppen/hervat", data=fields) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert "Een tweede persoon moet dit bevestigen." in pages[1].text
    assert SAID in client.get("/").text


@pytest.mark.usefixtures("three_weeks", "stopped")
def test_every_page_the_api_and_feeds_say_since_when_and_never_why(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    for path in (
        "/",
        "/kaart",
        "/stand",
        "/cijfers",
        "/jaar/2023",
        "/hotspots/HS-2023-003",
        "/uitleg",
        "/rapport",
        "/inbedden/voorbeeld",
        "/inbedden/voorbeeld?soort=stand",
    ):
        page = client.get(path).text
        assert SAID in page, path
        assert "Geheim" not in page, path
    for path in ("/v1/hotspots", "/v1/rondes", "/v1/aandachtsplekken"):
        assert client.get(path).json()["signaleringGestoptSinds"] == "2023-12-04T09:00:00Z", path
    collection = client.get("/v1/hotspots", headers={"Accept": "application/geo+json"}).json()
    assert collection["signaleringGestoptSinds"] == "2023-12-04T09:00:00Z"
    assert client.get("/v1/signalering").json() == {
        "isGestopt": True,
        "gestoptSinds": "2023-12-04T09:00:00Z",
        "hervattenGevraagd": False,
    }
    feed = ET.fromstring(client.get("/v1/hotspots/feed").content)  # noqa: S314  # our own
    assert feed.findtext(f"{ATOM}subtitle") == SAID
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == SAID
    assert "gestopt sinds" in client.get("/kaart/download?vorm=svg").text


@pytest.mark.usefixtures("three_weeks", "stopped")
def test_an_open_case_can_be_read_and_worked_on_while_it_is_stopped(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    token = sessions("oov")
    client.cookies.set("hotspots_sessie", token)
    case = client.get("/v1/hotspots/HS-2023-003/dossier")
    assert case.status_code == 200
    assert client.get("/v1/hotspots").json()["totaalAantal"] > 0
    verdict = client.post(
        "/v1/hotspots/HS-2023-003/verificaties",
        json={"oordeel": "leefbaarheid", "reden": "Voetballende jongeren."},
        headers={"X-CSRF-Token": csrf_token(token), "If-Match": case.headers["etag"]},
    )
    assert verdict.status_code in (200, 201), verdict.text


def test_while_it_runs_nothing_is_said_of_it(client: TestClient, sessions: Callable[[str], str]) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    assert "signaleringGestoptSinds" not in client.get("/v1/hotspots").json()
    assert client.get("/v1/signalering").json()["isGestopt"] is False
    assert "gestopt" not in client.get("/").text
