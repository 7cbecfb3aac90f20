"""`/beheer/gebruikers/aanmelddienst`: signing in at a real provider is tried, and leaves nothing."""

import warnings
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import func, select

from api.main import create_app
from hotspots.settings import Settings, SignInSettings
from hotspots.store.case_tables import sent_forms, sessions, users
from hotspots.store.database import Database

with warnings.catch_warnings(record=True):  # it uses a module of Authlib that insists on its end
    from oidc_provider_mock import User, run_server_in_thread

# the provider of the tests, not we, uses what Authlib will remove
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

PAGE = "/beheer/gebruikers/aanmelddienst"
HTML = {"Accept": "text/html"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a trial writes nothing."""
    return sqlite_url


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows an agent, and somebody without a role."""
    of_team = {"roles": ["Hotspots-Team"], "gebieden": ["Wijk 00 Centrum", "Elders"], "name": "A. <Agent>"}
    people = [User(sub="agent", claims=of_team), User(sub="buitenstaander", claims={"roles": ["Anders"]})]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def at_home(service_settings: Settings, issuer: str, sessions: Callable[[str], str]) -> Iterator[TestClient]:
    """The browser of an administrator, at a service with that provider."""
    sign_in = SignInSettings(
        issuer=issuer,
        client_id="hotspots",
        client_secret=SecretStr("a secret of tests"),
        role_of={"Hotspots-Team": "gebiedsteam"},
    )
    settings = service_settings.model_copy(update={"sign_in": sign_in})
    with TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False) as client:
        client.cookies.set("hotspots_sessie", sessions("beheerder"))
        yield client


def try_as(client: TestClient, who: str) -> str:
    """Begin a trial and be this person at the provider; gives the way back to the page of the outcome."""
    away = client.get(f"{PAGE}/proef").headers["location"]
    back = urlsplit(httpx2.post(away, data={"sub": who}).headers["location"])
    assert (back.netloc, back.path) == ("testserver", "/aanmelden/terug")
    onward = client.get(f"{back.path}?{back.query}")
    assert onward.status_code == 303
    return str(onward.headers["location"])


def counts(database: Database) -> list[int]:
    with database.reading() as connection:
        tables = (users, sessions, sent_forms)
        return [connection.execute(select(func.count()).select_from(each)).scalar_one() for each in tables]


def test_it_shows_which_claims_came_and_which_role_follows_and_makes_nothing(
    at_home: TestClient, database: Database, issuer: str
) -> None:
    page = at_home.get(PAGE).text
    assert issuer in page
    assert "http://testserver/aanmelden/terug" in page
    assert "a secret of tests" not in page
    before = counts(database)
    shown = at_home.get(try_as(at_home, "agent"))
    assert "krijgt de rol <strong>gebiedsteam</strong>" in shown.text
    assert "wordt bij de eerste aanmelding gemaakt" in shown.text
    assert "A. &lt;Agent&gt;" in shown.text
    assert "Deze gebieden zijn hier niet bekend: Elders." in shown.text
    assert "<code>sub</code>" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert counts(database) == before
    assert at_home.get("/sessie").json()["rol"] == "beheerder"  # still oneself
    none = at_home.get(try_as(at_home, "buitenstaander")).text
    assert "Er kwam geen rol mee die hier bekend is." in none
    assert "Anders" in none
    assert counts(database) == before


def test_an_outcome_is_for_the_administrator_who_asked_once_and_in_this_browser(
    at_home: TestClient, sessions: Callable[[str], str]
) -> None:
    back = try_as(at_home, "agent")
    kept = dict(at_home.cookies)
    for role, status in (("oov", 403), ("lezer", 403)):
        at_home.cookies.set("hotspots_sessie", sessions(role))
        refused = at_home.get(back, headers=HTML)
        assert (refused.status_code, "Agent" in refused.text) == (status, False)
    at_home.cookies.clear()
    assert at_home.get(back, headers=HTML).headers["location"].startswith("/aanmelden?naar=")
    at_home.cookies.set("hotspots_sessie", kept["hotspots_sessie"])
    assert at_home.get(back).status_code == 400  # another browser of the same administrator
    at_home.cookies.set("hotspots_proef", kept["hotspots_proef"] + "x")
    assert at_home.get(back).status_code == 400
    at_home.cookies.set("hotspots_proef", kept["hotspots_proef"])
    assert "krijgt de rol" in at_home.get(back).text
    at_home.cookies.set("hotspots_proef", kept["hotspots_proef"])
    assert at_home.get(back).status_code == 502  # the code was used
    led = at_home.get(f"{PAGE}/proef", headers={"sec-fetch-site": "cross-site"})
    assert led.headers["location"] == PAGE


def test_a_trial_signs_nobody_in_by_the_usual_door(at_home: TestClient) -> None:
    back = urlsplit(try_as(at_home, "agent"))
    del at_home.cookies["hotspots_sessie"]
    again = at_home.get(f"/aanmelden/terug?{back.query}")
    assert urlsplit(again.headers["location"]).path == f"{PAGE}/proef/terug"
    assert at_home.get("/sessie").status_code == 401
