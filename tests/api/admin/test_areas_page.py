"""`/beheer/gebieden` and `/beheer/adresbestand`: changes are seen first, and asked for."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer

from api.admin import address_register
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.passwords import csrf_token
from hotspots.geocoding.register_store import count_addresses
from hotspots.operations.register_imports import Asked, do_register_import
from hotspots.settings import PdokSettings, ServiceSettings, Settings
from hotspots.store.areas import areas_origin, load_areas, note_areas
from hotspots.store.database import Database
from tests.feature_server import FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

HTML = {"Accept": "text/html"}
Post = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def pdok(httpserver: HTTPServer) -> FeatureServer:
    """A service that answers as PDOK does, with the addresses of one street."""
    return FeatureServer(httpserver)


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path, pdok: FeatureServer) -> Settings:
    """Uploads of at most a megabyte, in the test's own folder; PDOK on this machine."""
    own = ServiceSettings(uploads=tmp_path / "uploads", max_upload_mb=1)
    here = PdokSettings(areas=pdok.url, addresses=pdok.url, attempts=1)
    return service_settings.model_copy(update={"service": own, "pdok": here})


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, fields: dict[str, Any] | None = None, file: tuple[str, bytes] | None = None) -> Any:
        data = {"csrf": csrf_token(token)} | (fields or {})
        files = None if file is None else {"bestand": file}
        return client.post(path, data=data, files=files, headers=HTML, follow_redirects=False)

    return send


def borders(database: Database, *, without: int = 0, named: str = "") -> list[dict[str, Any]]:
    """The stored buurten as features, without the first ones, and the last one named otherwise."""
    with database.reading() as connection:
        areas = load_areas(connection, {})
    features = [
        {
            "type": "Feature",
            "properties": {
                name: row[name] for name in ("buurtcode", "buurtnaam", "wijkcode", "gemeentecode")
            },
            "geometry": json.loads(shapely.to_geojson(row["geometry"])),
        }
        for row in areas.to_dict("records")[without:]
    ]
    if named:
        features[-1]["properties"]["buurtnaam"] = named
    return features


