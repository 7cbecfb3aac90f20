"""Addresses in running text, of the small town of conftest: known streets, and words before a number."""

import pytest

from hotspots.geocoding.address_in_text import likely_addresses, spotted_addresses
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.relations import Relation
from hotspots.geocoding.streets import StreetFinder


@pytest.fixture(scope="module")
def streets(town: AddressRegister) -> StreetFinder:
    """The streets of the small town."""
    return StreetFinder(town.index)


def told(address: ParsedAddress) -> str:
    """An address on one line: relation, street, number, addition, postcode, town."""
    house = f"{address.number or ''}{address.addition and '-'}{address.addition}"
    parts = (str(address.relation), address.street, house, address.postcode, address.town)
    return " ".join(filter(None, parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Markt 3a, Ons Dorp", ["Markt 3-A Ons Dorp"]),
        ("herrie op de Markt nr. 3", ["Markt 3"]),
        ("Markt nummer 5-02 Andersdorp", ["Markt 5-02 Andersdorp"]),
        ("Markt, 7", ["Markt 7"]),
        ("dr. j.f. kennedylaan 12", ["dr. j.f. kennedylaan 12"]),
        ("Plein 1992 5", ["Plein 1992 5"]),
        ("16 Aprillaan 3", ["16 Aprillaan 3"]),
        ("Vrijthof12a en Markt12a", ["Markt 12-A"]),
        ("6211AB Markt 3 Ons Dorp", ["Markt 3 6211AB Ons Dorp"]),
        ("Ons Dorp 6211AB Markt 3", ["Markt 3 6211AB Ons Dorp"]),
        # a town that is not of the register is one when it looks like one, or is one elsewhere
        ("Markt 3, Heerlen", ["Markt 3 Heerlen"]),
        ("Markt 3 heerlen", ["Markt 3 heerlen"]),
        ("Markt 3 en toen weg", ["Markt 3"]),
        # where it lies near the house
        ("tegenover Markt 3", ["t.o. Markt 3"]),
        ("Markt tegenover 3", ["t.o. Markt 3"]),
        ("Markt ter hoogte van nr 3", ["t.h.v. Markt 3"]),
        ("Markt 3 achter", ["nabij Markt 3"]),
        ("bij Kerkstraat 8 en Markt 1", ["nabij Kerkstraat 8", "Markt 1"]),
        # numbers that count something else
        ("Markt 8 personen", ["Markt"]),
        ("Markt 3 keer", ["Markt"]),
        ("Markt 3 uur", ["Markt"]),
        ("Markt 23:30 uur", ["Markt"]),
        ("Markt 12-03-2024 om 3", ["Markt"]),
        # without any number only what is written as a name is one
        ("markt", []),
        ("de Markt", ["Markt"]),
        ("sint pieterstraat", ["sint pieterstraat"]),
        ("op de Markt en de Kerkstraat", ["Markt", "Kerkstraat"]),
        ("hoek markt, kerkstraat en Dorpsweg", ["Dorpsweg"]),
        ("niets", []),
    ],
)
def test_streets_of_the_register_are_spotted_with_what_stands_around_them(
    streets: StreetFinder, text: str, expected: list[str]
) -> None:
    assert [told(address) for address in spotted_addresses(text, streets)] == expected


@pytest.mark.parametrize("text", ["hoek Markt Kerkstraat", "kruising Markt en Kerkstraat"])
def test_two_streets_at_a_corner_are_a_crossing(streets: StreetFinder, text: str) -> None:
    (crossing,) = spotted_addresses(text, streets)
    assert crossing.relation is Relation.CORNER
    assert crossing.cross_streets == ("Markt", "Kerkstraat")
    assert crossing.street == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kerkstraatt 8", ["Kerkstraatt 8"]),
        (
            "weer op de Kerkstraatt nr. 8 Ons Dorp",
            [
                "weer op de Kerkstraatt 8 Ons Dorp",
                "op de Kerkstraatt 8 Ons Dorp",
                "de Kerkstraatt 8 Ons Dorp",
                "Kerkstraatt 8 Ons Dorp",
            ],
        ),
        (
            "een twee drie vier vijf zes zeven 8",
            [
                "drie vier vijf zes zeven 8",
                "vier vijf zes zeven 8",
                "vijf zes zeven 8",
                "zes zeven 8",
                "zeven 8",
            ],
        ),
        ("Kerkweg, huisnummer 3", ["Kerkweg 3"]),
        ("weg ervan, Kerkweg 3", ["Kerkweg 3"]),
        ("tegenover de Kerkweg 3", ["tegenover de Kerkweg 3", "t.o. de Kerkweg 3", "t.o. Kerkweg 3"]),
        ("Kerkweg tegenover 3", ["t.o. Kerkweg 3"]),
        ("6211AB Kerkweg 3", ["Kerkweg 3 6211AB"]),
        ("Kerkweg 3 Heerlen", ["Kerkweg 3 Heerlen"]),
        ("Kerkweg 3 keer", []),
        ("abcde 3", ["abcde 3"]),
        ("abcd 3", []),
        ("op de hoek, 12", []),
        ("8 personen", []),
        ("3", []),
    ],
)
def test_the_words_before_a_number_may_be_a_street(
    streets: StreetFinder, text: str, expected: list[str]
) -> None:
    assert [told(address) for address in likely_addresses(text, streets)] == expected
