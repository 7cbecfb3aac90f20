"""Reading an address register from a file: CSV in several layouts, bag-light GeoPackage, GeoJSON."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from hotspots.errors import AddressesError, UnreadableFileError
from hotspots.files.geojson_or_geopackage import is_geopackage, require_tables, why_not
from hotspots.files.layered_files import layers_read_apart
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.files.sent_tables import table_of_messages
from hotspots.files.tables_as_messages import table_as_messages
from hotspots.files.values import Value, house_part, number, postcode
from hotspots.geocoding.register_rows import read_rows
from hotspots.geography.projection import WGS84, Projection
from hotspots.geography.region import is_in_region, why_elsewhere
from hotspots.settings import ReadingSettings

NAMES: Mapping[str, tuple[str, ...]] = {
    "street": ("straat", "straatnaam", "openbareruimte", "openbare_ruimte_naam", "openbareruimtenaam"),
    "street_short": ("verkorteopenbareruimte", "openbare_ruimte_naam_kort"),
    "house_number": ("huisnummer",),
    "house_letter": ("huisletter",),
    "house_suffix": ("huisnummertoevoeging", "toevoeging"),
    "postcode": ("postcode",),
    "town": ("woonplaats", "woonplaats_naam", "woonplaatsnaam"),
    "municipality": ("gemeente", "gemeentenaam", "gemeente_naam", "bronhouder_naam"),
    "lon": ("lon", "lng", "longitude"),
    "lat": ("lat", "latitude"),
    "x": ("x", "rd_x", "x_coordinaat"),
    "y": ("y", "rd_y", "y_coordinaat"),
    "status": ("status",),
    "number_status": ("hoofdadres_status", "nummeraanduiding_status"),
}
"""Column names known for each field, matched without regard to case."""

_COORDINATES = ("lon", "lat", "x", "y")
_KNOWN_NAMES = frozenset(name for names in NAMES.values() for name in names)

GPKG_LAYERS = ("verblijfsobject", "standplaats", "ligplaats")
_KINDS: Mapping[str, tuple[str, Callable[[str], Value]]] = {
    "house_number": ("huisnummer", house_part),
    "house_letter": ("huisletter", house_part),
    "house_suffix": ("toevoeging", house_part),
    "postcode": ("postcode", postcode),
}
"""Columns of which a spreadsheet changes cells, how they are called, and how they are read."""

LAYERED = (".gpkg", ".geojson", ".json")
"""How names of files end that are no CSV."""

_DWELLING = ("street", "house_number", "house_letter", "house_suffix", "postcode", "town")

RD = "EPSG:28992"
WITHDRAWN = ("ingetrokken", "niet gerealiseerd", "ten onrechte")
"""What the status of something says that is no address, or not any more."""

ROUNDED_TO_M, ROUNDED_DECIMALS = (10, 25), 3
"""Points in whole multiples of so many metres, or with so few decimals of a degree, were rounded."""

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
    withdrawn
        Number of rows that are no address any more, or never were, by their status.
    elsewhere
        Why most points can't be where they are said to be; empty when they can.
    rounded_share
        Share of the points that were rounded.
    notes
        What was interpreted, in Dutch, with how often.
    refused
        Rows without a usable number or point: row (from 1), reason (Dutch).
    """

    table: pd.DataFrame
    read: int
    other_municipality: int
    refused: pd.DataFrame
    withdrawn: int = 0
    elsewhere: str = ""
    rounded_share: float = 0.0
    notes: tuple[str, ...] = ()


