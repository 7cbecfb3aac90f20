"""Places that say something of their surroundings, as a municipality knows them; no part of any judgement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, delete, func, insert, select

from hotspots.errors import BackgroundError
from hotspots.store.batches import in_batches
from hotspots.store.boxes import Box, as_columns, touches
from hotspots.store.place_tables import context_places

if TYPE_CHECKING:
    import geopandas as gpd

MAX_PLACES = 1000
"""Most places of a kind: all of them are in every map."""


@dataclass(frozen=True)
class ContextPlace:
    """A place such as a school or an area with an alcohol ban; geometry in lon/lat degrees."""

    kind: str
    name: str
    geometry: BaseGeometry


@dataclass(frozen=True)
class ContextImport:
    """What there is of one kind, and whose data they are."""

    kind: str
    count: int
    attribution: str


def replace_context(connection: Connection, frame: "gpd.GeoDataFrame", *, attribution: str) -> None:
    """Put these places in the place of those of the same kinds.

    Parameters
    ----------
    frame
        kind, name ("" for none), geometry (lon/lat WGS 84).

    Raises
    ------
    BackgroundError
        If there are more than :data:`MAX_PLACES` of a kind.
    """
    counts = frame["kind"].value_counts()
    if len(counts) and counts.iloc[0] > MAX_PLACES:
        raise BackgroundError(
            f"wanted at most {MAX_PLACES} places of a kind, found {counts.iloc[0]} of '{counts.index[0]}': "
            f"take what matters, or draw them under the hotspots with `hotspots background import`"
        )
    for kind in counts.index:
        remove_context(connection, str(kind))
    shapes = as_columns(frame.geometry.to_numpy())
    rows = [
        {"kind": str(kind), "name": str(name)[:120], "attribution": attribution[:200], **shape}
        for kind, name, shape in zip(frame["kind"], frame["name"], shapes, strict=True)
    ]
    for batch in in_batches(rows):
        connection.execute(insert(context_places), list(batch))


def remove_context(connection: Connection, kind: str) -> int:
    """Remove the places of a kind; gives how many there were."""
    return connection.execute(delete(context_places).where(context_places.c.kind == kind)).rowcount


def read_context(connection: Connection, box: Box | None = None) -> Sequence[ContextPlace]:
    """Read the places, by kind and name; those of which the box touches this one, if one is given."""
    columns = context_places.c
    query = select(columns.kind, columns.name, columns.geometry)
    if box is not None:
        query = query.where(touches(context_places, box))
    rows = connection.execute(query.order_by(columns.kind, columns.name, columns.id)).all()
    shapes = shapely.from_wkb([row.geometry for row in rows])
    return [ContextPlace(row.kind, row.name, shape) for row, shape in zip(rows, shapes, strict=True)]


def read_context_imports(connection: Connection) -> Sequence[ContextImport]:
    """Read which kinds there are."""
    columns = context_places.c
    rows = connection.execute(
        select(columns.kind, func.count().label("count"), func.max(columns.attribution).label("attribution"))
        .group_by(columns.kind)
        .order_by(columns.kind)
    )
    return [ContextImport(row.kind, row[1], row.attribution) for row in rows]
