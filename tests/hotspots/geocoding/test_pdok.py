"""Online geocoders: what is asked, which answer is believed, and how soon one that fails is left alone.

Replies are real ones of PDOK, shortened: Locatieserver v3_1 (Geuzenkade 58) and Location API v1
(Witte de Withstraat 42A).
"""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from hotspots.errors import GeocodingError
from hotspots.files.polite_client import MAX_PAUSE_S
from hotspots.geocoding.online_client import MAX_REPLY_BYTES, OnlineGeocoder, online_geocoder
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.pdok import (
    Geocoder,
    PdokLocatieserver,
    PdokLocationApi,
    accepted_answer,
    can_be_asked,
)
from hotspots.geocoding.relations import Relation
from hotspots.settings import GeocodingSettings

GEUZENKADE: dict[str, Any] = {
    "bron": "BAG",
    "type": "adres",
    "woonplaatsnaam": "Amsterdam",
    "huis_nlt": "58-1",
    "weergavenaam": "Geuzenkade 58-1, 1056KN Amsterdam",
    "huisnummertoevoeging": "1",
    "straatnaam_verkort": "Geuzenkd",
    "id": "adr-cf14ac0c218dcc50dd9ef4e8745d8991",
    "gemeentenaam": "Amsterdam",
    "postcode": "1056KN",
    "centroide_ll": "POINT(4.86450674 52.37354473)",
    "huisnummer": 58,
    "centroide_rd": "POINT(119405 487425)",
    "straatnaam": "Geuzenkade",
}
STREET_ONLY: dict[str, Any] = {
    "bron": "BAG",
    "type": "weg",
    "weergavenaam": "Geuzenkade, Amsterdam",
    "straatnaam": "Geuzenkade",
    "woonplaatsnaam": "Amsterdam",
    "centroide_ll": "POINT(4.86450674 52.37354473)",
}
WITTE_DE_WITH: dict[str, Any] = {
    "type": "Feature",
    "id": "690240c0-fc13-59d9-8e98-2ef441237a54",
    "properties": {
        "collection_id": "adres",
        "collection_version": 1,
        "display_name": "Witte de Withstraat 42A, 3012BR Rotterdam, Rotterdam (Zuid-Holland)",
    },
    "geometry": {"type": "Point", "coordinates": [4.477563182494074, 51.91559870274542]},
}
ASKED = ParsedAddress(street="Geuzenkade", number=58, addition="1", postcode="1056KN", town="Amsterdam")
ASKED_42A = ParsedAddress(street="Witte de Withstraat", number=42, addition="A", town="Rotterdam")


def solr(*documents: dict[str, Any]) -> dict[str, Any]:
    """A reply of Locatieserver with these documents."""
    return {"response": {"numFound": len(documents), "start": 0, "maxScore": 21.04, "docs": list(documents)}}


def features(*found: dict[str, Any]) -> dict[str, Any]:
    """A reply of the Location API with these features."""
    return {"type": "FeatureCollection", "numberReturned": len(found), "features": list(found)}


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """A document that lacks some fields."""
    return {name: value for name, value in document.items() if name not in names}


@dataclass
class Clock:
    """A clock that moves on only when someone waits, or by `step_s` each time it is read."""

    now_s: float = 0.0
    step_s: float = 0.0
    waited_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """The time, and on."""
        self.now_s += self.step_s
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self.waited_s.append(round(seconds, 3))
        self.now_s += seconds


Ask = Callable[..., OnlineGeocoder]


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def online(httpserver: HTTPServer, clock: Clock) -> Iterator[Ask]:
    """Make a geocoder that asks the local server; settings by name."""
    made = []

    def make(geocoder: Geocoder | None = None, **changes: Any) -> OnlineGeocoder:
        settings = GeocodingSettings.model_validate(
            {"url": httpserver.url_for(""), "max_per_second": 50} | changes
        )
        made.append(
            OnlineGeocoder(
                geocoder or PdokLocatieserver(), settings, monotonic=clock.monotonic, sleep=clock.sleep
            )
        )
        return made[-1]

    yield make
    for geocoder in made:
        geocoder.close()


def test_it_is_off_by_default() -> None:
    assert online_geocoder(GeocodingSettings()) is None


