"""`/v1/cijfers`: the same figures as the page, for a machine."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import moment_of, reports
from tests.two_years import write_two_years


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is counted is tested on both in the library."""
    return sqlite_url


@pytest.fixture
def counted(database: Database, settings: Settings) -> Any:
    """Two years of reports, as a table."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        return write_two_years(connection, settings, count=600)


def test_the_document_adds_up(client: TestClient, counted: Any) -> None:
    document = client.get("/v1/cijfers").json()
    year = counted[counted["moment"].dt.tz_convert("Europe/Amsterdam").dt.year == 2023]
    assert (document["plaats"], document["jaar"], document["exact"]) == ("Maastricht", 2023, True)
    whole = [line for line in document["maanden"] if line["maand"] == 0 and line["categorie"] == "alle"]
    assert whole[0]["aantal"] == len(year)
    assert sum(line["aantal"] for line in document["maanden"] if line["maand"]) == 2 * len(year)
    assert sum(line["aantal"] for line in document["buurten"]) == year["buurtcode"].notna().sum()
    assert sum(map(sum, document["uren"])) == year["has_hour"].sum()
    assert document["_links"]["pagina"] == {"href": "/cijfers"}


def test_a_month_before_the_first_report_has_no_count(
    client: TestClient, database: Database, counted: Any
) -> None:
    early = moment_of(reports) < datetime(2022, 3, 1, tzinfo=UTC)
    with database.writing() as connection:
        connection.execute(update(reports).where(early).values(is_counted=False))
    months = client.get("/v1/cijfers?jaar=2022&categorie=drugs").json()["maanden"]
    assert [line["aantal"] is None for line in months if line["maand"] in (1, 2, 3)] == [True, True, False]


@pytest.mark.usefixtures("counted")
def test_a_choice_stands_in_the_address_and_in_the_links(client: TestClient) -> None:
    document = client.get("/v1/cijfers?gebied=Wijk+00+Centrum&categorie=drugs&jaar=2022").json()
    assert {line["categorie"] for line in document["maanden"]} == {"drugs"}
    assert {line["code"] for line in document["gebieden"]} == {"Wijk 00 Centrum"}
    link = "/cijfers?gebied=Wijk+00+Centrum&categorie=drugs&jaar=2022"
    assert document["_links"]["self"]["href"] == f"/v1{link}"
    assert client.get(document["_links"]["pagina"]["href"]).status_code == 200


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("gebied=Nergens", "gebied", "is geen gebied van deze gemeente, gevonden: 'Nergens'"),
        ("buurt=BU0", "buurt", "is geen code van een buurt van deze gemeente, gevonden: 'BU0'"),
        (
            "categorie=geluid",
            "categorie",
            "moet een van deze zijn: 'personen' of 'drugs', gevonden: 'geluid'",
        ),
        ("jaar=vorig", "jaar", "moet een geheel getal zijn, gevonden: 'vorig'"),
        ("jaar=23", "jaar", "moet 1900 of hoger zijn, gevonden: '23'"),
        ("gemeente=x", "gemeente", "bestaat niet, gevonden: 'x'"),
    ],
    ids=lambda value: value,
)
def test_what_can_t_be_is_told_in_dutch(client: TestClient, query: str, name: str, reason: str) -> None:
    answer = client.get(f"/v1/cijfers?{query}")
    assert answer.status_code == 400
    [problem] = answer.json()["invalidParams"]
    assert (problem["naam"], problem["reden"]) == (name, reason)
    page = client.get(f"/cijfers?{query}", headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert reason.split(",")[0] in page.text.replace("&#39;", "'")


@pytest.mark.usefixtures("counted")
def test_who_may_not_know_all_gets_rounded_figures_and_no_streets(
    client: TestClient, sessions: Any, ask: Any
) -> None:
    token = sessions("lezer")
    document = ask(token, "GET", "/cijfers").json()
    assert not document["exact"]
    for name in ("weken", "alarmen", "uren", "straten"):
        assert document[name] == []
    figures = [line["aantal"] for name in ("maanden", "gebieden", "buurten") for line in document[name]]
    assert any(figures)
    assert all(figure is None or figure % 5 == 0 for figure in figures)
    page = client.get("/cijfers").text
    assert "Straten met de meeste meldingen" not in page
    for part in ("straten", "weken", "alarmen", "plekken"):
        assert client.get(f"/cijfers/download?onderdeel={part}").status_code == 404


def test_an_empty_service_has_an_empty_document(client: TestClient) -> None:
    document = client.get("/v1/cijfers").json()
    assert (document["maanden"], document["totEnMet"], document["verdeling"]) == ([], None, None)
