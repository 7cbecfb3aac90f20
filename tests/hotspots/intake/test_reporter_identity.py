"""Who is meant by what stands in the column of the reporter."""

from collections import Counter

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hotspots.intake.reporter_identity import NO_VALUE, NOBODY, WrittenReporters
from hotspots.settings import IntakeSettings

MAILBOX = "Melding@Gemeente.example"
WHO = WrittenReporters(IntakeSettings(unknown_reporters=(MAILBOX, "14 000", "KCC")), "Europe/Amsterdam")

NOBODIES = (
    *("Anoniem", "ANONIEM", "anonieme melder", "Anonieme melding", "(anoniem)", "[Anoniem]", '"anoniem"'),
    *("onb.", "onbek.", "zonder naam", "Buurtbewoner", "inwoner", "omwonenden", "telefonisch"),
    *("Webformulier", "website", "test", "AVG", "privacy", "\\N", "nomail@nomail.example", "false", "tbd"),
    *("wil anoniem blijven", "Melder wil anoniem blijven.", "wenst niet genoemd te worden", "annoniem"),
    *("-", "--", "- -", "?", "???", ".", "…", "_", "***", "x", "X", "xxx", "x.x", "0", "000", "00-00000000"),
    *(
        "n.v.t.",
        "nvt",
        "N.V.T",
        "n/a",
        "N/A",
        "n.b.",
        "N.N.",
        "geen",
        "Geen melder",
        "geen naam",
        "geen e-mail",
    ),
    *(
        "onbekend",
        "Melder onbekend",
        "naam onbekend",
        "Onbekend (telefonisch)",
        "Dhr. Onbekend",
        "niet bekend",
    ),
    *("unknown", "Unknown caller", "anonymous user", "no name given", "null", "NULL", "none", "nan"),
    *("niet opgegeven", "niet van toepassing", "afgeschermd nummer", "privénummer", "verwijderd"),
    *("06-00000000", "0600000000", "9999999999", "1234567890", "0.0", "0,00", "'-"),
    *("anoniem@mail.example", "no-reply@mail.example", "onbekend@gemeente.example"),
    # those of the settings
    *("melding@gemeente.example", "<MELDING@GEMEENTE.EXAMPLE>", "mailto:melding@gemeente.example"),
    *("Gemeente Voorbeeld <melding@gemeente.example>", "melding@gemeente.example.", "14000", "14 000", "kcc"),
)

NUMBERS = (
    *("0612345678", "06-12345678", "06 12 34 56 78", "06.12.34.56.78", "06/12345678", "(06) 1234 5678"),
    *("+31612345678", "+31 6 12345678", "+31 (0)6 12345678", "+31 06 12345678", "+31-6-12345678"),
    *("0031612345678", "0031 (0)6-12345678", "00 31 6 12345678", "31612345678", "612345678"),
    *("612345678.0", "612345678,0", "0612345678.0", "31612345678.0", "'0612345678", '="0612345678"'),
    *("tel:+31612345678", "tel:0612345678", "Tel. 06-12345678", "mob. 0612345678", "T: 0612345678"),
    *("06\u00a012345678", "06\u201312345678", "０６１２３４５６７８", "06-12345678.", "06-12345678;"),
    *("J. Jansen 06-12345678", "J. Jansen <0612345678>", "J. Jansen (06-12345678)", "06-12345678 (mobiel)"),
)

ADDRESSES = (
    *(
        "j@x.example",
        "J@X.example",
        "j@X.EXAMPLE",
        "j@x.example.",
        "j@x.example..",
        " j@x.example ",
        "<j@x.example>",
    ),
    *("mailto:j@x.example", "MAILTO:J@x.example", "mailto:j@x.example?subject=herrie", "j@x.example;"),
    *("J. Jansen <j@x.example>", '"J. Jansen" <j@x.example>', "j@x.example (J. Jansen)", "Jan j@x.example"),
    *(
        "j @ x.example",
        "'j@x.example'",
        "e-mail: j@x.example",
        "j@x.example; J@X.example",
        "j\u200b@x.example",
    ),
    *("J. Jansen, 06-12345678, j@x.example",),
)

PEOPLE = (
    *("melder-0", "melder-x", "melder 3", "Anoniem 12", "u-000000", "12", "0123", "000123", "99", "4711"),
    *("Jan Jansen", "J. Jansen", "x.jansen", "Dhr. Burger", "De Geen", "Ann Onbekendhof", "Jan & Piet"),
    *(
        "jan.jansen@x.example",
        "janjansen@x.example",
        "jan+a@x.example",
        "jan@y.example",
        "a@x.example; b@x.example",
    ),
    *(
        "06-12345678 / 06-87654321",
        "0687654321",
        "+49 1512 3456789",
        "043 350 12 34",
        "043 350 12 34 toestel 12",
    ),
    *("3f2a612345678bc", "ID0612345678", "melder-0612345678", "1E5", "gehasht-0123456789ab"),
)
"""Each another person."""


