"""Exports hotspots as GeoJSON, CSV, XLSX, GeoPackage and GeoParquet; same input, same bytes."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum, StrEnum
from itertools import islice
from pathlib import Path
from textwrap import indent
from threading import Lock
from typing import IO, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from hotspots.errors import StoreError
from hotspots.files.private_files import make_private_folder, new_private_file, temporary_folder
from hotspots.files.written_tables import CSV_TYPE, XLSX_TYPE, Written, csv_parts, write_csv, write_xlsx
from hotspots.geography.projection import WGS84
from hotspots.publishing.geoparquet import Part, write_geoparquet
from hotspots.tracking.hotspot import PROPERTY_NAMES, Hotspot, feature_collection

LAYER = "hotspots"
"""Name of the GeoPackage layer, and of the sheet of a workbook."""

REASON_SEPARATOR = " | "
"""Separates the reasons in formats without lists, as no Dutch sentence contains it."""

_DAY = "datetime64[D]"
_AT_ONCE = 1000
"""So many hotspots are in memory while a GeoPackage or GeoParquet is written."""

_GDAL = Lock()
"""The day that a GeoPackage says it was written is an option of the whole process."""


class Format(StrEnum):
    """The file formats."""

    GEOJSON = "geojson"
    CSV = "csv"
    XLSX = "xlsx"
    GPKG = "gpkg"
    PARQUET = "parquet"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.GEOJSON: "application/geo+json",
    Format.CSV: CSV_TYPE,
    Format.XLSX: XLSX_TYPE,
    Format.GPKG: "application/geopackage+sqlite3",
    Format.PARQUET: "application/vnd.apache.parquet",
}
"""What an answer with such a file says that it is."""


def write_hotspots(
    hotspots: Iterable[Hotspot],
    path: Path,
    kind: Format,
    *,
    decimal_sign: str = ".",
    notes: Sequence[tuple[str, str]] = (),
) -> None:
    """Write hotspots, in order, to a file readable by its owner only; the same hotspots give the same bytes.

    The file is written completely or not at all, and replaces an earlier one; see :func:`write_into`.

    Raises
    ------
    StoreError
        If the file can't be written.
    """
    try:
        make_private_folder(path.parent)
        with new_private_file(path) as new:  # a list may name dwellings
            write_into(new.file, hotspots, kind, decimal_sign=decimal_sign, notes=notes)
    except OSError as error:
        raise StoreError(
            f"can't write '{path}' ({error.strerror}): name another file, or make room for it"
        ) from None


def write_into(
    output: IO[bytes],
    hotspots: Iterable[Hotspot],
    kind: Format,
    *,
    decimal_sign: str = ".",
    notes: Sequence[tuple[str, str]] = (),
) -> None:
    """Write hotspots, in order, as GeoJSON (RFC 7946), CSV, XLSX, GeoPackage or GeoParquet.

    They are read once, and only some of them are in memory at a time. CSV has ``;``, and is UTF-8 with the
    byte order mark by which a spreadsheet knows it.

    Parameters
    ----------
    decimal_sign
        Of the numbers in a CSV, ``.`` or ``,``.
    notes
        What a second sheet of a workbook says of them: a name and a text each.

    Raises
    ------
    StoreError
        If it can't be written here: GeoParquet needs a library that is not always there.
    """
    if kind is Format.GPKG:
        _write_geopackage(output, hotspots)
    elif kind is Format.PARQUET:
        columns = {name: _dtype(name) for name in PROPERTY_NAMES}
        write_geoparquet(output, columns, _parts(hotspots), shape="MultiPolygon")
    elif kind is Format.CSV:
        write_csv(output, _table(hotspots), decimal_sign=decimal_sign)
    elif kind is Format.XLSX:
        write_xlsx(output, _table(hotspots), notes=notes)
    else:
        for part in _geojson(hotspots):
            output.write(part.encode())


def hotspots_csv(hotspots: Iterable[Hotspot], decimal_sign: str = ".") -> str:
    """Give hotspots as CSV: delimiter ``;``, a header with the contract names, reasons joined by `` | ``.

    A text that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    return "".join(csv_parts(_table(hotspots), decimal_sign))


