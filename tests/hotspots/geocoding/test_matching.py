"""Addresses match in falling precision, tell why they are no better, and are never guessed."""

from collections.abc import Callable

import pytest

from hotspots.geocoding.locating import Query, match_one
from hotspots.geocoding.match import Match
from hotspots.geocoding.register import AddressRegister
from hotspots.model import Precision

MatchText = Callable[[str], Match]
ADRES, HOUSE = Precision.ADRES, Precision.HUISNUMMER
CROSSING, POSTCODE, STREET = Precision.KRUISING, Precision.POSTCODE, Precision.STRAAT
BUURT, NONE = Precision.BUURT, Precision.GEEN


@pytest.mark.parametrize(
    ("text", "precision", "found"),
    [
        pytest.param("Markt 3a, Ons Dorp", ADRES, "Markt 3-A, 6211AB Ons Dorp", id="street, number, letter"),
        pytest.param("Markt 3 A", ADRES, "Markt 3-A, 6211AB Ons Dorp", id="no town"),
        pytest.param("MARKT 3A", ADRES, "Markt 3-A, 6211AB Ons Dorp", id="capitals"),
        pytest.param("6211 ab 3", ADRES, "Markt 3, 6211AB Ons Dorp", id="postcode and number"),
        pytest.param("Markt 5-2", ADRES, "Markt 5-02, 6211AB Ons Dorp", id="a leading zero left out"),
        pytest.param("Markt 5-II", ADRES, "Markt 5-02, 6211AB Ons Dorp", id="a Roman suffix"),
        pytest.param("Kerkstr. 8", ADRES, "Kerkstraat 8, 6211AC Ons Dorp", id="str."),
        pytest.param(
            "Burg. v.d. Venstr. 8", ADRES, "Burgemeester van der Venstraat 8, 6212AC Ons Dorp", id="v.d."
        ),
        pytest.param("St. Pieterstr. 9 bis", ADRES, "Sint Pieterstraat 9-BIS, 6212AD Ons Dorp", id="St."),
        pytest.param("s Gravenweg 11", ADRES, "'s-Gravenweg 11, 6212AE Ons Dorp", id="'s- without marks"),
        pytest.param("Curacaoplein 1", ADRES, "Curaçaoplein 1, 6212AF Ons Dorp", id="no cedilla"),
        pytest.param("Plein 1992 5", ADRES, "Plein 1992 5, 6212AG Ons Dorp", id="a year in the name"),
        pytest.param("16 Aprillaan 3", ADRES, "16 Aprillaan 3, 6212AH Ons Dorp", id="a day in the name"),
        pytest.param("Kerkstraatt 8", ADRES, "Kerkstraat 8, 6211AC Ons Dorp", id="one letter too many"),
        pytest.param(
            "Kerkstraat 8, Ons Drop", ADRES, "Kerkstraat 8, 6211AC Ons Dorp", id="a typo in the town"
        ),
        pytest.param(
            "Dorpsweg 7, 6214AA", ADRES, "Dorpsweg 7, 6214AA Andersdorp", id="the postcode tells which"
        ),
        pytest.param("Markt 5", HOUSE, "Markt, Ons Dorp 5", id="the number exists with suffixes only"),
        pytest.param("Markt 3-X", HOUSE, "Markt, Ons Dorp 3", id="a suffix that is not there"),
        pytest.param("Markt 1 t/m 7", HOUSE, "Markt, Ons Dorp 1 t/m 7", id="a range"),
        pytest.param("Markt 3-7", HOUSE, "Markt, Ons Dorp 3 t/m 7", id="a range with a hyphen"),
        pytest.param("t.h.v. Markt 3", HOUSE, "t.h.v. Markt 3, 6211AB Ons Dorp", id="t.h.v."),
        pytest.param("t.o. Markt 3", HOUSE, "t.o. Markt 3, 6211AB Ons Dorp", id="t.o."),
        pytest.param("nabij Markt 3", HOUSE, "nabij Markt 3, 6211AB Ons Dorp", id="nabij"),
        pytest.param("hoek Markt/Kerkstraat", CROSSING, "hoek Markt en Kerkstraat, Ons Dorp", id="hoek"),
        pytest.param(
            "kruising Kerkstr. met Markt", CROSSING, "hoek Kerkstraat en Markt, Ons Dorp", id="kruising"
        ),
        pytest.param("Kerkstraat hoek Markt", CROSSING, "hoek Kerkstraat en Markt, Ons Dorp", id="A hoek B"),
        pytest.param("6211AB", POSTCODE, "postcode 6211AB", id="a postcode only"),
        pytest.param("6211AB 99", POSTCODE, "postcode 6211AB", id="a number not at the postcode"),
        pytest.param(
            "Markt 99, 6211AB", POSTCODE, "Markt, Ons Dorp, postcode 6211AB", id="a number not there"
        ),
        pytest.param("Markt 99", STREET, "Markt, Ons Dorp", id="a number not there, no postcode"),
        pytest.param("Markt", STREET, "Markt, Ons Dorp", id="a street only"),
        pytest.param("hoek Markt/Onzinlaan", STREET, "Markt, Ons Dorp", id="a corner with an unknown street"),
        pytest.param("Zuiderbuurt", BUURT, "Zuiderbuurt", id="a buurt"),
        pytest.param("Onzinlaan 4", NONE, "", id="an unknown street"),
        pytest.param("harde muziek", NONE, "", id="no address"),
        pytest.param("", NONE, "", id="nothing"),
    ],
)
def test_an_address_matches_as_precisely_as_it_can_be_told(
    match_text: MatchText, text: str, precision: Precision, found: str
) -> None:
    match = match_text(text)
    assert (match.precision, match.found) == (precision, found)
    assert bool(match.why_not_better) == (precision is not ADRES)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(
            "Markt 99", "huisnummer 99 staat niet in het register; Markt heeft 1 t/m 7", id="number"
        ),
        pytest.param("Markt", "er is geen huisnummer", id="no number"),
        pytest.param("Markt 3-X", "toevoeging 'X' staat niet in het register", id="suffix"),
        pytest.param("Markt 5", "het nummer bestaat alleen met een toevoeging", id="suffixes only"),
        pytest.param("Onzinlaan 4", "straat 'Onzinlaan' staat niet in het register", id="street"),
        pytest.param("6219ZZ", "postcode 6219ZZ staat niet in het register", id="postcode"),
        pytest.param("Markt 3, Elders", "plaats 'Elders' staat niet in het register", id="town"),
        pytest.param("Markt 3, 9999ZZ", "postcode 9999ZZ ligt buiten het register", id="postcode elsewhere"),
        pytest.param("Markt 3, 3620 Lanaken", "ligt volgens de melding in een ander land", id="abroad"),
        pytest.param(
            "Onzinlaan 4, 6211AB",
            "straat 'Onzinlaan' hoort niet bij postcode 6211AB (Markt)",
            id="other street",
        ),
        pytest.param("", "er is geen straat en geen postcode", id="nothing"),
    ],
)
def test_it_tells_why_it_is_no_better(match_text: MatchText, text: str, why: str) -> None:
    assert match_text(text).why_not_better == why


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        pytest.param(
            "Pr. Clauslaan 4",
            ["Prins Clauslaan 4, 6212AA Ons Dorp", "Prinses Clauslaan 4, 6212AB Ons Dorp"],
            id="an abbreviation of two names",
        ),
        pytest.param(
            "Dorpsweg 7",
            ["Dorpsweg 7, 6213AA Ons Dorp", "Dorpsweg 7, 6214AA Andersdorp"],
            id="one street in two towns",
        ),
        pytest.param("Dorpsweg", ["Dorpsweg, Ons Dorp", "Dorpsweg, Andersdorp"], id="two streets, no number"),
        pytest.param(
            "hoek Markt/Hoogstraat", ["Markt, Ons Dorp", "Hoogstraat, Andersdorp"], id="no such corner"
        ),
        pytest.param("Kiosk", ["Kiosk", "Kiosk"], id="two places of one name"),
    ],
)
def test_what_can_be_more_than_one_stays_so(match_text: MatchText, text: str, candidates: list[str]) -> None:
    match = match_text(text)
    assert match.precision is NONE
    assert [candidate.found for candidate in match.candidates] == candidates
    assert match.lon != match.lon


