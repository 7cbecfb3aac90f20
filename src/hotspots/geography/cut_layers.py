"""The layers of a GeoPackage or GeoJSON, cut to the box of a municipality, and what a feature is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from hotspots.errors import BackgroundError
from hotspots.geography.projection import WGS84

Box = tuple[float, float, float, float]

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
