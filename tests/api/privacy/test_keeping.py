"""`/privacy/bewaren`."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from hotspots.store.audit import STATUS_ERROR, add_line
from hotspots.store.database import Database
from hotspots.store.operation_tables import job_alerts


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is counted is tested on both."""
    return sqlite_url


@pytest.fixture
def officer(
    client: TestClient, three_weeks: object, sessions: Callable[[str], str], database: Database
) -> TestClient:
    """The privacy officer; today a list was taken along, another failed, and an alert was mailed."""
    now = datetime.now(UTC)
    alert = {"job": "inbox", "kind": "odd", "about": now, "raised_at": now, "message": "x"}
    with database.writing() as connection:
        add_line(connection, "lijst uitvoeren", now=now)
        add_line(connection, "lijst uitvoeren", now=now - timedelta(seconds=1), status=STATUS_ERROR)
        connection.execute(insert(job_alerts).values(**alert, mailed_at=now))
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    return client


def test_it_tells_what_is_kept_and_what_left_the_house(officer: TestClient) -> None:
    page = officer.get("/privacy/bewaren").text
    rows = {row.split("</th>")[0]: row.split("</tr>")[0] for row in page.split('scope="row">')[1:]}
    assert "<td>1-11-2023</td>" in rows["meldingen"]
    sums = {name: row.split("</td>")[-2].split(">")[-1] for name, row in rows.items() if "<a href" in name}
    assert [count for name, count in sums.items() if "bestanden en plaatjes" in name] == ["1"]
    assert [count for name, count in sums.items() if "automatische werk" in name] == ["1"]
    assert "De bewaartermijnen wachten op bevestiging" in page
    links = set(re.findall(r'<th scope="row"><a href="([^"]+)"', page))
    assert {officer.get(link).status_code for link in links} == {200}


def test_how_many_dwellings_there_are_is_not_for_who_may_not_know_of_them(officer: TestClient) -> None:
    row = officer.get("/privacy/bewaren").text.split("plekken van een woning of van één melder</th>")[1]
    assert row.split("</tr>")[0].count("–") == 5


def test_the_log_of_processings_is_read_and_taken_along(officer: TestClient) -> None:
    page = officer.get("/privacy/bewaren/verwerkingen").text
    assert (page.count("<td>goed</td>") > 0, page.count("<td>mislukt</td>")) == (True, 1)
    lines = officer.get("/privacy/bewaren/verwerkingen/download").text.splitlines()
    assert {json.loads(line)["name"] for line in lines} >= {"lijst uitvoeren"}
    assert (
        "lijst uitvoeren"
        not in officer.get("/privacy/bewaren/verwerkingen?van=2023-01-01&tot=2023-01-02").text
    )
