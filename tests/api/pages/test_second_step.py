"""`/aanmelden/code` and `/aanmelden/instellen`: the second step, and who tries to go around it."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect
from sqlalchemy import delete, select

from api.main import create_app
from hotspots.access.accounts import add_user, list_users
from hotspots.access.rights import Role
from hotspots.access.second_factors import reset_factor
from hotspots.settings import Settings, SignInSettings
from hotspots.store.case_tables import kept_forms, sessions
from hotspots.store.database import Database
from tests.accessibility import check
from tests.hotspots.access.apps import App, set_up

PASSWORD = "correct horse battery"
PATHS = ("/account", "/beheer", "/beheer/gebruikers", "/account/twee-stappen", "/sessie", "/v1/hotspots", "/")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database."""
    return sqlite_url


@pytest.fixture
def obligatory(service_settings: Settings) -> Settings:
    """Signing in is required, and administrators do it in two steps."""
    own = SignInSettings(second_factor_for=("beheerder",))
    return service_settings.model_copy(update={"sign_in": own})


@pytest.fixture
def browser_client(obligatory: Settings) -> Iterator[TestClient]:
    """A browser at that service."""
    with TestClient(create_app(obligatory), follow_redirects=False) as client:
        yield client


@pytest.fixture
def user_id(database: Database) -> str:
    """There is one account: beheer, an administrator."""
    return add_user(
        database,
        name="beheer",
        full_name="B. Beheerder",
        role=Role.BEHEERDER,
        password=PASSWORD,
        created_by="test",
        now=datetime.now(UTC),
    )


@pytest.fixture
def app(database: Database, user_id: str) -> App:
    """The app of that account, set up some time ago."""
    return set_up(database, user_id, datetime.now(UTC) - timedelta(minutes=9))[0]


def enter(client: TestClient, **more: str) -> Any:
    return client.post("/aanmelden", data={"naam": "beheer", "wachtwoord": PASSWORD} | more)


def reached(client: TestClient) -> list[str]:
    """The pages that somebody gets."""
    return [path for path in PATHS if client.get(path).status_code == 200]