def as_file(features: list[dict[str, Any]]) -> tuple[str, bytes]:
    return ("../grens.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())


class TestBorders:
    FILE = "/beheer/gebieden/bestand"

    def test_they_are_seen_first_and_count_only_when_that_is_asked(
        self, client: TestClient, post: Post, database: Database, service_settings: Settings
    ) -> None:
        sent = post(self.FILE, file=as_file(borders(database, without=1, named="Nieuwe Heeg")))
        assert sent.status_code == 303
        address = sent.headers["location"]
        page = client.get(address).text
        assert "0 buurten komen erbij, 1 gaat weg, 0 krijgen een andere grens en 1 krijgt een andere" in page
        assert "Nieuwe Heeg" in page
        assert "Er is nog niets veranderd." in page
        with database.reading() as connection:
            assert (len(load_areas(connection, {})), areas_origin(connection)) == (44, None)
        done = post(address, {"doe": "invoeren"})
        assert "De nieuwe grenzen gelden nu." in client.get(done.headers["location"]).text
        assert list(service_settings.service.uploads.iterdir()) == []
        with database.reading() as connection:
            assert len(load_areas(connection, {})) == 43
            (change,) = read_changes(connection, kind=Kind.AREAS)
        assert (change.before, change.after["bestand"]) == ({"buurten": 44}, "grens.geojson")

    @pytest.mark.usefixtures("three_weeks")
    def test_it_is_told_how_many_places_on_the_list_get_another_buurt(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        address = post(self.FILE, file=as_file(borders(database, without=1))).headers["location"]
        found = re.search(r"<li>(\d+) plek(?:ken)? op de lijst", client.get(address).text)
        assert found is not None
        assert int(found[1]) > 0

    def test_what_would_harm_asks_to_say_so(self, client: TestClient, post: Post, database: Database) -> None:
        with database.writing() as connection:
            note_areas(connection, file_name="eerder.gpkg", now=datetime.now(UTC))
        address = post(self.FILE, file=as_file(borders(database, without=30))).headers["location"]
        page = client.get(address).text
        assert "Er zijn nu 44 buurten, en dan 14." in page
        assert "van de gemeente ligt dan in geen buurt meer." in page
        assert post(address, {"doe": "invoeren"}).status_code == 409
        with database.reading() as connection:
            assert len(load_areas(connection, {})) == 44
        assert post(address, {"doe": "weggooien"}).headers["location"] == "/beheer/gebieden"
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize(
        ("file", "words"),
        [
            pytest.param(("x.gpkg", b""), "Kies een bestand", id="nothing"),
            pytest.param(("x.gpkg", b"x" * 1_010_000), "te groot", id="too large"),
        ],
    )
    def test_what_can_not_be_kept_is_refused(self, post: Post, file: tuple[str, bytes], words: str) -> None:
        answer = post(self.FILE, file=file)
        assert (answer.status_code, words in answer.text) == (400, True)

    def test_what_is_no_file_of_borders_says_so_in_dutch(
        self, client: TestClient, post: Post, database: Database, tmp_path: Path
    ) -> None:
        other = borders(database)[:1]
        other[0]["properties"] = {"buurtcode": "BU03630000", "buurtnaam": "Elders"}
        for file, words in (
            (("x.zip", b"PK\x03\x04xx"), "Dit is geen GeoJSON of GeoPackage."),
            (as_file(other), "geen buurten van gemeente GM0935"),
        ):
            answer = client.get(post(self.FILE, file=file).headers["location"])
            assert answer.status_code == 409
            assert words in answer.text
            assert "wanted" not in answer.text
            assert str(tmp_path) not in answer.text

    def test_a_file_that_was_sent_for_something_else_is_none_of_borders(
        self, client: TestClient, post: Post
    ) -> None:
        address = post("/beheer/adresbestand/bestand", file=("x.csv", b"a;b\n1;2\n")).headers["location"]
        assert client.get(address.replace("adresbestand", "gebieden")).status_code == 404

    def test_they_are_fetched_from_pdok_with_the_names_of_wijken(
        self, client: TestClient, post: Post, database: Database, pdok: FeatureServer
    ) -> None:
        pdok.page_size = 50
        pdok.add("buurten", borders(database), queryables=["gemeentecode"])
        wijk = {"wijkcode": "WK093500", "wijknaam": "Het Hart", "gemeentecode": "GM0935"}
        shape = borders(database)[0]["geometry"]
        pdok.add("wijken", [{"type": "Feature", "properties": wijk, "geometry": shape}])
        address = post("/beheer/gebieden/ophalen").headers["location"]
        assert "44 buurten; nu zijn het er 44." in client.get(address).text
        post(address, {"doe": "invoeren", "toch": "ja"})
        with database.reading() as connection:
            assert "Het Hart" in set(load_areas(connection, {})["wijknaam"])
            origin = areas_origin(connection)
        assert origin is not None
        assert origin[0] == pdok.url

    def test_without_an_answer_of_pdok_that_is_told(self, post: Post) -> None:
        answer = post("/beheer/gebieden/ophalen")
        assert answer.status_code == 409
        assert "PDOK geeft nu geen goed antwoord" in answer.text


class TestComposing:
    PAGE = "/beheer/gebieden/samenstellen"

    def test_a_gebied_is_composed_counts_at_once_and_is_taken_away(
        self, client: TestClient, post: Post
    ) -> None:
        page = client.get(self.PAGE).text
        version = re.findall(r'name="versie" value="(\w+)"', page)[0]
        made = {"naam": "Team Hart", "code": ["WK093500", "BU09350100"], "versie": version, "doe": "bewaren"}
        done = post(self.PAGE, made)
        page = client.get(done.headers["location"]).text
        assert "Het gebied is bewaard." in page
        assert ">Team Hart <" in page
        assert "Team Hart" in {area["naam"] for area in client.get("/v1/gebieden").json()["gebieden"]}
        shown = client.get(f"{self.PAGE}?gebied=Team+Hart").text
        assert re.search(r'value="WK093500" ?checked', shown)
        stale = post(self.PAGE, {**made, "naam": "Team Zuid"})
        assert stale.status_code == 409
        assert "Iemand anders heeft de gebieden gewijzigd" in stale.text
        assert 'value="Team Zuid"' in stale.text  # what was typed stays
        gone = post(self.PAGE, {"was": "Team Hart", "naam": "Team Hart", "doe": "weghalen"})
        assert "Het gebied is weg." in client.get(gone.headers["location"]).text
        assert client.get(f"{self.PAGE}?gebied=Team+Hart").status_code == 404


class TestRegister:
    FILE = "/beheer/adresbestand/bestand"
    ROWS = "straat,huisnummer,postcode,woonplaats,gemeente,lat,lon\n" + "".join(
        f"Markt,{number},6211AB,Maastricht,Maastricht,50.8485,{5.6879 + number / 5000}\n" for number in (1, 2)
    )

    @pytest.fixture(autouse=True)
    def at_once(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """The work that a process of its own does, here and now."""

        def work(settings: Settings, asked: Asked, *, begun_at: datetime) -> None:
            do_register_import(database, settings, asked, begun_at=begun_at, clock=lambda: datetime.now(UTC))

        monkeypatch.setattr(address_register, "start_register_import", work)

    def test_it_is_seen_first_and_imported_only_when_that_is_asked(
        self, client: TestClient, post: Post, database: Database
    ) -> None:
        rows = self.ROWS + "Markt,x,6211AB,Maastricht,Maastricht,50.8485,5.6879\n"
        address = post(self.FILE, {"gemeente": "Maastricht"}, ("bag.csv", rows.encode())).headers["location"]
        page = client.get(address).text
        assert "2 adressen; nu zijn het er 0." in page
        assert "3 rijen gelezen, 1 geweigerd." in page
        assert "huisnummer" in page
        with database.reading() as connection:
            assert count_addresses(connection) == 0
        done = post(address, {"doe": "invoeren", "gemeente": "Maastricht"})
        page = client.get(done.headers["location"]).text
        assert "bag.csv is ingevoerd." in page
        assert "2 adressen, ingelezen uit bag.csv" in page
        assert client.get(address).status_code == 404

    def test_what_lacks_columns_or_is_of_elsewhere_says_so_in_dutch(
        self, client: TestClient, post: Post
    ) -> None:
        for fields, rows, words in (
            ({}, "a,b\n1,2\n", "In dit bestand ontbreekt straat, huisnummer, lon en lat, of x en y."),
            ({"gemeente": "Eijsden"}, self.ROWS, "geen adressen in Eijsden, wel in Maastricht"),
        ):
            answer = client.get(post(self.FILE, fields, ("x.csv", rows.encode())).headers["location"])
            assert answer.status_code == 409
            assert words in answer.text
            assert "wanted" not in answer.text

    def test_addresses_within_the_buurten_are_fetched_from_pdok(
        self, client: TestClient, post: Post, database: Database, pdok: FeatureServer
    ) -> None:
        house = {
            "openbare_ruimte_naam": "Markt",
            "huisnummer": 1,
            "postcode": "6211AB",
            "woonplaats_naam": "M",
        }
        point = {"type": "Point", "coordinates": [5.6879, 50.8485]}
        pdok.add("verblijfsobject", [{"type": "Feature", "properties": house, "geometry": point}])
        address = post("/beheer/adresbestand/ophalen").headers["location"]
        assert "1 adres; nu zijn het er 0." in client.get(address).text
        assert "is ingevoerd" in client.get(post(address, {"doe": "invoeren"}).headers["location"]).text
        with database.reading() as connection:
            assert count_addresses(connection) == 1
