"""The map of where the rows of a delivery lie, and the same in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.maps import SCRIPTS, DrawnMap, draw_points
from hotspots.geography.projection import Projection
from hotspots.publishing.background import choose_background
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.database import Database

Place = tuple[float, float, str | None]
"""Longitude, latitude and the code of the buurt."""


@dataclass(frozen=True)
class DeliveryMap:
    """Points on a map, and how many lie in each buurt."""

    drawn: DrawnMap
    count: int
    by_buurt: Sequence[tuple[str, int]]  # the most first
    scripts: Sequence[str] = SCRIPTS


def map_of(database: Database, settings: Settings, places: Sequence[Place]) -> DeliveryMap | None:
    """Draw where rows lie; None if none has a place."""
    if not places:
        return None
    with database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
        background = choose_background(connection, settings.map)
    names = dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True))
    counts = Counter(names.get(code, "in geen buurt") for _, _, code in places)
    drawn = draw_points(
        [(lon, lat) for lon, lat, _ in places],
        areas,
        Projection(settings.municipality.crs),
        background,
        name="leveringkaart",
        label=f"Kaart van {len(places)} plekken uit de levering",
    )
    return DeliveryMap(drawn, len(places), counts.most_common())
