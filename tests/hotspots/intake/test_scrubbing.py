"""Texts lose what points at a person, and keep the rest."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.evaluation import simulation
from hotspots.intake.person_marks import is_bsn
from hotspots.intake.scrubbing import (
    names_a_person,
    scrub,
    scrub_address,
    scrub_street,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bel 0612345678", "bel [telefoon]"),
        ("tel0612345678, mob06-12345678", "tel [telefoon], mob [telefoon]"),
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
        ("op NL91/ABNA/0417/1643/00 gestort", "op [rekening] gestort"),
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
    assert scrub("SE835896712577-kenteken-t/m-12") == "SE835896712577-kenteken-t/m-12"
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Markt 3 rode Golf XX-99-YY", "Markt 3 rode Golf [kenteken]"),
        ("Markt 3 bsn 111222333", "Markt 3 bsn [bsn]"),
        ("Markt 3, 1112.22.333", "Markt 3, [bsn]"),
        ("Markt 3 AB-123-C+31612345678", "Markt 3 [kenteken][telefoon]"),
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
        "bij Appelgaarde 7",
        "hoek bij Appelgaarde nr. 7",
        "BIJ APPELGAARDE 7",
        "vlak bij Hoge Weg 3a, Voorbeeldstad",
        "tegenover Appelgaarde 7",
        "t.o. Appelgaarde",
    ],
)
def test_addresses_stay(text: str) -> None:
    assert scrub_address(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Markt 12 bij Jansen", "Markt 12 bij [naam]"),
        ("Markt 12, bij Jan Jansen 3 hoog", "Markt 12, bij [naam] 3 hoog"),
        ("bij Jansen", "bij [naam]"),
        ("bij meneer Jansen 7", "bij meneer [naam] 7"),
    ],
)
def test_names_go_from_addresses(text: str, expected: str) -> None:
    assert scrub_address(text) == expected
    assert scrub_street(text, has_number=False) == expected


def test_beside_a_house_number_a_name_is_of_a_street() -> None:
    assert scrub_street("bij Appelgaarde", has_number=True) == "bij Appelgaarde"
    assert scrub_street("Markt, mevrouw Jansen", has_number=True) == "Markt, mevrouw [naam]"


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
        "2023-06-12345678",
        "2023/0612345678",
        "06-12-2023/1",
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
        "06-12345678/2",
        "06-12345678-2",
        "2023/06-12345678",
        "0612345678 2",
    ],
)
def test_a_number_of_a_report_may_be_who_made_it(number: str) -> None:
    assert names_a_person(number)


PERSONAL = (
    ("Mijn buurman Kevin van nr 14 staat weer te dealen in het portiek.", ("Kevin",), ("portiek",)),
    ("De buurjongen van hiernaast, Youssef, schreeuwt de hele nacht.", ("Youssef",), ("schreeuwt",)),
    ("Ik ben mevr Smeets-Lemmens en woon hier al 30 jaar.", ("Smeets", "Lemmens"), ("30 jaar",)),
    ("Met vriendelijke groet,\nWim Hendriks", ("Wim", "Hendriks"), ()),
    ("Vriendelijke groeten Ria Janssen, tel. 043-3218765", ("Ria", "Janssen", "3218765"), ()),
    ("mvg Ria Janssen", ("Ria", "Janssen"), ()),
    ("m.v.g. J. Paulissen", ("Paulissen",), ()),
    ("Mvr. Odekerken belde ook al.", ("Odekerken",), ()),
    ("Hr. Vossen van de VvE heeft het gezien.", ("Vossen",), ("VvE",)),
    ("hr Vossen heeft het gezien", ("Vossen",), ()),
    ("de heer Van den Boorn is bedreigd", ("Boorn",), ("bedreigd",)),
    ("dhr. el Khattabi rijdt in een zwarte golf", ("Khattabi",), ("zwarte golf",)),
    ("meneer jansen staat te schreeuwen", ("jansen",), ("schreeuwen",)),
    ("mijn buurvrouw ingrid heeft het ook gehoord", ("ingrid",), ("gehoord",)),
    ("MIJN BUURMAN JANSEN DEALT DRUGS", ("JANSEN",), ("DRUGS",)),
    ("Zijn naam is Mohammed en zijn broertje heet Ilias.", ("Mohammed", "Ilias"), ()),
    ("hij noemt zich Scarface, echte naam Roy Crijns", ("Roy", "Crijns"), ()),
    ("alias 'Dikke Sjaak' zit elke avond op het bankje", ("Sjaak",), ("bankje",)),
    ("Politieagent Kusters (badge 4411) weet ervan.", ("Kusters",), ()),
    ("wijkagent Paul Meertens is op de hoogte", ("Paul", "Meertens"), ()),
    ("Mijn dochtertje Sofie durft niet meer buiten te spelen.", ("Sofie",), ("buiten",)),
    ("mijn man Geert is uitgescholden", ("Geert",), ("uitgescholden",)),
    ("mijn vrouw Anja en kinderen Tim en Lotte slapen niet", ("Anja", "Tim", "Lotte"), ("slapen",)),
    ("oma Truus is lastiggevallen", ("Truus",), ("lastiggevallen",)),
    ("huisbaas Peeters doet niets", ("Peeters",), ("niets",)),
    ("de zoon van familie Beckers", ("Beckers",), ("zoon",)),
    ("fam Beckers op de hoek", ("Beckers",), ("hoek",)),
    ("bewoner (A. Schreurs) dealt vanuit huis", ("Schreurs",), ("dealt",)),
    ("naam dader: Rachid Amrani", ("Rachid", "Amrani"), ()),
    ("dader = Rachid Amrani", ("Rachid", "Amrani"), ()),
    ("verdachte Rachid A. liep weg", ("Rachid",), ()),
    ("Bel me op 06 - 1234 5678", ("1234 5678",), ()),
    ("bel me 0031 6 12345678", ("12345678",), ()),
    ("bel me: +31612345678", ("612345678",), ()),
    ("06.12.34.56.78", ("12.34.56",), ()),
    ("mobiel 06/12345678 of vast 043 321 87 65", ("12345678", "321 87 65"), ()),
    ("nul zes 12 34 56 78", ("12 34 56 78",), ()),
    ("telnr 612345678", ("612345678",), ()),
    ("tel: 3218765 (zonder kengetal)", ("3218765",), ()),
    ("+49 2405 123456 is van de aannemer", ("123456",), ()),
    ("+32 (0)89 12 34 56", ("12 34 56",), ()),
    ("mail: piet.puk [at] gmail [punt] com", ("piet.puk",), ()),
    ("mail p.puk@gmail.com of ppuk(at)hotmail.com", ("p.puk", "ppuk"), ()),
    ("pietpuk@ziggo .nl", ("pietpuk",), ()),
    ("kenteken 12-abc-3 zwarte Audi", ("12-abc-3",), ("Audi",)),
    ("kenteken 12 abc 3", ("12 abc 3",), ()),
    ("kenteken g 123 bb", ("g 123 bb",), ()),
    ("G-123-BB staat er weer", ("G-123-BB",), ("staat",)),
    ("GB 123 B rijdt rond", ("GB 123 B",), ()),
    ("scooter met plaatje DXX 12 K", ("DXX 12 K",), ()),
    ("bromfiets D-123-XX", ("D-123-XX",), ()),
    ("auto K TX 8 , 4-KBB-00 grijs", ("4-KBB-00",), ("grijs",)),
    ("Duits kenteken AC XY 123", ("AC XY 123",), ()),
    ("Duits kenteken AC-XY 1234", ("AC-XY 1234",), ()),
    ("Belgische auto 1ABC234", ("1ABC234",), ()),
    ("bulgaars kenteken CB 1234 AB", ("CB 1234 AB",), ()),
    ("Poolse bestelbus WGM 12345", ("WGM 12345",), ()),
    ("BSN: 111 22 23 33", ("111 22 23 33",), ()),
    ("bsn nr 1112.22.333", ("1112.22.333",), ()),
    ("burgerservicenummer 123456782", ("123456782",), ()),
    ("rekening NL91 ABNA 0417 1643 00", ("0417 1643",), ()),
    ("nl91abna0417164300", ("0417164300",), ()),
    ("NL 91 ABNA 0417164300", ("0417164300",), ()),
    ("Belgische rek BE68 5390 0754 7034", ("5390",), ()),
    ("geboren op 3 mei 1984 te Kerkrade", ("3 mei 1984",), ()),
    ("geb. datum 03-05-1984", ("03-05-1984",), ()),
    ("geb 1984-05-03", ("1984-05-03",), ()),
    ("(03-05-1984)", ("03-05-1984",), ()),
    ("snap: youngz_043 verkoopt", ("youngz_043",), ("verkoopt",)),
    ("insta youngboymaas is zijn account", ("youngboymaas",), ()),
    ("telegramgroep t.me/maasdrugs", ("maasdrugs",), ()),
    ("facebook.com/kees.jansen.31", ("kees.jansen",), ()),
    ("zie linkedin Pieter Jansen", ("Pieter", "Jansen"), ()),
    ("appje van 0612345678: 'kom maar'", ("0612345678",), ("kom maar",)),
)
"""A sentence, what must go from it and what must stay; all invented."""

INNOCENT = (
    "De heer gaat elke dag met zijn hond langs het park.",
    "Bij de Heer Hubertuslaan wordt gedeald.",
    "In Heer Mariaberg is het onrustig; ter hoogte van Heer Dorpsstraat 12.",
    "In de wijk Heer Zuid is het druk",
    "Op de Familie Gilissenstraat staan ze weer.",
    "Groepje op de Meester Ulrichweg, bij de Albert Heijn.",
    "De agent Horeca van de gemeente is geweest.",
    "De dealer Opel op de hoek heeft camera's.",
    "Bewoner Zorginstelling Mondriaan schreeuwt",
    "Mijn vriend Politie gebeld om 23:15.",
    "ik ben Maandag weer gebeld",
    "ik ben Nederlander en hier geboren",
    "Vanaf 01-11-2023 elke dag van 18.00-23.00 uur",
    "Meldingsnummers 1234567 en 20231114",
    "huisnummers 10-12-14-16",
    "Lijn 4-XX-12 van de bus",
    "flat nr 06-12 tot 06-18",
    "de bus 350 van 22.10 naar Aken",
    "op de A2 bij 254 KM 12",
    "geluid van 85 dB 23 uur lang",
    "BMW X5 en Audi RS6 racen",
    "MP3 en TV 24 uur",
    "C2000 en 112 gebeld om 21.45",
    "Postcode 6221 AB 12",
    "6221AB12",
    "parkeervak A-12-B 3",
    "rapport ZM-23-001 d.d. 12-03-2023",
    "de eigenaar Woonpunt doet niets",
    "eigenaar Servatius weet het",
    "namens Bewonerscommissie Nazareth",
    "contactpersoon Trajekt is op de hoogte",
    "Zaaknr politie PL2300-2023123456",
    "De meneer ligt te slapen in het portiek",
    "Meneer schreeuwt de hele nacht",
    "mevrouw en meneer maken ruzie",
    "mijn buurman staat weer te dealen",
    "mijn buurvrouw heeft het ook gehoord",
    "MIJN BUURMAN IS WEER BEZIG",
    "MIJN BUURMAN SCHREEUWT DE HELE NACHT",
    "Er is een kenteken genoteerd om 22 uur",
    "Duitse auto A4 met twee man",
    "tel maar eens 10 tot 15 man",
    "de dader is gevlucht",
    "Ik bel de buurman Hij doet niet open",
    "mijn vrouw durft niet meer naar buiten",
    "op insta verkoopt hij alles",
)


@pytest.mark.parametrize(("text", "gone", "stays"), PERSONAL, ids=[text for text, _, _ in PERSONAL])
def test_what_people_write_of_others_goes_and_what_happened_stays(
    text: str, gone: tuple[str, ...], stays: tuple[str, ...]
) -> None:
    cleaned = scrub(text)
    assert [part for part in gone if part in cleaned] == [], cleaned
    assert [part for part in stays if part not in cleaned] == [], cleaned
    assert scrub(cleaned) == cleaned


@pytest.mark.parametrize("text", INNOCENT)
def test_a_sentence_that_names_nobody_stays(text: str) -> None:
    assert scrub(text) == text
