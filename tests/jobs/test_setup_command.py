"""`hotspots setup`: a municipality is there whole, or not at all."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from pytest_httpserver import HTTPServer
from sqlalchemy import create_engine, inspect
from typer.testing import CliRunner
from werkzeug import Response

from hotspots.errors import HotspotsError, SettingsError
from hotspots.geocoding.register_store import load_register
from hotspots.settings import Settings
from hotspots.store.areas import areas_origin, load_areas
from hotspots.store.database import Database
from jobs.commands import setup
from tests.feature_server import Feature, FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

Run = Callable[..., Any]


def square(column: int, **properties: Any) -> Feature:
    """A buurt as PDOK has it."""
    west = 5.68 + column * 0.01
    ring = [[west, 50.84], [west + 0.01, 50.84], [west + 0.01, 50.85], [west, 50.85], [west, 50.84]]
    plain = {
        "buurtcode": f"BU000101{column:02}",
        "buurtnaam": f"Buurt {column}",
        "wijkcode": f"WK0001{column:02}",
        "gemeentecode": "GM0001",
        "gemeentenaam": "Voorbeeldstad",
        "aantal_inwoners": 1000,
        "jrstatcode": f"2024BU000101{column:02}",
    }
    return {
        "type": "Feature",
        "id": f"11111111-0000-0000-0000-{column:012}",
        "properties": plain | properties,
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
    }


def house(number: int, lon: float) -> Feature:
    """A verblijfsobject as PDOK has it."""
    return {
        "type": "Feature",
        "id": f"22222222-0000-0000-0000-{number:012}",
        "properties": {
            "huisnummer": number,
            "openbare_ruimte_naam": "Voorbeeldstraat",
            "postcode": "9999AA",
            "status": "Verblijfsobject in gebruik",
            "woonplaats_naam": "Voorbeeldstad",
        },
        "geometry": {"type": "Point", "coordinates": [lon, 50.8451]},
    }


@pytest.fixture
def cbs(httpserver: HTTPServer) -> FeatureServer:
    """Buurten and wijken of two municipalities."""
    server = FeatureServer(httpserver, "/cbs/wijken-en-buurten-2024/ogc/v1")
    other = square(7, gemeentecode="GM0002", gemeentenaam="Elders", buurtcode="BU00020107")
    server.add("buurten", [square(0), square(1), other], queryables=["gemeentecode"])
    names = [
        square(0, wijknaam="Wijk 00 Oost"),
        square(1, wijknaam="Wijk 01 West"),
        square(7, wijknaam="Elders", gemeentecode="GM0002"),
    ]
    server.add("wijken", names, queryables=["gemeentecode"])
    server.add("gemeenten", [])
    return server


@pytest.fixture
def bag(httpserver: HTTPServer) -> FeatureServer:
    """Houses, of which the last is of another municipality."""
    server = FeatureServer(httpserver, "/kadaster/bag/ogc/v2")
    server.add(
        "verblijfsobject", [house(1, 5.6811), house(2, 5.6921), house(3, 5.9)], queryables=["identificatie"]
    )
    return server


@pytest.fixture
def call(cbs: FeatureServer, bag: FeatureServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `setup` in an empty folder with services on this machine; its JSON, or its error raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTSPOTS_PDOK_AREAS", cbs.url)
    monkeypatch.setenv("HOTSPOTS_PDOK_ADDRESSES", bag.url)
    monkeypatch.setenv("HOTSPOTS_PDOK_ATTEMPTS", "1")
    app = typer.Typer()
    setup.register(app)

    def run(*arguments: str | Path, answers: str = "") -> Any:
        line = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, [*line, "--json"], input=answers)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])  # what is typed comes before it

    return run


def stored(url: str) -> tuple[list[tuple[str, str]], list[int]]:
    """Buurten with the name of their wijk, and house numbers."""
    database = Database(url)
    try:
        with database.reading() as connection:
            areas = load_areas(connection, {})
            numbers = load_register(connection, Settings()).table["house_number"].tolist()
    finally:
        database.close()
    return list(zip(areas["buurtcode"], areas["wijknaam"], strict=True)), numbers


TOWN = [("BU00010100", "Wijk 00 Oost"), ("BU00010101", "Wijk 01 West")]


def test_a_municipality_is_set_up_from_the_services(call: Run, cbs: FeatureServer) -> None:
    done = call("gm0001", "--yes")
    assert (done["name"], done["areas"], done["wijken"], done["addresses"]) == ("Voorbeeldstad", 2, 2, 2)
    written = tomllib.loads(Path("config/hotspots.toml").read_text())
    assert written == {
        "municipality": {"name": "Voorbeeldstad", "code": "GM0001"},
        "database": {"url": "sqlite:///var/hotspots.sqlite"},
        "jobs": {"inbox_source": "melddesk"},
    }
    assert stored("sqlite:///var/hotspots.sqlite") == (TOWN, [1, 2])
    asked = [query for path, query in cbs.asked if path.endswith("/items")]
    assert all(query["gemeentecode"] == "GM0001" for query in asked)
    database = Database("sqlite:///var/hotspots.sqlite")
    with database.reading() as connection:
        origin = areas_origin(connection)
    database.close()
    assert origin is not None
    assert origin[0] == cbs.url


def test_what_it_can_not_know_is_asked(call: Run) -> None:
    call("GM0001", answers="sqlite:///mine.sqlite\nsignalen\n")
    written = tomllib.loads(Path("config/hotspots.toml").read_text())
    assert written["database"] == {"url": "sqlite:///mine.sqlite"}
    assert written["jobs"] == {"inbox_source": "signalen"}
    assert stored("sqlite:///mine.sqlite")[1] == [1, 2]


def test_files_do_in_the_place_of_services(call: Run, cbs: FeatureServer, bag: FeatureServer) -> None:
    Path("buurten.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [square(0), square(1)]})
    )
    Path("adressen.csv").write_text("straat,huisnummer,lon,lat\nVoorbeeldstraat,5,5.6812,50.8451\n")
    done = call("GM0001", "--yes", "--areas", "buurten.geojson", "--addresses", "adressen.csv")
    assert (done["areas"], done["addresses"]) == (2, 1)
    assert cbs.asked == bag.asked == []


def test_a_settings_file_that_is_there_is_kept(call: Run) -> None:
    Path("mine.toml").write_text("# mine\n")
    with pytest.raises(SettingsError, match=r"'mine\.toml' is there: name another file with --output"):
        call("GM0001", "--yes", "--output", "mine.toml")
    assert Path("mine.toml").read_text() == "# mine\n"
    assert not Path("var").exists()
    call("GM0001", "--yes", "--output", "mine.toml", "--overwrite")
    assert Path("mine.toml.old").read_text() == "# mine\n"


@pytest.mark.parametrize("fails", ["areas", "addresses"])
def test_when_a_service_fails_nothing_is_stored_or_written(
    call: Run, cbs: FeatureServer, bag: FeatureServer, fails: str
) -> None:
    (cbs if fails == "areas" else bag).fail(Response("down", status=503))
    with pytest.raises(HotspotsError) as caught:
        call("GM0001", "--yes")
    message = str(caught.value)
    assert message.startswith(f"{fails}: ")
    assert "found status 503" in message
    assert f"say --{fails} FILE" in message
    assert "\n" not in message
    assert list(Path().iterdir()) == []


def test_a_code_that_no_area_has_is_told(call: Run) -> None:
    with pytest.raises(HotspotsError, match="wanted areas of municipality 'GM9999', found none"):
        call("GM9999", "--yes")
    assert list(Path().iterdir()) == []


def test_what_would_harm_a_database_in_use_is_refused_whole(call: Run, bag: FeatureServer) -> None:
    call("GM0001", "--yes")
    bag.add("standplaats", [])
    Path("elders.csv").write_text("straat,huisnummer,woonplaats,lon,lat\nStraat,5,Elders,5.6812,50.8451\n")
    with pytest.raises(
        SettingsError, match=r"all addresses of Voorbeeldstad would be gone\. Nothing is stored"
    ):
        call("GM0001", "--yes", "--overwrite", "--addresses", "elders.csv")
    assert stored("sqlite:///var/hotspots.sqlite") == (TOWN, [1, 2])
    assert not Path("config/hotspots.toml.old").exists()


def test_the_settings_file_is_for_its_owner_only(call: Run) -> None:
    call("GM0001", "--yes")
    assert Path("config/hotspots.toml").stat().st_mode & 0o077 == 0


def test_the_database_is_complete(call: Run) -> None:
    call("GM0001", "--yes")
    engine = create_engine("sqlite:///var/hotspots.sqlite")
    assert {"areas", "addresses", "reports"} <= set(inspect(engine).get_table_names())
    engine.dispose()
