"""Places that tell of their surroundings, from files as they come: alcohol bans, cameras, schools."""

import base64
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import BackgroundError, UnreadableFileError
from hotspots.files.layered_files import is_geopackage, layers_read_apart, require_tables
from hotspots.geography.cut_layers import NAME_COLUMNS, Box, names_of, read_cut_layer
from hotspots.geography.projection import WGS84, Projection
from hotspots.settings import ReadingSettings

KIND_COLUMNS = ("soort", "kind")
"""Columns that say what a feature is."""

PRECISION_M = 1.0
"""Less than can be seen at the deepest zoom level."""


def read_context_file(
    path: Path,
    projection: Projection,
    box: Box | None,
    kinds: Collection[str],
    *,
    limits: ReadingSettings,
    kind: str = "",
) -> gpd.GeoDataFrame:
    """Read points, lines and areas from a GeoPackage or GeoJSON, cut to a box.

    Parameters
    ----------
    projection
        Metres of the municipality.
    box
        West, south, east, north in degrees; None for everything.
    kinds
        All kinds that there are.
    kind
        What all of it is; empty: told by a column `soort` or `kind`.

    Returns
    -------
    GeoDataFrame
        kind, name ("" for none), geometry (EPSG:4326), in an order that doesn't depend on that of the file.

    Raises
    ------
    BackgroundError
        If it can't be read, has nothing there, or what something is can't be told.
    """
    rows: list[list[str]] = []
    try:
        arguments = {"box": box, "kind": kind}
        with layers_read_apart(read_place_messages, path, arguments, limits=limits) as messages:
            for batch in messages:
                rows += batch
    except UnreadableFileError as error:
        raise BackgroundError(f"{error!s}") from None
    if not rows:
        raise BackgroundError(f"wanted places in the municipality, found none in '{path}'")
    found, names, shapes = zip(*rows, strict=True)
    unknown = sorted(set(found) - set(kinds))
    if unknown:
        raise BackgroundError(
            f"{path}: wanted a kind of {', '.join(sorted(kinds))}, found '{unknown[0]}': say --kind, or add "
            f"it to [context.kinds]"
        )
    read = gpd.GeoDataFrame(
        {"kind": found, "name": names},
        geometry=shapely.from_wkb([base64.b64decode(shape) for shape in shapes]),
        crs=WGS84,
    )
    simple = shapely.simplify(read.to_crs(projection.crs).geometry.to_numpy(), PRECISION_M)
    read = read.set_geometry(gpd.GeoSeries(projection.geometries_to_degrees(simple), crs=WGS84))
    order = np.lexsort((shapely.to_wkb(read.geometry.to_numpy()), read["name"], read["kind"]))
    return read.iloc[order].reset_index(drop=True)


def read_place_messages(path: Path, box: Box | None, kind: str) -> Iterator[Any]:
    """Read the places; for a process of its own, one batch of kind, name and shape for each layer."""
    if is_geopackage(path):
        require_tables(path)
    box = None if box is None else (box[0], box[1], box[2], box[3])  # a list, as it was sent
    try:
        for layer, shape in pyogrio.list_layers(path).tolist():
            if shape is not None:
                yield list(_rows(path, str(layer), box, kind=kind))
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise BackgroundError(
            f"wanted places as GeoPackage or GeoJSON, found '{path}', which can't be read: "
            f"{str(error).splitlines()[0]}"
        ) from None


def _rows(path: Path, layer: str, box: Box | None, *, kind: str) -> Iterator[list[str]]:
    frame = read_cut_layer(path, layer, box, (*NAME_COLUMNS, *KIND_COLUMNS))
    column = next((column for column in KIND_COLUMNS if column in frame.columns), None)
    if not kind and column is None:
        raise BackgroundError(
            f"{path}: wanted to know what the features of layer '{layer}' are, found no column "
            f"{' or '.join(KIND_COLUMNS)}: say --kind"
        )
    is_loose = frame.geometry.geom_type.isin(["MultiPoint", "GeometryCollection"])
    frame = pd.concat([frame[~is_loose], frame[is_loose].explode()])
    kinds = [kind] * len(frame) if kind else frame[column].fillna("").astype(str).str.strip().str.lower()
    for own, name, shape in zip(kinds, names_of(frame), shapely.to_wkb(frame.geometry), strict=True):
        yield [own, name, base64.b64encode(shape).decode("ascii")]
