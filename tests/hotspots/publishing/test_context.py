"""What lies beside a hotspot is told in a plain sentence, from the outline that the reader sees."""

from collections.abc import Callable

import geopandas as gpd
import pytest
import shapely

from hotspots.errors import BackgroundError
from hotspots.geography.projection import Projection
from hotspots.publishing.context import read_context_layers, read_surroundings
from hotspots.settings import ContextSettings
from hotspots.store.context import MAX_PLACES, replace_context
from hotspots.store.database import Database

RD = Projection("EPSG:28992")
X, Y = 176_000.0, 318_000.0
OUTLINE = shapely.box(X, Y, X + 100, Y + 100)
"""A hotspot of a hundred metres square."""

Place = tuple[str, str, shapely.Geometry]


def places(*given: Place) -> gpd.GeoDataFrame:
    kinds, names, shapes = zip(*given, strict=True)
    degrees = [RD.geometry_to_degrees(shape) for shape in shapes]
    return gpd.GeoDataFrame({"kind": kinds, "name": names}, geometry=degrees, crs="EPSG:4326")


@pytest.fixture
def told(database: Database) -> Callable[..., list[str]]:
    """Store places, in metres of RD; gives the sentences for the square."""

    def tell(*given: Place, settings: ContextSettings | None = None) -> list[str]:
        outline = RD.geometry_to_degrees(OUTLINE)
        with database.writing() as connection:
            replace_context(connection, places(*given), attribution="Gemeente")
            found = read_surroundings(connection, settings or ContextSettings(), outline, RD)
        return list(found.sentences)

    return tell


WHOLE, PART = shapely.box(X - 50, Y - 50, X + 500, Y + 500), shapely.box(X + 50, Y - 50, X + 500, Y + 500)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (("alcoholverbod", "", WHOLE), "Op deze plek geldt een alcoholverbod."),
        (("alcoholverbod", "", PART), "Op een deel van deze plek geldt een alcoholverbod."),
        (("camera", "", shapely.Point(X + 50, Y + 50)), "Op deze plek hangt een camera."),
        (
            ("school", "Basisschool De Vlinder", shapely.Point(X + 283, Y + 50)),
            "180 m van Basisschool De Vlinder.",
        ),
        (("school", "De Vlinder", shapely.Point(X + 283, Y + 50)), "180 m van school De Vlinder."),
        (("coffeeshop", "", shapely.Point(X + 102, Y + 50)), "10 m van een coffeeshop."),
    ],
    ids=[
        "inside an area",
        "partly inside",
        "a point inside",
        "a name",
        "a name without its kind",
        "close by",
    ],
)
def test_a_place_is_told_in_one_sentence(told: Callable[..., list[str]], place: Place, sentence: str) -> None:
    assert told(place) == [sentence]


def test_of_each_kind_the_nearest_is_told_and_nothing_that_is_far(told: Callable[..., list[str]]) -> None:
    near, further, far = (shapely.Point(X + 100 + metres, Y) for metres in (60, 90, 260))
    assert told(("school", "B", further), ("school", "A", near), ("opvang", "", far)) == [
        "60 m van school A."
    ]


def test_distances_say_no_more_than_the_outline_does(told: Callable[..., list[str]]) -> None:
    school = shapely.Point(X + 283, Y + 50)
    moved = [told(("school", "A", shapely.Point(school.x + metres, school.y))) for metres in (-4, 0, 1.9)]
    assert moved == [["180 m van school A."]] * 3


def test_a_municipality_adds_a_kind_and_one_that_was_taken_out_keeps_its_name(
    told: Callable[..., list[str]], database: Database
) -> None:
    fair = {"kermis": {"word": "kermis", "plural": "kermissen", "inside": "staat een kermis"}}
    at = shapely.Point(X + 50, Y + 50)
    assert told(("kermis", "", at), settings=ContextSettings.model_validate({"kinds": fair})) == [
        "Op deze plek staat een kermis."
    ]
    with database.reading() as connection:
        (layer,) = read_context_layers(connection, ContextSettings())
    assert (layer.plural, layer.mark, layer.attribution) == ("kermis", "Ke", "Gemeente")


def test_more_places_than_a_map_can_show_are_refused(database: Database) -> None:
    many = places(*[("camera", "", shapely.Point(X + step, Y)) for step in range(MAX_PLACES + 1)])
    with database.writing() as connection, pytest.raises(BackgroundError, match="at most 1000 places"):
        replace_context(connection, many, attribution="")
