"""`/v1` as a page: drawn from our own origin under a policy without eval, and nothing for programs."""

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from tests.accessibility import violations


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the page reads nothing."""
    return sqlite_url


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html"),
        ("application/json", 404, "application/problem+json"),
        ("*/*", 404, "application/problem+json"),
        ("text/csv", 406, "application/problem+json"),
    ],
)
def test_who_prefers_a_page_gets_one_and_programs_what_they_had(
    client: TestClient, accept: str, status: int, kind: str
) -> None:
    answer = client.get("/v1", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, kind)
    assert "unsafe" not in answer.headers["content-security-policy"]


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
