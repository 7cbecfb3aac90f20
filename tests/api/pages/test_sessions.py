"""Signing in and out with a browser: cookies, fixation, forged forms and delays."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.sign_in import DEVICE
from hotspots.access.accounts import add_user, disable_user
from hotspots.access.rights import Role
from hotspots.access.turns import turns_of
from hotspots.settings import SignInSettings
from hotspots.store.database import Database

PASSWORD = "correct horse battery"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def adviser(database: Database) -> None:
    """There is one account: adviseur, of OOV."""
    add_user(
        database,
        name="adviseur",
        full_name="O. Adviseur",
        role=Role.OOV,
        password=PASSWORD,
        created_by="test",
        now=datetime.now(UTC),
        organisation="OOV",
    )


def enter(client: TestClient, password: str = PASSWORD, name: str = "adviseur", **headers: str) -> Any:
    form = {"naam": name, "wachtwoord": password}
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.post("/aanmelden", data=form, headers=sent, follow_redirects=False)


def test_the_form_leads_to_a_session_that_ends_when_signing_out(client: TestClient) -> None:
    assert 'autocomplete="current-password"' in client.get("/aanmelden").text
    assert client.get("/sessie").status_code == 401
    entered = enter(client)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    session = client.get("/sessie").json()
    assert (session["naam"], session["rol"], session["organisatie"]) == ("O. Adviseur", "oov", "OOV")
    cookie = client.cookies["hotspots_sessie"]
    left = client.post("/afmelden", headers={"X-CSRF-Token": session["csrf"]}, follow_redirects=False)
    assert left.status_code == 303
    assert left.headers["clear-site-data"] == '"cache", "storage"'
    client.cookies.set("hotspots_sessie", cookie)  # also a kept copy is of no use
    assert client.get("/sessie").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    cookie = enter(client).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie


def test_over_an_encrypted_connection_the_cookie_stays_on_it(client: TestClient) -> None:
    client.base_url = "https://testserver"
    cookies = enter(client).headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == [
        "__Host-hotspots_apparaat",
        "__Host-hotspots_sessie",
    ]
    assert all({"secure", "path=/"} <= set(cookie.lower().split("; ")) for cookie in cookies)
    assert client.get("/sessie").status_code == 200
    given = client.cookies["__Host-hotspots_sessie"]
    client.cookies.clear()
    client.cookies.set("hotspots_sessie", given)  # of another host, or from an open connection
    assert client.get("/sessie").status_code == 401


def test_a_session_planted_beforehand_is_not_the_one_that_signs_in(client: TestClient) -> None:
    client.cookies.set("hotspots_sessie", "planted")
    given = enter(client).cookies["hotspots_sessie"]
    assert given != "planted"
    client.cookies.clear()
    client.cookies.set("hotspots_sessie", "planted")
    assert client.get("/sessie").status_code == 401


def test_wrong_password_unknown_name_and_disabled_account_get_the_same_answer(
    client: TestClient, database: Database
) -> None:
    answers = [enter(client, "wrong password"), enter(client, name="niemand"), enter(client, name=" ")]
    disable_user(database, name="adviseur", now=datetime.now(UTC))
    answers.append(enter(client))
    assert [answer.status_code for answer in answers] == [401] * 4
    names = ("adviseur", "niemand", " ", "adviseur")  # each finds the name that was typed in the form
    bodies = {
        answer.text.replace(_nonce(answer), "").replace(f'value="{name}"', 'value=""')
        for answer, name in zip(answers, names, strict=True)
    }
    assert len(bodies) == 1
    assert "Deze naam en dit wachtwoord horen niet bij elkaar." in answers[0].text


def _nonce(answer: Any) -> str:
    policy: str = answer.headers["content-security-policy"]
    return policy.split("'nonce-")[1].split("'")[0]


def test_after_too_many_wrong_passwords_one_waits(client: TestClient) -> None:
    for _ in range(5):
        assert enter(client, "wrong password").status_code == 401
    answer = enter(client)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert "Wacht even en probeer het opnieuw." in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec_fetch_site": "cross-site"}, id="from another site"),
        pytest.param({"sec_fetch_site": "same-site"}, id="from a neighbour"),
        pytest.param({"origin": "https://evil.example.org"}, id="from another origin"),
        pytest.param({"origin": "null"}, id="from a sandbox"),
    ],
)
def test_a_form_of_another_site_signs_nobody_in(client: TestClient, headers: dict[str, str]) -> None:
    answer = enter(client, **headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_of_our_own_signs_in(client: TestClient) -> None:
    assert enter(client, sec_fetch_site="same-origin").status_code == 303
    assert enter(client, origin="http://testserver").status_code == 303


def test_a_huge_form_is_refused(client: TestClient) -> None:
    assert enter(client, "x" * 100_000).status_code == 413


def test_signing_out_takes_our_own_page(client: TestClient) -> None:
    enter(client)
    assert client.post("/afmelden", follow_redirects=False).status_code == 403
    assert client.get("/sessie").status_code == 200


def test_a_known_device_gets_in_while_others_guess_and_its_owner_is_told(client: TestClient) -> None:
    device = enter(client).cookies["hotspots_apparaat"]
    client.cookies.clear()
    for _ in range(5):
        assert enter(client, "wrong password").status_code == 401
    assert enter(client).status_code == 429
    client.cookies.set("hotspots_apparaat", device)
    entered = enter(client)
    assert (entered.status_code, entered.headers["location"]) == (303, "/account?gedaan=pogingen")
    assert (
        "Iemand gaf onder uw naam vaker een verkeerd wachtwoord."
        in client.get("/account?gedaan=pogingen").text
    )
    assert enter(client).headers["location"] == "/"  # told once


@pytest.mark.parametrize("kind", ["of another name", "made up", "changed", "nothing", "too old"])
def test_a_device_that_is_not_known_waits_as_any_other(
    client: TestClient, database: Database, kind: str
) -> None:
    add_user(
        database,
        name="lezer",
        full_name="L. Lezer",
        role=Role.LEZER,
        password=PASSWORD,
        created_by="test",
        now=datetime.now(UTC),
    )
    own = enter(client).cookies["hotspots_apparaat"]
    other = enter(client, name="lezer").cookies["hotspots_apparaat"]
    parts = own.split(".")
    old = client.app.state.signing_key().sign(DEVICE, parts[0], parts[1], "1500000000")  # type: ignore[attr-defined]
    given = {
        "of another name": other,
        "made up": f"{parts[0]}.aa.1700000000.bb",
        "changed": ".".join([parts[0], "ff" * 16, *parts[2:]]),
        "nothing": "",
        "too old": old,
    }
    client.cookies.clear()
    for _ in range(5):
        enter(client, "wrong password")
    client.cookies.set("hotspots_apparaat", given[kind])
    assert enter(client).status_code == 429


def test_when_too_many_sign_in_at_once_one_is_told_to_come_back(client: TestClient) -> None:
    usual = SignInSettings()
    with ExitStack() as full:
        turns = turns_of(usual.hashes_at_once, usual.hashes_waiting)
        full.enter_context(pytest.MonkeyPatch.context()).setattr(turns, "_room", 0)
        answer = enter(client)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 5
    assert "Het is nu te druk." in answer.text
    assert enter(client).status_code == 303


@pytest.mark.parametrize("name", ["a%00", "%00", "%ED%A0%80", "a%0Ab", "a" * 500])
def test_a_name_that_can_be_nobodys_is_answered_as_any_wrong_one(client: TestClient, name: str) -> None:
    form = f"naam={name}&wachtwoord=x"
    sent = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/aanmelden", content=form, headers=sent)
    assert answer.status_code == 401
    assert "Deze naam en dit wachtwoord horen niet bij elkaar." in answer.text
