"""Features of a GeoPackage or GeoJSON, cut to the box of a municipality, each with its kind and name.

The features are read in a process of their own, and come from there in rows of kind, name and shape.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import BackgroundError, UnreadableFileError
from hotspots.files.geojson_or_geopackage import is_geopackage, require_tables, why_not
from hotspots.files.layered_files import layers_read_apart
from hotspots.files.reading_process import Reader
from hotspots.geography.projection import WGS84
from hotspots.settings import ReadingSettings

Box = tuple[float, float, float, float]

PRECISION_M = 1.0
"""Less than can be seen at the deepest zoom level."""

ROWS_PER_BATCH = 1000

NAME_COLUMNS = (
    "name",
    "naam",
    "straatnaam",
    "stt_naam",
    "openbareruimtenaam",
    "naamnl",
    "naamofficieel",
    "naam_nl",
)
"""Columns that say what a feature is called; the first that has a value."""


def read_features_apart(
    reader: Reader, path: Path, arguments: Mapping[str, Any], *, what: str, limits: ReadingSettings
) -> gpd.GeoDataFrame:
    """Read features by a reader that gives what :func:`features_as_messages` does.

    Returns
    -------
    GeoDataFrame
        kind, name ("" for none), geometry (EPSG:4326).

    Raises
    ------
    BackgroundError
        If the file can't be read, or has no features there.
    """
    rows: list[list[str]] = []
    try:
        with layers_read_apart(reader, path, arguments, limits=limits) as messages:
            for batch in messages:
                rows += batch
    except UnreadableFileError as error:
        raise BackgroundError(str(error)) from None
    if not rows:
        raise BackgroundError(f"wanted {what} in the municipality, found none in '{path}'")
    kinds, names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"kind": kinds, "name": names},
        geometry=shapely.from_wkb([base64.b64decode(shape) for shape in shapes]),
        crs=WGS84,
    )


def features_as_messages(
    path: Path,
    box: Sequence[float] | None,
    read_layer: Callable[[str, Box | None], gpd.GeoDataFrame],
    *,
    what: str,
    without: str = "",
) -> Iterator[list[list[str]]]:
    """Give the features of a file in batches of rows; for a process of its own.

    Parameters
    ----------
    read_layer
        Gives kind, name and geometry (EPSG:4326) of a layer in a box.
    without
        Layers with this in the type of their shapes, such as ``Point``, are left out.

    Raises
    ------
    BackgroundError
        If the file can't be read.
    """
    if is_geopackage(path):
        require_tables(path)
    within = None if box is None else (box[0], box[1], box[2], box[3])  # a list, as it was sent
    try:
        for layer, shape in pyogrio.list_layers(path).tolist():
            if shape is None or (without and without in str(shape)):
                continue
            frame = read_layer(str(layer), within)
            shapes = shapely.to_wkb(frame.geometry.to_numpy())
            texts = [base64.b64encode(one).decode("ascii") for one in shapes]
            rows = [list(row) for row in zip(frame["kind"], frame["name"], texts, strict=True)]
            for start in range(0, len(rows), ROWS_PER_BATCH):
                yield rows[start : start + ROWS_PER_BATCH]
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise BackgroundError(
            f"wanted {what} as GeoPackage or GeoJSON, found '{path}', which can't be read: {why_not(error)}"
        ) from None


def in_fixed_order(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give features by kind, name and shape, in whatever order they came."""
    shapes = shapely.to_wkb(features.geometry.to_numpy())
    order = np.lexsort((shapes, features["name"], features["kind"]))
    return features.iloc[order].reset_index(drop=True)


def read_cut_layer(path: Path, layer: str, box: Box | None, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Read a layer, cut to a box.

    Parameters
    ----------
    box
        West, south, east, north in degrees; None for everything.
    columns
        What is wanted beside the shapes, in small letters; those that the layer lacks are left out.

    Returns
    -------
    GeoDataFrame
        The columns, in small letters, and geometry (EPSG:4326), none of them empty.

    Raises
    ------
    BackgroundError
        If it has no coordinate system.
    """
    about = pyogrio.read_info(path, layer=layer)
    if about["crs"] is None:
        raise BackgroundError(f"{path}: wanted a coordinate system, found none; write it into the file")
    given = {str(column).lower(): str(column) for column in about["fields"]}
    within = None if box is None else gpd.GeoSeries([shapely.box(*box)], crs=WGS84).to_crs(about["crs"])
    frame = pyogrio.read_dataframe(
        path,
        layer=layer,
        columns=[given[column] for column in columns if column in given],
        bbox=None if within is None else tuple(within.total_bounds),
        on_invalid="ignore",
    )
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].to_crs(WGS84)
    frame = frame.rename(columns={own: lower for lower, own in given.items()})
    if box is None:
        return frame
    whole = shapely.make_valid(shapely.force_2d(frame.geometry.to_numpy()))
    cut = gpd.GeoSeries(shapely.clip_by_rect(whole, *box), index=frame.index, crs=WGS84)
    frame = frame.set_geometry(cut)
    return frame[~frame.geometry.is_empty]


def names_of(frame: gpd.GeoDataFrame) -> NDArray[Any]:
    """What each feature is called; "" for none."""
    named = [column for column in NAME_COLUMNS if column in frame.columns]
    names = frame[named].bfill(axis=1).iloc[:, 0] if named else pd.Series("", index=frame.index)
    return np.asarray(names.fillna("").astype(str).str.strip(), dtype=object)


def box_around(areas: gpd.GeoDataFrame, *, margin_degrees: float = 0.02) -> Box | None:
    """The box of the municipality with its surroundings; None without areas."""
    if areas.empty:
        return None
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    return west - margin_degrees, south - margin_degrees, east + margin_degrees, north + margin_degrees
