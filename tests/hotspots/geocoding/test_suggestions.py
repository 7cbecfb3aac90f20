"""What is suggested to who begins to write: houses, streets and named places, the likeliest first."""

import geopandas as gpd
import pytest
import shapely

from hotspots.geocoding.suggestions import Suggestion, named_place, suggest
from hotspots.settings import Settings
from hotspots.store.background import Kind, Origin, replace_background
from hotspots.store.context import replace_context
from hotspots.store.database import Database
from tests.unclear_addresses import LAT, LON


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: it reads by the plainest of queries."""
    return sqlite_url


@pytest.fixture
def with_parks(database: Database, ready: Settings) -> Settings:
    """Besides three addresses, a park in two parts, two ponds of one name far apart, and a school."""
    east = 0.001
    parks = gpd.GeoDataFrame(
        {
            "kind": [str(Kind.GREEN)] * 2 + [str(Kind.WATER)] * 2 + [str(Kind.STREET)],
            "name": ["Bernhardpark", "Bernhardpark", "Vijver", "Vijver", "Bernhardpad"],
            "size_m": [100.0] * 5,
        },
        geometry=[
            shapely.box(LON + at, LAT, LON + at + east, LAT + east) for at in (0, east, 0, 40 * east, 0)
        ],
        crs="EPSG:4326",
    )
    schools = gpd.GeoDataFrame(
        {"kind": ["school"], "name": ["Prins Bernhardschool"]},
        geometry=[shapely.Point(LON, LAT)],
        crs="EPSG:4326",
    )
    with database.writing() as connection:
        replace_background(connection, Origin.FILE, parks)
        replace_context(connection, schools, attribution="")
    return ready


def names(database: Database, settings: Settings, text: str) -> list[tuple[str, str]]:
    """Name and kind of what is suggested."""
    with database.reading() as connection:
        return [(one.name, one.kind) for one in suggest(connection, settings, text, limit=6)]


def test_the_beginning_gives_all_that_is_called_so(database: Database, with_parks: Settings) -> None:
    assert names(database, with_parks, "bernh") == [
        ("Bernhardpark (groen)", "groen"),
        ("Prins Bernhardschool (school)", "school"),
        ("Prins Bernhardlaan, Maastricht", "straat"),
        ("Prinses Bernhardlaan, Maastricht", "straat"),
    ]
    assert names(database, with_parks, "Mariab") == [("Mariaberg", "buurt")]
    assert names(database, with_parks, "b") == names(database, with_parks, "zzz") == []


def test_a_number_gives_houses_of_the_streets_called_so(database: Database, with_parks: Settings) -> None:
    houses = [("Prins Bernhardlaan 4, 6211AC Maastricht", "adres")]
    assert names(database, with_parks, "Prins Bernhardlaan 4") == houses
    assert names(database, with_parks, houses[0][0]) == houses
    assert names(database, with_parks, "Bernhardlaan 4")[1:] == [
        ("Prinses Bernhardlaan 4, 6211AD Maastricht", "adres")
    ]
    assert names(database, with_parks, "Markt 2") == []


def test_a_place_in_parts_is_one_and_two_far_apart_are_none(database: Database, with_parks: Settings) -> None:
    def named(name: str, *, is_whole: bool) -> Suggestion | None:
        with database.reading() as connection:
            return named_place(connection, with_parks, name, is_whole=is_whole)

    park = named("bernhardpark (groen)", is_whole=True)
    assert park is not None
    assert park == named("Bernhardpark", is_whole=False)
    assert park.lon == pytest.approx(LON + 0.001, abs=2e-4)
    assert 80 < park.radius_m < 200
    assert named("Bernhardpark", is_whole=True) is None
    assert named("Vijver", is_whole=False) is None