def read(*cells: str) -> tuple[str, Counter[str]]:
    notes: Counter[str] = Counter()
    return WHO.read(cells, notes), notes


@pytest.mark.parametrize("cell", NOBODIES)
def test_a_word_for_unknown_is_nobody_and_is_told(cell: str) -> None:
    assert read(cell) == ("", Counter({NOBODY: 1}))


@pytest.mark.parametrize("cell", ["6,12E+08", "6.12E+08", "#N/B", "6.12345678E+08", "#REF!"])
def test_what_a_spreadsheet_lost_is_nobody_and_is_told(cell: str) -> None:
    assert read(cell) == ("", Counter({NO_VALUE: 1}))


@pytest.mark.parametrize("cell", ["", "  ", "\u00a0"])
def test_an_empty_cell_is_nobody_and_there_is_nothing_to_tell(cell: str) -> None:
    assert read(cell) == ("", Counter())


@pytest.mark.parametrize("cell", NUMBERS)
def test_every_spelling_of_a_telephone_number_is_one_person(cell: str) -> None:
    assert read(cell) == ("+31612345678", Counter())


@pytest.mark.parametrize("cell", ADDRESSES)
def test_every_spelling_of_a_mail_address_is_one_person(cell: str) -> None:
    assert read(cell) == ("j@x.example", Counter())


def test_no_two_people_are_taken_for_one() -> None:
    plain = {cell: read(cell)[0] for cell in (*PEOPLE, NUMBERS[0], ADDRESSES[0])}
    assert "" not in plain.values()
    assert len(set(plain.values())) == len(plain)


@pytest.mark.parametrize(
    ("cell", "timezone", "expected"),
    [
        ("0612345678", "Europe/Amsterdam", "+31612345678"),
        ("0475 12 34 56", "Europe/Brussels", "+32475123456"),
        ("0151 23456789", "Europe/Berlin", "+4915123456789"),
        ("+31 6 12345678", "Europe/Berlin", "+31612345678"),
        ("0612345678", "UTC", "0612345678"),
    ],
)
def test_a_number_without_a_country_is_of_that_of_the_municipality(
    cell: str, timezone: str, expected: str
) -> None:
    assert WrittenReporters(IntakeSettings(), timezone).read([cell], Counter()) == expected


def test_the_settings_may_name_the_country_of_numbers() -> None:
    who = WrittenReporters(IntakeSettings(telephone_region="BE"), "Europe/Amsterdam")
    assert who.read(["0475123456"], Counter()) == "+32475123456"


def test_host_names_with_other_letters_have_one_spelling() -> None:
    assert read("jan@bücher.example")[0] == read("Jan@xn--bcher-kva.EXAMPLE.")[0] != ""


def test_of_several_columns_the_first_that_means_somebody_counts() -> None:
    assert read("n.v.t.", "06-12345678") == ("+31612345678", Counter())
    assert read("", "-") == ("", Counter({NOBODY: 1}))


@pytest.mark.parametrize("plain", ["+31612345678", "+31433501234", "j@x.example"])
def test_a_usual_spelling_means_whom_it_is_a_spelling_of(plain: str) -> None:
    spellings = list(WHO.spellings(plain))
    assert len(spellings) >= 4
    assert {read(spelling)[0] for spelling in spellings} == {plain}


@given(
    st.one_of(
        st.text(max_size=20), st.sampled_from((*NUMBERS, *ADDRESSES, *PEOPLE)), st.from_regex(r"[0+]\d{8,12}")
    )
)
def test_the_one_spelling_is_read_as_itself(cell: str) -> None:
    plain, _ = read(cell)
    assert not plain or read(plain)[0] == plain


@settings(max_examples=60)
@given(
    st.sampled_from(("06", "+316", "+31 6", "00316", "0031 6")),
    st.sampled_from(("", "-", " ")),
    st.from_regex(r"[0-9]{8}", fullmatch=True),
)
def test_a_dutch_mobile_number_is_read_as_the_tables_of_all_countries_read_it(
    start: str, sign: str, rest: str
) -> None:
    number = phonenumbers.parse(f"{start}{sign}{rest}", "NL")
    meant = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assume(phonenumbers.is_valid_number(number) and len(set(rest)) > 1)
    assert read(f"{start}{sign}{rest}")[0] == meant


def test_a_dutch_mobile_number_without_a_country_is_none_of_another_country() -> None:
    belgian = WrittenReporters(IntakeSettings(), "Europe/Brussels")
    assert belgian.read(["06-12345678"], Counter()) == "06-12345678"
    assert belgian.read(["+31 6-12345678"], Counter()) == "+31612345678"
