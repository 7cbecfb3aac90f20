"""Where a report is: by its own coordinates where they can be right, else by its address."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from hotspots.files.values import each_once, picker
from hotspots.geocoding.locating import Query, address_key, houses_named, lie_near, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import load_register
from hotspots.geography.areas import AreaIndex
from hotspots.geography.cells import cells_of
from hotspots.geography.points import AS_WRITTEN_DEGREES, AS_WRITTEN_M
from hotspots.geography.projection import WGS84, Projection
from hotspots.geography.region import is_in_region
from hotspots.intake.coarse_points import ROUNDED, Coarseness
from hotspots.intake.sources.mapping import CoordinatesMapping
from hotspots.intake.sources.reading import Readings
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store.areas import load_areas

CONTRADICTED = "punt dat ver van het adres van dezelfde melding ligt: wijst geen woning aan"
LARGEST_PLACE_M = 75.0
"""Radius of a square that still tells which place is meant: that of 100 m by 100 m is 71 m."""

_ADDRESS_PARTS = ("street", "house_number", "house_letter", "house_suffix", "postcode", "town", "address")
_addresses_of = attrgetter(*_ADDRESS_PARTS)

LONGEST_COORDINATE = 1e7
"""A larger number is no coordinate of any system, and may be a person's number."""


