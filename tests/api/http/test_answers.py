"""What holds for every answer: its headers, and problem details in Dutch for what is wrong."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from api.http.headers import API_VERSION
from api.main import create_app
from hotspots.settings import DatabaseSettings, Settings, SignInSettings

ADDRESSES = [
    "/",
    "/kaart",
    "/hotspots/HS-2023-001",
    "/hotspots/HS-1900-001",
    "/gezond",
    "/gezond/proces",
    "/metrics",
    "/static/style.css",
    "/static/none.css",
    "/nergens",
    "/v1/hotspots",
    "/v1/hotspots/HS-2023-001",
    "/v1/hotspots/HS-1900-001",
    "/v1/hotspots?pagina=nul",
    "/v1/openapi.json",
    "/v1/nergens",
    "/v1/hotspots/",
]
SECURITY_HEADERS = (
    "api-version",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "strict-transport-security",
    "content-security-policy",
    "cache-control",
)
FILLED = {
    "id": "HS-2023-001",
    "number": "HS-2023-001",
    "zoom": "14",
    "column": "4225",
    "row": "2745",
    "peildatum": "2023-12-03",
    "maatregel": "1",
    "opmerking": "1",
    "comment_id": "1",
    "naam": "beheerder",
    "collection_id": "hotspots",
    "duiding_id": "1",
    "feature_id": "HS-2023-001",
    "import": "1",
    "jaar": "2023",
    "job": "inbox",
    "koppeling": "1",
    "link": "1",
    "pagina": "gebiedsteam",
    "systeem": "1",
    "embed_id": "1",
    "kind": "png",
    "measure": "1",
    "meeting": "niets",
    "name": "melddesk",
    "nummer": "HS-2023-001",
    "follow_id": "niets",
    "onderdeel": "detection",
    "proef": "1",
    "soort": "niet-gevonden",
    "run": "1",
    "stuk": "dpia",
    "token": "niets",
    "user": "niets",
    "verzoek": "1",
    "voorstel": "1",
    "vraag": "1",
}


def moments(content: Any) -> Iterator[str]:
    """Every text in an answer that is a date with a time."""
    if isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from moments(part)
    elif isinstance(content, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d\d", content):
        yield content


@pytest.fixture
def addresses(client: TestClient, routes_of: Callable[[FastAPI], set[str]]) -> list[tuple[str, str]]:
    """Every method and address of the service, the parameters of the paths filled in."""
    assert isinstance(client.app, FastAPI)
    found = (route.split(" ", 1) for route in sorted(routes_of(client.app)) if not route.startswith("MOUNT"))
    return [(method, re.sub(r"\{(\w+)[^}]*\}", lambda name: FILLED[name[1]], path)) for method, path in found]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: headers and errors are the same on every database."""
    return sqlite_url


@pytest.fixture
def broken(tmp_path: Path, settings: Settings) -> TestClient:
    """A client of a service whose database is absent."""
    url = f"sqlite:///{tmp_path}/absent/none.sqlite"
    app = create_app(
        settings.model_copy(
            update={"database": DatabaseSettings(url=url), "sign_in": SignInSettings(required=False)}
        )
    )
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.usefixtures("three_weeks")
def test_every_answer_has_the_version_and_the_security_headers(client: TestClient) -> None:
    for address in ADDRESSES:
        check_headers(client, address)


def check_headers(client: TestClient, address: str) -> None:
    """See that an address answers with the version, and with what keeps a browser safe."""
    headers = client.get(address, headers={"Accept": "*/*"}).headers
    assert headers["api-version"] == API_VERSION
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert {"object-src 'none'", "base-uri 'none'"} <= set(headers["content-security-policy"].split("; "))
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["content-type"]
    assert headers["x-request-id"]
    assert headers["cache-control"] == (
        "public, max-age=31536000, immutable" if address == "/static/style.css" else "no-store"
    )


@pytest.mark.usefixtures("three_weeks")
def test_every_route_has_the_headers_whatever_it_answers(
    client: TestClient, addresses: list[tuple[str, str]], sessions: Callable[[str], str]
) -> None:
    assert len(addresses) > 50
    statuses = set()
    client.cookies.set("hotspots_sessie", sessions("beheerder"))
    for method, address in addresses:
        answers = [client.request(kind, address) for kind in (method, "PATCH")]
        answers.append(client.request(method, address, params={"pagina": "nul"}))
        if address != "/":
            answers.append(client.request(method, f"{address}/"))
            assert answers[-1].status_code == 404, (method, address)
        for answer in answers:
            assert answer.status_code < 500, (method, address)
            missing = {name for name in SECURITY_HEADERS if name not in answer.headers}
            if address == "/inbedden/niets":  # for in a frame: its policy says of whom
                missing -= {"x-frame-options"}
            assert not missing, (method, address, answer.status_code)
            statuses.add(answer.status_code)
    assert {200, 400, 401, 403, 404, 405} <= statuses


