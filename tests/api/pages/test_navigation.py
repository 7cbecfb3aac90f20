"""The menu, who is shown to be signed in, the way back after signing in, and the length of pages."""

import gzip
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.pages.navigation import ENTRIES, entries_for
from api.pages.sessions import own_address
from hotspots.access.rights import Actor, Right, Role

PAGE = {"Accept": "text/html"}


def test_the_menu_leads_to_pages_that_exist(client: TestClient) -> None:
    assert [client.get(entry.path).status_code for entry in entries_for(None)] == [200] * len(
        entries_for(None)
    )


@pytest.mark.parametrize("role", Role)
def test_an_entry_is_shown_to_whom_it_is_for(role: Role) -> None:
    person = Actor("1", "I. Iemand", role, "gemeente", frozenset({"Mariaberg"}))
    shown = {entry.path for entry in entries_for(person)}
    assert {entry.path for entry in ENTRIES if entry.right is None} <= shown
    for entry in ENTRIES:
        if entry.right is Right.MANAGE_USERS:
            assert (entry.path in shown) == (role is Role.BEHEERDER)


def test_a_page_says_who_is_signed_in_and_signs_out_by_a_form(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    assert 'href="/aanmelden?naar=/kaart"' in client.get("/kaart").text
    client.cookies.set("hotspots_sessie", sessions("oov"))
    page = client.get("/kaart").text
    assert "Iemand van oov" in page
    csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    assert client.post("/afmelden", data={"csrf": "x" + csrf[1:]}).status_code == 403
    left = client.post("/afmelden", data={"csrf": csrf}, follow_redirects=False)
    assert (left.status_code, left.headers["location"]) == (303, "/aanmelden")


def test_who_must_sign_in_first_comes_back_where_he_wanted_to_be(
    closed: TestClient, sessions: Callable[[str], str]
) -> None:
    sessions("oov")
    sent = closed.get("/kaart?soort=woning", headers=PAGE, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        "/aanmelden?naar=/kaart%3Fsoort%3Dwoning",
    )
    form = closed.get(sent.headers["location"]).text
    assert '<input type="hidden" name="naar" value="/kaart?soort=woning">' in form
    entered = closed.post(
        "/aanmelden",
        data={"naam": "oov", "wachtwoord": "correct horse battery", "naar": "/kaart?soort=woning"},
        follow_redirects=False,
    )
    assert entered.headers["location"] == "/kaart?soort=woning"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\n//evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_signing_in_leads_to_no_other_site(text: str) -> None:
    assert own_address(text) == "/"


@pytest.mark.usefixtures("three_weeks")
def test_pages_are_compressed_and_neither_the_token_nor_the_length_is_the_same_twice(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    pages = [client.get("/") for _ in range(12)]
    assert {page.headers["content-encoding"] for page in pages} == {"gzip"}
    assert {page.headers["vary"] for page in pages} == {"Accept-Encoding"}
    tokens = {re.findall(r'name="csrf" value="(\w+)"', page.text)[0] for page in pages}
    assert len(tokens) == len(pages)
    assert len({len(page.text) for page in pages}) > 1
    assert len({page.headers["content-length"] for page in pages}) > 1
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content)) < len(plain.content) / 3