@pytest.mark.parametrize("name", ["pdok-locatieserver", "pdok-location-api"])
def test_the_settings_name_the_geocoder(name: str) -> None:
    found = online_geocoder(GeocodingSettings.model_validate({"online": name}))
    assert found is not None
    found.close()
    assert found.geocoder.name == name
    assert found.geocoder.default_url.startswith("https://api.pdok.nl/")


def test_locatieserver_is_asked_by_fields_when_there_is_a_postcode(
    httpserver: HTTPServer, online: Ask
) -> None:
    httpserver.expect_oneshot_request("/free").respond_with_json(solr(GEUZENKADE))
    reply = online(user_agent="hotspots (test)").locate(ASKED)
    assert reply.answer is not None
    assert (reply.answer.lon, reply.answer.lat) == (4.86450674, 52.37354473)
    assert reply.answer.key == "1056KN 58 1"
    request = httpserver.log[0][0]
    assert request.args["q"] == "*:*"
    assert request.args.getlist("fq") == ["postcode:1056KN", "huisnummer:58", "type:adres"]
    assert request.headers["User-Agent"] == "hotspots (test)"


def test_locatieserver_is_asked_by_words_when_there_is_none(httpserver: HTTPServer, online: Ask) -> None:
    httpserver.expect_oneshot_request("/free").respond_with_json(solr(GEUZENKADE))
    asked = ParsedAddress(street="Geuzenkade", number=58, addition="1", town="Amsterdam")
    assert online().locate(asked).answer is not None
    request = httpserver.log[0][0]
    assert request.args["q"] == "Geuzenkade 58-1 Amsterdam"
    assert request.args.getlist("fq") == ["type:adres"]


def test_the_location_api_is_asked_in_the_collection_of_addresses(
    httpserver: HTTPServer, online: Ask
) -> None:
    httpserver.expect_oneshot_request("/search").respond_with_json(features(WITTE_DE_WITH))
    reply = online(PdokLocationApi()).locate(ASKED_42A)
    assert reply.answer is not None
    assert reply.answer.lat == pytest.approx(51.9155987)
    assert reply.answer.key == "3012BR 42 A"
    assert httpserver.log[0][0].args.to_dict() == {
        "q": "Witte de Withstraat 42A Rotterdam",
        "adres[version]": "1",
        "limit": "10",
        "f": "json",
    }


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(STREET_ONLY, id="a street"),
        pytest.param(without(GEUZENKADE, "centroide_ll"), id="no geometry"),
        pytest.param(GEUZENKADE | {"centroide_ll": "LINESTRING(4.8 52.3, 4.9 52.4)"}, id="a line"),
        pytest.param(GEUZENKADE | {"centroide_ll": None}, id="an empty geometry"),
        pytest.param(GEUZENKADE | {"huisnummer": 60}, id="another number"),
        pytest.param(GEUZENKADE | {"postcode": "1056KP"}, id="another postcode"),
        pytest.param(GEUZENKADE | {"straatnaam": "Admiralengracht"}, id="another street"),
        pytest.param(GEUZENKADE | {"huisnummertoevoeging": "3"}, id="another suffix"),
        pytest.param(without(GEUZENKADE, "huisnummertoevoeging"), id="no suffix"),
        pytest.param(without(GEUZENKADE, "huisnummer"), id="no number"),
        pytest.param("Geuzenkade 58-1", id="a text"),
    ],
)
def test_a_document_that_is_not_what_was_asked_is_refused_whatever_its_score(
    httpserver: HTTPServer, online: Ask, document: Any
) -> None:
    httpserver.expect_oneshot_request("/free").respond_with_json(solr(document))
    geocoder = online()
    reply = geocoder.locate(ASKED)
    assert reply.answer is None
    assert not reply.has_failed
    assert geocoder.failed == 0


