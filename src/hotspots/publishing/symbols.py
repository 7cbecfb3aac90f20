"""Symbols on maps for trends, statuses and indications: always a shape or letter, never colour alone.

The word itself is shown beside the symbol.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotspots.model import Indicatie, Status, Trend
from hotspots.wording import INDICATIES, STATUSES, TRENDS


@dataclass(frozen=True)
class TrendStyle:
    """The style of a trend."""

    colour: str  # at least 4.5 : 1 on white
    points: str  # an SVG path in a box of 16 by 16
    marker: str  # the same for matplotlib
    is_filled: bool = True


@dataclass(frozen=True)
class LetterStyle:
    """The style of a status or an indication: a letter on a disc."""

    colour: str  # at least 4.5 : 1 on white
    letter: str


class View(StrEnum):
    """What the symbols on a map show; in Dutch, as in the address of the page."""

    TREND = "trend"
    STATUS = "status"
    INDICATIE = "indicatie"


@dataclass(frozen=True)
class Symbol:
    """One symbol on a map, with its word."""

    css_class: str  # sets the colour, in light and dark mode
    word: str
    points: str
    letter: str = ""
    is_filled: bool = True


_CIRCLE = "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z"

DISC = "M8 0a8 8 0 1 0 0 16a8 8 0 1 0 0-16z"
"""The disc behind a letter, as an SVG path."""

TREND_STYLES: Mapping[Trend, TrendStyle] = {
    Trend.NIEUW: TrendStyle("#7b1fa2", "M6 1h4v5h5v4h-5v5h-4v-5h-5v-4h5z", "P"),
    Trend.TOENEMEND: TrendStyle("#b3261e", "M8 1.5L15 14.5H1z", "^"),
    Trend.AANHOUDEND: TrendStyle("#8a4b00", "M2 2h12v12H2z", "s"),
    Trend.AFNEMEND: TrendStyle("#1b6b3a", "M8 14.5L1 1.5H15z", "v"),
    Trend.WISSELEND: TrendStyle("#00587a", "M8 .5L15.5 8 8 15.5.5 8z", "D"),
    Trend.STIL: TrendStyle("#50565e", _CIRCLE, "o", is_filled=False),
    Trend.BEEINDIGD: TrendStyle(
        "#50565e", "M2 3.5L3.5 2 8 6.5 12.5 2 14 3.5 9.5 8 14 12.5 12.5 14 8 9.5 3.5 14 2 12.5 6.5 8z", "X"
    ),
}

STATUS_STYLES: Mapping[Status, LetterStyle] = {
    Status.KANDIDAAT: LetterStyle("#50565e", "K"),
    Status.IN_VERIFICATIE: LetterStyle("#8a4b00", "?"),
    Status.VEILIGHEID: LetterStyle("#b3261e", "V"),
    Status.LEEFBAARHEID: LetterStyle("#00587a", "L"),
    Status.GEEN_HOTSPOT: LetterStyle("#50565e", "×"),
    Status.IN_AANPAK: LetterStyle("#7b1fa2", "A"),
    Status.NAZORG: LetterStyle("#1b6b3a", "N"),
    Status.GESLOTEN: LetterStyle("#50565e", "–"),
}

INDICATIE_STYLES: Mapping[Indicatie, LetterStyle] = {
    Indicatie.VEILIGHEID: LetterStyle("#b3261e", "V"),
    Indicatie.LEEFBAARHEID: LetterStyle("#00587a", "L"),
    Indicatie.ONBEPAALD: LetterStyle("#50565e", "?"),
}

SYMBOLS: Mapping[View, Mapping[str, Symbol]] = {
    View.TREND: {
        value.value: Symbol(f"t-{value.value}", TRENDS[value], style.points, is_filled=style.is_filled)
        for value, style in TREND_STYLES.items()
    },
    View.STATUS: {
        value.value: Symbol(f"s-{value.value.replace(' ', '-')}", STATUSES[value], DISC, style.letter)
        for value, style in STATUS_STYLES.items()
    },
    View.INDICATIE: {
        value.value: Symbol(f"i-{value.value}", INDICATIES[value], DISC, style.letter)
        for value, style in INDICATIE_STYLES.items()
    },
}
"""The symbol of every trend, status and indication."""
