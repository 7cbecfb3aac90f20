"""The word back to reporters on its page: changed by hand, taken along as text or table, sent by nobody."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

pytestmark = pytest.mark.usefixtures("three_weeks")
PATH = "/hotspots/HS-2023-001/terugkoppeling"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is read is tested where the library reads it."""
    return sqlite_url


@pytest.fixture
def send(
    client: TestClient,
    asking: Callable[[TestClient], Callable[..., Any]],
    sessions: Callable[[str], str],
    database: Database,
) -> Callable[..., Any]:
    """Send a request as OOV, about a place in aanpak."""
    with database.writing() as connection:
        connection.execute(update(hotspots).values(status="in aanpak"))
    ask, token = asking(client), sessions("oov")
    return lambda method, path, form=None: ask(token, method, path, None, None, form)


def test_the_text_as_it_was_changed_and_the_numbers_are_taken_along_and_logged(
    send: Callable[..., Any], database: Database
) -> None:
    page = send("GET", PATH)
    assert "Beste bewoner," in page.text
    assert "2023-11-19 0 0" in page.text  # the number of a report at its source
    changed = "=Beste melder,\nDank u wel."
    text = send("POST", PATH, {"tekst": changed, "vorm": "txt"})
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert 'filename="terugkoppeling-HS-2023-001.txt"' in text.headers["content-disposition"]
    assert text.text.startswith("=Beste melder,\nDank u wel.\n\n--\nMeldingen:\n2023-11-19 0 0\n")
    table = send("POST", PATH, {"tekst": changed, "vorm": "csv"})
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["meldingnummer"] for row in rows][:1] == ["2023-11-19 0 0"]
    assert {row["tekst"] for row in rows} == {"'=Beste melder,\nDank u wel."}  # no formula
    with database.reading() as connection:
        query = select(access_log.c.right_used, access_log.c.taken_as).order_by(access_log.c.id)
        assert [tuple(row) for row in connection.execute(query)] == [
            ("teksten.lezen", None),
            ("teksten.lezen", "txt"),
            ("teksten.lezen", "csv"),
        ]


def test_an_empty_text_is_asked_again(send: Callable[..., Any]) -> None:
    refused = send("POST", PATH, {"tekst": " ", "vorm": "txt"})
    assert refused.status_code == 400
    assert "Schrijf een tekst" in refused.text


def test_the_page_of_a_place_in_aanpak_leads_there_and_the_api_gives_the_same(
    send: Callable[..., Any],
) -> None:
    assert PATH in send("GET", "/hotspots/HS-2023-001").text
    told = send("GET", "/v1/hotspots/HS-2023-001/terugkoppeling").json()
    assert told["tekst"].startswith("Beste bewoner,")
    assert told["meldingen"][0] == {"nummer": "2023-11-19 0 0", "bron": "test", "gemeldOp": "2023-11-01"}
