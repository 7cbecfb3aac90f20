"""Areas that people made for themselves, by ``eigen:`` and an id: for their owner only."""

from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Connection, FromClause, false, select

from hotspots.store.case_tables import follows
from hotspots.tracking.runs import latest_run_id

OWN = "eigen:"
"""What stands before the id of an own area, where the name of a gebied may stand."""

_REACH = 0.03
"""Degrees around an area in which the centre of a place lies that touches it: some kilometres."""


def read_own_area(
    connection: Connection, reader_id: str | None, name: str
) -> tuple[str, BaseGeometry] | None:
    """Read what the owner calls an area, and its lon/lat shape; None if it is somebody else's, or gone."""
    row = connection.execute(
        select(follows.c.name, follows.c.geometry).where(
            follows.c.id == name.removeprefix(OWN),
            follows.c.user_id == reader_id,
            follows.c.geometry.is_not(None),
        )
    ).first()
    return None if row is None else (row.name, shapely.from_wkb(row.geometry))


def lies_in_own_area(
    connection: Connection, reader_id: str | None, name: str, as_of: date | None, states: FromClause
) -> ColumnElement[bool]:
    """Whether the place of a row of ``hotspot_states`` touches an area of the reader; of nobody else's."""
    own = read_own_area(connection, reader_id, name)
    return false() if own is None else touches(connection, own[1], as_of, states)


def touches(
    connection: Connection, shape: BaseGeometry, as_of: date | None, states: FromClause
) -> ColumnElement[bool]:
    """Whether the place of a row of ``hotspot_states`` touches a lon/lat shape with any part."""
    west, south, east, north = shape.bounds
    query = select(states.c.hotspot_id, states.c.geometry).where(
        states.c.run_id == latest_run_id(connection, as_of),
        states.c.lon.between(west - _REACH, east + _REACH),
        states.c.lat.between(south - _REACH, north + _REACH),
    )
    rows = connection.execute(query).all()
    found = shapely.intersects(shapely.from_wkb([row.geometry for row in rows]), shape)
    return states.c.hotspot_id.in_([row[0] for row, is_in in zip(rows, found, strict=True) if is_in])