def test_addresses_of_one_number_that_lie_far_apart_give_no_house(match_text: MatchText) -> None:
    match = match_text("Fabriekslaan 6, Andersdorp")
    assert match.precision is STREET
    assert "liggen tot 150 m uiteen" in match.why_not_better
    assert [candidate.found for candidate in match.candidates] == [
        "Fabriekslaan 6-A, 6214AC Andersdorp",
        "Fabriekslaan 6-B, 6214AC Andersdorp",
    ]


def test_a_street_and_a_postcode_that_disagree_go_by_the_street_if_only_that_has_the_number(
    town: AddressRegister,
) -> None:
    match = match_one(Query("Kerkstraat", "8", "", "", "6214AD", "Ons Dorp", ""), town)
    assert match.found == "Kerkstraat 8, 6211AC Ons Dorp"
    assert match.certainty < 0.9


def test_a_name_like_a_street_of_the_postcode_and_the_same_as_anothers_is_not_decided(
    town: AddressRegister,
) -> None:
    match = match_one(Query("Prins Clauslaan", "4", "", "", "6212AB", "", ""), town)
    assert match.precision is NONE
    assert match.why_not_better.startswith("straat en postcode spreken elkaar tegen")
    assert len(match.candidates) == 2


def test_the_wrong_town_of_a_known_street_is_only_offered(town: AddressRegister) -> None:
    match = match_one(Query("Kerkstraat", "8", "", "", "", "Andersdorp", ""), town)
    assert match.precision is NONE
    assert [candidate.found for candidate in match.candidates] == ["Kerkstraat 8, 6211AC Ons Dorp"]


