"""The plain reasons of a place: sentences that anyone can read, from the figures of the record at hand."""

from datetime import date
from typing import Any

import pytest
import shapely

from hotspots.model import Aard, Indicatie, Soort, Soortoordeel, Status, Trend
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.plain_reasons import computed_reasons, plain_reasons


def place(**other: Any) -> Hotspot:
    """A place with 35 reports on 26 days, of which 0.4 were expected."""
    values: dict[str, Any] = {
        "id": "1",
        "nummer": "HS-2023-001",
        "status": Status.KANDIDAAT,
        "soort": Soort.GEBIED,
        "indicatie": Indicatie.ONBEPAALD,
        "trend": Trend.TOENEMEND,
        "eerste_melding": date(2023, 5, 3),
        "laatste_melding": date(2023, 11, 2),
        "eerste_signalering": date(2023, 10, 1),
        "laatste_signalering": date(2023, 11, 5),
        "aantal_meldingen": 35,
        "aantal_dagen": 26,
        "aantal_weken": 20,
        "aantal_melders": 7,
        "duur_dagen": 183,
        "verwacht": 0.4,
        "p_waarde": 0.0001,
        "herhalingsinterval": 7_000_000.0,
        "score": 4.0,
        "naam": "Marktlaan",
        "aandeel_drugs": 0.8,
        "aard": Aard.DRUGS,
        "subcategorieen": ("dealen", "gebruik"),
        "lon": 5.69,
        "lat": 50.85,
        "buurtcode": None,
        "buurtnaam": None,
        "gebied": None,
        "redenen": ("Herhaald: 35 meldingen op 26 verschillende dagen.",),
        "soort_oordeel": Soortoordeel.GEBIED,
        "soort_zekerheid": None,
        "geometry": shapely.box(5.69, 50.84, 5.70, 50.85),
    }
    return Hotspot(**(values | other))


def test_the_plain_reasons_say_how_many_by_whom_when_where_and_how_it_goes() -> None:
    assert plain_reasons(place()) == [
        "Er kwamen 35 meldingen op 26 dagen; verwacht was hooguit 1.",
        "Er meldden minstens 7 mensen.",
        "De eerste melding was op 3 mei 2023, de laatste op 2 november 2023.",
        "De meldingen gaan vooral over drugs (80%). Het vaakst gemeld: dealen en gebruik.",
        "De meldingen wijzen naar meer adressen.",
        "Het worden de laatste weken meer meldingen.",
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"verwacht": None}, "Er kwamen 35 meldingen op 26 dagen."),
        ({"verwacht": 0.0}, "Er kwamen 35 meldingen op 26 dagen; verwacht was hooguit 1."),
        ({"verwacht": 3.2}, "Er kwamen 35 meldingen op 26 dagen; verwacht was hooguit 4."),
        (
            {"aantal_meldingen": 1, "aantal_dagen": 1, "verwacht": None},
            "Er kwam 1 melding op 1 dag.",
        ),
        (
            {"aantal_melders": None},
            "Het is niet bekend wie er meldden. Kijk of meer mensen er last van hebben.",
        ),
        ({"aantal_melders": 1}, "Er is één melder bekend."),
        ({"laatste_melding": date(2023, 5, 3)}, "Alle meldingen waren op 3 mei 2023."),
        (
            {"soort": Soort.WONING, "soort_oordeel": Soortoordeel.WONING},
            "De meldingen wijzen waarschijnlijk naar één woning.",
        ),
        (
            {"soort": Soort.WONING, "soort_oordeel": Soortoordeel.MOGELIJK_WONING},
            "De meldingen kunnen over één woning gaan. Dat is niet zeker.",
        ),
        (
            {"indicatie": Indicatie.VEILIGHEID},
            "De woorden in de meldingen passen bij veiligheid. Mensen besluiten dat.",
        ),
        ({"trend": Trend.STIL}, "De laatste weken kwam er geen melding meer."),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_figure_has_its_sentence(changed: dict[str, Any], sentence: str) -> None:
    assert sentence in plain_reasons(place(**changed))


def test_why_a_place_came_stands_before_why_it_left() -> None:
    left = "Sinds 12 november 2023 voldoet deze plek niet meer aan de regels; de cijfers zijn van die dag."
    back = "Op 4 maart 2023 beoordeeld als geen hotspot, maar sterker dan toen: 35 meldingen op 26 dagen."
    counted = "Herhaald: 35 meldingen op 26 verschillende dagen."
    gone = place(redenen=(left, back, counted), trend=Trend.STIL)
    said = plain_reasons(gone)
    assert (said[0], said[-1]) == (back, left)
    assert computed_reasons(gone) == [counted]


@pytest.mark.parametrize("trend", Trend)
@pytest.mark.parametrize("indication", Indicatie)
def test_each_trend_and_indication_can_be_said(trend: Trend, indication: Indicatie) -> None:
    assert all(said.endswith(".") for said in plain_reasons(place(trend=trend, indicatie=indication)))


def test_the_stored_reasons_call_the_kind_as_pages_do() -> None:
    stored = "Soort gebied: de meldingen wijzen naar meer adressen; hooguit 20% naar één adres."
    assert computed_reasons(place(redenen=(stored,))) == [
        "Soort: de meldingen wijzen naar meer adressen; hooguit 20% naar één adres."
    ]
