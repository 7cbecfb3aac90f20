"""`/v1/stand` and `/stand`: the numbers are those of the lists, for each reader, and mean something."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, update

from hotspots.model import Status
from hotspots.store.case_tables import measures
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots, public_figures

CENTRE = "BU09350000"
QUARTER = {"first_day": date(2023, 7, 1), "last_day": date(2023, 9, 30), "as_of": date(2023, 10, 15)}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: `test_matrix` asks every route on both."""
    return sqlite_url


@pytest.fixture
def worked_on(five_places: Any, database: Database) -> dict[int, str]:
    """One place of the team in hand, with a measure; one elsewhere in aftercare; a quarter was published."""
    rows = [("gemeente", "", 35), ("gebied", "Wijk 00 Centrum", 20), ("buurt", CENTRE, 20)]
    with database.writing() as connection:
        for number, status in (("001", Status.IN_AANPAK), ("003", Status.NAZORG)):
            chosen = hotspots.c.number == f"HS-2023-{number}"
            connection.execute(update(hotspots).where(chosen).values(status=str(status)))
        connection.execute(
            insert(measures).values(
                hotspot_id=five_places.ids[1],
                kind="gesprek",
                description="Praten.",
                owner="Trajekt",
                starts_on=date(2023, 11, 27),
                created_by="O. Adviseur",
                created_at=datetime(2023, 11, 27, tzinfo=UTC),
                is_withdrawn=False,
            )
        )
        connection.execute(
            insert(public_figures),
            [QUARTER | {"level": level, "code": code, "figure": figure} for level, code, figure in rows],
        )
    ids: dict[int, str] = five_places.ids
    return ids


@pytest.mark.usefixtures("worked_on")
@pytest.mark.parametrize("role", ["lezer", "gebiedsteam", "oov"])
def test_the_numbers_are_those_of_the_list_of_the_reader(
    client: TestClient, sessions: Callable[[str], str], asking: Callable[..., Any], role: str
) -> None:
    ask, token = asking(client), sessions(role)
    listed = ask(token, "GET", "/v1/hotspots?opDeLijst=true&paginaGrootte=100").json()["hotspots"]
    stand = ask(token, "GET", "/v1/stand").json()
    places = stand["plekken"]
    assert places["opDeLijst"] == len(listed) > 0
    statuses = [spot["status"] for spot in listed]
    assert places["inAanpak"] == statuses.count("in aanpak")
    assert places["inNazorg"] == statuses.count("nazorg")
    assert places["nogNietBesloten"] == sum(status in ("kandidaat", "in verificatie") for status in statuses)
    per_buurt = {each["buurtcode"]: each["plekken"] for each in stand["buurten"]}
    codes = [spot["buurtcode"] for spot in listed if spot["buurtcode"]]
    assert {code: number for code, number in per_buurt.items() if number} == {
        code: codes.count(code) for code in codes
    }
    page = ask(token, "GET", "/stand").text
    assert re.findall(r'class="getal">(?:± )?(\d+)', page) == [
        str(tile["aantal"]) for tile in stand["cijfers"]
    ]


@pytest.mark.usefixtures("worked_on")
def test_who_may_not_know_of_every_place_gets_public_quarters_and_nothing_of_measures(
    client: TestClient, sessions: Callable[[str], str], asking: Callable[..., Any]
) -> None:
    ask = asking(client)
    of_reader = ask(sessions("lezer"), "GET", "/v1/stand").json()
    assert (of_reader["volledig"], of_reader["maanden"], of_reader["maatregelen"]) == (False, None, None)
    assert of_reader["kwartalen"] == [{"eersteDag": "2023-07-01", "ongeveer": 35}]
    of_team = ask(sessions("gebiedsteam"), "GET", "/v1/stand").json()
    assert of_team["volledig"]
    assert of_team["kwartalen"] == []
    assert (of_team["maatregelen"]["lopend"], of_team["maatregelen"]["begonnen"]) == (1, 1)
    assert len(of_team["maanden"]) == 12


@pytest.mark.usefixtures("worked_on")
def test_a_wall_screen_asks_for_itself_again_and_no_other_page_does(client: TestClient) -> None:
    wall = client.get("/stand?scherm=groot")
    assert wall.headers["refresh"] == "900"
    assert "refresh" not in client.get("/stand").headers
    assert client.get("/stand?scherm=klein").status_code == 400


def test_before_the_first_round_it_says_so(client: TestClient, fill: Any) -> None:
    assert "Er is nog geen ronde geweest" in client.get("/stand").text
    stand = client.get("/v1/stand").json()
    assert (stand["peildatum"], stand["plekken"]["opDeLijst"], stand["plekken"]["nieuwDezeWeek"]) == (
        None,
        0,
        None,
    )


@pytest.mark.usefixtures("worked_on")
@pytest.mark.parametrize("path", ["/stand", "/v1/stand"])
def test_a_gebied_that_does_not_exist_has_no_stand(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?gebied=Nergens").status_code == 404


@pytest.mark.usefixtures("worked_on")
def test_of_a_gebied_only_its_own_places_count(client: TestClient) -> None:
    stand = client.get("/v1/stand?gebied=Wijk 00 Centrum").json()
    listed = client.get("/v1/hotspots?opDeLijst=true&gebied=Wijk 00 Centrum").json()["totaalAantal"]
    assert stand["plekken"]["opDeLijst"] == listed
    assert {each["buurtcode"][:8] for each in stand["buurten"]} == {"BU093500"}


@pytest.mark.usefixtures("five_places")
def test_of_no_area_or_one_where_one_knows_no_place_it_says_nothing(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    for gebied in ("Nergens", "eigen:9"):
        assert client.get(f"/v1/stand?gebied={gebied}").status_code == 404
        assert client.get(f"/stand?gebied={gebied}").status_code == 404
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    for path in ("/v1/stand", "/stand", "/jaar/2023", "/v1/jaren/2023", "/jaar/2023/download"):
        assert client.get(f"{path}?gebied=Wijk 00 Centrum").status_code == 200
        assert client.get(f"{path}?gebied=Wijk 02 Buitenwijk West").status_code == 403