@pytest.mark.parametrize(
    ("street", "is_meant"),
    [
        pytest.param("Kennedylaan", True, id="initials left out"),
        pytest.param("John Kennedylaan", True, id="a given name for an initial"),
        pytest.param("Joh. Kennedylaan", True, id="a shortened given name for an initial"),
        pytest.param("Jansteen. Kennedylaan", False, id="another word before it"),
    ],
)
def test_initials_can_be_names(town: AddressRegister, street: str, is_meant: bool) -> None:
    match = match_one(Query(street, "12", "", "", "6214AB", "", ""), town)
    assert match.is_house is is_meant


def test_a_given_name_for_an_initial_is_only_offered_without_a_postcode(town: AddressRegister) -> None:
    match = match_one(Query("John Kennedylaan", "12", "", "", "", "Andersdorp", ""), town)
    assert match.precision is NONE
    assert [found.found for found in match.candidates] == ["Dr. J.F. Kennedylaan 12, 6214AB Andersdorp"]
    assert match_one(Query("J.F. Kennedylaan", "12", "", "", "", "Andersdorp", ""), town).is_house
    assert not match_one(Query("De Kennedylaan", "12", "", "", "", "Andersdorp", ""), town).is_house


def test_near_an_address_is_within_reach_but_no_dwelling(match_text: MatchText) -> None:
    here, opposite = match_text("Markt 3"), match_text("t.o. Markt 3")
    assert (opposite.lon, opposite.lat) == (here.lon, here.lat)
    assert (here.radius_m, opposite.radius_m) == (10, 40)
    assert here.address >= 0
    assert opposite.address == -1


def test_a_crossing_lies_where_the_streets_come_nearest(match_text: MatchText, town: AddressRegister) -> None:
    # Markt 1 lies at 0, 0; Kerkstraat 2 at -15, 0
    match = match_text("hoek Markt en Kerkstraat")
    here = match_text("Markt 1")
    assert town.index.distance_m(match.lon, match.lat, here.lon, here.lat) < 15


