"""Texts lose what points at a person, and keep the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.scrubbing import is_bsn, scrub


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bel 0612345678", "bel [telefoon]"),
        ("bel 06 12 34 56 78 graag", "bel [telefoon] graag"),
        ("bel +31 (0)43 350 40 40", "bel [telefoon]"),
        ("bel 043-3504040.", "bel [telefoon]."),
        ("bel +32 470 12 34 56", "bel [telefoon]"),
        ("mail naar Jan.de.Boer+x@voor-beeld.co.nl!", "mail naar [e-mail]!"),
        ("zie https://voorbeeld.nl/profiel?id=3 dus", "zie [link] dus"),
        ("bsn 111222333", "bsn [bsn]"),
        ("bsn 111.222.333", "bsn [bsn]"),
        ("op NL91ABNA0417164300 gestort", "op [rekening] gestort"),
        ("op NL91 ABNA 0417 1643 00 gestort", "op [rekening] gestort"),
        ("kenteken XX-99-99", "kenteken [kenteken]"),
        ("kenteken 99xxx9", "kenteken [kenteken]"),
        ("Belgisch kenteken 1-ABC-234", "Belgisch kenteken [kenteken]"),
        ("meneer Van der Berg schreeuwt", "meneer [naam] schreeuwt"),
        ("Mevr. de Vries-Jansen belde", "Mevr. [naam] belde"),
        ("een jongen genaamd Mo dealt", "een jongen genaamd [naam] dealt"),
        ("geboren 12-03-1990 woont daar", "geboren [geboortedatum] woont daar"),
        ("op insta @jan_dealt verkoopt hij", "op insta [account] verkoopt hij"),
    ],
)
def test_what_points_at_a_person_is_taken_out(text: str, expected: str) -> None:
    assert scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Al 12 weken elke avond om 22:30 en 23.15 uur",
        "Vrijthof 12, 6211 LE Maastricht",
        "meldingnummer 20230001 van 14-03-2023",
        "een groep van 10-15 jongeren",
        "de buurman schreeuwt en de meneer ook",
        "Er wordt gedeald bij nummer 12-34-56",
        "met 3 of 4 man in auto's",
        "",
    ],
)
def test_what_tells_of_the_nuisance_stays(text: str) -> None:
    assert scrub(text) == text


def test_numbers_that_fail_their_check_stay() -> None:
    assert scrub("zaak 123456789") == "zaak 123456789"
    assert scrub("NL92 ABNA 4417 1643 00") == "NL92 ABNA 4417 1643 00"


@given(st.integers(min_value=10_000_000, max_value=999_999_999))
def test_one_wrong_digit_is_no_bsn(number: int) -> None:
    if is_bsn(str(number)):
        last = (number + 1) % 10
        assert not is_bsn(f"{number // 10}{last}")


@given(st.text(max_size=60))
def test_any_text_can_be_scrubbed(text: str) -> None:
    assert len(scrub(text)) <= len(text) + len("[geboortedatum]") * (1 + len(text) // 5)


@given(st.text(alphabet="aAjJ bB01236.-@+ ", max_size=60))
def test_scrubbing_again_changes_nothing(text: str) -> None:
    once = scrub(text)
    assert scrub(once) == once