def read_address_file(
    path: Path,
    *,
    municipality: str = "",
    box: Box | None = None,
    crs: str = "",
    sheet: str = "",
    limits: ReadingSettings = DEFAULT_LIMITS,
) -> AddressFile:
    """Read an address register.

    Parameters
    ----------
    path
        CSV (also .gz), XLSX or ODS with columns as in :data:`NAMES`, a GeoPackage with layers as
        in :data:`GPKG_LAYERS`, or GeoJSON.
    municipality
        Name of the municipality to keep; refused when the file does not name municipalities.
    box
        West, south, east, north in degrees: the part of a GeoPackage to read.
    crs
        The system of the municipality: the addresses must lie where it is used, and columns x and y are of
        it. Empty: where they lie is not looked at, and x and y are of RD.
    sheet
        Of a workbook with more than one filled sheet.
    limits
        What reading it may cost. What is no CSV is read in a process of its own.

    Raises
    ------
    AddressesError
        If the file can't be read, lacks columns, or holds no address.
    """
    raw, columns, broken, notes = _read(path, box, sheet, limits)
    metres = _system_of_metres(columns, crs)
    table = _completed(raw, columns, path, metres, notes)
    read = len(table) + len(broken)
    withdrawn = _is_withdrawn(table)
    table = table[~withdrawn]
    other = pd.Series(data=False, index=table.index)
    if municipality:
        if "municipality" not in table.columns:
            raise AddressesError(
                f"'{path}' names no municipality, so '{municipality}' can't be picked from it: leave out "
                f"--municipality, or add a column {NAMES['municipality'][0]}; found {', '.join(columns)}",
                "In dit bestand staat niet bij welke gemeente een adres hoort. Laat de gemeente leeg.",
            )
        other = table["municipality"].str.casefold() != municipality.casefold()
        if other.all():
            names = ", ".join(sorted(table["municipality"].unique())[:5])
            raise AddressesError(
                f"'{path}' has no address in '{municipality}': found {names}",
                f"In dit bestand staan geen adressen in {municipality}, wel in {names}.",
            )
    kept = table[~other]
    elsewhere = _elsewhere(kept, metres, crs)
    reason = _reasons(kept, "" if elsewhere else crs)
    if path.suffix.lower() not in LAYERED:  # more layers may have one address
        reason[(reason == "") & _is_again(kept)] = "staat er al, op hetzelfde punt"
    good = kept[reason == ""].reset_index(drop=True)
    if good.empty:
        reasons = {**dict(zip(reason.index, reason, strict=True)), **broken}
        first = min(reasons, default=0)
        why = elsewhere or (f"row {first}: {reasons[first]}" if reasons else "it has no row")
        raise AddressesError(
            f"'{path}' holds no address with a street, a house number and a point: {why}",
            "Geen rij heeft een straat, een huisnummer en een punt in deze gemeente.",
        )
    bad = pd.concat([reason[reason != ""], pd.Series(dict(broken), dtype="str")]).sort_index()
    return AddressFile(
        table=_typed(good),
        read=read,
        other_municipality=int(other.sum()),
        refused=pd.DataFrame({"row": bad.index.astype("int64"), "reason": bad.to_numpy()}),
        withdrawn=int(withdrawn.sum()),
        elsewhere=elsewhere,
        rounded_share=_rounded_share(good),
        notes=tuple(f"{note}: {count}" for note, count in sorted(notes.items())),
    )


def _read(
    path: Path, box: Box | None, sheet: str, limits: ReadingSettings
) -> tuple[pd.DataFrame, Sequence[str], Mapping[int, str], Counter[str]]:
    """The cells by field with the number of their row, the columns of the file, broken rows, and notes."""
    if path.suffix.lower() not in LAYERED:
        rows = read_rows(path, NAMES, sheet=sheet, limits=limits)
        return rows.cells, rows.columns, rows.broken, rows.notes
    frame = _read_layers(path, box, limits)
    by_lower = {str(column).lower(): column for column in frame.columns}
    found = {
        name: next((by_lower[alias] for alias in aliases if alias in by_lower), None)
        for name, aliases in NAMES.items()
    }
    cells = pd.DataFrame({name: frame[column] for name, column in found.items() if column is not None})
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return cells, list(frame.columns), {}, Counter()


def _read_layers(path: Path, box: Box | None, limits: ReadingSettings) -> pd.DataFrame:
    try:
        with layers_read_apart(
            read_address_layers, path, {"box": None if box is None else list(box)}, limits=limits
        ) as messages:
            return table_of_messages(messages)
    except UnreadableFileError as error:
        raise AddressesError(str(error), error.dutch) from None


def read_address_layers(path: Path, *, box: Sequence[float] | None) -> Iterator[Any]:
    """Read the layers of a register; for a process of its own, as messages."""
    is_package = is_geopackage(path)
    if is_package:
        require_tables(path)
    west_to_north = None if box is None else (box[0], box[1], box[2], box[3])
    table = _addresses_of_layers(path, west_to_north, is_package=is_package)
    yield from table_as_messages({str(name): table[name].to_numpy(dtype=object) for name in table.columns})


