"""The example subscriber between a Zaken API of tests and a hotspots that answers what a test says."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.api.examples.zaken_server import CLIENT_ID, PATH, RSIN, SECRET, ZAAKTYPE, ZakenServer, as_json
from zgw_subscriber.config import Config
from zgw_subscriber.hotspots_api import Hotspots
from zgw_subscriber.memory import Memory
from zgw_subscriber.service import create_app
from zgw_subscriber.subscriber import Subscriber
from zgw_subscriber.zaken import Zaken

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret of tests, never a real one").decode()
HOTSPOT_ID, NUMBER = "6f1c2f0e-4d5b-4a39-9c57-2a1f0d9b8e31", "HS-2023-014"
NOW_S = 1_701_680_000.0


@dataclass
class HotspotsServer:
    """What the example asks of hotspots, and what it wrote there."""

    status: str = "veiligheid"
    links: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)  # statuses of the next links

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if request.headers.get("Authorization") != "Bearer token":
            return as_json({"detail": "Meld u aan."}, 401, "application/problem+json")
        if not request.path.startswith(f"/v1/hotspots/{HOTSPOT_ID}"):
            return as_json({"detail": "Dit bestaat niet."}, 404, "application/problem+json")
        if request.method == "GET":
            return as_json({"id": HOTSPOT_ID, "nummer": NUMBER, "status": self.status})
        if self.refusals:
            return as_json({"detail": "Kan nu niet."}, self.refusals.pop(0), "application/problem+json")
        if request.json not in self.links:  # as the real one: the same again is once
            self.links.append(request.json)
        return as_json(request.json, 201)


@dataclass
class Around:
    """The subscriber, and the two systems that it works with."""

    zaken: ZakenServer
    hotspots: HotspotsServer
    start: Callable[[], TestClient]  # as after a restart of the program
    client: TestClient

    def send(self, event: dict[str, Any], **signing: Any) -> Any:
        """Send an event as hotspots does."""
        body = json.dumps(event).encode()
        return self.client.post("/events", content=body, headers=signed(event["id"], body, **signing))


@pytest.fixture(scope="session")
def threaded_server() -> Iterator[HTTPServer]:
    """A server that goes on answering while it lets somebody wait."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, threaded_server: HTTPServer) -> Config:
    """The settings of the example, with both systems at the one server of tests."""
    return Config(
        state=tmp_path / "state.sqlite",
        webhook_secrets=(WEBHOOK_SECRET,),
        hotspots_url=threaded_server.url_for("").rstrip("/"),
        hotspots_token="token",
        zaken_url=threaded_server.url_for(PATH.removesuffix("/zaken")),
        zaken_client_id=CLIENT_ID,
        zaken_secret=SECRET,
        zaaktype=ZAAKTYPE,
        bronorganisatie=RSIN,
        verantwoordelijke_organisatie=RSIN,
        zaak_page="https://zaken.example.org/zaken/{identificatie}",
        timeout_s=1.0,
    )


@pytest.fixture
def around(config: Config, threaded_server: HTTPServer) -> Iterator[Around]:
    """The subscriber with an empty Zaken API and one hotspot on which people decided."""
    threaded_server.clear()
    zaken, hotspots = ZakenServer(), HotspotsServer()
    threaded_server.expect_request(PATH).respond_with_handler(zaken.answer)
    for path in ("", "/koppelingen"):
        for known in (HOTSPOT_ID, "00000000-0000-4000-8000-000000000000"):
            threaded_server.expect_request(f"/v1/hotspots/{known}{path}").respond_with_handler(
                hotspots.answer
            )
    opened: list[Hotspots | Zaken] = []

    def start() -> TestClient:
        opened.extend((api := Hotspots(config), own := Zaken(config)))
        subscriber = Subscriber(config, api, own, Memory(config.state), lambda: date(2023, 12, 4))
        return TestClient(create_app(config, subscriber, clock=lambda: NOW_S))

    yield Around(zaken, hotspots, start, start())
    for one in opened:
        one.close()


def event_of(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A decision on the hotspot, as hotspots tells it."""
    event = {
        "specversion": "1.0",
        "id": f"5f0c2a1e-0000-4000-8000-{number:012}",
        "source": "urn:nld:gemeente-gm0935:systeem:hotspots",
        "type": "nl.overlasthotspots.hotspot-besloten",
        "subject": NUMBER,
        "time": "2023-12-04T09:12:03.120000Z",
        "datacontenttype": "application/json",
        "sequence": f"{number:012}",
        "data": {"hotspotId": HOTSPOT_ID, "nummer": NUMBER, "links": {}},
    }
    return event | changes


def signed(event_id: str, body: bytes, *, secret: str = WEBHOOK_SECRET, at: float = NOW_S) -> dict[str, str]:
    """The headers of Standard Webhooks, made here once more."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{event_id}.{int(at)}.".encode() + body
    code = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{code}",
        "content-type": "application/cloudevents+json",
    }
