"""Reads and writes the address register, the corrections by people, and the answers of online geocoders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select

from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.geocoding.places import NamedPlace, read_gazetteer
from hotspots.geocoding.register import COLUMNS, AddressRegister, Fix
from hotspots.geocoding.spelling import likeness
from hotspots.geography.points import TOLERANCE_M
from hotspots.geography.projection import Projection
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store.background import Origin, background_version, replace_background
from hotspots.store.batches import in_batches, insert_columns
from hotspots.store.columns import Kind, read_columns
from hotspots.store.metadata import read_fact, read_origin, write_fact, write_origin
from hotspots.store.place_tables import addresses, areas, geocoding_cache, location_fixes

Streets = tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.float64]]
"""Street, longitude and latitude of addresses."""

VERSION = "register is"
"""Name of the fact with what the addresses are called that are stored now."""

ORIGIN = "addresses imported"
"""Name of the fact that says where the addresses are from."""

TEXTS = ("street", "street_short", "house_letter", "house_suffix", "postcode", "town")


def load_register(connection: Connection, settings: Settings) -> AddressRegister:
    """Read the whole register with its places and corrections; empty if none was imported.

    Raises
    ------
    AddressesError
        If the gazetteer can't be read.
    """
    numbers = {"house_number": Kind.INTEGER, "lon": Kind.FLOAT, "lat": Kind.FLOAT}
    kinds = {name: numbers.get(name, Kind.TEXT) for name in (*COLUMNS, "street_short")}
    query = select(*[addresses.c[name] for name in kinds]).order_by(addresses.c.id)
    table = pd.DataFrame(read_columns(connection, query, kinds))
    table["street_short"] = table["street_short"].fillna("")
    typed = table.astype(dict.fromkeys(TEXTS, "str"))
    geocoding, places = settings.geocoding, []
    if geocoding.gazetteer:
        places = read_gazetteer(Path(geocoding.gazetteer), radius_m=geocoding.place_radius_m)
    places += load_buurten(connection, settings.municipality.crs)
    return AddressRegister(typed, places=tuple(places), fixes=load_fixes(connection), settings=geocoding)


def register_version(connection: Connection) -> str | None:
    """Give what changes with the register; None if it has no addresses, or that is not known."""
    last = connection.execute(select(func.max(addresses.c.id))).scalar()
    version = read_fact(connection, VERSION)
    return None if last is None or version is None else f"{version} {last}"


def name_register(connection: Connection) -> None:
    """Name a register that was imported before registers had names."""
    if read_fact(connection, VERSION) is None:
        write_fact(connection, VERSION, token_hex(16))


def load_address_points(connection: Connection) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read only the points of all addresses: longitudes and latitudes in degrees."""
    query = select(addresses.c.lon, addresses.c.lat).order_by(addresses.c.id)
    points = read_columns(connection, query, {"lon": Kind.FLOAT, "lat": Kind.FLOAT})
    return points["lon"], points["lat"]


def load_address_streets(connection: Connection) -> tuple[NDArray[np.int32], list[str]]:
    """Read the street of every address as a number, in the order of their points, and the names of these."""
    query = select(addresses.c.street).order_by(addresses.c.id)
    streets = read_columns(connection, query, {"street": Kind.WORD})["street"]
    return streets.codes.astype(np.int32), streets.categories.tolist()


def addresses_between(
    connection: Connection, west: float, south: float, east: float, north: float
) -> pd.DataFrame:
    """Read the addresses between these degrees: the columns of the register that say where each is."""
    found = select(*[addresses.c[name] for name in COLUMNS]).where(
        addresses.c.lon.between(west, east), addresses.c.lat.between(south, north)
    )
    rows = connection.execute(found.order_by(addresses.c.id)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS))


def streets_between(connection: Connection, west: float, south: float, east: float, north: float) -> Streets:
    """Read the streets of the addresses between these degrees, by columns, as it is asked of each hotspot."""
    found = select(addresses.c.street, addresses.c.lon, addresses.c.lat).where(
        addresses.c.lon.between(west, east), addresses.c.lat.between(south, north)
    )
    kinds = {"street": Kind.TEXT, "lon": Kind.FLOAT, "lat": Kind.FLOAT}
    columns = read_columns(connection, found.order_by(addresses.c.id), kinds)
    return columns["street"], columns["lon"], columns["lat"]