@pytest.mark.usefixtures("three_weeks")
def test_every_time_is_utc_and_says_so(
    client: TestClient,
    addresses: list[tuple[str, str]],
    ask: Callable[..., Any],
    sessions: Callable[[str], str],
) -> None:
    team, oov, manager = (sessions(role) for role in ("gebiedsteam", "oov", "beheerder"))
    own = "/hotspots/HS-2023-001"
    verdict = {"oordeel": "leefbaarheid", "reden": "Voetballende jongeren."}
    for token, method, path, body in (
        (team, "PUT", f"{own}/status", {"status": "in verificatie"}),
        (team, "POST", f"{own}/verificaties", verdict),
        (team, "POST", f"{own}/verrijkingen", {"tekst": "Bekend.", "delen": "gebiedsteam"}),
        (team, "POST", f"{own}/opmerkingen", {"tekst": "Wie belt?"}),
        (manager, "POST", "/tokens", {"naam": "GIS", "rechten": ["hotspots.lezen"]}),
    ):
        answer = ask(token, method, path, body)
        assert answer.status_code < 300, answer.text
    found: dict[str, list[str]] = {}
    for token in (team, oov, manager):
        client.cookies.set("hotspots_sessie", token)
        for method, address in addresses:
            is_data = method == "GET" and address.startswith(("/v1", "/ogc", "/gezond"))
            answer = client.get(address) if is_data else None
            if answer is not None and "json" in answer.headers.get("content-type", ""):
                found.setdefault(address, []).extend(moments(answer.json()))
    with_moments = {address for address, texts in found.items() if texts}
    wanted = ("rondes", "tokens", "gebruikers", f"{own[1:]}/historie", f"{own[1:]}/opmerkingen")
    assert {f"/v1/{address}" for address in wanted} <= with_moments
    for address, texts in found.items():
        wrong = [text for text in texts if not re.fullmatch(r"[\d-]{10}T[\d:]{8}(\.\d+)?Z", text)]
        assert wrong == [], address


FILES = ("/static/style.css", "/leaflet/leaflet.css", "/swagger/swagger-ui.css", "/static/nergens.css")


@pytest.mark.usefixtures("three_weeks")
def test_head_gives_the_headers_of_get_and_no_body_wherever_get_is(
    client: TestClient, addresses: list[tuple[str, str]], sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    wrong = []
    asked = [address for method, address in addresses if method == "GET"]
    assert len(asked) > 80
    for address in [*asked, *FILES]:
        for accept in ("text/csv", "*/*") if address.startswith("/v1") else ("*/*",):
            whole, head = (
                client.request(method, address, headers={"Accept": accept}, follow_redirects=False)
                for method in ("GET", "HEAD")
            )
            same = [(answer.status_code, answer.headers.get("content-type")) for answer in (whole, head)]
            if same[0] != same[1] or head.content or set(head.headers) != set(whole.headers):
                wrong.append((address, accept, *same, set(head.headers) ^ set(whole.headers)))
    assert wrong == []


@pytest.mark.usefixtures("three_weeks")
def test_each_open_resource_is_sent_once_to_who_has_it(
    client: TestClient, addresses: list[tuple[str, str]]
) -> None:
    asked = 0
    for method, address in addresses:
        first = client.get(address) if method == "GET" else None
        if first is None or first.status_code != 200 or "etag" not in first.headers:
            continue
        asked += 1
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), address
        assert again.headers["etag"] == first.headers["etag"]
        assert [name for name in SECURITY_HEADERS if name not in again.headers] == []
    assert asked >= 10