class Locator:
    """Finds the point of each reading: its own coordinates if they can be right, else its address.

    Own coordinates are tried as announced, with the two swapped, and in WGS 84 or the system of the
    municipality where another was announced. The first point inside the areas counts; if there is none, the
    first in the region where the system of the municipality is used, as a place outside.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        coordinates: CoordinatesMapping,
        notes: Counter[str],
    ) -> None:
        self.coarseness: Coarseness | None = None  # of the points of this delivery, once that is known
        self._intake = settings.intake
        areas = load_areas(connection, settings.areas.gebieden)
        self._index = AreaIndex(areas)
        self._has_areas = len(areas) > 0
        self._register: AddressRegister = load_register(connection, settings)
        self._coordinates = coordinates
        self._crs = settings.municipality.crs
        self._resolution = settings.cells.resolution
        self._notes = notes

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of streets, towns and other places that are known, in small letters."""
        columns = ("street", "town")
        written = (name for column in columns for name in self._register.table[column].unique())
        return frozenset(
            name.casefold() for name in (*written, *(place.name for place in self._register.places)) if name
        )

    def locate(self, readings: Readings) -> dict[str, NDArray[Any]]:
        """Give for each reading: lon, lat, precision, radius_m, address_key, found, why_not_better,
        located_by, cell, buurtcode, is_outside."""
        x, y = (np.array(column, dtype=np.float64) for column in (readings.x, readings.y))
        queries = list(map(Query._make, zip(*_addresses_of(readings), strict=True)))
        lon, lat, why = self._own(x, y)
        is_own = np.isfinite(lon)
        squares = np.zeros(len(x)) if self.coarseness is None else np.array(self.coarseness.radii_m(readings))
        is_square = is_own & (squares > self._coordinates.radius_m)
        if is_square.any():
            self._notes[ROUNDED] += int(is_square.sum())
        # what says that the place lies near a house: that house is not it
        is_near = np.array(lie_near(queries, self._register), dtype=bool)
        precisions = np.where(is_near, str(Precision.KRUISING), _precisions(squares, is_square))
        table = {
            "lon": lon,
            "lat": lat,
            "precision": np.where(is_own, precisions, str(Precision.GEEN)).astype(object),
            "radius_m": np.where(is_own, np.fmax(squares, self._coordinates.radius_m), np.nan),
            "address_key": np.where(is_near, "", _address_keys(queries)),
            "found": np.where(is_own, "eigen coördinaten", "").astype(object),
            "why_not_better": why,
            "located_by": np.where(is_own, "bron", "").astype(object),
        }
        self._by_address(table, queries, readings.unread, ~is_own)
        table["address_key"][is_square], table["why_not_better"][is_square] = "", ROUNDED
        self._without_contradicted(table, queries, is_own & ~is_square)
        located = np.isfinite(table["lon"])
        at = table["lon"][located], table["lat"][located]
        buurt = np.full(len(x), None, dtype=object)
        buurt[located] = self._index.locate(*at)
        cells = np.full(len(x), None, dtype=object)
        cells[located] = cells_of(*at, resolution=self._resolution).tolist()
        is_outside = located & self._has_areas & np.asarray(pd.isna(buurt))
        return table | {"buurtcode": buurt, "cell": cells, "is_outside": is_outside}

    def _without_contradicted(
        self, table: dict[str, NDArray[Any]], queries: Sequence[Query], is_own: NDArray[np.bool_]
    ) -> None:
        """Let a point that lies far from the house that its report names point at no dwelling."""
        rows = np.flatnonzero(is_own & (table["address_key"] != ""))
        if not len(rows) or not len(self._register):
            return
        named = houses_named(picker(rows.tolist())(queries), self._register)
        away = self._register.index.distance_m(table["lon"][rows], table["lat"][rows], *named)
        far = rows[np.nan_to_num(away, nan=0.0) > self._intake.contradiction_m]
        if not len(far):
            return
        self._notes[CONTRADICTED] += len(far)
        table["address_key"][far] = ""
        table["precision"][far] = str(Precision.KRUISING)
        table["radius_m"][far] = np.fmax(table["radius_m"][far], self._intake.contradicted_radius_m)
        table["why_not_better"][far] = CONTRADICTED

    def is_a_place(self, x: float, y: float) -> bool:
        """Whether coordinates lie where the system of the municipality is used, or are 0, 0."""
        point = np.array([x]), np.array([y])
        for crs, swapped, _ in self._readings_of_coordinates():
            first, second = point[::-1] if swapped else point
            lon, lat = Projection(crs).to_degrees(first, second) if crs != WGS84 else (first, second)
            if is_in_region(lon, lat, self._crs)[0]:
                return True
        return (x, y) == (0, 0)

    def _own(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
        why = np.full(len(x), "", dtype=object)
        given = np.isfinite(x) & np.isfinite(y)
        is_zero = given & (np.abs(x) < 1e-9) & (np.abs(y) < 1e-9)
        is_default = np.zeros(len(x), dtype=bool)
        for default_x, default_y in self._coordinates.default_points:
            in_metres = max(abs(default_x), abs(default_y)) > 360
            tolerance = AS_WRITTEN_M if in_metres else AS_WRITTEN_DEGREES
            is_default |= given & (np.hypot(x - default_x, y - default_y) <= tolerance)
        why[is_zero] = "de coördinaten zijn 0, 0"
        why[is_default] = "de coördinaten zijn een standaardpunt van de bron"
        usable = given & ~is_zero & ~is_default
        lon, lat = self._recognised(x, y, usable)
        nowhere = usable & ~np.isfinite(lon)
        why[nowhere] = [
            f"de coördinaten {_shown_point(one, other)}liggen nergens in het gebied van {self._crs}"
            for one, other in zip(x[nowhere], y[nowhere], strict=True)
        ]
        if nowhere.any():
            note = f"coördinaten die nergens in het gebied van {self._crs} liggen: niet gebruikt"
            self._notes[note] += int(nowhere.sum())
        return lon, lat, why

    def _recognised(
        self, x: NDArray[np.float64], y: NDArray[np.float64], usable: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
        outside_lon, outside_lat = lon.copy(), lat.copy()
        left = usable
        for crs, swapped, note in self._readings_of_coordinates():
            if not left.any():
                break
            first, second = (y, x) if swapped else (x, y)
            candidate = Projection(crs).to_degrees(first, second) if crs != WGS84 else (first, second)
            fits = left & self._is_inside(*candidate)
            lon[fits], lat[fits] = candidate[0][fits], candidate[1][fits]
            if note and fits.any():
                self._notes[note] += int(fits.sum())
            left = left & ~fits
            outside = left & ~np.isfinite(outside_lon) & is_in_region(*candidate, self._crs)
            outside_lon[outside], outside_lat[outside] = candidate[0][outside], candidate[1][outside]
        lon[left], lat[left] = outside_lon[left], outside_lat[left]
        return lon, lat

    def _readings_of_coordinates(self) -> Iterator[tuple[str, bool, str]]:
        systems = list(dict.fromkeys([self._coordinates.crs, WGS84, self._crs]))
        for crs in systems:
            for swapped in (False, True):
                notes = []
                if crs != self._coordinates.crs:
                    notes.append(f"coördinaten in {crs} waar {self._coordinates.crs} was aangekondigd")
                if swapped:
                    notes.append("coördinaten verwisseld (x en y, of lengte en breedte)")
                yield crs, swapped, " en ".join(notes)

    def _is_inside(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        if not self._has_areas:
            return is_in_region(lon, lat, self._crs)
        finite = np.isfinite(lon) & np.isfinite(lat)
        inside = np.zeros(len(lon), dtype=bool)
        inside[finite] = [code is not None for code in self._index.locate(lon[finite], lat[finite])]
        return inside

    def _by_address(
        self,
        table: dict[str, NDArray[Any]],
        queries: Sequence[Query],
        unread: Sequence[str],
        is_wanted: NDArray[np.bool_],
    ) -> None:
        rows = np.flatnonzero(is_wanted)
        if not len(rows):
            return
        asked = _queries(queries, rows)
        found = locate_addresses(asked[(asked != "").any(axis=1)], self._register)
        at = found.index.to_numpy()
        for name in ("lon", "lat", "precision", "radius_m", "found", "located_by"):
            table[name][at] = found[name].to_numpy()
        # what lies near a house, or could be more than one, is no dwelling
        is_told = (found["address_key"] != "").to_numpy() | np.isfinite(found["lon"].to_numpy())
        table["address_key"][at[is_told]] = found["address_key"].to_numpy()[is_told]
        reasons = (
            table["why_not_better"][rows].tolist(),
            [unread[row] for row in rows.tolist()],
            found["why_not_better"].reindex(rows).fillna("er is geen adres").tolist(),
        )
        table["why_not_better"][rows] = [
            "; ".join(filter(None, parts)) for parts in zip(*reasons, strict=True)
        ]


def _address_keys(queries: Sequence[Query]) -> NDArray[np.object_]:
    houses = ((one.postcode, one.house_number, one.house_letter, one.house_suffix) for one in queries)
    return np.array(each_once(lambda house: address_key(*house), houses), dtype=object)


def _queries(queries: Sequence[Query], rows: NDArray[np.int64]) -> pd.DataFrame:
    return pd.DataFrame([queries[row] for row in rows.tolist()], columns=Query._fields, index=rows)


def _precisions(squares: NDArray[np.float64], is_square: NDArray[np.bool_]) -> NDArray[np.str_]:
    """A point is as good as an address; a square of 100 m still tells which place, a larger one does not."""
    small = np.where(is_square, str(Precision.KRUISING), str(Precision.ADRES))
    return np.where(squares > LARGEST_PLACE_M, str(Precision.POSTCODE), small)


def _shown_point(x: float, y: float) -> str:
    """The point as it is told; what is too large for a coordinate may be a number of a person."""
    return f"({x:.15g}, {y:.15g}) " if max(abs(x), abs(y)) < LONGEST_COORDINATE else ""
