"""The whole way: a decision here, our sender, the example subscriber, a Zaken API, and the link back here."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
import uvicorn
from pytest_httpserver import HTTPServer

from hotspots.access.machine_tokens import add_token
from hotspots.access.rights import Actor, Right, Role
from hotspots.access.signed_links import load_signing_key
from hotspots.casework.cases import CaseAccess
from hotspots.casework.links import read_links
from hotspots.casework.steps import triage
from hotspots.model import Status
from hotspots.publishing.events.subscribers import NewSubscription, subscribe
from hotspots.settings import Settings, SignInSettings
from hotspots.store.database import Database
from jobs.events import send_what_waits
from tests.api.examples.zaken_server import PATH, Trouble, ZakenServer
from zgw_subscriber.config import Config
from zgw_subscriber.hotspots_api import Hotspots
from zgw_subscriber.memory import Memory
from zgw_subscriber.service import create_app
from zgw_subscriber.subscriber import Subscriber
from zgw_subscriber.zaken import Zaken

PLACE, DWELLING = "HS-2023-001", "HS-2023-002"
OOV = Actor("o", "O. Adviseur", Role.OOV, "OOV")


@contextmanager
def taking_events(config: Config, port: int) -> Iterator[None]:
    """The example as people run it, from its settings."""
    api, zaken = Hotspots(config), Zaken(config)
    subscriber = Subscriber(config, api, zaken, Memory(config.state), lambda: date(2023, 12, 4))
    server = uvicorn.Server(
        uvicorn.Config(create_app(config, subscriber), log_level="warning", lifespan="off")
    )
    listener = socket.create_server(("127.0.0.1", port))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        api.close()
        zaken.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("three_weeks")
def test_a_decision_becomes_one_zaak_that_is_linked_here_though_the_zaken_api_and_the_subscriber_fail(
    service_settings: Settings,
    database: Database,
    serve: Callable[[Settings], AbstractContextManager[str]],
    config: Config,
    threaded_server: HTTPServer,
) -> None:
    settings = service_settings.model_copy(update={"sign_in": SignInSettings()})
    now, zaken = datetime.now(UTC), ZakenServer()
    threaded_server.clear()
    threaded_server.expect_request(PATH).respond_with_handler(zaken.answer)
    _, token = add_token(
        database,
        name="Zaaksysteem",
        scopes=[Right.READ_HOTSPOTS, Right.LINK],
        expires_at=now + timedelta(days=1),
        created_by="beheerder",
        now=now,
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, secret = subscribe(
        database,
        settings,
        load_signing_key(settings.service),
        subscription=NewSubscription("Zaaksysteem", f"http://127.0.0.1:{port}/events"),
        by=None,
        now=now,
    )
    for number in (PLACE, DWELLING):
        access = CaseAccess(database, settings, OOV, number, now)
        triage(access, Status.VEILIGHEID, expected_version=1, reason="Elke avond groepen.")

    def send(*, after_s: int) -> dict[str, int]:
        moment = datetime.now(UTC) + timedelta(seconds=after_s)
        counts = send_what_waits(database, settings, clock=lambda: moment)
        return {name: count for name, count in counts.items() if count and name != "made"}

    with serve(settings) as address:
        own = replace(
            config,
            webhook_secrets=(secret,),
            hotspots_url=address,
            hotspots_token=token,
        )
        assert set(send(after_s=0)) == {"failed"}, "the subscriber is not there"
        zaken.troubles.extend(
            [None, Trouble(500, is_after=True)]  # it opens the zaak, and says that it fails
        )
        with taking_events(own, port):
            assert send(after_s=15)["failed"] == 1
            assert (len(zaken.zaken), read_links(CaseAccess(database, settings, OOV, PLACE, now))) == (1, [])
        with taking_events(own, port):  # it was started anew
            assert "failed" not in send(after_s=100)
            assert "failed" not in send(after_s=101), "and is told of its own link, which it leaves"
    [zaak] = zaken.zaken
    [link] = read_links(CaseAccess(database, settings, OOV, PLACE, now))
    assert (zaak["identificatie"], zaak["omschrijving"]) == (PLACE, f"Hotspot {PLACE}")
    assert (link.system, link.reference, link.given_by) == ("Zaaksysteem", PLACE, "Zaaksysteem")
    assert link.url == f"https://zaken.example.org/zaken/{PLACE}"
    assert read_links(CaseAccess(database, settings, OOV, DWELLING, now)) == [], "of dwellings it is not told"
