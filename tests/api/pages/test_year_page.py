"""`/jaar`: what it answers to a year or period of which there is nothing to tell."""

import pytest
from fastapi.testclient import TestClient

PAGE = {"Accept": "text/html"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.mark.usefixtures("five_places")
@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/jaar/1999", "1999"),
        ("/jaar?van=2031-01-01&tot=2031-02-28", "1 januari 2031 tot en met 28 februari 2031"),
        ("/v1/jaren/1999", "1999"),
    ],
)
def test_a_period_without_data_is_not_found_and_the_days_with_data_are_said(
    client: TestClient, address: str, asked: str
) -> None:
    answer = client.get(address, headers={} if address.startswith("/v1") else PAGE)
    assert answer.status_code == 404
    assert f"Over {asked} is niets bekend. Er zijn gegevens van " in answer.text


@pytest.mark.usefixtures("five_places")
def test_a_period_that_ends_before_it_begins_is_refused_in_one_sentence(client: TestClient) -> None:
    answer = client.get("/jaar?van=2023-06-01&tot=2023-05-01", headers=PAGE)
    assert answer.status_code == 400
    assert "<p>De laatste dag (tot) ligt vóór de eerste dag (van).</p>" in answer.text
