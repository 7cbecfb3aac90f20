"""What is drawn under the hotspots: lines and areas, kept so that a piece of the map is read at once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select

from hotspots.store.batches import in_batches
from hotspots.store.boxes import Box, as_columns, touches
from hotspots.store.metadata import read_fact, remove_fact, write_fact
from hotspots.store.place_tables import addresses, background_features

if TYPE_CHECKING:
    import geopandas as gpd

ABOUT = "background"
"""Name of the fact that says what was imported."""

CHOICE = "basemap"
"""Name of the fact with the basemap that an administrator chose in the place of the setting."""

SMALLEST_M = 3.0
"""Features smaller than this are not kept: no map shows them."""


class Kind(StrEnum):
    """What a feature of the background is; drawn in this order."""

    GREEN = "groen"
    WATER = "water"
    BUILDING = "gebouw"
    ROAD = "weg"
    RAILWAY = "spoor"
    STREET = "straat"
    """A street as its addresses tell it."""


class Origin(StrEnum):
    """Where features are from; those of a file are drawn in the place of those of the register."""

    REGISTER = "register"
    FILE = "file"


@dataclass(frozen=True)
class Imported:
    """What was imported as background."""

    file: str
    attribution: str


@dataclass(frozen=True)
class Features:
    """Features in a piece of the map, largest first; geometries in lon/lat degrees."""

    kinds: Sequence[str]
    names: Sequence[str]
    geometries: NDArray[Any]


NO_FEATURES = Features((), (), np.empty(0, dtype=object))


def replace_background(
    connection: Connection, origin: Origin, frame: "gpd.GeoDataFrame", *, kinds: Sequence[Kind] = tuple(Kind)
) -> int:
    """Put these features in the place of those of the same origin and kinds; gives how many were kept.

    Parameters
    ----------
    frame
        kind (see :class:`Kind`), name ("" for none), size_m (longest side of the box of the feature, in
        metres), geometry (lon/lat WGS 84).
    """
    columns = background_features.c
    of_these = (columns.origin == str(origin)) & columns.kind.in_([str(kind) for kind in kinds])
    connection.execute(delete(background_features).where(of_these))
    kept = frame[(frame["size_m"] >= SMALLEST_M) | (frame["name"] != "")]
    shapes = as_columns(kept.geometry.to_numpy())
    rows = [
        {
            "origin": str(origin),
            "kind": str(kind),
            "name": str(name)[:120],
            "size_m": float(size_m),
            **shape,
        }
        for kind, name, size_m, shape in zip(kept["kind"], kept["name"], kept["size_m"], shapes, strict=True)
    ]
    for batch in in_batches(rows):
        connection.execute(insert(background_features), list(batch))
    others = select(columns.kind, func.count(), func.sum(columns.size_m)).where(columns.origin == str(origin))
    found = [tuple(row) for row in connection.execute(others.group_by(columns.kind).order_by(columns.kind))]
    remove_fact(connection, _version_of(origin))
    if found:
        content = hashlib.sha256(repr((rows, found)).encode()).hexdigest()
        write_fact(connection, _version_of(origin), content[:12])
    return len(rows)


def note_imported(connection: Connection, imported: Imported | None) -> None:
    """Record what was imported as background; None when it was taken away."""
    if imported is None:
        remove_fact(connection, ABOUT)
    else:
        write_fact(connection, ABOUT, json.dumps(vars(imported)))


def read_imported(connection: Connection) -> Imported | None:
    """What was imported as background; None if nothing was."""
    value = read_fact(connection, ABOUT)
    return None if value is None else Imported(**json.loads(value))


def read_features(
    connection: Connection, origin: Origin, box: Box, *, least_m: float, limit: int
) -> Features:
    """Read the features in a box that are large enough to be seen, the largest first.

    Parameters
    ----------
    least_m
        Least size, in metres.
    limit
        Most features; the smallest are left out.
    """
    columns = background_features.c
    rows = connection.execute(
        select(columns.kind, columns.name, columns.geometry)
        .where(
            columns.origin == str(origin),
            touches(background_features, box),
            columns.size_m >= least_m,
        )
        .order_by(columns.size_m.desc(), columns.id)
        .limit(limit)
    ).all()
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([row.geometry for row in rows])
    return Features([row.kind for row in rows], [row.name for row in rows], shapes)


def read_house_numbers(connection: Connection, box: Box, *, limit: int) -> list[tuple[str, float, float]]:
    """House numbers with their points; of many at one point the first and the last (``1-59``)."""
    west, south, east, north = box
    columns = addresses.c
    rows = connection.execute(
        select(columns.lon, columns.lat, func.min(columns.house_number), func.max(columns.house_number))
        .where(columns.lon.between(west, east), columns.lat.between(south, north))
        .group_by(columns.lon, columns.lat)
        .order_by(columns.lon, columns.lat)
        .limit(limit)
    ).all()
    return [(str(first) if first == last else f"{first}-{last}", lon, lat) for lon, lat, first, last in rows]


def background_version(connection: Connection, origin: Origin) -> str:
    """A mark of what there is of this origin, another one after every change; "" if there is nothing."""
    return read_fact(connection, _version_of(origin)) or ""


def _version_of(origin: Origin) -> str:
    return f"background of {origin}"
