"""The buurten of the municipality: read from a file of boundaries, or derived from their centres."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import AreasError
from hotspots.geography.projection import WGS84, Projection

APPROXIMATE_REACH_M = 2000.0
"""How far a derived area reaches from its centre: far enough to hold the outskirts of a city."""

_FALLBACK_CODES = ("buurtcode", "wijkcode", "gemeentecode", "statcode", "code", "id")
_NAMES = {
    "gemeentecode": ("gemeentecode", "gm_code"),
    "buurtcode": ("bu_code", *_FALLBACK_CODES),
    "buurtnaam": ("bu_naam", "buurtnaam", "wijknaam", "gemeentenaam", "statnaam", "name", "naam"),
    "gemeentenaam": ("gemeentenaam", "gm_naam"),
    "wijkcode": ("wijkcode", "wk_code"),
    "wijknaam": ("wijknaam", "wk_naam"),
}
_INSTEAD = {
    "buurtnaam": ("buurtcode",),
    "wijkcode": ("gemeentecode", "buurtcode"),
    "wijknaam": ("gemeentenaam", "wijkcode"),
}
"""What stands for a column where that is empty."""


def read_area_file(path: Path, *, municipality_code: str = "") -> gpd.GeoDataFrame:
    """Read boundaries from GeoJSON or GeoPackage, such as the CBS Wijk- en buurtkaart.

    Columns are recognised whatever their case: ``buurtcode``, ``buurtnaam``, ``wijkcode``, ``wijknaam``,
    ``gemeentecode``, ``gemeentenaam``, ``aantal_inwoners`` (or the latest ``aantal_inwoners_<year>``). What
    is absent is taken from the next coarser level; rows with one code become one area.

    Parameters
    ----------
    path
        The file. In a GeoPackage the layer with "buurt" in its name is read, else the only one.
    municipality_code
        When given, and the file names municipalities, only the areas of this one are kept.

    Returns
    -------
    GeoDataFrame
        Columns buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, inhabitants (NaN where
        unknown), is_approximate (False), geometry (EPSG:4326), sorted by buurtcode.

    Raises
    ------
    AreasError
        If the file can't be read, has no polygons, or has none of this municipality.
    """
    frame = _read_polygons(path)
    columns = {str(name).lower(): name for name in frame.columns if name != frame.geometry.name}
    table = pd.DataFrame({name: _texts(frame, columns, names) for name, names in _NAMES.items()})
    kept = _of_municipality(table["gemeentecode"], municipality_code, path)
    unnamed = kept & (table["buurtcode"] == "")
    if unnamed.any():
        if kept.sum() > 1:
            raise AreasError(
                f"{path}: wanted a code for each area in a column {', '.join(_FALLBACK_CODES)}, "
                f"found none in row {int(np.flatnonzero(unnamed)[0]) + 1}; "
                f"columns are {', '.join(map(str, frame.columns))}"
            )
        table["buurtcode"] = "1"
    for name, others in _INSTEAD.items():
        for other in others:
            table[name] = table[name].where(table[name] != "", table[other])
    table["inhabitants"] = _inhabitants(frame, columns)
    table["is_approximate"] = False
    areas = gpd.GeoDataFrame(table[kept], geometry=frame.geometry[kept].make_valid(), crs=WGS84)
    whole = areas.dissolve(by="buurtcode", aggfunc="first", as_index=False)
    return whole.sort_values("buurtcode", ignore_index=True)


def approximate_areas(path: Path, projection: Projection) -> gpd.GeoDataFrame:
    """Derive areas from a table of centres: each place belongs to the nearest centre (Voronoi cells).

    Parameters
    ----------
    path
        CSV with buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, aantal_inwoners, lon
        and lat.
    projection
        Metres, in which distances are measured.

    Returns
    -------
    GeoDataFrame
        As :func:`read_area_file`, with is_approximate True; no area reaches further than 2 km from its
        centre.
    """
    table = pd.read_csv(path, dtype={"buurtcode": str, "wijkcode": str, "gemeentecode": str})
    return areas_around(table, projection)


def areas_around(centres: pd.DataFrame, projection: Projection) -> gpd.GeoDataFrame:
    """Derive areas from centres, as :func:`approximate_areas`, of a table with its columns."""
    x, y = projection.to_metres(centres["lon"], centres["lat"])
    points = np.atleast_1d(np.asarray(shapely.points(x, y), dtype=object))
    reach = shapely.union_all(shapely.buffer(points, APPROXIMATE_REACH_M))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.envelope(reach))
    )
    cell_of_point = shapely.STRtree(cells).query(points, predicate="within")[1]
    shapes = [
        projection.geometry_to_degrees(shapely.intersection(cells[cell], reach)) for cell in cell_of_point
    ]
    table = centres.rename(columns={"aantal_inwoners": "inhabitants"}).drop(columns=["lon", "lat"])
    table["inhabitants"] = table["inhabitants"].astype("float64")
    table["is_approximate"] = True
    areas = gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)
    return areas.sort_values("buurtcode", ignore_index=True)


def _read_polygons(path: Path) -> gpd.GeoDataFrame:
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        layer = next((name for name in layers if "buurt" in name.lower()), layers[0] if layers else None)
        # a code such as 0/02/30 is no day, although GDAL takes it for one
        is_json = pyogrio.read_info(path, layer=layer)["driver"] == "GeoJSON"
        as_text = {"DATE_AS_STRING": "YES"} if is_json else {}
        # what is no polygon at all, such as a hole without a shell, is refused below with its row
        frame = gpd.read_file(path, layer=layer, on_invalid="ignore", **as_text)
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise AreasError(
            f"wanted boundaries as GeoJSON or GeoPackage, found '{path}', which can't be read: "
            f"{str(error).splitlines()[0]}"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise AreasError(f"{path}: wanted areas, found none")
    is_polygon = frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    if not is_polygon.all():
        row = int(np.flatnonzero(~is_polygon)[0]) + 1
        found = frame.geometry.iloc[row - 1]
        kind = "no geometry" if found is None else f"a {found.geom_type}"
        raise AreasError(f"{path}: wanted a polygon for each area, found {kind} in row {row}")
    if frame.crs is None:
        raise AreasError(f"{path}: wanted a coordinate system, found none; write it into the file")
    frame = frame.to_crs(WGS84)
    west, south, east, north = frame.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise AreasError(
            f"{path}: wanted lon/lat degrees, found x {west:.0f}..{east:.0f} and y {south:.0f}..{north:.0f}; "
            "the file says WGS 84 but holds metres: name its coordinate system in the file"
        )
    return frame


def _texts(frame: gpd.GeoDataFrame, columns: Mapping[str, Any], names: Sequence[str]) -> "pd.Series[str]":
    present = next((columns[name] for name in names if name in columns), None)
    if present is None:
        return pd.Series("", index=frame.index, dtype=object)
    texts: pd.Series[str] = frame[present].map(_text)
    return texts


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _inhabitants(frame: gpd.GeoDataFrame, columns: Mapping[str, Any]) -> "pd.Series[float]":
    exact = [name for name in columns if name in ("aantal_inwoners", "inhabitants")]
    by_year = sorted(name for name in columns if re.fullmatch(r"aantal_inwoners_\d{4}", name))
    other = [name for name in columns if name.startswith("aantal_inwoners")]
    for name in [*exact, *reversed(by_year), *other][:1]:
        count = pd.to_numeric(frame[columns[name]], errors="coerce").astype("float64")
        known: pd.Series[float] = count.where(count >= 0)  # CBS writes -99997 and the like for "suppressed"
        return known
    return pd.Series(np.nan, index=frame.index)


def _of_municipality(codes: "pd.Series[str]", wanted: str, path: Path) -> "pd.Series[bool]":
    if not wanted or not (codes != "").any():
        return pd.Series(True, index=codes.index)
    kept = codes == wanted
    if not kept.any():
        found = sorted(set(codes) - {""})
        listed = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
        raise AreasError(
            f"{path}: wanted areas of municipality '{wanted}', found only {listed}; "
            "take another file or set [municipality] code"
        )
    return kept
