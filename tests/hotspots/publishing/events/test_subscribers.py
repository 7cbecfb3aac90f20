"""Who is told what happens: who may say so, what is refused, and secrets that only the receiver knows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import EventsError, ForbiddenError, NotFoundError
from hotspots.model import EventType
from hotspots.publishing.events.sending import problem_in_dutch
from hotspots.publishing.events.subscriber import (
    SECRET_PREFIX,
    find_subscriber,
    key_of_secret,
    read_secrets,
    read_subscribers,
)
from hotspots.publishing.events.subscribers import (
    NewSubscription,
    end_former_secret,
    end_subscriber,
    is_as_set,
    match_settings,
    pause_subscriber,
    rotate_secret,
    subscribe,
)
from hotspots.settings import EventSubscription
from hotspots.store.event_tables import event_subscribers
from tests.event_telling import KEY, NOW, Telling

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADMINISTRATOR = Actor("b", "B. Beheer", Role.BEHEERDER)
PLAIN = NewSubscription("zaaksysteem", "https://zaken.example.org/hotspots")


def add(telling: Telling, subscription: NewSubscription, by: Actor | None = None) -> tuple[str, str]:
    return subscribe(telling.database, telling.settings, KEY, subscription=subscription, by=by, now=NOW)


def test_who_subscribes_a_system_lets_it_know_of_nothing_more_than_they_may(telling: Telling) -> None:
    for asked in (replace(PLAIN, reads_dwellings=True), replace(PLAIN, reads_cases=True)):
        with pytest.raises(ForbiddenError, match="wanted to have a system told"):
            add(telling, asked, ADMINISTRATOR)
    add(telling, PLAIN, ADMINISTRATOR)
    add(telling, replace(PLAIN, name="dossiers", reads_cases=True), by=None)
    with telling.database.reading() as connection:
        found = {state.subscriber.name: state.subscriber for state in read_subscribers(connection)}
    assert EventType.MEASURE in found["dossiers"].types
    assert EventType.MEASURE not in found["zaaksysteem"].types


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        pytest.param({"url": "http://zaken.example.org/"}, None, id="over http"),
        pytest.param({"url": "http://127.0.0.1:80/"}, ADMINISTRATOR, id="this machine, by a page"),
        pytest.param({"url": "https://2130706433/"}, ADMINISTRATOR, id="this machine as a number, by a page"),
        pytest.param({"url": "https://169.254.169.254/"}, ADMINISTRATOR, id="beside this machine, by a page"),
        pytest.param({"url": "ftp://zaken.example.org/"}, None, id="no web"),
        pytest.param({"url": "https://a:b@zaken.example.org/"}, None, id="with a password"),
        pytest.param({"url": "https://zaken.example.org/ x"}, None, id="with a blank"),
        pytest.param({"name": " "}, None, id="no name"),
        pytest.param({"gebieden": ["Nergens"]}, None, id="an unknown gebied"),
        pytest.param({"gebieden": []}, None, id="no gebied"),
        pytest.param({"types": [EventType.JUDGED]}, None, id="a type of cases"),
    ],
)
def test_what_can_not_be_told_is_refused(telling: Telling, changes: dict[str, Any], by: Actor | None) -> None:
    with pytest.raises(EventsError):
        add(telling, replace(PLAIN, **changes), by)
    with telling.database.reading() as connection:
        assert read_subscribers(connection) == []


def test_a_secret_is_shown_once_sealed_and_replaced_while_both_hold(telling: Telling) -> None:
    subscriber_id, secret = add(telling, PLAIN)
    second = rotate_secret(telling.database, KEY, subscriber_id=subscriber_id, by=None, now=NOW)

    def keys() -> list[bytes]:
        with telling.database.reading() as connection:
            found = find_subscriber(connection, "zaaksysteem")
            return list(read_secrets(connection, telling.settings, KEY, found))

    with pytest.raises(EventsError, match="one already"):  # two people at once: the first is in use
        rotate_secret(telling.database, KEY, subscriber_id=subscriber_id, by=None, now=NOW)
    assert secret.startswith(SECRET_PREFIX)
    assert keys() == [key_of_secret(second.encode()), key_of_secret(secret.encode())]
    assert {len(key) for key in keys()} == {32}
    end_former_secret(telling.database, subscriber_id=subscriber_id, by=None, now=NOW)
    assert len(keys()) == 1
    with telling.database.reading() as connection:
        kept = connection.execute(select(event_subscribers.c.secret)).scalar_one()
        told = str(read_changes(connection, kind=Kind.EVENTS))
    assert second.removeprefix(SECRET_PREFIX).encode() not in kept
    assert SECRET_PREFIX not in told


def test_each_change_of_a_subscriber_is_recorded_and_one_that_ended_is_gone(telling: Telling) -> None:
    subscriber_id, _ = add(telling, PLAIN, ADMINISTRATOR)
    with pytest.raises(EventsError, match="name of its own"):
        add(telling, PLAIN)
    for is_paused in (True, True, False):
        pause_subscriber(
            telling.database, subscriber_id=subscriber_id, is_paused=is_paused, by=ADMINISTRATOR, now=NOW
        )
    end_subscriber(telling.database, subscriber_id=subscriber_id, by=ADMINISTRATOR, now=NOW)
    with telling.database.reading() as connection:
        changes = read_changes(connection, kind=Kind.EVENTS)
        with pytest.raises(NotFoundError):
            find_subscriber(connection, subscriber_id)
    assert [change.actor for change in changes] == ["B. Beheer"] * 4


def test_a_system_that_is_called_as_the_id_of_another_is_not_taken_for_it(telling: Telling) -> None:
    subscriber_id, _ = add(telling, PLAIN)
    other, _ = add(telling, replace(PLAIN, name=subscriber_id))
    with telling.database.writing() as connection:
        connection.execute(
            update(event_subscribers).where(event_subscribers.c.id == other).values(id="0" * 36)
        )
        assert find_subscriber(connection, subscriber_id).name == "zaaksysteem"


def test_the_settings_file_sets_who_is_told_and_its_secret_stays_in_its_own_file(
    telling: Telling, tmp_path: Path
) -> None:
    secret_file = tmp_path / "secret"
    secret_file.write_text("former" * 6 + "\n" + "present" * 6 + "\n", encoding="utf-8")
    one = EventSubscription(name="esb", url="https://esb.example.org/", secret_file=secret_file)

    def follow(*subscriptions: EventSubscription) -> None:
        events = telling.settings.events.model_copy(update={"subscriptions": subscriptions})
        telling.settings = telling.settings.model_copy(update={"events": events})
        with telling.database.writing() as connection:
            assert not is_as_set(connection, telling.settings)
            match_settings(connection, telling.settings, now=NOW)
            assert is_as_set(connection, telling.settings)

    follow(one)
    with pytest.raises(EventsError, match="found 'esb' among"):
        add(telling, replace(PLAIN, name="esb"))
    with telling.database.reading() as connection:
        found = find_subscriber(connection, "esb")
        assert read_secrets(connection, telling.settings, KEY, found) == [
            b"present" * 6,
            b"former" * 6,
        ]
    for change in (pause_subscriber, end_subscriber):
        extra = {"is_paused": True} if change is pause_subscriber else {}
        with pytest.raises(EventsError, match="set by the server"):
            change(telling.database, subscriber_id=found.id, by=None, now=NOW, **extra)
    follow(one.model_copy(update={"dwellings": True, "gebieden": ("Nergens",)}))
    with telling.database.reading() as connection:
        problem = find_subscriber(connection, "esb").problem or ""
    assert problem_in_dutch(problem).endswith("niet bestaat: Nergens.")
    follow()
    with telling.database.reading() as connection:
        found = find_subscriber(connection, "esb")
        assert (found.reads_dwellings, found.is_paused) == (True, True)
        assert read_secrets(connection, telling.settings, KEY, found) == []
