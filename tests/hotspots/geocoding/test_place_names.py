"""A place is called after what lies within its outline, and else after the nearest street."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.detection.outline import coarsened, outline_of
from hotspots.evaluation.city import SHAPES, Shape, build_city
from hotspots.geocoding.place_names import NamedSpot, Surroundings, area_names, dwelling_names
from hotspots.settings import DetectionSettings, NamingSettings

SETTINGS = NamingSettings()


def street(name: str, x: Sequence[float], y: Sequence[float]) -> list[tuple[str, float, float]]:
    return [(name, east, north) for east, north in zip(x, y, strict=True)]


MARKTLAAN = street("Marktlaan", range(0, 200, 10), [0] * 20)
"""Along the x-axis …"""
GRACHT = street("Grote Gracht", [205] * 10, range(10, 110, 10))
"""… up from its end, a corner at (202, 5) …"""
STEEG = street("Achtersteeg", range(0, 200, 10), [45] * 20)
"""… and side by side with it, 45 m off."""


def around(*streets: list[tuple[str, float, float]], spots: Sequence[NamedSpot] = ()) -> Surroundings:
    rows = [row for one in streets for row in one]
    names = np.array([row[0] for row in rows], dtype=object)
    return Surroundings(names, np.array([row[1:] for row in rows], dtype=float).reshape(-1, 2), spots)


CITY = around(MARKTLAAN, GRACHT, STEEG)


@pytest.mark.parametrize(
    ("outline", "name"),
    [
        pytest.param(shapely.box(0, -10, 60, 10), "Marktlaan", id="one street"),
        pytest.param(shapely.box(100, -10, 210, 25), "Marktlaan e.o.", id="one that dominates"),
        pytest.param(shapely.box(165, -10, 210, 35), "hoek Grote Gracht / Marktlaan", id="a corner"),
        pytest.param(
            shapely.box(0, -10, 60, 55), "Achtersteeg e.o.", id="two side by side, the first by name"
        ),
        pytest.param(shapely.box(0, 20, 60, 30), "Achtersteeg e.o.", id="between two, nearer to one"),
        pytest.param(shapely.box(0, -120, 60, -60), "Marktlaan e.o.", id="beside all"),
    ],
)
def test_an_area_is_called_after_its_streets(outline: BaseGeometry, name: str) -> None:
    assert area_names(outline, CITY, SETTINGS)[0] == name


def test_far_from_every_street_no_name_is_right() -> None:
    far = shapely.box(0, -900, 60, -800)
    assert area_names(far, CITY, SETTINGS) == []
    assert area_names(far, around(), SETTINGS) == []
    assert dwelling_names(far, CITY, {"Marktlaan"}.intersection, SETTINGS) == []


def test_a_known_spot_that_covers_the_middle_comes_first() -> None:
    forum = NamedSpot("Mosae Forum", 30, 0, radius_m=40)
    corner, other = NamedSpot("Bushalte", 110, 0, radius_m=40), NamedSpot("Elders", 900, 0, radius_m=40)
    near = around(MARKTLAAN, spots=[corner, other, forum])
    assert area_names(shapely.box(0, -10, 80, 10), near, SETTINGS) == [
        "Mosae Forum",
        "Marktlaan",
        "Marktlaan e.o.",
        "Bushalte",
    ]


def test_a_tower_of_flats_is_one_door() -> None:
    flats = street("Torenflat", [30] * 200, [5] * 200)
    names = area_names(shapely.box(0, -10, 60, 10), around(MARKTLAAN, flats), SETTINGS)
    assert names[0] == "Marktlaan e.o."


def test_the_order_of_addresses_changes_no_name() -> None:
    turned = Surroundings(CITY.streets[::-1], CITY.doors[::-1])
    for outline in (shapely.box(165, -10, 210, 35), shapely.box(0, -10, 60, 55), shapely.box(0, 20, 60, 25)):
        assert area_names(outline, turned, SETTINGS) == area_names(outline, CITY, SETTINGS)


def test_a_dwelling_is_called_after_its_street_alone_if_that_hides_it() -> None:
    corner = shapely.Point(200, 2).buffer(15)
    both = frozenset({"Marktlaan", "Grote Gracht"})
    assert dwelling_names(corner, CITY, both.intersection, SETTINGS)[:2] == [
        "Grote Gracht e.o.",
        "Grote Gracht",
    ]
    assert not [
        name for name in dwelling_names(corner, CITY, both.intersection, SETTINGS) if name.startswith("hoek")
    ]
    # another street than its own would be wrong
    assert dwelling_names(corner, CITY, {"Marktlaan"}.intersection, SETTINGS) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_name_of_a_simulated_place_is_that_of_a_street_within_or_nearest(shape: Shape) -> None:
    chance = np.random.default_rng(len(shape))
    city = build_city(shape, chance)
    table, rules = city.addresses, DetectionSettings()
    grid_m = rules.outline_grid_m
    doors = table[["x", "y"]].to_numpy()
    kept = []
    for at in chance.choice(len(doors), 34, replace=False):
        reports = doors[at] + chance.normal(0, chance.uniform(5, 45), (20, 2))
        near = np.hypot(*(doors - doors[at]).T) < 400
        here = Surroundings(table["street"].to_numpy(dtype=object)[near], doors[near])
        outline = outline_of(reports, rules, is_exact=False)
        name = area_names(outline, here, SETTINGS)[0]
        away = shapely.distance(shapely.points(here.doors), outline)
        named = name.removesuffix(" e.o.").removeprefix("hoek ").split(" / ")
        nearest = pd.Series(away).groupby(here.streets).min()
        assert (nearest[named] <= nearest.min() + 0.1).all(), name
        assert not any(map(str.isdigit, name))
        # one more report, in the square beside: the outline grows by that
        more = np.vstack([reports, coarsened(reports[:1], grid_m=grid_m) + grid_m])
        grown = outline_of(more, rules, is_exact=False).buffer(SETTINGS.keep_within_m)
        kept.append(name in area_names(grown, here, SETTINGS))
    assert np.mean(kept) >= 0.98
