"""Sending to a system that fails, is slow, dies or lies: nothing is lost, and each hotspot stays in order."""

import socket
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotspots.errors import LockedError
from hotspots.privacy.retention import remove_traces_of_use
from hotspots.publishing.events.outgoing import read_dead, send_again, subscribers_with_work
from hotspots.publishing.events.sending import (
    LATE,
    NO_HTTP,
    NO_SECRET,
    OVERHEARD,
    UNREACHED,
    problem_in_dutch,
    send_test,
)
from hotspots.publishing.events.subscriber import find_subscriber, permitted_types
from hotspots.publishing.events.subscribers import NewSubscription, pause_subscriber
from hotspots.store.event_tables import event_subscribers, events
from hotspots.store.run_tables import hotspots
from tests.event_receiver import Receiver, hang_up, status
from tests.event_telling import KEY, Telling

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def ids(receiver: Receiver) -> list[str]:
    return [request.event["id"] for request in receiver.requests]


def drip(connection: socket.socket) -> None:
    """Answer a byte of a header now and then, for ever."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    """Say that all is well, and never stop talking."""
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def silent(_: socket.socket) -> None:
    """Say nothing for longer than anyone waits."""
    time.sleep(0.8)


def test_an_event_that_fails_holds_up_the_later_ones_of_its_hotspot_and_no_others(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(spots[0], spots[1], spots[0], spots[1], None)
    failing = {"event-1"}
    receiver.answer = lambda request: status(500 if request.event["id"] in failing else 200)
    assert telling.send() == {"failed": 1, "sent": 3}
    assert sorted(ids(receiver)) == ["event-1", "event-2", "event-4", "event-5"]
    assert telling.send() == {}  # not before the pause is over
    failing.clear()
    telling.pass_time(seconds=10)
    receiver.requests.clear()
    assert telling.send() == {"sent": 2}
    assert ids(receiver) == ["event-1", "event-3"]
    assert {row.state for row in telling.rows()} == {"sent"}


def test_pauses_grow_and_after_the_last_the_event_is_a_dead_letter_that_can_be_sent_again(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(spots[0], spots[0])
    receiver.answer = lambda request: status(500 if request.event["id"] == "event-1" else 204)
    moments = []
    for _ in range(8):
        if telling.send().get("failed"):
            moments.append(telling.now)
        telling.pass_time(seconds=10)
    first, second, third = moments
    assert ((second - first).seconds, (third - second).seconds) == (10, 60)
    with telling.database.reading() as connection:
        [letter] = read_dead(connection)
    assert (letter.event_id, letter.attempts, letter.problem) == ("event-1", 3, "status 500")
    assert ids(receiver)[-1] == "event-2"  # what came after it goes on
    receiver.answer = lambda _: status(204)
    assert send_again(telling.database, ids=[letter.id], by=None, now=telling.now) == 1
    assert telling.send() == {"sent": 1}
    assert ids(receiver)[-1] == "event-1"


def test_a_receiver_that_is_gone_is_not_asked_again_and_one_that_asks_to_wait_is_left_alone(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(spots[0])
    receiver.answer = lambda _: status(410)
    telling.send()
    telling.queue(spots[1], None)
    receiver.answer = lambda _: status(503, "Retry-After: 300")
    telling.send()
    asked = len(receiver.requests)
    telling.pass_time(seconds=299)
    assert telling.send() == {}
    telling.pass_time(seconds=2)
    receiver.answer = lambda _: status(204)
    assert telling.send() == {"sent": 2}
    assert (asked, [row.state for row in telling.rows()]) == (3, ["dead", "sent", "sent"])


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(silent, LATE, id="slower than the patience"),
        pytest.param(drip, LATE, id="a header that never ends"),
        pytest.param(hang_up, NO_HTTP, id="the connection is closed"),
        pytest.param(b"220 smtp.example.org\r\n\r\n", NO_HTTP, id="another protocol"),
        pytest.param(
            status(503, "Retry-After: Mon, 99999999999999999999 Jan 2024 00:00:00 GMT"),
            "status 503",
            id="a moment that no calendar has",
        ),
        pytest.param(status(302, "Location: http://127.0.0.1:1/"), "status 302", id="a redirect"),
        pytest.param(status(200, body=b"\xff<html>"), None, id="garbage that was taken"),
        pytest.param(status(204) + status(204), None, id="two answers to one"),
        pytest.param(endless, None, id="an answer that never ends"),
    ],
)
def test_whatever_the_answer_is_the_event_is_sent_or_waits(
    telling: Telling, spots: list[str], receiver: Receiver, answer: object, problem: str | None
) -> None:
    if problem == LATE:  # others have time enough, on a busy machine too
        events_settings = telling.settings.events.model_copy(update={"timeout_s": 0.5})
        telling.settings = telling.settings.model_copy(update={"events": events_settings})
    telling.subscribe()
    telling.queue(spots[0])
    receiver.answer = lambda _: answer  # type: ignore[return-value, assignment]
    began = time.monotonic()
    telling.send()
    [row] = telling.rows()
    assert (row.state, row.problem) == ("sent" if problem is None else "waiting", problem)
    assert time.monotonic() - began < 3
    receiver.answer = lambda _: status(204)
    telling.pass_time(seconds=20)
    telling.send()
    assert (telling.rows()[0].state, set(ids(receiver))) == ("sent", {"event-1"})


def test_a_receiver_that_is_away_is_asked_a_few_times_and_then_rests_as_a_whole(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    with telling.database.writing() as connection:
        chosen = update(event_subscribers).where(event_subscribers.c.id == telling.id)
        connection.execute(chosen.values(url="http://127.0.0.1:1/"))
    telling.queue(*spots, None)
    assert telling.send() == {"failed": 3}
    telling.queue(*spots)
    assert telling.send() == {}
    with telling.database.reading() as connection:
        found = find_subscriber(connection, telling.id)
    assert (found.problem, found.failing_since) == (UNREACHED, telling.now)
    assert found.rests_until == telling.now + timedelta(seconds=10)


def test_what_a_subscriber_may_not_know_any_more_is_not_sent(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe(NewSubscription("kaart", ""))
    telling.queue(*spots)
    with telling.database.writing() as connection:
        chosen = update(hotspots).where(hotspots.c.id == spots[0])
        connection.execute(chosen.values(points_at_persons=True))
    telling.send()
    assert [row.state for row in telling.rows()] == ["withheld", "sent"]
    assert [request.event["data"]["hotspotId"] for request in receiver.requests] == [spots[1]]


def test_nothing_goes_where_it_can_be_overheard_or_unsigned_or_while_paused(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(spots[0])
    chosen = update(event_subscribers).where(event_subscribers.c.id == telling.id)
    problems = []
    for values in ({"url": "http://example.org/"}, {"url": receiver.url, "secret": b"of another key"}):
        with telling.database.writing() as connection:
            connection.execute(chosen.values(values))
        telling.send()
        telling.pass_time(minutes=5)
        problems.append(telling.rows()[0].problem)
    pause_subscriber(telling.database, subscriber_id=telling.id, is_paused=True, by=None, now=telling.now)
    assert telling.send() == {}
    assert (problems, receiver.requests) == ([OVERHEARD, NO_SECRET], [])
    assert all(problem_in_dutch(problem).endswith(".") for problem in problems)


def test_events_go_after_their_period_also_those_that_nobody_took(telling: Telling, spots: list[str]) -> None:
    telling.subscribe()
    telling.queue(spots[0], None)
    days = telling.settings.retention.event_days
    for later, left in ((days, 2), (days + 1, 0)):
        now = telling.now + timedelta(days=later)
        with telling.database.writing() as connection:
            remove_traces_of_use(connection, telling.settings, now=now)
        assert len(telling.rows()) == left
    telling.queue(None)
    assert telling.rows()[0].id == 3  # a receiver compares the numbers


def test_what_waits_for_a_clock_that_went_back_since_is_sent(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(*spots)
    telling.pass_time(days=-2)
    receiver.answer = lambda request: status(500 if request.event["id"] == "event-1" else 204)
    assert telling.send() == {"failed": 1, "sent": 1}
    with telling.database.writing() as connection:
        later = {"due_at": telling.now + timedelta(days=400)}
        connection.execute(update(events).where(events.c.state == "waiting").values(later))
        connection.execute(update(event_subscribers).values(rests_until=later["due_at"]))
        assert subscribers_with_work(connection, now=telling.now) == [telling.id]
    receiver.answer = lambda _: status(204)
    assert telling.send() == {"sent": 1}


def test_what_a_subscriber_may_not_be_told_any_more_is_not_sent(
    telling: Telling, spots: list[str], receiver: Receiver
) -> None:
    telling.subscribe()
    telling.queue(*spots)
    with telling.database.writing() as connection:
        connection.execute(update(events).where(events.c.id == 1).values(type="hotspot-beoordeeld"))
        types = [str(kind) for kind in permitted_types(reads_cases=False)]
        connection.execute(update(event_subscribers).values(reads_cases=False, types=types))
    assert telling.send() == {"sent": 1}
    assert [row.state for row in telling.rows()] == ["withheld", "sent"]


def test_what_is_sent_to_this_machine_does_not_pass_a_proxy(
    telling: Telling, spots: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    telling.subscribe()
    telling.queue(spots[0])
    assert telling.send() == {"sent": 1}


def test_two_senders_do_not_send_to_one_system_at_once(telling: Telling, spots: list[str]) -> None:
    telling.subscribe()
    telling.queue(spots[0])
    with telling.database.exclusive_lock(f"events-{telling.id}"), pytest.raises(LockedError):
        telling.send()


def test_a_test_event_tells_of_nothing(telling: Telling, receiver: Receiver) -> None:
    subscriber_id = telling.subscribe()

    def send() -> str | None:
        return send_test(
            telling.database, telling.settings, KEY, subscriber_id=subscriber_id, now=telling.now
        )

    assert send() is None
    receiver.answer = lambda _: status(401)
    assert send() == "status 401"
    event = receiver.requests[0].event
    assert (event["type"], event["data"]) == ("nl.overlasthotspots.test", {})
    with telling.database.reading() as connection:
        assert connection.execute(select(events.c.id)).first() is None
