"""`/privacy`."""

from collections.abc import Callable

from fastapi.testclient import TestClient


def test_the_desk_says_what_waits_for_the_privacy_officer(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    page = client.get("/privacy").text
    assert "De bewaartermijnen wachten op bevestiging" in page
    assert '<a href="/privacy"' in client.get("/").text


def test_the_menu_names_the_desk_only_to_whom_it_is_for(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("beheerder"))
    assert 'href="/privacy"' not in client.get("/").text
