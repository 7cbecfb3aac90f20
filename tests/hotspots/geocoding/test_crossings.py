"""Where streets meet, on a map of a few streets in metres.

::

    Lang      along y = 0, from x = 0 to 400, a house every 20 m
    Dwars     north from 100, 10;   another in Elders, north from 1000, 10
    Kort      south from 140, -10
    Eind      north from 400, 20
    Langs     along y = 12, from x = 200 to 400
    Net       one house 119 m beyond the end of Lang;   Ver: one house far away
"""

import pandas as pd
import pytest

from hotspots.geocoding.crossings import CrossingMatcher
from hotspots.geocoding.match import Match, RegisterMatches
from hotspots.geocoding.register import AddressRegister
from hotspots.model import Precision

EAST_M, NORTH_M = 1 / 70_200, 1 / 111_195
LANG, DWARS, KORT, EIND, LANGS, NET, VER, OTHER = range(8)
NO_CROSSING = "de straten lopen langs elkaar of komen meer dan eens bij elkaar"


@pytest.fixture(scope="module")
def crossings() -> CrossingMatcher:
    """Finds the corners of the map."""
    streets = [
        ("Lang", "Dorp", [(x, 0) for x in range(0, 401, 20)]),
        ("Dwars", "Dorp", [(100, y) for y in range(10, 200, 20)]),
        ("Kort", "Dorp", [(140, -y) for y in range(10, 200, 20)]),
        ("Eind", "Dorp", [(400, y) for y in range(20, 100, 20)]),
        ("Langs", "Dorp", [(x, 12) for x in range(200, 401, 20)]),
        ("Net", "Dorp", [(519, 0)]),
        ("Ver", "Dorp", [(5000, 500)]),
        ("Dwars", "Elders", [(1000, y) for y in range(10, 200, 20)]),
    ]
    rows = [
        {
            "street": name,
            "town": town,
            "house_number": number,
            "house_letter": "",
            "house_suffix": "",
            "postcode": "",
            "lon": 5.69 + x * EAST_M,
            "lat": 50.85 + y * NORTH_M,
        }
        for name, town, points in streets
        for number, (x, y) in enumerate(points, start=1)
    ]
    return CrossingMatcher(RegisterMatches(AddressRegister(pd.DataFrame(rows))))


def at_m(match: Match) -> tuple[float, float]:
    return (match.lon - 5.69) / EAST_M, (match.lat - 50.85) / NORTH_M


@pytest.mark.parametrize(
    ("first", "second", "found", "middle_m", "radius_m"),
    [
        (LANG, DWARS, "hoek Lang en Dwars, Dorp", (100, 5), 25),
        (DWARS, LANG, "hoek Dwars en Lang, Dorp", (100, 5), 25),
        (LANG, KORT, "hoek Lang en Kort, Dorp", (140, -5), 25),
        (LANG, EIND, "hoek Lang en Eind, Dorp", (395, 10), 25),
        (DWARS, KORT, "hoek Dwars en Kort, Dorp", (120, 0), 32.4),
        (LANG, NET, "hoek Lang en Net, Dorp", (449.5, 0), 69.5),
    ],
)
def test_a_corner_lies_between_the_addresses_that_come_nearest(
    crossings: CrossingMatcher,
    first: int,
    second: int,
    found: str,
    middle_m: tuple[float, float],
    radius_m: float,
) -> None:
    corner = crossings.corner_of([first], [second])
    assert (corner.precision, corner.found) == (Precision.KRUISING, found)
    assert at_m(corner) == pytest.approx(middle_m, abs=0.1)
    assert corner.radius_m == pytest.approx(radius_m, abs=0.1)
    assert (corner.why_not_better, corner.certainty) == ("een kruising is geen adres", 0.85)


def test_streets_beside_each_other_have_no_corner(crossings: CrossingMatcher) -> None:
    beside = crossings.corner_of([LANG], [LANGS])
    assert (beside.precision, beside.why_not_better, beside.certainty) == (Precision.STRAAT, NO_CROSSING, 0.5)
    assert at_m(beside) == pytest.approx((300, 6), abs=0.1)
    assert beside.radius_m == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("first", "second", "why", "candidates"),
    [
        ([LANG], [VER], "Lang en Ver komen nergens bij elkaar", ["Lang, Dorp", "Ver, Dorp"]),
        ([LANG], [LANG], "Lang en Lang komen nergens bij elkaar", ["Lang, Dorp", "Lang, Dorp"]),
        (
            [LANG],
            [DWARS, KORT],
            "meer dan één hoek is mogelijk",
            ["hoek Lang en Dwars, Dorp", "hoek Lang en Kort, Dorp"],
        ),
    ],
)
def test_no_corner_and_more_than_one_are_not_decided(
    crossings: CrossingMatcher, first: list[int], second: list[int], why: str, candidates: list[str]
) -> None:
    match = crossings.corner_of(first, second)
    assert match.precision is Precision.GEEN
    assert match.why_not_better.startswith(f"{why}: ")
    assert [candidate.found for candidate in match.candidates] == candidates


def test_of_streets_of_one_name_the_one_that_meets_is_meant(crossings: CrossingMatcher) -> None:
    assert crossings.corner_of([LANG], [DWARS, OTHER]) == crossings.corner_of([LANG], [DWARS])
    assert crossings.corner_of([VER, LANG], [OTHER, DWARS]) == crossings.corner_of([LANG], [DWARS])


@pytest.mark.parametrize(
    ("second", "middle_m", "radius_m", "precision"),
    [
        (KORT, (120, 0), 45.6, Precision.KRUISING),
        (EIND, (247.5, 7.5), 172.5, Precision.STRAAT),
    ],
)
def test_a_stretch_lies_between_two_corners_and_is_as_precise_as_it_is_short(
    crossings: CrossingMatcher,
    second: int,
    middle_m: tuple[float, float],
    radius_m: float,
    precision: Precision,
) -> None:
    stretch = crossings.between([LANG], [DWARS], [second])
    assert stretch.precision is precision
    assert at_m(stretch) == pytest.approx(middle_m, abs=0.1)
    assert stretch.radius_m == pytest.approx(radius_m, abs=0.1)
    assert stretch.found.startswith("Lang, Dorp, tussen hoek Lang en Dwars, Dorp en hoek Lang en ")
    assert (stretch.why_not_better, stretch.certainty) == ("een stuk straat is geen adres", 0.8)


@pytest.mark.parametrize(
    ("second", "why"), [(VER, "Lang en Ver komen nergens bij elkaar"), (LANGS, NO_CROSSING)]
)
def test_a_stretch_without_a_corner_at_each_end_is_the_whole_street(
    crossings: CrossingMatcher, second: int, why: str
) -> None:
    stretch = crossings.between([LANG], [DWARS], [second])
    assert (stretch.precision, stretch.found) == (Precision.STRAAT, "Lang, Dorp")
    assert stretch.why_not_better.startswith(why)
    assert at_m(stretch) == pytest.approx((200, 0), abs=0.1)
