"""What is typed in a session that has ended is there after signing in: for who typed it, and nobody else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select, update

import api
from api.http.kept_forms import PASSWORD_FIELDS
from hotspots.store.case_tables import comments, kept_forms, sessions, subscriptions
from hotspots.store.database import Database

PAGE = "/hotspots/HS-2023-001"
TYPED = 'Wie belt <de "buurt">?\nEn wanneer?'
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.usefixtures("three_weeks")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is kept and sent is tested on both elsewhere."""
    return sqlite_url


def form_of(text: str, action: str) -> str:
    """The form on a page that is sent to an address."""
    found = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert found is not None
    return found[0]


def token_in(form: str) -> str:
    return str(re.findall(r'name="csrf" value="(\w+)"', form)[0])


def end_all(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(delete(sessions))


def enter(client: TestClient, name: str, to: str = "/") -> Any:
    form = {"naam": name, "wachtwoord": PASSWORD, "naar": to}
    return client.post("/aanmelden", data=form)


@pytest.fixture
def team(client: TestClient, sessions: Callable[[str], str]) -> TestClient:
    """A client in a session of a gebiedsteam; there is an adviser of OOV too."""
    sessions("oov")
    client.cookies.set("hotspots_sessie", sessions("gebiedsteam"))
    return client


def comment_late(client: TestClient, database: Database, **more: str) -> Any:
    """Send a comment in a session that has ended."""
    token = token_in(form_of(client.get(PAGE).text, f"{PAGE}/opmerking"))
    end_all(database)
    return client.post(
        f"{PAGE}/opmerking", data={"csrf": token, "tekst": TYPED} | more, follow_redirects=False
    )


def test_after_signing_in_the_form_is_there_as_typed_and_not_sent(
    team: TestClient, database: Database
) -> None:
    sent = comment_late(team, database)
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/aanmelden?naar={PAGE}&verlopen=formulier",
    )
    assert "Wat u invulde, is nog niet verstuurd" in team.get(sent.headers["location"]).text
    page = enter(team, "gebiedsteam", PAGE).text
    form = form_of(page, f"{PAGE}/opmerking")
    text = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", form, re.DOTALL)[0]
    assert unescape(text) == TYPED
    assert '<details id="opmerking" open="">' in page
    assert "Het is nog niet verstuurd" in page
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(comments)).scalar_one() == 0
    answer = team.post(f"{PAGE}/opmerking", data={"csrf": token_in(form), "tekst": TYPED})
    assert "Uw opmerking is geplaatst." in answer.text
    assert "Het is nog niet verstuurd" not in answer.text
    with database.reading() as connection:
        assert connection.execute(select(comments.c.text)).scalars().all() == [TYPED]


def test_another_who_signs_in_there_never_sees_it_and_its_writer_still_does(
    team: TestClient, database: Database
) -> None:
    comment_late(team, database)
    other = enter(team, "oov", PAGE).text
    assert "Wie belt" not in other
    assert "verlopen was" not in other
    team.post("/afmelden", data={"csrf": token_in(other)})
    assert "Wie belt" in enter(team, "gebiedsteam", PAGE).text
    with database.reading() as connection:
        content: bytes = connection.execute(select(kept_forms.c.content)).scalar_one()
    assert b"Wie belt" not in content


def test_without_the_browser_or_after_an_hour_it_is_gone(team: TestClient, database: Database) -> None:
    comment_late(team, database)
    browser = team.cookies["hotspots_formulier"]
    team.cookies.delete("hotspots_formulier")
    assert "Wie belt" not in enter(team, "gebiedsteam", PAGE).text
    team.cookies.set("hotspots_formulier", browser)
    assert "Wie belt" in team.get(PAGE).text
    with database.writing() as connection:
        connection.execute(update(kept_forms).values(kept_at=datetime.now(UTC) - timedelta(minutes=61)))
    assert "Wie belt" not in team.get(PAGE).text


