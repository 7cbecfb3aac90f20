"""Signing in at an OpenID Connect provider: a real one on loopback, with code, PKCE, state and nonce."""

import base64
import hashlib
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from api.http.provider import Provider, SignInRequest, new_request
from api.main import create_app
from hotspots.errors import SignInError
from hotspots.settings import Settings, SignInSettings

with warnings.catch_warnings(record=True):  # it uses a module of Authlib that insists on its end
    from oidc_provider_mock import User, run_server_in_thread

# the provider of the tests, not we, uses what Authlib will remove
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

CLAIMS = {"roles": ["Hotspots-Team"], "gebieden": ["Wijk 00 Centrum"], "organisatie": "politie"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows an agent, and somebody without a role."""
    users = [User(sub="agent", claims=CLAIMS | {"name": "A. Agent"}), User(sub="buitenstaander", claims={})]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def sign_in_settings(issuer: str) -> SignInSettings:
    """Sign in at that provider; the team is the only role known."""
    return SignInSettings(
        issuer=issuer,
        client_id="hotspots",
        client_secret=SecretStr("a secret of tests"),
        role_of={"Hotspots-Team": "gebiedsteam"},
    )


@pytest.fixture
def browser_client(service_settings: Settings, sign_in_settings: SignInSettings) -> Iterator[TestClient]:
    """A browser at the service, with signing in at the provider."""
    settings = service_settings.model_copy(update={"sign_in": sign_in_settings})
    with TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def let_in(location: str, who: str) -> str:
    """Be the person at the provider who says who they are; gives the way back, without the host."""
    answer = httpx2.post(location, data={"sub": who})
    back = urlsplit(answer.headers["location"])
    assert (back.netloc, back.path) == ("testserver", "/aanmelden/terug")
    return f"{back.path}?{back.query}"


def test_who_signs_in_at_the_provider_gets_the_role_and_areas_of_the_claims(
    browser_client: TestClient,
) -> None:
    assert 'href="/aanmelden/elders"' in browser_client.get("/aanmelden").text
    away = browser_client.get("/aanmelden/elders")
    back = browser_client.get(let_in(away.headers["location"], "agent"))
    assert (back.status_code, back.headers["location"]) == (303, "/")
    session = browser_client.get("/sessie").json()
    assert (session["naam"], session["rol"]) == ("A. Agent", "gebiedsteam")
    assert (session["organisatie"], session["gebieden"]) == ("politie", ["Wijk 00 Centrum"])


def test_the_request_carries_a_challenge_a_state_and_a_nonce_that_differ_each_time(
    browser_client: TestClient,
) -> None:
    seen = [
        parse_qs(urlsplit(browser_client.get("/aanmelden/elders").headers["location"]).query)
        for _ in range(2)
    ]
    for query in seen:
        assert query["code_challenge_method"] == ["S256"]
        assert query["response_type"] == ["code"]
        assert query["redirect_uri"] == ["http://testserver/aanmelden/terug"]
    for name in ("state", "nonce", "code_challenge"):
        assert seen[0][name] != seen[1][name]


def test_who_has_no_role_there_is_not_let_in(browser_client: TestClient) -> None:
    away = browser_client.get("/aanmelden/elders")
    back = browser_client.get(let_in(away.headers["location"], "buitenstaander"))
    assert back.status_code == 401
    assert browser_client.get("/sessie").status_code == 401


def test_the_answer_to_another_browser_is_refused(browser_client: TestClient) -> None:
    away = browser_client.get("/aanmelden/elders")
    back = let_in(away.headers["location"], "agent")
    browser_client.cookies.clear()
    assert browser_client.get(back).status_code == 401
    browser_client.get("/aanmelden/elders")  # an attempt of its own: another state
    assert browser_client.get(back).status_code == 401
    assert browser_client.get("/sessie").status_code == 401


def test_a_code_is_used_once(browser_client: TestClient) -> None:
    away = browser_client.get("/aanmelden/elders")
    cookies = dict(browser_client.cookies)
    back = let_in(away.headers["location"], "agent")
    assert browser_client.get(back).status_code == 303
    browser_client.cookies.clear()
    for name, value in cookies.items():
        browser_client.cookies.set(name, value)
    assert browser_client.get(back).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "..", "a.b.c.d"])
def test_a_damaged_cookie_is_no_attempt(browser_client: TestClient, cookie: str) -> None:
    browser_client.cookies.set("hotspots_aanmelding", cookie)
    assert browser_client.get("/aanmelden/terug?state=&code=x").status_code == 401


def test_without_a_provider_there_is_no_such_page(client: TestClient) -> None:
    assert client.get("/aanmelden/elders").status_code == 404
    assert client.get("/aanmelden/terug?code=x&state=y").status_code == 404
    assert "/aanmelden/elders" not in client.get("/aanmelden").text


class TestProvider:
    """Against a server that records what it is asked."""

    @pytest.fixture
    def provider(self, httpserver: HTTPServer) -> Provider:
        """A provider whose clock stands still."""
        issuer = httpserver.url_for("")
        httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "authorization_endpoint": f"{issuer}/authorise",
            }
        )
        return Provider(SignInSettings(issuer=issuer, client_id="hotspots"), monotonic=lambda: 0.0)

    def test_the_code_is_redeemed_with_the_verifier_of_the_challenge(
        self, provider: Provider, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_request("/token", method="POST").respond_with_json({"id_token": "x"})
        attempt = new_request()
        assert provider.redeem("code", attempt, "http://here/aanmelden/terug") == "x"
        form = parse_qs(httpserver.log[-1][0].get_data(as_text=True))
        assert form["code_verifier"] == [attempt.verifier]
        assert form["client_id"] == ["hotspots"]
        sent = parse_qs(urlsplit(provider.authorisation_url(attempt, "http://here/x")).query)
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        assert sent["code_challenge"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]
        assert attempt.verifier not in str(sent)

    def test_keys_are_asked_once_and_again_after_a_while(
        self, provider: Provider, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_request("/keys").respond_with_json({"keys": []})
        for _ in range(3):
            assert provider.keys() == {"keys": []}
        assert len(httpserver.log) == 2
        provider.monotonic = lambda: 601.0
        provider.keys()
        assert len(httpserver.log) == 4

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param({"response_data": "no JSON"}, id="no JSON"),
            pytest.param({"response_data": "[]"}, id="another kind of JSON"),
            pytest.param({"response_data": "{}", "status": 500}, id="an error"),
            pytest.param({"response_data": "{}"}, id="nothing in it"),
            pytest.param({"response_data": '{"error": "invalid_grant"}', "status": 400}, id="a refusal"),
            pytest.param({"response_data": '{"id_token": "x", "expires_in": [1]}'}, id="a nonsensical term"),
        ],
    )
    def test_nonsense_from_the_provider_lets_nobody_in(
        self, provider: Provider, httpserver: HTTPServer, answer: dict[str, Any]
    ) -> None:
        httpserver.expect_request("/token").respond_with_data(**answer)
        with pytest.raises(SignInError):
            provider.redeem("code", SignInRequest("a", "b", "c"), "http://here/x")

    def test_a_provider_that_calls_itself_otherwise_is_not_trusted(self, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(
            {"issuer": "https://another.example.org", "jwks_uri": "https://another.example.org/keys"}
        )
        provider = Provider(SignInSettings(issuer=httpserver.url_for(""), client_id="hotspots"))
        with pytest.raises(SignInError, match=r"found 'https://another\.example\.org'"):
            provider.keys()


@pytest.mark.usefixtures("three_weeks")
class TestBearerOfTheProvider:
    KEY = RSAKey.generate_key(2048, {"kid": "one"})

    @pytest.fixture
    def signed(self, httpserver: HTTPServer, service_settings: Settings) -> Iterator[Callable[..., int]]:
        """Ask for a case with a JWT of these claims; gives the status of the answer."""
        issuer = httpserver.url_for("")
        httpserver.expect_request("/.well-known/openid-configuration").respond_with_json(
            {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
        )
        httpserver.expect_request("/keys").respond_with_json({"keys": [self.KEY.as_dict(private=False)]})
        sign_in = SignInSettings(issuer=issuer, audience="hotspots-api", role_of={"Triage": "oov"})
        app = create_app(service_settings.model_copy(update={"sign_in": sign_in}))
        with TestClient(app, raise_server_exceptions=False) as client:

            def ask(key: RSAKey = self.KEY, **changes: Any) -> int:
                end = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
                claims = {"iss": issuer, "aud": "hotspots-api", "sub": "1", "exp": end, "roles": "Triage"}
                token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | changes, key)
                headers = {"Authorization": f"Bearer {token}"}
                return client.get("/v1/hotspots/HS-2023-001/dossier", headers=headers).status_code

            yield ask

    def test_a_token_for_this_api_gives_the_role_of_its_claims(self, signed: Callable[..., int]) -> None:
        assert signed() == 200

    def test_any_other_is_refused(self, signed: Callable[..., int]) -> None:
        assert signed(aud="another-api") == 401
        assert signed(exp=1) == 401
        assert signed(roles="Nobody") == 401
        assert signed(iss="https://another.example.org") == 401
        assert signed(key=RSAKey.generate_key(2048, {"kid": "one"})) == 401
