"""Texts lose what points at a person, and keep the rest."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.evaluation import simulation
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