def test_after_the_password_nothing_is_open_until_the_code(browser_client: TestClient, app: App) -> None:
    client = browser_client
    first = enter(client, naar="/beheer/gebruikers")
    assert first.headers["location"] == "/aanmelden/code?naar=/beheer/gebruikers"
    assert "hotspots_sessie" not in client.cookies
    assert "hotspots_apparaat" not in client.cookies
    assert reached(client) == []
    half = client.cookies["hotspots_stap"]
    client.cookies.set("hotspots_sessie", half)  # it is no session
    assert reached(client) == []
    client.cookies.delete("hotspots_sessie")
    page = client.get(first.headers["location"]).text
    assert 'autocomplete="one-time-code"' in page
    assert "beheer<" not in page
    wrong = client.post("/aanmelden/code", data={"code": "000000"})
    assert (wrong.status_code, "Deze code klopt niet" in wrong.text) == (401, True)
    assert reached(client) == []
    code = app.code(datetime.now(UTC))
    entered = client.post("/aanmelden/code", data={"code": code, "naar": "/beheer/gebruikers"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/beheer/gebruikers")
    assert "hotspots_stap" not in client.cookies
    assert reached(client) == list(PATHS)
    client.cookies.clear()
    client.cookies.set("hotspots_stap", half)  # a copy, with a code that somebody saw
    assert client.post("/aanmelden/code", data={"code": code}).status_code == 401
    assert client.post("/aanmelden/code", data={"code": code, "naar": "//evil.example"}).status_code == 401


def test_guesses_end_and_codes_of_others_and_after_the_time_do_nothing(
    browser_client: TestClient, database: Database, app: App
) -> None:
    client = browser_client
    for method in (client.get, client.post):  # without a password before
        assert method("/aanmelden/code").headers["location"] == "/aanmelden?verlopen=stap"
    other = add_user(
        database,
        name="oov",
        full_name="O. Adviseur",
        role=Role.OOV,
        password=PASSWORD,
        created_by="test",
        now=datetime.now(UTC),
    )
    theirs, codes = set_up(database, other, datetime.now(UTC) - timedelta(minutes=9))
    enter(client)
    for code in (theirs.code(datetime.now(UTC)), codes[0], "", "000000", "000001"):
        assert client.post("/aanmelden/code", data={"code": code}).status_code == 401
    enter(client)
    locked = client.post("/aanmelden/code", data={"code": app.code(datetime.now(UTC))})
    assert (locked.status_code, int(locked.headers["retry-after"]) > 0) == (429, True)
    later = datetime.now(UTC) + timedelta(minutes=16)
    client.app.state.clock = lambda: later  # type: ignore[attr-defined]
    ended = client.post("/aanmelden/code", data={"code": app.code(later)})
    assert ended.headers["location"] == "/aanmelden?verlopen=stap"
    assert "De tijd voor de tweede stap is voorbij." in client.get(ended.headers["location"]).text


def test_a_form_of_another_site_gives_no_code(browser_client: TestClient, app: App) -> None:
    enter(browser_client)
    sent = {"sec-fetch-site": "cross-site"}
    code = {"code": app.code(datetime.now(UTC))}
    assert browser_client.post("/aanmelden/code", data=code, headers=sent).status_code == 403


def test_who_must_have_one_sets_it_up_first_and_gets_in_by_a_recovery_code_once(
    browser_client: TestClient, database: Database, user_id: str
) -> None:
    client = browser_client
    assert enter(client).headers["location"] == "/aanmelden/instellen"
    assert client.get("/aanmelden/code").headers["location"] == "/aanmelden/instellen"
    assert reached(client) == []
    page = client.get("/aanmelden/instellen").text
    assert "<svg" in page
    (secret,) = re.findall(r'id="geheim-tekst">([A-Z2-7 ]+)<', page)
    (sealed,) = re.findall(r'name="geheim" value="([^"]+)"', page)
    assert secret.replace(" ", "") not in page.replace(secret, "")
    wrong = client.post("/aanmelden/instellen", data={"geheim": sealed, "code": "000000"})
    assert (wrong.status_code, secret in wrong.text) == (400, True)  # nobody scans it again
    code, half = App(secret).code(datetime.now(UTC)), client.cookies["hotspots_stap"]
    made = client.post("/aanmelden/instellen", data={"geheim": sealed, "code": code})
    codes = re.findall(r"<li><code>([a-z2-9-]{19})</code></li>", made.text)
    assert len(codes) == 10
    assert reached(client) == list(PATHS)
    assert client.post("/aanmelden/instellen", data={"geheim": sealed, "code": code}).status_code == 303
    client.cookies.clear()
    client.cookies.set("hotspots_stap", half)  # a double click
    again = client.post("/aanmelden/instellen", data={"geheim": sealed, "code": code})
    assert codes[0] in again.text
    other = client.post("/aanmelden/instellen", data={"geheim": sealed, "code": "000000"})
    assert other.headers["location"] == "/aanmelden?verlopen=stap"
    client.cookies.clear()
    enter(client)
    lost = client.post("/aanmelden/code", data={"herstelcode": codes[0], "naar": "/kaart"})
    assert lost.headers["location"] == "/account?gedaan=herstelcode&naar=/kaart"
    assert "nog 9 herstelcodes" in client.get(lost.headers["location"]).text
    client.cookies.clear()
    enter(client)
    assert client.post("/aanmelden/code", data={"herstelcode": codes[0]}).status_code == 401
    reset_factor(database, name="beheer", by=None, now=datetime.now(UTC))
    assert enter(client).headers["location"] == "/aanmelden/instellen"
    assert [account.id for account in list_users(database)] == [user_id]


def test_a_code_is_never_among_what_is_kept_of_a_form(
    browser_client: TestClient, database: Database, app: App
) -> None:
    client = browser_client
    enter(client)
    client.post("/aanmelden/code", data={"code": app.code(datetime.now(UTC))})
    csrf = re.findall(r'name="csrf" value="(\w+)"', client.get("/account/twee-stappen").text)[-1]
    with database.writing() as connection:
        connection.execute(delete(sessions))
    form = {"csrf": csrf, "code": "123456", "herstelcode": "abcd-efgh", "geheim": "x", "doe": "herstelcodes"}
    sent = client.post("/account/twee-stappen", data=form)
    assert sent.headers["location"] == "/aanmelden?naar=/account/twee-stappen&verlopen=wachtwoord"
    with database.reading() as connection:
        assert connection.execute(select(kept_forms)).all() == []


@pytest.mark.chromium
def test_it_is_set_up_and_used_with_the_keyboard_on_a_telephone(
    browser: Browser,
    obligatory: Settings,
    serve: Callable[[Settings], AbstractContextManager[str]],
    user_id: str,
) -> None:
    assert user_id
    with serve(obligatory) as address, browser.new_context(viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/aanmelden")
        page.get_by_label("Naam").fill("beheer")
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Aanmelden: de tweede stap instellen")
        check(page, "instellen")
        drawn = page.locator(".qr svg").bounding_box()
        assert drawn is not None
        assert drawn["width"] > 150
        app = App(page.locator("#geheim-tekst").inner_text())
        page.get_by_label("Code van de app").fill(app.code(datetime.now(UTC)))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Uw herstelcodes")
        check(page, "herstelcodes")
        page.get_by_role("link", name="Ik heb ze bewaard, ga verder").press("Enter")
        page.get_by_role("button", name="Afmelden").press("Enter")
        page.get_by_label("Naam").fill("beheer")
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Aanmelden: de code")
        check(page, "code")
        page.get_by_label("Code", exact=True).fill(app.code(datetime.now(UTC), 1))
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Afmelden")).to_be_visible()
