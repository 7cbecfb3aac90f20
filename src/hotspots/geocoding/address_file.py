"""Reading an address register from a file: CSV in several layouts, or PDOK's bag-light GeoPackage."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import AddressesError
from hotspots.files.kinds import is_utf16, other_kind
from hotspots.geography.projection import Projection

NAMES: Mapping[str, tuple[str, ...]] = {
    "street": ("straat", "straatnaam", "openbareruimte", "openbare_ruimte_naam", "openbareruimtenaam"),
    "street_short": ("verkorteopenbareruimte", "openbare_ruimte_naam_kort"),
    "house_number": ("huisnummer",),
    "house_letter": ("huisletter",),
    "house_suffix": ("huisnummertoevoeging", "toevoeging"),
    "postcode": ("postcode",),
    "town": ("woonplaats", "woonplaats_naam", "woonplaatsnaam"),
    "municipality": ("gemeente", "gemeentenaam", "gemeente_naam"),
    "lon": ("lon", "lng", "longitude"),
    "lat": ("lat", "latitude"),
    "x": ("x", "rd_x", "x_coordinaat"),
    "y": ("y", "rd_y", "y_coordinaat"),
}
"""Column names known for each field, matched without regard to case."""

GPKG_LAYERS = ("verblijfsobject", "standplaats", "ligplaats")
RD = "EPSG:28992"

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class AddressFile:
    """The addresses of a file.

    Attributes
    ----------
    table
        street, street_short, house_number (integer), house_letter, house_suffix, postcode, town, lon, lat.
    read, other_municipality
        Number of rows in the file, and of those in another municipality.
    refused
        Rows without a usable number or point: row (from 1), reason (Dutch).
    """

    table: pd.DataFrame
    read: int
    other_municipality: int
    refused: pd.DataFrame


def read_address_file(path: Path, *, municipality: str = "", box: Box | None = None) -> AddressFile:
    """Read an address register.

    Parameters
    ----------
    path
        CSV (also .gz; delimiter ``,`` or ``;``) with columns as in :data:`NAMES`, or a GeoPackage with layers
        as in :data:`GPKG_LAYERS`.
    municipality
        Name of the municipality to keep; refused when the file does not name municipalities.
    box
        West, south, east, north in degrees: the part of a GeoPackage to read.

    Raises
    ------
    AddressesError
        If the file can't be read, lacks columns, or holds no address.
    """
    is_package = path.suffix.lower() == ".gpkg"
    raw = _read_package(path, box) if is_package else _read_csv(path)
    table = _renamed(raw, path)
    read = len(table)
    other = pd.Series(data=False, index=table.index)
    if municipality:
        if "municipality" not in table.columns:
            raise AddressesError(
                f"'{path}' names no municipality, so '{municipality}' can't be picked from it: leave out "
                f"--municipality, or add a column {NAMES['municipality'][0]}; found {', '.join(raw.columns)}"
            )
        other = table["municipality"].str.casefold() != municipality.casefold()
        if other.all():
            names = ", ".join(sorted(table["municipality"].unique())[:5])
            raise AddressesError(f"'{path}' has no address in '{municipality}': found {names}")
    kept = table[~other]
    reason = _reasons(kept)
    good = kept[reason == ""].reset_index(drop=True)
    if good.empty:
        raise AddressesError(f"'{path}' holds no address with a street, a house number and a point")
    bad = reason[reason != ""]
    return AddressFile(
        table=_typed(good),
        read=read,
        other_municipality=int(other.sum()),
        refused=pd.DataFrame({"row": bad.index + 1, "reason": bad.to_numpy()}),
    )


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() != ".gz" and (problem := _other_kind(path)):
            raise AddressesError(f"'{path}' is {problem}")
        header = pd.read_csv(path, nrows=0, sep=";", encoding="utf-8-sig")
        delimiter = ";" if len(header.columns) > 1 else ","
        return pd.read_csv(
            path,
            sep=delimiter,
            dtype="str",
            keep_default_na=False,
            encoding="utf-8-sig",
            on_bad_lines="error",
        )
    except FileNotFoundError:
        raise AddressesError(f"can't read '{path}': there is no such file") from None
    except pd.errors.EmptyDataError:
        raise AddressesError(f"'{path}' is empty: wanted a header with {', '.join(NAMES)}") from None
    except (pd.errors.ParserError, UnicodeDecodeError, OSError, EOFError) as error:
        raise AddressesError(f"can't read '{path}' as CSV: {str(error).splitlines()[0]}") from None


def _other_kind(path: Path) -> str:
    other = other_kind(path)
    if other is not None:
        return f"{other.what}: wanted CSV or a GeoPackage; {other.to_do}"
    if is_utf16(path):
        return "written in UTF-16 ('Unicode text' in Excel): wanted CSV in UTF-8; save it as 'CSV UTF-8'"
    return ""


def _read_package(path: Path, box: Box | None) -> pd.DataFrame:
    try:
        layers = {str(name) for name, _ in pyogrio.list_layers(path)}
        wanted = [name for name in GPKG_LAYERS if name in layers]
        if not wanted:
            raise AddressesError(
                f"'{path}' has no layer {', '.join(GPKG_LAYERS)}: found {', '.join(sorted(layers))}"
            )
        parts = []
        for layer in wanted:
            crs = pyogrio.read_info(path, layer=layer)["crs"] or RD
            bounds = None if box is None else _projected_box(box, crs)
            frame = pyogrio.read_dataframe(path, layer=layer, bbox=bounds)
            if frame.empty:
                continue
            points = frame.geometry.representative_point()
            lon, lat = Projection(str(frame.crs or RD)).to_degrees(points.x, points.y)
            parts.append(frame.drop(columns=frame.geometry.name).assign(lon=lon, lat=lat))
    except (DataSourceError, DataLayerError) as error:
        raise AddressesError(f"can't read '{path}' as GeoPackage: {error}") from None
    if not parts:
        raise AddressesError(f"'{path}' holds no address within the areas: is it of this municipality?")
    table = pd.concat(parts, ignore_index=True)
    numbers = table.select_dtypes("number").columns.difference(["lon", "lat"])
    table[numbers] = table[numbers].astype("Int64")
    plain: pd.DataFrame = table.astype("str").fillna("")
    return plain


def _projected_box(box: Box, crs: str) -> Box:
    west, south, east, north = box
    x, y = Projection(crs).to_metres([west, west, east, east], [south, north, south, north])
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _renamed(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    by_lower = {str(column).strip().lower(): column for column in raw.columns}
    columns = {
        name: next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        for name, aliases in NAMES.items()
    }
    has_point = (columns["lon"] and columns["lat"]) or (columns["x"] and columns["y"])
    absent = [name for name in ("street", "house_number") if columns[name] is None]
    if absent or not has_point:
        wanted = [NAMES[name][0] for name in absent] + ([] if has_point else ["lon and lat, or x and y"])
        raise AddressesError(
            f"'{path}' lacks {', '.join(wanted)}: found the columns {', '.join(map(str, raw.columns))}"
        )
    table = pd.DataFrame(
        {name: raw[column].str.strip() for name, column in columns.items() if column is not None}
    )
    for name in ("street_short", "house_letter", "house_suffix", "postcode", "town"):
        if name not in table.columns:
            table[name] = ""
    return _with_degrees(table)


def _with_degrees(table: pd.DataFrame) -> pd.DataFrame:
    def numbers(name: str) -> "pd.Series[float]":
        values = table.get(name)
        if values is None:
            return pd.Series(np.nan, index=table.index)
        return pd.to_numeric(values.str.replace(",", ".", regex=False), errors="coerce")

    lon, lat, x, y = (numbers(name) for name in ("lon", "lat", "x", "y"))
    from_x = lon.isna() & x.notna() & y.notna()
    if from_x.any():
        degrees = Projection(RD).to_degrees(x[from_x], y[from_x])
        lon[from_x], lat[from_x] = degrees
    return table.assign(lon=lon, lat=lat)


def _reasons(table: pd.DataFrame) -> "pd.Series[str]":
    reason = pd.Series("", index=table.index, dtype="str")
    number = pd.to_numeric(table["house_number"], errors="coerce")
    is_whole = number.notna() & (number % 1 == 0) & (number > 0)
    reason[table["street"] == ""] = "geen straat"
    reason[~is_whole] = "geen huisnummer"
    on_earth = table["lon"].abs().le(180) & table["lat"].abs().le(90)
    is_zero = (table["lon"] == 0) & (table["lat"] == 0)
    reason[~on_earth | is_zero] = "geen bruikbaar punt"
    return reason


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["street", "street_short", "house_number", "house_letter", "house_suffix", "postcode", "town"]
    typed = table[[*columns, "lon", "lat"]].copy()
    typed["house_number"] = pd.to_numeric(typed["house_number"]).astype(np.int64)
    typed["postcode"] = typed["postcode"].str.replace(" ", "", regex=False).str.upper()
    return typed
