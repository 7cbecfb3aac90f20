"""Names of people are found by lists; streets, shops, houses and known places are none."""

from collections import Counter
from pathlib import Path

import pytest

from hotspots.intake.names import without_names
from hotspots.intake.plain_spelling import AsRead
from hotspots.intake.scrubbing import names_a_person, scrub

HERE = Path(__file__).parent
MARKED = [
    (sentence, [mark.split("=", 1) for mark in marks])
    for sentence, *marks in (
        line.split("\t") for line in (HERE / "marked_sentences.tsv").read_text(encoding="utf-8").splitlines()
    )
]
"""A sentence as people write it, and what in it points at a person, with its kind; all made up."""

INNOCENT = (HERE / "innocent_sentences.txt").read_text(encoding="utf-8").splitlines()
"""Sentences that point at nobody."""


def test_the_corpus_is_large_enough_to_tell_a_share() -> None:
    assert len(MARKED) >= 300
    assert len(set(INNOCENT)) == len(INNOCENT) >= 200


def test_of_names_at_least_95_and_of_other_marks_99_of_100_are_found() -> None:
    there: Counter[str] = Counter()
    missed: dict[str, list[str]] = {"naam": [], "ander": []}
    for sentence, marks in MARKED:
        cleaned = scrub(sentence)
        assert scrub(cleaned) == cleaned
        for kind, mark in marks:
            of = "naam" if kind.startswith("naam") else "ander"
            there[of] += 1
            # of a name its last part too, which tells most
            if mark in cleaned or (of == "naam" and mark.split()[-1] in cleaned):
                missed[of].append(f"{mark}: {cleaned}")
    assert len(missed["naam"]) <= 0.05 * there["naam"], missed["naam"]
    assert len(missed["ander"]) <= 0.01 * there["ander"], missed["ander"]


def test_at_most_1_of_100_innocent_sentences_changes() -> None:
    changed = [(sentence, scrub(sentence)) for sentence in INNOCENT if scrub(sentence) != sentence]
    assert len(changed) <= 0.01 * len(INNOCENT), changed


def without(text: str, *places: str) -> str:
    """The text without names that are found by lists; the places are none."""
    return without_names(AsRead(text), frozenset(places)).written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gisteren stond Sjefke hier", "Gisteren stond [naam] hier"),
        ("met Filmon en Yxmina", "met [naam] en [naam]"),
        ("die van Jansma staat er weer", "die [naam] staat er weer"),
        ("IK BEN HET ZAT MET DIE DE GROOT", "IK BEN HET ZAT MET DIE [naam]"),
        ("ZET KEVIN TSCHENTSCHER UIT HUIS", "ZET [naam] UIT HUIS"),
        ("Roos en Thijs maken ruzie", "[naam] en [naam] maken ruzie"),
        ("Roos is zestien. De roos is rood.", "[naam] is zestien. De roos is rood."),
        ("Volgens Bas klopt het, de bas dreunt.", "Volgens [naam] klopt het, de bas dreunt."),
        ("Gülizşar riep iets", "[naam] riep iets"),
        ("Gisteren kwam Wrobelczyk thuis", "Gisteren kwam [naam] thuis"),
    ],
)
def test_a_name_is_seen_by_its_form_and_by_what_stands_around_it(text: str, expected: str) -> None:
    assert without(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Op het Frans van de Laarplein is het druk.",
        "Bij Kees Smit Tuinmeubelen is ingebroken.",
        "Een grijze Seat Leon scheurt rond.",
        "Een jongen in een Nike-trui.",
        "Muziek van Ilse galmt door de straat.",
        "In de Jan van Eyckstraat staat een busje.",
        "Bij café Sjaak is het druk.",
        "Voor de Jan Linders wordt gedronken.",
        "Mark deze plek op de kaart.",
        "Achter de Sint Jan wordt geblowd.",
        "De J.F. Kennedysingel is dicht.",
    ],
)
def test_what_is_called_after_a_person_is_no_person(text: str) -> None:
    assert without(text) == text


def test_what_the_own_register_knows_as_a_place_is_no_person() -> None:
    text = "Voor Aletta Jacobs staan ze weer."
    assert without(text, "aletta jacobs") == text
    assert without(text) == "Voor [naam] staan ze weer."


def test_a_place_of_one_given_name_hides_no_person() -> None:
    assert without("Ik zag Wanda daar", "wanda") == "Ik zag [naam] daar"


@pytest.mark.parametrize(
    "number",
    [
        *(
            "Jan_Jansen",
            "jan.jansen",
            "jansen-piet-2",
            "JanJansen",
            "samira-2",
            "tel:0612345678",
            "BSN123456782",
        ),
        *("bsn 111222333", "mob_06-12345678", "j.jansen@voorbeeld.nl", "NL91ABNA0417164300", "van-kevin-3"),
        *("dhr.Jansen", "mw_deVries", "klant:Mohammed", "NL91-ABNA-0417-1643-00", "KEVIN2023", "M.Janssen"),
        *("fam-bakker", "telefoon-0433214567", "kees/12", "burgerservicenr111222333", "piet(3)", "P.deVries"),
    ],
)
def test_numbers_of_reports_that_hold_a_name_or_number_of_a_person_are_seen(number: str) -> None:
    assert names_a_person(number)


@pytest.mark.parametrize(
    "number",
    [
        *("KCC_2023_44", "melding_2023_11", "INC0012345", "CAS-887-AX", "WEB20231111", "Wijk3-001"),
        *("M-1", "2023-00012", "MLD 2023 001", "SIA-123", "111222333", "0612345678", "MELD-2023-00012"),
        *(
            "a1b2c3d4-e5f6-4711-8899-aabbccddeeff",
            "NWW-30000-0",
            "OV_2023_11",
            "gehasht-00ab",
            "Z2023-00012345",
        ),
    ],
)
def test_plain_numbers_of_reports_stay(number: str) -> None:
    assert not names_a_person(number)
