"""Ways of writing one name compare equal; different names do not."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.geocoding.spelling import (
    MAX_SPELLINGS,
    addition_key,
    fold,
    loose_addition,
    spellings,
    town_key,
    word_spellings,
    words_of,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("Burg. v.d. Venstr.", "Burgemeester van der Venstraat", id="a title, v.d. and str."),
        pytest.param("burgemeester vd venstraat", "Burgemeester van der Venstraat", id="vd without points"),
        pytest.param("BURG. V/D VENSTRAAT", "Burgemeester van der Venstraat", id="v/d in capitals"),
        pytest.param("St. Pieterstraat", "Sint Pieterstraat", id="St. for Sint"),
        pytest.param("st pieterstr", "Sint Pieterstraat", id="st and str without points"),
        pytest.param("Dr. Schaepmanln", "Doctor Schaepmanlaan", id="Dr. and ln"),
        pytest.param("Prof. Cobbenhagenpln", "Professor Cobbenhagenplein", id="Prof. and pln"),
        pytest.param("Pr. Beatrixlaan", "Prinses Beatrixlaan", id="Pr. for Prinses"),
        pytest.param("Pr. Hendriklaan", "Prins Hendriklaan", id="Pr. for Prins"),
        pytest.param("s Gravenweg", "'s-Gravenweg", id="an apostrophe left out"),
        pytest.param("’s-Gravenweg", "'s-Gravenweg", id="a curly apostrophe"),
        pytest.param("Curacaoplein", "Curaçaoplein", id="without the cedilla"),
        pytest.param("Gabrielstraat", "Gabriëlstraat", id="without the diaeresis"),
        pytest.param("J F Kennedylaan", "J.F. Kennedylaan", id="initials without points"),
        pytest.param("Oude-Kerkweg", "Oude Kerkweg", id="a hyphen for a blank"),
        pytest.param("Kerk Straat", "Kerkstraat", id="a blank too many"),
        pytest.param("Kerkst.", "Kerkstraat", id="st. at the end"),
        pytest.param("Geuzenkd", "Geuzenkade", id="as the register shortens it"),
    ],
)
def test_ways_of_writing_a_street_share_a_spelling(written: str, meant: str) -> None:
    assert set(spellings(written)) & set(spellings(meant))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kerkstraat", "Kerklaan"),
        ("Nassauplein", "Nassaulaan"),
        ("Nassaupln", "Nassaulaan"),
        ("Hereweg", "Verlengde Hereweg"),
        ("Noorderstraat", "Zuiderstraat"),
    ],
)
def test_different_streets_share_no_spelling(one: str, other: str) -> None:
    assert not set(spellings(one)) & set(spellings(other))


@given(st.text(alphabet="abcdeëïstrlnvd. '-ABÇ", max_size=30))
def test_case_and_blanks_around_do_not_matter(name: str) -> None:
    assert spellings(name) == spellings(f"  {name.upper().lower()} ")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_province_after_a_town_is_left_out() -> None:
    assert town_key("Haren Gn") == town_key("haren") == town_key("HAREN (GN)")


@pytest.mark.parametrize(
    ("word", "inside", "last"),
    [
        ("st", ("sint", "straat"), ("straat", "sint")),
        ("dr", ("doctor", "dokter", "dreef"), ("dreef", "dokter", "doctor")),
        ("gr", ("grote", "gracht"), ("gracht", "grote")),
        ("pr", ("prins", "prinses", "president"), ("prins", "prinses", "president")),
        ("n", ("n", "nieuwe"), ("n",)),
        ("kerkstr", ("kerkstraat",), ("kerkstraat",)),
        ("xxstr", ("xxstraat",), ("xxstraat",)),
        ("xstr", ("xstr",), ("xstr",)),
        ("kkkst.", ("kkkstraat", "kkkst"), ("kkkstraat", "kkkst")),
        ("kkst.", ("kkst",), ("kkst",)),
        ("kerkst", ("kerkst",), ("kerkst",)),
        ("kerx.", ("kerx",), ("kerx",)),
    ],
)
def test_a_word_is_short_for_others_by_its_place_and_its_full_stop(
    word: str, inside: tuple[str, ...], last: tuple[str, ...]
) -> None:
    assert word_spellings(word) == inside
    assert word_spellings(word, is_last=True) == last


def test_the_last_word_of_a_name_is_read_as_such_and_the_likeliest_comes_first() -> None:
    assert spellings("St. Kerkst")[0] == "sintkerkst"
    assert spellings("Kerk St") == ("kerkstraat", "kerksint")
    assert len(spellings("pr. st. dr. gr. pr. st")) == MAX_SPELLINGS == 12
    assert spellings(". -") == ()


def test_a_name_falls_apart_into_words_with_their_full_stops() -> None:
    assert words_of("Oude-Kerkweg 't") == ["oude", "kerkweg", "t"]
    assert words_of("a.b. c .") == ["a.", "b.", "c"]
    assert words_of("v.d. v/h Kade_2") == ["vd", "vh", "kade", "2"]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("BERGEN (NH.)", "bergen"),
        ("Nes Ameland", "nes"),
        ("gem. Sluis", "sluis"),
        ("Gemeente Sluis", "sluis"),
        ("Hoorn gem. Ergens", "hoorn"),
        ("Nw. Amsterdam", "nieuwamsterdam"),
        ("Alphen a/d Rijn", "alphenaandrijn"),
        ("Bergen op Zoom", "bergenopzoom"),
        ("De Cocksdorp Texel", "decocksdorp"),
    ],
)
def test_a_town_goes_by_its_name_alone(written: str, key: str) -> None:
    assert town_key(written) == key


@pytest.mark.parametrize(
    ("written", "key", "loose"),
    [
        *(("HS", "HS", "HS"), ("huis", "HUIS", "HS"), ("Bg.", "BG", "HS"), ("H", "H", "HS")),
        *(("i", "I", "1"), ("II", "II", "2"), ("III", "III", "3"), ("IV", "IV", "4"), ("V", "V", "5")),
        *(("VI", "VI", "6"), ("VII", "VII", "VII"), ("A 1-h", "A1H", "A1H"), ("100", "100", "100")),
    ],
)
def test_an_addition_has_a_strict_and_a_loose_key(written: str, key: str, loose: str) -> None:
    assert addition_key(written) == key
    assert loose_addition(key) == loose


def test_ligatures_and_accents_fold_away() -> None:
    assert fold("ÆØß Ĳ ÿ Đł") == "aeoss ij y dl"


@pytest.mark.parametrize(("one", "other"), [("III", "3"), ("02", "2"), ("HS", "HUIS"), ("A01", "A1")])
def test_additions_that_people_mix_up_are_loosely_equal(one: str, other: str) -> None:
    assert loose_addition(one) == loose_addition(other)


def test_a_hundred_and_ten_are_not_loosely_equal() -> None:
    assert loose_addition("100") != loose_addition("10")


@pytest.mark.parametrize("name", ["spelling", "parsing", "streets", "locating"])
def test_the_examples_in_the_documentation_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"hotspots.geocoding.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
