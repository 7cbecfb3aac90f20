"""`/v1` as a page: drawn from our own origin under a policy without eval, and nothing for programs."""

import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from api.http.deprecation import Deprecation
from api.pages.api_page import Group, Operation
from api.rest.rights_needed import RIGHT_NEEDED
from hotspots.access.rights import RIGHTS, Right
from tests.accessibility import violations
from tests.api.test_matrix import LINES


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the page reads nothing."""
    return sqlite_url


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html"),
        ("application/json", 404, "application/problem+json"),
        ("*/*", 200, "text/html"),
        ("text/csv", 406, "application/problem+json"),
    ],
)
def test_who_prefers_a_page_gets_one_and_programs_what_they_had(
    client: TestClient, accept: str, status: int, kind: str
) -> None:
    answer = client.get("/v1", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, kind)
    assert "unsafe" not in answer.headers["content-security-policy"]


FILTERED = {
    # give who lacks the right an empty list, or say that there is nothing
    *("getZaken", "getTermijnen", "getDuidingen", "getDuiding", "getDuidingHistorie", "putDuiding"),
    *("deleteDuiding", "getOverleggen", "getOverleg", "putOvergeslagen", "putAfgerond"),
}


def test_the_page_tells_of_every_request_with_its_right_and_what_to_do(
    client: TestClient,
) -> None:
    page = client.get("/v1", headers={"Accept": "text/html"}).text
    description = client.get("/v1/openapi.json").json()
    operations = {
        f"{method.upper()} /v1{path}": operation["operationId"]
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations.values()) == set(RIGHT_NEEDED)
    for request, operation in operations.items():
        told = f'<code>{request}</code><br><span class="hulp">Recht: {RIGHT_NEEDED[operation]}'
        assert told in page, request
    # what each role gets by the matrix is what the right says
    wrong = [
        (line.route, role)
        for line in LINES
        for role, status in line.expected.items()
        if line.route in operations
        and (status != 403) != (role in RIGHTS[RIGHT_NEEDED[operations[line.route]]])
        and operations[line.route] not in FILTERED
    ]
    assert wrong == []
    # and what to do, without JavaScript
    links = set(re.findall(r'href="([^"]+)"', page))
    assert {"/v1/openapi.json", "/problemen", "/ogc"} <= links
    anchors = {link for link in links if link.startswith("#")} - {"#inhoud"}
    assert {f'id="{anchor[1:]}"' in page for anchor in anchors} == {True}
    for word in (
        "text/csv",
        "application/geo+json",
        "paginaGrootte",
        "If-Match",
        "Sunset",
        "http://testserver",
    ):
        assert word in page, word
    assert "Op dit moment is er niets verouderd." in page


def test_what_is_deprecated_stands_on_the_page(client: TestClient) -> None:
    api = client.app.state.api  # type: ignore[attr-defined]  # Starlette says only what it calls
    mark = Deprecation(date(2026, 1, 1), date(2027, 1, 1), successor="/v1/nieuw").as_json()
    one = Operation("GET", "/v1/oud", "Iets ouds", Right.READ_HOTSPOTS, ["JSON"], mark)
    api.state.groups = [Group("oud", "Wat oud is", [one])]
    page = client.get("/v1", headers={"Accept": "text/html"}).text
    assert (
        "<code>GET /v1/oud</code>: verouderd sinds 2026-01-01, blijft minstens tot 2027-01-01; "
        "gebruik <code>/v1/nieuw</code>." in page
    )


@pytest.mark.chromium
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_request_is_shown_from_our_own_origin_and_can_be_read(
    browser: Browser, served: str, width: int, scheme: str
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of two
        base_url=served,
    )
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto("/v1")
    page.locator("#operations-tag-hotspots").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hotspots op een peildatum")).to_be_visible()
    assert violations(page) == []
    assert problems == []
    assert all(url.startswith((served, "data:")) for url in asked)
    page.close()
