"""Features are fetched whole, or not at all: pages, filters, and services that fail."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from hotspots.errors import DownloadError
from hotspots.files.feature_download import FeatureService, Wanted
from hotspots.settings import PdokSettings
from tests.feature_server import FeatureServer

Fetch = Callable[..., list[int]]
TOWN = Wanted({"gemeentecode": "GM0001"}, box=(5.6, 50.8, 5.8, 50.9))


def feature(number: int, gemeentecode: str = "GM0001", **properties: Any) -> dict[str, Any]:
    """A feature with a number."""
    return {
        "type": "Feature",
        "id": f"00000000-0000-0000-0000-{number:012}",
        "properties": {"number": number, "gemeentecode": gemeentecode, **properties},
        "geometry": {"type": "Point", "coordinates": [5.7, 50.85]},
    }


FIVE = [feature(number) for number in range(5)]
MIXED = [feature(number, "GM0001" if number % 2 else "GM0002") for number in range(6)]


@pytest.fixture
def server(httpserver: HTTPServer) -> FeatureServer:
    """A service with five features in collection buurten."""
    server = FeatureServer(httpserver)
    server.add("buurten", FIVE, queryables=["gemeentecode"])
    return server


@pytest.fixture
def naps() -> list[float]:
    """How long was waited, each time."""
    return []


@pytest.fixture
def fetch(server: FeatureServer, tmp_path: Path, naps: list[float]) -> Fetch:
    """Fetch a collection and give the numbers of its features."""

    def run(
        address: str = "/collections/buurten",
        *,
        collections: list[str] | None = None,
        wanted: Wanted = TOWN,
        **settings: Any,
    ) -> list[int]:
        changes = {"timeout_s": 5, "attempts": 3, "max_per_second": 100} | settings
        url = server.url + address if address.startswith("/") or not address else address
        path = tmp_path / "features.geojson"
        with closing(FeatureService(url, PdokSettings(**changes), sleep=naps.append)) as service:
            count = service.download(collections or [service.collection], path, wanted)
        numbers = [one["properties"]["number"] for one in json.loads(path.read_text())["features"]]
        assert count == len(numbers)
        return numbers

    return run


def queries(server: FeatureServer) -> list[dict[str, str]]:
    """The queries for items."""
    return [query for path, query in server.asked if path.endswith("/items")]


@pytest.mark.parametrize("tells_matched", [True, False], ids=["numberMatched", "without"])
def test_all_pages_are_fetched_in_order(server: FeatureServer, fetch: Fetch, tells_matched: bool) -> None:
    server.tells_matched = tells_matched
    assert fetch() == [0, 1, 2, 3, 4]
    assert [query.get("cursor") for query in queries(server)] == [None, "2", "4"]


@pytest.mark.parametrize(
    "address",
    [
        "/collections/buurten",
        "/collections/buurten/",
        "/collections/buurten/items",
        "/collections/buurten?f=html",
        "/collections/buurten/items?f=json&limit=10&cursor=2&crs=http://www.opengis.net/def/crs/EPSG/0/28992",
        "/collections/buurten/items#map",
    ],
)
def test_any_address_of_a_collection_will_do(server: FeatureServer, fetch: Fetch, address: str) -> None:
    assert fetch(address) == [0, 1, 2, 3, 4]
    assert queries(server)[0] == {"gemeentecode": "GM0001", "f": "json", "limit": "1000"}


def test_a_collection_is_filtered_by_the_municipality_where_it_can_be(
    server: FeatureServer, fetch: Fetch
) -> None:
    server.add("gemengd", MIXED, queryables=["gemeentecode"])
    assert fetch("/collections/gemengd") == [1, 3, 5]
    assert len(queries(server)) == 2
    assert "bbox" not in queries(server)[0]


def test_else_it_is_asked_by_box_and_cut_afterwards(server: FeatureServer, fetch: Fetch) -> None:
    server.add("gemengd", MIXED, queryables=["identificatie"])
    assert fetch("/collections/gemengd") == [1, 3, 5]
    assert {query.get("bbox") for query in queries(server)} == {"5.600000,50.800000,5.800000,50.900000"}


def test_a_filter_in_the_address_is_kept(server: FeatureServer, fetch: Fetch) -> None:
    server.add("gemengd", MIXED, queryables=["gemeentecode"])
    assert fetch("/collections/gemengd/items?gemeentecode=GM0002", wanted=Wanted()) == [0, 2, 4]


def test_collections_are_put_one_after_another(server: FeatureServer, fetch: Fetch) -> None:
    server.add("leeg", [], queryables=[])
    server.add("meer", [feature(9)], queryables=[])
    assert fetch("", collections=["leeg", "buurten", "meer"]) == [0, 1, 2, 3, 4, 9]


def test_nothing_of_the_municipality_is_an_empty_file(server: FeatureServer, fetch: Fetch) -> None:
    assert fetch(wanted=Wanted({"gemeentecode": "GM9999"})) == []


def cut_short(_: Request) -> Response:
    return Response(
        '{"type": "FeatureCollection", "features": [{"type": "Fea', mimetype="application/geo+json"
    )


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Response("slow down", status=429), id="busy"),
        pytest.param(Response("oops", status=500), id="broken"),
        pytest.param(Response("later", status=503), id="away"),
        pytest.param(cut_short, id="a page cut short"),
        pytest.param(
            Response("<!DOCTYPE html><title>Even geduld</title>", mimetype="text/html"), id="a page in HTML"
        ),
        pytest.param(Response("", mimetype="application/json"), id="nothing"),
    ],
)
def test_what_fails_once_is_asked_again(server: FeatureServer, fetch: Fetch, fault: Any) -> None:
    server.fail(fault, fault)
    assert fetch() == [0, 1, 2, 3, 4]


def test_a_service_that_asks_to_wait_is_left_alone_that_long(
    server: FeatureServer, fetch: Fetch, naps: list[float]
) -> None:
    server.fail(Response("slow down", status=429, headers={"Retry-After": "7"}))
    assert fetch(max_per_second=100) == [0, 1, 2, 3, 4]
    assert 7 in naps


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(Response("", status=429), "found status 429 3 times", id="busy"),
        pytest.param(Response("", status=500), "found status 500 3 times", id="broken"),
        pytest.param(Response("", status=404), "found status 404", id="gone"),
        pytest.param(Response("", status=403), "found status 403", id="forbidden"),
        pytest.param(cut_short, 'wanted JSON, found \'{"type": "FeatureCollection"', id="cut short"),
        pytest.param(
            Response("<!DOCTYPE html>"), "wanted JSON, found '<!DOCTYPE html>' (15 bytes)", id="HTML"
        ),
        pytest.param(Response("[1, 2]"), "wanted JSON, found '[1, 2]'", id="a list"),
        pytest.param(
            Response('{"type": "Feature"}'), "wanted GeoJSON features, found type", id="one feature"
        ),
        pytest.param(Response('{"features": {}}'), "wanted GeoJSON features", id="features that are none"),
        pytest.param(
            Response('{"features": [], "numberReturned": 1000}'),
            "wanted 1000 features on a page, found 0",
            id="fewer than it says",
        ),
        pytest.param(
            Response('{"features": [], "numberMatched": 7}'), "wanted 7 features, found 0", id="fewer in all"
        ),
        pytest.param(
            Response(
                '{"features": []}', headers={"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/28992>"}
            ),
            "wanted lon/lat degrees (CRS84), found http://www.opengis.net/def/crs/EPSG/0/28992",
            id="metres",
        ),
        pytest.param(
            Response('{"features": [], "links": [{"rel": "next", "href": "https://elders.example/items"}]}'),
            "found a link to https://elders.example",
            id="another host",
        ),
        pytest.param(
            Response("", status=302, headers={"Location": "https://elders.example/"}),
            "found a link to https://elders.example",
            id="a redirect elsewhere",
        ),
    ],
)
def test_what_keeps_failing_is_told_in_one_line(
    server: FeatureServer, fetch: Fetch, fault: Any, message: str
) -> None:
    server.fail(*[fault] * 3)
    with pytest.raises(DownloadError) as caught:
        fetch()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pages_that_link_in_a_circle_end(server: FeatureServer, fetch: Fetch) -> None:
    def back(request: Request) -> Response:
        page = server.page([feature(1)], links=[{"rel": "next", "href": f"{request.base_url}?cursor=1"}])
        return Response(json.dumps(page))

    server.fail(*[back] * 9)
    with pytest.raises(DownloadError, match="found one that links back"):
        fetch()


def test_a_redirect_on_the_same_host_is_followed(server: FeatureServer, fetch: Fetch) -> None:
    there = f"{server.url}/collections/buurten/items?limit=9"
    server.fail(Response("", status=307, headers={"Location": there}))
    server.page_size = 9
    assert fetch() == [0, 1, 2, 3, 4]


def test_redirects_end(server: FeatureServer, fetch: Fetch) -> None:
    server.fail(*[Response("", status=302, headers={"Location": "items?limit=1"})] * 9)
    with pytest.raises(DownloadError, match="found 5 redirects"):
        fetch()


def test_more_than_a_municipality_is_refused(server: FeatureServer, fetch: Fetch) -> None:
    server.add("vol", [feature(number, text="x" * 400_000) for number in range(8)])
    with pytest.raises(DownloadError, match="wanted at most 1 MB, found more"):
        fetch("/collections/vol", max_mb=1)


def test_a_collection_that_is_absent_is_told(fetch: Fetch) -> None:
    with pytest.raises(DownloadError, match="/collections/straten/items: wanted an answer, found status 404"):
        fetch("/collections/straten")


def test_a_service_without_queryables_is_asked_by_box(httpserver: HTTPServer, fetch: Fetch) -> None:
    page = {"type": "FeatureCollection", "features": MIXED}
    httpserver.expect_request("/oud/collections/b/items").respond_with_json(page)
    assert fetch(httpserver.url_for("/oud/collections/b")) == [1, 3, 5]


def test_a_service_that_can_not_be_reached_is_told(fetch: Fetch) -> None:
    with pytest.raises(DownloadError, match="can't be reached"):
        fetch("http://127.0.0.1:1/collections/buurten")


@pytest.mark.parametrize(
    "address", ["http://example.org/collections/buurten", "ftp://example.org/collections/x"]
)
def test_an_address_that_others_can_listen_in_on_is_refused(fetch: Fetch, address: str) -> None:
    with pytest.raises(DownloadError, match="wanted an address that begins with https"):
        fetch(address)


def test_all_of_it_has_to_come_in_time(server: FeatureServer, tmp_path: Path) -> None:
    times = iter(range(0, 10_000, 40))
    settings = PdokSettings(max_minutes=3, timeout_s=600, max_per_second=100)
    service = FeatureService(
        f"{server.url}/collections/buurten",
        settings,
        monotonic=lambda: float(next(times)),
        sleep=lambda _: None,
    )
    with closing(service), pytest.raises(DownloadError, match="wanted all within 3 minutes"):
        service.download(["buurten"], tmp_path / "a.geojson", TOWN)
