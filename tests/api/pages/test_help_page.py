"""The help is for who may read the service, but for what helps to sign in; browsers keep its pictures."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.pages.help_document import PAGES, find_pictures
from hotspots.settings import shipped

PAGE = {"Accept": "text/html"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the help is the same on every database."""
    return sqlite_url


def test_where_signing_in_is_required_only_what_helps_to_sign_in_is_for_everyone(
    closed: TestClient, sessions: Callable[[str], str]
) -> None:
    asked = closed.get("/hulp/gebiedsteam", headers=PAGE, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/aanmelden?naar=/hulp/gebiedsteam")
    page = closed.get("/hulp/aanmelden", headers=PAGE)
    assert page.status_code == 200
    assert 'href="/hulp/oov"' not in page.text
    closed.cookies.set("hotspots_sessie", sessions("lezer"))
    assert 'href="/hulp/oov"' in closed.get("/hulp/aanmelden", headers=PAGE).text
    page = closed.get("/hulp/oov", headers=PAGE)
    assert '<h2 id="triage">Triage</h2>' in page.text
    assert 'href="/triage"' not in page.text  # a reader may not open it


@pytest.mark.usefixtures("three_weeks")
def test_each_page_leads_to_the_others_and_back_to_what_it_explains(client: TestClient) -> None:
    for name in PAGES:
        page = client.get("/hulp" if name == "index" else f"/hulp/{name}")
        assert page.status_code == 200
        assert page.text.count('aria-current="page"') == 1
        assert all(f'href="/hulp/{other}"' in page.text for other in PAGES[1:])
    assert (
        '<a href="/kaart">Open deze pagina<span class="onzichtbaar">: Weekkaart'
        in client.get("/hulp/gebiedsteam").text
    )
    assert client.get("/hulp/index").status_code == client.get("/hulp/x").status_code == 404


def test_a_picture_is_kept_by_browsers_and_no_other_file_is_given(client: TestClient) -> None:
    name = "leven-van-een-hotspot.svg"
    picture = client.get(find_pictures()[name].address)
    assert picture.content == Path(shipped(f"docs/gebruik/img/{name}")).read_bytes()
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    for wrong in ("x.svg", "..%2Findex.md", "index.md"):
        assert client.get(f"/hulp/img/{wrong}").status_code == 404
