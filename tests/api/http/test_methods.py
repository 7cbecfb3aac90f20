"""HEAD says what GET would, without the body; OPTIONS says what can be asked."""

import pytest
from fastapi.testclient import TestClient

ADDRESSES = [
    "/",
    "/v1/hotspots",
    "/v1/hotspots/HS-2023-001",
    "/v1/openapi.json",
    "/ogc/collections/hotspots/items",
    "/gezond",
    "/aanmelden",
    "/kaart",
    "/v1/hotspots/HS-2099-001",
    "/v1/tokens",
    "/nergens",
]
VARYING = {
    "date",
    "ratelimit-reset",
    "x-request-id",
    "ratelimit-remaining",
    "content-security-policy",
    "set-cookie",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.usefixtures("three_weeks")
@pytest.mark.parametrize("address", ADDRESSES)
def test_head_gives_the_headers_of_get_and_no_body(client: TestClient, address: str) -> None:
    whole, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    told = {name: value for name, value in whole.headers.items() if name not in VARYING}
    if address not in {"/", "/aanmelden", "/kaart", "/nergens"}:  # with a nonce, which packs otherwise
        assert {name: value for name, value in head.headers.items() if name not in VARYING} == told
    assert set(head.headers) == set(whole.headers)


def test_head_is_counted_and_logged_under_its_route(client: TestClient) -> None:
    client.head("/gezond")
    assert 'method="HEAD",route="/gezond"' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/v1/hotspots", "GET, HEAD, OPTIONS"),
        ("/v1/tokens", "GET, HEAD, OPTIONS, POST"),
        ("/v1/tokens/x", "DELETE, OPTIONS"),
        ("/aanmelden", "GET, HEAD, OPTIONS, POST"),
        ("/", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tells_what_can_be_asked_and_lets_no_other_site_in(
    client: TestClient, address: str, methods: str
) -> None:
    answer = client.options(
        address, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, methods, b"")
    assert "access-control-allow-methods" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_options_of_what_does_not_exist_is_404(client: TestClient) -> None:
    assert client.options("/nergens").status_code == 404
