"""Maps as PNG or SVG for reports and letters; the same input gives the same file."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from hotspots.publishing.pictures.ground import (
    add_scale_and_north,
    draw_borders,
    draw_ground,
    draw_land,
    frame_view,
    furniture,
    is_approximate,
    middle_of,
    name_ground,
    rings_of,
    shape_of,
)
from hotspots.publishing.pictures.labels import Label, Labels
from hotspots.publishing.pictures.paper import INK, LINE, SOFT, STYLE, Foot, Head, Paper
from hotspots.publishing.pictures.signs import SIGN_POINTS, colours_of, draw_signs, legend_of
from hotspots.publishing.public_map import PublicMap
from hotspots.publishing.weekly_map import WeeklyMap, bounds, bounds_of
from hotspots.wording import count, day

_WEEKLY: tuple[tuple[float, float], int, float] = ((6.25, 5.0), 240, 0.05)
"""Width and height in inches (as wide as the text of a letter), dots per inch, and the margin of the view."""

_PUBLIC: tuple[tuple[float, float], int, float] = ((6.3, 5.6), 300, 0.03)

_BUURT_POINTS = 5.5
_NAME_LENGTH = 16

# least number of reports, label, colour (darker for more), whether text on it is white
_CLASSES: tuple[tuple[int, str, str, bool], ...] = (
    (60, "60 of meer", "#08306b", True),
    (30, "30 tot 55", "#2171b5", True),
    (15, "15 tot 25", "#6baed6", False),
    (0, "5 of 10", "#c6dbef", False),
)
_NOT_DISCLOSED = ("#f1f2f4", "////")
_MARK_POINTS = 5.5
_HOTSPOT_MARK: Any = {
    "linestyle": "none",
    "marker": "D",
    "markersize": _MARK_POINTS,
    "markerfacecolor": "#ffb612",
    "markeredgecolor": "#1c2733",
    "markeredgewidth": 1.0,
    "zorder": 5,
}


def draw_picture(shown: WeeklyMap, kind: str, *, with_title: bool = True) -> bytes:
    """Draw a weekly map as ``png`` or ``svg``, with its title, legend, peildatum and source.

    It is as wide as the text of a letter; what has no room for its name on the map gets a number there and a
    line below it. Without title where the title stands beside the picture already.
    """
    with mpl.rc_context(STYLE):
        return drawn_paper(shown, with_title=with_title).saved(kind, shown.title)


def drawn_paper(shown: WeeklyMap, *, with_title: bool = True) -> Paper:
    """Draw a weekly map on paper, within the style of pictures."""
    size, dots_per_inch, margin = _WEEKLY
    number = count(len(shown.hotspots), "plek", "plekken")  # people decide which are hotspots
    subtitle = " ".join(filter(None, (f"{shown.subtitle}. {number}.", shown.stopped)))
    head = Head(shown.title, subtitle, with_title, shown.is_simulated)
    signs = [*legend_of(shown), *_border_sign(shown.areas)]
    view = bounds(shown)
    foot = Foot(signs, [f"{shown.source}."])
    paper = Paper(size, dots_per_inch, head, foot, height_per_width=shape_of(view))
    axes = paper.axes
    frame_view(axes, view, margin=margin, height_per_width=paper.height_per_width)
    if view is None:
        return paper
    draw_land(axes, shown.areas, shown.codes)
    if shown.ground is not None:
        draw_ground(axes, shown.ground)
    draw_borders(axes, shown.areas, shown.codes)
    _draw_outlines(axes, shown)
    draw_signs(axes, shown)
    add_scale_and_north(axes)
    places = [(hotspot.lon, hotspot.lat) for hotspot in shown.hotspots]
    labels = Labels(axes, paper.renderer, places, sign_points=SIGN_POINTS, taken=furniture(axes))
    lines = labels.add(places, [Label(spot.short_label, spot.naam) for spot in shown.hotspots])
    _name_buurten(axes, labels, shown)
    labels.finish()
    if shown.ground is not None:
        name_ground(axes, shown.ground, labels.boxes)
    paper.add_list(lines)
    return paper


def draw_public_picture(shown: PublicMap, kind: str, *, with_title: bool = True) -> bytes:
    """Draw a public map as ``png`` or ``svg``, for print: 16 cm wide, at 300 dots per inch."""
    with mpl.rc_context(STYLE):
        return drawn_public_paper(shown, with_title=with_title).saved(kind, shown.title)


def drawn_public_paper(shown: PublicMap, *, with_title: bool = True) -> Paper:
    """Draw a public map on paper, within the style of pictures."""
    size, dots_per_inch, margin = _PUBLIC
    notes = [shown.rounding, f"{shown.source}."]
    if shown.peildatum is not None:
        notes[0] += f". Plekken: stand van {day(shown.peildatum)}"
    notes[0] += "."
    signs = [*_public_signs(shown), *_border_sign(shown.areas)]
    above = "Meldingen in het kwartaal, afgerond" if shown.quarter else ""
    subtitle = f"{shown.subtitle}. {shown.stopped}" if shown.stopped else shown.subtitle
    head = Head(shown.title, subtitle, with_title, shown.is_simulated)
    codes = [buurt.code for buurt in shown.buurten]
    own = shown.areas[shown.areas["buurtcode"].isin(codes)]
    view = bounds_of(list(own.geometry))
    foot = Foot(signs, notes, above)
    paper = Paper(size, dots_per_inch, head, foot, height_per_width=shape_of(view))
    axes = paper.axes
    frame_view(axes, view, margin=margin, height_per_width=paper.height_per_width)
    if view is None:
        return paper
    draw_land(axes, shown.areas, codes)
    _draw_buurten(axes, shown)
    draw_borders(axes, shown.areas)
    add_scale_and_north(axes)
    paper.add_list(_label_buurten(axes, paper, shown))
    return paper


def _border_sign(areas: Any) -> list[Line2D]:
    if not is_approximate(areas):
        return []
    return [
        Line2D([], [], color=LINE, linewidth=0.8, linestyle=(0, (3, 2.5)), label="buurtgrens, bij benadering")
    ]


def _draw_outlines(axes: Axes, shown: WeeklyMap) -> None:
    rings: list[NDArray[np.float64]] = []
    colours: list[str] = []
    colour_of = colours_of(shown)
    for hotspot in reversed(shown.hotspots):  # the clearest on top
        own = rings_of([hotspot.geometry])
        rings += own
        colours += [colour_of[hotspot.id]] * len(own)
    faces = [f"{colour}40" for colour in colours]
    shapes = PolyCollection(rings, facecolors=faces, edgecolors=colours, linewidth=0.8, zorder=2)
    axes.add_collection(shapes, autolim=False)


def _name_buurten(axes: Axes, labels: Labels, shown: WeeklyMap) -> None:
    """Write the names of buurten where labels leave room, the largest first; broken where too long."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    seen = shapely.clip_by_rect(shown.areas.geometry.to_numpy(), west, south, east, north)
    by_size = [
        (name, middle_of(part))
        for name, part in sorted(
            zip(shown.areas["buurtnaam"], seen, strict=True), key=lambda pair: (-pair[1].area, pair[0])
        )
        if not part.is_empty
    ]
    names = [str(name) for name, _ in by_size]
    points = [(point.x, point.y) for _, point in by_size]
    look: dict[str, Any] = {"points_high": _BUURT_POINTS, "colour": SOFT}
    written = labels.add_names(points, names, **look)
    left = [order for order, is_written in enumerate(written) if not is_written]
    labels.add_names([points[order] for order in left], [_broken(names[order]) for order in left], **look)


