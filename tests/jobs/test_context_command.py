"""`hotspots context`: schools and alcohol bans from files, shown beside hotspots and never judged by."""

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
from hotspots.geography.context_files import read_context_file
from hotspots.geography.projection import Projection
from hotspots.settings import ContextSettings, ReadingSettings
from hotspots.store.context import read_context
from hotspots.store.database import Database
from tests.conftest import RunCommand
from tests.feature_server import FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

RD = Projection("EPSG:28992")
KINDS = ContextSettings().kinds
AROUND = (5.6, 50.8, 5.8, 50.9)
SCHOOL, FAR = shapely.Point(5.69, 50.85), shapely.Point(4.9, 52.37)
BAN = shapely.box(5.688, 50.849, 5.692, 50.852)


def layer(**columns: Any) -> gpd.GeoDataFrame:
    shapes = columns.pop("geometry")
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


@pytest.fixture
def run(run_command: RunCommand) -> Callable[..., dict[str, Any]]:
    """Run a command as ``--json`` on a database with the areas of Maastricht, and give its answer."""
    run_command("db", "upgrade")

    def command(*words: object) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(run_command("context", *words, "--json").stdout)
        return answer

    return command


def test_a_file_with_names_and_kinds_is_shown_until_it_is_removed(
    run: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "omgeving.gpkg"
    mixed = layer(
        Naam=["De Vlinder", None, "Elders"],
        Soort=["School", "camera", "school"],
        geometry=[SCHOOL, SCHOOL, FAR],
    )
    mixed.to_crs(28992).to_file(path, layer="punten")
    layer(naam=["Centrum"], soort=["alcoholverbod"], geometry=[BAN]).to_file(path, layer="vlakken")
    told = run("import", path, "--attribution", "Gemeente")
    assert told == {"places": 3, "alcoholverbod": 1, "camera": 1, "school": 1, "attribution": "Gemeente"}
    assert run("import", path, "--kind", "camera")["places"] == 3
    assert run("remove", "alcoholverbod") == {"removed": 1}
    assert run("show") == {
        "camera": {"places": 3, "attribution": ""},
        "school": {"places": 1, "attribution": "Gemeente"},
    }
    with (
        closing(Database(f"sqlite:///{tmp_path}/var/hotspots.sqlite")) as database,
        database.reading() as connection,
    ):
        school = read_context(connection)[-1]
    assert (school.kind, school.name) == ("school", "De Vlinder")
    assert school.geometry.equals_exact(SCHOOL, 1e-5)


def test_a_collection_of_a_service_is_fetched(
    run: Callable[..., dict[str, Any]], httpserver: HTTPServer
) -> None:
    server = FeatureServer(httpserver)
    schools = layer(naam=["A", "B"], geometry=[SCHOOL, SCHOOL])
    server.add("scholen", json.loads(schools.to_json())["features"])
    assert run("import", f"{server.url}/collections/scholen", "--kind", "school")["school"] == 2


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"naam": ["A"], "geometry": [SCHOOL]}, "found no column soort or kind: say --kind"),
        ({"soort": ["kermis"], "geometry": [SCHOOL]}, r"found 'kermis': say --kind, or add it to \[context"),
        ({"soort": ["school"], "geometry": [FAR]}, "wanted places in the municipality, found none"),
    ],
    ids=["no kind", "an unknown kind", "nothing there"],
)
def test_what_can_not_be_told_is_refused_with_what_to_do(
    tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    path = tmp_path / "iets.geojson"
    layer(**columns).to_file(path)
    with pytest.raises(BackgroundError, match=said):
        read_context_file(path, RD, AROUND, KINDS, limits=ReadingSettings())


def test_points_in_one_feature_are_places_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "camera.geojson"
    layer(naam=["C"], geometry=[shapely.MultiPoint([(5.69, 50.85), (5.7, 50.85)])]).to_file(path)
    found = read_context_file(path, RD, AROUND, KINDS, limits=ReadingSettings(), kind="camera")
    assert [shape.geom_type for shape in found.geometry] == ["Point", "Point"]


@pytest.mark.usefixtures("run")
def test_a_kind_that_is_not_there_is_refused(run_command: RunCommand) -> None:
    refused = run_command("context", "import", "x.gpkg", "--kind", "kermis", code=1)
    assert "found 'kermis': add it to [context.kinds]" in refused.stderr
    assert "(none), found 'school'" in run_command("context", "remove", "school", code=1).stderr
