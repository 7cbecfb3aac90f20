"""Matches: which of two is better, and those that can mean more than one address."""

import pytest

from hotspots.geocoding.match import Match, RegisterMatches, better_of
from hotspots.geocoding.register import AddressRegister, Fix
from hotspots.model import Precision

HOUSE, NUMBER, CROSSING, STREET = (
    Match(5.69, 50.85, precision, 10, precision)
    for precision in (Precision.ADRES, Precision.HUISNUMMER, Precision.KRUISING, Precision.STRAAT)
)
FIX = Fix(5.69, 50.85, Precision.ADRES, 10, "6211AB 1", "Markt 1")
OPEN = Match(candidates=(FIX,))
ELSEWHERE = Match(is_elsewhere=True)
NOTHING = Match()


def test_a_house_is_an_address_or_a_number_and_what_is_open_or_elsewhere_is_final() -> None:
    matches = (HOUSE, NUMBER, CROSSING, STREET, OPEN, ELSEWHERE, NOTHING)
    assert [match.is_house for match in matches] == [True, True, False, False, False, False, False]
    assert [match.is_final for match in matches] == [False, False, False, False, True, True, False]
    assert NOTHING.address == -1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (STREET, HOUSE, HOUSE),
        (HOUSE, STREET, HOUSE),
        (STREET, CROSSING, CROSSING),
        (NOTHING, STREET, STREET),
        (STREET, NOTHING, STREET),
        (OPEN, STREET, OPEN),
        (OPEN, NUMBER, NUMBER),
        (NOTHING, OPEN, NOTHING),
    ],
)
def test_the_more_precise_is_better_but_a_street_decides_nothing(
    first: Match, second: Match, expected: Match
) -> None:
    assert better_of(first, second) is expected


def test_of_two_as_precise_the_first_is_better() -> None:
    other = Match(5.7, 50.9, Precision.ADRES, 10, "other")
    assert better_of(HOUSE, other) is HOUSE
    assert better_of(other, HOUSE) is other


def test_what_is_not_decided_names_three_and_keeps_as_many_as_allowed(town: AddressRegister) -> None:
    matches = RegisterMatches(town)
    church = [matches.at_address(address, 1) for address in range(6, 16)]
    found = matches.undecided([NOTHING, *church], "kies")
    names = [f"Kerkstraat {number}, 6211AC Ons Dorp" for number in (2, 4, 6)]
    assert found.why_not_better == f"kies: {' of '.join(names)}"
    assert [one.found.split(",")[0] for one in found.candidates] == [
        f"Kerkstraat {number}" for number in range(2, 17, 2)
    ]
    assert matches.undecided([NOTHING], "kies") == Match(why_not_better="kies")
    assert matches.undecided([church[0], church[0]], "kies").why_not_better.count("Kerkstraat") == 1


def test_the_location_of_a_match_has_the_key_of_its_address(town: AddressRegister) -> None:
    matches = RegisterMatches(town)
    assert matches.as_fix(matches.at_address(2, 0.5)).address_key == "6211AB 3 A"
    assert matches.as_fix(STREET).address_key == ""
