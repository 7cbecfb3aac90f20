"""Finding hotspots by what people know of them: a number, a street, an address."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from sqlalchemy import Connection, select

from hotspots.geocoding.spelling import spellings
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations
from hotspots.store.run_tables import detection_reports, hotspot_states
from hotspots.tracking.hotspot import Hotspot

_NUMBER = re.compile(r"(?:hs)?[\s-]*(?:(\d{4})[\s-]+)?0*(\d{1,5})", re.IGNORECASE)
_ADDRESS = re.compile(r"(.*?\D)\s+(\d+)\s*[a-z]?(?:[\s-]*\w{0,4})?", re.IGNORECASE)


def find_by_text(
    connection: Connection, settings: Settings, hotspots: Sequence[Hotspot], text: str
) -> dict[str, str]:
    """Find the hotspots that a text names, among those the reader may know of; gives by id why, in Dutch.

    A number is that of a hotspot, whole or its last part. Anything else is a street of the address register,
    with or without a house number: it finds the hotspots near it and, without a house number, those whose
    reports name it. The rest of a report is neither searched nor shown, as it may be anything.
    """
    wanted = " ".join(text.split())
    as_number = _NUMBER.fullmatch(wanted)
    if as_number:
        return {spot.id: f"nummer {spot.nummer}" for spot in hotspots if _is_number(spot, as_number)}
    if not hotspots:
        return {}
    as_address = _ADDRESS.fullmatch(wanted)
    street, house_number = (as_address[1], int(as_address[2])) if as_address else (wanted, None)
    names = _matching(connection.execute(select(addresses.c.street).distinct()).scalars(), street)
    found = _by_register(connection, settings, hotspots, names, house_number)
    if house_number is None:
        found = _by_reports(connection, hotspots, names) | found
    return found


def _is_number(hotspot: Hotspot, wanted: re.Match[str]) -> bool:
    _, year, sequence = hotspot.nummer.split("-")
    return int(sequence) == int(wanted[2]) and wanted[1] in (None, year)


def _matching(streets: Iterable[str], wanted: str) -> list[str]:
    keys = spellings(wanted)
    return [name for name in streets if any(key in spelling for key in keys for spelling in spellings(name))]


def _by_register(
    connection: Connection,
    settings: Settings,
    hotspots: Sequence[Hotspot],
    names: Sequence[str],
    house_number: int | None,
) -> dict[str, str]:
    query = select(addresses.c.street, addresses.c.lon, addresses.c.lat).where(addresses.c.street.in_(names))
    if house_number is not None:
        query = query.where(addresses.c.house_number == house_number)
    rows = connection.execute(query).all()
    if not rows:
        return {}
    projection = Projection(settings.municipality.crs)
    x, y = projection.to_metres([row.lon for row in rows], [row.lat for row in rows])
    shapes = [projection.geometry_to_metres(spot.geometry) for spot in hotspots]
    tree = shapely.STRtree(np.atleast_1d(np.array(shapely.points(x, y))))
    at, points = tree.query(np.array(shapes), predicate="dwithin", distance=settings.tracking.address_near_m)
    return {
        hotspots[spot].id: rows[point].street + (f" {house_number}" if house_number is not None else "")
        for spot, point in zip(at.tolist(), points.tolist(), strict=True)
    }


def _by_reports(connection: Connection, hotspots: Sequence[Hotspot], names: Sequence[str]) -> dict[str, str]:
    name_of = {spelling: name for name in names for spelling in spellings(name)}
    rows = connection.execute(
        select(hotspot_states.c.hotspot_id, report_locations.c.street)
        .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        .join(report_locations, report_locations.c.report_id == detection_reports.c.report_id)
        .where(
            hotspot_states.c.hotspot_id.in_([spot.id for spot in hotspots]),
            report_locations.c.street.is_not(None),
        )
        .distinct()
    ).all()
    return {
        row.hotspot_id: name_of[spelling]
        for row in rows
        for spelling in spellings(row.street)
        if spelling in name_of
    }
