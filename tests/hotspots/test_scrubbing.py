"""Texts lose what points at a person, and keep the rest."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.evaluation import simulation
from hotspots.scrubbing import (
    is_bsn,
    names_a_person,
    scrub,
    scrub_address,
    scrub_house_number,
    scrub_house_suffix,
    scrub_postcode,
)


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
        "van 2023-02-30 tot 30-02-2023",  # 20230230 passes the eleven-test
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


WORDS = st.sampled_from(["Herrie", "weer dealen", "in het portiek", "al weken", "om 22:30 uur"])


@st.composite
def bsn(draw: st.DrawFn) -> str:
    """An invented number that passes the eleven-test, as people write it."""
    number = draw(st.integers(min_value=10_000_000, max_value=999_999_999).filter(lambda n: is_bsn(str(n))))
    digits = f"{number:09d}"
    gap = draw(st.sampled_from(["", ".", " ", "-"]))
    return gap.join((digits[:3], digits[3:6], digits[6:]))


@st.composite
def telephone(draw: st.DrawFn) -> str:
    """An invented telephone number, as people write it."""
    rest = f"{draw(st.integers(min_value=0, max_value=99_999_999)):08d}"
    start = draw(st.sampled_from(["06", "+316", "00316", "+31 (0)6", "06 - ", "(06) "]))
    gap = draw(st.sampled_from(["", " ", "-", "."]))
    return start + gap.join((rest[:2], rest[2:4], rest[4:6], rest[6:]))


@st.composite
def iban(draw: st.DrawFn) -> str:
    """An invented account number that passes its check, as people write it."""
    bank = draw(st.sampled_from(["ABNA", "INGB", "RABO"]))
    account = f"{draw(st.integers(min_value=0, max_value=9_999_999_999)):010d}"
    check = 98 - int("".join(str(int(c, 36)) for c in bank + account + "NL00")) % 97
    whole = f"NL{check:02d}{bank}{account}"
    gap = draw(st.sampled_from(["", " "]))
    return gap.join(whole[start : start + 4] for start in range(0, len(whole), 4))


@given(bsn() | telephone() | iban(), WORDS, WORDS)
def test_numbers_of_people_go_however_they_are_written(number: str, before: str, after: str) -> None:
    cleaned = scrub(f"{before}, {number}, {after}")
    assert number not in cleaned
    assert sum(character.isdecimal() for character in cleaned) <= sum(
        character.isdecimal() for character in before + after
    ), cleaned


@given(
    st.sampled_from(
        ["meneer", "Mevr.", "dhr", "familie", "genaamd", "Groetjes,", "mijn naam is", "mijn buurman"]
    ),
    st.sampled_from(["J.P. ", "A. ", ""]),
    st.sampled_from(["van der ", "El ", ""]),
    st.sampled_from(["Tabaksblat", "Ooievaarsnest-Quackelbeen", "D'Hollander", "Çelik"]),
)
def test_names_after_a_cue_go_with_initials_and_particles(
    cue: str, initials: str, particle: str, name: str
) -> None:
    assert name not in scrub(f"Weer herrie, {cue} {initials}{particle}{name} dealt.")


def test_no_simulated_text_loses_a_word() -> None:
    words = tomllib.loads(shipped_words().read_text(encoding="utf-8"))
    slots = words["slots"]
    texts = [
        sentence.format(
            wie=who,
            waar=slots["waar"][number % len(slots["waar"])],
            wanneer=slots["wanneer"][number % len(slots["wanneer"])],
            uitroep=slots["uitroep"][number % len(slots["uitroep"])],
        )
        for theme in words["themes"].values()
        for sentence in theme
        for number, who in enumerate(slots["wie"])
    ]
    assert len(texts) > 1000
    assert [text for text in texts if scrub(text) != text] == []


def shipped_words() -> Path:
    """The words of simulated reports."""
    return Path(simulation.__file__).with_name("words.toml")


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
        ("Markt 3 rode Golf XX-99-YY", "Markt 3 rode Golf [kenteken]"),
        ("Markt 3 bsn 111222333", "Markt 3 bsn [bsn]"),
        ("Markt 3, 1112.22.333", "Markt 3, [bsn]"),
    ],
)
def test_plates_and_numbers_go_from_addresses(text: str, expected: str) -> None:
    assert scrub_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Laan 1940-1945 12",
        "Plein 1944 12-A-3",
        "Weg 3-BIS-12",
        "Markt 12-HS-10",
        "Heer Bokelweg 12-14",
        "6211 CK 12",
    ],
)
def test_addresses_stay(text: str) -> None:
    assert scrub_address(text) == text


@pytest.mark.parametrize(
    "number",
    [
        "M-1",
        "2023-00012",
        "MLD.2023.001",
        "MLD 2023 001",
        "SIA-123",
        "12",
        "111222333",
        "0612345678",
        "M 12",
        "550e8400-e29b-41d4-a716-446655440000",
        "2023-01-01234567",
        "00012-22",
        "0a/12#2",
    ],
)
def test_an_ordinary_number_of_a_report_names_nobody(number: str) -> None:
    assert not names_a_person(number)


@pytest.mark.parametrize(
    "number",
    [
        "Jan Jansen",
        "jan jansen 12",
        "J. Jansen",
        "Jan van der Berg",
        "jan@voorbeeld.nl",
        "06-12345678",
        "tel 0612345678",
        "06 1234 5678",
        "+31612345678",
        "(043) 350 40 40",
        "M1 06-12345678",
    ],
)
def test_a_number_of_a_report_may_be_who_made_it(number: str) -> None:
    assert names_a_person(number)
