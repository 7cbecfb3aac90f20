"""Lines and areas to draw under the hotspots, from files as they come: TOP10NL, BGT, NWB, OpenStreetMap."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import BackgroundError, UnreadableFileError
from hotspots.files.layered_files import is_geopackage, layers_read_apart, require_tables
from hotspots.geography.cut_layers import NAME_COLUMNS, Box, names_of, read_cut_layer
from hotspots.geography.projection import WGS84, Projection
from hotspots.settings import ReadingSettings

KINDS = ("groen", "water", "gebouw", "weg", "spoor")
"""As :class:`hotspots.store.background.Kind`, without the streets of the register."""

PRECISION_M = 1.0
"""Less than can be seen at the deepest zoom level."""

ROWS_PER_BATCH = 1000

_WORDS = {
    "spoor": ("spoor", "rail", "tram"),
    "water": ("water", "river", "canal", "gracht"),
    "gebouw": ("gebouw", "pand", "building"),
    "weg": ("weg", "road", "straat", "street", "highway", "nwb", "rijbaan", "wegdeel"),
    "groen": (
        "groen",
        "terrein",
        "park",
        "begroeid",
        "natural",
        "landuse",
        "leisure",
        "forest",
        "grass",
        "bos",
    ),
}
"""What the name of a layer or collection tells of its kind; the first that fits."""

_OSM = {
    "railway": "spoor",
    "building": "gebouw",
    "waterway": "water",
    "water": "water",
    "highway": "weg",
    "leisure": "groen",
    "landuse": "groen",
    "natural": "groen",
}
"""Columns of OpenStreetMap: a feature is of the first kind whose column has a value."""


def read_background_file(
    path: Path,
    projection: Projection,
    box: Box | None,
    *,
    limits: ReadingSettings,
    name: str = "",
    kind: str = "",
) -> gpd.GeoDataFrame:
    """Read lines and areas from a GeoPackage or GeoJSON, cut to a box.

    Parameters
    ----------
    projection
        Metres of the municipality.
    box
        West, south, east, north in degrees; None for everything.
    name
        Of the file or collection, where its kind can't be told by its layers.
    kind
        What all of it is; empty: told by the columns of OpenStreetMap, else by the name of the layer.

    Returns
    -------
    GeoDataFrame
        kind, name ("" for none), size_m (longest side of the box), geometry (EPSG:4326); points are left out.

    Raises
    ------
    BackgroundError
        If it can't be read, or what it is can't be told.
    """
    order = {"box": box, "name": name, "kind": kind}
    parts: list[list[Any]] = []
    try:
        with layers_read_apart(read_feature_messages, path, order, limits=limits) as messages:
            for batch in messages:
                parts += batch
    except UnreadableFileError as error:
        raise BackgroundError(f"{error!s}") from None
    if not parts:
        raise BackgroundError(f"wanted lines or areas in the municipality, found none in '{path}'")
    kinds, names, shapes = zip(*parts, strict=True)
    read = gpd.GeoDataFrame(
        {"kind": kinds, "name": names},
        geometry=shapely.from_wkb([base64.b64decode(shape) for shape in shapes]),
        crs=WGS84,
    )
    return _simple(read, projection)


def read_feature_messages(path: Path, box: Box | None, name: str, kind: str) -> Iterator[Any]:
    """Read the features; for a process of its own, in batches of kind, name and shape."""
    if is_geopackage(path):
        require_tables(path)
    box = None if box is None else (box[0], box[1], box[2], box[3])  # a list, as it was sent
    try:
        for layer, shape in pyogrio.list_layers(path).tolist():
            if shape is None or "Point" in str(shape):
                continue
            frame = _layer(path, str(layer), box, name=name, kind=kind)
            shapes = shapely.to_wkb(frame.geometry.to_numpy())
            texts = [base64.b64encode(shape).decode("ascii") for shape in shapes]
            rows = [list(row) for row in zip(frame["kind"], frame["name"], texts, strict=True)]
            for start in range(0, len(rows), ROWS_PER_BATCH):
                yield rows[start : start + ROWS_PER_BATCH]
    except (DataSourceError, DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise BackgroundError(
            f"wanted lines or areas as GeoPackage or GeoJSON, found '{path}', which can't be read: "
            f"{str(error).splitlines()[0]}"
        ) from None


def _layer(path: Path, layer: str, box: Box | None, *, name: str, kind: str) -> gpd.GeoDataFrame:
    """The lines and areas of a layer in a box: kind, name, geometry in degrees."""
    frame = read_cut_layer(path, layer, box, (*NAME_COLUMNS, *_OSM))
    kinds = _kinds(frame, f"{layer} {name}", path, layer) if not kind else np.full(len(frame), kind, object)
    is_known = kinds != ""
    return gpd.GeoDataFrame(
        {"kind": kinds[is_known], "name": names_of(frame)[is_known]},
        geometry=frame.geometry.to_numpy()[is_known],
        crs=WGS84,
    )


def _kinds(frame: gpd.GeoDataFrame, called: str, path: Path, layer: str) -> NDArray[Any]:
    """The kind of each feature, "" for what is nothing to draw."""
    kinds = np.full(len(frame), "", dtype=object)
    tagged = [column for column in _OSM if column in frame.columns]
    for column in tagged:
        has_value = frame[column].notna().to_numpy() & (frame[column].astype(str) != "no").to_numpy()
        kinds[has_value & (kinds == "")] = _OSM[column]
    if "natural" in tagged:
        kinds[(frame["natural"] == "water").to_numpy()] = "water"
    if tagged:
        return kinds
    for kind, words in _WORDS.items():
        if any(word in called.lower() for word in words):
            return np.full(len(frame), kind, dtype=object)
    raise BackgroundError(
        f"{path}: wanted to know what layer '{layer}' is, found a name that does not tell: say --kind "
        f"{'|'.join(KINDS)}"
    )


def _simple(table: gpd.GeoDataFrame, projection: Projection) -> gpd.GeoDataFrame:
    """Lines and areas without the corners that nobody sees, with their size."""
    exploded = table.explode(ignore_index=True)
    exploded = exploded[exploded.geometry.geom_type.isin(["LineString", "Polygon"])]
    shapes = exploded.to_crs(projection.crs).geometry.to_numpy()
    simple = shapely.simplify(shapes, PRECISION_M)
    west, south, east, north = shapely.bounds(simple).T
    drawn = gpd.GeoDataFrame(
        {
            "kind": exploded["kind"].to_numpy(),
            "name": exploded["name"].to_numpy(),
            "size_m": np.maximum(east - west, north - south),
        },
        geometry=projection.geometries_to_degrees(simple),
        crs=WGS84,
    )
    order = np.lexsort((shapely.to_wkb(drawn.geometry.to_numpy()), drawn["name"], drawn["kind"]))
    return drawn.iloc[order].reset_index(drop=True)
