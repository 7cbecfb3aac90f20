"""Signing in at an OpenID Connect provider: a real one on loopback, with code, PKCE, state and nonce."""

import base64
import hashlib
import json
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
from sqlalchemy import insert, select
from werkzeug import Request, Response

from api.http.provider import Provider, SignInRequest, new_request
from api.main import create_app
from hotspots.access.accounts import disable_user, list_users
from hotspots.access.rights import Role
from hotspots.errors import SignInError
from hotspots.privacy.data_subjects import erase_user
from hotspots.settings import Settings, SignInSettings
from hotspots.store.case_tables import REMOVED_PERSON, comments
from hotspots.store.database import Database

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


def test_who_signs_in_at_the_provider_comes_back_where_the_session_had_ended(
    browser_client: TestClient,
) -> None:
    form = browser_client.get("/aanmelden?naar=/hotspots/HS-2023-001&verlopen=formulier").text
    assert 'href="/aanmelden/elders?naar=/hotspots/HS-2023-001"' in form
    for wanted, to in (("/kaart?soort=woning", "/kaart?soort=woning"), ("//evil.example", "/")):
        away = browser_client.get("/aanmelden/elders", params={"naar": wanted})
        back = browser_client.get(let_in(away.headers["location"], "agent"))
        assert (back.status_code, back.headers["location"]) == (303, to)


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


