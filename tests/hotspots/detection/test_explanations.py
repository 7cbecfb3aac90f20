"""The sentences that say why a place is on the list or not, with the numbers that decided it."""

from dataclasses import replace
from datetime import date

import pytest

from hotspots.detection.concentration import Surroundings
from hotspots.detection.explanations import (
    ONCE_EACH,
    Rest,
    context_reasons,
    reasons,
    why_not,
    why_not_concentrated,
    why_not_shared_coordinate,
    why_not_without_peaks,
    why_not_without_reporter,
)
from hotspots.detection.false_alarms import SharedCoordinate
from hotspots.detection.indication import NOT_READ, Indication
from hotspots.detection.place_context import PlaceContext
from hotspots.detection.place_type import PlaceType
from hotspots.detection.rules import PlaceFigures, Rule
from hotspots.model import Indicatie, Soort
from hotspots.settings import DetectionSettings
from hotspots.statistics.hot_hours import HotHours
from hotspots.statistics.trends import EmergingClass

RULES = DetectionSettings()
NAN = float("nan")
FIGURES = PlaceFigures(
    report_count=20,
    duplicate_count=0,
    day_count=12,
    week_count=9,
    duration_days=80,
    known_reporter_reports=20,
    reporter_count=6,
    largest_reporter_share=0.25,
    largest_burst=4,
    first_day=date(2023, 9, 1),
    last_day=date(2023, 12, 20),
)
AROUND = Surroundings(NAN, 4.0, NAN, ())
CHANCE = "de kans op toeval is"
AREA = PlaceType(Soort.GEBIED, 0.9, 0.2, 16)


def told(
    figures: PlaceFigures = FIGURES,
    around: Surroundings = AROUND,
    p_value: float = 0.001,
    kind: PlaceType = AREA,
    indication: Indication = NOT_READ,
) -> list[str]:
    return reasons(figures, around, p_value, kind, indication, RULES)


def test_each_property_of_a_hotspot_is_one_sentence() -> None:
    assert told() == [
        "Herhaald: 20 meldingen op 12 verschillende dagen.",
        "Langdurig: over 80 dagen, in 9 verschillende weken; hooguit 4 meldingen kort na elkaar.",
        "Gedeeld: van 6 bekende melders; de grootste deed 25% (hooguit 60% mag).",
        f"Geconcentreerd: 5,0 keer zo veel als de omgeving doen verwachten (4,0); {CHANCE} ongeveer 0,10%.",
        "Actueel: de eerste melding in deze periode was op 1 september 2023, de laatste op 20 december 2023.",
        "Soort gebied: de meldingen wijzen naar meer adressen; hooguit 20% naar één adres.",
    ]


def test_what_was_left_out_is_told_too() -> None:
    (duplicates,) = told(replace(FIGURES, duplicate_count=2))[6:]
    assert duplicates == ("2 meldingen van dezelfde melder op dezelfde dag en plek telden niet nog eens mee.")
    assert told(replace(FIGURES, known_reporter_reports=17))[2].endswith(
        " Van 3 meldingen is de melder onbekend."
    )
    assert told(replace(FIGURES, known_reporter_reports=1))[2].startswith("Gedeeld: niet te beoordelen")


@pytest.mark.parametrize(
    ("p_value", "chance"),
    [(9.9e-5, "kleiner dan 1 op 10.000"), (1e-4, "ongeveer 0,01%"), (0.0123, "ongeveer 1,23%")],
)
def test_a_small_chance_is_told_as_such(p_value: float, chance: str) -> None:
    assert told(p_value=p_value)[3].endswith(f"de kans op toeval is {chance}.")


@pytest.mark.parametrize(
    ("expected", "numbers"),
    [
        (1.0, ("20 keer", "(1,0)")),
        (2.0, ("10 keer", "(2,0)")),
        (2.02, ("9,9 keer", "(2,0)")),
        (10, ("2,0 keer", "(10)")),
    ],
)
def test_from_ten_on_numbers_are_whole(expected: float, numbers: tuple[str, str]) -> None:
    said = told(around=Surroundings(NAN, expected, NAN, ()))[3]
    assert all(number in said for number in numbers)


def test_with_a_register_the_addresses_are_told() -> None:
    said = told(around=Surroundings(5.0, 4.0, 12.0, ()))[3]
    assert said.startswith(
        "Geconcentreerd: 4,0 keer zo veel als de 12 adressen hier en de omgeving doen verwachten (5,0)"
    )


def test_a_dwelling_is_told_by_the_share_of_its_address() -> None:
    dwelling = PlaceType(Soort.WONING, 0.996, 0.85, 3)
    assert told(kind=dwelling)[5] == (
        "Soort woning: waarschijnlijk één woning (kans ongeveer 99%); "
        "85% van de meldingen wijst naar één adres."
    )


def test_a_possible_dwelling_is_told_with_its_chance() -> None:
    assert told(kind=PlaceType(Soort.WONING, 0.89, 0.5, 3))[5] == (
        "Soort woning: mogelijk één woning (kans ongeveer 89%); 50% van de meldingen wijst naar één adres."
    )


