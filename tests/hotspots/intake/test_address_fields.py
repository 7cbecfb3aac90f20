"""Fields of an address keep what can stand in them, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.intake.address_fields import is_lost, scrub_house_number, scrub_house_suffix, scrub_postcode

NUMBERS = (
    *(
        "1",
        "12",
        "12345",
        "12a",
        "12 A",
        "12-14",
        "12 - 14",
        "12/14",
        "12,14",
        "12 en 14",
        "1 t/m 7",
        "1 tot en met 7",
    ),
    *(
        "12 bis",
        "12bis",
        "12-II",
        "12 III",
        "12HS",
        "12 hs",
        "12-A-2",
        "12a02",
        "2-hoog",
        "12 zwart",
        "nr. 12",
        "12-1a",
    ),
)
SUFFIXES = (
    "A-2",
    "bis",
    "HS",
    "III",
    "2-hoog",
    "1hoog",
    "bis A",
    "zw",
    "3e",
    "0001",
    "aa",
    "BOX12",
    "unit 3",
    "-2",
)


def test_numbers_suffixes_and_postcodes_of_houses_stay() -> None:
    assert [text for text in NUMBERS if scrub_house_number(text) != text] == []
    assert [text for text in SUFFIXES if scrub_house_suffix(text) != text] == []
    postcodes = (
        "6211CK",
        "6211 ck",
        "6211",
        "6211CK Maastricht",
        "B-3620",
        "D-52062 Aachen",
        "SW1A 1AA",
        "K1A 0B1",
    )
    assert [text for text in postcodes if scrub_postcode(text) != text] == []


@given(
    st.integers(min_value=1, max_value=99_999),
    st.from_regex(r"[a-zA-Z]?", fullmatch=True),
    st.from_regex(r"[A-Za-z]{0,2}[0-9]{0,4}|[0-9]{1,3}[a-z]", fullmatch=True),
)
def test_what_the_register_of_addresses_has_stays(number: int, letter: str, suffix: str) -> None:
    assert scrub_house_number(str(number)) == str(number)
    assert scrub_house_suffix(letter) == letter
    assert scrub_house_suffix(suffix) == suffix


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 bel 06-87654321 na 18u", "2"),
        ("12a bij Jan", "12a"),
        ("12 Jansen", "12"),
        ("fam. Jansen 12", "12"),
        ("fam. Jansen", ""),
        ("0687654321", ""),
        ("111222333", ""),
        ("43 321 87 65", "43"),
        ("jan@voorbeeld.nl", ""),
    ],
)
def test_of_a_house_number_only_what_can_be_one_stays(text: str, expected: str) -> None:
    assert scrub_house_number(text) == expected


@pytest.mark.parametrize(
    "text", ["fam. Jansen", "Jan Jansen", "06-87654321", "KLANT-77", "XX-99-YY", "jan@x.nl"]
)
def test_what_can_be_no_suffix_goes(text: str) -> None:
    assert scrub_house_suffix(text) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6211CK fam. Jansen", "6211CK"),
        ("6211 CK 06-87654321", "6211 CK"),
        ("jan@voorbeeld.nl", ""),
        ("111222333", ""),
        ("06-87654321", ""),
        ("KLANT-77", ""),
    ],
)
def test_of_a_postcode_only_what_can_be_one_stays(text: str, expected: str) -> None:
    assert scrub_postcode(text) == expected


@given(st.text(max_size=40))
def test_parts_of_an_address_can_be_anything_and_cleaning_them_again_changes_nothing(text: str) -> None:
    for clean in (scrub_house_number, scrub_house_suffix, scrub_postcode):
        assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t.o. 7", "t.o. 7"),
        ("T.O. 7", "t.o. 7"),
        ("tegenover 7", "tegenover 7"),
        ("7 (overkant)", "7 overkant"),
        ("7, naast", "7 naast"),
        ("schuin tegenover nr. 7", "schuin tegenover nr. 7"),
        ("naast fam. Jansen 7", "naast 7"),
        ("7 tegenover Jansen", "7 tegenover"),
        ("tegnover 7", "tegenover 7"),
        ("bij 7", "bij 7"),
        ("12 achter", "12 achter"),
        ("t.h.v.", "t.h.v."),
        ("achter Jansen", "achter"),
        ("Jul-20", "Jul-20"),
        ("1-Feb", "1-Feb"),
        ("2-1-2024", "2-1-2024"),
        ("1,20E+04", "1,20E+04"),
        ("2023-01-02 00:00:00", "2023-01-02 00:00:00"),
        ("20.0", "20.0"),
        ("tuin 7", "nabij 7"),
        ("vis-à-vis 7", "nabij 7"),
        ("achterom 7a", "nabij 7a"),
        ("boven 7", "nabij 7"),
        ("7?", "nabij 7"),
        ("tussen 7 en 9", "nabij 7 en 9"),
        ("7 of 9", "7 of 9"),
        ("nr 7", "nr 7"),
    ],
)
def test_a_house_number_keeps_how_the_place_lies_and_what_a_spreadsheet_made_of_it(
    text: str, expected: str
) -> None:
    assert scrub_house_number(text) == expected
    assert scrub_house_number(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naast", "naast"),
        ("T.O.", "T.O."),
        ("overkant", "overkant"),
        ("A (t.o.)", "A t.o."),
        ("bis naast", "bis naast"),
        ("schuin tegenover", "schuin tegenover"),
        ("tegenover Jansen", "tegenover"),
        ("2-jan", "2-jan"),
        ("1.0", "1.0"),
    ],
)
def test_a_suffix_keeps_them_as_well(text: str, expected: str) -> None:
    assert scrub_house_suffix(text) == expected
    assert scrub_house_suffix(expected) == expected


@pytest.mark.parametrize("text", ["t.o. 9010AA", "9010AA t.o.", "9010 AA tegenover", "nabij 9010AA"])
def test_a_postcode_keeps_how_the_place_lies(text: str) -> None:
    assert scrub_postcode(text) == text


@pytest.mark.parametrize("written", ["½", "#1", "+1", "10%", "1:2", "1;0", "¼ b"])
def test_a_suffix_that_cannot_be_kept_is_lost_and_not_none(written: str) -> None:
    assert is_lost(written)


@pytest.mark.parametrize("written", ["", "-", "2", "bis", "A-2", "fam. Jansen", "06-12345678", "bel na 18u"])
def test_a_suffix_that_is_none_or_can_be_kept_is_not_lost(written: str) -> None:
    assert not is_lost(written)
