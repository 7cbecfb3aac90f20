"""`/nieuw-wachtwoord`: from the administrator's button to signing in with the chosen password."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

NEW = "vier losse woorden kelder"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library's links are tested on both."""
    return sqlite_url


def test_an_administrator_makes_a_link_by_which_a_reader_chooses_a_password(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    sessions("lezer")
    client.cookies.set("hotspots_sessie", sessions("beheerder"))
    page = client.get("/beheer/gebruikers").text
    [path] = re.findall(r'href="(/beheer/gebruikers/[\w-]+)"[^>]*>[^<]*lezer', page)
    csrf = re.findall(r'name="csrf" value="(\w+)"', client.get(path).text)[0]
    made = client.post(path, data={"csrf": csrf, "doe": "herstellink"}).text
    [link] = re.findall(r"http://testserver(/nieuw-wachtwoord/[\w.-]+)", made)
    client.cookies.clear()
    assert "Voor de naam <strong>lezer</strong>" in client.get(link).text
    for fields, problem in (
        ({"nieuw": NEW, "nogmaals": "x"}, "De twee nieuwe wachtwoorden zijn niet gelijk."),
        ({"nieuw": "kort", "nogmaals": "kort"}, "Een wachtwoord heeft 12 tot 256 tekens."),
    ):
        answer = client.post(link, data=fields)
        assert answer.status_code == 400
        assert problem in answer.text
    chosen = client.post(link, data={"nieuw": NEW, "nogmaals": NEW})
    assert "Uw nieuwe wachtwoord geldt. Meld u ermee aan." in chosen.text
    again = client.post(link, data={"nieuw": NEW, "nogmaals": NEW})  # a double click
    assert "Uw nieuwe wachtwoord geldt. Meld u ermee aan." in again.text
    entered = client.post("/aanmelden", data={"naam": "lezer", "wachtwoord": NEW}, follow_redirects=False)
    assert entered.status_code == 303
    used = client.get(link)
    assert (used.status_code, "al een keer gebruikt" in used.text) == (410, True)
    assert client.post(link, data={"nieuw": f"{NEW} weer", "nogmaals": f"{NEW} weer"}).status_code == 410
