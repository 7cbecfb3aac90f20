"""An event as it is sent: a CloudEvent in JSON, and the headers that sign it.

CloudEvents 1.0 (https://github.com/cloudevents/spec) after the NL GOV profile
(https://gitdocumentatie.logius.nl/publicatie/notificatieservices/CloudEvents-NL), signed after Standard
Webhooks (https://www.standardwebhooks.com). There is no ``dataref``: it would have to lead to the same as
``data`` says, and the links lead to more.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hotspots import __version__
from hotspots.model import EventType
from hotspots.settings import Settings

TYPE_PREFIX = "nl.overlasthotspots."
"""The prefix of types in every installation: this software says what a type means, not who runs it."""

TEST = "test"
"""The last part of the type of an event that tells of nothing."""

MEANINGS: Mapping[EventType, str] = {
    EventType.SIGNALLED: "A place came on the list as a candidate: a run found it, people put it there, or "
    "it is there again after it was closed.",
    EventType.CHANGED: "A place went off the list or came back on it, has another trend, new reports, "
    "another status, or (for who reads cases) something was written in its case.",
    EventType.JUDGED: "A partner gave its verdict.",
    EventType.DECIDED: "It was decided what the place is: veiligheid, leefbaarheid or geen hotspot.",
    EventType.MEASURE: "A measure was added, changed or withdrawn.",
    EventType.CLOSED: "The case was closed.",
    EventType.LIST_READY: "The weekly run is done, and the list of the week is there.",
}
"""What each type says, in English."""

IN_DUTCH: Mapping[EventType, str] = {
    EventType.SIGNALLED: "Een plek kwam op de lijst, of is er weer.",
    EventType.CHANGED: "Er veranderde iets aan een plek: de trend, de meldingen of de status.",
    EventType.JUDGED: "Een partner gaf een oordeel.",
    EventType.DECIDED: "Er is besloten wat de plek is.",
    EventType.MEASURE: "Een maatregel kwam erbij, is gewijzigd of ingetrokken.",
    EventType.CLOSED: "De plek is gesloten.",
    EventType.LIST_READY: "De lijst van de week is klaar.",
}
"""The same for pages."""


@dataclass(frozen=True)
class Message:
    """One event, as it is the same each time that it is sent."""

    id: str
    type: str  # without the prefix
    at: datetime
    sequence: int
    hotspot_id: str | None = None
    number: str | None = None
    peildatum: date | None = None

    def body(self, settings: Settings) -> bytes:
        """The CloudEvent, in UTF-8."""
        event = {
            "specversion": "1.0",
            "id": self.id,
            "source": source_of(settings),
            "type": TYPE_PREFIX + self.type,
            "subject": self.number or (self.peildatum.isoformat() if self.peildatum else self.type),
            "time": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "sequence": f"{self.sequence:012d}",
            "data": self._data(settings),
        }
        return json.dumps(event, ensure_ascii=False).encode()

    def _data(self, settings: Settings) -> dict[str, Any]:
        address = settings.service.address
        if self.hotspot_id is not None:
            links = {
                "pagina": f"{address}/hotspots/{self.number}",
                "api": f"{address}/v1/hotspots/{self.hotspot_id}",
            }
            return {"hotspotId": self.hotspot_id, "nummer": self.number, "links": links}
        if self.peildatum is not None:
            day = self.peildatum.isoformat()
            links = {
                "pagina": f"{address}/?peildatum={day}",
                "api": f"{address}/v1/hotspots?peildatum={day}",
            }
            return {"peildatum": day, "links": links}
        return {}


def source_of(settings: Settings) -> str:
    """How events name this installation.

    Examples
    --------
    >>> source_of(Settings())
    'urn:nld:gemeente-onbekend:systeem:hotspots'
    """
    code = settings.municipality.code.casefold() or "onbekend"
    return settings.events.source or f"urn:nld:gemeente-{code}:systeem:hotspots"


def headers_of(message_id: str, body: bytes, keys: Sequence[bytes], *, now: datetime) -> dict[str, str]:
    """The headers of a request, with a signature by each of the keys.

    Examples
    --------
    >>> headers_of("1", b"{}", [b"k"], now=datetime(2023, 12, 4, tzinfo=UTC))["webhook-signature"]
    'v1,vKMOmKaQvkA62t0uWdVNZuqpY4KNwe88qC2FRCTaJMA='
    """
    stamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    codes = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": f"hotspots/{__version__}",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(code).decode()}" for code in codes),
    }