def _addresses_of_layers(path: Path, box: Box | None, *, is_package: bool) -> pd.DataFrame:
    try:
        layers = {str(name) for name, _ in pyogrio.list_layers(path)}
        wanted = [name for name in GPKG_LAYERS if name in layers] if is_package else sorted(layers)
        if not wanted:
            raise AddressesError(
                f"'{path}' has no layer {', '.join(GPKG_LAYERS)}: found {', '.join(sorted(layers))}"
            )
        parts = []
        for layer in wanted:
            crs = pyogrio.read_info(path, layer=layer)["crs"] or RD
            bounds = _projected_box(box, crs) if box is not None and is_package else None
            frame = pyogrio.read_dataframe(path, layer=layer, bbox=bounds)
            if frame.empty or "geometry" not in frame:
                continue
            points = frame.geometry.representative_point()
            lon, lat = Projection(str(frame.crs or RD)).to_degrees(points.x, points.y)
            known = [name for name in frame.columns if str(name).lower() in _KNOWN_NAMES]
            parts.append(pd.DataFrame(frame[known]).assign(lon=lon, lat=lat))
    except (DataSourceError, DataLayerError) as error:
        kind = "GeoPackage" if is_package else "GeoJSON"
        raise AddressesError(f"can't read '{path}' as {kind}: {why_not(error)}") from None
    if not parts:
        raise AddressesError(f"'{path}' holds no address within the areas: is it of this municipality?")
    table = pd.concat(parts, ignore_index=True)
    numbers = table.select_dtypes("number").columns.difference(["lon", "lat"])
    for name in numbers:
        if (table[name].dropna() % 1 == 0).all():
            table[name] = table[name].astype("Int64")
    plain: pd.DataFrame = table.astype("str").fillna("")
    return plain


def _projected_box(box: Box, crs: str) -> Box:
    west, south, east, north = box
    x, y = Projection(crs).to_metres([west, west, east, east], [south, north, south, north])
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _system_of_metres(columns: Sequence[str], crs: str) -> str:
    """The system of columns x and y: that of the municipality, unless their names say RD."""
    names = {column.strip().lower() for column in columns}
    return crs if crs and "x" in names and "rd_x" not in names else RD


def _completed(
    raw: pd.DataFrame, columns: Sequence[str], path: Path, metres: str, notes: Counter[str]
) -> pd.DataFrame:
    """All fields as they are meant, with degrees, and why a row is no address as far as its cells tell."""
    has_point = {"lon", "lat"} <= set(raw.columns) or {"x", "y"} <= set(raw.columns)
    absent = [name for name in ("street", "house_number") if name not in raw.columns]
    if absent or not has_point:
        wanted = [NAMES[name][0] for name in absent] + ([] if has_point else ["lon and lat, or x and y"])
        raise AddressesError(
            f"'{path}' lacks {', '.join(wanted)}: found the columns {', '.join(map(str, columns))}",
            f"In dit bestand ontbreekt {', '.join(wanted).replace(' and ', ' en ').replace(' or ', ' of ')}.",
        )
    # numbers may have blanks around them, and hardly any two of them are the same
    table = pd.DataFrame(
        {name: raw[name] if name in _COORDINATES else _stripped(raw[name]) for name in raw.columns}
    )
    for name in ("street_short", "house_letter", "house_suffix", "postcode", "town"):
        if name not in table.columns:
            table[name] = ""
    problem = pd.Series("", index=table.index, dtype="str")
    for name, (called, read) in _KINDS.items():
        texts = table[name]
        table[name], problems = _by_value(texts, read, notes)
        is_wrong = (problems != "") & (problem == "")
        problem[is_wrong] = f"{called} '" + texts[is_wrong] + "' " + problems[is_wrong]
    return _with_degrees(table.assign(problem=problem), metres)


def _stripped(texts: "pd.Series[str]") -> "pd.Series[str]":
    place, different = pd.factorize(texts)
    stripped = np.array([text.strip() for text in np.asarray(different, dtype=object)], dtype=object)
    return pd.Series(stripped[place], texts.index, dtype="str") if len(texts) else texts


def _by_value(
    texts: "pd.Series[str]", read: Callable[[str], Value], notes: Counter[str]
) -> "tuple[pd.Series[str], pd.Series[str]]":
    """Read a column by its kind, each different text once: the values, and why one is none."""
    place, different = pd.factorize(texts)
    values = [read(text) for text in np.asarray(different, dtype=object)]
    counts = np.bincount(place, minlength=len(values))
    for value, count in zip(values, counts, strict=True):
        if value.note:
            notes[value.note] += int(count)
    found, problems = (
        pd.Series(
            np.array([getattr(value, part) for value in values], dtype=object)[place], texts.index, "str"
        )
        for part in ("text", "problem")
    )
    return found, problems


