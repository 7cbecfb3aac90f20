"""`/privacy/toets`: what it compares for whom, and its file."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from tests.api.conftest import Filler


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_the_privacy_officer_sees_every_buurt_compared_and_takes_the_table_along(
    client: TestClient, sessions: Callable[[str], str], three_weeks: Filler
) -> None:
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    page = client.get("/privacy/toets?jaar=2023").text
    assert "zette de software 4 plekken op de lijst. Mensen bevestigden er 0 en wezen er 0 af." in page
    assert "Er zijn 0 plekken beoordeeld. Met zo weinig" in page
    assert "Bonferroni" in page
    file = client.get("/privacy/toets/download?jaar=2023").text.removeprefix("\ufeff")
    head, *rows = [line.split(";") for line in file.splitlines()]
    assert head[4:8] == ["meldingen", "opDeLijst", "bevestigd", "afgewezen"]
    centre = dict(zip(head, next(row for row in rows if row[0] == "BU09350000"), strict=True))
    assert (centre["opDeLijst"], centre["op de lijst per 100 meldingen"]) == ("1", "")  # without reports
    thousands = int(centre["inwoners"]) / 1000
    name = "op de lijst per 1.000 inwoners"
    told = [float(centre[name + part]) for part in ("", " ondergrens", " bovengrens")]
    # the limits of Garwood for a count of 1
    assert told == pytest.approx([1 / thousands, 0.0253 / thousands, 5.5716 / thousands], abs=1e-3)
    assert client.get("/privacy/toets/download?jaar=1999").status_code == 404
    assert "Over 1999 zijn er geen gegevens." in client.get("/privacy/toets?jaar=1999").text


def test_who_may_not_know_of_dwellings_gets_no_comparison_and_no_dwelling(
    client: TestClient, sessions: Callable[[str], str], three_weeks: Filler, database: Database
) -> None:
    with database.writing() as connection:
        connection.execute(
            update(hotspots).where(hotspots.c.id == three_weeks.ids[2]).values(points_at_persons=True)
        )
    client.cookies.set("hotspots_sessie", sessions("beheerder"))
    page = client.get("/privacy/toets?jaar=2023").text
    assert "Daarom wordt er niets" in page
    assert "Wat dit laat zien" not in page
    rows = client.get("/privacy/toets/download?jaar=2023").text.splitlines()
    assert "ondergrens" not in rows[0]
    mariaberg = next(row for row in rows if row.startswith("BU09350100"))
    assert mariaberg.split(";")[5] == "0"  # its only place is a dwelling
