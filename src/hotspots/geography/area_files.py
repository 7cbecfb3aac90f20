"""The buurten of the municipality, read from a file of boundaries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspots.errors import AreasError
from hotspots.files.reading_process import DEFAULT_LIMITS
from hotspots.geography.area_layers import read_layers, read_own_layers
from hotspots.geography.geojson import cut_at_antimeridian
from hotspots.geography.projection import WGS84
from hotspots.geography.region import why_elsewhere
from hotspots.settings import ReadingSettings

CODE_LENGTH, NAME_LENGTH = 20, 120
"""What the database holds of a code and of a name."""

_FALLBACK_CODES = ("buurtcode", "wijkcode", "wk_code", "gemeentecode", "gm_code", "statcode", "code", "id")
_NAMES = {
    "gemeentecode": ("gemeentecode", "gm_code", "municipality_code", "gemeinde_code", "gemeindeschluessel"),
    "buurtcode": (
        *("bu_code", "buurt_code", "bucode", "neighbourhood_code", "neighborhood_code"),
        *("stadtteil_nr", "stadtteil_code", "stadtteilnummer", *_FALLBACK_CODES),
    ),
    "buurtnaam": (
        *("bu_naam", "buurt_naam", "buurtnaam", "neighbourhood", "neighbourhood_name"),
        *("neighborhood", "neighborhood_name", "stadtteil", "stadtteilname", "stadtteil_name"),
        *("wijknaam", "wk_naam", "gemeentenaam", "gm_naam", "statnaam", "name", "naam"),
    ),
    "gemeentenaam": ("gemeentenaam", "gm_naam", "municipality", "municipality_name", "gemeinde"),
    "wijkcode": ("wijkcode", "wk_code", "wijk_code", "district_code", "bezirk_nr", "bezirk_code"),
    "wijknaam": ("wijknaam", "wk_naam", "wijk_naam", "district", "district_name", "bezirk", "bezirk_name"),
}
"""Column names of each field, in lower case."""

_INSTEAD = {
    "buurtnaam": ("buurtcode",),
    "wijkcode": ("gemeentecode", "buurtcode"),
}
"""What stands for a column where that is empty."""

_INHABITANTS = ("aantal_inwoners", "aantalinwoners", "inwoners", "inhabitants", "population", "einwohner")

_LETTERS = {"buurtcode": ("BU", 8), "wijkcode": ("WK", 6), "gemeentecode": ("GM", 4)}
"""How CBS writes codes: two letters, and so many digits."""


@dataclass(frozen=True)
class AreaFile:
    """What a file of boundaries held.

    Attributes
    ----------
    areas
        GeoDataFrame with buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, inhabitants
        (NaN where unknown), is_approximate (False), geometry (EPSG:4326), sorted by buurtcode.
    elsewhere
        Why the areas can't be where they are said to be; empty when they can.
    notes
        What was not read as it was written.
    """

    areas: gpd.GeoDataFrame
    elsewhere: str
    notes: tuple[str, ...]


def read_area_file(
    path: Path,
    *,
    municipality_code: str = "",
    crs: str = "",
    wijken: Path | None = None,
    limits: ReadingSettings = DEFAULT_LIMITS,
    is_ours: bool = False,
) -> AreaFile:
    """Read boundaries from GeoJSON or GeoPackage, such as the CBS Wijk- en buurtkaart.

    Columns are recognised whatever their case: ``buurtcode``, ``buurtnaam``, ``wijkcode``, ``wijknaam``,
    ``gemeentecode``, ``gemeentenaam``, ``aantal_inwoners`` (or the latest ``aantal_inwoners_<year>``). Names
    of wijken and gemeenten that the layer of buurten lacks come from the layers of these in the same file. A
    wijk without a name is called by its code; rows with one code become one area.

    Parameters
    ----------
    path
        The file. In a GeoPackage the layer with "buurt" in its name is read, else the only one.
    municipality_code
        When given, and the file names municipalities, only the areas of this one are kept.
    crs
        The system of the municipality: its region is where the areas must lie. Empty: not looked at.
    wijken
        Another file with the names of wijken.
    limits
        What reading a file may cost, in a process of its own.
    is_ours
        Whether it came with the software: then it needs no process of its own to be read in.

    Raises
    ------
    AreasError
        If the file can't be read, has no polygons, has none of this municipality, or has impossible codes.
    """
    layers = read_own_layers(path) if is_ours else read_layers(path, limits=limits)
    frame = layers.areas
    coarser = [*layers.coarser, *([read_layers(wijken, limits=limits).areas] if wijken else [])]
    _refuse_columns_twice(frame, path)
    table = _named_table(frame)
    _complete_codes(table)
    kept = _of_municipality(table["gemeentecode"], municipality_code, path)
    _refuse_uncoded(table, kept, frame, path)
    table = table[kept].copy()
    notes: list[str] = []
    _refuse_damaged_codes(table, path)
    _name_by_tables(table, [_named_table(other) for other in coarser], notes)
    _refuse_what_does_not_fit(table, path)
    table["inhabitants"] = _inhabitants(frame[kept])
    table["is_approximate"] = False
    several = table["gemeentecode"][table["gemeentecode"] != ""].nunique()
    if several > 1:
        notes.append(f"areas of {several} municipalities: [municipality] code keeps those of one")
    if layers.mended:
        notes.append(f"{len(layers.mended)} polygons cross themselves, the first in row {layers.mended[0]}")
    shapes = frame.geometry[kept]
    if shapes.crs.is_geographic:
        _require_degrees(shapes, path)
        shapes = gpd.GeoSeries(cut_at_antimeridian(shapes.to_numpy()), index=shapes.index, crs=shapes.crs)
    elsewhere = _elsewhere(shapes, crs) if crs else ""
    areas = gpd.GeoDataFrame(table, geometry=_in_degrees(shapes, path, elsewhere), crs=WGS84)
    whole = areas.dissolve(by="buurtcode", aggfunc="first", as_index=False)
    return AreaFile(whole.sort_values("buurtcode", ignore_index=True), elsewhere, tuple(notes))


def _refuse_columns_twice(frame: pd.DataFrame, path: Path) -> None:
    """Refuse a file that has one of our columns twice but for capitals: nobody can tell which is meant."""
    known = {name for names in _NAMES.values() for name in names}
    seen: dict[str, Any] = {}
    for column in frame.columns:
        name = str(column).lower()
        if name in known and name in seen:
            raise AreasError(
                f"{path}: wanted the column '{name}' once, found '{seen[name]}' and '{column}': take one out",
                f"De kolom {name} staat er twee keer in. Haal er een weg.",
            )
        seen[name] = column


def _named_table(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {str(name).lower(): name for name in frame.columns if name != "geometry"}
    return pd.DataFrame({name: _texts(frame, columns, names) for name, names in _NAMES.items()})


def _texts(frame: pd.DataFrame, columns: Mapping[str, Any], names: Sequence[str]) -> "pd.Series[str]":
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
    text = " ".join(str(value).split())
    return re.sub(r"(?<=\d)[.,]0+$", "", text) if re.fullmatch(r"([A-Z]{2})?\d+[.,]0+", text) else text


def _complete_codes(table: pd.DataFrame) -> None:
    """Fill in the codes that a CBS code of a buurt holds: BU09350101 is of WK093501 and of GM0935."""
    is_cbs = table["buurtcode"].str.fullmatch(r"BU\d{8}")
    digits = table["buurtcode"].str[2:]
    for name, code in (("wijkcode", "WK" + digits.str[:6]), ("gemeentecode", "GM" + digits.str[:4])):
        table[name] = table[name].where((table[name] != "") | ~is_cbs, code)


def _of_municipality(codes: "pd.Series[str]", wanted: str, path: Path) -> "pd.Series[bool]":
    if not wanted or not (codes != "").any():
        return pd.Series(True, index=codes.index)
    kept = codes == wanted
    if not kept.any():
        found = sorted(set(codes) - {""})
        listed = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
        raise AreasError(
            f"{path}: wanted areas of municipality '{wanted}', found only {listed}; "
            "take another file or set [municipality] code",
            f"In dit bestand staan geen buurten van gemeente {wanted}.",
        )
    return kept


def _refuse_uncoded(table: pd.DataFrame, kept: "pd.Series[bool]", frame: pd.DataFrame, path: Path) -> None:
    unnamed = kept & (table["buurtcode"] == "")
    if not unnamed.any():
        return
    if kept.sum() > 1:
        raise AreasError(
            f"{path}: wanted a code for each area in a column {', '.join(_FALLBACK_CODES)}, "
            f"found none in row {int(np.flatnonzero(unnamed)[0]) + 1}; "
            f"columns are {', '.join(map(str, frame.columns))}",
            f"Rij {int(np.flatnonzero(unnamed)[0]) + 1} heeft geen code van een buurt.",
        )
    table["buurtcode"] = "1"


def _refuse_damaged_codes(table: pd.DataFrame, path: Path) -> None:
    """Refuse codes that a spreadsheet rounded, and those of CBS that lost a leading zero."""
    for name, (letters, length) in _LETTERS.items():
        for row, code in table[name].items():
            if re.fullmatch(r"\d+([.,]\d+)?E\+?\d+", code, re.IGNORECASE):
                raise AreasError(
                    f"{path}: wanted a {name}, found '{code}' in row {_number(row)}: a spreadsheet "
                    "rounded it; read the codes as text where the file was made",
                    f"De code '{code}' in rij {_number(row)} is afgerond. Laat het bestand opnieuw maken, "
                    "met de codes als tekst.",
                )
            if re.fullmatch(rf"{letters}\d{{{length - 1}}}", code):
                raise AreasError(
                    f"{path}: wanted a {name} of {letters} and {length} digits, found '{code}' in row "
                    f"{_number(row)}: a zero is lost; read the codes as text where the file was made",
                    f"De code '{code}' in rij {_number(row)} mist een nul. Laat het bestand opnieuw maken, "
                    "met de codes als tekst.",
                )


def _number(row: Any) -> int:
    """The number of a row, from 1."""
    return int(row) + 1


def _name_by_tables(table: pd.DataFrame, coarser: Sequence[pd.DataFrame], notes: list[str]) -> None:
    """Fill in names of wijken and gemeenten from the tables that have them, and else the code."""
    several = table.groupby("wijknaam")["wijkcode"].transform("nunique") > 1
    is_whole = several & (table["wijknaam"] == table["gemeentenaam"])
    table["wijknaam"] = table["wijknaam"].mask(is_whole, "")
    for code, name in (("wijkcode", "wijknaam"), ("gemeentecode", "gemeentenaam")):
        for other in coarser:
            known = dict(zip(other[code], other[name], strict=True))
            names = table[code].map(lambda one, known=known: known.get(one, "") if one else "")
            table[name] = table[name].where(table[name] != "", names)
    has_wijken = table["wijkcode"] != ""
    for name, others in _INSTEAD.items():
        for other_name in others:
            table[name] = table[name].where(table[name] != "", table[other_name])
    # without wijken the municipality is the one gebied, by its name; a wijk never gets that
    whole = table["gemeentenaam"].where(~has_wijken & (table["wijkcode"] == table["gemeentecode"]), "")
    table["wijknaam"] = table["wijknaam"].where(table["wijknaam"] != "", whole)
    unnamed = table["wijknaam"] == ""
    if (unnamed & has_wijken).any():
        notes.append(f"{table['wijkcode'][unnamed].nunique()} wijken have no name: called by their code")
    table["wijknaam"] = table["wijknaam"].where(~unnamed, table["wijkcode"])
    _tell_wijken_apart(table, notes)


def _tell_wijken_apart(table: pd.DataFrame, notes: list[str]) -> None:
    """Add the code to a name that several wijken have: one gebied per wijk, not one for all of them."""
    codes = table.groupby("wijknaam")["wijkcode"].transform("nunique")
    is_shared = (codes > 1) & (table["wijkcode"] != table["buurtcode"])
    if is_shared.any():
        shared = sorted(set(table["wijknaam"][is_shared]))
        notes.append(f"wijken share the name '{shared[0]}': their codes are added to it")
        both = table["wijknaam"] + " (" + table["wijkcode"] + ")"
        table["wijknaam"] = table["wijknaam"].where(~is_shared, both)


def _refuse_what_does_not_fit(table: pd.DataFrame, path: Path) -> None:
    for name in _NAMES:
        longest = CODE_LENGTH if name.endswith("code") else NAME_LENGTH
        for row, text in table[name].items():
            if len(text) > longest:
                raise AreasError(
                    f"{path}: wanted a {name} of at most {longest} characters, found '{text}' in row "
                    f"{_number(row)}",
                    f"In rij {_number(row)} staat een naam of code die te lang is.",
                )
    for code, names in table.groupby("buurtcode")["buurtnaam"]:
        first, *others = sorted(set(names))
        if others:
            raise AreasError(
                f"{path}: wanted one area per code, found '{code}' for '{first}' and '{others[0]}'",
                f"De code {code} hoort bij twee buurten: {first} en {others[0]}.",
            )


def _inhabitants(frame: pd.DataFrame) -> "pd.Series[float]":
    columns = {str(name).lower(): name for name in frame.columns}
    exact = [name for name in _INHABITANTS if name in columns]
    by_year = sorted(name for name in columns if re.fullmatch(r"aantal_inwoners_\d{4}", name))
    other = [name for name in columns if name.startswith("aantal_inwoners")]
    for name in [*exact, *reversed(by_year), *other][:1]:
        count = pd.to_numeric(frame[columns[name]], errors="coerce").astype("float64")
        known: pd.Series[float] = count.where(count >= 0)  # CBS writes -99997 and the like for "suppressed"
        return known
    return pd.Series(np.nan, index=frame.index)


def _elsewhere(shapes: gpd.GeoSeries, crs: str) -> str:
    points = shapes.representative_point()
    written = str((shapes.crs.to_epsg() and f"EPSG:{shapes.crs.to_epsg()}") or shapes.crs.to_wkt())
    is_degrees = shapes.crs.is_geographic
    found = why_elsewhere(points.x, points.y, read_as=WGS84 if is_degrees else written, crs=crs)
    return f"areas lie elsewhere: {found}" if found else ""


def _require_degrees(shapes: gpd.GeoSeries, path: Path) -> None:
    west, south, east, north = shapes.total_bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise AreasError(
            f"{path}: wanted lon/lat degrees, found x {west:.0f}..{east:.0f} and y {south:.0f}..{north:.0f}; "
            "the file says WGS 84 but holds metres: name its coordinate system in the file",
            "Het bestand zegt dat het graden heeft, maar er staan meters in. Laat het opnieuw maken.",
        )


def _in_degrees(shapes: gpd.GeoSeries, path: Path, elsewhere: str) -> gpd.GeoSeries:
    degrees = shapes.to_crs(WGS84)
    if not np.isfinite(degrees.total_bounds).all():
        raise AreasError(f"{path}: {elsewhere or 'areas lie where their coordinate system does not reach'}")
    return gpd.GeoSeries(cut_at_antimeridian(degrees.to_numpy()), index=shapes.index, crs=WGS84)
