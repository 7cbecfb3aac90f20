"""The layers of a file of boundaries, as tables."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from hotspots.errors import AreasError, UnreadableFileError
from hotspots.files.layered_files import TABLES, layers_read_apart
from hotspots.files.sent_tables import table_of_messages
from hotspots.geography.layers_as_messages import SHAPES, layers_as_messages
from hotspots.settings import ReadingSettings


@dataclass(frozen=True)
class Layers:
    """What a file of boundaries holds.

    Attributes
    ----------
    areas
        A row per polygon or multipolygon, with the columns and in the coordinate system of the file.
    coarser
        The tables, without geometry, of layers of wijken and of gemeenten beside that of the buurten.
    mended
        Rows, from 1, of polygons that crossed themselves.
    """

    areas: gpd.GeoDataFrame
    coarser: list[pd.DataFrame] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)


def read_layers(path: Path, *, limits: ReadingSettings) -> Layers:
    """Read the layer of buurten, else the only layer with polygons, and tables that name what is coarser.

    Raises
    ------
    AreasError
        If the file is of another kind, says not which layer, or has a row that is no polygon.
    """
    try:
        with layers_read_apart(layers_as_messages, path, {}, limits=limits, without=TABLES) as messages:
            return _layers(messages)
    except UnreadableFileError as error:
        raise AreasError(str(error), error.dutch) from None


def read_own_layers(path: Path) -> Layers:
    """Read the layers of a file that came with the software, which needs no process of its own."""
    return _layers(layers_as_messages(path))


def _layers(messages: Iterator[Any]) -> Layers:
    about = next(messages)
    table = table_of_messages(messages)
    shapes = shapely.from_wkb([base64.b64decode(text) for text in table.pop(SHAPES)])
    areas = gpd.GeoDataFrame(table, geometry=shapes, crs=about["crs"])
    return Layers(areas, [table_of_messages(messages) for _ in range(about["coarser"])], about["mended"])
