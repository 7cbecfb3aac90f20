"""The address register in memory: every address with its point, named places, and corrections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.files.values import each_once
from hotspots.geocoding.index import AddressIndex
from hotspots.geocoding.places import NamedPlace, PlaceIndex
from hotspots.geocoding.spelling import addition_key, likeness
from hotspots.model import Precision
from hotspots.settings import GeocodingSettings

COLUMNS = ("street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat")


@dataclass(frozen=True)
class Fix:
    """A point for an address, certain or as a candidate."""

    lon: float
    lat: float
    precision: Precision
    radius_m: float
    address_key: str
    found: str


@dataclass(frozen=True, eq=False)
class AddressRegister:
    """The addresses of a municipality.

    Attributes
    ----------
    table
        One row per address: street, house_number (integer), house_letter, house_suffix, postcode, town
        (texts, empty if absent), lon, lat (degrees WGS 84); street_short where the register has one.
    places
        Stops, squares and buurten, by name.
    fixes
        Corrections by people, by the key of the query (:func:`hotspots.geocoding.locating.query_key`).
    settings
        How far off a match can be.
    """

    table: pd.DataFrame
    places: tuple[NamedPlace, ...] = ()
    fixes: Mapping[str, Fix] = field(default_factory=dict)
    settings: GeocodingSettings = field(default_factory=GeocodingSettings)

    @cached_property
    def index(self) -> AddressIndex:
        """The look-up tables of the addresses, made at first use."""
        return AddressIndex(self.table)

    @cached_property
    def place_index(self) -> PlaceIndex:
        """The look-up table of the places, made at first use."""
        return PlaceIndex(self.places, reach_m=self.settings.place_reach_m)

    @cached_property
    def keys(self) -> NDArray[np.object_]:
        """The dwelling key of each address in the index."""
        table = self.table.iloc[self.index.row]
        # as lists: to go through a column of texts one by one is slow
        columns = [
            table["postcode"].tolist(),
            table["house_number"].astype(str).tolist(),
            *(each_once(addition_key, table[name].tolist()) for name in ("house_letter", "house_suffix")),
        ]
        keys = np.empty(len(table), dtype=object)
        keys[:] = [" ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]
        return keys

    def key_of(self, address: int) -> str:
        """The dwelling key of an address in the index, "" for -1."""
        return str(self.keys[address]) if address >= 0 else ""

    @cached_property
    def labels(self) -> NDArray[np.object_]:
        """Each address in the index in words."""
        labels = np.empty(len(self.index.row), dtype=object)
        labels[:] = self.index.labels()
        return labels

    @cached_property
    def _fixes_by_likeness(self) -> dict[str, Fix]:
        return {likeness(key): fix for key, fix in self.fixes.items()}

    def fix_of(self, key: str, *, is_nowhere: bool) -> Fix | None:
        """Where people said that the address of a query is.

        Parameters
        ----------
        is_nowhere
            Whether it is not located otherwise: then what they said of one written alike counts, too.
        """
        if (fix := self.fixes.get(key)) is not None or not is_nowhere:
            return fix
        return self._fixes_by_likeness.get(likeness(key))

    def __len__(self) -> int:
        return len(self.table)
