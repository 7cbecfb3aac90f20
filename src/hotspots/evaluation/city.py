"""Simulated cities: an address register with streets, towers and a busy centre, and the areas around it.

Nothing here exists: street names, house numbers and postcodes are made up, also when the buurten of a real
municipality give the places.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.evaluation.report_texts import words
from hotspots.files.private_files import write_privately
from hotspots.geography.approximate_areas import areas_around
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.geography.shipped_areas import shipped_areas

Floats = NDArray[np.float64]
Shape = Literal["centre", "towers", "villages"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
"""Cities that need no data: a compact one, one of high-rise, a handful of villages."""

RD = "EPSG:28992"
INHABITANTS_PER_ADDRESS = 2.1
ADDRESSES_PER_POSTCODE = 22


@dataclass(frozen=True)
class Circle:
    """A round piece of the city, in projected metres."""

    x: float
    y: float
    radius_m: float


@dataclass(frozen=True)
class City:
    """A place to simulate reports in.

    ``addresses`` has the columns street, house_number, house_letter, house_suffix, postcode, town, lon, lat,
    x, y, buurtcode, and tower: the number of the block of flats, -1 for a house. ``areas`` is as
    :func:`hotspots.store.areas.load_areas` gives them.
    """

    name: str
    crs: str
    addresses: pd.DataFrame
    areas: gpd.GeoDataFrame
    busy_centre: Circle

    @property
    def projection(self) -> Projection:
        """From degrees to the metres of the city."""
        return Projection(self.crs)


@dataclass(frozen=True)
class _Layout:
    """The buurten of a shape: centres, numbers of addresses and of blocks of flats."""

    x: Floats
    y: Floats
    address_count: NDArray[np.int64]
    tower_count: NDArray[np.int64]


def build_city(shape: Shape, rng: np.random.Generator) -> City:
    """Make a random city of a shape, somewhere in the Netherlands.

    Parameters
    ----------
    shape
        ``centre``: compact, with one large busy centre; ``towers``: a third to half of the addresses in
        blocks of 60 to 320 flats that share one coordinate; ``villages``: far apart, thinly reported.
    """
    origin_x, origin_y = rng.uniform(95_000, 225_000), rng.uniform(390_000, 540_000)
    layout = {"centre": _compact, "towers": _high_rise, "villages": _scattered}[shape](rng)
    centres = _named_centres(layout, origin_x, origin_y, rng)
    town = str(centres["buurtnaam"][0])
    return _city_of(shape, RD, centres, layout.address_count, layout.tower_count, town, rng)


def city_of_municipality(path: Path, rng: np.random.Generator, *, name: str, crs: str = RD) -> City:
    """Make a fictitious city on the buurten of a municipality.

    Parameters
    ----------
    path
        CSV of centres as ``geodata/<code>_buurten.csv``; the first buurt gets the busy centre. Nobody
        lives outside the boundaries beside it (:func:`~hotspots.geography.shipped_areas.shipped_areas`).
    name
        Town in its addresses.
    """
    centres = pd.read_csv(path, dtype={"buurtcode": str, "wijkcode": str, "gemeentecode": str})
    inhabitants = centres["aantal_inwoners"].fillna(60).to_numpy(dtype=np.float64)
    address_count = np.maximum(inhabitants / INHABITANTS_PER_ADDRESS, 20).astype(np.int64)
    tower_count = rng.binomial(2, np.clip(address_count / 8000, 0, 0.6)).astype(np.int64)
    city = _city_of(name, crs, centres, address_count, tower_count, name, rng)
    areas = shipped_areas(path, city.projection)
    return city if areas is None else _within(city, areas)


def _within(city: City, areas: gpd.GeoDataFrame) -> City:
    """The city with these areas: each address in the buurt where it lies, none outside them."""
    areas = areas.assign(gebied=areas["wijknaam"].where(areas["wijknaam"] != "", areas["wijkcode"]))
    codes = AreaIndex(areas).locate(city.addresses["lon"], city.addresses["lat"])
    addresses = city.addresses.assign(buurtcode=codes)
    inside = addresses[addresses["buurtcode"].notna()].reset_index(drop=True)
    return replace(city, addresses=inside, areas=areas)


def write_addresses(city: City, path: Path) -> None:
    """Write the register as CSV, in the layout that ``hotspots addresses import`` reads."""
    table = city.addresses.assign(gemeente=city.name, provincie="")
    names = {
        "street": "straat",
        "house_number": "huisnummer",
        "house_letter": "huisletter",
        "house_suffix": "huisnummertoevoeging",
        "postcode": "postcode",
        "town": "woonplaats",
    }
    columns = [*names, "gemeente", "provincie", "lat", "lon"]
    write_privately(path, table[columns].rename(columns=names).round(7).to_csv(index=False).encode())


def _compact(rng: np.random.Generator) -> _Layout:
    x, y = _jittered_rings(int(rng.integers(24, 40)), float(rng.uniform(600, 800)), rng)
    count = rng.lognormal(np.log(1350), 0.35, len(x)).astype(np.int64)
    towers = rng.binomial(1, 0.2, len(x)).astype(np.int64)
    return _Layout(x, y, count, towers)


def _high_rise(rng: np.random.Generator) -> _Layout:
    x, y = _jittered_rings(int(rng.integers(18, 28)), float(rng.uniform(700, 950)), rng)
    count = rng.lognormal(np.log(1900), 0.3, len(x)).astype(np.int64)
    towers = rng.integers(1, 6, len(x)).astype(np.int64)
    return _Layout(x, y, count, towers)


def _scattered(rng: np.random.Generator) -> _Layout:
    number = int(rng.integers(9, 16))
    angle = rng.permutation(number) * 2 * np.pi / number + rng.uniform(0, 0.4, number)
    distance = rng.uniform(2200, 6000, number)
    distance[0] = 0  # the main village, with the busy centre
    count = rng.lognormal(np.log(1700), 0.5, number).astype(np.int64)
    count[0] = int(rng.integers(4000, 7000))
    return _Layout(
        distance * np.cos(angle),
        distance * np.sin(angle),
        count,
        rng.binomial(1, 0.15, number).astype(np.int64),
    )


def _made_up_names(kind: str) -> list[str]:
    parts = words()[kind]
    return [stem + ending for stem in parts["stems"] for ending in parts["endings"]]


def _jittered_rings(number: int, spacing_m: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    reach = np.arange(-5, 6)
    column, row = (axis.ravel() for axis in np.meshgrid(reach, reach))
    x = (column + 0.5 * (row % 2)) * spacing_m
    y = row * spacing_m * np.sqrt(0.75)
    nearest = np.argsort(np.hypot(x, y), kind="stable")[:number]
    jitter = rng.normal(0, 0.12 * spacing_m, (2, number))
    jitter[:, 0] = 0
    return x[nearest] + jitter[0], y[nearest] + jitter[1]


def _named_centres(
    layout: _Layout, origin_x: float, origin_y: float, rng: np.random.Generator
) -> pd.DataFrame:
    lon, lat = Projection(RD).to_degrees(layout.x + origin_x, layout.y + origin_y)
    names = _made_up_names("buurten")
    chosen = rng.permutation(len(names))[: len(lon)]
    wijk = np.floor((np.arctan2(layout.y, layout.x) + np.pi) / (2 * np.pi) * 4.999).astype(int)
    return pd.DataFrame(
        {
            "buurtcode": [f"BU9999{wijk[i]:02d}{i:02d}" for i in range(len(lon))],
            "buurtnaam": [names[i] for i in chosen],
            "wijkcode": [f"WK9999{number:02d}" for number in wijk],
            "wijknaam": [f"Wijk {number:02d}" for number in wijk],
            "gemeentecode": "GM9999",
            "gemeentenaam": "Simulatie",
            "aantal_inwoners": (layout.address_count * INHABITANTS_PER_ADDRESS).round(-1),
            "lon": lon,
            "lat": lat,
        }
    )


def _city_of(
    name: str,
    crs: str,
    centres: pd.DataFrame,
    address_count: NDArray[np.int64],
    tower_count: NDArray[np.int64],
    town: str,
    rng: np.random.Generator,
) -> City:
    projection = Projection(crs)
    x, y = projection.to_metres(centres["lon"], centres["lat"])
    addresses = _addresses(x, y, address_count, tower_count, centres["buurtcode"].tolist(), rng)
    addresses["town"] = town
    addresses["lon"], addresses["lat"] = projection.to_degrees(addresses["x"], addresses["y"])
    areas = areas_around(centres, projection)
    areas["gebied"] = areas["wijknaam"].where(areas["wijknaam"] != "", areas["wijkcode"])
    reach = float(rng.uniform(170, 300))
    return City(name, crs, addresses, areas, Circle(float(x[0]), float(y[0]), reach))


def _addresses(
    x: Floats,
    y: Floats,
    address_count: NDArray[np.int64],
    tower_count: NDArray[np.int64],
    codes: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    names = _made_up_names("streets")
    free_names = iter([names[i] for i in rng.permutation(len(names))] + [f"Laan {i}" for i in range(5000)])
    first_postcode = int(rng.integers(1000, 9800))
    parts = []
    tower = 0
    for number, code in enumerate(codes):
        flats = np.minimum(
            rng.integers(60, 320, tower_count[number]), max(int(address_count[number]) // 2, 20)
        )
        houses = max(int(address_count[number]) - int(flats.sum()), 20)
        block = _houses(float(x[number]), float(y[number]), houses, rng)
        towers = _towers(block, flats, tower, rng)
        tower += len(flats)
        part = pd.concat([block, towers], ignore_index=True)
        streets = part["street_number"].unique()
        part["street"] = part["street_number"].map({street: next(free_names) for street in streets})
        part = part.sort_values(["street_number", "house_number"], ignore_index=True)
        part["postcode"] = _postcodes(part, first_postcode + number)
        part["buurtcode"] = code
        parts.append(part)
    table = pd.concat(parts, ignore_index=True).drop(columns="street_number")
    table["house_letter"] = np.where(rng.random(len(table)) < 0.04, "A", "")
    table["house_suffix"] = ""
    return table


def _houses(x: float, y: float, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Parallel streets in a rotated, roughly square block: houses on both sides, odd left and even right."""
    lot, between = float(rng.uniform(5.5, 9)), float(rng.uniform(45, 75))
    side = np.sqrt(count / 2 * lot * between)
    streets = max(round(side / between), 1)
    per_side = max(int(np.ceil(count / streets / 2)), 1)
    index = np.arange(streets * per_side * 2)
    street, rest = np.divmod(index, per_side * 2)
    lot_number, is_right = np.divmod(rest, 2)
    along = (lot_number + 0.5 - per_side / 2) * lot + rng.normal(0, 0.6, len(index))
    across = (street + 0.5 - streets / 2) * between + np.where(is_right == 1, 9.0, -9.0)
    angle = float(rng.uniform(0, np.pi))
    return pd.DataFrame(
        {
            "street_number": street,
            "house_number": lot_number * 2 + 1 + is_right,
            "x": (x + along * np.cos(angle) - across * np.sin(angle)).round(2),
            "y": (y + along * np.sin(angle) + across * np.cos(angle)).round(2),
            "tower": -1,
        }
    )


