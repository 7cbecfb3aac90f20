"""Whether hotspots get the right name, keep it, and give no house number away.

``make bench BENCH=place_names`` (``[--hotspots 100] [--weeks 52]``): years of the three kinds of simulated
cities go through import and weekly runs, until there are so many hotspots. A name is right when its streets
have a front door within the outline, or none is nearer. It fails below 98 of a hundred.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.access.rights import EVERYTHING
from hotspots.evaluation.city import SHAPES, City, Shape, build_city
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.model import Soort
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.settings.sections import PrivacySettings
from hotspots.store.areas import replace_areas
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between

WANTED = 0.98
NOW = datetime(2024, 1, 1, tzinfo=UTC)
YEAR = 2023


@dataclass
class Named:
    """A hotspot over its weeks: its names in the order they came, and whether each was right."""

    names: list[str]
    right: list[bool]
    soorten: set[str]

    @property
    def is_stable(self) -> bool:
        """Whether it had one name."""
        return len(set(self.names)) == 1


def named_hotspots(shape: Shape, seed: int, folder: Path, *, weeks: int) -> list[Named]:
    """The hotspots of one simulated year with their names, week by week."""
    rng = np.random.default_rng([seed, SHAPES.index(shape)])
    city = build_city(shape, rng)
    year = simulate_year(city, year=YEAR, rng=rng)
    settings = Settings(
        municipality=MunicipalitySettings(name=shape, code="GM9999", crs=city.crs),
        privacy=PrivacySettings(reporter_key_file=folder / "key"),
    )
    write_melddesk(year, folder / "reports.csv")
    database = Database(f"sqlite:///{folder / 'hotspots.sqlite'}")
    database.upgrade()
    with database.writing() as connection:
        replace_areas(connection, city.areas)
        replace_addresses(connection, city.addresses)
    import_reports(database, settings, folder / "reports.csv", "melddesk", now=NOW)
    found: dict[str, Named] = {}
    for as_of in weeks_between(date(YEAR, 1, 1), date(YEAR, 12, 31))[-weeks:]:
        run_week(database, settings, as_of=as_of, now=NOW)
        with database.reading() as connection:
            for hotspot in read_hotspots(connection, settings, Selection(EVERYTHING)):
                if hotspot.laatste_signalering == as_of:
                    named = found.setdefault(hotspot.id, Named([], [], set()))
                    named.names.append(hotspot.naam)
                    named.right.append(is_right(hotspot, city, settings))
                    named.soorten.add(hotspot.soort.value)
    database.close()
    return list(found.values())


def is_right(hotspot: Hotspot, city: City, settings: Settings) -> bool:
    """Whether a name is that of a street within the outline or nearest to it, or rightly only the buurt."""
    outline = city.projection.geometry_to_metres(hotspot.geometry)
    nearest = _distances(city, outline)
    own = _named_streets(hotspot.naam)
    if not own:
        is_lonely = min(nearest.values()) > settings.naming.reach_m
        return is_lonely or hotspot.soort is Soort.WONING
    bound = max(min(nearest.values()) + 0.1, 0.1)
    return all(nearest.get(street, np.inf) <= bound for street in own)


def _named_streets(name: str) -> list[str]:
    if ", " not in name:
        return []
    street = name.rsplit(", ", 1)[0].removesuffix(" e.o.")
    return street.removeprefix("hoek ").split(" / ") if street.startswith("hoek ") else [street]


def _distances(city: City, outline: BaseGeometry) -> dict[str, float]:
    """How far each street is from an outline."""
    table = city.addresses
    away = shapely.distance(shapely.points(table["x"].to_numpy(), table["y"].to_numpy()), outline)
    nearest = table.assign(away=away).groupby("street")["away"].min()
    return {str(street): float(metres) for street, metres in nearest.items()}


def years(weeks: int) -> Iterator[tuple[Shape, list[Named]]]:
    """Years without end, of the three kinds of cities in turn."""
    for seed in count(1):
        for shape in SHAPES:
            with tempfile.TemporaryDirectory() as folder:
                yield shape, named_hotspots(shape, seed, Path(folder), weeks=weeks)


def main() -> int:
    """Measure and print; 1 if too few names are right, stable or fit for everyone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hotspots", type=int, default=100)
    parser.add_argument("--weeks", type=int, default=52)
    options = parser.parse_args()
    everything: list[Named] = []
    shapes = set()
    for shape, found in years(options.weeks):
        everything += found
        shapes.add(shape)
        print(f"{shape:<10} {len(found)} hotspots, such as {', '.join(n.names[-1] for n in found[:3])}")
        for other in [named for named in found if not named.is_stable or not all(named.right)]:
            print(
                f"  {'/'.join(sorted(other.soorten))}: {' → '.join(dict.fromkeys(other.names))}"
                f" ({sum(other.right)} of {len(other.right)} weeks right)"
            )
        if len(everything) >= options.hotspots and len(shapes) == len(SHAPES):
            break
    right = np.mean([all(named.right) for named in everything])
    stable = np.mean([named.is_stable for named in everything])
    numbers = sum(bool(re.search(r"\d", name)) for named in everything for name in named.names)
    print(
        f"{len(everything)} hotspots: {right:.1%} right in every week, {stable:.1%} with one name, "
        f"{numbers} names with a number"
    )
    return int(right < WANTED or stable < WANTED or numbers > 0)


if __name__ == "__main__":
    sys.exit(main())
