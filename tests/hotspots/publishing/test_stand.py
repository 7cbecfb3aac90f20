"""The stand in words: a number that says nothing by itself has a sentence that says what it means."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from hotspots.publishing.public_account import QuarterFigure
from hotspots.publishing.stand import MeasuresNow, Places, Stand, TileName

NONE = Places(0, 0, 0, 0, 0, 0, came=None, came_this_week=None, went=None, went_for_good=0)
SOME = Places(16, 6, 4, 3, 1, 3, came=4, came_this_week=1, went=2, went_for_good=1)
MEASURES = MeasuresNow(in_force=6, at_places=5, begun=9, fewer=2, more=1, unsure=4, has_effects=True)
WATCHED, CAVEAT = "we kijken of het rustig blijft", "Minder meldingen is niet altijd minder overlast."
STAND = Stand(
    peildatum=date(2023, 12, 31),
    area_name=None,
    is_simulated=False,
    is_exact=False,
    places=SOME,
    measures=None,
    months=None,
    months_until=None,
    quarters=[],
    by_buurt={"A": 3, "B": 0, "C": 13},
)


def told(stand: Stand, name: TileName) -> tuple[str, str, str] | None:
    """What the tile of this name says, if it is there."""
    return next(((t.figure, t.words, t.sentence) for t in stand.tiles if t.name is name), None)


@pytest.mark.parametrize(
    ("stand", "name", "expected"),
    [
        pytest.param(
            STAND,
            TileName.PLEKKEN,
            ("16", "plekken op de lijst", "In 2 van de 3 buurten. Over 6 plekken is nog niet besloten."),
            id="places",
        ),
        pytest.param(
            replace(STAND, places=NONE, by_buurt={"A": 0}),
            TileName.PLEKKEN,
            ("0", "plekken op de lijst", "Er staat nu geen plek op de lijst."),
            id="no place",
        ),
        pytest.param(replace(STAND, places=NONE), TileName.NIEUW, None, id="no run so long ago"),
        pytest.param(
            STAND,
            TileName.NIEUW,
            ("4", "nieuw in 4 weken", "Deze week 1 plek. In dezelfde tijd gingen er 2 af."),
            id="new",
        ),
        pytest.param(
            replace(STAND, measures=MEASURES),
            TileName.AANPAK,
            (
                "4",
                "plekken in aanpak",
                f"Er lopen 6 maatregelen op 5 plekken. 3 plekken zijn in nazorg: {WATCHED}.",
            ),
            id="measures",
        ),
        pytest.param(
            STAND,
            TileName.RUSTIGER,
            (
                "5",
                "plekken rustiger",
                f"Bij 1 komen minder meldingen, 3 zijn stil, 1 ging in 4 weken van de lijst. {CAVEAT}",
            ),
            id="quieter",
        ),
        pytest.param(STAND, TileName.MAATREGELEN, None, id="no cases to read"),
        pytest.param(
            replace(STAND, measures=replace(MEASURES, has_effects=False)),
            TileName.MAATREGELEN,
            None,
            id="effects not computed",
        ),
        pytest.param(
            replace(STAND, measures=replace(MEASURES, begun=1, fewer=0, more=0, unsure=0)),
            TileName.MAATREGELEN,
            (
                "0",
                "maatregelen met daarna minder meldingen",
                "In 26 weken begon er 1. Het is nog te vroeg om te zeggen wat er daarna gebeurde.",
            ),
            id="too early",
        ),
        pytest.param(
            replace(
                STAND, quarters=[QuarterFigure(date(2022, 7, 1), 480), QuarterFigure(date(2023, 7, 1), 645)]
            ),
            TileName.MELDINGEN,
            (
                "± 645",
                "meldingen in het derde kwartaal van 2023",
                "Een jaar eerder waren het er ongeveer 480.",
            ),
            id="quarters",
        ),
        pytest.param(
            replace(STAND, quarters=[QuarterFigure(date(2023, 7, 1), None)]),
            TileName.MELDINGEN,
            None,
            id="a quarter that is not told",
        ),
        pytest.param(
            replace(
                STAND,
                is_exact=True,
                months_until=date(2023, 12, 31),
                months=pd.DataFrame(
                    {"month": [12], "count": [247], "count_last_year": [166.0], "is_change": [True]}
                ),
            ),
            TileName.MELDINGEN,
            (
                "247",
                "meldingen in december",
                "In december 2022 waren het er 166. Dat verschil is groter dan toeval verklaart.",
            ),
            id="months",
        ),
    ],
)
def test_a_number_says_what_it_means(
    stand: Stand, name: TileName, expected: tuple[str, str, str] | None
) -> None:
    assert told(stand, name) == expected


def test_who_does_not_get_everything_is_told_so() -> None:
    assert any("tellen hier niet mee" in note for note in STAND.notes)
    assert not any("tellen hier niet mee" in note for note in replace(STAND, is_exact=True).notes)