def test_a_stretch_between_two_streets_is_no_house(match_text: MatchText) -> None:
    match = match_text("Markt tussen Kerkstraat en Hoogstraat")
    assert match.precision is STREET
    assert match.why_not_better.startswith("Markt en Hoogstraat komen nergens bij elkaar")


EAST_M, NORTH_M = 1 / 70_200, 1 / 111_195  # degrees of a metre, as in the small town


@pytest.mark.parametrize(
    ("text", "found", "at_m", "radius_m", "certainty"),
    [
        ("Markt 3a", "Markt 3-A, 6211AB Ons Dorp", (24, 0), 10, 0.97),
        ("6211AB 3", "Markt 3, 6211AB Ons Dorp", (20, 0), 10, 0.99),
        ("Markt 3, 6211AB", "Markt 3, 6211AB Ons Dorp", (20, 0), 10, 0.99),
        ("Kerkstrat 8", "Kerkstraat 8, 6211AC Ons Dorp", (-15, 60), 10, 0.93),
        ("Kerkstraat 8, 6211AB", "Kerkstraat 8, 6211AC Ons Dorp", (-15, 60), 10, 0.85),
        ("Dorpsweg 7, Andersdorp", "Dorpsweg 7, 6214AA Andersdorp", (6000, 0), 10, 0.97),
        ("Markt 5", "Markt, Ons Dorp 5", (41, 0), 10, 0.92),
        ("Markt 3-X", "Markt, Ons Dorp 3", (22, 0), 10, 0.92),
        ("Markt 3-6", "Markt, Ons Dorp 3", (22, 0), 10, 0.92),
        ("Markt 7-3", "Markt, Ons Dorp 7", (60, 0), 10, 0.92),
        ("Markt 1 t/m 7", "Markt, Ons Dorp 1 t/m 7", (31, 0), 31, 0.97),
        ("Markt 3-7", "Markt, Ons Dorp 3 t/m 7", (37.2, 0), 22.8, 0.97),
        ("Kerkstraat 4-10", "Kerkstraat, Ons Dorp 4 t/m 10", (-15, 50), 30, 0.97),
        ("Kerkstraat 2-20", "Kerkstraat, Ons Dorp 2 t/m 20", (-15, 80), 82, 0.8),
        ("t.h.v. Markt 3", "t.h.v. Markt 3, 6211AB Ons Dorp", (20, 0), 25, 0.97),
        ("t.o. Markt 3", "t.o. Markt 3, 6211AB Ons Dorp", (20, 0), 40, 0.97),
        ("nabij Markt 5", "nabij Markt, Ons Dorp 5", (41, 0), 50, 0.92),
        ("hoek Markt/Kerkstraat", "hoek Markt en Kerkstraat, Ons Dorp", (-7.5, 0), 25, 0.85),
        ("6211AB", "postcode 6211AB", (24, 0), 30, 0.8),
        ("6211AC", "postcode 6211AC", (-15, 80), 82, 0.8),
        ("Markt 99, 6211AB", "Markt, Ons Dorp, postcode 6211AB", (24, 0), 30, 0.8),
        ("Kerkstraat", "Kerkstraat, Ons Dorp", (-15, 80), 82, 0.8),
        ("Fabriekslaan 6, Andersdorp", "Fabriekslaan, Andersdorp 6", (6000, 600), 270, 0.8),
        ("Zuiderbuurt", "Zuiderbuurt", (0, -800), 600, 0.8),
        ("Ons Dorp, Station", "Ons Dorp, Station", (310, 0), 55.8, 0.8),
    ],
)
def test_where_a_match_lies_how_far_it_reaches_and_how_sure_it_is(
    match_text: MatchText,
    text: str,
    found: str,
    at_m: tuple[float, float],
    radius_m: float,
    certainty: float,
) -> None:
    match = match_text(text)
    assert match.found == found
    assert ((match.lon - 5.69) / EAST_M, (match.lat - 50.85) / NORTH_M) == pytest.approx(at_m, abs=0.05)
    assert match.radius_m == pytest.approx(radius_m, abs=0.1)
    assert match.certainty == pytest.approx(certainty)
    assert match.candidates == () or text.startswith("Fabriekslaan")