@pytest.mark.parametrize(
    "feature",
    [
        pytest.param(WITTE_DE_WITH | {"geometry": None}, id="no geometry"),
        pytest.param(
            WITTE_DE_WITH | {"geometry": {"type": "Polygon", "coordinates": [[[4, 51], [5, 51], [4, 52]]]}},
            id="a polygon",
        ),
        pytest.param(
            WITTE_DE_WITH | {"geometry": {"type": "Point", "coordinates": ["x", 51]}}, id="no number"
        ),
        pytest.param(
            WITTE_DE_WITH | {"properties": WITTE_DE_WITH["properties"] | {"collection_id": "weg"}},
            id="a street",
        ),
        pytest.param(
            WITTE_DE_WITH
            | {
                "properties": WITTE_DE_WITH["properties"]
                | {"display_name": "Witte de Withstraat 42A, 1057XV Amsterdam, Amsterdam (Noord-Holland)"}
            },
            id="another town",
        ),
        pytest.param(WITTE_DE_WITH | {"properties": {}}, id="no properties"),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_feature_that_is_not_what_was_asked_is_refused(
    httpserver: HTTPServer, online: Ask, feature: Any
) -> None:
    httpserver.expect_oneshot_request("/search").respond_with_json(features(feature))
    reply = online(PdokLocationApi()).locate(ASKED_42A)
    assert reply.answer is None
    assert not reply.has_failed


def test_the_point_is_read_as_lon_lat() -> None:
    answer = PdokLocatieserver().answers_in(solr(GEUZENKADE))[0]
    assert answer.lon < answer.lat


def test_of_several_that_fit_only_those_at_one_place_are_believed() -> None:
    asked = ParsedAddress(street="Geuzenkade", number=58, addition="1", town="Amsterdam")
    elsewhere = GEUZENKADE | {"centroide_ll": "POINT(4.9 52.37)", "postcode": "1056KZ"}
    geocoder = PdokLocatieserver()
    assert accepted_answer(asked, geocoder.answers_in(solr(GEUZENKADE, GEUZENKADE))) is not None
    assert accepted_answer(asked, geocoder.answers_in(solr(GEUZENKADE, elsewhere))) is None
    assert accepted_answer(asked, []) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(ASKED, True, id="all"),
        pytest.param(ParsedAddress(number=58, postcode="1056KN"), True, id="postcode and number"),
        pytest.param(ParsedAddress(street="Geuzenkade", number=58), False, id="no town"),
        pytest.param(ParsedAddress(street="Geuzenkade", town="Amsterdam"), False, id="no number"),
        pytest.param(
            ParsedAddress(street="Kade", number=1, town="Lanaken", is_foreign=True), False, id="abroad"
        ),
        pytest.param(
            ParsedAddress(street="Kade", number=1, last_number=7, town="Amsterdam"), False, id="a range"
        ),
        pytest.param(
            ParsedAddress(cross_streets=("A", "B"), relation=Relation.CORNER, number=1, postcode="1056KN"),
            False,
            id="a corner",
        ),
    ],
)
def test_only_what_can_be_recognised_in_the_answer_is_asked(address: ParsedAddress, expected: bool) -> None:
    assert can_be_asked(address) is expected


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_each_time_later(
    httpserver: HTTPServer, online: Ask, clock: Clock, status: int
) -> None:
    for _ in range(2):
        httpserver.expect_ordered_request("/free").respond_with_data("busy", status=status)
    httpserver.expect_ordered_request("/free").respond_with_json(solr(GEUZENKADE))
    geocoder = online()
    assert geocoder.locate(ASKED).answer is not None
    assert clock.waited_s == [0.5, 1.0]
    assert (geocoder.asked, geocoder.failed) == (1, 0)


@pytest.mark.parametrize(("asks_s", "waits_s"), [("3", 3.0), ("3600", MAX_PAUSE_S), ("later", 0.5)])
def test_the_service_says_how_long_to_wait_within_reason(
    httpserver: HTTPServer, online: Ask, clock: Clock, asks_s: str, waits_s: float
) -> None:
    httpserver.expect_ordered_request("/free").respond_with_data(
        "busy", status=429, headers={"Retry-After": asks_s}
    )
    httpserver.expect_ordered_request("/free").respond_with_json(solr())
    assert not online().locate(ASKED).has_failed
    assert clock.waited_s == [waits_s]


