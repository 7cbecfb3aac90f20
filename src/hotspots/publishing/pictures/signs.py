"""The signs of hotspots on a picture: a shape for each trend, a letter for each status or indication."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hotspots.publishing.symbols import (
    INDICATIE_STYLES,
    STATUS_STYLES,
    SYMBOLS,
    TREND_STYLES,
    LetterStyle,
    TrendStyle,
    View,
)
from hotspots.publishing.weekly_map import WeeklyMap, sign_of

Style = TrendStyle | LetterStyle

STYLES: Mapping[View, Mapping[str, Style]] = {
    View.TREND: {trend.value: style for trend, style in TREND_STYLES.items()},
    View.STATUS: {status.value: style for status, style in STATUS_STYLES.items()},
    View.INDICATIE: {indicatie.value: style for indicatie, style in INDICATIE_STYLES.items()},
}
"""How a sign is drawn, by what the map shows."""

_LETTER_POINTS = 4.8

SIGN_POINTS = 7.5
"""The width of a sign, with the line around it."""


def colours_of(shown: WeeklyMap) -> dict[str, str]:
    """The colour of each hotspot on a map, by its id."""
    styles = STYLES[shown.view]
    return {hotspot.id: styles[sign_of(hotspot, shown.view)].colour for hotspot in shown.hotspots}


def draw_signs(axes: Axes, shown: WeeklyMap) -> None:
    """Draw the sign of each hotspot at its centre, the clearest on top."""
    for value, style in STYLES[shown.view].items():
        alike = [hotspot for hotspot in reversed(shown.hotspots) if sign_of(hotspot, shown.view) == value]
        if not alike:
            continue
        symbol = _symbol(style, [spot.lon for spot in alike], [spot.lat for spot in alike])
        symbol.set_zorder(3.5)  # above the boxes behind the labels
        axes.add_artist(symbol)
        if isinstance(style, LetterStyle):
            for spot in alike:
                axes.text(
                    spot.lon,
                    spot.lat,
                    style.letter,
                    fontsize=_LETTER_POINTS,
                    fontweight="bold",
                    color="white",
                    ha="center",
                    va="center_baseline",
                    zorder=3.6,
                )


def legend_of(shown: WeeklyMap) -> list[Line2D]:
    """The signs that are on a map, with their words."""
    present = {sign_of(hotspot, shown.view) for hotspot in shown.hotspots}
    handles = []
    for value, symbol in SYMBOLS[shown.view].items():
        if value in present:
            label = f"{symbol.letter} {symbol.word}".strip()
            handles.append(_symbol(STYLES[shown.view][value], [], [], label=label))
    return handles


def _symbol(style: Style, x: Sequence[float], y: Sequence[float], label: str = "") -> Line2D:
    is_filled = isinstance(style, LetterStyle) or style.is_filled
    return Line2D(
        x,
        y,
        linestyle="none",
        marker="o" if isinstance(style, LetterStyle) else style.marker,
        markersize=6.5,
        label=label,
        markerfacecolor=style.colour if is_filled else "white",
        markeredgecolor="white" if is_filled else style.colour,
        markeredgewidth=0.6 if is_filled else 1.4,
    )
