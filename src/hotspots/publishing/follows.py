"""What people follow: a place, or an area of their own, which is a filter too.

An area is a street of the register, all within a distance, what somebody drew, or buurten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from hotspots.access.rights import Actor, visibility_of
from hotspots.errors import FollowError, ForbiddenError, NotFoundError
from hotspots.geocoding.spelling import spellings
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import follows
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses, areas
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspots import read_hotspot

MOST = 100
"""Most that one person follows."""

MOST_POINTS = 500
"""Most corners of an area that somebody draws."""

LONGEST_NAME = 120


class FollowKind(StrEnum):
    """What is followed; Dutch, as the API names it."""

    PLACE = "plek"
    STREET = "straat"
    RADIUS = "straal"
    DRAWN = "getekend"
    BUURTEN = "buurten"


@dataclass(frozen=True)
class Follow:
    """Something that somebody follows."""

    id: str
    kind: FollowKind
    name: str
    number: str | None  # of a place
    shape: BaseGeometry | None  # of an area, lon/lat


def read_follows(connection: Connection, *, user_id: str) -> list[Follow]:
    """Read what somebody follows, oldest first; also places that this person may not know of any more."""
    query = (
        select(follows, hotspots.c.number)
        .outerjoin(hotspots, hotspots.c.id == follows.c.hotspot_id)
        .where(follows.c.user_id == user_id)
        .order_by(follows.c.created_at, follows.c.id)
    )
    return [
        Follow(
            row.id,
            FollowKind(row.kind),
            row.name,
            row.number,
            None if row.geometry is None else shapely.from_wkb(row.geometry),
        )
        for row in connection.execute(query)
    ]


def read_place_follow(connection: Connection, *, user_id: str, hotspot_id: str) -> str | None:
    """The id of somebody's following of a place; None if it is not followed."""
    found: str | None = connection.execute(
        select(follows.c.id).where(follows.c.user_id == user_id, follows.c.hotspot_id == hotspot_id)
    ).scalar()
    return found


def follow_place(database: Database, settings: Settings, *, actor: Actor, hotspot: str, now: datetime) -> str:
    """Follow a place, by its id or number; gives the id of following it. Repeating it changes nothing.

    Raises
    ------
    NotFoundError
        If there is no such place for this person.
    ForbiddenError, FollowError
        If it is a machine, or follows too much.
    """
    with database.reading() as connection:
        spot = read_hotspot(connection, settings, hotspot, visibility=visibility_of(actor))
        known = read_place_follow(connection, user_id=actor.id, hotspot_id=spot.id)
    values = {"kind": str(FollowKind.PLACE), "name": spot.nummer, "hotspot_id": spot.id}
    try:
        return known or _add(database, actor, values, now)
    except IntegrityError:  # at the same moment
        return follow_place(database, settings, actor=actor, hotspot=hotspot, now=now)


def follow_area(
    database: Database,
    *,
    actor: Actor,
    kind: FollowKind,
    name: str,
    shape: BaseGeometry,
    now: datetime,
) -> str:
    """Follow an area of one's own, of one of the shapes below; gives its id. Repeating it changes nothing.

    Raises
    ------
    ForbiddenError, FollowError
        If it is a machine, follows too much, or the name is empty or too long.
    """
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST_NAME:
        raise FollowError(
            f"wanted a name of 1 to {LONGEST_NAME} characters, found {len(called)}",
            f"Geef het gebied een naam van hooguit {LONGEST_NAME} tekens.",
        )
    values = {"kind": str(kind), "name": called, "geometry": shapely.to_wkb(shape)}
    with database.reading() as connection:
        same = [follows.c.user_id == actor.id, *(follows.c[name] == value for name, value in values.items())]
        known: str | None = connection.execute(select(follows.c.id).where(*same)).scalar()
    return known or _add(database, actor, values, now)


def unfollow(database: Database, *, actor: Actor, follow_id: str, now: datetime) -> None:
    """Follow something no more, and forget an area.

    Raises
    ------
    NotFoundError
        If this person does not follow it.
    """
    with database.writing() as connection:
        own = (follows.c.user_id == actor.id, follows.c.id == follow_id)
        if connection.execute(delete(follows).where(*own)).rowcount == 0:
            raise NotFoundError(f"'{actor.name}' follows nothing by the id '{follow_id[:60]}'")
        add_line(connection, MANAGING, now=now)