@pytest.mark.parametrize(
    ("indication", "expected"),
    [
        (
            Indication(Indicatie.ONBEPAALD, 0.5, {"veiligheid: wapens": 1}),
            "Indicatie onbepaald: de woorden in de meldingen wijzen niet duidelijk één kant op.",
        ),
        (
            Indication(
                Indicatie.VEILIGHEID,
                0.9,
                {"v: e": 1, "v: d": 2, "l: c": 2, "v: b": 3, "v: a": 9},
            ),
            "Indicatie veiligheid (een suggestie): in de meldingen gaat het over a 9×, b 3×, c 2×, d 2×.",
        ),
    ],
)
def test_the_four_themes_with_most_reports_are_named(indication: Indication, expected: str) -> None:
    assert told(indication=indication)[6:] == [expected]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule.REPORTS, "het aantal meldingen te klein is: 20, nodig zijn er 8"),
        (Rule.DAYS, "de meldingen van te weinig dagen zijn: 12, nodig zijn er 6"),
        (Rule.WEEKS, "de meldingen uit te weinig weken komen: 9, nodig zijn er 5"),
        (Rule.DURATION, "de overlast te kort duurt: 80 dagen, nodig zijn er 42"),
        (Rule.BURST, "het een piek is: 4 van de 20 meldingen vallen binnen 72 uur"),
        (Rule.REPORTERS, "te weinig mensen melden: 6, nodig zijn er 3"),
        (Rule.REPORTER_SHARE, "één melder 25% van de meldingen deed; dat mag 60% zijn"),
        (Rule.CURRENT, "het stil is sinds 20 december 2023: langer dan 8 weken voor 31 december 2023"),
    ],
)
def test_the_first_rule_that_fails_is_told(rule: Rule, expected: str) -> None:
    said = why_not([rule, Rule.CURRENT], FIGURES, date(2023, 12, 31), RULES)
    assert said == f"Niet gesignaleerd, omdat {expected}."


@pytest.mark.parametrize(
    ("around", "radius_m", "expected"),
    [
        (AROUND, 75.0, "4,0 te verwachten doordat de omgeving ook veel meldingen heeft."),
        (AROUND, 75.1, "verspreid zijn (tot 75 meter van het midden)"),
        (Surroundings(4.0, 4.0, 8.0, ()), 9.0, "4,0 te verwachten doordat er 8,0 adressen zijn."),
        (
            Surroundings(3.9, 4.0, 8.0, ()),
            9.0,
            "4,0 te verwachten doordat de omgeving ook veel meldingen heeft.",
        ),
    ],
)
def test_what_is_not_concentrated_is_too_wide_or_explained(
    around: Surroundings, radius_m: float, expected: str
) -> None:
    assert expected in why_not_concentrated(FIGURES, around, radius_m, RULES)


def test_people_who_come_back_or_not_are_told() -> None:
    def shared(lasting: int) -> str:
        return told(replace(FIGURES, returning_count=lasting, lasting_count=lasting))[2]

    assert shared(1).endswith("Na 21 dagen of later meldde 1 van hen weer.")
    assert shared(3).endswith("Na 21 dagen of later meldden 3 van hen weer.")
    once_each = replace(FIGURES, reporter_count=20, largest_reporter_share=0.05)
    asked = RULES.model_copy(update={"passing_share": 0.1})
    assert why_not_concentrated(once_each, AROUND, 20, asked).endswith(ONCE_EACH)
    assert ONCE_EACH not in why_not_concentrated(replace(once_each, returning_count=2), AROUND, 20, asked)
    assert ONCE_EACH not in why_not_concentrated(once_each, AROUND, 20, RULES)


def test_what_remains_without_a_part_is_told() -> None:
    rest = Rest(report_count=7, left_out_count=13, is_enough=False)
    assert "omdat 13 van de 20 meldingen" in why_not_without_peaks(rest, FIGURES)
    assert "de 7 andere zijn" in why_not_without_peaks(rest, FIGURES)
    assert "één melder 13 van de 20 meldingen deed; de 7 andere" in why_not_without_reporter(rest, FIGURES)
    beside = " De andere zijn niet meer dan de omgeving verklaart."
    assert why_not_shared_coordinate(SharedCoordinate(9, 1, 8, 7)).endswith(beside)
    assert not why_not_shared_coordinate(SharedCoordinate(9, 0, 8, 7)).endswith(beside)


@pytest.mark.parametrize(("days", "when"), [("elke dag", ""), ("in het weekend", " in het weekend")])
def test_the_hours_and_the_cell_are_told_when_they_stand_out(days: str, when: str) -> None:
    usual = "van alle meldingen in de stad is dat"
    hours = HotHours(days=days, first_hour=22, end_hour=3, count=9, share=0.45, usual_share=0.1, p=0.01)
    said = context_reasons(PlaceContext(hours, EmergingClass.NEW), report_count=20)
    assert said == [
        f"Uren: 9 van de 20 meldingen vallen{when} tussen 22 en 3 uur; {usual} 10%.",
        "Omgeving: het vak van de kaart is voor het eerst drukker dan de rest van de stad.",
    ]
    assert context_reasons(PlaceContext(None, EmergingClass.NONE), report_count=20) == []
