"""What goes with hotspots under `/v1`: fields, order, evidence, weeks, lineage, areas, runs, tags."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from hotspots.tracking.hotspot import PROPERTY_NAMES

pytestmark = pytest.mark.usefixtures("three_weeks")
GEOJSON = {"Accept": "application/geo+json"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


def get(client: TestClient, address: str, **options: Any) -> dict[str, Any]:
    """The content of an answer that is right."""
    answer = client.get(address, **options)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_only_the_wanted_fields_are_given(client: TestClient) -> None:
    listed = get(client, "/v1/hotspots?fields=trend,nummer")["hotspots"]
    assert listed[0] == {"nummer": "HS-2023-003", "trend": "toenemend"}
    one = get(client, "/v1/hotspots/HS-2023-001?fields=score")
    assert one.keys() == {"score", "_links"}
    feature = get(client, "/v1/hotspots?fields=nummer", headers=GEOJSON)["features"][0]
    assert feature["properties"] == {"nummer": "HS-2023-003"}
    assert feature["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    "crs", ["", "?crs=http://www.opengis.net/def/crs/EPSG/0/28992"], ids=["lon/lat", "RD"]
)
@pytest.mark.parametrize("collection", ["hotspots", "buurten"])
def test_outer_rings_run_counterclockwise(client: TestClient, collection: str, crs: str) -> None:
    features = get(client, f"/v1/{collection}{crs}", headers=GEOJSON)["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    assert shapes
    assert all(part.exterior.is_ccw for part in shapely.get_parts(shapes))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("nummer", ["001", "002", "003", "004"]),
        ("-nummer", ["004", "003", "002", "001"]),
        ("aantalMeldingen,-nummer", ["002", "004", "001", "003"]),
        ("-aantalMeldingen,nummer", ["003", "001", "004", "002"]),
        ("-score", ["003", "001", "002", "004"]),
    ],
)
def test_hotspots_are_sorted_as_asked_also_over_pages(
    client: TestClient, sort: str, expected: list[str]
) -> None:
    found: list[str] = []
    for page in (1, 2):
        query = f"sort={sort}&paginaGrootte=2&pagina={page}&status=kandidaat"
        found += [hotspot["nummer"][-3:] for hotspot in get(client, f"/v1/hotspots?{query}")["hotspots"]]
    assert found == expected
    listed = get(client, f"/v1/hotspots?sort={sort}")["hotspots"]
    assert [hotspot["nummer"][-3:] for hotspot in listed] == expected


@pytest.mark.parametrize(
    "query", ["fields=adres", "fields=", "sort=buurtnaam", "sort=-", "sort=nummer,", "sort="]
)
def test_unknown_fields_are_refused_with_those_that_exist(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/hotspots?{query}")
    assert answer.status_code == 400
    [problem] = answer.json()["invalidParams"]
    assert problem["naam"] == query.partition("=")[0]
    assert "nummer" in problem["reden"]


def test_an_answer_that_is_known_already_is_not_sent_again(client: TestClient) -> None:
    for address in ("/v1/hotspots", "/v1/hotspots/HS-2023-001", "/v1/buurten", "/v1/rondes"):
        first = client.get(address)
        tag = first.headers["etag"]
        again = client.get(address, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["api-version"]
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    as_geojson = client.get("/v1/hotspots", headers=GEOJSON)
    assert as_geojson.headers["etag"] != client.get("/v1/hotspots").headers["etag"]
    changed = client.get("/v1/hotspots?peildatum=2023-11-26")
    assert changed.headers["etag"] != client.get("/v1/hotspots").headers["etag"]


def test_evidence_gives_the_reasons_and_the_figures(client: TestClient) -> None:
    evidence = get(client, "/v1/hotspots/HS-2023-003/onderbouwing")
    assert evidence == {
        "nummer": "HS-2023-003",
        "redenen": ["12 meldingen op 9 dagen.", "Gemeld door 5 melders."],
        "cijfers": {"meldingen": 30},
    }
    earlier = get(client, "/v1/hotspots/HS-2023-001/onderbouwing?peildatum=2023-11-19")
    assert earlier["redenen"][0] == "12 meldingen op 9 dagen."


def test_weeks_have_no_gaps(client: TestClient) -> None:
    weeks = get(client, "/v1/hotspots/HS-2023-001/weken?peildatum=2023-11-19")["weken"]
    assert weeks == [
        {"week": "2023-W44", "maandag": "2023-10-30", "aantalMeldingen": 2},
        {"week": "2023-W45", "maandag": "2023-11-06", "aantalMeldingen": 0},
        {"week": "2023-W46", "maandag": "2023-11-13", "aantalMeldingen": 1},
    ]
    assert get(client, "/v1/hotspots/HS-2023-002/weken")["weken"] == []


def test_lineage_is_told_from_both_sides(client: TestClient) -> None:
    line = {"soort": "splitsing", "van": "HS-2023-003", "naar": "HS-2023-004", "peildatum": "2023-12-03"}
    for number in ("HS-2023-003", "HS-2023-004"):
        assert get(client, f"/v1/hotspots/{number}/herkomst")["herkomst"] == [line]
    assert get(client, "/v1/hotspots/HS-2023-001/herkomst")["herkomst"] == []


@pytest.mark.parametrize("part", ["", "/onderbouwing", "/weken", "/herkomst"])
def test_parts_of_a_hotspot_that_does_not_exist_are_not_found(client: TestClient, part: str) -> None:
    assert client.get(f"/v1/hotspots/HS-1999-001{part}").status_code == 404


def test_links_of_a_hotspot_lead_to_its_parts(client: TestClient) -> None:
    for link in get(client, "/v1/hotspots/HS-2023-001")["_links"].values():
        assert get(client, link["href"])["nummer"] == "HS-2023-001"


def test_buurten_are_paged_and_have_their_gebied(
    client: TestClient, buurt_name: Callable[[str], str]
) -> None:
    page = get(client, "/v1/buurten?paginaGrootte=20")
    assert (page["totaalAantal"], page["totaalPaginas"], len(page["buurten"])) == (44, 3, 20)
    assert page["buurten"][0] == {
        "buurtcode": "BU09350000",
        "buurtnaam": buurt_name("BU09350000"),
        "wijkcode": "WK093500",
        "wijknaam": "Wijk 00 Centrum",
        "gebied": "Wijk 00 Centrum",
        "inwoners": 2325,
        "bijBenadering": False,
    }
    last = get(client, "/v1/buurten?paginaGrootte=20&pagina=3")
    assert len(last["buurten"]) == 4
    collection = get(client, "/v1/buurten?paginaGrootte=1", headers=GEOJSON)
    shape = shapely.geometry.shape(collection["features"][0]["geometry"])
    assert shape.contains(shapely.Point(5.6915, 50.8492))
    assert collection["numberMatched"] == 44


def test_gebieden_hold_every_buurt_once(client: TestClient) -> None:
    gebieden = get(client, "/v1/gebieden")["gebieden"]
    codes = [code for gebied in gebieden for code in gebied["buurten"]]
    assert len(codes) == len(set(codes)) == 44
    assert gebieden[0]["naam"] == "Wijk 00 Centrum"
    assert gebieden[0]["inwoners"] > 2325


def test_runs_are_listed_latest_first_in_utc(client: TestClient) -> None:
    page = get(client, "/v1/rondes?paginaGrootte=2")
    assert [run["peildatum"] for run in page["rondes"]] == ["2023-12-03", "2023-11-26"]
    assert page["totaalAantal"] == 3
    one = get(client, "/v1/rondes/2023-11-19")
    assert one["vensterTot"] == "2023-11-20T00:00:00Z"
    assert one["aantalGesignaleerd"] == 1
    hotspots = get(client, one["_links"]["hotspots"]["href"])["hotspots"]
    assert [hotspot["nummer"] for hotspot in hotspots] == ["HS-2023-001"]
    assert client.get("/v1/rondes/2023-11-20").status_code == 404
    assert client.get("/v1/rondes/zondag").status_code == 400


def test_all_fields_can_be_asked_for_by_name(client: TestClient) -> None:
    listed = get(client, f"/v1/hotspots?fields={','.join(reversed(PROPERTY_NAMES))}")["hotspots"]
    assert tuple(listed[0]) == PROPERTY_NAMES