def test_another_site_begins_no_session_for_who_is_signed_in_at_the_provider(
    browser_client: TestClient,
) -> None:
    for site in ("cross-site", "same-site"):
        led = browser_client.get("/aanmelden/elders", headers={"Sec-Fetch-Site": site})
        assert (led.status_code, led.headers["location"]) == (303, "/aanmelden")
    for site in ("same-origin", "none"):
        led = browser_client.get("/aanmelden/elders", headers={"Sec-Fetch-Site": site})
        assert led.headers["location"].startswith("http://")


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

    def test_a_key_that_is_not_known_is_asked_for_again_but_not_at_each_try(
        self, provider: Provider, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_oneshot_request("/keys").respond_with_json({"keys": [{"kid": "old"}]})
        assert provider.keys("old") == {"keys": [{"kid": "old"}]}
        httpserver.expect_request("/keys").respond_with_json({"keys": [{"kid": "new"}]})
        provider.monotonic = lambda: 11.0
        assert provider.keys("old") == {"keys": [{"kid": "old"}]}
        assert provider.keys("new") == {"keys": [{"kid": "new"}]}
        asked = len(httpserver.log)
        for number in range(20):
            provider.keys(f"made up {number}")
        assert len(httpserver.log) == asked

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


KEY = RSAKey.generate_key(2048, {"kid": "one"})
DOORS = (
    "/",
    "/kaart",
    "/hotspots/HS-2023-001",
    "/sessie",
    "/v1/hotspots",
    "/v1/hotspots/feed",
    "/v1/hotspots/HS-2023-001/dossier",
    "/v1/hotspots/HS-2023-001/teksten",
    "/ogc/collections/hotspots/items",
    "/inbedden",
    "/rapport",
    "/account",
)


class Signer:
    """A provider that says what a test wants, at the address of a server."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.issuer = server.url_for("")
        self.keys = [KEY]
        self.claims: dict[str, Any] = {}
        self.nonce = ""
        server.expect_request("/.well-known/openid-configuration").respond_with_json(
            {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint": f"{self.issuer}/token",
                "authorization_endpoint": f"{self.issuer}/authorise",
                "end_session_endpoint": f"{self.issuer}/uit",
            }
        )
        server.expect_request("/keys").respond_with_handler(self._give_keys)
        server.expect_request("/token").respond_with_handler(self._give_token)

    def token(self, key: RSAKey = KEY, **changes: Any) -> str:
        """A signed token of Alice, for the API unless changed."""
        end = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
        claims = {"iss": self.issuer, "aud": "hotspots-api", "sub": "alice", "exp": end, "roles": "Triage"}
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims | {"name": "Alice"} | changes, key)

    def enter(self, client: TestClient, **claims: Any) -> Any:
        """Let Alice sign in with a browser; gives the answer to her return."""
        away = parse_qs(urlsplit(client.get("/aanmelden/elders").headers["location"]).query)
        self.nonce, self.claims = away["nonce"][0], claims
        return client.get(f"/aanmelden/terug?code=c&state={away['state'][0]}")

    def _give_keys(self, _request: Request) -> Response:
        keys = [key.as_dict(private=False) for key in self.keys]
        return Response(json.dumps({"keys": keys}), mimetype="application/json")

    def _give_token(self, _request: Request) -> Response:
        token = self.token(**({"aud": "hotspots", "nonce": self.nonce} | self.claims))
        answer = {"id_token": token, "access_token": "x", "token_type": "Bearer"}
        return Response(json.dumps(answer), mimetype="application/json")


@pytest.mark.usefixtures("three_weeks")
class TestOnePersonByEveryDoor:
    @pytest.fixture
    def signer(self, httpserver: HTTPServer) -> Signer:
        """The provider."""
        return Signer(httpserver)

    @pytest.fixture
    def at_home(self, signer: Signer, service_settings: Settings) -> Iterator[TestClient]:
        """A browser at a service where everybody signs in, at this provider."""
        sign_in = SignInSettings(
            issuer=signer.issuer,
            client_id="hotspots",
            audience="hotspots-api",
            clients=("qgis",),
            role_of={"Triage": "oov"},
        )
        app = create_app(service_settings.model_copy(update={"sign_in": sign_in}))
        with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
            yield client

    @staticmethod
    def bearer(signer: Signer, **changes: Any) -> dict[str, str]:
        """The header of somebody who comes with a token."""
        return {"Authorization": f"Bearer {signer.token(**changes)}"}

    def test_a_session_and_a_token_are_of_one_account(
        self, at_home: TestClient, signer: Signer, database: Database
    ) -> None:
        headers = self.bearer(signer)
        for _ in range(2):
            assert at_home.get("/v1/hotspots", headers=headers).status_code == 200
        assert signer.enter(at_home).status_code == 303
        (account,) = list_users(database)
        assert (account.full_name, account.role) == ("Alice", Role.OOV)
        path = "/v1/hotspots/HS-2023-001/opmerkingen"
        at_home.cookies.clear()
        assert at_home.post(path, headers=headers, json={"tekst": "Gezien."}).status_code == 201
        with database.reading() as connection:
            assert connection.execute(select(comments.c.actor_id)).scalars().all() == [account.id]

    @pytest.mark.parametrize("has_signed_in", [True, False], ids=["after a session", "by token only"])
    def test_who_is_blocked_comes_in_by_no_door(
        self, at_home: TestClient, signer: Signer, database: Database, has_signed_in: bool
    ) -> None:
        headers = self.bearer(signer)
        assert at_home.get("/v1/hotspots", headers=headers).status_code == 200
        if has_signed_in:
            signer.enter(at_home)
        disable_user(database, name=list_users(database)[0].name, now=datetime.now(UTC))
        others = self.bearer(signer, name="Another name", roles="Triage", azp="qgis")
        for path in DOORS:
            assert at_home.get(path).status_code == 401, path
            for sent in (headers, others):
                assert at_home.get(path, headers=sent).status_code == 401, path
        path = "/v1/hotspots/HS-2023-001/opmerkingen"
        assert at_home.post(path, headers=headers, json={"tekst": "x"}).status_code == 401
        assert signer.enter(at_home).status_code == 401
        assert len(list_users(database)) == 1

    def test_erasing_a_person_takes_what_was_written_by_every_door(
        self, at_home: TestClient, signer: Signer, database: Database, settings: Settings
    ) -> None:
        path = "/v1/hotspots/HS-2023-001/opmerkingen"
        headers = self.bearer(signer)
        assert at_home.post(path, headers=headers, json={"tekst": "Een."}).status_code == 201
        signer.enter(at_home)
        csrf = {"X-CSRF-Token": at_home.get("/sessie").json()["csrf"]}
        assert at_home.post(path, headers=csrf, json={"tekst": "Twee."}).status_code == 201
        with database.writing() as connection:  # as an earlier version wrote it
            row = connection.execute(select(comments).order_by(comments.c.id)).mappings().first()
            assert row is not None
            before = dict(row) | {"actor_id": f"{signer.issuer}#alice", "text": "Drie."}
            del before["id"]
            connection.execute(insert(comments).values(before))
        erase_user(database, settings, name=list_users(database)[0].name, now=datetime.now(UTC))
        with database.reading() as connection:
            rows = connection.execute(select(comments.c.actor_id, comments.c.given_by)).all()
        assert {tuple(row) for row in rows} == {(REMOVED_PERSON, REMOVED_PERSON)}
        assert len(rows) == 3

    @pytest.mark.parametrize(
        ("claims", "status"),
        [
            ({"azp": "hotspots"}, 200),
            ({"azp": "qgis"}, 200),
            ({"azp": "another"}, 401),
            ({"azp": ""}, 401),
            ({"azp": ["hotspots"]}, 401),
            ({"aud": ["another-api"]}, 401),
            ({"aud": ["hotspots-api", "another-api"], "azp": "qgis"}, 200),
            ({"sub": ""}, 401),
            ({"sub": "x" * 500}, 401),
        ],
        ids=str,
    )
    def test_a_token_is_of_a_client_that_may_come_and_names_a_person(
        self, at_home: TestClient, signer: Signer, claims: dict[str, Any], status: int
    ) -> None:
        assert at_home.get("/v1/hotspots", headers=self.bearer(signer, **claims)).status_code == status

    def test_an_id_token_of_another_client_lets_nobody_in(self, at_home: TestClient, signer: Signer) -> None:
        assert signer.enter(at_home, azp="qgis").status_code == 401
        assert signer.enter(at_home, aud=["hotspots", "qgis"]).status_code == 401
        assert signer.enter(at_home, azp="hotspots").status_code == 303

    def test_a_new_key_of_the_provider_is_known_soon(self, at_home: TestClient, signer: Signer) -> None:
        newer = RSAKey.generate_key(2048, {"kid": "two"})
        provider: Provider = at_home.app.state.provider  # type: ignore[attr-defined]
        assert at_home.get("/v1/hotspots", headers=self.bearer(signer)).status_code == 200
        signer.keys = [newer]
        later = provider.monotonic() + 11
        provider.monotonic = lambda: later
        assert at_home.get("/v1/hotspots", headers=self.bearer(signer, key=newer)).status_code == 200
        assert at_home.get("/v1/hotspots", headers=self.bearer(signer)).status_code == 401

    def test_signing_out_leads_to_signing_out_at_the_provider(
        self, at_home: TestClient, signer: Signer
    ) -> None:
        signer.enter(at_home)
        csrf = at_home.get("/sessie").json()["csrf"]
        answer = at_home.post("/afmelden", data={"csrf": csrf})
        back = "http%3A%2F%2Ftestserver%2Faanmelden"
        asked = f"{signer.issuer}/uit?client_id=hotspots&post_logout_redirect_uri={back}"
        assert answer.headers["refresh"] == f"0; url={asked}"
        assert "Afmelden bij uw organisatie" in answer.text
        assert at_home.get("/v1/hotspots").status_code == 401


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
