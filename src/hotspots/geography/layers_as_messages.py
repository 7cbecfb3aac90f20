"""The layers of a file of boundaries: which holds the buurten, and which names wijken and gemeenten.

For a process of its own, which starts twice as fast without pandas.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import AreasError
from hotspots.files.geojson_or_geopackage import is_geopackage, require_tables, why_not
from hotspots.files.tables_as_messages import table_as_messages

SHAPES = "the shapes themselves"
_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class _Layer:
    crs: str | None
    columns: Mapping[str, NDArray[Any]]
    shapes: NDArray[Any]  # as they stand in the file, of which some may be None


def layers_as_messages(path: Path) -> Iterator[Any]:
    """Give the coordinate system, which rows were mended, the layer of areas and the coarser layers.

    Raises
    ------
    AreasError
        If the file says not which layer, or has a row that is no polygon.
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
        areas = _layer(path, chosen, **as_text)
        coarser = [
            _layer(path, name).columns
            for name in layers
            if name != chosen and any(word in name.lower() for word in ("wijk", "gemeente"))
        ]
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise AreasError(
            f"wanted boundaries as GeoJSON or GeoPackage, found '{path}', which can't be read: "
            f"{why_not(error)}"
        ) from None
    if not len(areas.shapes):
        raise AreasError(f"{path}: wanted areas, found none")
    if areas.crs is None:
        raise AreasError(f"{path}: wanted a coordinate system, found none; write it into the file")
    shapes, mended = _polygons(areas.shapes, path)
    texts = [base64.b64encode(shape).decode("ascii") for shape in shapely.to_wkb(shapes)]
    yield {"crs": areas.crs, "mended": mended, "coarser": len(coarser)}
    for columns in ({**areas.columns, SHAPES: np.array(texts, dtype=object)}, *coarser):
        yield from table_as_messages(columns)


def _layer(path: Path, name: str | None, **options: str) -> _Layer:
    about, _, found, values = pyogrio.raw.read(path, layer=name, **options)
    # what is no polygon at all, such as a hole without a shell, is refused later with its row
    shapes = shapely.from_wkb([] if found is None else found, on_invalid="ignore")
    return _Layer(about["crs"], dict(zip(map(str, about["fields"]), values, strict=True)), shapes)


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


def _polygons(shapes_of_file: NDArray[Any], path: Path) -> tuple[NDArray[Any], list[int]]:
    given: Any = shapely.force_2d(shapes_of_file)
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
