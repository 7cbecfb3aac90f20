"""Whether a request is an event of ours: signed, recent and whole (standardwebhooks.com, CloudEvents 1.0)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

TOLERANCE_S = 300
"""An older request, or one from the future, may be one that somebody recorded."""

PREFIX = "nl.overlasthotspots."


class RefusedError(Exception):
    """The request is not one of hotspots, or came too late."""


@dataclass(frozen=True)
class Event:
    """What is told: that something happened at a place. What, is read from the API."""

    id: str
    type: str  # without the prefix
    hotspot_id: str | None  # None: not about one place
    number: str | None


def read_event(headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now_s: float) -> Event:
    """Give the event of a request.

    Parameters
    ----------
    headers
        By name in small letters.
    secrets
        As hotspots showed them; one is enough.

    Raises
    ------
    RefusedError
        If it is not signed with one of the secrets, not from the last five minutes, or no such event.
    """
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise RefusedError("no timestamp")
    signed = b".".join((event_id.encode("latin-1"), timestamp.encode("ascii"), body))
    if not _is_signed(signed, headers.get("webhook-signature", ""), secrets):
        raise RefusedError("not signed with the secret of this subscription")
    if abs(now_s - int(timestamp)) > TOLERANCE_S:  # after the signature: it covers the timestamp
        raise RefusedError("signed too long ago, or the clocks differ")
    try:
        event = json.loads(body)
        data = event.get("data") or {}
        found = Event(
            id=event["id"],
            type=event["type"].removeprefix(PREFIX),
            hotspot_id=str(UUID(data["hotspotId"])) if "hotspotId" in data else None,
            number=data.get("nummer"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError("no CloudEvent of hotspots") from error
    if event.get("specversion") != "1.0" or found.id != event_id:
        raise RefusedError("no CloudEvent of hotspots")
    return found


def _is_signed(signed: bytes, signatures: str, secrets: Sequence[str]) -> bool:
    given = [one.partition(",")[2] for one in signatures.split() if one.startswith("v1,")]
    is_known = False
    for secret in secrets:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise RefusedError("the secret in the settings is not one of hotspots") from error
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for one in given:
            is_known |= hmac.compare_digest(wanted.encode(), one.encode())
    return is_known
