"""Maps as a picture, PNG or SVG, for reports and letters: the same input gives the same file."""

from collections.abc import Sequence
from io import BytesIO
from math import cos, radians
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspots.symbols import TREND_STYLES, TrendStyle
from hotspots.weekly_map import WeeklyMap, bounds
from hotspots.wording import TRENDS

WIDTH_INCH, HEIGHT_INCH, DOTS_PER_INCH = 10.0, 8.0, 150
MARGIN = 0.1
"""Of the width and height, around what is to be in view."""

MIN_WIDTH_DEGREES = 0.012
"""Under a kilometre: so that one hotspot still has surroundings."""

_BOX = (0.03, 0.09, 0.94, 0.78)  # of the map, in the figure
_SHAPE = HEIGHT_INCH * _BOX[3] / (WIDTH_INCH * _BOX[2])

_SEA, _LAND, _LINE, _INK, _SOFT = "#e9edf0", "#f8fafb", "#9aa5b1", "#1c2733", "#4b5866"
# text stays text in SVG, and neither file says when it was made
_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "hotspots", "font.family": ["DejaVu Sans"]}


def draw_picture(shown: WeeklyMap, kind: str) -> bytes:
    """Draw a weekly map with its title, legend, peildatum and source.

    Parameters
    ----------
    shown
        What is on it.
    kind
        ``png`` or ``svg``.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_INCH, HEIGHT_INCH), dpi=DOTS_PER_INCH, facecolor="white")
        axes = figure.add_axes(_BOX)
        _draw(axes, shown)
        _frame(axes, shown)
        _label(axes, shown)
        _describe(figure, shown)
        output = BytesIO()
        metadata = {"Title": shown.title} | ({"Date": None} if kind == "svg" else {"Software": None})
        figure.savefig(output, format=kind, metadata=metadata)
    return output.getvalue()


def _draw(axes: Axes, shown: WeeklyMap) -> None:
    axes.add_collection(
        PolyCollection(_rings(shown.areas.geometry), facecolor=_LAND, edgecolor=_LINE, linewidth=0.7)
    )
    for hotspot in reversed(shown.hotspots):  # the clearest lies on top
        style = TREND_STYLES[hotspot.trend]
        axes.add_collection(
            PolyCollection(
                _rings([hotspot.geometry]), facecolor=f"{style.colour}40", edgecolor=style.colour, linewidth=1
            )
        )
        axes.add_line(_symbol(style, [hotspot.lon], [hotspot.lat]))


def _label(axes: Axes, shown: WeeklyMap) -> None:
    """Write the numbers, the clearest hotspot first; where there is no room, the symbol stands alone."""
    taken: list[Bbox] = []
    for hotspot in shown.hotspots:
        label = axes.annotate(
            hotspot.nummer.removeprefix("HS-"),
            (hotspot.lon, hotspot.lat),
            xytext=(8, 4),
            textcoords="offset points",
            fontsize=7,
            color=_INK,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "#ffffffcc", "edgecolor": "none"},
        )
        box = label.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            label.remove()
        else:
            taken.append(box)


def _frame(axes: Axes, shown: WeeklyMap) -> None:
    view = bounds(shown)
    axes.set_facecolor(_SEA)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(_LINE)
    if view is None:
        axes.set_axis_off()
        return
    west, south, east, north = view
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shrink = cos(radians(middle_y))  # a degree of longitude is this much shorter than one of latitude
    width = max((east - west) * (1 + 2 * MARGIN), MIN_WIDTH_DEGREES)
    height = max((north - south) * (1 + 2 * MARGIN), width * shrink * _SHAPE)
    width = height / shrink / _SHAPE
    axes.set_xlim(middle_x - width / 2, middle_x + width / 2)
    axes.set_ylim(middle_y - height / 2, middle_y + height / 2)
    for name, shape in zip(shown.areas["buurtnaam"], shown.areas.geometry, strict=True):
        middle = shape.representative_point()
        if abs(middle.x - middle_x) < width / 2.2 and abs(middle.y - middle_y) < height / 2.1:
            axes.text(middle.x, middle.y, _plain(name), fontsize=7, color=_SOFT, ha="center", va="center")


def _describe(figure: Figure, shown: WeeklyMap) -> None:
    figure.text(0.03, 0.945, _plain(shown.title), fontsize=17, fontweight="bold", color="#154273")
    count = len(shown.hotspots)
    subtitle = f"{shown.subtitle}. {count} {'hotspot' if count == 1 else 'hotspots'}."
    figure.text(0.03, 0.905, _plain(subtitle), fontsize=11, color=_SOFT)
    figure.text(0.03, 0.02, _plain(f"{shown.source}."), fontsize=8, color=_SOFT)
    handles = [_symbol(TREND_STYLES[trend], [], [], label=TRENDS[trend]) for trend in shown.trends]
    if handles:
        figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.02, 0.035),
            ncols=len(handles),
            frameon=False,
            fontsize=10,
            handletextpad=0.2,
            columnspacing=1.4,
        )
    if shown.is_simulated:
        figure.text(
            0.97,
            0.945,
            "Gesimuleerde gegevens",
            ha="right",
            fontsize=11,
            color=_INK,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "#ffb612", "edgecolor": "none"},
        )


def _symbol(style: TrendStyle, x: Sequence[float], y: Sequence[float], label: str = "") -> Line2D:
    return Line2D(
        x,
        y,
        linestyle="none",
        marker=style.marker,
        markersize=9,
        label=label,
        markerfacecolor=style.colour if style.is_filled else "white",
        markeredgecolor="white" if style.is_filled else style.colour,
        markeredgewidth=0.8 if style.is_filled else 1.8,
    )


def _rings(shapes: Sequence[BaseGeometry]) -> list[NDArray[np.float64]]:
    parts = shapely.get_parts(list(shapes))
    return [shapely.get_coordinates(part.exterior) for part in parts if isinstance(part, shapely.Polygon)]


def _plain(text: str) -> str:
    return text.replace("$", r"\$")  # else matplotlib reads what is between two as a formula