def _add(database: Database, actor: Actor, values: dict[str, Any], now: datetime) -> str:
    if actor.is_machine:
        raise ForbiddenError(f"'{actor.name}' is a machine, and wanted to follow something")
    new_id = str(uuid4())
    with database.writing() as connection:
        own = select(func.count()).select_from(follows).where(follows.c.user_id == actor.id)
        if connection.execute(own).scalar_one() >= MOST:
            raise FollowError(
                f"wanted to follow at most {MOST}, found as many: follow something no more",
                f"U volgt al {MOST} plekken en gebieden. Stop eerst met een daarvan.",
            )
        fixed = {"id": new_id, "user_id": actor.id, "created_at": now}
        connection.execute(insert(follows).values(fixed | values))
        add_line(connection, MANAGING, now=now)
    return new_id


def street_shape(connection: Connection, settings: Settings, street: str) -> tuple[str, BaseGeometry]:
    """Find a street of the address register: its name there, and the shape along its addresses.

    Raises
    ------
    FollowError
        If the register has no such street.
    """
    keys = set(spellings(street.strip()))
    names = connection.execute(select(addresses.c.street).distinct()).scalars()
    found = sorted(name for name in names if keys & set(spellings(name)))
    if not found or not keys:
        raise FollowError(
            f"wanted a street of the address register, found '{street[:80]}'",
            "Deze straat staat niet in het register van adressen. Controleer de naam.",
        )
    query = select(addresses.c.lon, addresses.c.lat).where(addresses.c.street == found[0])
    points = connection.execute(query).all()
    projection = Projection(settings.municipality.crs)
    x, y = projection.to_metres([point.lon for point in points], [point.lat for point in points])
    near_m = settings.tracking.address_near_m
    beside = shapely.union_all(shapely.buffer(shapely.points(x, y), near_m, quad_segs=4))
    return found[0], projection.geometry_to_degrees(beside)


def circle(settings: Settings, *, lon: float, lat: float, radius_m: float) -> BaseGeometry:
    """All within a distance of a point in degrees.

    Raises
    ------
    FollowError
        If the point lies outside the municipality's system, or the distance is no use.
    """
    projection = Projection(settings.municipality.crs)
    x, y = projection.to_metres([lon], [lat])
    if not (isfinite(x[0]) and isfinite(y[0]) and 10 <= radius_m <= 20_000):
        raise FollowError(
            f"wanted a point and a distance of 10 to 20,000 m, found {lon}, {lat} and {radius_m}",
            "Kies een punt in de gemeente, en een afstand van 10 tot 20.000 meter.",
        )
    return projection.geometry_to_degrees(shapely.Point(x[0], y[0]).buffer(radius_m, quad_segs=16))


def point_of_address(connection: Connection, street: str, house_number: int) -> tuple[float, float]:
    """Find an address of the register, in degrees.

    Raises
    ------
    FollowError
        If the register has no such address.
    """
    keys = set(spellings(street.strip()))
    query = select(addresses.c.street, addresses.c.lon, addresses.c.lat).where(
        addresses.c.house_number == house_number
    )
    for row in connection.execute(query.order_by(addresses.c.street, addresses.c.id)):
        if keys & set(spellings(row.street)):
            return row.lon, row.lat
    raise FollowError(
        f"wanted an address of the register, found '{street[:80]} {house_number}'",
        "Dit adres staat niet in het register van adressen. Controleer de straat en het nummer.",
    )


def drawn(points: Sequence[tuple[float, float]]) -> BaseGeometry:
    """The area within corners in degrees.

    Raises
    ------
    FollowError
        If they make no area: fewer than three, not on earth, or lines that cross.
    """
    corners = np.array(points, dtype=float).reshape(-1, 2) if points else np.zeros((0, 2))
    on_earth = bool(len(corners)) and bool(
        np.isfinite(corners).all() and (np.abs(corners) <= (180.0, 90.0)).all()
    )
    if not (3 <= len(corners) <= MOST_POINTS and on_earth):
        raise FollowError(
            f"wanted 3 to {MOST_POINTS} corners in degrees, found {len(corners)}",
            f"Teken een gebied met 3 tot {MOST_POINTS} hoeken op de kaart.",
        )
    shape = shapely.Polygon(corners)
    if not shape.is_valid or shape.area == 0:
        raise FollowError(
            "wanted the outline of one area, found lines that cross",
            "De lijnen van uw gebied kruisen elkaar. Teken het opnieuw, zonder kruisende lijnen.",
        )
    return shape


def buurten_shape(connection: Connection, codes: Sequence[str]) -> BaseGeometry:
    """The area of buurten, by their codes.

    Raises
    ------
    FollowError
        If there is no such buurt.
    """
    query = select(areas.c.buurtcode, areas.c.geometry).where(areas.c.buurtcode.in_(list(codes)))
    rows = connection.execute(query).all()
    if not codes or len(rows) != len(set(codes)):
        raise FollowError(
            f"wanted codes of buurten, found {len(set(codes))} of which {len(rows)} are known",
            "Kies een of meer buurten uit de lijst.",
        )
    return shapely.union_all(shapely.from_wkb([row.geometry for row in rows]))
