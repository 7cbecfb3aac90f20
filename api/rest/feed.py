"""The Atom feed (RFC 4287) of hotspots new on the list, for mail programs and OOV's own tools."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from sqlalchemy import Connection

from hotspots.publishing.followed_changes import FollowedChange
from hotspots.settings import Settings
from hotspots.tracking.hotspots import NewHotspot
from hotspots.tracking.listed import is_listed
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.tracking.signalling import WHAT_IT_MEANS, read_signalling
from hotspots.wording import SOORTOORDELEN

ATOM = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class StoppedEntry:
    """That signalling is stopped: what a feed says of it, and since when."""

    at: datetime
    title: str


def stopped_entry(connection: Connection, settings: Settings) -> StoppedEntry | None:
    """What a feed says while signalling is stopped; None while it runs."""
    state = read_signalling(connection)
    if state.stopped is None:
        return None
    return StoppedEntry(state.stopped.at, state.sentence(settings.municipality))


def draw_feed(
    hotspots: Sequence[NewHotspot],
    *,
    base: str,
    self_url: str,
    title: str,
    author: str,
    stopped: StoppedEntry | None = None,
) -> bytes:
    """Give hotspots as a feed, in this order; ``self_url`` is its address and id, ``base`` the service.

    While signalling is stopped, that is its subtitle and its first entry.
    """
    updated = max((entry.updated for entry in hotspots), default=_NEVER)
    feed = _feed(self_url, title, author, updated, base, stopped)
    for new in hotspots:
        hotspot, entry = new.hotspot, ET.SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{hotspot.id}")
        _add(entry, "title", f"{hotspot.label}: {SOORTOORDELEN[hotspot.soort_oordeel]}")
        _add(entry, "published", _moment(new.published))
        _add(entry, "updated", _moment(new.updated))
        ET.SubElement(entry, "link", {"rel": "alternate", "href": f"{base}/hotspots/{hotspot.nummer}"})
        ET.SubElement(entry, "link", {"rel": "related", "href": f"{base}/v1/hotspots/{hotspot.nummer}"})
        terms = {
            "soort": hotspot.soort,
            "indicatie": hotspot.indicatie,
            "aard": hotspot.aard,
            "status": hotspot.status,
            "trend": hotspot.trend,
            "opDeLijst": "ja" if is_listed(hotspot) else "nee",
        }
        for scheme, term in (terms | {"gebied": hotspot.gebied or "onbekend"}).items():
            ET.SubElement(entry, "category", {"scheme": f"urn:hotspots:{scheme}", "term": _clean(str(term))})
        _add(entry, "summary", " ".join(plain_reasons(hotspot)))
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def draw_changes(
    changes: Sequence[FollowedChange],
    *,
    base: str,
    self_url: str,
    title: str,
    author: str,
    stopped: StoppedEntry | None = None,
) -> bytes:
    """Give changes where somebody follows as a feed, in this order; the rest as :func:`draw_feed`."""
    updated = max((change.at for change in changes), default=_NEVER)
    feed = _feed(self_url, title, author, updated, base, stopped)
    for change in changes:
        hotspot, entry = change.hotspot, ET.SubElement(feed, "entry")
        name = hotspot.nummer if change.points_at_persons else hotspot.label
        key = f"{hotspot.id} {change.kind} {_moment(change.at)}"
        _add(entry, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, key)}")
        _add(entry, "title", f"{name}: {change.kind}")
        _add(entry, "updated", _moment(change.at))
        ET.SubElement(entry, "link", {"rel": "alternate", "href": f"{base}/hotspots/{hotspot.nummer}"})
        _add(entry, "summary", f"{name}: {change.kind}. Lees meer na aanmelden.")
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _feed(
    self_url: str, title: str, author: str, updated: datetime, base: str, stopped: StoppedEntry | None
) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "nl"})
    _add(feed, "id", self_url)
    _add(feed, "title", title)
    if stopped is not None:
        _add(feed, "subtitle", stopped.title)
    _add(feed, "updated", _moment(updated if stopped is None else max(updated, stopped.at)))
    _add(ET.SubElement(feed, "author"), "name", author)
    ET.SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": self_url})
    if stopped is not None:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, f'{base} gestopt {_moment(stopped.at)}')}")
        _add(entry, "title", stopped.title)
        _add(entry, "updated", _moment(stopped.at))
        ET.SubElement(entry, "link", {"rel": "alternate", "href": f"{base}/"})
        _add(entry, "summary", f"{stopped.title} {WHAT_IT_MEANS}")
    return feed


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
