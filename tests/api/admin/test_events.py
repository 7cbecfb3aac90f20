"""`/beheer/gebeurtenissen`: adding, trying, pausing and removing a system, and what did not arrive."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from hotspots.access.passwords import csrf_token
from hotspots.publishing.events.subscribers import NewSubscription, match_settings, subscribe
from hotspots.settings import EventSubscription, Settings
from hotspots.store.case_tables import admin_changes
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers, events
from hotspots.store.run_tables import hotspots
from tests.event_receiver import Receiver, receiving, status

PATH = "/beheer/gebeurtenissen"
URL = "https://zaken.example.org/berichten"
NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
NEW = {"naam": "Zaaksysteem", "adres": URL, "soort": "hotspot-besloten", "gebied": "Wijk 00 Centrum"}

Post = Callable[..., Any]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: pages read and write through functions that are tested on both."""
    return sqlite_url


@pytest.fixture
def post(client: TestClient, sessions: Callable[[str], str]) -> Post:
    """Sign in as the administrator; gives what sends a form of our own page."""
    token = sessions("beheerder")
    client.cookies.set("hotspots_sessie", token)

    def send(path: str, **fields: Any) -> Any:
        data = {"csrf": csrf_token(token)} | fields
        return client.post(PATH + path, data=data, headers={"Accept": "text/html"}, follow_redirects=False)

    return send


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A system that takes events."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def system(client: TestClient, database: Database, service_settings: Settings, receiver: Receiver) -> str:
    """The id of a system on this machine, as who runs the software adds it."""
    key = client.app.state.signing_key()  # type: ignore[attr-defined]
    wanted = NewSubscription("Zaaksysteem", receiver.url, reads_dwellings=True)
    return subscribe(database, service_settings, key, subscription=wanted, by=None, now=NOW)[0]


def changes(database: Database) -> list[Any]:
    with database.reading() as connection:
        chosen = select(admin_changes).where(admin_changes.c.kind == "gebeurtenissen")
        rows = connection.execute(chosen.order_by(admin_changes.c.id)).all()
    return [(row.about, row.before, row.after) for row in rows]


def queue(database: Database, system: str, *states: tuple[str, str | None]) -> list[str]:
    """Put an event about each place in turn, in these states; gives the numbers of the places."""
    with database.writing() as connection:
        places = connection.execute(select(hotspots).order_by(hotspots.c.number)).all()
        for number, (state, problem) in enumerate(states):
            told: dict[str, Any] = {"subscriber_id": system, "type": "hotspot-besloten"}
            told |= {
                "event_id": f"event-{number}",
                "hotspot_id": places[number].id,
                "state": state,
                "attempts": 9,
                "problem": problem,
            }
            moments = dict.fromkeys(("at", "made_at", "due_at", "tried_at", "ended_at"), NOW)
            connection.execute(insert(events).values(told | moments))
    return [place.number for place in places]


