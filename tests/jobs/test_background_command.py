"""`hotspots background`: roads and water from files and services, drawn under the hotspots."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from pytest_httpserver import HTTPServer

from hotspots.errors import BackgroundError
from hotspots.geography.background_files import read_background_file
from hotspots.geography.projection import Projection
from hotspots.publishing.background import choose_background, make_tile
from hotspots.settings import MapSettings, ReadingSettings
from hotspots.store.background import Origin, read_features
from hotspots.store.database import Database
from tests.conftest import RunCommand
from tests.feature_server import FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

RD = Projection("EPSG:28992")
LIMITS = ReadingSettings()
CENTRE = (5.69, 50.85)
AROUND = (5.6, 50.8, 5.8, 50.9)


def line(x: float, y: float, length: float = 0.002) -> shapely.LineString:
    """A line to the east from a point near the centre of Maastricht."""
    return shapely.LineString([(CENTRE[0] + x, CENTRE[1] + y), (CENTRE[0] + x + length, CENTRE[1] + y)])


def layer(**columns: Any) -> gpd.GeoDataFrame:
    shapes = columns.pop("geometry")
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


@pytest.fixture
def topography(tmp_path: Path) -> Path:
    """A GeoPackage in RD with a layer of roads, one of water, and one of points."""
    path = tmp_path / "top10nl.gpkg"
    water = shapely.box(5.688, 50.849, 5.689, 50.852)
    roads = layer(naam=["Marktlaan", None], geometry=[line(0, 0), line(0, 0.001)])
    roads.to_crs(28992).to_file(path, layer="wegdeel_hartlijn")
    layer(naam=["Maas"], geometry=[water]).to_crs(28992).to_file(path, layer="waterdeel_vlak")
    layer(naam=["x"], geometry=[shapely.Point(CENTRE)]).to_crs(28992).to_file(path, layer="plaats_punt")
    return path


@pytest.fixture
def run(run_command: RunCommand) -> Callable[..., dict[str, Any]]:
    """Run a command as ``--json`` on a database with the areas of Maastricht, and give its answer."""
    run_command("db", "upgrade")

    def command(*words: object) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(run_command("background", *words, "--json").stdout)
        return answer

    return command


def test_roads_and_water_are_drawn_until_they_are_removed(
    run: Callable[..., dict[str, Any]], topography: Path
) -> None:
    assert run("show")["kind"] == "none"
    told = run("import", topography, "--attribution", "TOP10NL, Kadaster")
    assert told == {"features": 3, "water": 1, "weg": 2, "attribution": "TOP10NL, Kadaster"}
    assert run("show") == {"kind": "features", "origin": "file", "attribution": "TOP10NL, Kadaster"}
    assert run("remove") == {"removed": "top10nl.gpkg"}
    assert run("show")["kind"] == "none"


def test_another_file_replaces_the_same_kinds_and_leaves_the_others(
    run: Callable[..., dict[str, Any]], topography: Path, tmp_path: Path
) -> None:
    run("import", topography, "--attribution", "TOP10NL")
    other = tmp_path / "nwb.geojson"
    layer(stt_naam=["Nieuwe Weg"], geometry=[line(0, 0)]).to_file(other)
    assert run("import", other, "--attribution", "NWB")["attribution"] == "TOP10NL; NWB"
    with (
        closing(Database(f"sqlite:///{tmp_path}/var/hotspots.sqlite")) as database,
        database.reading() as connection,
    ):
        found = read_features(connection, Origin.FILE, AROUND, least_m=1, limit=99)
        tile = make_tile(connection, choose_background(connection, MapSettings()), 14, 4225, 2745)
    assert sorted(zip(found.kinds, found.names, strict=True)) == [("water", "Maas"), ("weg", "Nieuwe Weg")]
    assert all(isinstance(step, int) for feature in tile["v"] for part in feature[2:] for step in part)


def test_columns_of_openstreetmap_tell_what_each_feature_is(tmp_path: Path) -> None:
    path = tmp_path / "extract.geojson"
    layer(
        name=["Dorpsstraat", "Beek", None, "Station", "Huis", "Niets"],
        highway=["residential", None, None, None, None, None],
        waterway=[None, "stream", None, None, None, None],
        natural=[None, None, "water", None, None, None],
        railway=[None, None, None, "rail", None, None],
        building=[None, None, None, None, "yes", "no"],
        geometry=[line(0, step / 1000) for step in range(6)],
    ).to_file(path)
    found = read_background_file(path, RD, AROUND, limits=LIMITS)
    assert sorted(zip(found["kind"], found["name"], strict=True)) == [
        ("gebouw", "Huis"),
        ("spoor", "Station"),
        ("water", ""),
        ("water", "Beek"),
        ("weg", "Dorpsstraat"),
    ]


def test_only_what_lies_in_the_box_is_kept_and_cut_there(tmp_path: Path) -> None:
    path = tmp_path / "wegen.geojson"
    far = shapely.LineString([(4.0, 52.0), (4.1, 52.0)])
    layer(geometry=[line(0, 0, length=1.0), far]).to_file(path)
    (shape,) = read_background_file(path, RD, AROUND, limits=LIMITS).geometry
    assert shape.bounds[2] == pytest.approx(5.8, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("iets.geojson", None, "a name that does not tell: say --kind groen|water"),
        ("x.gpkg", b"<OGRVRTDataSource/>", "XML, such as GML, KML or VRT"),
        ("wegen.geojson", b'{"type": "FeatureCollection", "features": []}', "found none"),
    ],
    ids=["what it is can't be told", "another driver", "nothing in it"],
)
def test_what_can_not_be_read_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is None:
        layer(geometry=[line(0, 0)]).to_file(path)
    else:
        path.write_bytes(content)
    with pytest.raises(BackgroundError) as refused:
        read_background_file(path, RD, AROUND, limits=LIMITS, name=path.stem)
    assert said in str(refused.value)


def test_a_collection_of_a_service_is_fetched_and_its_name_tells_the_kind(
    run: Callable[..., dict[str, Any]], httpserver: HTTPServer
) -> None:
    server = FeatureServer(httpserver)
    roads = layer(naam=["A", "B", "C"], geometry=[line(0, y / 1000) for y in range(3)])
    server.add("wegdeel", json.loads(roads.to_json())["features"])
    told = run("import", f"{server.url}/collections/wegdeel")
    assert told["weg"] == 3
    assert any("bbox" in query for _, query in server.asked)
