"""Which texts speak of one house."""

import pytest

from hotspots.detection.house_mentions import mention_a_house


@pytest.mark.parametrize(
    "text",
    [
        "Herrie van nummer 14",
        "het gaat om nr. 12a",
        "De bovenburen van 12a schreeuwen",
        "weer de buurman op 31",
        "de buren van [huisnummer] dealen",
        "woont op [adres]",
        "Bonken uit dit huis",
        "Overlast vanuit de woning",
        "de BEWONER scheldt iedereen uit",
        "onderburen draaien harde muziek",
    ],
)
def test_a_text_that_names_or_points_at_a_house_speaks_of_it(text: str) -> None:
    assert mention_a_house([text]).tolist() == [True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Groep jongeren op het plein",
        "bas dreunt door het hele huis",
        "voor mijn huis staan auto's",
        "De buren hebben ook last",
        "bewoners zijn bang",
        "telefoonnummer 112 gebeld",
        "al 14 dagen overlast van 3 jongens",
        "bij de ingang van de flat",
        "lijn 14 stopt hier niet meer",
    ],
)
def test_a_text_about_the_street_or_about_who_reports_does_not(text: str) -> None:
    assert mention_a_house([text]).tolist() == [False]
