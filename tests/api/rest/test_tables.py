"""Every collection as CSV, for Excel and Power BI: the same members, and all unless a page is asked for."""

import io
import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.main import create_app
from hotspots.access.rights import Right, Role
from hotspots.settings import Settings
from hotspots.settings.sections import ExportSettings
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

AS_CSV = {"Accept": "text/csv"}
PLACE = "/v1/hotspots/HS-2023-001"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a client sees no difference."""
    return sqlite_url


def table(answer: Any, **options: Any) -> pd.DataFrame:
    """An answer as people open it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    content = io.BytesIO(answer.content)
    frame: pd.DataFrame = pd.read_csv(content, sep=";", encoding="utf-8-sig", **options)
    return frame


def collections(client: TestClient, duiding: str) -> list[str]:
    """The paths of every paged collection in the description, about one hotspot and one duiding."""
    document = client.get("/v1/openapi.json").json()
    return [
        f"/v1{path.replace('{id}', duiding if path.startswith('/duidingen') else 'HS-2023-001')}"
        for path, operations in document["paths"].items()
        if any(parameter["name"] == "pagina" for parameter in operations.get("get", {}).get("parameters", []))
    ]


def test_every_collection_has_a_table_with_its_members_and_refuses_what_it_is_not(
    client: TestClient,
    asking: Callable[[TestClient], Callable[..., Any]],
    sessions: Callable[[str], str],
    five_places: Any,  # writes the hotspots
) -> None:
    ask = asking(client)
    tokens = [sessions(role) for role in (Role.OOV, Role.BEHEERDER, Role.PRIVACY)]
    comment = {"tekst": "Wie belt?"}
    assert ask(tokens[0], "POST", f"{PLACE}/opmerkingen", comment).status_code == 201
    written = {"tekst": "Kermis.", "van": "2023-04-01", "tot": "2023-06-30", "delen": "gebiedsteam"}
    duiding = ask(tokens[0], "POST", "/v1/duidingen", written).json()["id"]
    found = collections(client, duiding)
    assert len(found) >= 16
    for path in found:
        token = next(each for each in tokens if ask(each, "GET", path).status_code == 200)
        members = next(rows for rows in ask(token, "GET", path).json().values() if isinstance(rows, list))
        frame = table(ask(token, "GET", path, None, AS_CSV))
        if path.endswith("/inzage"):  # has those of these readings
            assert len(frame) >= len(members)
        else:
            assert len(frame) == len(members), path
        if members:
            plain = {
                name for name, value in members[0].items() if name[0] != "_" and not isinstance(value, dict)
            }
            assert plain <= set(frame.columns), path
        refused = ask(token, "GET", path, None, {"Accept": "application/pdf"})
        assert (refused.status_code, refused.headers["content-type"]) == (406, "application/problem+json")


@pytest.mark.usefixtures("three_weeks")
def test_without_a_page_all_come_and_with_one_it_comes_with_its_links(client: TestClient) -> None:
    path = "/v1/hotspots?sort=nummer"
    everyone = table(client.get(path, headers=AS_CSV))
    assert [*everyone["nummer"]] == [f"HS-2023-00{key}" for key in (1, 2, 3, 4)]
    one = client.get(f"{path}&paginaGrootte=1&pagina=2", headers=AS_CSV)
    assert [*table(one)["nummer"]] == ["HS-2023-002"]
    assert re.search(r'pagina=3[^>]*>; rel="next"', one.headers["link"])
    assert len(table(client.get(f"{path}&pagina=9", headers=AS_CSV))) == 0
    assert [*table(client.get(f"{path}&fields=nummer,lon", headers=AS_CSV)).columns] == ["nummer", "lon"]


