"""Where a case is in another system, on the page of the hotspot: linked, refused as typed, and removed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hotspots.access.passwords import csrf_token

PLACE = "/hotspots/HS-2023-001"
LINK = {"systeem": "Zaken", "kenmerk": "Z-7", "url": "https://zaken.example.org/7"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the page reads and writes through functions that are tested on both."""
    return sqlite_url


@pytest.mark.usefixtures("three_weeks")
def test_a_case_elsewhere_is_linked_refused_as_typed_and_taken_away_again(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    token = sessions("gebiedsteam")
    client.cookies.set("hotspots_sessie", token)

    def post(path: str, **fields: str) -> Any:
        data = {"csrf": csrf_token(token)} | fields
        return client.post(PLACE + path, data=data, headers={"Accept": "text/html"}, follow_redirects=False)

    refused = post("/koppelingen", **(LINK | {"url": "https://jan:geheim@zaken.example.org/7"}))
    assert refused.status_code == 409
    assert "In het adres mag geen naam, wachtwoord of sleutel staan" in refused.text
    assert 'value="Z-7"' in refused.text
    empty = post("/koppelingen", systeem="Zaken", url=LINK["url"])
    assert (empty.status_code, "Vul in: het nummer." in empty.text) == (400, True)
    assert post("/koppelingen", **LINK).headers["location"] == f"{PLACE}?gedaan=koppeling"
    page = client.get(f"{PLACE}?gedaan=koppeling").text
    assert "De koppeling is opgeslagen." in page
    assert f'<a href="{LINK["url"]}" rel="external noopener noreferrer nofollow">Z-7</a>' in page
    [path] = re.findall(rf'action="{PLACE}(/koppelingen/[0-9a-f-]+/weghalen)"', page)
    assert post(path).headers["location"] == f"{PLACE}?gedaan=ontkoppelen"
    assert "In andere systemen" not in client.get(PLACE).text
    assert post(path).status_code == 404
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    assert "Zaak in een ander systeem koppelen" not in client.get(PLACE).text
