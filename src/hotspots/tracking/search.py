"""Finding hotspots by what people know of them: a number, a name, a buurt or gebied, a street, an address."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, select

from hotspots.geocoding.spelling import spellings
from hotspots.geocoding.streets import allowed_typos
from hotspots.geography.gebieden import gebied_of
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.place_tables import addresses, areas
from hotspots.store.report_tables import report_locations
from hotspots.store.run_tables import detection_reports, hotspot_states
from hotspots.tracking.hotspot import Hotspot

NAME = "naam"
"""Why a hotspot was found whose name it is."""

MOST_MEANT = 3
"""More names than these after "bedoelt u" are no help."""

_EDGE = 0.001
"""What a map shows beside an address, in degrees: some streets."""

_NUMBER = re.compile(r"(?:hs)?[\s-]*(?:(\d{4})[\s-]+)?0*(\d{1,5})", re.IGNORECASE)
_ADDRESS = re.compile(r"(.*?\D)\s+(\d+)\s*[a-z]?(?:[\s-]*\w{0,4})?", re.IGNORECASE)


def find_by_text(
    connection: Connection, settings: Settings, hotspots: Sequence[Hotspot], text: str
) -> dict[str, str]:
    """Find the hotspots that a text names, among those the reader may know of; gives by id why, in Dutch.

    A number is that of a hotspot, whole or its last part. Anything else is a part of the name of a hotspot,
    as everybody reads it; the name of a buurt, wijk or gebied; or a street of the address register, with or
    without a house number: it finds the hotspots near it and, without a house number, those whose reports
    name it, unless the reader is told of them in steps. The rest of a report is neither searched nor shown:
    it may be anything.
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
        # who is told in steps would learn of each new report its street
        exact = [spot for spot in hotspots if spot.told_on is None]
        found = _by_reports(connection, exact, names) | found
    by_name = {spot.id: NAME for spot in hotspots if _matching([spot.naam], wanted)}
    return found | _by_area(connection, settings, hotspots, wanted) | by_name


@dataclass(frozen=True)
class FoundSpot:
    """What a text names on the map, whether or not there is a hotspot."""

    name: str
    box: tuple[float, float, float, float]  # west, south, east and north, in degrees


def find_on_map(connection: Connection, settings: Settings, text: str) -> FoundSpot | None:
    """Find the buurt, wijk, gebied, street or address that a text names in full; of no hotspot."""
    wanted = " ".join(text.split())
    codes = _areas_by_name(connection, settings)
    named = _same(codes, wanted)
    if named:
        found = {code for name in named for code in codes[name]}
        rows = connection.execute(select(areas.c.geometry).where(areas.c.buurtcode.in_(sorted(found))))
        west, south, east, north = shapely.total_bounds(shapely.from_wkb(rows.scalars().all())).tolist()
        return FoundSpot(named[0], (west, south, east, north))
    as_address = _ADDRESS.fullmatch(wanted)
    # a street may end in a number: `Plein 1992`
    readings = [(wanted, None), *([(as_address[1], int(as_address[2]))] if as_address else [])]
    for street, house_number in readings:
        names = _same(connection.execute(select(addresses.c.street).distinct()).scalars(), street)
        points = _points_of(connection, names, house_number)
        if points:
            lon, lat = ([point[at] for point in points] for at in (0, 1))
            label = names[0] if house_number is None else f"{names[0]} {house_number}"
            return FoundSpot(label, (min(lon) - _EDGE, min(lat) - _EDGE, max(lon) + _EDGE, max(lat) + _EDGE))
    return None


def find_address(connection: Connection, text: str) -> tuple[float, float] | None:
    """Find the point of an address with a house number, in degrees; None if it is none, or more than one."""
    as_address = _ADDRESS.fullmatch(" ".join(text.split()).partition(",")[0].strip())
    if as_address is None:
        return None
    streets = connection.execute(select(addresses.c.street).distinct()).scalars()
    points = _points_of(connection, _same(streets, as_address[1]), int(as_address[2]))
    if not points:
        return None
    lon, lat = ([point[at] for point in points] for at in (0, 1))
    is_one = max(lon) - min(lon) <= _EDGE and max(lat) - min(lat) <= _EDGE
    return (sum(lon) / len(lon), sum(lat) / len(lat)) if is_one else None


def _same(names: Iterable[str], wanted: str) -> list[str]:
    keys = set(spellings(wanted))
    return sorted(name for name in names if keys & set(spellings(name)))


def _points_of(
    connection: Connection, streets: Sequence[str], house_number: int | None
) -> list[tuple[float, float]]:
    query = select(addresses.c.lon, addresses.c.lat).where(addresses.c.street.in_(streets))
    if house_number is not None:
        query = query.where(addresses.c.house_number == house_number)
    return [(row.lon, row.lat) for row in connection.execute(query)] if streets else []


def similar_names(
    connection: Connection, settings: Settings, hotspots: Sequence[Hotspot], text: str
) -> list[str]:
    """Give the names that a text with a slip may mean, the likeliest first: of streets, areas and hotspots.

    Parameters
    ----------
    hotspots
        Those that the reader may know of: of others no name is given.
    """
    wanted = " ".join(text.split())
    as_address = _ADDRESS.fullmatch(wanted)
    street, rest = (as_address[1], wanted[len(as_address[1]) :]) if as_address else (wanted, "")
    keys = spellings(street)
    streets = connection.execute(select(addresses.c.street).distinct()).scalars()
    names = dict.fromkeys(streets, rest) | dict.fromkeys(_areas_by_name(connection, settings), "")
    names |= {part: "" for spot in hotspots for part in (spot.naam, spot.naam.rpartition(", ")[0])}
    near = sorted(
        (distance, name + after)
        for name, after in names.items()
        for distance in [_slips(keys, name)]
        if distance is not None
    )
    return [name for _, name in near[:MOST_MEANT]]


def _slips(keys: Sequence[str], name: str) -> int | None:
    """How many letters a name differs from what was written; None if more than a slip."""
    found = [
        OSA.distance(key, spelling, score_cutoff=max(allowed_typos(key), 1))
        for key in keys
        for spelling in spellings(name)
    ]
    allowed = max((max(allowed_typos(key), 1) for key in keys), default=0)
    least = min(found, default=allowed + 1)
    return least if 0 < least <= allowed else None


def _areas_by_name(connection: Connection, settings: Settings) -> dict[str, set[str]]:
    """The codes of the buurten in each buurt, wijk and gebied, by its name."""
    rows = connection.execute(
        select(areas.c.buurtcode, areas.c.buurtnaam, areas.c.wijkcode, areas.c.wijknaam)
    ).all()
    codes: dict[str, set[str]] = {}
    for row in rows:
        gebied = gebied_of(row.buurtcode, row.wijkcode, row.wijknaam, settings.areas.gebieden)
        for name in (row.buurtnaam, row.wijknaam, gebied):
            if name:
                codes.setdefault(name, set()).add(row.buurtcode)
    return codes


def _by_area(
    connection: Connection, settings: Settings, hotspots: Sequence[Hotspot], wanted: str
) -> dict[str, str]:
    codes = _areas_by_name(connection, settings)
    named = _matching(codes, wanted)
    return {spot.id: name for name in named for spot in hotspots if spot.buurtcode in codes[name]}


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