def address_at(
    connection: Connection, lon: float, lat: float, *, named: Sequence[str], within_m: float
) -> str | None:
    """Give the address at a point as people write it: the first of those named, or else the nearest.

    Parameters
    ----------
    named
        Keys of addresses (``AddressRegister.keys``), the likeliest first.

    Returns
    -------
    str or None
        None without an address within reach, or where several share the nearest door.
    """
    up = within_m / METRES_PER_DEGREE
    aside = up / max(np.cos(np.radians(lat)), 0.01)
    table = addresses_between(connection, lon - aside, lat - up, lon + aside, lat + up)
    if table.empty:
        return None
    register = AddressRegister(table)
    index = register.index
    at_key = {str(key): address for address, key in enumerate(register.keys)}
    address = next((at_key[key] for key in named if key in at_key), None)
    if address is None:
        away = index.distance_m(index.lon, index.lat, lon, lat)
        nearest = np.flatnonzero(away <= away.min() + TOLERANCE_M)
        if away.min() > within_m or len(nearest) > 1:
            return None
        address = int(nearest[0])
    return index.label(address).partition(", ")[0]


def addresses_near(
    connection: Connection, points: Sequence[tuple[float, float]], *, within_m: float
) -> list[str | None]:
    """Give the nearest address to each of some points that lie together, as people write it; None without."""
    if not points:
        return []
    lons, lats = np.array(points).T
    up = within_m / METRES_PER_DEGREE
    aside = up / max(float(np.cos(np.radians(lats.mean()))), 0.01)
    box = (lons.min() - aside, lats.min() - up, lons.max() + aside, lats.max() + up)
    table = addresses_between(connection, *map(float, box))
    if table.empty:
        return [None] * len(points)
    index = AddressRegister(table).index
    found: list[str | None] = []
    for lon, lat in points:
        away = index.distance_m(index.lon, index.lat, lon, lat)
        nearest = int(away.argmin())
        found.append(index.label(nearest).partition(", ")[0] if away[nearest] <= within_m else None)
    return found


def addresses_of_streets(connection: Connection, streets: Sequence[str]) -> pd.DataFrame:
    """Read the addresses in these streets: street, lon and lat."""
    kinds = {"street": Kind.TEXT, "lon": Kind.FLOAT, "lat": Kind.FLOAT}
    found = select(*[addresses.c[name] for name in kinds])
    parts = [
        read_columns(connection, found.where(addresses.c.street.in_(part)), kinds)
        for part in in_batches(streets)
    ]
    return pd.concat([pd.DataFrame(part) for part in parts]) if parts else pd.DataFrame(columns=list(kinds))


def replace_addresses(connection: Connection, table: pd.DataFrame) -> int:
    """Replace all stored addresses by these; gives how many."""
    connection.execute(delete(addresses))
    write_fact(connection, VERSION, token_hex(16))
    columns = [name for name in [*COLUMNS, "street_short"] if name in table.columns]
    insert_columns(connection, addresses, {name: table[name].tolist() for name in columns})
    return len(table)


def note_addresses(connection: Connection, *, file_name: str, now: datetime) -> None:
    """Record from which file the addresses are, and since when."""
    write_origin(connection, ORIGIN, file_name=file_name, now=now)


def addresses_origin(connection: Connection) -> tuple[str, datetime] | None:
    """From which file the addresses are, and since when; None if that is not known."""
    return read_origin(connection, ORIGIN)


def count_addresses(connection: Connection) -> int:
    """How many addresses are stored."""
    return int(connection.execute(select(func.count()).select_from(addresses)).scalar_one())


def draw_streets(connection: Connection, settings: Settings, table: pd.DataFrame) -> int:
    """Draw the streets of these addresses, which maps show under the hotspots; gives how many lines."""
    # only here: it takes a tenth of a second, and every command reads the register
    from hotspots.geocoding.street_lines import street_lines

    lines = street_lines(table, Projection(settings.municipality.crs))
    return replace_background(connection, Origin.REGISTER, lines)


def draw_streets_of_earlier_versions(connection: Connection, settings: Settings) -> int:
    """Draw the streets of a register that was imported before maps showed them; gives how many lines."""
    if background_version(connection, Origin.REGISTER):
        return 0
    columns = [addresses.c[name] for name in ("street", "town", "lon", "lat")]
    rows = connection.execute(select(*columns)).all()
    return (
        draw_streets(connection, settings, pd.DataFrame(rows, columns=[c.name for c in columns]))
        if rows
        else 0
    )


def load_fixes(connection: Connection) -> dict[str, Fix]:
    """Read the corrections by people, by the key of the query."""
    return {
        row.query: Fix(row.lon, row.lat, Precision(row.precision), row.radius_m, row.address_key, row.found)
        for row in connection.execute(select(location_fixes).where(location_fixes.c.lon.is_not(None)))
    }


