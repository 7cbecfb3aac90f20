"""The layers of a file of boundaries: which holds the buurten, and which names wijken and gemeenten."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import AreasError, UnreadableFileError
from hotspots.files.layered_files import is_geopackage, layers_read_apart, require_tables
from hotspots.files.sent_tables import table_as_messages, table_of_messages
from hotspots.settings import ReadingSettings

_SHAPES = "the shapes themselves"
_POLYGONS = ("Polygon", "MultiPolygon")


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
        with layers_read_apart(read_layer_messages, path, {}, limits=limits) as messages:
            about = next(messages)
            table = table_of_messages(messages)
            shapes = shapely.from_wkb([base64.b64decode(text) for text in table.pop(_SHAPES)])
            areas = gpd.GeoDataFrame(table, geometry=shapes, crs=about["crs"])
            return Layers(
                areas, [table_of_messages(messages) for _ in range(about["coarser"])], about["mended"]
            )
    except UnreadableFileError as error:
        raise AreasError(f"{error!s}") from None


def read_layer_messages(path: Path) -> Iterator[Any]:
    """Read the layers; for a process of its own, as messages."""
    found = layers_of(path)
    shapes = shapely.to_wkb(found.areas.geometry.to_numpy())
    texts = [base64.b64encode(shape).decode("ascii") for shape in shapes]
    yield {"crs": found.areas.crs.to_wkt(), "mended": found.mended, "coarser": len(found.coarser)}
    table = pd.DataFrame(found.areas.drop(columns=found.areas.geometry.name))
    for one in (table.assign(**{_SHAPES: texts}), *found.coarser):
        yield from table_as_messages(one)


def layers_of(path: Path) -> Layers:
    """Read the layers of a file that is nothing else than it seems.

    Raises
    ------
    AreasError
        If it says not which layer, or has a row that is no polygon.
    UnreadableFileError
        If it is no GeoPackage of tables.
    """
    if is_geopackage(path):
        require_tables(path)
    try:
        layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
        chosen = _layer_of_buurten(path, layers)
        # a code such as 0/02/30 is no day, although GDAL takes it for one
        as_text = {"DATE_AS_STRING": "YES"} if not is_geopackage(path) else {}
        # what is no polygon at all, such as a hole without a shell, is refused below with its row
        frame = gpd.read_file(path, layer=chosen, on_invalid="ignore", **as_text)
        coarser = [
            pyogrio.read_dataframe(path, layer=name, read_geometry=False)
            for name in layers
            if name != chosen and any(word in name.lower() for word in ("wijk", "gemeente"))
        ]
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise AreasError(
            f"wanted boundaries as GeoJSON or GeoPackage, found '{path}', which can't be read: "
            f"{str(error).splitlines()[0]}"
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise AreasError(f"{path}: wanted areas, found none")
    if frame.crs is None:
        raise AreasError(f"{path}: wanted a coordinate system, found none; write it into the file")
    shapes, mended = _polygons(frame, path)
    return Layers(
        frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)), coarser, mended
    )


def _layer_of_buurten(path: Path, layers: dict[str, str]) -> str | None:
    shaped = [
        name for name, kind in layers.items() if not any(word in kind for word in ("Point", "Line", "None"))
    ]
    # a service may be named before its layer: wijkenbuurten:cbs_wijken
    named = [name for name in shaped if "buurt" in name.lower().rpartition(":")[2]]
    exact = [name for name in named if name.lower() in ("buurten", "buurt")]
    for found in (exact, named, shaped):
        if len(found) == 1:
            return found[0]
    if not named and len(layers) <= 1:
        return next(iter(layers), None)
    raise AreasError(
        f"{path}: wanted one layer with buurten, found {', '.join(named or layers)}: keep one of them, or "
        "name it buurten"
    )


def _polygons(frame: gpd.GeoDataFrame, path: Path) -> tuple[np.ndarray[Any, Any], list[int]]:
    given = shapely.force_2d(frame.geometry.to_numpy())
    shapes = np.array([_without_wrapping(shape) for shape in given], dtype=object)
    for number, (shape, found) in enumerate(zip(shapes, given, strict=True), start=1):
        if shape is None or shape.is_empty or shape.geom_type not in _POLYGONS:
            kind = "no geometry" if found is None else f"a {found.geom_type}"
            if found is not None and found.is_empty:
                kind = f"an empty {found.geom_type}"
            raise AreasError(f"{path}: wanted a polygon for each area, found {kind} in row {number}")
    is_wrong = ~shapely.is_valid(shapes)
    for at in np.flatnonzero(is_wrong):
        shapes[at] = _surface(shapely.make_valid(shapes[at], method="structure", keep_collapsed=False))
        if shapes[at].is_empty:
            raise AreasError(
                f"{path}: wanted a polygon with a surface for each area, found none in row {at + 1}"
            )
    return shapes, [int(at) + 1 for at in np.flatnonzero(is_wrong)]


def _without_wrapping(shape: Any) -> Any:
    """A collection of nothing but polygons as one shape; anything else as it is."""
    if shape is None or shape.geom_type != "GeometryCollection" or shape.is_empty:
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts) if all(part.geom_type in _POLYGONS for part in parts) else shape


def _surface(shape: Any) -> Any:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in _POLYGONS]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
