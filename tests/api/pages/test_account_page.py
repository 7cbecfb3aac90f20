"""`/account`: one's own mails about a new week, chosen by oneself."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from hotspots.access.sessions import sign_in
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import subscriptions
from hotspots.store.database import Database


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is written is tested on both with the mails themselves."""
    return sqlite_url


@pytest.fixture
def send(client: TestClient, sessions: Callable[[str], str]) -> Callable[..., str]:
    """Sign in as a member of a gebiedsteam with two areas; gives what sends the form and reads the page."""
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    csrf = re.findall(r'name="csrf" value="(\w+)"', client.get("/account").text)[0]

    def post(status: int = 200, **fields: object) -> str:
        answer = client.post("/account/mail", data={"csrf": csrf} | fields)
        assert answer.status_code == status
        return answer.text

    return post


def stored(database: Database) -> list[tuple[str, list[str] | None, int]]:
    columns = (subscriptions.c.address, subscriptions.c.gebieden, subscriptions.c.every_weeks)
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def test_one_chooses_address_areas_and_how_often_and_ends_it(
    send: Callable[..., str], database: Database, own_gebieden: list[str]
) -> None:
    assert "U krijgt een mail als er een nieuw weekrapport is" in send(adres="naam@example.org", hoe="week")
    assert stored(database) == [("naam@example.org", None, 1)]
    page = send(adres="naam@example.org", hoe="samen", gebied=own_gebieden[:1])
    assert 'value="naam@example.org"' in page
    assert stored(database) == [("naam@example.org", own_gebieden[:1], 4)]
    assert "Uw adres is gewist" in send(doe="stoppen", adres="naam@example.org")
    assert stored(database) == []


def test_what_is_no_address_and_an_area_of_others_are_refused(
    send: Callable[..., str], database: Database
) -> None:
    page = send(400, adres='naam"><script>@example', hoe="week")
    assert "Dit is geen mailadres" in page
    assert "<script>@" not in page
    send(403, adres="naam@example.org", gebied=["Wijk 05 Oost"])
    assert stored(database) == []


def test_who_is_not_signed_in_has_no_account(client: TestClient) -> None:
    sent = client.get("/account", headers={"Accept": "text/html"}, follow_redirects=False)
    assert sent.headers["location"] == "/aanmelden?naar=/account"


def test_one_changes_ones_own_password_and_is_signed_in_here_alone(
    client: TestClient, send: Callable[..., str], database: Database
) -> None:
    del send  # signs in
    csrf = re.findall(r'name="csrf" value="(\w+)"', client.get("/account").text)[0]

    def post(old: str, new: str, again: str) -> tuple[int, str]:
        fields = {"csrf": csrf, "oud": old, "nieuw": new, "nogmaals": again}
        answer = client.post("/account/wachtwoord", data=fields, follow_redirects=False)
        return answer.status_code, answer.text

    old, new = "correct horse battery", "vier losse woorden kelder"
    for fields, problem in (
        (("wrong", new, new), "Het oude wachtwoord klopt niet."),
        ((old, new, "x"), "De twee nieuwe wachtwoorden zijn niet gelijk."),
        ((old, "kort", "kort"), "Een wachtwoord heeft 12 tot 256 tekens."),
        ((old, "wachtwoord123", "wachtwoord123"), "te makkelijk te raden"),
    ):
        status, text = post(*fields)
        assert status == 400
        assert problem in text
        assert new not in text
    elsewhere = sign_in(database, SignInSettings(), name="gebiedsteam", password=old, now=datetime.now(UTC))
    assert post(old, new, new)[0] == 303
    assert "Uw nieuwe wachtwoord geldt." in client.get("/account?gedaan=wachtwoord").text
    client.cookies.clear()
    client.cookies.set("hotspots_sessie", elsewhere)
    assert client.get("/account", headers={"accept": "application/json"}).status_code == 401


def test_one_sees_where_one_is_signed_in_and_signs_out_everywhere_else(
    client: TestClient, send: Callable[..., str], database: Database
) -> None:
    del send  # signs in
    here = client.cookies["hotspots_sessie"]
    now, password = datetime.now(UTC), "correct horse battery"
    elsewhere = sign_in(database, SignInSettings(), name="gebiedsteam", password=password, now=now)
    page = client.get("/account").text
    assert page.count("laatst gebruikt") == 2
    assert page.count(": hier") == 1
    csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]

    def post(password: str) -> tuple[int, str]:
        fields = {"csrf": csrf, "wachtwoord": password}
        answer = client.post("/account/sessies", data=fields)
        return answer.status_code, answer.text

    status, page = post("wrong")
    assert (status, page.count("laatst gebruikt")) == (400, 2)
    assert "Het wachtwoord klopt niet." in page
    status, page = post(password)
    assert (status, page.count("laatst gebruikt")) == (200, 1)
    assert "alleen hier nog aangemeld" in page
    assert "Meld overal elders af" not in page
    for token, expected in ((elsewhere, 401), (here, 200)):
        client.cookies.clear()
        client.cookies.set("hotspots_sessie", token)
        assert client.get("/sessie").status_code == expected