def test_each_page_has_a_nonce_of_its_own(client: TestClient) -> None:
    policies = {client.get("/").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize("address", ["/v1/nergens", "/v1/hotspots/", "/v1/hotspots/HS-1900-001"])
def test_what_does_not_exist_is_a_problem_in_dutch(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"Accept": "text/html,application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 404
    assert problem["title"] == "Niet gevonden"
    assert problem["detail"].endswith(".")
    assert problem["instance"] == address


def test_a_trailing_slash_is_not_found_and_not_a_redirect(client: TestClient) -> None:
    for address in ("/kaart/", "/v1/hotspots/", "/v1/openapi.json/", "/gezond/"):
        assert client.get(address, follow_redirects=False).status_code == 404, address


def test_a_parameter_with_one_value_may_be_given_once_and_a_list_more_often(client: TestClient) -> None:
    answer = client.get("/v1/hotspots?pagina=1&pagina=2&soort=woning&soort=gebied&paginaGrootte=5")
    assert answer.status_code == 400
    assert answer.json()["invalidParams"] == [
        {"plaats": "query", "naam": "pagina", "reden": "mag maar een keer voorkomen"}
    ]
    assert client.get("/v1/hotspots?soort=woning&soort=gebied").status_code == 200
    assert client.get("/v1/gebieden?paginaGrootte=1&paginaGrootte=2").status_code == 400


def test_all_errors_in_a_request_are_told_at_once(client: TestClient) -> None:
    query = "pagina=0&paginaGrootte=900&peildatum=gisteren&bbox=5,50,4,51&soort=huis&onbekend=1"
    answer = client.get(f"/v1/hotspots?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "Ongeldig verzoek"
    reasons = {entry["naam"]: entry["reden"] for entry in problem["invalidParams"]}
    assert reasons == {
        "pagina": "moet 1 of hoger zijn, gevonden: '0'",
        "paginaGrootte": "moet 500 of lager zijn, gevonden: '900'",
        "peildatum": "moet een datum zijn zoals 2023-12-31, gevonden: 'gisteren'",
        "bbox": (
            "moet west,zuid,oost,noord in graden zijn, zoals 5.68,50.84,5.71,50.86, gevonden: '5,50,4,51'"
        ),
        "soort.0": "moet een van deze zijn: 'woning' of 'gebied', gevonden: 'huis'",
        "onbekend": "bestaat niet, gevonden: '1'",
    }
    assert {entry["plaats"] for entry in problem["invalidParams"]} == {"query"}


def test_a_box_that_is_none_is_refused(client: TestClient) -> None:
    wrong = ("", "1,2,3", "a,b,c,d", "nan,50,6,51", "5,50,6,inf", "5,50,6,51,7", "-181,0,0,1", "0,-91,1,0")
    for bbox in wrong:
        assert client.get("/v1/hotspots", params={"bbox": bbox}).status_code == 400, bbox


def test_a_number_that_is_too_large_for_a_database_is_refused(client: TestClient) -> None:
    assert client.get("/v1/hotspots?pagina=99999999999999999999").status_code == 400


def test_other_methods_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/hotspots", json={})
    assert answer.status_code == 405
    assert answer.json()["title"] == "Methode niet toegestaan"
    assert answer.headers["allow"] == "GET"
    assert answer.headers["api-version"] == API_VERSION


def test_a_browser_gets_a_page_and_a_program_problem_details(client: TestClient) -> None:
    page = client.get("/hotspots/HS-1900-001", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>Niet gevonden</h1>" in page.text
    program = client.get("/hotspots/HS-1900-001", headers={"Accept": "application/json"})
    assert program.headers["content-type"] == "application/problem+json"


def test_without_a_database_the_service_says_that_it_is_unavailable(broken: TestClient) -> None:
    for address in ("/gezond", "/v1/hotspots"):
        answer = broken.get(address)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Tijdelijk niet beschikbaar"
        assert "sqlite" not in answer.text  # no word on what is inside
    page = broken.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "Tijdelijk niet beschikbaar" in page.text


@pytest.mark.parametrize("address", ["/", "/v1/hotspots"])
def test_an_unexpected_error_has_the_headers_too_and_tells_nothing(
    client: TestClient, service_settings: Settings, address: str
) -> None:
    assert client.get("/gezond").json()["status"] == "gezond"
    engine = create_engine(service_settings.database.url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE hotspot_states"))
    engine.dispose()
    answer = client.get(address)
    assert answer.status_code == 500
    assert answer.headers["api-version"] == API_VERSION
    assert answer.json()["title"] == "Fout in de service"
    assert "hotspot_states" not in answer.text


def test_requests_are_counted_by_route_and_not_by_address(client: TestClient) -> None:
    for number in range(3):
        client.get(f"/v1/hotspots/HS-2023-00{number}")
    client.get("/geheim-adres")
    metrics = client.get("/metrics").text
    assert 'hotspots_requests_total{method="GET",route="/v1/hotspots/{id}",status="404"} 3.0' in metrics
    assert 'route="none",status="404"} 1.0' in metrics
    assert "HS-2023" not in metrics
    assert "geheim-adres" not in metrics
