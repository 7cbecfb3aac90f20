"""What a background costs the first view of a map: bytes over the line, and milliseconds of the service.

``make bench BENCH=backgrounds``: a simulated Maastricht of 60,000 addresses, once with the streets of its
register and once with 20,000 imported lines. Aims for each: at most 60 kB, compressed, and 100 ms of a core
more than without. The tiles of the first view at 1280 by 900 pixels are made one after the other.
"""

import argparse
import gzip
import json
from statistics import median
from time import perf_counter, process_time
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Connection, insert

from hotspots.evaluation.city import City, city_of_municipality
from hotspots.geocoding.street_lines import street_lines
from hotspots.geography.projection import Projection
from hotspots.publishing.background import Background, choose_background, make_tile, tiles_over
from hotspots.settings import MapSettings, shipped
from hotspots.store.background import Kind, Origin, replace_background
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses

LINES = 20_000
AIM_BYTES, AIM_MS = 60_000, 100.0
WIDE, HIGH = 1280, 900


def main() -> int:
    """Measure both backgrounds; 1 if one costs more than its aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    rng = np.random.default_rng(17)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    register = city.addresses
    database = Database("sqlite://")
    database.upgrade()
    failed = False
    with database.writing() as connection:
        began = perf_counter()
        lines = street_lines(register, city.projection)
        print(f"{len(register)} addresses give {len(lines)} lines in {perf_counter() - began:.2f} s")
        names = ["street", "house_number", "house_letter", "house_suffix", "postcode", "town", "lon", "lat"]
        rows = [dict(zip(names, row, strict=True)) for row in register[names].itertuples(index=False)]
        connection.execute(insert(addresses), rows)
        replace_background(connection, Origin.REGISTER, lines)
        failed |= _report(connection, city, "streets of the register", times)
        replace_background(connection, Origin.FILE, _imported(city, rng))
        failed |= _report(connection, city, f"{LINES} imported lines", times)
    database.close()
    return int(failed)


def _report(connection: Connection, city: City, name: str, times: int) -> bool:
    """Print what the first views cost; gives whether one costs more than its aim."""
    background = choose_background(connection, MapSettings())
    failed = False
    middle = city.addresses[["lon", "lat"]].median()
    for metres, words in ((9000, "the city"), (2500, "a district"), (500, "a street")):
        box = _box(float(middle["lon"]), float(middle["lat"]), metres)
        size, spent = zip(*(_first_view(connection, background, box) for _ in range(times)), strict=True)
        is_over = size[0] > AIM_BYTES or median(spent) > AIM_MS
        failed |= is_over
        print(
            f"{name}, {words}: {size[0] / 1000:.0f} kB compressed, {median(spent):.0f} ms"
            + (f" (aim {AIM_BYTES / 1000:.0f} kB, {AIM_MS:.0f} ms: MISSED)" if is_over else "")
        )
    return failed


def _first_view(
    connection: Connection, background: Background, box: tuple[float, float, float, float]
) -> tuple[int, float]:
    began = process_time()
    texts = [
        json.dumps(make_tile(connection, background, *tile), separators=(",", ":"))
        for tile in tiles_over(box, background.zooms, most=9)
    ]
    spent = (process_time() - began) * 1000
    return sum(len(gzip.compress(text.encode(), 5)) for text in texts), spent


def _box(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    high = metres * HIGH / WIDE / 111_320 / 2
    wide = metres / (111_320 * np.cos(np.radians(lat))) / 2
    return lon - wide, lat - high, lon + wide, lat + high


def _imported(city: City, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Lines of 30 to 400 m with a bend, all over the city."""
    spots = city.addresses[["x", "y"]].sample(LINES, random_state=3).to_numpy()
    lengths, angles = rng.uniform(30, 400, LINES), rng.uniform(0, 2 * np.pi, LINES)
    bend = rng.normal(0, 0.3, LINES)
    steps = np.stack([lengths * np.cos(angles), lengths * np.sin(angles)], axis=1)
    further = np.stack([lengths * np.cos(angles + bend), lengths * np.sin(angles + bend)], axis=1)
    shapes: Any = shapely.linestrings(
        np.stack([spots, spots + steps / 2, spots + steps / 2 + further / 2], axis=1)
    )
    west, south, east, north = shapely.bounds(shapes).T
    return gpd.GeoDataFrame(
        {
            "kind": np.where(rng.random(LINES) < 0.8, str(Kind.ROAD), str(Kind.WATER)),
            "name": [f"Weg {number}" for number in range(LINES)],
            "size_m": np.maximum(east - west, north - south),
        },
        geometry=Projection(city.crs).geometries_to_degrees(shapes),
        crs="EPSG:4326",
    )


if __name__ == "__main__":
    raise SystemExit(main())
