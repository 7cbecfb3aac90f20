"""Telling other systems what happens: within moments, beside the jobs, and again after being killed."""

import json
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.steps import move
from hotspots.model import Status
from hotspots.settings import EventsSettings, EventSubscription, ServiceSettings, Settings
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers, events
from jobs.events import has_events, keep_sending, send_what_waits
from jobs.runner import RUNNER
from tests.conftest import RunCommand
from tests.event_receiver import Receiver, Request, receiving, status

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
SECRET = "s3cr3t-" * 6

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A system that takes events."""
    with receiving() as receiver:
        yield receiver


def telling(settings: Settings, url: str, *addresses: str) -> Settings:
    """Settings with a subscriber at each address, which reads all."""
    subscriptions = tuple(
        EventSubscription(
            name=f"systeem {number}", url=address, secret=SecretStr(SECRET), dwellings=True, cases=True
        )
        for number, address in enumerate(addresses)
    )
    quick = EventsSettings(pauses_s=(0.001, 60), jitter=0, subscriptions=subscriptions)
    service = ServiceSettings(signing_key_file=settings.service.signing_key_file)
    database = settings.database.model_copy(update={"url": url})
    return settings.model_copy(update={"events": quick, "service": service, "database": database})


def verify(database: Database, settings: Settings, oov: Actor, hotspot: str) -> None:
    move(CaseAccess(database, settings, oov, hotspot, NOW), Status.IN_VERIFICATIE, expected_version=1)


def test_what_people_do_is_told_within_moments_also_while_a_job_is_being_done(
    database: Database,
    database_url: str,
    settings: Settings,
    placed: Callable[..., str],
    oov: Actor,
    receiver: Receiver,
) -> None:
    told, known, stop = threading.Event(), threading.Event(), threading.Event()
    own = telling(settings, database_url, receiver.url, "http://127.0.0.1:1/")
    spot = placed()

    def take(_: Request) -> bytes:
        told.set()
        return status(204)

    receiver.answer = take

    def current() -> Settings:
        with database.reading() as connection:
            if len(connection.execute(select(event_subscribers.c.id)).all()) == 2:
                known.set()
        return own

    sender = threading.Thread(
        target=keep_sending,
        args=(stop,),
        kwargs={"current": current, "clock": now, "look_every_s": 0.02, "try_every_s": 0.05},
    )
    with database.exclusive_lock(RUNNER):
        sender.start()
        assert known.wait(10)
        verify(database, own, oov, spot)
        assert told.wait(10)
    stop.set()
    sender.join(10)
    assert not sender.is_alive()
    assert receiver.requests[0].about == "hotspot-gewijzigd HS-2024-001"


def test_a_sender_that_is_killed_before_it_knew_sends_again_with_the_same_id(
    database: Database,
    database_url: str,
    settings: Settings,
    placed: Callable[..., str],
    oov: Actor,
    receiver: Receiver,
) -> None:
    own = telling(settings, database_url, receiver.url)
    spot = placed()
    send_what_waits(database, own, clock=now)
    verify(database, own, oov, spot)
    asked, killed = threading.Event(), threading.Event()

    def wait(_: socket.socket) -> None:
        asked.set()
        killed.wait(10)

    def send() -> None:
        with closing(Database(database_url)) as own_connections:
            send_what_waits(own_connections, own, clock=now)

    receiver.answer = lambda _: wait
    process = multiprocessing.get_context("fork").Process(target=send)
    process.start()
    assert asked.wait(10)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(10)
    killed.set()
    receiver.answer = lambda _: status(204)
    with database.reading() as connection:
        assert has_events(connection, own, now=now())
    assert send_what_waits(database, own, clock=now) == {"made": 0, "sent": 1, "failed": 0}
    first, second = receiver.requests
    assert (first.event, first.headers["webhook-id"]) == (second.event, second.event["id"])


def test_the_command_subscribes_a_system_tells_of_it_and_sends_again(
    run_command: RunCommand, receiver: Receiver, database_url: str, tmp_path: Path, placed: Callable[..., str]
) -> None:
    settings = {"DATABASE_URL": database_url}

    def run(*arguments: str, code: int = 0) -> dict[str, object]:
        told: dict[str, object] = json.loads(
            run_command("events", *arguments, "--json", settings=settings, code=code).stdout
        )
        return told

    spot, by = placed(), ("--by", "B. Beheer")
    assert run("list") == {"subscribers": []}
    assert str(run("subscribe", "esb", receiver.url, *by)["secret"]).startswith("whsec_")
    refused = run_command("events", "subscribe", "x", "http://x.nl/", *by, settings=settings, code=1).stderr
    assert "https://" in refused
    assert run("test", "esb")["taken"] is True
    with closing(Database(database_url)) as database, database.writing() as connection:
        one = connection.execute(select(event_subscribers.c.id)).scalar_one()
        dead = {"state": "dead", "attempts": 9, "due_at": NOW, "ended_at": NOW, "problem": "status 500"}
        about = {"event_id": "e", "type": "hotspot-gewijzigd", "hotspot_id": spot, "at": NOW, "made_at": NOW}
        connection.execute(insert(events).values(subscriber_id=one, **about, **dead))
    assert run("dead")["dead"] == 1
    assert run("resend", "esb", *by) == {"waiting": 1}
    assert run("send") == {"made": 0, "sent": 1, "failed": 0}
    run("pause", "esb", *by)
    assert str(run("rotate", "esb", *by)["secret"]).startswith("whsec_")
    run("rotate", "esb", "--end-former", *by)
    run("resume", "esb", *by)
    receiver.answer = lambda _: status(500)
    assert run("test", "esb", code=1)["problem"] == "status 500"
    assert "esb" in run_command("events", "list", settings=settings).stdout
    assert run("end", "esb", *by) == {"ended": "esb"}