def test_requests_keep_their_distance(httpserver: HTTPServer, online: Ask, clock: Clock) -> None:
    httpserver.expect_request("/free").respond_with_json(solr(GEUZENKADE))
    geocoder = online(max_per_second=4)
    for _ in range(3):
        geocoder.locate(ASKED)
    assert clock.waited_s == [0.25, 0.25]


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        pytest.param("<html>storing</html>", 200, "wanted JSON, found '<html>storing</html>'", id="HTML"),
        pytest.param('{"response": {"docs": [', 200, "wanted JSON", id="half a reply"),
        pytest.param("", 200, "wanted JSON", id="nothing"),
        pytest.param("[]", 200, "wanted a reply with response.docs", id="other JSON"),
        pytest.param('{"response": null}', 200, "wanted a reply with response.docs", id="no documents"),
        pytest.param("no", 404, "found status 404", id="not found"),
        pytest.param("no", 503, "found status 503 3 times", id="down"),
        pytest.param("x" * (MAX_REPLY_BYTES + 1), 200, "wanted an answer within 4 s", id="endless"),
    ],
)
def test_a_broken_reply_is_a_failure_that_is_counted_not_raised(
    httpserver: HTTPServer, online: Ask, body: str, status: int, why: str
) -> None:
    httpserver.expect_request("/free").respond_with_data(body, status=status)
    geocoder = online(max_failures=1)
    reply = geocoder.locate(ASKED)
    assert reply.has_failed
    assert why in geocoder.why_stopped


def test_a_reply_of_the_location_api_without_features_is_a_failure() -> None:
    with pytest.raises(GeocodingError, match="wanted a reply with features"):
        PdokLocationApi().answers_in({"code": "InvalidParameterValue"})


def test_a_slow_service_is_not_waited_for(httpserver: HTTPServer, online: Ask) -> None:
    may_answer = Event()

    def answer_late(_: Request) -> Response:
        may_answer.wait(5)
        return Response(json.dumps(solr(GEUZENKADE)))

    httpserver.expect_request("/free").respond_with_handler(answer_late)
    geocoder = online(timeout_s=0.05, max_failures=1)
    reply = geocoder.locate(ASKED)
    may_answer.set()
    assert reply.has_failed
    assert "can't be reached" in geocoder.why_stopped
    assert "ReadTimeout" in geocoder.why_stopped


def test_a_reply_that_drips_is_not_waited_for(httpserver: HTTPServer, online: Ask, clock: Clock) -> None:
    httpserver.expect_request("/free").respond_with_json(solr(GEUZENKADE))
    clock.step_s = 3
    geocoder = online(timeout_s=2, max_failures=1)
    assert geocoder.locate(ASKED).has_failed
    assert "wanted an answer within 2 s" in geocoder.why_stopped


def test_a_service_that_is_down_is_left_alone_after_some_failures(online: Ask) -> None:
    with socket.socket() as taken:  # bound but not listening: whoever comes is turned away
        taken.bind(("127.0.0.1", 0))
        geocoder = online(url=f"http://127.0.0.1:{taken.getsockname()[1]}", max_failures=2)
        replies = [geocoder.locate(ASKED) for _ in range(5)]
    assert all(reply.has_failed for reply in replies)
    assert (geocoder.asked, geocoder.failed, geocoder.is_stopped) == (2, 2, True)
    assert "ConnectError" in geocoder.why_stopped


def test_failures_that_are_not_in_a_row_do_not_stop_it(httpserver: HTTPServer, online: Ask) -> None:
    for _ in range(3):
        httpserver.expect_ordered_request("/free").respond_with_data("", status=404)
        httpserver.expect_ordered_request("/free").respond_with_json(solr(GEUZENKADE))
    geocoder = online(max_failures=2)
    answers = [geocoder.locate(ASKED).answer is not None for _ in range(6)]
    assert answers == [False, True] * 3
    assert not geocoder.is_stopped


def test_it_stops_when_too_much_time_is_lost(httpserver: HTTPServer, online: Ask, clock: Clock) -> None:
    httpserver.expect_request("/free").respond_with_data("busy", status=503)
    geocoder = online(attempts=4, max_failures=100, max_lost_s=5)
    while not geocoder.is_stopped:
        geocoder.locate(ASKED)
    assert geocoder.failed == 2
    assert sum(clock.waited_s) == pytest.approx(7, abs=0.5)
