"""OGC API - Features, by the assertions of its test suites (Core, GeoJSON, CRS) and by GDAL as a client."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from hotspots.geography.cells import cells_of
from hotspots.geography.projection import Projection
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, reporters, reports

pytestmark = pytest.mark.usefixtures("three_weeks")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
RD = "http://www.opengis.net/def/crs/EPSG/0/28992"
ITEMS = "/ogc/collections/hotspots/items"


def get(client: TestClient, address: str) -> dict[str, Any]:
    """The content of an answer that is right."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def numbers(client: TestClient, query: str) -> list[str]:
    """The last digit of the numbers of the hotspots found, in order."""
    return [feature["properties"]["nummer"][-1] for feature in get(client, f"{ITEMS}{query}")["features"]]


def test_every_link_of_the_service_leads_to_what_it_says(client: TestClient) -> None:
    waiting, seen = ["http://testserver/ogc"], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["api-version"]
        content = answer.json()
        parts = [content, *content.get("collections", ()), *content.get("features", ())[:1]]
        for link in (link for part in parts for link in part.get("links", ())):
            assert link["href"].startswith("http://testserver/ogc")
            if link["rel"] != "self":
                assert client.get(link["href"]).headers["content-type"] == link["type"]
            waiting.append(link["href"])
    assert {"http://testserver/ogc/api", f"http://testserver{ITEMS}"} <= seen


def test_the_landing_page_leads_to_api_conformance_and_data(client: TestClient) -> None:
    relations = {link["rel"] for link in get(client, "/ogc")["links"]}
    assert relations == {"self", "service-desc", "conformance", "data"}
    classes = get(client, "/ogc/conformance")["conformsTo"]
    assert {uri.rsplit("/", 1)[1] for uri in classes} == {"core", "oas30", "geojson", "crs"}


def test_the_description_is_openapi_3_0_and_names_every_path(client: TestClient) -> None:
    answer = client.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    assert document["openapi"] == "3.0.3"
    assert document["servers"] == [{"url": "http://testserver/ogc"}]
    for collection in ("hotspots", "cellen", "buurten"):
        path = document["paths"][f"/collections/{collection}/items"]["get"]
        names = {parameter["$ref"].rsplit("/", 1)[1] for parameter in path["parameters"]}
        assert {"limit", "bbox", "bbox-crs", "crs"} <= names
        assert f"/collections/{collection}/items/{{featureId}}" in document["paths"]
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 1000, 100)
    box = document["components"]["parameters"]["bbox"]
    assert (box["style"], box["explode"]) == ("form", False)


def test_collections_tell_extent_and_coordinate_systems(client: TestClient) -> None:
    listed = get(client, "/ogc/collections")
    assert [collection["id"] for collection in listed["collections"]] == ["hotspots", "cellen", "buurten"]
    for collection in listed["collections"]:
        assert collection == get(client, f"/ogc/collections/{collection['id']}")
        assert collection["crs"] == [CRS84, RD]
        assert collection["storageCrs"] == CRS84
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        assert west < 5.69 < east
        assert south < 50.85 < north
        assert {link["rel"] for link in collection["links"]} >= {"items", "self"}
    times = listed["collections"][0]["extent"]["temporal"]["interval"]
    assert times == [["2023-11-19T00:00:00Z", "2023-12-03T00:00:00Z"]]


def test_features_are_paged_by_links(client: TestClient) -> None:
    first = get(client, f"{ITEMS}?limit=3&status=kandidaat")
    assert (first["numberMatched"], first["numberReturned"], len(first["features"])) == (4, 3, 3)
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    last = get(client, following)
    assert len(last["features"]) == 1
    assert "next" not in {link["rel"] for link in last["links"]}
    ids = [feature["id"] for page in (first, last) for feature in page["features"]]
    assert len(set(ids)) == 4
    assert get(client, f"{ITEMS}?offset=9")["features"] == []


def test_a_limit_above_the_highest_is_lowered(client: TestClient) -> None:
    assert get(client, f"{ITEMS}?limit=10000")["numberReturned"] == 4
    assert client.get(f"{ITEMS}?limit=0").status_code == 400
    assert client.get(f"{ITEMS}?limit=-1").status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?bbox=5.69,50.84,5.70,50.86", "1"),
        ("?bbox=5.69,50.84,0,5.70,50.86,100", "1"),
        ("?bbox=5.7203,50.8598,5.7203,50.8602", "3"),  # misses its centre, touches its edge
        ("?bbox=5.0,50.0,5.1,50.1", ""),
        ("?bbox=5.6,50.8,5.8,50.9&trend=nieuw", "24"),
        ("?soort=woning", "2"),
        ("?indicatie=veiligheid", "3"),
        ("?aard=drugs", "3"),
        ("?aard=onbekend&bbox=5.6,50.8,5.8,50.9", "14"),
        ("?peildatum=2023-11-19", "1"),
        ("?datetime=2023-11-25T00:00:00Z", "3241"),
        ("?datetime=2023-12-03", "3241"),
        ("?datetime=2023-12-04T00:00:00%2B01:00/..", ""),
        ("?datetime=../2023-09-14", "3241"),
        ("?datetime=/2023-09-01", ""),
    ],
)
def test_features_are_chosen_by_place_time_and_property(
    client: TestClient, query: str, expected: str
) -> None:
    assert sorted(numbers(client, query)) == sorted(expected)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=5.7,50.8,5.6,50.9",
        "bbox=a,b,c,d",
        "bbox=nan,0,1,1",
        "datetime=gisteren",
        "datetime=../..",
        "datetime=2023-12-31T00:00:00Z/2023-01-01T00:00:00Z",
        "crs=EPSG:28992",
        "bbox=0,0,1,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/1",
        "bbox_crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "unknown=1",
        "soort=huis",
        "aard=geluid",
        "limit=veel",
        "offset=-1",
    ],
)
def test_what_is_wrong_in_a_query_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["invalidParams"]


