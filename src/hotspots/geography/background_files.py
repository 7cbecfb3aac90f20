"""Lines and areas to draw under the hotspots, from files as they come: TOP10NL, BGT, NWB, OpenStreetMap."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from hotspots.errors import BackgroundError
from hotspots.geography.cut_layers import (
    NAME_COLUMNS,
    PRECISION_M,
    Box,
    features_as_messages,
    in_fixed_order,
    names_of,
    read_cut_layer,
    read_features_apart,
)
from hotspots.geography.projection import WGS84, Projection
from hotspots.settings import ReadingSettings

KINDS = ("groen", "water", "gebouw", "weg", "spoor")
"""As :class:`hotspots.store.background.Kind`, without the streets of the register."""

WHAT = "lines or areas"

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
    return _simple(read_features_apart(drawn_as_messages, path, order, what=WHAT, limits=limits), projection)


def drawn_as_messages(path: Path, box: Sequence[float] | None, name: str, kind: str) -> Iterator[Any]:
    """Read the features; for a process of its own."""

    def read_layer(layer: str, within: Box | None) -> gpd.GeoDataFrame:
        return _layer(path, layer, within, name=name, kind=kind)

    return features_as_messages(path, box, read_layer, what=WHAT, without="Point")


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
    return in_fixed_order(drawn)
