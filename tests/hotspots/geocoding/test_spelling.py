"""Ways of writing one name compare equal; different names do not."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.geocoding.spelling import fold, loose_addition, spellings, town_key


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
