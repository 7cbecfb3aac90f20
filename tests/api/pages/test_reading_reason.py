"""`/hotspots/{number}/reden`: who reads exact data says why first, where the municipality asks that."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.main import create_app
from hotspots.settings import AccessSettings, Settings
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database

PLACE = "/hotspots/HS-2023-001"
PAGE = f"{PLACE}/meldingen?sorteer=adres"
PAGES = {"accept": "text/html"}

pytestmark = pytest.mark.usefixtures("three_weeks")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: nothing here differs on another database."""
    return sqlite_url


@pytest.fixture
def client(service_settings: Settings, sessions: Callable[[str], str]) -> Iterator[TestClient]:
    """A client of the gebiedsteam where the municipality asks why."""
    asking = service_settings.model_copy(update={"access": AccessSettings(ask_reading_reason=True)})
    with TestClient(create_app(asking), raise_server_exceptions=False) as client:
        client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
        yield client


def reasons(database: Database) -> list[tuple[str | None, str | None]]:
    with database.reading() as connection:
        return [
            (row.reason, row.explanation)
            for row in connection.execute(select(access_log).order_by(access_log.c.id))
        ]


def send(client: TestClient, form: str, **fields: str) -> int:
    text = client.get(form).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text.split("<form")[-1]))
    sent = client.post(f"{PLACE}/reden", data=hidden | fields, follow_redirects=False)
    if sent.status_code == 303:
        assert sent.headers["location"] == PAGE
    return sent.status_code


def test_who_reads_is_asked_why_and_the_log_keeps_it(client: TestClient, database: Database) -> None:
    asked = client.get(PAGE, headers=PAGES, follow_redirects=False)
    assert asked.status_code == 303
    assert reasons(database) == []
    form = asked.headers["location"]
    assert send(client, form, reden="anders") == 400
    assert send(client, form, reden="omdat") == 400
    assert send(client, form, reden="anders", toelichting="Klacht van een buur.") == 303
    assert client.get(PAGE, headers=PAGES, follow_redirects=False).status_code == 200
    assert reasons(database) == [("anders", "Klacht van een buur.")] * 2  # of points and of texts


def test_by_the_api_a_reason_is_given_first_too(client: TestClient, database: Database) -> None:
    path = "/v1/hotspots/HS-2023-001"
    refused = client.get(f"{path}/punten")
    assert (refused.status_code, "inzagereden" in refused.json()["detail"]) == (403, True)
    csrf = {"X-CSRF-Token": client.get("/sessie").json()["csrf"]}
    given = client.post(f"{path}/inzagereden", json={"reden": "overleg over deze plek"}, headers=csrf)
    assert given.status_code == 201
    assert client.get(f"{path}/punten").status_code == 200
    assert reasons(database) == [("overleg over deze plek", None)]


def test_one_goes_on_only_to_pages_of_the_place(client: TestClient) -> None:
    page = client.get(f"{PLACE}/reden?naar=/beheer").text
    assert f'name="naar" value="{PLACE}/meldingen"' in page


def test_the_page_of_a_dwelling_opens_without_its_address_until_the_reason_is_given(
    client: TestClient, database: Database
) -> None:
    page = client.get("/hotspots/HS-2023-002", headers=PAGES)
    assert page.status_code == 200
    assert "Bekijk het adres" in page.text
    assert reasons(database) == []