@pytest.mark.usefixtures("three_weeks")
def test_more_members_than_are_read_at_a_time_come_in_order(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.http.tables.READ_AT_ONCE", 3)
    assert [*table(client.get("/v1/hotspots?sort=-nummer", headers=AS_CSV))["nummer"]] == [
        f"HS-2023-00{key}" for key in (4, 3, 2, 1)
    ]
    codes = table(client.get("/v1/buurten", headers=AS_CSV))["buurtcode"]
    assert (len(codes), codes.is_unique) == (44, True)


@pytest.mark.usefixtures("three_weeks")
def test_what_lies_within_a_field_has_a_column_of_its_own(client: TestClient) -> None:
    trends = table(client.get("/v1/trends", headers=AS_CSV))
    assert trends.loc[0, "aantalPerTrend.toenemend"] == 1
    assert "_links" not in table(client.get("/v1/rondes", headers=AS_CSV)).columns
    buurten = table(client.get("/v1/gebieden", headers=AS_CSV))["buurten"]
    assert buurten.str.contains(" | ", regex=False).any()


def test_a_list_without_pages_has_a_table_too(
    client: TestClient,
    asking: Callable[[TestClient], Callable[..., Any]],
    sessions: Callable[[str], str],
    database: Database,
    three_weeks: Any,  # writes the hotspots
) -> None:
    ask, token = asking(client), sessions(Role.OOV)
    assert ask(token, "POST", "/v1/volgen", {"soort": "plek", "hotspot": "HS-2023-001"}).status_code == 201
    for path, name in {
        f"{PLACE}/weken": "weken",
        f"{PLACE}/herkomst": "herkomst",
        f"{PLACE}/punten": "punten",
        f"{PLACE}/teksten": "teksten",
        "/v1/adressen/onduidelijk": "adressen",
        "/v1/volgen": "volgen",
        "/v1/volgen/veranderingen": "veranderingen",
    }.items():
        as_json, as_csv = (ask(token, "GET", path, None, accept) for accept in ({}, AS_CSV))
        members = as_json.json()[name]
        frame = table(as_csv)
        assert len(frame) == len(members), path
        assert set(frame.columns) >= set().union(*members), path
        assert {each.headers["vary"].split(",")[0] for each in (as_csv, as_json)} == {"Accept"}
        assert ask(token, "GET", path, None, {"Accept": "application/pdf"}).status_code == 406
    with database.reading() as connection:
        logged = connection.execute(select(access_log.c.right_used, access_log.c.taken_as)).all()
    read = (Right.READ_EXACT_POINTS, Right.READ_TEXTS, Right.REVIEW_ADDRESSES)
    assert set(logged) == {(right, kind) for right in read for kind in (None, "csv")}
    assert len(logged) == 6  # what was refused was not read


@pytest.mark.usefixtures("three_weeks")
def test_what_is_no_list_is_refused_to_who_accepts_no_json(client: TestClient) -> None:
    for path in ("/v1/signalering", "/v1/cijfers", f"{PLACE}/onderbouwing"):
        refused = client.get(path, headers=AS_CSV)
        assert (refused.status_code, refused.json()["detail"]) == (
            406,
            "Dit bestaat alleen als application/json.",
        )
        assert client.get(path, headers={"Accept": "text/html, */*;q=0.8"}).status_code == 200


@pytest.mark.usefixtures("three_weeks")
def test_who_has_it_gets_a_short_answer_and_head_the_same_headers(client: TestClient) -> None:
    first = client.get("/v1/hotspots", headers=AS_CSV)
    again = client.get("/v1/hotspots", headers=AS_CSV | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    as_json = client.get("/v1/hotspots")
    assert (first.headers["vary"], as_json.headers["etag"]) != ("", first.headers["etag"])
    head = client.head("/v1/hotspots", headers=AS_CSV)
    assert (head.status_code, head.content) == (200, b"")
    assert {"etag", "content-disposition", "content-type"} <= set(head.headers)
    assert set(head.headers) == set(first.headers)


@pytest.mark.usefixtures("three_weeks")
def test_no_text_is_a_formula_and_fractions_have_the_sign_of_the_settings(
    database: Database, service_settings: Settings
) -> None:
    with database.writing() as connection:
        connection.execute(update(hotspots).values(given_name="=1+1", is_general_name=True))
    dutch = service_settings.model_copy(update={"export": ExportSettings(decimal_sign=",")})
    with TestClient(create_app(dutch)) as client:
        frame = table(client.get("/v1/hotspots", headers=AS_CSV), decimal=",")
    assert set(frame["naam"]) == {"'=1+1"}
    assert frame["lon"].dtype == "float64"


def test_the_description_tells_of_every_table(service_settings: Settings) -> None:
    with TestClient(create_app(service_settings)) as client:
        document = client.get("/v1/openapi.json").json()
    paged = [
        operation["get"]["responses"]["200"]["content"]
        for operation in document["paths"].values()
        if any(parameter["name"] == "pagina" for parameter in operation.get("get", {}).get("parameters", []))
    ]
    assert all("text/csv" in content for content in paged)
    example = document["paths"]["/hotspots"]["get"]["responses"]["200"]["content"]["text/csv"]["example"]
    assert example.startswith("id;nummer;status;")
