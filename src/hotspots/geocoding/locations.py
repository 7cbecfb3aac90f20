"""The locations of stored reports: which could be more precise, and changing them in place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from hotspots.geocoding.locating import QUERY_COLUMNS, Query, query_key
from hotspots.geocoding.register import Fix
from hotspots.geography.areas import AreaIndex
from hotspots.geography.cells import cells_of
from hotspots.model import SCREENED, Precision
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.batches import in_batches
from hotspots.store.report_tables import report_locations, reports

OWN_COORDINATES = "bron"

_PLACES = report_locations.c

ADDRESS = tuple(_PLACES[name] for name in QUERY_COLUMNS if name in _PLACES)
"""What is stored of the address that a report names, in the order of the fields of a query."""


def has_address() -> ColumnElement[bool]:
    """Whether a report names anything that an address could be found by."""
    return func.coalesce(_PLACES.street, _PLACES.postcode, _PLACES.town).is_not(None)


def query_of(address: Iterable[str | None]) -> Query:
    """The query for the values of :data:`ADDRESS`."""
    return Query(*(text or "" for text in address))


@dataclass(frozen=True)
class StoredQuery:
    """An address as written in reports, with the ids and present location of those reports."""

    query: Query
    report_ids: tuple[int, ...]
    precision: str
    why_not_better: str

    @property
    def key(self) -> str:
        """Key by which a later import recognises the address."""
        return query_key(self.query)


@dataclass
class LocationChange:
    """The result of changing locations, as ids of reports."""

    changed: list[int] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)


def read_queries(connection: Connection, *, precisions: Iterable[Precision]) -> list[StoredQuery]:
    """Read the addresses of screened reports that are located with one of these precisions.

    Reports with coordinates of their own and reports without any address are left out. Addresses with the
    most reports come first.
    """
    rows = connection.execute(
        select(
            reports.c.id,
            reports.c.precision,
            _PLACES.why_not_better,
            *ADDRESS,
        )
        .join_from(reports, report_locations)
        .where(
            reports.c.precision.in_([str(precision) for precision in precisions]),
            reports.c.category.in_(SCREENED),
            func.coalesce(_PLACES.located_by, "") != OWN_COORDINATES,
            has_address(),
        )
        .order_by(reports.c.id)
    ).all()
    by_key: dict[str, list[tuple[int, Query, str, str]]] = {}
    for report_id, precision, why, *address in rows:
        query = query_of(address)
        by_key.setdefault(query_key(query), []).append((report_id, query, precision, why or ""))
    queries = [
        StoredQuery(same[-1][1], tuple(row[0] for row in same), same[-1][2], same[-1][3])
        for same in by_key.values()
    ]
    return sorted(queries, key=lambda query: (-len(query.report_ids), query.report_ids))


def placed_by_hand(connection: Connection) -> dict[int, Query]:
    """The addresses of reports that lie where a person said, by the id of the report."""
    rows = connection.execute(select(_PLACES.report_id, *ADDRESS).where(_PLACES.located_by == "hand"))
    return {report_id: query_of(address) for report_id, *address in rows}


def count_without_address(connection: Connection) -> int:
    """Count screened reports that have neither a point nor any address: nothing can locate them."""
    query = (
        select(func.count())
        .select_from(reports.join(report_locations))
        .where(
            _PLACES.lon.is_(None),
            reports.c.category.in_(SCREENED),
            ~has_address(),
        )
    )
    return int(connection.execute(query).scalar_one())


def change_locations(
    connection: Connection,
    settings: Settings,
    locations: Mapping[int, Fix],
    *,
    located_by: str,
    why_not_better: Mapping[int, str] | None = None,
) -> LocationChange:
    """Give reports another location, with the matching cell and buurt.

    A better location is no change at the source, so no version is kept. A point outside the areas is skipped.

    Parameters
    ----------
    locations
        Location of each report, by its id.
    located_by
        Who located it: register, pdok or hand.
    """
    change = LocationChange()
    if not locations:
        return change
    areas = load_areas(connection, settings.areas.gebieden)
    ids = sorted(locations)
    lon = np.array([locations[report_id].lon for report_id in ids])
    lat = np.array([locations[report_id].lat for report_id in ids])
    buurten = AreaIndex(areas).locate(lon, lat)
    cells = cells_of(lon, lat, resolution=settings.cells.resolution)
    of_reports, of_places = [], []
    for report_id, buurt, cell in zip(ids, buurten.tolist(), cells.tolist(), strict=True):
        if len(areas) and buurt is None:
            change.outside.append(report_id)
            continue
        place = locations[report_id]
        change.changed.append(report_id)
        of_reports.append(
            {
                "key": report_id,
                "precision": str(place.precision),
                "radius_m": place.radius_m,
                "cell": cell,
                "buurtcode": buurt,
            }
        )
        of_places.append(
            {
                "key": report_id,
                "lon": place.lon,
                "lat": place.lat,
                "located_by": located_by,
                "address_key": place.address_key or None,
                "found": place.found,
                "why_not_better": (why_not_better or {}).get(report_id) or None,
            }
        )
    _write(connection, of_reports, of_places)
    return change


def take_locations_away(connection: Connection, named: Mapping[int, tuple[str, str]]) -> None:
    """Let reports have no location again.

    Parameters
    ----------
    named
        The key of the dwelling that each report names ("" for none), and why it can't be located; by its id.
    """
    nowhere = {"precision": str(Precision.GEEN), "radius_m": None, "cell": None, "buurtcode": None}
    unknown = dict.fromkeys(("lon", "lat", "located_by", "found"))
    _write(
        connection,
        [{"key": report_id, **nowhere} for report_id in sorted(named)],
        [
            {"key": report_id, **unknown, "address_key": address or None, "why_not_better": why or None}
            for report_id, (address, why) in sorted(named.items())
        ],
    )


def _write(
    connection: Connection, of_reports: Sequence[dict[str, Any]], of_places: Sequence[dict[str, Any]]
) -> None:
    for rows, column in ((of_reports, reports.c.id), (of_places, _PLACES.report_id)):
        for part in in_batches(rows):
            connection.execute(update(column.table).where(column == bindparam("key")), part)
