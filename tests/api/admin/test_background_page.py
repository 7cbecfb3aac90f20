"""The administrator chooses what lies under the maps, and reads what leaves the house."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient

from api.main import create_app
from hotspots.access.passwords import csrf_token
from hotspots.publishing.background import tile_box
from hotspots.settings import MapSettings, Settings
from hotspots.store.background import Kind, Origin, replace_background
from hotspots.store.database import Database

pytestmark = pytest.mark.usefixtures("files_read_here")

ELSEWHERE = "https://service.pdok.nl"
ZOOM, COLUMN, ROW = 14, 4225, 2745


@pytest.fixture
def choose(client: TestClient, sessions: Callable[[str], str]) -> Callable[[str], Any]:
    """Sign in as the administrator; sends the form with this choice."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)
    fields = {"csrf": csrf_token(token)}
    return lambda name: client.post(
        "/beheer/ondergrond", data=fields | {"ondergrond": name}, follow_redirects=False
    )


@pytest.fixture
def street(database: Database) -> None:
    """A street in the middle of a tile."""
    west, south, east, north = tile_box(ZOOM, COLUMN, ROW)
    shape = shapely.LineString([(west, (south + north) / 2), (east, (south + north) / 2)])
    rows = {"kind": [Kind.STREET], "name": ["Lange </script> Straat"], "size_m": [1500.0]}
    with database.writing() as connection:
        replace_background(
            connection, Origin.REGISTER, gpd.GeoDataFrame(rows, geometry=[shape], crs="EPSG:4326")
        )


@pytest.mark.usefixtures("three_weeks", "street")
def test_a_choice_holds_for_every_map_and_only_then_another_origin_is_allowed(
    client: TestClient, choose: Callable[[str], Any]
) -> None:
    def policy() -> str:
        return client.get("/kaart").headers["content-security-policy"]

    assert "straten uit het adressenregister" in client.get("/beheer/ondergrond").text
    assert "drawBackground" in client.get("/kaart").text
    assert ELSEWHERE not in policy()
    assert choose("pdok-grijs").status_code == 303
    assert "PDOK ziet dan het internetadres" in client.get("/beheer/ondergrond").text
    assert ELSEWHERE in client.get("/kaart").text
    assert ELSEWHERE in policy()
    assert ELSEWHERE not in client.get("/uitleg").headers["content-security-policy"]
    assert choose("none").status_code == 303
    assert "drawBackground" not in client.get("/kaart").text
    assert ELSEWHERE not in policy()
    assert choose("iets anders").status_code == 409
    assert "alleen de grenzen" in client.get("/beheer/ondergrond").text


@pytest.mark.usefixtures("street")
def test_a_piece_of_the_background_is_data_and_keeps_for_a_day(
    client: TestClient, choose: Callable[[str], Any]
) -> None:
    answer = client.get(f"/achtergrond/{ZOOM}/{COLUMN}/{ROW}.json?v=1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert answer.json()["v"][0][:2] == ["straat", "Lange </script> Straat"]
    assert client.get("/achtergrond/25/0/0.json").status_code == 400
    assert client.get(f"/achtergrond/beeld/{ZOOM}/{COLUMN}/{ROW}").status_code == 404


@pytest.mark.usefixtures("three_weeks", "street")
def test_without_its_tiles_a_map_has_the_next_background_and_the_administrator_is_told(
    service_settings: Settings, sessions: Callable[[str], str]
) -> None:
    lost = service_settings.model_copy(update={"map": MapSettings(tiles="eigen.mbtiles")})
    with TestClient(create_app(lost)) as client:
        assert "drawBackground" in client.get("/kaart").text
        assert client.get(f"/achtergrond/beeld/{ZOOM}/{COLUMN}/{ROW}").status_code == 404
        client.cookies.set("hotspots_sessie", sessions("beheerder"))
        told = "eigen.mbtiles"
        assert f"(&#39;{told}&#39;) is niet te lezen" in client.get("/beheer").text
        page = client.get("/beheer/ondergrond").text
        assert f"({told}) is niet te lezen" in page
        assert "straten uit het adressenregister" in page
