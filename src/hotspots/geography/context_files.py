"""Places that tell of their surroundings, from files as they come: alcohol bans, cameras, schools."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

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

KIND_COLUMNS = ("soort", "kind")
"""Columns that say what a feature is."""

WHAT = "places"


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
    order = {"box": box, "kind": kind}
    read = read_features_apart(places_as_messages, path, order, what=WHAT, limits=limits)
    unknown = sorted(set(read["kind"]) - set(kinds))
    if unknown:
        raise BackgroundError(
            f"{path}: wanted a kind of {', '.join(sorted(kinds))}, found '{unknown[0]}': say --kind, or add "
            f"it to [context.kinds]"
        )
    simple = shapely.simplify(read.to_crs(projection.crs).geometry.to_numpy(), PRECISION_M)
    shapes = gpd.GeoSeries(projection.geometries_to_degrees(simple), crs=WGS84)
    return in_fixed_order(read.set_geometry(shapes))


def places_as_messages(path: Path, box: Sequence[float] | None, kind: str) -> Iterator[Any]:
    """Read the places; for a process of its own."""

    def read_layer(layer: str, within: Box | None) -> gpd.GeoDataFrame:
        return _layer(path, layer, within, kind=kind)

    return features_as_messages(path, box, read_layer, what=WHAT)


def _layer(path: Path, layer: str, box: Box | None, *, kind: str) -> gpd.GeoDataFrame:
    """The places of a layer in a box: kind, name, geometry in degrees."""
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
    return gpd.GeoDataFrame(
        {"kind": np.asarray(kinds, dtype=object), "name": names_of(frame)},
        geometry=frame.geometry.to_numpy(),
        crs=WGS84,
    )
