"""An event as it is sent: what a receiver can rely on."""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotspots.model import EventType
from hotspots.publishing.events.message import IN_DUTCH, MEANINGS, Message, headers_of, source_of
from hotspots.publishing.events.subscriber import key_of_secret, new_secret
from hotspots.settings import EventsSettings, ServiceSettings, Settings

AT = datetime(2023, 12, 4, 9, 12, 3, tzinfo=UTC)
SETTINGS = Settings(
    service=ServiceSettings(address="https://hotspots.example.org"),
    events=EventsSettings(source="urn:nld:oin:00000001234567890000:systeem:hotspots"),
)
BODY = (
    '{"specversion": "1.0", "id": "e1", "source": "urn:nld:oin:00000001234567890000:systeem:hotspots", '
    '"type": "nl.overlasthotspots.hotspot-besloten", "subject": "HS-2023-014", '
    '"time": "2023-12-04T09:12:03Z", "datacontenttype": "application/json", "sequence": "000000000042", '
    '"data": {"hotspotId": "h1", "nummer": "HS-2023-014", "links": '
    '{"pagina": "https://hotspots.example.org/hotspots/HS-2023-014", '
    '"api": "https://hotspots.example.org/v1/hotspots/h1"}}}'
)


def test_an_event_holds_ids_and_links_and_nothing_else() -> None:
    message = Message("e1", EventType.DECIDED, AT, 42, hotspot_id="h1", number="HS-2023-014")
    assert message.body(SETTINGS).decode() == BODY


def test_an_event_about_the_list_leads_to_its_week() -> None:
    body = Message("e2", EventType.LIST_READY, AT, 43, peildatum=date(2023, 12, 3)).body(SETTINGS).decode()
    assert '"subject": "2023-12-03"' in body
    assert '"https://hotspots.example.org/v1/hotspots?peildatum=2023-12-03"' in body


def test_each_key_signs_id_time_and_body() -> None:
    headers = headers_of("e1", b"{}", [b"new", b"former"], now=AT)
    signed = f"e1.{int(AT.timestamp())}.".encode() + b"{}"
    wanted = [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in (b"new", b"former")
    ]
    assert headers["webhook-signature"].split() == wanted
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("e1", str(int(AT.timestamp())))
    assert headers["content-type"].startswith("application/cloudevents+json")


def test_the_lines_of_the_document_tell_what_is_ours() -> None:
    text = Path("docs/events.md").read_text(encoding="utf-8")
    lines: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0], lines)  # noqa: S102
    now, secret = datetime.now(UTC), new_secret()
    headers = headers_of("e1", b"{}", [b"former", key_of_secret(secret.encode())], now=now)
    late = headers_of("e1", b"{}", [key_of_secret(secret.encode())], now=now - timedelta(minutes=6))
    told = [
        lines["is_ours"](*asked)
        for asked in (
            (headers, b"{}", secret),
            (headers, b"{ }", secret),
            (headers | {"webhook-id": "e2"}, b"{}", secret),
            (headers | {"webhook-signature": "v1,\xe9"}, b"{}", secret),
            (headers, b"{}", new_secret()),
            (late, b"{}", secret),
        )
    ]
    assert told == [True, False, False, False, False, False]


@pytest.mark.parametrize("kind", EventType)
def test_each_type_says_what_it_means(kind: EventType) -> None:
    assert MEANINGS[kind].endswith(".")
    assert IN_DUTCH[kind].endswith(".")


def test_an_installation_without_a_name_is_called_after_its_municipality() -> None:
    assert source_of(Settings()).startswith("urn:nld:")
