"""A house number within a street: one address, all with that number, a range, or near one of these."""

import pandas as pd
import pytest

from hotspots.geocoding.houses import radius_near
from hotspots.geocoding.locating import Query, match_one
from hotspots.geocoding.match import Match
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.relations import Relation
from hotspots.model import Precision
from hotspots.settings import GeocodingSettings

EAST_M = 1 / 70_200
LANE = [
    # number, suffix, postcode, metres to the east
    (1, "", "6211AA", 0),
    (2, "", "6211AA", 10),
    (3, "", "6211AA", 20),
    (4, "", "6211AA", 30),
    (6, "1", "6211AA", 40),
    (6, "1", "6211AB", 60),
    (8, "", "6211AA", 80),
    (8, "", "6211AA", 120),
    (9, "", "6211AA", 140),
    (9, "", "6211AA", 400),
    (11, "12", "6211AA", 160),
    (12, "", "6211AA", 170),
    (20, "", "6211AA", 250),
    (20, "A", "6211AA", 349),
    (22, "", "6211AA", 0),
    (22, "A", "6211AA", 101),
]


@pytest.fixture(scope="module")
def lane() -> AddressRegister:
    """One street, the Laan, with numbers that stand more than once."""
    rows = [
        {
            "street": "Laan",
            "house_number": number,
            "house_letter": "",
            "house_suffix": suffix,
            "postcode": postcode,
            "town": "Dorp",
            "lon": 5.69 + east_m * EAST_M,
            "lat": 50.85,
        }
        for number, suffix, postcode, east_m in LANE
    ]
    return AddressRegister(pd.DataFrame(rows))


def matched(lane: AddressRegister, number: str, suffix: str = "", postcode: str = "") -> Match:
    return match_one(Query("Laan", number, "", suffix, postcode, "Dorp"), lane)


def told(match: Match) -> tuple[str, str, int, float]:
    """What it is, how it is called, how many metres to the east, and how far it reaches."""
    east_m = (match.lon - 5.69) / EAST_M
    return match.precision.value, match.found, round(east_m), round(match.radius_m, 1)


@pytest.mark.parametrize(
    ("number", "suffix", "postcode", "expected"),
    [
        ("1", "", "", ("adres", "Laan 1, 6211AA Dorp", 0, 10.0)),
        # an address that stands twice is one, and reaches to both of its points
        ("8", "", "", ("adres", "Laan 8, 6211AA Dorp", 100, 30.0)),
        # one number and suffix with two postcodes is not decided without one, or with one that is of neither
        ("6", "1", "", ("huisnummer", "Laan, Dorp 6", 50, 10.0)),
        ("6", "1", "6211AA", ("adres", "Laan 6-1, 6211AA Dorp", 40, 10.0)),
        ("6", "1", "6211AB", ("adres", "Laan 6-1, 6211AB Dorp", 60, 10.0)),
        # a suffix that is a number of the street ends a range
        ("1", "3", "", ("huisnummer", "Laan, Dorp 1 t/m 3", 10, 10.0)),
        ("2", "4", "", ("huisnummer", "Laan, Dorp 2 t/m 4", 20, 10.0)),
        ("1", "4", "", ("huisnummer", "Laan, Dorp 1 t/m 4", 15, 15.0)),
        # unless it is a suffix there, no number there, or no higher
        ("11", "12", "", ("adres", "Laan 11-12, 6211AA Dorp", 160, 10.0)),
        ("1", "5", "", ("huisnummer", "Laan, Dorp 1", 0, 10.0)),
        ("3", "3", "", ("huisnummer", "Laan, Dorp 3", 20, 10.0)),
        ("4", "2", "", ("huisnummer", "Laan, Dorp 4", 30, 10.0)),
        # addresses of one number that lie 49 m from their middle are a house, and those farther apart not
        ("20", "X", "", ("huisnummer", "Laan, Dorp 20", 299, 49.5)),
        ("22", "X", "", ("straat", "Laan, Dorp 22", 0, 90.9)),
    ],
    ids=lambda part: str(part),
)
def test_a_number_and_suffix_are_one_address_a_range_or_those_with_the_number(
    lane: AddressRegister, number: str, suffix: str, postcode: str, expected: tuple[str, str, int, float]
) -> None:
    assert told(matched(lane, number, suffix, postcode)) == expected


@pytest.mark.parametrize(
    ("number", "suffix", "why", "certainty"),
    [
        ("6", "1", "dit adres staat meer dan eens", 0.97),
        ("6", "", "het nummer bestaat alleen met een toevoeging", 0.92),
        ("1", "X", "toevoeging 'X' staat niet in het register", 0.92),
        ("1", "3", "een reeks huisnummers (1 t/m 3)", 0.97),
        ("1", "", "", 0.99),
    ],
)
def test_why_it_is_no_better_and_how_sure_it_is(
    lane: AddressRegister, number: str, suffix: str, why: str, certainty: float
) -> None:
    match = match_one(Query("Laan", number, "", suffix), lane)
    assert match.why_not_better == why
    if why:
        assert match.certainty == pytest.approx(certainty)
    assert match.is_house


def test_an_address_that_stands_twice_far_apart_is_no_house(lane: AddressRegister) -> None:
    match = matched(lane, "9")
    assert match.precision is Precision.STRAAT
    assert (
        "dit adres staat meer dan eens; de adressen op nummer 9 liggen tot 130 m uiteen"
        in match.why_not_better
    )


def test_addresses_too_far_apart_are_offered_one_by_one(lane: AddressRegister) -> None:
    match = matched(lane, "22", "X")
    assert match.precision is Precision.STRAAT
    assert "de adressen op nummer 22 liggen tot 51 m uiteen" in match.why_not_better
    assert [(found.found, found.radius_m) for found in match.candidates] == [
        ("Laan 22, 6211AA Dorp", 10),
        ("Laan 22-A, 6211AA Dorp", 10),
    ]
    assert matched(lane, "1", "X").candidates == ()


@pytest.mark.parametrize(
    ("relation", "radius_m"),
    [(Relation.LEVEL_WITH, 25), (Relation.OPPOSITE, 40), (Relation.NEAR, 50), (Relation.AT, None)],
)
def test_how_far_a_place_near_an_address_may_be(relation: Relation, radius_m: float | None) -> None:
    assert radius_near(relation, GeocodingSettings()) == radius_m


def test_near_a_house_that_reaches_farther_reaches_as_far(lane: AddressRegister) -> None:
    near = match_one(Query(free_text="t.h.v. Laan 8"), lane)
    assert told(near) == ("huisnummer", "t.h.v. Laan 8, 6211AA Dorp", 100, 30.0)
    assert near.address == -1
    street = match_one(Query(free_text="t.h.v. Laan 22 X"), lane)
    assert street.precision is Precision.STRAAT