def test_a_system_is_added_and_its_secret_is_shown_once(
    client: TestClient, post: Post, database: Database
) -> None:
    assert "Er is nog geen systeem dat bericht krijgt." in client.get(PATH).text
    made = post("", **NEW)
    (secret,) = re.findall(r"<code>(whsec_[^<]+)</code>", made.text)
    page = client.get(PATH).text
    assert secret not in page
    ((system, name),) = re.findall(rf'href="{PATH}/([0-9a-f-]+)">([^<]+)<', page)
    assert name == "Zaaksysteem"
    own = client.get(f"{PATH}/{system}").text
    for words in (URL, "Er is besloten wat de plek is.", "Gebieden: Wijk 00 Centrum.", "Niet over woningen"):
        assert words in own
    assert "Een partner gaf een oordeel." not in own
    [(about, before, after)] = changes(database)
    assert (about, before, after["adres"], secret in str(after)) == ("Zaaksysteem", None, URL, False)
    again = post(f"/{system}/geheim")
    (other,) = re.findall(r"<code>(whsec_[^<]+)</code>", again.text)
    assert other != secret
    assert "Stop het vorige geheim" in again.text
    assert post(f"/{system}/vorige-geheim").status_code == 303
    assert "Stop het vorige geheim" not in client.get(f"{PATH}/{system}").text


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"naam": " "}, "Geef het systeem een naam"),
        ({"adres": "http://zaken.example.org"}, "Geef een adres dat begint met https://"),
        ({"adres": "http://127.0.0.1:8000/"}, "Geef een adres dat begint met https://"),
        ({"adres": "https://jan:geheim@zaken.example.org"}, "zonder naam, wachtwoord"),
        ({"gebied": "Nergens"}, "Kies een of meer gebieden"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason_and_stays_as_it_was_typed(
    post: Post, database: Database, wrong: dict[str, str], why: str
) -> None:
    answer = post("", **(NEW | wrong))
    assert answer.status_code == 409
    assert why in answer.text
    kept = (NEW | wrong)["adres"]
    assert f'value="{kept}"' in answer.text
    assert 'value="hotspot-besloten" checked' in answer.text
    assert changes(database) == []


def test_a_trial_says_at_once_whether_it_arrived_and_why_not(
    post: Post, system: str, receiver: Receiver
) -> None:
    assert "Het systeem nam het proefbericht aan." in post(f"/{system}/proef").text
    assert [request.about for request in receiver.requests] == ["test test"]
    receiver.answer = lambda _: status(401)
    assert "Het proefbericht is niet aangenomen. Het systeem gaf een fout (401)." in (
        post(f"/{system}/proef").text
    )


def test_a_system_is_paused_resumed_and_taken_away_by_who_is_sure(
    client: TestClient, post: Post, system: str, database: Database
) -> None:
    assert post(f"/{system}/pauze").headers["location"] == f"{PATH}/{system}"
    assert "gepauzeerd" in client.get(PATH).text
    post(f"/{system}/hervat")
    assert "gepauzeerd" not in client.get(PATH).text
    assert "Ik weet het zeker" in post(f"/{system}/weghalen").text
    assert post(f"/{system}/weghalen", zeker="ja").headers["location"] == PATH
    assert client.get(f"{PATH}/{system}").status_code == 404
    assert [after or before for _, before, after in changes(database)][1:] == [
        {"gepauzeerd": True},
        {"gepauzeerd": False},
        {"adres": changes(database)[-1][1]["adres"]},
    ]


@pytest.mark.usefixtures("five_places")
def test_what_arrived_waits_and_failed_is_told_and_sent_again_without_places_that_the_reader_may_not_know(
    client: TestClient, post: Post, system: str, database: Database
) -> None:
    # the second and fourth place are dwellings, which the administrator may not know of
    numbers = queue(
        database, system, ("sent", None), ("dead", "status 500"), ("dead", "no connection"), ("dead", None)
    )
    queue_more = {"failing_since": NOW, "problem": "status 503", "rests_until": NOW}
    with database.writing() as connection:
        connection.execute(update(event_subscribers).values(queue_more))
    page = client.get(f"{PATH}/{system}").text
    assert "10:00 komt er niets aan. Het systeem gaf een fout (503)." in page
    assert "Het systeem gaf een fout (500)." in page
    assert "Het systeem is niet te bereiken, of het certificaat klopt niet." in page
    assert [number for number in numbers if number in page] == [numbers[0], numbers[2]]
    assert page.count("<td>een plek</td>") == 2
    letter = re.findall(r'name="bericht" value="(\d+)"', page)[-1]
    assert "3 berichten kwamen niet aan" in client.get(PATH).text
    assert post(f"/{system}/opnieuw", bericht=letter).status_code == 303
    assert "Wat wacht" in client.get(f"{PATH}/{system}").text
    assert "2 berichten kwamen niet aan" in client.get(PATH).text
    assert post("/opnieuw").headers["location"] == PATH
    assert "niet aan</h2>" not in client.get(PATH).text
    assert [after for _, _, after in changes(database)][1:] == [
        {"opnieuw verzonden": 1},
        {"opnieuw verzonden": 2},
    ]
    for strange in ("x", "9" * 30, "-1"):
        assert post(f"/{system}/opnieuw", bericht=strange).status_code == 404


def test_what_the_server_sets_is_shown_so_and_changed_there_only(
    client: TestClient, post: Post, database: Database, service_settings: Settings
) -> None:
    secret = SecretStr("whsec_" + "c2VjcmV0" * 4)
    one = EventSubscription(name="<b>Van de server</b>", url=URL, secret=secret)
    own = service_settings.events.model_copy(update={"subscriptions": (one,)})
    with database.writing() as connection:
        match_settings(connection, service_settings.model_copy(update={"events": own}), now=NOW)
        system = connection.execute(select(event_subscribers.c.id)).scalar_one()
    for page in (client.get(PATH).text, client.get(f"{PATH}/{system}").text):
        assert "ingesteld op de server" in page
        assert "&lt;b&gt;Van de server&lt;/b&gt;" in page
    assert "Pauzeer" not in page
    for action in ("pauze", "geheim", "vorige-geheim", "weghalen"):
        answer = post(f"/{system}/{action}", zeker="ja")
        assert answer.status_code == 409
        assert "Dit systeem is ingesteld op de server, en wordt daar gewijzigd." in answer.text


def test_a_form_that_is_not_of_our_own_page_does_nothing(client: TestClient, post: Post, system: str) -> None:
    actions = ("proef", "pauze", "hervat", "geheim", "vorige-geheim", "weghalen", "opnieuw")
    for path in ("", "/opnieuw", *(f"/{system}/{action}" for action in actions)):
        assert client.post(PATH + path, data={"naam": "x", "zeker": "ja"}).status_code == 403
        assert client.post(PATH + path, data={"csrf": csrf_token("another")}).status_code == 403