def _towers(
    block: pd.DataFrame, flats: NDArray[np.int64], first: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Blocks of flats between the streets; all flats of a block share one coordinate."""
    spots = block.iloc[rng.choice(len(block), len(flats))] if len(flats) else block.iloc[:0]
    numbers = np.repeat(np.arange(len(flats)), flats)
    streets = int(block["street_number"].max()) + 1
    return pd.DataFrame(
        {
            "street_number": streets + numbers,
            "house_number": 1 + np.concatenate([np.arange(count) for count in flats] or [np.arange(0)]),
            "x": (spots["x"].to_numpy()[numbers] + 17.0).round(2),
            "y": (spots["y"].to_numpy()[numbers] + 17.0).round(2),
            "tower": first + numbers,
        }
    ).astype({"house_number": "int64", "tower": "int64"})


def _postcodes(part: pd.DataFrame, digits: int) -> list[str]:
    """One postcode per stretch of a street; the letters count on through the buurt."""
    is_even = part["house_number"].to_numpy() % 2 == 0
    rank = part.groupby(["street_number", is_even]).cumcount().to_numpy() // ADDRESSES_PER_POSTCODE
    groups = pd.MultiIndex.from_arrays([part["street_number"], is_even, rank]).factorize()[0]
    return [f"{digits}{chr(65 + group // 26 % 26)}{chr(65 + group % 26)}" for group in groups.tolist()]
