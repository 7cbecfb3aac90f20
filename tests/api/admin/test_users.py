"""`/beheer/gebruikers`: who is signed in, who is away, links by mail, and a lost second step."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient
from sqlalchemy import update

from hotspots.access.access_changes import read_access_changes
from hotspots.access.accounts import Account, list_users
from hotspots.access.passwords import csrf_token
from hotspots.access.sessions import actor_of_session
from hotspots.publishing.subscriptions import subscribe
from hotspots.settings import MailSettings, Settings
from hotspots.store.case_tables import users
from hotspots.store.database import Database
from tests.hotspots.access.apps import set_up
from tests.mailbox import Mailbox

Post = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database."""
    return sqlite_url


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on loopback; `port` is where it listens."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    mailbox.port = port  # type: ignore[attr-defined]
    yield mailbox
    controller.stop()


@pytest.fixture
def service_settings(service_settings: Settings, mailbox: Mailbox) -> Settings:
    """The service sends mail."""
    port = mailbox.port  # type: ignore[attr-defined]
    mail = MailSettings(host="127.0.0.1", port=port, security="none", sender="hotspots@example.org")
    return service_settings.model_copy(update={"mail": mail})


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, **fields: str) -> Any:
        return client.post(path, data={"csrf": csrf_token(token)} | fields, follow_redirects=False)

    return send


def account_of(database: Database, name: str) -> Account:
    return next(one for one in list_users(database) if one.name == name)


def test_who_is_signed_in_is_shown_and_signed_out_and_who_is_away_is_blocked_with_one_button(
    client: TestClient,
    post: Post,
    database: Database,
    settings: Settings,
    sessions: Callable[[str], str],
) -> None:
    token = sessions("lezer")
    account = account_of(database, "lezer")
    path, now = f"/beheer/gebruikers/{account.id}", datetime.now(UTC)
    page = client.get(path).text
    assert "laatst gebruikt" in page
    assert "ook woningen zien, en plekken met één melder" in page.partition("Mag niet")[2]
    (session,) = re.findall(r'name="sessie" value="(\w+)"', page)
    assert "was daar al afgemeld" in post(path, doe="afmelden", sessie="x").text
    assert actor_of_session(database, settings.sign_in, token=token, now=now)
    assert "Deze gebruiker is daar afgemeld." in post(path, doe="afmelden", sessie=session).text
    assert actor_of_session(database, settings.sign_in, token=token, now=now) is None
    assert read_access_changes(database, about_id=account.id)[0].kind == "afgemeld door een beheerder"
    assert "Blokkeer<" not in client.get("/beheer/gebruikers?toon=ongebruikt").text
    with database.writing() as connection:
        away = {"signed_in_at": now - timedelta(days=91)}
        connection.execute(update(users).where(users.c.id == account.id).values(away))
    assert client.get("/beheer/gebruikers?toon=ongebruikt").text.count("Blokkeer<") == 1
    blocked = post(path, doe="blokkeren", terug="ja")
    assert blocked.headers["location"] == "/beheer/gebruikers?toon=ongebruikt&gedaan=geblokkeerd"
    assert "Iemand van lezer" in client.get("/beheer/gebruikers?toon=geblokkeerd").text


def test_an_invitation_is_mailed_or_shown_when_the_mail_does_not_go(
    client: TestClient, post: Post, database: Database, mailbox: Mailbox
) -> None:
    page = post("/beheer/gebruikers", naam="Lees", rol="lezer", mailadres="lees@example.org").text
    assert "De link is gemaild naar lees@example.org." in page
    assert "/nieuw-wachtwoord/" not in page
    [mail] = mailbox.received
    (link,) = re.findall(r"http://testserver(/nieuw-wachtwoord/[\w.-]+)", mail.get_content())
    assert "Voor de naam <strong>lees</strong>" in client.get(link).text
    page = post("/beheer/gebruikers", naam="bezoek", rol="lezer", mailadres="x@refused.example").text
    assert "De mail kwam niet weg." in page
    assert "/nieuw-wachtwoord/" in page
    again = f"/beheer/gebruikers/{account_of(database, 'bezoek').id}"
    page = post(again, doe="herstellink", mailadres="x@example.org").text
    assert "De link is gemaild naar x@example.org." in page
    assert "Er is een account voor u gemaakt." in mailbox.received[-1].get_content()
    kinds = [one.kind for one in read_access_changes(database)]
    assert kinds.count("uitnodiging gemaakt") == 3


def test_a_lost_second_step_is_taken_off_by_another_and_its_owner_gets_a_mail(
    post: Post, database: Database, mailbox: Mailbox, sessions: Callable[[str], str]
) -> None:
    sessions("lezer")
    now = datetime.now(UTC)
    reader, own = account_of(database, "lezer"), account_of(database, "beheerder")
    subscribe(database, name="lezer", address="lees@example.org", now=now)
    set_up(database, reader.id, now)
    page = post(f"/beheer/gebruikers/{reader.id}", doe="tweede-stap").text
    assert "De tweede stap is weggehaald, en deze gebruiker is overal afgemeld." in page
    assert "tweede stap van uw account weggehaald" in mailbox.received[-1].get_content()
    assert not account_of(database, "lezer").has_second_step
    change = read_access_changes(database, about_id=reader.id)[0]
    assert (change.kind, change.actor) == ("tweede stap weggehaald", "Iemand van beheerder")
    assert "heeft geen tweede stap" in post(f"/beheer/gebruikers/{reader.id}", doe="tweede-stap").text
    set_up(database, own.id, now)
    refused = post(f"/beheer/gebruikers/{own.id}", doe="tweede-stap")
    assert (refused.status_code, account_of(database, "beheerder").has_second_step) == (409, True)