@pytest.mark.parametrize("address", ["/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/api"])
def test_documents_refuse_parameters_that_they_do_not_have(client: TestClient, address: str) -> None:
    assert client.get(f"{address}?x=1").status_code == 400


def test_features_are_given_in_rd_where_that_is_asked_for(client: TestClient) -> None:
    answer = client.get(f"{ITEMS}?soort=woning", params={"crs": RD, "soort": "woning"})
    assert answer.headers["content-crs"] == f"<{RD}>"
    [feature] = answer.json()["features"]
    centre = shapely.geometry.shape(feature["geometry"]).centroid
    x, y = Projection("EPSG:28992").to_metres([5.672], [50.8485])
    assert centre.x == pytest.approx(x[0], abs=0.5)
    assert centre.y == pytest.approx(y[0], abs=0.5)
    plain = client.get(ITEMS)
    assert plain.headers["content-crs"] == f"<{CRS84}>"
    one = client.get(f"{ITEMS}/{feature['id']}", params={"crs": RD})
    assert one.headers["content-crs"] == f"<{RD}>"
    assert one.json()["geometry"] == feature["geometry"]


def test_a_box_in_rd_finds_what_the_same_box_in_degrees_finds(client: TestClient) -> None:
    x, y = Projection("EPSG:28992").to_metres([5.672], [50.8485])
    box = f"{x[0] - 50},{y[0] - 50},{x[0] + 50},{y[0] + 50}"
    found = client.get(ITEMS, params={"bbox": box, "bbox-crs": RD}).json()["features"]
    assert [feature["properties"]["nummer"] for feature in found] == ["HS-2023-002"]


def test_one_feature_links_to_itself_and_its_layer(client: TestClient) -> None:
    [feature] = get(client, f"{ITEMS}?soort=woning")["features"]
    one = get(client, f"{ITEMS}/{feature['id']}")
    assert {link["rel"] for link in one["links"]} == {"self", "collection"}
    assert one["properties"] == feature["properties"]
    assert client.get(f"{ITEMS}/none").status_code == 404
    assert client.get("/ogc/collections/geheim").status_code == 404
    assert client.get("/ogc/collections/geheim/items").status_code == 404


def test_buurten_are_a_layer_too(client: TestClient) -> None:
    page = get(client, "/ogc/collections/buurten/items?limit=50")
    assert page["numberMatched"] == 44
    inside = get(client, "/ogc/collections/buurten/items?bbox=5.6914,50.8491,5.6916,50.8493")
    assert [feature["id"] for feature in inside["features"]] == ["BU09350000"]
    one = get(client, "/ogc/collections/buurten/items/BU09350000")
    assert one["properties"]["buurtnaam"] == "Binnenstad"
    assert client.get("/ogc/collections/buurten/items/BU0").status_code == 404