def _table(hotspots: Iterable[Hotspot]) -> Written:
    return Written(LAYER, PROPERTY_NAMES, (list(map(_cell, _values(hotspot))) for hotspot in hotspots))


def _cell(value: Any) -> Any:
    return ("ja" if value else "nee") if isinstance(value, bool) else value


def _geojson(hotspots: Iterable[Hotspot]) -> Iterator[str]:
    """A collection as ``json.dumps`` indents it, hotspot by hotspot."""
    yield '{\n "type": "FeatureCollection",\n "features": ['
    between = "\n"
    for hotspot in hotspots:
        (feature,) = feature_collection([hotspot])["features"]
        yield between + indent(json.dumps(feature, ensure_ascii=False, indent=1), "  ")
        between = ",\n"
    yield "]\n}\n" if between == "\n" else "\n ]\n}\n"


def _write_geopackage(output: IO[bytes], hotspots: Iterable[Hotspot]) -> None:
    rest, last = iter(hotspots), date(1970, 1, 1)
    with temporary_folder() as folder:  # SQLite keeps a journal beside a file
        path = folder / f"{LAYER}.gpkg"
        while (part := list(islice(rest, _AT_ONCE))) or not path.exists():
            last = max([last, *(hotspot.laatste_signalering for hotspot in part)])
            _add_to_geopackage(path, part, last)
        with path.open("rb") as written:
            while block := written.read(1 << 20):
                output.write(block)


def _add_to_geopackage(path: Path, hotspots: Sequence[Hotspot], last: date) -> None:
    import pyogrio

    rows = [_values(hotspot) for hotspot in hotspots]
    fields = [_field([row[number] for row in rows], name) for number, name in enumerate(PROPERTY_NAMES)]
    shapes = _shapes(hotspots)
    with _dated(last):
        pyogrio.raw.write(
            path,
            geometry=np.array(shapely.to_wkb(shapes), dtype=object),
            field_data=[values for values, _ in fields],
            field_mask=[missing for _, missing in fields],
            fields=np.array(PROPERTY_NAMES, dtype=object),
            layer=LAYER,
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs=WGS84,
            append=path.exists(),
        )


def _parts(hotspots: Iterable[Hotspot]) -> Iterator[Part]:
    rest = iter(hotspots)
    while part := list(islice(rest, _AT_ONCE)):
        yield [_values(hotspot) for hotspot in part], _shapes(part)


def _shapes(hotspots: Sequence[Hotspot]) -> list[shapely.MultiPolygon]:
    return [shapely.geometry.MultiPolygon(_polygons(hotspot)) for hotspot in hotspots]


def _polygons(hotspot: Hotspot) -> list[shapely.Polygon]:
    parts = shapely.get_parts(hotspot.geometry)
    return [part for part in parts if isinstance(part, shapely.Polygon)]


@contextmanager
def _dated(day: date) -> Iterator[None]:
    import pyogrio

    # a GeoPackage holds the time of writing; the day of its content makes it reproducible
    with _GDAL:
        before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _field(values: Sequence[Any], name: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    missing = np.array([value is None for value in values], dtype=bool)
    kind = _dtype(name)
    filler: Any = {_DAY: "1970-01-01", "int32": 0, "bool": False, "float64": np.nan, "object": None}[kind]
    array = np.array([filler if value is None else value for value in values], dtype=kind)
    return array, missing if kind in (_DAY, "int32") else None


def _dtype(name: str) -> str:
    if name.startswith(("eerste", "laatste")):
        return _DAY
    if name.startswith(("aantal", "duur")):
        return "int32"
    if name == "steekproef":
        return "bool"
    return "float64" if name in _FLOATS else "object"


_FLOATS = (
    *("verwacht", "pWaarde", "herhalingsinterval", "score"),
    *("aandeelDrugs", "lon", "lat", "soortZekerheid"),
)


_FIELD_NAMES = tuple(name for name, field in Hotspot.model_fields.items() if not field.exclude)


def _values(hotspot: Hotspot) -> list[Any]:
    """The values of a hotspot in the order of the contract names: dates as such, lists as a text."""
    return [_value(getattr(hotspot, name)) for name in _FIELD_NAMES]


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return REASON_SEPARATOR.join(value)
    return value.value if isinstance(value, Enum) else value
