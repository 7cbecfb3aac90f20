"""Locates stored reports again, as the register or what people said of addresses may have changed.

A report is tried with the present register and corrections, and then, if the settings say so, with an online
geocoder. A better location is stored in the report itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspots.geocoding.houses import radius_near
from hotspots.geocoding.locating import fix_in, locate_addresses, parsed_query
from hotspots.geocoding.locations import StoredQuery, change_locations, read_queries
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.pdok import can_be_asked
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.geocoding.register_store import (
    UNKNOWN,
    CachedAnswer,
    load_answers,
    load_register,
    save_answers,
    unknown_since,
)
from hotspots.model import HOUSE_PRECISIONS, Precision
from hotspots.settings import GeocodingSettings, Settings
from hotspots.store.audit import processing
from hotspots.store.database import Database

if TYPE_CHECKING:
    from hotspots.geocoding.online_client import OnlineGeocoder

IMPRECISE = (Precision.POSTCODE, Precision.STRAAT, Precision.BUURT, Precision.GEEN)
ANSWERS_PER_SAVE = 50
_RANK = {str(precision): rank for rank, precision in enumerate(Precision)}

Progress = Callable[[int, int], None]
"""Called with the number of distinct addresses done, and their total."""


@dataclass
class Relocated:
    """The result of locating again: counts of reports, and in `asked` of addresses."""

    tried: int = 0
    by_register: int = 0
    by_online: int = 0
    asked: int = 0
    outside: int = 0
    left: int = 0
    online_stopped: str = ""

    def as_json(self) -> dict[str, Any]:
        """The counts, for a command's result."""
        return {
            "tried": self.tried,
            "byRegister": self.by_register,
            "byOnline": self.by_online,
            "asked": self.asked,
            "outside": self.outside,
            "left": self.left,
            "onlineStopped": self.online_stopped or None,
        }


def relocate_reports(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    online: "OnlineGeocoder | None" = None,
    on_progress: Progress = lambda _done, _total: None,
) -> Relocated:
    """Locate again all reports that are located by postcode or less precisely.

    Parameters
    ----------
    online
        A geocoder to ask for addresses that are not in the register.

    Raises
    ------
    StoreError
        If the database can't be used.
    """
    with processing(database, "plekken van meldingen bepalen", now=now):
        with database.reading() as connection:
            register = load_register(connection, settings)
            queries = read_queries(connection, precisions=IMPRECISE)
        result = Relocated(tried=sum(len(query.report_ids) for query in queries))
        fixes, why, located_by = _by_register(queries, register)
        if online is not None:
            left = [query for query in queries if not _is_house(fixes.get(query.key))]
            answers = _by_online(database, settings, online, left, now=now, on_progress=on_progress)
            result.asked, result.online_stopped = online.asked, online.why_stopped
            fixes |= answers
            located_by |= dict.fromkeys(answers, "pdok")
        with database.writing() as connection:
            for source in ("hand", "register", "pdok"):
                chosen = [query for query in queries if located_by.get(query.key) == source]
                change = change_locations(
                    connection,
                    settings,
                    {report: fixes[query.key] for query in chosen for report in query.report_ids},
                    located_by=source,
                    why_not_better={report: why[query.key] for query in chosen for report in query.report_ids}
                    if source == "register"
                    else None,
                )
                result.outside += len(change.outside)
                if source == "pdok":
                    result.by_online += len(change.changed)
                else:
                    result.by_register += len(change.changed)
        result.left = result.tried - result.by_register - result.by_online
        return result


def _by_register(
    queries: Sequence[StoredQuery], register: AddressRegister
) -> tuple[dict[str, Fix], dict[str, str], dict[str, str]]:
    """Better locations by the present register or corrections, why they are no better, and by which."""
    if not queries:
        return {}, {}, {}
    located = locate_addresses(pd.DataFrame([query.query for query in queries]), register)
    better: dict[str, Fix] = {}
    why: dict[str, str] = {}
    located_by: dict[str, str] = {}
    for query, row in zip(queries, located.to_dict("records"), strict=True):
        if row["located_by"] == "hand" or _RANK[row["precision"]] < _RANK[query.precision]:
            better[query.key] = fix_in(row)
            why[query.key] = row["why_not_better"]
            located_by[query.key] = row["located_by"]
    return better, why, located_by


def _by_online(
    database: Database,
    settings: Settings,
    online: "OnlineGeocoder",
    queries: Sequence[StoredQuery],
    *,
    now: datetime,
    on_progress: Progress,
) -> dict[str, Fix]:
    service = online.geocoder.name
    since = unknown_since(now, settings.geocoding.ask_again_days)
    with database.reading() as connection:
        known = load_answers(connection, service, unknown_since=since)
    fresh: dict[str, CachedAnswer] = {}
    for done, query in enumerate(queries):
        on_progress(done, len(queries))
        if query.key in known or online.is_stopped:
            continue
        address = parsed_query(query.query)
        if not can_be_asked(address):
            continue
        reply = online.locate(address)
        if reply.has_failed:
            continue
        place = reply.answer
        fresh[query.key] = CachedAnswer(place.lon, place.lat, place.label, place.key) if place else UNKNOWN
        if len(fresh) >= ANSWERS_PER_SAVE:
            _keep(database, service, fresh, known, now)
    _keep(database, service, fresh, known, now)
    on_progress(len(queries), len(queries))
    return {
        query.key: _fix_of(parsed_query(query.query), answer, answer.lon, answer.lat, settings.geocoding)
        for query in queries
        if (answer := known.get(query.key)) is not None and answer.lon is not None and answer.lat is not None
    }


def _fix_of(
    address: ParsedAddress, answer: CachedAnswer, lon: float, lat: float, settings: GeocodingSettings
) -> Fix:
    """The location by an answer; a place near an address is less precise than the address."""
    radius = radius_near(address.relation, settings)
    if radius is None:
        return Fix(lon, lat, Precision.ADRES, settings.address_radius_m, answer.address_key, answer.found)
    return Fix(lon, lat, Precision.HUISNUMMER, radius, "", f"{address.relation} {answer.found}")


def _keep(
    database: Database,
    service: str,
    fresh: dict[str, CachedAnswer],
    known: dict[str, CachedAnswer],
    now: datetime,
) -> None:
    """Store answers as they come, so that an interrupted run does not ask again."""
    if fresh:
        with database.writing() as connection:
            save_answers(connection, service, fresh, now=now)
        known.update(fresh)
        fresh.clear()


def _is_house(fix: Fix | None) -> bool:
    return fix is not None and fix.precision in HOUSE_PRECISIONS