def _broken(name: str, longest: int = 10) -> str:
    return "\n".join(wrap(name.replace("-", "- "), longest, break_long_words=False)).replace("- ", "-")


def _public_signs(shown: PublicMap) -> list[Any]:
    """The classes that occur on a public map, the lowest first."""
    known = {_class_of(buurt.figure) for buurt in shown.buurten if buurt.figure is not None}
    signs: list[Any] = [
        Patch(facecolor=colour, edgecolor="#66727f", label=words)
        for _, words, colour, is_dark in reversed(_CLASSES)
        if (words, colour, is_dark) in known
    ]
    if any(buurt.figure is None for buurt in shown.buurten):
        colour, hatch = _NOT_DISCLOSED
        signs.append(Patch(facecolor=colour, edgecolor="#66727f", hatch=hatch, label="niet getoond"))
    if shown.with_hotspot:
        words = "in deze buurt is een plek met herhaalde overlast"
        signs.append(Line2D([], [], label=words, **_HOTSPOT_MARK))
    return signs


def _draw_buurten(axes: Axes, shown: PublicMap) -> None:
    disclosed = {buurt.code: buurt for buurt in shown.buurten}
    for code, shape in zip(shown.areas["buurtcode"], shown.areas.geometry, strict=True):
        buurt = disclosed.get(code)
        if buurt is None:
            continue
        colour, hatch = _NOT_DISCLOSED if buurt.figure is None else (_class_of(buurt.figure)[1], None)
        axes.add_collection(
            PolyCollection(
                rings_of([shape]),
                facecolor=colour,
                edgecolor="#66727f",
                linewidth=0 if is_approximate(shown.areas) else 0.5,
                hatch=hatch,
                zorder=1.1,
            ),
            autolim=False,
        )


def _label_buurten(axes: Axes, paper: Paper, shown: PublicMap) -> list[tuple[str, str]]:
    """Write name and figure of each buurt; gives the lines of those without room."""
    shapes = dict(zip(shown.areas["buurtcode"], shown.areas.geometry, strict=True))
    # the darkest first; then the smallest, which have least choice
    ordered = sorted(shown.buurten, key=lambda buurt: (-(buurt.figure or 0), shapes[buurt.code].area))
    middles = {buurt.code: middle_of(shapes[buurt.code]) for buurt in ordered}
    raised = (_MARK_POINTS + 1.5) * axes.figure.dpi / 72
    to_data = axes.transData.inverted()
    marks = []
    for buurt in ordered:
        if buurt.has_hotspot:
            x, y = axes.transData.transform((middles[buurt.code].x, middles[buurt.code].y))
            marks.append(tuple(to_data.transform((x, y + raised))))
    if marks:
        axes.plot([x for x, _ in marks], [y for _, y in marks], scalex=False, scaley=False, **_HOTSPOT_MARK)
    labels = Labels(axes, paper.renderer, marks, sign_points=_MARK_POINTS + 1, taken=furniture(axes))
    lines = labels.add(
        [(middles[buurt.code].x, middles[buurt.code].y) for buurt in ordered],
        [
            Label(
                "\n".join([*wrap(buurt.name, _NAME_LENGTH, break_long_words=False), *_figure(buurt.figure)]),
                ": ".join([buurt.name, *(_figure(buurt.figure) or ["niet getoond"])]),
                "white" if buurt.figure is not None and _class_of(buurt.figure)[2] else INK,
            )
            for buurt in ordered
        ],
        within=[shapes[buurt.code] for buurt in ordered],
    )
    labels.finish()
    return lines


def _figure(figure: int | None) -> Sequence[str]:
    return [] if figure is None else [str(figure)]


def _class_of(figure: int) -> tuple[str, str, bool]:
    return next((words, colour, is_dark) for least, words, colour, is_dark in _CLASSES if figure >= least)