def load_placeless(connection: Connection) -> set[str]:
    """Read the likeness (:func:`likeness`) of addresses of which people said that nobody can place them."""
    keys = connection.execute(select(location_fixes.c.query).where(location_fixes.c.lon.is_(None))).scalars()
    return {likeness(key) for key in keys}


@dataclass(frozen=True)
class Answer:
    """What a person said of an address: what was found or, without a point, why nobody can place it."""

    key: str
    found: str
    precision: Precision
    radius_m: float | None
    at: datetime
    by: str


def read_answers(connection: Connection, *, limit: int) -> list[Answer]:
    """Read what people said of addresses last, the latest first."""
    columns = location_fixes.c
    rows = connection.execute(
        select(location_fixes).order_by(columns.fixed_at.desc(), columns.query).limit(limit)
    )
    return [
        Answer(row.query, row.found, Precision(row.precision), row.radius_m, row.fixed_at, row.fixed_by)
        for row in rows
    ]


def save_fix(connection: Connection, query: str, fix: Fix, *, now: datetime, by: str) -> None:
    """Store the location of a query, replacing earlier corrections of what is written alike."""
    forget_fix(connection, query)
    values = vars(fix) | {"precision": str(fix.precision), "fixed_at": now, "fixed_by": by[:120]}
    connection.execute(insert(location_fixes).values(query=query, **values))


def save_no_place(connection: Connection, query: str, reason: str, *, now: datetime, by: str) -> None:
    """Store that nobody can place a query, and why."""
    forget_fix(connection, query)
    nowhere = {"precision": str(Precision.GEEN), "address_key": "", "found": reason}
    connection.execute(insert(location_fixes).values(query=query, fixed_at=now, fixed_by=by[:120], **nowhere))


def forget_fix(connection: Connection, query: str) -> bool:
    """Remove what people said of an address and of those written alike; gives whether they had."""
    keys = connection.execute(select(location_fixes.c.query)).scalars().all()
    alike = [key for key in keys if likeness(key) == likeness(query)]
    for some in in_batches(alike):
        connection.execute(delete(location_fixes).where(location_fixes.c.query.in_(some)))
    return bool(alike)


@dataclass(frozen=True)
class CachedAnswer:
    """The answer of an online geocoder; without a point it does not know the address."""

    lon: float | None
    lat: float | None
    found: str
    address_key: str


UNKNOWN = CachedAnswer(None, None, "", "")
"""The answer that the service does not know an address."""


def load_answers(connection: Connection, service: str, *, unknown_since: datetime) -> dict[str, CachedAnswer]:
    """Read the answers of a service, by the key of the query; "not known" only if recent enough."""
    cache = geocoding_cache.c
    rows = connection.execute(
        select(geocoding_cache).where(
            cache.service == service, cache.lon.is_not(None) | (cache.asked_at >= unknown_since)
        )
    )
    return {row.query: CachedAnswer(row.lon, row.lat, row.found, row.address_key) for row in rows}


def unknown_since(now: datetime, ask_again_days: int) -> datetime:
    """The moment since which "not known" counts."""
    return now - timedelta(days=ask_again_days)


def save_answers(
    connection: Connection, service: str, answers: Mapping[str, CachedAnswer], *, now: datetime
) -> None:
    """Store the answers of a service."""
    for query, answer in answers.items():
        cache = geocoding_cache.c
        connection.execute(delete(geocoding_cache).where(cache.service == service, cache.query == query))
        connection.execute(
            insert(geocoding_cache).values(service=service, query=query, asked_at=now, **vars(answer))
        )


def load_buurten(connection: Connection, crs: str) -> list[NamedPlace]:
    """Read the buurten as places with a name, each with the radius that holds it."""
    rows = connection.execute(select(areas.c.buurtnaam, areas.c.geometry).order_by(areas.c.buurtcode)).all()
    if not rows:
        return []
    projection = Projection(crs)
    shapes = projection.geometries_to_metres(shapely.from_wkb([row.geometry for row in rows]))
    middles = shapely.point_on_surface(shapes)
    lon, lat = projection.to_degrees(shapely.get_x(middles), shapely.get_y(middles))
    reach_m = shapely.hausdorff_distance(middles, shapely.envelope(shapes))
    found = zip(rows, lon.tolist(), lat.tolist(), reach_m.tolist(), strict=True)
    return [
        NamedPlace(row.buurtnaam, lon, lat, radius_m, Precision.BUURT) for row, lon, lat, radius_m in found
    ]