def test_a_form_of_an_earlier_session_is_shown_again_at_once(team: TestClient, database: Database) -> None:
    token = token_in(form_of(team.get(PAGE).text, f"{PAGE}/opmerking"))
    enter(team, "gebiedsteam")
    answer = team.post(f"{PAGE}/opmerking", data={"csrf": token, "tekst": TYPED})
    assert (answer.status_code, str(answer.url)) == (200, f"http://testserver{PAGE}")
    assert "Wie belt" in form_of(answer.text, f"{PAGE}/opmerking")


def test_what_was_typed_can_be_thrown_away(team: TestClient, database: Database) -> None:
    comment_late(team, database)
    form = form_of(enter(team, "gebiedsteam", PAGE).text, "/formulier/weg")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    left = team.post("/formulier/weg", data=fields)
    assert str(left.url) == f"http://testserver{PAGE}"
    assert "Wie belt" not in left.text


def test_choices_and_lists_are_as_chosen_and_what_can_be_filled_in_no_more_is_told(
    team: TestClient, database: Database, own_gebieden: list[str]
) -> None:
    token = token_in(form_of(team.get("/account").text, "/account/mail"))
    end_all(database)
    typed = {"csrf": token, "adres": "naam@example.org", "hoe": "samen", "gebied": own_gebieden[1]}
    team.post("/account/mail", data=typed)
    comment_late_page = enter(team, "gebiedsteam", "/account").text
    form = form_of(comment_late_page, "/account/mail")
    assert 'value="naam@example.org"' in form
    chosen = [tag for tag in re.findall(r"<input[^>]*>", form) if "checked" in tag]
    assert [re.findall(r'value="([^"]*)"', tag)[0] for tag in chosen] == ["samen", own_gebieden[1]]
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(subscriptions)).scalar_one() == 0


def test_passwords_are_never_kept(team: TestClient, database: Database) -> None:
    token = token_in(form_of(team.get("/account").text, "/account/wachtwoord"))
    end_all(database)
    fields = {"csrf": token, "oud": PASSWORD, "nieuw": "vier losse woorden", "nogmaals": "vier losse woorden"}
    sent = team.post("/account/wachtwoord", data=fields, follow_redirects=False)
    assert sent.headers["location"] == "/aanmelden?naar=/account&verlopen=wachtwoord"
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(kept_forms)).scalar_one() == 0


def test_every_field_for_a_password_is_one_that_is_not_kept() -> None:
    names = set()
    for template in (Path(api.__file__).parent / "templates").rglob("*.html"):
        for tag in re.findall(r'<input[^>]*type="password"[^>]*>', template.read_text(encoding="utf-8")):
            names |= set(re.findall(r' name="(\w+)"', tag))
    assert names <= PASSWORD_FIELDS
    assert names


def test_by_what_a_person_is_looked_up_is_not_kept(
    client: TestClient, sessions: Callable[[str], str], database: Database
) -> None:
    client.cookies.set("hotspots_sessie", sessions("privacy"))
    token = token_in(form_of(client.get("/privacy/verzoeken").text, "/privacy/verzoeken"))
    end_all(database)
    fields = {"csrf": token, "waarde": "06-12345678"}
    client.post("/privacy/verzoeken/1/zoeken", data=fields, follow_redirects=False)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(kept_forms)).scalar_one() == 0


def test_a_form_nobody_made_is_not_kept(team: TestClient, database: Database) -> None:
    token = token_in(form_of(team.get(PAGE).text, f"{PAGE}/opmerking"))
    end_all(database)
    for forged in ("", "x", token[:128], token[:-1] + ("0" if token[-1] != "0" else "1")):
        answer = team.post(f"{PAGE}/opmerking", data={"csrf": forged, "tekst": TYPED})
        assert answer.status_code == 401
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(kept_forms)).scalar_one() == 0


def test_a_wrong_password_keeps_the_name(team: TestClient) -> None:
    form = {"naam": 'Jan "de" Vries', "wachtwoord": "wrong"}
    assert 'value="Jan &#34;de&#34; Vries"' in team.post("/aanmelden", data=form).text