def _with_degrees(table: pd.DataFrame, metres: str) -> pd.DataFrame:
    """Add lon and lat, and the numbers as they were written: degrees, or metres."""

    def numbers(name: str) -> "pd.Series[float]":
        values = table.get(name)
        if values is None:
            return pd.Series(np.nan, index=table.index)
        found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, copy=True)
        for read in (_with_comma, _one_by_one):
            is_odd = np.isnan(found) & (values != "").to_numpy()
            if is_odd.any():
                found[is_odd] = read(values[is_odd])
        return pd.Series(found, index=table.index)

    lon, lat, x, y = (numbers(name) for name in ("lon", "lat", "x", "y"))
    from_x = lon.isna() & x.notna() & y.notna()
    written_x, written_y = lon.where(~from_x, x), lat.where(~from_x, y)
    if from_x.any():
        degrees = Projection(metres).to_degrees(x[from_x], y[from_x])
        lon[from_x], lat[from_x] = degrees
    return table.assign(
        lon=lon, lat=lat, written_x=written_x, written_y=written_y, is_in_metres=from_x.to_numpy()
    )


def _with_comma(texts: "pd.Series[str]") -> NDArray[np.float64]:
    commas = texts.str.replace(",", ".", regex=False)
    return np.asarray(pd.to_numeric(commas, errors="coerce"), dtype=np.float64)


def _one_by_one(texts: "pd.Series[str]") -> NDArray[np.float64]:
    return np.array([number(text).value for text in texts], dtype=np.float64)


def _is_withdrawn(table: pd.DataFrame) -> "pd.Series[bool]":
    withdrawn = pd.Series(data=False, index=table.index)
    for name in ("status", "number_status"):
        if name in table.columns:
            withdrawn |= table[name].str.casefold().str.contains("|".join(WITHDRAWN))
    return withdrawn


def _elsewhere(table: pd.DataFrame, metres: str, crs: str) -> str:
    """Why most of the points can't be where they are said to be; empty when they can."""
    if not crs:
        return ""
    known = table[table["written_x"].notna() & table["written_y"].notna()]
    is_inside = is_in_region(known["lon"], known["lat"], crs)
    if is_inside.sum() * 2 >= len(known):
        return ""
    in_metres = bool(known["is_in_metres"].mean() > 0.5)
    part = known[known["is_in_metres"] == in_metres]
    return "addresses lie elsewhere: " + why_elsewhere(
        part["written_x"], part["written_y"], read_as=metres if in_metres else WGS84, crs=crs
    )


def _rounded_share(table: pd.DataFrame) -> float:
    """Share of the points that were rounded to more than the distance between houses."""
    x, y = table["written_x"].to_numpy(), table["written_y"].to_numpy()
    is_rounded = np.zeros(len(table), dtype=bool)
    for metres in ROUNDED_TO_M:
        step = np.where(table["is_in_metres"], metres, 10.0**-ROUNDED_DECIMALS)
        is_whole = [np.abs(values / step - np.round(values / step)) < 1e-6 for values in (x, y)]
        is_rounded |= is_whole[0] & is_whole[1]
    return float(np.mean(is_rounded))


def _reasons(table: pd.DataFrame, crs: str) -> "pd.Series[str]":
    reason = pd.Series("", index=table.index, dtype="str")
    house_number = pd.to_numeric(table["house_number"], errors="coerce")
    is_whole = table["house_number"].str.isdecimal() & (house_number > 0)
    reason[table["street"] == ""] = "geen straat"
    reason[~is_whole] = "geen huisnummer"
    reason[table["problem"] != ""] = table["problem"]
    on_earth = table["lon"].abs().le(180) & table["lat"].abs().le(90)
    is_zero = (table["lon"] == 0) & (table["lat"] == 0)
    reason[~on_earth | is_zero] = "geen bruikbaar punt"
    if crs:
        is_outside = (reason == "") & ~is_in_region(table["lon"], table["lat"], crs)
        reason[is_outside] = f"het punt ligt buiten het gebied van {crs}"
    return reason


def _is_again(table: pd.DataFrame) -> "pd.Series[bool]":
    """Which addresses stand there before: nobody could tell which of two dwellings is meant."""
    return table.duplicated([*_DWELLING, "lon", "lat"])


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["street", "street_short", "house_number", "house_letter", "house_suffix", "postcode", "town"]
    typed = table[[*columns, "lon", "lat"]].copy()
    typed["house_number"] = pd.to_numeric(typed["house_number"]).astype(np.int64)
    typed["postcode"] = typed["postcode"].str.replace(" ", "", regex=False).str.upper()
    return typed
