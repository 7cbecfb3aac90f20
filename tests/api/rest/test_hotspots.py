"""`/v1/hotspots`: the contract of fields, paging, filters, peildatum and GeoJSON."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

CONTRACT = [
    "id",
    "nummer",
    "status",
    "soort",
    "indicatie",
    "trend",
    "eersteMelding",
    "laatsteMelding",
    "eersteSignalering",
    "laatsteSignalering",
    "aantalMeldingen",
    "aantalDagen",
    "aantalWeken",
    "aantalMelders",
    "duurDagen",
    "verwacht",
    "pWaarde",
    "herhalingsinterval",
    "score",
    "naam",
    "aandeelDrugs",
    "lon",
    "lat",
    "buurtcode",
    "buurtnaam",
    "gebied",
    "redenen",
    "aard",
    "subcategorieen",
    "aangedragenDoor",
    "soortOordeel",
    "soortZekerheid",
    "steekproef",
]


def numbers(client: TestClient, query: str = "") -> list[str]:
    """The numbers of the hotspots on the first page."""
    answer = client.get(f"/v1/hotspots{query}")
    assert answer.status_code == 200, answer.text
    return [hotspot["nummer"] for hotspot in answer.json()["hotspots"]]


RD = "http://www.opengis.net/def/crs/EPSG/0/28992"


@pytest.mark.usefixtures("three_weeks")
def test_places_are_given_and_asked_in_metres(client: TestClient) -> None:
    headers = {"Accept": "application/geo+json"}
    degrees = client.get("/v1/hotspots", headers=headers)
    assert degrees.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    metres = client.get(f"/v1/hotspots?crs={RD}", headers=headers)
    assert metres.headers["content-crs"] == f"<{RD}>"
    shapes = {
        row["properties"]["nummer"]: row["geometry"]["coordinates"] for row in metres.json()["features"]
    }
    x, y = shapes["HS-2023-001"][0][0]
    assert (round(x, -3), round(y, -3)) == (176_000, 318_000)  # the centre of Maastricht in RD
    one = client.get(f"/v1/hotspots/HS-2023-001?crs={RD}", headers=headers)
    assert one.json()["geometry"]["coordinates"] == shapes["HS-2023-001"]
    box = f"{x - 100:.0f},{y - 100:.0f},{x + 100:.0f},{y + 100:.0f}"
    found = client.get(f"/v1/hotspots?bbox={box}&bboxCrs={RD}&fields=nummer").json()
    assert found["hotspots"] == [{"nummer": "HS-2023-001"}]
    assert found["totaalAantal"] == 1
    nowhere = client.get(f"/v1/hotspots?bbox=1e8,1e8,1.1e8,1.1e8&bboxCrs={RD}")
    assert nowhere.json()["totaalAantal"] == 0
    buurten = client.get(f"/v1/buurten?crs={RD}&paginaGrootte=1", headers=headers).json()
    assert buurten["features"][0]["geometry"]["coordinates"][0][0][0] > 100_000


@pytest.mark.parametrize(
    ("query", "name"),
    [
        pytest.param("crs=EPSG:28992", "crs", id="a code is no address of a system"),
        pytest.param("bboxCrs=http://www.opengis.net/def/crs/EPSG/0/3857", "bboxCrs", id="not offered"),
        pytest.param(f"bboxCrs={RD}&bbox=2,1,1,2", "bbox", id="not the lowest corner first"),
        pytest.param("bbox=176000,317000,177000,318000", "bbox", id="metres without saying so"),
    ],
)
def test_other_coordinates_are_refused(client: TestClient, query: str, name: str) -> None:
    answer = client.get(f"/v1/hotspots?{query}")
    assert answer.status_code == 400
    assert [problem["naam"] for problem in answer.json()["invalidParams"]] == [name]


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_has_the_fields_of_the_contract_in_order(client: TestClient) -> None:
    listed = client.get("/v1/hotspots").json()["hotspots"][0]
    assert list(listed) == CONTRACT
    assert listed["nummer"] == "HS-2023-003"
    assert listed["eersteMelding"] == "2023-09-15"  # 23:30 UTC on the 14th is the 15th in Maastricht
    assert listed["redenen"] == ["12 meldingen op 9 dagen.", "Gemeld door 5 melders."]
    assert (listed["aantalMeldingen"], listed["score"], listed["pWaarde"]) == (30, 8.25, 0.0004)


@pytest.mark.usefixtures("three_weeks")
def test_one_hotspot_is_found_by_its_number_and_its_id(client: TestClient) -> None:
    listed = client.get("/v1/hotspots").json()["hotspots"][1]
    for key in (listed["id"], listed["nummer"]):
        found = client.get(f"/v1/hotspots/{key}").json()
        links = found.pop("_links")
        assert links["self"] == {"href": f"/v1/hotspots/{key}"}
        assert links["weken"] == {"href": f"/v1/hotspots/{key}/weken"}
        assert found == listed
    assert listed["aantalMelders"] is None
    assert listed["verwacht"] is None


@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["003", "002", "004", "001"]),
        ("?soort=woning", ["002"]),
        ("?soort=woning&soort=gebied", ["003", "002", "004", "001"]),
        ("?indicatie=veiligheid", ["003"]),
        ("?aard=drugs", ["003"]),
        ("?aard=personen&aard=onbekend", ["002", "004", "001"]),
        ("?aard=gemengd", []),
        ("?trend=nieuw", ["002", "004"]),
        ("?trend=stil&soort=woning", []),
        ("?status=kandidaat", ["003", "002", "004", "001"]),
        ("?status=in+verificatie", []),
        ("?buurt=BU09350000", ["001"]),
        ("?gebied=Wijk+00+Centrum", ["001"]),
        ("?gebied=Nergens", []),
        ("?bbox=5.67,50.84,5.70,50.85", ["002", "001"]),
        ("?bbox=5.72,50.86,5.72,50.86", ["003"]),
        ("?bbox=5.0,50.0,5.1,50.1", []),
        ("?peildatum=2023-12-02", ["003", "001", "002"]),
        ("?peildatum=2023-11-25", ["001"]),
        ("?peildatum=2023-11-18", []),
        ("?peildatum=2023-11-26&trend=toenemend", ["003"]),
    ],
)
def test_filters_restrict_what_is_listed(client: TestClient, query: str, expected: list[str]) -> None:
    assert numbers(client, query) == [f"HS-2023-{number}" for number in expected]


@pytest.mark.usefixtures("three_weeks")
def test_a_hotspot_tells_what_its_reports_are_about_and_that_it_is_unknown(client: TestClient) -> None:
    told = {
        hotspot["nummer"][-3:]: [hotspot[name] for name in ("aandeelDrugs", "aard", "subcategorieen")]
        for hotspot in client.get("/v1/hotspots").json()["hotspots"]
    }
    assert told == {
        "001": [None, "onbekend", []],
        "002": [pytest.approx(1 / 9), "personen", []],
        "003": [0.7, "drugs", ["dealen", "gebruik"]],
        "004": [None, "onbekend", []],
    }


def test_a_word_for_nuisance_that_is_not_known_is_refused_with_those_that_are(client: TestClient) -> None:
    refused = client.get("/v1/hotspots?aard=geluid")
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert "drugs, personen, gemengd, onbekend" in refused.text.replace("'", "").replace(" of ", ", ")


def test_who_may_not_see_reports_is_told_of_no_few_reports_what_they_are_about(
    client: TestClient, fill: Any, seen: type[Any], sessions: Callable[[str], str]
) -> None:
    one, many = (seen(key, count=12, drugs_share=share) for key, share in ((1, 1 / 12), (2, 7 / 12)))
    fill.run(date(2023, 12, 3), [one, many, seen(3, count=12, drugs_share=4 / 12)])
    client.cookies.set("hotspots_sessie", sessions("lezer"))
    listed = client.get("/v1/hotspots?sort=nummer").json()["hotspots"]
    assert [(hotspot["aandeelDrugs"], hotspot["aard"]) for hotspot in listed] == [
        (0, "personen"),
        (0.5, "gemengd"),
        (None, "onbekend"),
    ]
    assert len(numbers(client, "?aard=gemengd")) == 1


@pytest.mark.usefixtures("three_weeks")
def test_the_past_is_shown_as_it_was_known_then(client: TestClient) -> None:
    then = client.get("/v1/hotspots/HS-2023-001?peildatum=2023-11-26").json()
    now = client.get("/v1/hotspots/HS-2023-001").json()
    assert (then["trend"], now["trend"]) == ("aanhoudend", "stil")
    assert now["redenen"][0] == "Sinds 26-11-2023 niet meer."
    assert client.get("/v1/hotspots/HS-2023-002?peildatum=2023-11-19").status_code == 404


@pytest.mark.usefixtures("three_weeks")
def test_pages_link_to_each_other_and_add_up_to_the_total(client: TestClient) -> None:
    first = client.get("/v1/hotspots?paginaGrootte=3&soort=woning&soort=gebied")
    page = first.json()
    assert (page["pagina"], page["paginaGrootte"]) == (1, 3)
    assert (page["totaalAantal"], page["totaalPaginas"]) == (4, 2)
    assert set(page["_links"]) == {"self", "first", "next", "last"}
    href = page["_links"]["next"]["href"]
    assert href == "/v1/hotspots?paginaGrootte=3&soort=woning&soort=gebied&pagina=2"
    assert f'<{href}>; rel="next"' in first.headers["link"]
    last = client.get(href).json()
    assert set(last["_links"]) == {"self", "first", "prev", "last"}
    listed = [hotspot["nummer"] for part in (page, last) for hotspot in part["hotspots"]]
    assert listed == ["HS-2023-003", "HS-2023-002", "HS-2023-004", "HS-2023-001"]


@pytest.mark.usefixtures("three_weeks")
def test_a_page_beyond_the_last_is_empty_and_leads_back(client: TestClient) -> None:
    page = client.get("/v1/hotspots?pagina=9&paginaGrootte=2").json()
    assert page["hotspots"] == []
    assert page["_links"]["prev"]["href"] == "/v1/hotspots?paginaGrootte=2&pagina=2"


def test_before_the_first_run_the_list_is_empty(client: TestClient) -> None:
    page = client.get("/v1/hotspots").json()
    assert (page["hotspots"], page["totaalAantal"], page["totaalPaginas"]) == ([], 0, 1)


@pytest.mark.usefixtures("three_weeks")
def test_geojson_is_given_where_it_is_asked_for(client: TestClient) -> None:
    answer = client.get("/v1/hotspots?paginaGrootte=2", headers={"Accept": "application/geo+json"})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    collection: dict[str, Any] = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert (collection["numberMatched"], collection["numberReturned"]) == (4, 2)
    feature = collection["features"][0]
    assert list(feature["properties"]) == CONTRACT
    assert feature["id"] == feature["properties"]["id"]
    shape = shapely.geometry.shape(feature["geometry"])
    assert shape.geom_type == "Polygon"
    assert shape.contains(shapely.Point(5.72, 50.86))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/geo+json, application/json;q=0.9", "application/geo+json"),
        ("application/geo+json;q=0.2, application/json", "application/json"),
        ("text/html, application/json;q=0, */*;q=0.1", "application/geo+json"),
        ("application/geo+json;q=nan, application/json;q=0.1", "application/json"),
        ("application/geo+json;q=9, application/json;q=0.001", "application/json"),
        ("text/html", "application/problem+json"),
    ],
)
def test_the_preferred_format_is_given(client: TestClient, accept: str, expected: str) -> None:
    for path in ("/v1/hotspots", "/v1/hotspots/HS-2023-001"):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"] == expected
        assert answer.status_code == (406 if "problem" in expected else 200)
