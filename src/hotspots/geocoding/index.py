"""Look-up tables of the address register: by postcode and number, by street and number, by name."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.geocoding.spelling import addition_key, loose_addition, spellings, town_key
from hotspots.geocoding.town_names import province_in, town_keys

METRES_PER_DEGREE = 111_195.0
ABSENT, SEVERAL = -1, -2
MAX_NUMBER = 200_000

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Spot:
    """A point, and the radius of what it stands for."""

    lon: float
    lat: float
    radius_m: float


class AddressIndex:
    """Looks up addresses of a register.

    An *address* here is all rows with the same street, town, number, addition and postcode: mostly one row.
    Streets, postcodes and additions are numbered; -1 is absent, -2 is several.

    Parameters
    ----------
    table
        As ``AddressRegister.table``.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        street, streets = pd.factorize(table["street"])
        town, towns = pd.factorize(table["town"])
        street_town, pairs = pd.factorize(street.astype(np.int64) * max(len(towns), 1) + town)
        self.street_names: list[str] = [str(streets[pair // max(len(towns), 1)]) for pair in pairs.tolist()]
        self.town_names: list[str] = [str(name) for name in towns]
        self.street_towns: list[int] = [pair % max(len(towns), 1) for pair in pairs.tolist()]
        postcode, postcodes = pd.factorize(table["postcode"])
        self.postcodes: list[str] = [str(code) for code in postcodes]
        self.postcode_ids: dict[str, int] = {
            code: number for number, code in enumerate(self.postcodes) if code
        }
        written, additions = pd.factorize(table["house_letter"] + " " + table["house_suffix"])
        keys, self._additions = pd.factorize(
            np.array([addition_key(text) for text in additions], dtype=object)
        )
        addition = keys[written] if len(additions) else np.zeros(0, dtype=np.int64)
        self.addition_names: list[str] = [str(key) for key in self._additions]
        self.addition_ids: dict[str, int] = {key: number for number, key in enumerate(self.addition_names)}
        self._short_names = self._shortened(table, street_town)
        self._arrange(table, street_town.astype(np.int64), addition, postcode.astype(np.int64))

    def _shortened(self, table: pd.DataFrame, street: Integers) -> list[str]:
        """The register's own short name of each street."""
        if "street_short" not in table.columns:
            return [""] * len(self.street_names)
        _, first = np.unique(street, return_index=True)
        return [str(name) for name in table["street_short"].iloc[first]]

    def _arrange(self, table: pd.DataFrame, street: Integers, addition: Integers, postcode: Integers) -> None:
        lon = table["lon"].to_numpy(dtype=np.float64)
        lat = table["lat"].to_numpy(dtype=np.float64)
        number = table["house_number"].to_numpy(dtype=np.int64)
        self.origin_lat = float(np.median(lat)) if len(lat) else 0.0
        order = np.lexsort((postcode, addition, number, street))
        columns = np.column_stack([street, number, addition, postcode])[order]
        is_first = np.ones(len(order), dtype=bool)
        if len(order):
            is_first[1:] = (columns[1:] != columns[:-1]).any(axis=1)
        group = np.cumsum(is_first) - 1
        first = np.flatnonzero(is_first)
        self.row: Integers = order[first]
        self.street, self.number, self.addition, self.postcode = columns[first].T.copy()
        count = np.maximum(np.bincount(group, minlength=len(first)), 1)
        self.lon = np.bincount(group, lon[order], minlength=len(first)) / count
        self.lat = np.bincount(group, lat[order], minlength=len(first)) / count
        self.spread_m = np.zeros(len(first))
        np.maximum.at(
            self.spread_m, group, self.distance_m(lon[order], lat[order], self.lon[group], self.lat[group])
        )

    def distance_m(
        self, lon: object, lat: object, other_lon: object, other_lat: object
    ) -> NDArray[np.float64]:
        """Distance in metres, at the scale of a city within 0.5 % of the projected distance."""
        east = (np.asarray(lon, dtype=np.float64) - np.asarray(other_lon, dtype=np.float64)) * np.cos(
            np.radians(self.origin_lat)
        )
        north = np.asarray(lat, dtype=np.float64) - np.asarray(other_lat, dtype=np.float64)
        distance: NDArray[np.float64] = np.hypot(east, north) * METRES_PER_DEGREE
        return distance

    # -- vectorised: many at once ------------------------------------------------------------------------

    def by_postcode(self, postcode: Integers, number: Integers, addition: Integers) -> Integers:
        """The address at each postcode, number and addition."""
        return self._house_at(self._postcode_keys, postcode, number, addition)

    def by_street(self, street: Integers, number: Integers, addition: Integers) -> Integers:
        """The address at each street, number and addition."""
        return self._house_at(self._street_keys, street, number, addition)

    def street_in_town(self, name: Integers, town: Integers) -> Integers:
        """The street of each name in each town."""
        is_usable = (name >= 0) & (town >= 0)
        return _looked_up(self._town_keys, self._in_town(name, town), is_usable)

    def _house_at(
        self, keys: tuple[Integers, Integers], first: Integers, number: Integers, addition: Integers
    ) -> Integers:
        is_usable = (first >= 0) & (addition >= 0) & (number > 0) & (number < MAX_NUMBER)
        return _looked_up(keys, self._at_number(first, number, addition), is_usable)

    def _at_number(self, first: Integers, number: Integers, addition: Integers) -> Integers:
        return (first * MAX_NUMBER + number) * max(len(self.addition_names), 1) + addition

    def _in_town(self, name: Integers, town: Integers) -> Integers:
        return name * max(len(self.town_names), 1) + town

    @cached_property
    def _postcode_keys(self) -> tuple[Integers, Integers]:
        return _single_keys(self._at_number(self.postcode, self.number, self.addition))

    @cached_property
    def _street_keys(self) -> tuple[Integers, Integers]:
        return _single_keys(self._at_number(self.street, self.number, self.addition))

    @cached_property
    def _town_keys(self) -> tuple[Integers, Integers]:
        return _single_keys(self._in_town(self.name_of_street, np.array(self.street_towns, dtype=np.int64)))

    # -- by name -----------------------------------------------------------------------------------------

    @cached_property
    def streets_by_key(self) -> dict[str, tuple[int, ...]]:
        """The streets with each spelling."""
        by_key: dict[str, list[int]] = {}
        for street, name in enumerate(self.street_names):
            for key in dict.fromkeys((*spellings(name), *spellings(self._short_names[street]))):
                by_key.setdefault(key, []).append(street)
        return {key: tuple(streets) for key, streets in by_key.items()}

    @cached_property
    def name_of_street(self) -> Integers:
        """The number of each street's name; streets with one name in several towns share it."""
        keys = [next(iter(spellings(name)), "") for name in self.street_names]
        return pd.factorize(np.array(keys, dtype=object))[0].astype(np.int64)

    @cached_property
    def towns_by_key(self) -> dict[str, tuple[int, ...]]:
        """The towns of each spelling: those with that name, or else those that are called so as well."""
        own: dict[str, list[int]] = {}
        called: dict[str, list[int]] = {}
        for town, name in enumerate(self.town_names):
            for at, key in enumerate(town_keys(name)):
                (called if at else own).setdefault(key, []).append(town)
        found = called | own
        return {key: tuple(towns) for key, towns in found.items()}

    def towns_named(self, name: str) -> tuple[int, ...]:
        """The towns of a name; `Bergen (L)` is none in another province."""
        towns = self.towns_by_key.get(town_key(name), ())
        province = province_in(name) if towns else ""
        if not province:
            return towns
        return tuple(town for town in towns if province_in(self.town_names[town]) in {"", province})

    @cached_property
    def digits_of_postcodes(self) -> set[str]:
        """The postcodes without their letters."""
        return {code[:4] for code in self.postcodes if code}

    @cached_property
    def house_addresses(self) -> dict[tuple[int, int], range]:
        """The addresses at each street and number."""
        if not len(self.street):
            return {}
        change = np.flatnonzero((np.diff(self.street) != 0) | (np.diff(self.number) != 0)) + 1
        starts = np.concatenate([[0], change])
        ends = [*change.tolist(), len(self.street)]
        return {
            (street, number): range(start, end)
            for street, number, start, end in zip(
                self.street[starts].tolist(), self.number[starts].tolist(), starts.tolist(), ends, strict=True
            )
        }

    @cached_property
    def _addresses_by_postcode(self) -> tuple[Integers, Integers]:
        order = np.argsort(self.postcode, kind="stable")
        starts = np.searchsorted(self.postcode[order], np.arange(len(self.postcodes) + 1))
        return order, starts

    def addresses_of_postcode(self, postcode: int) -> Integers:
        """All addresses with a postcode."""
        order, starts = self._addresses_by_postcode
        return order[starts[postcode] : starts[postcode + 1]]

    @cached_property
    def _streets_by_postcode(self) -> dict[int, tuple[int, ...]]:
        return {}

    def streets_of_postcode(self, postcode: int) -> tuple[int, ...]:
        """The streets in which a postcode occurs, mostly one."""
        known = self._streets_by_postcode
        if postcode not in known:
            known[postcode] = tuple(np.unique(self.street[self.addresses_of_postcode(postcode)]).tolist())
        return known[postcode]

    def addresses_of_street(self, street: int) -> range:
        """All addresses in a street."""
        start, end = np.searchsorted(self.street, [street, street + 1]).tolist()
        return range(start, end)

    def spot_of(self, addresses: object) -> Spot:
        """The middlemost of some addresses, and the radius that holds 90 % of them."""
        chosen = np.asarray(addresses, dtype=np.int64)
        lon, lat = self.lon[chosen], self.lat[chosen]
        to_mean = self.distance_m(lon, lat, lon.mean(), lat.mean())
        middle = int(np.argmin(to_mean))
        radius = np.quantile(self.distance_m(lon, lat, lon[middle], lat[middle]), 0.9)
        return Spot(float(lon[middle]), float(lat[middle]), float(radius))

    def loose_matches(self, addresses: range, addition: str) -> list[int]:
        """Those of some addresses whose addition is another way of writing this one."""
        wanted = loose_addition(addition)
        return [
            address
            for address in addresses
            if loose_addition(self.addition_names[self.addition[address]]) == wanted
        ]

    def street_label(self, street: int) -> str:
        """A street in words, with its town."""
        town = self.town_names[self.street_towns[street]]
        return f"{self.street_names[street]}{', ' if town else ''}{town}"

    def label(self, address: int) -> str:
        """An address in words: street, number, addition, postcode and town."""
        return self.labels(np.array([address]))[0]

    def labels(self, addresses: Integers | None = None) -> list[str]:
        """Addresses in words: all of them, or these."""
        chosen = slice(None) if addresses is None else addresses
        labels = []
        for street, number, addition, postcode in zip(
            *(part[chosen].tolist() for part in (self.street, self.number, self.addition, self.postcode)),
            strict=True,
        ):
            name, added = self.street_names[street], self.addition_names[addition]
            where = f"{self.postcodes[postcode]} {self.town_names[self.street_towns[street]]}".strip()
            labels.append(f"{name} {number}{'-' if added else ''}{added}{', ' if where else ''}{where}")
        return labels


def _single_keys(keys: Integers) -> tuple[Integers, Integers]:
    """The unique keys, ascending, and the position of each; :data:`SEVERAL` for repeated keys."""
    unique, at, counts = np.unique(keys, return_index=True, return_counts=True)
    return unique, np.where(counts == 1, at, SEVERAL).astype(np.int64)


def _looked_up(keys: tuple[Integers, Integers], wanted: Integers, is_usable: NDArray[np.bool_]) -> Integers:
    known, found = keys
    if not len(known):
        return np.full(len(wanted), ABSENT, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(is_usable & (known[at] == wanted), found[at], ABSENT)
