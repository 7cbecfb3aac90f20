"""The reports of a hotspot one by one: when, where, what was written, and whether each counts and why.

Where is for who may see exact points, what was written for who may read texts; each is logged as its own
reading, in the transaction that reads.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, select

from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess
from hotspots.casework.counting import WHY, Counted, Counting, count_reports
from hotspots.casework.exact_data import READABLE, knows_hour, log_reading
from hotspots.errors import ForbiddenError
from hotspots.geocoding.register_store import addresses_near
from hotspots.settings import Settings
from hotspots.store.batches import in_batches, is_among
from hotspots.store.report_tables import report_locations, report_texts, reports

SORTS = ("tijdstip", "adres", "categorie", "telling")
"""What the reports of a place can be sorted by; with ``-`` before it from high to low."""

NEWEST_FIRST = "-tijdstip"

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class PlaceReport:
    """One report that ever belonged to a hotspot; what its reader may not see is None."""

    report_id: int
    source: str
    number: str  # at its source
    reported_at: datetime
    has_hour: bool  # of reported_at; without one it is the start of its local day
    category: str
    subcategory: str | None  # as the source names it
    counting: Counting
    address: str | None = None
    precision: str | None = None
    lon: float | None = None
    lat: float | None = None
    text: str | None = None

    @property
    def why(self) -> str:
        """Why it counts or not, in words."""
        return WHY[self.counting]


@dataclass(frozen=True)
class PlaceReports:
    """All reports of a hotspot, which of them count, and what its reader may see of each."""

    reports: Sequence[PlaceReport]
    counted: Counted
    rights: tuple[Right, ...]

    @property
    def with_points(self) -> bool:
        """Whether it tells where each was."""
        return Right.READ_EXACT_POINTS in self.rights

    @property
    def with_texts(self) -> bool:
        """Whether it tells what was written."""
        return Right.READ_TEXTS in self.rights


def read_place_reports(
    access: CaseAccess, *, sort: str = NEWEST_FIRST, taken_as: str | None = None
) -> PlaceReports:
    """Read all reports that ever belonged to a hotspot, as far as the actor may; every reading is logged.

    Parameters
    ----------
    sort
        One of :data:`SORTS`, with ``-`` before it from high to low; the newest come first among equals.
    taken_as
        The kind of file in which they leave the house; None: they are read on the spot.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was given neither right.
    ReasonWantedError
        If the municipality asks why, and the actor gave no reason that holds.
    """
    rights = access.rights_among(*READABLE)
    if not rights:
        raise ForbiddenError(
            f"'{access.actor.name}' wanted to read reports of {access.hotspot}, and was not given that"
        )
    with access.changing(rights[0]) as opened:
        connection, settings = opened.connection, access.settings
        for right in rights:
            ids = log_reading(opened, right, taken_as=taken_as)
        counted = count_reports(connection, settings, opened.case.hotspot_id, ids)
        stored = _of(connection, reports.c.id, ids)
        rows = [_report(row, counted, settings) for row in stored]
        if Right.READ_EXACT_POINTS in rights:
            rows = _with_places(connection, settings, rows, {row.id: row.precision for row in stored})
        if Right.READ_TEXTS in rights:
            texts = {row.report_id: row.text for row in _of(connection, report_texts.c.report_id, ids)}
            rows = [replace(row, text=texts.get(row.report_id)) for row in rows]
    return PlaceReports(in_order(rows, sort), counted, rights)


def in_order(rows: Sequence[PlaceReport], sort: str) -> list[PlaceReport]:
    """Sort the reports of a place; what has no value comes last."""
    newest = sorted(rows, key=lambda row: (row.reported_at, row.report_id), reverse=True)
    order = list(Counting)
    keys: Mapping[str, Any] = {
        "tijdstip": lambda row: (row.reported_at, row.report_id),
        "adres": lambda row: _as_people_sort(row.address or ""),
        "categorie": lambda row: (row.category, row.subcategory or ""),
        "telling": lambda row: order.index(row.counting),
    }
    name, is_falling = sort.removeprefix("-"), sort.startswith("-")
    ordered = sorted(newest, key=keys[name], reverse=is_falling)
    return sorted(ordered, key=lambda row: name == "adres" and row.address is None)


def _as_people_sort(address: str) -> tuple[Any, ...]:
    """House number 9 before 12."""
    parts = _DIGITS.split(address.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def address_in_words(row: Row[*tuple[Any, ...]]) -> str | None:
    """The address of a row of ``report_locations`` as people write it; None if it names no street."""
    if not row.street:
        return None
    house = f"{row.house_number or ''}{row.house_letter or ''}"
    if row.house_suffix:
        house = f"{house}-{row.house_suffix}"
    return ", ".join(filter(None, (f"{row.street} {house}".strip(), row.postcode, row.town)))


def _report(row: Row[*tuple[Any, ...]], counted: Counted, settings: Settings) -> PlaceReport:
    zone = settings.municipality.zone
    return PlaceReport(
        report_id=row.id,
        source=row.source,
        number=row.source_id,
        reported_at=row.reported_at,
        has_hour=knows_hour(row.reported_at, row.occurred_at, zone, has_hour=row.has_hour),
        category=row.category,
        subcategory=row.subcategory,
        counting=counted.of_report.get(row.id, Counting.UNKNOWN),
    )


def _with_places(
    connection: Connection,
    settings: Settings,
    rows: Sequence[PlaceReport],
    precisions: Mapping[int, str],
) -> list[PlaceReport]:
    """Say where each is: its address as it was reported, or else the one in the register that is nearest."""
    ids = sorted(precisions)
    places = {row.report_id: row for row in _of(connection, report_locations.c.report_id, ids)}
    words = {report_id: address_in_words(place) for report_id, place in places.items()}
    bare = [each for each, place in places.items() if words[each] is None and place.lon is not None]
    near = addresses_near(
        connection,
        [(places[each].lon, places[each].lat) for each in bare],
        within_m=settings.detection.elsewhere_m,
    )
    words |= {each: None if found is None else f"bij {found}" for each, found in zip(bare, near, strict=True)}
    told = []
    for row in rows:
        place = places.get(row.report_id)
        told.append(
            replace(
                row,
                address=words.get(row.report_id),
                precision=precisions[row.report_id],
                lon=None if place is None else place.lon,
                lat=None if place is None else place.lat,
            )
        )
    return told


def _of(connection: Connection, column: Column[Any], ids: Sequence[int]) -> list[Row[*tuple[Any, ...]]]:
    """The rows of a table, by the ids of reports in one of its columns."""
    return [
        row
        for batch in in_batches(ids)
        for row in connection.execute(select(column.table).where(is_among(connection, column, batch)))
    ]
