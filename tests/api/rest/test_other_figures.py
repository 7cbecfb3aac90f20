"""`/v1/cijfers/andere`: the table of a safety plan, the same for who reads the page."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hotspots.intake.other_figures import Figure, replace_figures
from hotspots.store.database import Database


@pytest.mark.usefixtures("five_places")
def test_five_years_stand_beside_each_other_with_blanks_and_the_change(
    closed: TestClient,
    asking: Callable[[TestClient], Callable[..., Any]],
    sessions: Callable[[str], str],
    database: Database,
) -> None:
    values = {2019: 410.0, 2020: 455.0, 2021: None, 2022: 250.0, 2023: 290.0}
    figures = [
        Figure("Overlast", "aantal", date(year, 1, 1), date(year, 12, 31), "", value)
        for year, value in values.items()
    ]
    with database.writing() as connection:
        replace_figures(connection, "politie", figures, now=datetime(2024, 2, 1, tzinfo=UTC))
    ask, token = asking(closed), sessions("lezer")
    found = ask(token, "GET", "/v1/cijfers/andere?jaar=2023").json()
    assert found["jaren"] == list(values)
    assert [row for row in found["regels"] if not row["eigenMeldingen"]] == [
        {
            "bron": "politie",
            "onderwerp": "Overlast",
            "eenheid": "aantal",
            "eigenMeldingen": False,
            "waarden": list(values.values()),
            "verschil": "↑ 16 %",
        }
    ]
    for query, status in (("jaar=1", 400), ("gebied=Nergens", 404), ("buurt=BU09350000", 200)):
        assert ask(token, "GET", f"/v1/cijfers/andere?{query}").status_code == status
