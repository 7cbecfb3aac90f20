"""Locates stored reports again, and keeps the review queue of those that only a person can locate.

A report is tried with the present register and corrections, and then, if the settings say so, with an online
geocoder. A better location is stored in the report itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspots.access.access_log import log_access
from hotspots.access.rights import Actor, Right, require
from hotspots.errors import GeocodingError, NotFoundError
from hotspots.geocoding.houses import radius_near
from hotspots.geocoding.locating import (
    Query,
    locate_addresses,
    match_each,
    match_one,
    parsed_query,
)
from hotspots.geocoding.locations import StoredQuery, change_locations, count_without_address, read_queries
from hotspots.geocoding.match import RegisterMatches
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.pdok import can_be_asked
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.geocoding.register_store import (
    UNKNOWN,
    CachedAnswer,
    load_answers,
    load_register,
    save_answers,
    save_fix,
    unknown_since,
)
from hotspots.model import HOUSE_PRECISIONS, Precision
from hotspots.settings import GeocodingSettings, Settings
from hotspots.store.audit import REVIEWING, add_line, processing
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


@dataclass(frozen=True)
class ReviewItem:
    """An address that only a person can locate: as written in reports, its candidates, and the problem."""

    key: str
    query: Query
    report_ids: tuple[int, ...]
    precision: str
    why_not_better: str
    candidates: tuple[Fix, ...]

    @property
    def written(self) -> str:
        """The address as it was written."""
        street, number, letter, suffix, postcode, town, text = self.query
        house = f"{street or text} {number}{letter} {suffix}".strip()
        return ", ".join(filter(None, (house, f"{postcode} {town}".strip())))

    def as_json(self) -> dict[str, Any]:
        """The item for a command or the API."""
        return {
            "sleutel": self.key,
            "adres": self.written,
            "aantalMeldingen": len(self.report_ids),
            "precisie": self.precision,
            "waaromNietBeter": self.why_not_better,
            "kandidaten": [
                {"naam": candidate.found, "lon": candidate.lon, "lat": candidate.lat}
                for candidate in self.candidates
            ],
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
        fixes, why = _by_register(queries, register)
        located_by = {key: "hand" if key in register.fixes else "register" for key in fixes}
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


def read_review(
    database: Database, settings: Settings, *, offset: int = 0, limit: int | None = None
) -> list[ReviewItem]:
    """Give the addresses that only a person can locate, those with the most reports first."""
    with database.reading() as connection:
        queries = read_queries(connection, precisions=[Precision.GEEN])[offset:][:limit]
        register = load_register(connection, settings)
    matches = match_each([query.query for query in queries], register)
    return [
        ReviewItem(
            key=query.key,
            query=query.query,
            report_ids=query.report_ids,
            precision=query.precision,
            why_not_better=matches[query.query].why_not_better or query.why_not_better,
            candidates=matches[query.query].candidates,
        )
        for query in queries
    ]


def count_review(database: Database) -> int:
    """Count the addresses that only a person can locate."""
    with database.reading() as connection:
        return len(read_queries(connection, precisions=[Precision.GEEN]))


def count_unlocatable(database: Database) -> int:
    """Count reports with neither a point nor an address."""
    with database.reading() as connection:
        return count_without_address(connection)


def fix_by_address(
    database: Database, settings: Settings, key: str, address: str, *, now: datetime, by: str
) -> int:
    """Correct an address with another one, also for later imports; gives how many reports that located.

    Parameters
    ----------
    key
        Key of a :class:`ReviewItem`.
    address
        The address meant, in one line, as in the register or as a candidate is named.

    Raises
    ------
    GeocodingError
        If that address is not in the register, or is ambiguous.
    NotFoundError
        If no report has the address of this key.
    """
    with database.reading() as connection:
        register = load_register(connection, settings)
    match = match_one(Query(free_text=address), register)
    if match.precision is Precision.GEEN:
        raise GeocodingError(
            f"wanted an address of the register, found '{address}' ({match.why_not_better}); "
            "write it otherwise, or give a point"
        )
    return _fix(database, settings, key, RegisterMatches(register).as_fix(match), now=now, by=by)


def fix_by_candidate(
    database: Database, settings: Settings, key: str, number: int, *, now: datetime, by: str
) -> int:
    """Accept one of an item's candidates, counted from 1; gives how many reports that located.

    Raises
    ------
    NotFoundError
        If there is no such item or candidate.
    """
    item = next((item for item in read_review(database, settings) if item.key == key), None)
    if item is None:
        raise NotFoundError(f"wanted an address of the review queue, found '{key}'")
    if not 1 <= number <= len(item.candidates):
        raise NotFoundError(f"wanted a candidate from 1 to {len(item.candidates)}, found {number}")
    return _fix(database, settings, key, item.candidates[number - 1], now=now, by=by)


def fix_by_point(
    database: Database,
    settings: Settings,
    key: str,
    *,
    lon: float,
    lat: float,
    radius_m: float,
    now: datetime,
    by: str,
) -> int:
    """Correct an address with a point; gives how many reports that located.

    Raises
    ------
    GeocodingError
        If the point lies outside the areas.
    NotFoundError
        If no report has the address of this key.
    """
    fix = Fix(lon, lat, Precision.HUISNUMMER, radius_m, "", "met de hand aangewezen")
    return _fix(database, settings, key, fix, now=now, by=by)


def review_as(
    database: Database, settings: Settings, *, actor: Actor, now: datetime, limit: int, offset: int = 0
) -> list[ReviewItem]:
    """Give the review queue to a user, as :func:`read_review`; logged, as reporters wrote these addresses.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    """
    require(actor, Right.REVIEW_ADDRESSES, None)
    items = read_review(database, settings, offset=offset, limit=limit)
    _log(database, actor, sum(len(item.report_ids) for item in items), now)
    return items


def fix_as(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    key: str,
    meant: str | int,
    now: datetime,
) -> int:
    """Apply a user's correction: an address in words, or the number of a candidate; logged.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    GeocodingError, NotFoundError
        As :func:`fix_by_address` and :func:`fix_by_candidate`.
    """
    require(actor, Right.REVIEW_ADDRESSES, None)
    if isinstance(meant, int):
        count = fix_by_candidate(database, settings, key, meant, now=now, by=actor.name)
    else:
        count = fix_by_address(database, settings, key, meant, now=now, by=actor.name)
    _log(database, actor, count, now)
    return count


def _log(database: Database, actor: Actor, report_count: int, now: datetime) -> None:
    with database.writing() as connection:
        log_access(connection, actor=actor, right=Right.REVIEW_ADDRESSES, report_count=report_count, now=now)
        add_line(connection, REVIEWING, now=now)


def _fix(database: Database, settings: Settings, key: str, fix: Fix, *, now: datetime, by: str) -> int:
    with database.writing() as connection:
        queries = [query for query in read_queries(connection, precisions=Precision) if query.key == key]
        if not queries:
            raise NotFoundError(f"wanted the address of a stored report, found '{key}'")
        ids = [report_id for query in queries for report_id in query.report_ids]
        change = change_locations(connection, settings, dict.fromkeys(ids, fix), located_by="hand")
        if change.outside:
            raise GeocodingError(
                f"wanted a place inside the imported areas, found {fix.lon:.5f}, {fix.lat:.5f} ({fix.found})"
            )
        save_fix(connection, key, fix, now=now, by=by)
    return len(change.changed)


def _by_register(
    queries: Sequence[StoredQuery], register: AddressRegister
) -> tuple[dict[str, Fix], dict[str, str]]:
    """Better locations by the present register or corrections, and why the others are not better."""
    if not queries:
        return {}, {}
    located = locate_addresses(pd.DataFrame([query.query for query in queries]), register)
    better: dict[str, Fix] = {}
    why: dict[str, str] = {}
    for query, row in zip(queries, located.to_dict("records"), strict=True):
        if row["located_by"] == "hand" or _RANK[row["precision"]] < _RANK[query.precision]:
            row["precision"] = Precision(row["precision"])
            better[query.key] = Fix(**{part.name: row[part.name] for part in fields(Fix)})
            why[query.key] = row["why_not_better"]
    return better, why


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
