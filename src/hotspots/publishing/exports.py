"""Exports hotspots as GeoJSON, CSV and GeoPackage, with the contract names; same input, same bytes."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspots.errors import StoreError
from hotspots.files.private_files import make_private_folder, new_private_file
from hotspots.files.spreadsheets import spreadsheet_cell
from hotspots.geography.projection import WGS84
from hotspots.tracking.hotspot import PROPERTY_NAMES, Hotspot, feature_collection

LAYER = "hotspots"
"""Name of the GeoPackage layer."""

REASON_SEPARATOR = " | "
"""Separates the reasons in formats without lists, as no Dutch sentence contains it."""

_DAY = "datetime64[D]"


class Format(StrEnum):
    """The file formats."""

    GEOJSON = "geojson"
    CSV = "csv"
    GPKG = "gpkg"


def write_hotspots(hotspots: Sequence[Hotspot], path: Path, kind: Format, *, decimal_sign: str = ".") -> None:
    """Write hotspots, in order, to a file readable by its owner only; the same hotspots give the same bytes.

    The file is GeoJSON (RFC 7946), CSV (``;``, UTF-8 with the byte order mark by which a spreadsheet knows
    it) or GeoPackage (one layer, EPSG:4326). It is written completely or not at all, and replaces an earlier
    one.

    Parameters
    ----------
    decimal_sign
        Of the numbers in a CSV, ``.`` or ``,``.

    Raises
    ------
    StoreError
        If the file can't be written.
    """
    try:
        make_private_folder(path.parent)
        with new_private_file(path) as new:  # a list may name dwellings
            new.file.write(_content(hotspots, kind, decimal_sign))
    except OSError as error:
        raise StoreError(
            f"can't write '{path}' ({error.strerror}): name another file, or make room for it"
        ) from None


def _content(hotspots: Sequence[Hotspot], kind: Format, decimal_sign: str) -> bytes:
    if kind is Format.GPKG:
        return _geopackage(hotspots)
    if kind is Format.CSV:
        return hotspots_csv(hotspots, decimal_sign).encode("utf-8-sig")
    return _geojson(hotspots).encode()


def hotspots_csv(hotspots: Sequence[Hotspot], decimal_sign: str = ".") -> str:
    """Give hotspots as CSV: delimiter ``;``, a header with the contract names, reasons joined by `` | ``.

    A text that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    output = io.StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(PROPERTY_NAMES)
    writer.writerows(
        [spreadsheet_cell(value, decimal_sign) for value in _values(hotspot)] for hotspot in hotspots
    )
    return output.getvalue()


def _geojson(hotspots: Sequence[Hotspot]) -> str:
    return json.dumps(feature_collection(hotspots), ensure_ascii=False, indent=1) + "\n"


def _geopackage(hotspots: Sequence[Hotspot]) -> bytes:
    import pyogrio

    written = io.BytesIO()  # SQLite would keep a journal beside a file
    fields = [_field(hotspots, number, name) for number, name in enumerate(PROPERTY_NAMES)]
    shapes = [shapely.geometry.MultiPolygon(_polygons(hotspot)) for hotspot in hotspots]
    with _dated(hotspots):
        pyogrio.raw.write(
            written,
            geometry=np.array(shapely.to_wkb(shapes), dtype=object),
            field_data=[values for values, _ in fields],
            field_mask=[missing for _, missing in fields],
            fields=np.array(PROPERTY_NAMES, dtype=object),
            layer=LAYER,
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs=WGS84,
        )
    return written.getvalue()


def _polygons(hotspot: Hotspot) -> list[shapely.Polygon]:
    parts = shapely.get_parts(hotspot.geometry)
    return [part for part in parts if isinstance(part, shapely.Polygon)]


@contextmanager
def _dated(hotspots: Sequence[Hotspot]) -> Iterator[None]:
    import pyogrio

    # a GeoPackage holds the time of writing; the day of its content makes it reproducible
    last = max((hotspot.laatste_signalering for hotspot in hotspots), default=None)
    day = last.isoformat() if last else "1970-01-01"
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _field(
    hotspots: Sequence[Hotspot], number: int, name: str
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    values = [_values(hotspot)[number] for hotspot in hotspots]
    missing = np.array([value is None for value in values], dtype=bool)
    kind = _dtype(name)
    filler: Any = {_DAY: "1970-01-01", "int32": 0, "float64": np.nan, "object": None}[kind]
    array = np.array([filler if value is None else value for value in values], dtype=kind)
    return array, missing if kind in (_DAY, "int32") else None


def _dtype(name: str) -> str:
    if name.startswith(("eerste", "laatste")):
        return _DAY
    if name.startswith(("aantal", "duur")):
        return "int32"
    return "float64" if name in _FLOATS else "object"


_FLOATS = ("verwacht", "pWaarde", "herhalingsinterval", "score", "aandeelDrugs", "lon", "lat")


def _values(hotspot: Hotspot) -> list[Any]:
    properties = hotspot.properties()
    return [
        REASON_SEPARATOR.join(value) if isinstance(value, list) else value
        for value in (properties[name] for name in PROPERTY_NAMES)
    ]
