"""Shapes kept beside their box, so that those in a piece of the map are found without reading them."""

from collections.abc import Iterator
from typing import Any

import shapely
from numpy.typing import NDArray
from sqlalchemy import Table
from sqlalchemy.sql.elements import ColumnElement

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


def as_columns(shapes: NDArray[Any]) -> Iterator[dict[str, Any]]:
    """Give the columns of each shape: west, south, east, north, and geometry (WKB)."""
    for (west, south, east, north), wkb in zip(
        shapely.bounds(shapes).tolist(), shapely.to_wkb(shapes), strict=True
    ):
        yield {"west": west, "south": south, "east": east, "north": north, "geometry": wkb}


def touches(table: Table, box: Box) -> ColumnElement[bool]:
    """Whether the box of a row touches this one."""
    west, south, east, north = box
    columns = table.c
    return (
        (columns.west <= east) & (columns.east >= west) & (columns.south <= north) & (columns.north >= south)
    )
