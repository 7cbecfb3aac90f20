"""Places with a name: stops, squares, buildings and buurten, from a gazetteer file and the areas."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hotspots.errors import AddressesError
from hotspots.geocoding.index import METRES_PER_DEGREE, Spot
from hotspots.geocoding.spelling import fold, spellings
from hotspots.model import Precision

_KINDS = ("bushalte", "halte", "tramhalte", "station", "treinstation", "het", "de", "bij", "buurt", "wijk")


@dataclass(frozen=True)
class NamedPlace:
    """A place with a name and a radius."""

    name: str
    lon: float
    lat: float
    radius_m: float
    precision: Precision = Precision.KRUISING


@dataclass(frozen=True)
class FoundPlace:
    """The meaning of a name: one spot, or several places with that name."""

    name: str
    precision: Precision
    spot: Spot | None
    several: tuple[Spot, ...] = ()


def read_gazetteer(path: Path, *, radius_m: float) -> list[NamedPlace]:
    """Read places from a CSV: ``name;lon;lat``, and ``radius_m`` if there is such a column.

    Parameters
    ----------
    radius_m
        Radius of places for which the file gives none.

    Raises
    ------
    AddressesError
        If the file can't be read, lacks a column, or has a row without a point.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            absent = [name for name in ("name", "lon", "lat") if name not in (rows.fieldnames or ())]
            if absent:
                raise AddressesError(
                    f"gazetteer '{path}' lacks {', '.join(absent)}: wanted the header name;lon;lat, found "
                    f"'{';'.join(rows.fieldnames or ())}'"
                )
            return [_place(row, number, path, radius_m) for number, row in enumerate(rows, start=2)]
    except (OSError, UnicodeDecodeError) as error:
        raise AddressesError(
            f"can't read the gazetteer '{path}' ({error}): "
            "correct geocoding.gazetteer in the settings, or leave it empty"
        ) from None


def _place(row: dict[str, str], line: int, path: Path, default_radius_m: float) -> NamedPlace:
    try:
        lon, lat = float(row["lon"]), float(row["lat"])
        radius = float(row.get("radius_m") or default_radius_m)
    except (TypeError, ValueError):
        raise AddressesError(
            f"gazetteer '{path}' line {line}: wanted numbers, found '{row.get('lon')}' and '{row.get('lat')}'"
        ) from None
    name = row["name"].strip()
    if not name or abs(lon) > 180 or abs(lat) > 90:
        raise AddressesError(
            f"gazetteer '{path}' line {line}: wanted a name and a point in degrees, found '{row}'"
        )
    return NamedPlace(name, lon, lat, radius)


class PlaceIndex:
    """Finds places by name.

    Parameters
    ----------
    places
        Points with the same name that lie together, such as both sides of a stop, are one place.
    reach_m
        Greatest distance of such points from their middle.
    """

    def __init__(self, places: Iterable[NamedPlace], *, reach_m: float) -> None:
        self._reach_m = reach_m
        self._places: dict[str, list[NamedPlace]] = {}
        for place in places:
            for key in dict.fromkeys((_key(place.name), _key(place.name.split(",")[-1]))):
                if key:
                    self._places.setdefault(key, []).append(place)

    def __len__(self) -> int:
        return len(self._places)

    def find(self, text: str) -> FoundPlace | None:
        """Give the place of this name, None if there is none."""
        if not self._places:
            return None
        for key in dict.fromkeys((_key(text), _key(text.split(",")[-1]))):
            if key in self._places:
                return _joined(self._places[key], self._reach_m)
        return None


def _key(name: str) -> str:
    words = fold(name).split()
    while len(words) > 1 and words[0].strip(".,") in _KINDS:
        words = words[1:]
    keys = spellings(" ".join(words))
    return keys[0] if keys else ""


def _joined(places: list[NamedPlace], reach_m: float) -> FoundPlace:
    first = places[0]
    lon = sum(place.lon for place in places) / len(places)
    lat = sum(place.lat for place in places) / len(places)
    reach = max(
        max(abs(place.lon - lon), abs(place.lat - lat)) * METRES_PER_DEGREE + place.radius_m
        for place in places
    )
    if len(places) > 1 and reach > reach_m + first.radius_m:
        spots = tuple(Spot(place.lon, place.lat, place.radius_m) for place in places)
        return FoundPlace(first.name, first.precision, None, spots)
    is_point = reach <= reach_m + first.radius_m and first.precision is Precision.KRUISING
    precision = first.precision if is_point or first.precision is not Precision.KRUISING else Precision.STRAAT
    return FoundPlace(first.name, precision, Spot(lon, lat, reach))