@pytest.mark.parametrize("collection", ["hotspots", "buurten"])
def test_outer_rings_run_counterclockwise(client: TestClient, collection: str) -> None:
    features = get(client, f"/ogc/collections/{collection}/items")["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    assert shapes
    assert all(part.exterior.is_ccw for part in shapely.get_parts(shapes))


CELLS = "/ogc/collections/cellen/items"
A_CELL, NEXT_CELL = (int(cell) for cell in cells_of([5.6915, 5.6692], [50.8492, 50.851], resolution=10))


@pytest.fixture
def with_cells(database: Database, three_weeks: object) -> None:  # writes the reports
    """Twelve reports in a cell of the centre, of three reporters, and four in a cell elsewhere."""
    with database.writing() as connection:
        connection.execute(insert(reporters), [{"hash": f"{number:064d}"} for number in range(3)])
        who = connection.execute(select(reporters.c.id)).scalars().all()
        import_id = connection.execute(select(imports.c.id).limit(1)).scalar_one()
        at = datetime(2023, 12, 1, 20, tzinfo=UTC)
        rows = [
            {
                "source": "test",
                "source_id": f"in a cell {number}",
                "category": "drugs",
                "is_counted": True,
                "reported_at": at,
                "precision": "adres",
                "known_from": at,
                "content_hash": "",
                "first_import_id": import_id,
                "last_import_id": import_id,
                "reporter_id": who[number % 3],
                "cell": A_CELL if number < 12 else NEXT_CELL,
                "buurtcode": "BU09350000" if number < 12 else "BU09350200",
            }
            for number in range(16)
        ]
        connection.execute(insert(reports), rows)


@pytest.mark.usefixtures("with_cells")
class TestCells:
    def test_a_cell_tells_its_count_unless_that_is_small(self, client: TestClient) -> None:
        page = get(client, CELLS)
        assert (page["numberMatched"], page["numberReturned"]) == (2, 2)
        found = {feature["id"]: feature["properties"] for feature in page["features"]}
        assert found == {
            f"{A_CELL:x}-BU09350000": {
                "cel": f"{A_CELL:x}",
                "buurtcode": "BU09350000",
                "aantalMeldingen": 12,
                "isVerteld": True,
                "kwartaal": None,
            },
            f"{NEXT_CELL:x}-BU09350200": {
                "cel": f"{NEXT_CELL:x}",
                "buurtcode": "BU09350200",
                "aantalMeldingen": None,
                "isVerteld": False,
                "kwartaal": None,
            },
        }
        assert {feature["geometry"]["type"] for feature in page["features"]} == {"Polygon"}

    def test_cells_are_paged_and_found_by_box_day_and_id(self, client: TestClient) -> None:
        first = get(client, f"{CELLS}?limit=1")
        following = get(client, next(link["href"] for link in first["links"] if link["rel"] == "next"))
        ids = [page["features"][0]["id"] for page in (first, following)]
        assert ids == sorted([f"{A_CELL:x}-BU09350000", f"{NEXT_CELL:x}-BU09350200"])
        in_box = get(client, f"{CELLS}?bbox=5.6914,50.8491,5.6916,50.8493")
        assert [feature["id"] for feature in in_box["features"]] == [f"{A_CELL:x}-BU09350000"]
        assert get(client, f"{CELLS}?peildatum=2020-01-01")["features"] == []
        one = get(client, f"{CELLS}/{A_CELL:x}-BU09350000?crs={RD}")
        assert one["properties"]["aantalMeldingen"] == 12
        assert 174_000 < one["geometry"]["coordinates"][0][0][0] < 181_000
        assert client.get(f"{CELLS}/{A_CELL:x}-BU09350200").status_code == 404

    def test_gdal_reads_them(self, read_by_gdal: Callable[..., gpd.GeoDataFrame]) -> None:
        found = read_by_gdal("cellen")
        assert sorted(found["aantalMeldingen"].fillna(-1)) == [-1, 12]


@pytest.mark.usefixtures("with_cells")
def test_a_gebiedsteam_gets_the_cells_of_its_own_areas(
    closed: TestClient, asking: Callable[[TestClient], Callable[..., Any]], sessions: Callable[[str], str]
) -> None:
    ask, token = asking(closed), sessions("gebiedsteam")
    assert ask(None, "GET", CELLS).status_code == 401
    found = ask(token, "GET", CELLS).json()
    assert [feature["id"] for feature in found["features"]] == [f"{A_CELL:x}-BU09350000"]
    assert found["numberMatched"] == 1
    assert ask(token, "GET", f"{CELLS}/{NEXT_CELL:x}-BU09350200").status_code == 404


@pytest.fixture
def read_by_gdal(served: str, tmp_path: Path) -> Callable[..., gpd.GeoDataFrame]:
    """A layer as GDAL reads it, in a process of its own: it waits with Python's lock held."""
    script = (
        "import json, sys, pyogrio\n"
        "source, target, layer, options = *sys.argv[1:4], json.loads(sys.argv[4])\n"
        "options |= {'bbox': tuple(options['bbox'])} if 'bbox' in options else {}\n"
        "frame = pyogrio.read_dataframe(source, layer=layer, **options)\n"
        "frame.to_file(target, layer='hotspots')"
    )
    target = tmp_path / "read.gpkg"

    def read(layer: str = "hotspots", **options: object) -> gpd.GeoDataFrame:
        target.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-c",
            script,
            f"OAPIF:{served}/ogc",
            str(target),
            layer,
            json.dumps(options),
        ]
        ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr.decode()
        return gpd.read_file(target, layer="hotspots")

    return read


def test_gdal_reads_filters_and_pages_the_layers(read_by_gdal: Callable[..., gpd.GeoDataFrame]) -> None:
    everything = read_by_gdal()
    assert sorted(everything["nummer"]) == [f"HS-2023-00{number}" for number in (1, 2, 3, 4)]
    assert everything.crs is not None
    assert everything.geometry.iloc[0].geom_type == "Polygon"
    centre = read_by_gdal(bbox=[5.69, 50.84, 5.70, 50.86])
    assert centre["nummer"].tolist() == ["HS-2023-001"]
    paged = read_by_gdal(PAGE_SIZE="1")
    assert sorted(paged["nummer"]) == sorted(everything["nummer"])
    in_rd = read_by_gdal(CRS="EPSG:28992")
    assert in_rd.crs == "EPSG:28992"
    assert in_rd.geometry.centroid.x.between(174_000, 181_000).all()
