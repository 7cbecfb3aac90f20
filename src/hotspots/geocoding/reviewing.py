"""The review queue: addresses that only a person can locate, what people say of them, and taking that back.

An answer holds for every report with the address or one that is written alike, now and in later imports. It
never points at a dwelling unless it names one: a point on the map is as precise as its radius says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from hotspots.access.access_changes import OPERATOR
from hotspots.access.access_log import log_access
from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor, Right, require
from hotspots.errors import GeocodingError, NotFoundError
from hotspots.geocoding.locating import (
    Query,
    address_key,
    fix_in,
    lies_near,
    locate_addresses,
    match_each,
    match_one,
    query_key,
)
from hotspots.geocoding.locations import (
    StoredQuery,
    change_locations,
    count_without_address,
    placed_by_hand,
    read_queries,
    take_locations_away,
)
from hotspots.geocoding.match import RegisterMatches
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.geocoding.register_store import (
    forget_fix,
    load_placeless,
    load_register,
    save_fix,
    save_no_place,
)
from hotspots.geocoding.spelling import likeness
from hotspots.geocoding.suggestions import Suggestion, named_place
from hotspots.model import Precision
from hotspots.settings import GeocodingSettings, Settings
from hotspots.store.audit import REVIEWING, add_line
from hotspots.store.database import Database


class NoPlace(StrEnum):
    """Why nobody can place an address; Dutch, as every output names it."""

    TOO_WIDE = "te ruim: het kan overal in een groot gebied zijn"
    SEVERAL = "er zijn meer plekken die zo heten"
    NO_PLACE = "er staat geen plek"
    ELSEWHERE = "de plek ligt buiten de gemeente"
    CONTRADICTION = "de gegevens spreken elkaar tegen"
    UNKNOWN = "niemand weet waar dit is"


@dataclass(frozen=True)
class Point:
    """A point on the map, and how far around it what is meant can lie."""

    lon: float
    lat: float
    radius_m: float


Meant = str | int | Point | NoPlace
"""An address or a named place in words, the number of a candidate, a point, or why there is no place."""


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

    def as_json(self, scrub: Callable[[str], str]) -> dict[str, Any]:
        """The item for a command or the API, with what people wrote scrubbed."""
        return {
            "sleutel": self.key,
            "adres": scrub(self.written),
            "aantalMeldingen": len(self.report_ids),
            "precisie": self.precision,
            "waaromNietBeter": scrub(self.why_not_better),
            "kandidaten": [
                {"naam": candidate.found, "lon": candidate.lon, "lat": candidate.lat}
                for candidate in self.candidates
            ],
        }


def read_review(
    database: Database, settings: Settings, *, offset: int = 0, limit: int | None = None
) -> list[ReviewItem]:
    """Give the addresses that only a person can locate, those with the most reports first.

    Those that are written alike are one; those that nobody can place, as a person said, are left out.
    """
    with database.reading() as connection:
        waiting = _waiting(connection)[offset:][:limit]
        register = load_register(connection, settings)
    return _with_candidates(waiting, register)


def _with_candidates(waiting: Sequence[StoredQuery], register: AddressRegister) -> list[ReviewItem]:
    matches = match_each([query.query for query in waiting], register)
    return [
        ReviewItem(
            key=query.key,
            query=query.query,
            report_ids=query.report_ids,
            precision=query.precision,
            why_not_better=matches[query.query].why_not_better or query.why_not_better,
            candidates=matches[query.query].candidates,
        )
        for query in waiting
    ]


def count_review(database: Database) -> int:
    """Count the addresses that only a person can locate."""
    with database.reading() as connection:
        return len(_waiting(connection))


def count_unlocatable(database: Database) -> int:
    """Count reports with neither a point nor an address."""
    with database.reading() as connection:
        return count_without_address(connection)


def precision_of(radius_m: float, settings: GeocodingSettings) -> Precision:
    """Give how precise a point is that may lie so far off; never as precise as an address.

    Examples
    --------
    >>> [str(precision_of(metres, GeocodingSettings())) for metres in (10, 60, 200, 400)]
    ['huisnummer', 'kruising', 'straat', 'buurt']
    """
    for most_m, precision in (
        (settings.max_house_radius_m, Precision.HUISNUMMER),
        (settings.place_reach_m, Precision.KRUISING),
        (settings.max_street_radius_m, Precision.STRAAT),
    ):
        if radius_m <= most_m:
            return precision
    return Precision.BUURT


def answer(
    database: Database, settings: Settings, key: str, meant: Meant, *, now: datetime, by: Actor | None
) -> int:
    """Say where an address is, or why nobody can, also for later imports; gives of how many reports.

    Parameters
    ----------
    key
        Key of a :class:`ReviewItem`.

    Raises
    ------
    GeocodingError
        If that is no one address or place, or lies outside the areas.
    NotFoundError
        If no report has the address of this key, or there is no such candidate.
    """
    if isinstance(meant, NoPlace):
        return _leave_placeless(database, key, meant, now=now, by=by)
    match meant:
        case Point():
            how = "punt op de kaart"
            radius_m = max(meant.radius_m, settings.geocoding.address_radius_m)
            precision = precision_of(radius_m, settings.geocoding)
            fix = Fix(meant.lon, meant.lat, precision, radius_m, "", "met de hand aangewezen")
        case int():
            how, fix = "kandidaat", _candidate(database, settings, key, meant)
        case _:
            how, fix = "in woorden", _in_words(database, settings, meant)
    with database.writing() as connection:
        alike = _alike(connection, key, by=by)
        ids = [report for query in alike for report in query.report_ids]
        change = change_locations(connection, settings, dict.fromkeys(ids, fix), located_by="hand")
        if change.outside:
            raise GeocodingError(
                f"wanted a place inside the imported areas, found {fix.lon:.5f}, {fix.lat:.5f} ({fix.found})"
            )
        save_fix(connection, key, fix, now=now, by=(by or OPERATOR).name)
        told = {"hoe": how, "precisie": str(fix.precision), "straal in meters": round(fix.radius_m, 1)}
        _record(connection, by=by, now=now, after={**told, "meldingen": len(change.changed)})
    return len(change.changed)


def take_back(database: Database, settings: Settings, key: str, *, now: datetime, by: Actor | None) -> int:
    """Take back what a person said of an address: its reports lie where the register says, or nowhere.

    Returns
    -------
    int
        Of how many reports.

    Raises
    ------
    NotFoundError
        If nothing was said of it.
    """
    with database.writing() as connection:
        if not forget_fix(connection, key):
            raise NotFoundError(f"wanted an address that was answered, found '{key}'")
        register = load_register(connection, settings)
        placed = placed_by_hand(connection)
        like = likeness(key)
        queries = {one: query for one, query in placed.items() if likeness(query_key(query)) == like}
        nowhere = read_queries(connection, precisions=[Precision.GEEN])
        count = len(queries) + sum(len(one.report_ids) for one in nowhere if likeness(one.key) == like)
        _locate_as_before(connection, settings, register, queries)
        _record(connection, by=by, now=now, after={"hoe": "ongedaan", "meldingen": count})
    return count


def review_as(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    now: datetime,
    limit: int,
    offset: int = 0,
    taken_as: str | None = None,
) -> list[ReviewItem]:
    """Give the review queue to a user, as :func:`read_review`; logged, as reporters wrote these addresses.

    `taken_as` is the kind of file in which they leave the house; None: they are read on the spot.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    """
    require(actor, Right.REVIEW_ADDRESSES, None)
    items = read_review(database, settings, offset=offset, limit=limit)
    _log(database, actor, sum(len(item.report_ids) for item in items), now, taken_as)
    return items


def answer_as(
    database: Database, settings: Settings, *, actor: Actor, key: str, meant: Meant, now: datetime
) -> int:
    """Apply what a user says of an address, as :func:`answer`; logged.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    GeocodingError, NotFoundError
        As :func:`answer`.
    """
    require(actor, Right.REVIEW_ADDRESSES, None)
    count = answer(database, settings, key, meant, now=now, by=actor)
    _log(database, actor, count, now)
    return count


def take_back_as(database: Database, settings: Settings, *, actor: Actor, key: str, now: datetime) -> int:
    """Take back what a user said of an address, as :func:`take_back`; logged.

    Raises
    ------
    ForbiddenError
        If the actor does not have this right.
    NotFoundError
        If nothing was said of it.
    """
    require(actor, Right.REVIEW_ADDRESSES, None)
    count = take_back(database, settings, key, now=now, by=actor)
    _log(database, actor, count, now)
    return count


def _waiting(connection: Connection) -> list[StoredQuery]:
    """The addresses without a place, those that are written alike together, with the most reports first."""
    placeless = load_placeless(connection)
    alike: dict[str, list[StoredQuery]] = {}
    for query in read_queries(connection, precisions=[Precision.GEEN]):
        if (like := likeness(query.key)) not in placeless:
            alike.setdefault(like, []).append(query)
    waiting = [
        replace(
            first, report_ids=tuple(sorted(one for query in (first, *others) for one in query.report_ids))
        )
        for first, *others in alike.values()
    ]
    return sorted(waiting, key=lambda query: (-len(query.report_ids), query.report_ids))


def _alike(connection: Connection, key: str, *, by: Actor | None) -> list[StoredQuery]:
    """The addresses that an answer is for: with this key, and those written alike that have no place.

    A user answers what has no place, or has one by an answer: how often others are reported is not theirs.
    """
    queries = read_queries(connection, precisions=Precision)
    known = {query.key for query in queries}
    if by is not None:
        known = {query.key for query in read_queries(connection, precisions=[Precision.GEEN])}
        known |= {query_key(query) for query in placed_by_hand(connection).values()}
    if key not in known:
        raise NotFoundError(f"wanted the address of a stored report, found '{key}'")
    return [
        query
        for query in queries
        if query.key == key or (query.precision == Precision.GEEN and likeness(query.key) == likeness(key))
    ]


def _leave_placeless(database: Database, key: str, why: NoPlace, *, now: datetime, by: Actor | None) -> int:
    with database.writing() as connection:
        count = sum(len(query.report_ids) for query in _alike(connection, key, by=by))
        save_no_place(connection, key, str(why), now=now, by=(by or OPERATOR).name)
        after = {"hoe": "niet te plaatsen", "reden": str(why), "meldingen": count}
        _record(connection, by=by, now=now, after=after)
    return count


def _candidate(database: Database, settings: Settings, key: str, number: int) -> Fix:
    with database.reading() as connection:
        asked = [query for query in _waiting(connection) if query.key == key]
        if not asked:
            raise NotFoundError(f"wanted an address of the review queue, found '{key}'")
        (item,) = _with_candidates(asked, load_register(connection, settings))
    if not 1 <= number <= len(item.candidates):
        raise NotFoundError(f"wanted a candidate from 1 to {len(item.candidates)}, found {number}")
    return item.candidates[number - 1]


def _in_words(database: Database, settings: Settings, words: str) -> Fix:
    """The place that words mean: a park or school as suggested, an address, or one by its name alone."""
    with database.reading() as connection:
        if place := named_place(connection, settings, words, is_whole=True):
            return _as_fix(place, settings.geocoding)
        register = load_register(connection, settings)
        match = match_one(Query(free_text=words), register)
        if match.precision is not Precision.GEEN:
            return RegisterMatches(register).as_fix(match)
        if not match.candidates and (place := named_place(connection, settings, words, is_whole=False)):
            return _as_fix(place, settings.geocoding)
    raise GeocodingError(
        f"wanted an address of the register, found '{words}' ({match.why_not_better}); "
        "write it otherwise, or give a point"
    )


def _as_fix(place: Suggestion, settings: GeocodingSettings) -> Fix:
    """A park or school: never as precise as a house, however small it is."""
    precision = precision_of(place.radius_m, settings)
    coarse = Precision.KRUISING if precision is Precision.HUISNUMMER else precision
    return Fix(place.lon, place.lat, coarse, place.radius_m, "", place.name)


def _locate_as_before(
    connection: Connection, settings: Settings, register: AddressRegister, queries: Mapping[int, Query]
) -> None:
    """Let reports lie where the register says, or nowhere."""
    if not queries:
        return
    asked = pd.DataFrame(list(queries.values()))
    found: dict[int, Fix] = {}
    why: dict[int, str] = {}
    for report_id, row in zip(queries, locate_addresses(asked, register).to_dict("records"), strict=True):
        why[report_id] = row["why_not_better"]
        if row["precision"] != Precision.GEEN:
            found[report_id] = fix_in(row)
    change = change_locations(connection, settings, found, located_by="register", why_not_better=why)
    nowhere = {
        one: (_dwelling_named(query, register), why[one])
        for one, query in queries.items()
        if one not in found or one in change.outside
    }
    take_locations_away(connection, nowhere)


def _dwelling_named(query: Query, register: AddressRegister) -> str:
    """The key of the dwelling that an address names, as an import stores it."""
    if lies_near(query, register):
        return ""
    return address_key(query.postcode, query.house_number, query.house_letter, query.house_suffix)


def _record(connection: Connection, *, by: Actor | None, now: datetime, after: Mapping[str, Any]) -> None:
    # which address it was would tell who wrote it
    record_change(connection, kind=Kind.ADDRESSES, about="onduidelijk adres", by=by, at=now, after=after)
    add_line(connection, REVIEWING, now=now)


def _log(
    database: Database, actor: Actor, report_count: int, now: datetime, taken_as: str | None = None
) -> None:
    with database.writing() as connection:
        log_access(
            connection,
            actor=actor,
            right=Right.REVIEW_ADDRESSES,
            report_count=report_count,
            now=now,
            taken_as=taken_as,
        )
        add_line(connection, REVIEWING, now=now)
