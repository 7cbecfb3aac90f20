"""Addresses as people write them are taken apart; writing them again and taking them apart gives the same."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.geocoding.parsing import (
    ParsedAddress,
    parse_fields,
    parse_number,
    parse_text,
)
from hotspots.geocoding.relations import Relation


def written(parsed: ParsedAddress) -> str:
    """An address in one line, such that taking it apart gives the same again."""
    if parsed.relation is Relation.CORNER:
        place = f"hoek {' / '.join(parsed.cross_streets)}"
    elif parsed.relation is Relation.BETWEEN:
        place = f"{parsed.street} tussen {' en '.join(parsed.cross_streets)}".strip()
    else:
        number = str(parsed.number) if parsed.number else ""
        if parsed.last_number:
            number += f" t/m {parsed.last_number}"
        elif parsed.number and parsed.addition:
            number += f"-{parsed.addition}"
        street = parsed.street
        if not street and parsed.postcode:
            where = f"{parsed.postcode} {number}".strip()
            return ", ".join(filter(None, (where, parsed.town)))
        place = " ".join(filter(None, (str(parsed.relation), street, number)))
    where = " ".join(filter(None, (parsed.postcode, parsed.town)))
    country = "België" if parsed.is_foreign else ""
    return ", ".join(filter(None, (place, where, country)))


FORMS = [
    pytest.param("Vrijthof 1", {"street": "Vrijthof", "number": 1}, id="street and number"),
    pytest.param("Vrijthof 1a", {"street": "Vrijthof", "number": 1, "addition": "A"}, id="a letter"),
    pytest.param("Vrijthof 1 A", {"street": "Vrijthof", "number": 1, "addition": "A"}, id="a letter apart"),
    pytest.param("Vrijthof 1-02", {"street": "Vrijthof", "number": 1, "addition": "02"}, id="a suffix"),
    pytest.param("Vrijthof 1 bis", {"street": "Vrijthof", "number": 1, "addition": "BIS"}, id="bis"),
    pytest.param("Vrijthof 1 hs", {"street": "Vrijthof", "number": 1, "addition": "HS"}, id="hs"),
    pytest.param("Vrijthof 1-III", {"street": "Vrijthof", "number": 1, "addition": "III"}, id="Roman"),
    pytest.param("Vrijthof 3-5", {"street": "Vrijthof", "number": 3, "addition": "5"}, id="two numbers"),
    pytest.param("Vrijthof 1 t/m 7", {"street": "Vrijthof", "number": 1, "last_number": 7}, id="t/m"),
    pytest.param("Vrijthof 1 tot en met 7", {"street": "Vrijthof", "number": 1, "last_number": 7}, id="tot"),
    pytest.param("Vrijthof nr. 12", {"street": "Vrijthof", "number": 12}, id="nr."),
    pytest.param("Vrijthof, 12", {"street": "Vrijthof", "number": 12}, id="a comma before the number"),
    pytest.param("Vrijthof12b", {"street": "Vrijthof", "number": 12, "addition": "B"}, id="no blank"),
    pytest.param("VRIJTHOF 12", {"street": "VRIJTHOF", "number": 12}, id="upper case"),
    pytest.param("St. Pieterstr. 5", {"street": "St. Pieterstr.", "number": 5}, id="St. and str."),
    pytest.param("Burg. v.d. Venln 5", {"street": "Burg. v.d. Venln", "number": 5}, id="Burg. v.d. and ln"),
    pytest.param("'s-Gravenweg 3", {"street": "'s-Gravenweg", "number": 3}, id="'s-"),
    pytest.param("Curaçaoplein 3", {"street": "Curaçaoplein", "number": 3}, id="diacritics"),
    pytest.param("16 Aprillaan 3", {"street": "16 Aprillaan", "number": 3}, id="a number in front"),
    pytest.param("Laan 1940-1945 12", {"street": "Laan 1940-1945", "number": 12}, id="years in the name"),
    pytest.param("1e Hunzestraat 4", {"street": "1e Hunzestraat", "number": 4}, id="an ordinal"),
    pytest.param(
        "Vrijthof 12, 6211 le Maastricht",
        {"street": "Vrijthof", "number": 12, "postcode": "6211LE", "town": "Maastricht"},
        id="postcode in small letters, apart",
    ),
    pytest.param(
        "Vrijthof 1 6211LE Maastricht",
        {"street": "Vrijthof", "number": 1, "postcode": "6211LE", "town": "Maastricht"},
        id="no commas",
    ),
    pytest.param(
        "6211LE Maastricht, Vrijthof 1",
        {"street": "Vrijthof", "number": 1, "postcode": "6211LE", "town": "Maastricht"},
        id="postcode in front",
    ),
    pytest.param(
        "Vrijthof 12 Maastricht", {"street": "Vrijthof", "number": 12, "town": "Maastricht"}, id="town only"
    ),
    pytest.param("6211 le", {"postcode": "6211LE"}, id="postcode only"),
    pytest.param("6211LE 12a", {"postcode": "6211LE", "number": 12, "addition": "A"}, id="postcode, number"),
    pytest.param(
        "t.h.v. Vrijthof 12",
        {"street": "Vrijthof", "number": 12, "relation": Relation.LEVEL_WITH},
        id="t.h.v.",
    ),
    pytest.param(
        "ter hoogte van Vrijthof 12",
        {"street": "Vrijthof", "number": 12, "relation": Relation.LEVEL_WITH},
        id="ter hoogte van",
    ),
    pytest.param(
        "Vrijthof t.h.v. nr 12",
        {"street": "Vrijthof", "number": 12, "relation": Relation.LEVEL_WITH},
        id="t.h.v. before the number",
    ),
    pytest.param(
        "t.o. Vrijthof 12", {"street": "Vrijthof", "number": 12, "relation": Relation.OPPOSITE}, id="t.o."
    ),
    pytest.param(
        "nabij Vrijthof 12", {"street": "Vrijthof", "number": 12, "relation": Relation.NEAR}, id="nabij"
    ),
    pytest.param(
        "hoek Markt/Boschstraat",
        {"cross_streets": ("Markt", "Boschstraat"), "relation": Relation.CORNER},
        id="hoek A/B",
    ),
    pytest.param(
        "Markt hoek Boschstraat",
        {"cross_streets": ("Markt", "Boschstraat"), "relation": Relation.CORNER},
        id="A hoek B",
    ),
    pytest.param(
        "kruising Markt met Boschstraat",
        {"cross_streets": ("Markt", "Boschstraat"), "relation": Relation.CORNER},
        id="kruising A met B",
    ),
    pytest.param(
        "tussen Markt en Boschstraat",
        {"cross_streets": ("Markt", "Boschstraat"), "relation": Relation.BETWEEN},
        id="tussen A en B",
    ),
    pytest.param(
        "Kade tussen Markt en Boschstraat",
        {"street": "Kade", "cross_streets": ("Markt", "Boschstraat"), "relation": Relation.BETWEEN},
        id="C tussen A en B",
    ),
    pytest.param(
        "Stationsstraat 12, 3620 Lanaken",
        {"street": "Stationsstraat", "number": 12, "town": "Lanaken", "is_foreign": True},
        id="a Belgian postcode",
    ),
    pytest.param(
        "Stationsstraat 12, B-3620 Lanaken, België",
        {"street": "Stationsstraat", "number": 12, "town": "Lanaken", "is_foreign": True},
        id="België",
    ),
    pytest.param("harde muziek", {"street": "harde muziek"}, id="no address at all"),
    pytest.param("", {}, id="nothing"),
]


@pytest.mark.parametrize(("text", "parts"), FORMS)
def test_a_line_is_taken_apart(text: str, parts: dict[str, Any]) -> None:
    assert parse_text(text) == ParsedAddress(**parts)


@pytest.mark.parametrize(("text", "parts"), FORMS)
def test_written_again_and_taken_apart_it_is_the_same(text: str, parts: dict[str, Any]) -> None:
    parsed = parse_text(text)
    assert parse_text(written(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("12a", (12, "A", 0), id="a letter"),
        pytest.param("12 A-02", (12, "A02", 0), id="letter and suffix"),
        pytest.param("12 bis", (12, "BIS", 0), id="bis"),
        pytest.param("nr 12", (12, "", 0), id="nr"),
        pytest.param("1 t/m 7", (1, "", 7), id="a range"),
        pytest.param("12 (achterzijde)", (12, "", 0), id="a remark is no suffix"),
        pytest.param("onbekend", (0, "", 0), id="no number"),
        pytest.param("", (0, "", 0), id="empty"),
    ],
)
def test_a_number_field_is_taken_apart(text: str, number: tuple[int, str, int]) -> None:
    assert parse_number(text) == number


def test_a_suffix_is_put_together_from_its_fields() -> None:
    parsed = parse_fields(street="Markt", house_number="3", house_letter="a", house_suffix="02")
    assert (parsed.number, parsed.addition) == (3, "A02")


def test_a_number_in_the_street_field_is_found() -> None:
    parsed = parse_fields(street="Markt 3 bis", postcode="6211 ab")
    assert (parsed.street, parsed.number, parsed.addition, parsed.postcode) == ("Markt", 3, "BIS", "6211AB")


@pytest.mark.parametrize("text", ["al 1200 in de buurt", "nr 1234 op zaterdag", "Markt 1000 en verder"])
def test_small_words_after_a_number_are_no_postcode(text: str) -> None:
    assert parse_text(text).postcode == ""


STREETS = st.sampled_from(
    ["Markt", "Kerkstraat", "Burg. v.d. Venstr.", "'s-Gravenweg", "Curaçaoplein", "1e Hunzestraat", "De Vos"]
)
NUMBERS = st.integers(1, 9999)
ADDITIONS = st.sampled_from(["", "A", "02", "BIS", "III", "A2", "HS"])
POSTCODES = st.from_regex(r"[1-9][0-9]{3}[A-RT-Z][A-Z]", fullmatch=True)
TOWNS = st.sampled_from(["", "Maastricht", "Ons Dorp", "'s-Hertogenbosch", "Haren Gn"])
ADDRESSES = st.builds(
    ParsedAddress,
    street=STREETS,
    number=NUMBERS,
    addition=ADDITIONS,
    postcode=st.one_of(st.just(""), POSTCODES),
    town=TOWNS,
    relation=st.sampled_from([Relation.AT, Relation.NEAR, Relation.OPPOSITE, Relation.LEVEL_WITH]),
)


@given(ADDRESSES)
def test_what_is_written_can_be_read(address: ParsedAddress) -> None:
    assert parse_text(written(address)) == address


@given(ADDRESSES)
def test_blanks_do_not_matter(address: ParsedAddress) -> None:
    line = written(address)
    assert parse_text(f"  {line.replace(' ', '   ')} ") == address


@given(ADDRESSES)
def test_case_does_not_matter_to_numbers_and_postcodes(address: ParsedAddress) -> None:
    parsed = parse_text(written(address).upper())
    assert (parsed.number, parsed.addition, parsed.postcode, parsed.relation) == (
        address.number,
        address.addition,
        address.postcode,
        address.relation,
    )


@given(
    ADDRESSES.map(lambda address: replace(address, relation=Relation.AT)).filter(
        lambda address: address.postcode and address.town
    )
)
def test_the_order_of_address_and_town_does_not_matter(address: ParsedAddress) -> None:
    place, where = written(address).split(", ")
    assert parse_text(f"{where}, {place}") == address


@given(st.text(max_size=80))
def test_no_text_is_too_strange_to_take_apart(text: str) -> None:
    parsed = parse_text(text)
    assert parsed.number >= 0
    assert not parsed.postcode or len(parsed.postcode) == 6


@pytest.mark.parametrize(
    ("fields", "addition"),
    [
        (("Markt", "20", "", "1-2"), "1-2"),
        (("Markt", "20", "", "1/2"), "1-2"),
        (("Markt", "20", "", "12"), "12"),
        (("Markt", "20-1", "", "2"), "1-2"),
        (("Markt", "20-1-2", "", ""), "1-2"),
        (("Markt 20-1", "", "", "2"), "1-2"),
        (("Markt 20-1-2", "", "", ""), "1-2"),
        (("Markt", "20", "A", "1"), "A1"),
        (("Markt", "20", "A", "1-h"), "A1H"),
    ],
)
def test_two_numbers_of_an_addition_are_not_run_together(
    fields: tuple[str, str, str, str], addition: str
) -> None:
    assert (parse_fields(*fields).number, parse_fields(*fields).addition) == (20, addition)
