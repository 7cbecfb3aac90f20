"""A map per buurt as SVG text: the drawing, the classes that occur, and the same figures as rows of a table.

Colours are those of print. Each shape also has a class, by which the style sheet of a page gives others (dark
mode), so that one drawing does for pages, files and reports.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from math import cos, floor, log10, radians
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.wording import count, listed, number

if TYPE_CHECKING:
    import geopandas as gpd

WIDTH = 1000
"""Of the drawing, in its own units."""

MOST_HEIGHT = 1000
"""A tall municipality is drawn narrower, so that a map is never higher than this."""

NOT_TOLD = "niet getoond"
NONE = "geen"

_MARGIN = 12
_TOLERANCE = 1.2
"""An outline may differ from the stored one by this much: about half a millimetre on paper."""

_NAMES = 40
"""Room below the map for the name of the buurt that is pointed at."""

_TEXT = 22
_CHARACTER = 0.6
"""Width of a figure, as a share of the size of the text."""

_CLASSES = 4

COLOURS: Mapping[str, tuple[str, str]] = {
    "k0": ("#ffffff", "#1c2733"),
    "k1": ("#c6dbef", "#1c2733"),
    "k2": ("#6baed6", "#1c2733"),
    "k3": ("#2171b5", "#ffffff"),
    "k4": ("#08306b", "#ffffff"),
    "kn": ("#f1f2f4", "#1c2733"),
}
"""In print, of each class and of text on it; the style sheet has those of dark mode."""

_LAND, _LINE, _FAINT, _HATCH, _INK, _SOFT = "#f8fafb", "#66727f", "#d5dbe1", "#8a949e", "#1c2733", "#4b5866"
_MARK = ("#ffb612", "#1c2733")
_DIAMOND = "m0-13 11 13-11 13-11-13z"


@dataclass(frozen=True)
class LegendEntry:
    """One class that occurs on the map."""

    key: str  # class in the style sheet: k0 to k4, kn for what is not told
    colour: str  # in print
    words: str

    @property
    def is_hatched(self) -> bool:
        """Whether it is the class of what is not told."""
        return self.key == "kn"


@dataclass(frozen=True)
class BuurtMap:
    """A map per buurt, drawn."""

    name: str  # prefix of the ids in the drawing: one on each page
    title: str
    svg: str  # without legend, for within a page
    legend: Sequence[LegendEntry]
    rows: Sequence[tuple[str, str]]  # buurt, and its figure in words; the highest first
    head: tuple[str, str]  # of the columns of these rows
    mark_words: str  # of the diamond in the legend; empty: there is none on the map
    size: tuple[int, int] = field(repr=False)
    inside: str = field(repr=False)

    def as_file(self) -> str:
        """The same as an SVG by itself, with its title above and its legend below."""
        width, height = self.size
        top, line = 60, 40
        where = f'x="{(WIDTH - width) // 2}" y="{top}"'
        heading = f'font-size="28" font-weight="bold" fill="{_INK}"'
        parts = [
            f'<text x="{_MARGIN}" y="40" {heading}>{escape(self.title)}</text>',
            # a drawing of its own, so that the surroundings end where the map does
            f'<svg {where} width="{width}" height="{height}">{self.inside}</svg>',
        ]
        x, y = _MARGIN, top + height + line
        words = [(entry.words, self._swatch(entry)) for entry in self.legend]
        if self.mark_words:
            words.append((self.mark_words, _diamond(16, 13)))
        for text, sign in words:
            wide = 60 + round(len(text) * _TEXT * _CHARACTER)
            if x + wide > WIDTH and x > _MARGIN:
                x, y = _MARGIN, y + line
            parts.append(
                f'<g transform="translate({x} {y - 20})">{sign}'
                f'<text x="42" y="20" fill="{_SOFT}">{escape(text)}</text></g>'
            )
            x += wide
        return _svg("".join(parts), (WIDTH, y + 20), self.name, self.title, "", is_group=False)

    def _swatch(self, entry: LegendEntry) -> str:
        fill = f"url(#{self.name}-arcering)" if entry.is_hatched else entry.colour
        return f'<rect width="32" height="26" fill="{fill}" stroke="{_LINE}"/>'


@dataclass(frozen=True)
class _Outline:
    """One buurt in the units of the drawing."""

    code: str
    path: str
    middle: tuple[int, int]  # where there is most room, as far as possible from its border
    room: float  # the distance from there to the border


def draw_buurt_map(
    areas: "gpd.GeoDataFrame",
    figures: Mapping[str, float | None],
    *,
    name: str,
    title: str,
    unit: tuple[str, str] = ("melding", "meldingen"),
    head: str = "Meldingen",
    decimals: int = 0,
    step: int = 1,
    links: Mapping[str, str] | None = None,
    marks: Collection[str] = (),
    mark_words: str = "",
) -> BuurtMap:
    """Draw a figure per buurt in classes, of which those are named that occur.

    Parameters
    ----------
    areas
        All buurten, as :func:`hotspots.store.areas.load_areas` gives them.
    figures
        By buurtcode; None is not told. A buurt that is absent is drawn as surroundings.
    name
        Prefix of the ids in the drawing: letters, and another for each map on a page.
    title
        What the map shows, with its period.
    unit
        The word of one, and of more.
    head
        Of the column of figures in the table.
    decimals
        How many are written; 0 for counts.
    step
        The least that two figures differ by: 5 where they are rounded to 5.
    links
        Address for each buurtcode: the buurten are then links, in the order of the areas.
    marks
        Codes of the buurten with a diamond, as far as they are in the figures.
    mark_words
        What the diamond means.

    Examples
    --------
    >>> import geopandas as gpd
    >>> shapes = [shapely.box(5.6 + 0.1 * n, 50.8, 5.7 + 0.1 * n, 50.9) for n in range(3)]
    >>> areas = gpd.GeoDataFrame({"buurtcode": list("ABC"), "buurtnaam": ["Wyck", "Heer", "Pottenberg"]},
    ...     geometry=shapes, crs="EPSG:4326")
    >>> shown = draw_buurt_map(areas, {"A": 34, "B": None, "C": 3}, name="m", title="Meldingen in 2023")
    >>> [entry.words for entry in shown.legend]
    ['1 tot en met 4', '20 of meer', 'niet getoond']
    >>> shown.rows
    [('Wyck', '34'), ('Pottenberg', '3'), ('Heer', 'niet getoond')]
    """
    shown = tuple(code for code in areas["buurtcode"] if code in figures)
    size, outlines = _outlines(
        tuple(areas["buurtcode"]), tuple(shapely.to_wkb(areas.geometry.to_numpy())), shown
    )
    names = dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True))
    step = 0 if decimals else step
    limits = _limits([value for code in shown if (value := figures[code])], step=step)
    keys = {code: _key(figures[code], limits) for code in shown}
    words = {code: _words(figures[code], decimals) for code in shown}
    marked = [code for code in shown if code in marks]

    land: list[str] = []
    inner: list[str] = []
    pointed: list[str] = []
    tops: list[str] = []
    for outline in outlines:
        code = outline.code
        if code not in keys:
            land.append(f'<path d="{outline.path}"/>')
            continue
        figure = words[code] if figures[code] in (None, 0) or decimals else _with_unit(figures[code], unit)
        told = f"{names[code]}: {figure}" + (f"; {mark_words}" if code in marked and mark_words else "")
        fill = f"url(#{name}-arcering)" if keys[code] == "kn" else COLOURS[keys[code]][0]
        own = f"{name}-{len(inner)}"
        inner.append(f'<path id="{own}" class="{keys[code]}" d="{outline.path}" fill="{fill}"/>')
        # drawn once more while it is pointed at or chosen, above its neighbours
        again = f'<use href="#{own}" opacity="0"/>'
        if links is not None and code in links:
            # its name is the label, as a shape has no text
            again = f'<a href="{escape(links[code])}" aria-label="{escape(told)}">{again}</a>'
        # its name, which the style sheet shows meanwhile
        called = (
            f'<text class="naam" visibility="hidden" x="{_MARGIN}" y="{size[1] + 28}" fill="{_INK}">'
            f"{escape(told)}</text>"
        )
        pointed.append(f"<g><title>{escape(told)}</title>{again}{called}</g>")
        tops.append(_on_top(outline, keys[code], figures[code], words[code], is_marked=code in marked))
    inside = (
        f'<defs><pattern id="{name}-arcering" width="12" height="12" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="kn" width="12" height="12" fill="{COLOURS["kn"][0]}"/>'
        f'<path class="streep" d="M0 0V12" stroke="{_HATCH}" stroke-width="4"/></pattern></defs>'
        f'<g class="land" fill="{_LAND}" stroke="{_FAINT}" stroke-width="1.5">{"".join(land)}</g>'
        f'<g class="buurten" stroke="{_LINE}" stroke-width="1.5" stroke-linejoin="round">{"".join(inner)}</g>'
        f'<g class="wijzers">{"".join(pointed)}</g>'
        f'<g class="getallen" pointer-events="none" font-size="{_TEXT}" text-anchor="middle">'
        f"{''.join(tops)}</g>"
    )
    ordered = sorted(shown, key=lambda code: (-_known(figures[code]), names[code], code))
    rows = [(names[code], words[code]) for code in ordered]
    return BuurtMap(
        name=name,
        title=title,
        svg=_svg(inside, (size[0], size[1] + _NAMES), name, title, _described(rows), is_group=bool(links)),
        legend=_legend(limits, set(keys.values()), decimals=decimals, step=step),
        rows=rows,
        head=("Buurt", head),
        mark_words=mark_words if marked else "",
        size=size,
        inside=inside,
    )


def _svg(
    inside: str, size: tuple[int, int], name: str, title: str, description: str, *, is_group: bool
) -> str:
    # an image has no parts that can be chosen; a map of links is a group of them
    role = "group" if is_group else "img"
    described = f'<desc id="{name}-uitleg">{escape(description)}</desc>' if description else ""
    labels = f"{name}-titel {name}-uitleg" if description else f"{name}-titel"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="buurtkaart" viewBox="0 0 {size[0]} {size[1]}" '
        f'role="{role}" aria-labelledby="{labels}" '
        f'font-family="system-ui, DejaVu Sans, Liberation Sans, Arial, sans-serif" font-size="{_TEXT}">'
        f'<title id="{name}-titel">{escape(title)}</title>{described}{inside}</svg>'
    )


def _on_top(outline: _Outline, key: str, figure: float | None, words: str, *, is_marked: bool) -> str:
    """The figure and the diamond of one buurt, where there is room for them."""
    x, y = outline.middle
    has_text = bool(figure) and outline.room > max(
        len(words) * _TEXT * _CHARACTER / 2, 1.2 * _TEXT if is_marked else 0
    )
    parts = [_diamond(x, y - 12 if has_text else y)] if is_marked else []
    if has_text:
        y += 22 if is_marked else 8
        parts.append(f'<text class="{key}" x="{x}" y="{y}" fill="{COLOURS[key][1]}">{escape(words)}</text>')
    return "".join(parts)


def _diamond(x: int, y: int) -> str:
    path = f'd="{_DIAMOND}" fill="{_MARK[0]}" stroke="{_MARK[1]}" stroke-width="2"'
    return f'<path class="ruit" transform="translate({x} {y})" {path}/>'


def _limits(values: Sequence[float], *, step: int) -> list[float]:
    """The least figure of every class but the lowest: round numbers, of which the last is reached."""
    if not values:
        return []
    highest = max(values)
    power = floor(log10(highest))
    round_numbers = [base * 10.0**exponent for exponent in range(power - 1, power + 1) for base in (1, 2, 5)]
    fitting = [
        limit
        for limit in round_numbers
        if min(values) < limit <= highest and (not step or (limit > step and limit % step == 0))
    ]
    return fitting[1 - _CLASSES :]


def _key(figure: float | None, limits: Sequence[float]) -> str:
    if figure is None:
        return "kn"
    if not figure:
        return "k0"
    above = sum(figure < limit for limit in limits)
    return f"k{_CLASSES - above}"


def _legend(limits: Sequence[float], keys: set[str], *, decimals: int, step: int) -> list[LegendEntry]:
    words = {"k0": NONE, "kn": NOT_TOLD}
    for index in range(len(limits) + 1):
        least = limits[index - 1] if index else None
        after = limits[index] if index < len(limits) else None
        words[f"k{_CLASSES - len(limits) + index}"] = _class_words(least, after, step=step, decimals=decimals)
    return [
        LegendEntry(key, COLOURS[key][0], words[key])
        for key in ("k0", *sorted(keys - {"k0", "kn"}), "kn")
        if key in keys
    ]


def _class_words(least: float | None, after: float | None, *, step: int, decimals: int) -> str:
    if after is None:
        return "1 of meer" if least is None else f"{number(least, decimals if least < 1 else 0)} of meer"
    if not step:
        until = number(after, decimals if after < 1 else 0)
        return (
            f"minder dan {until}"
            if least is None
            else f"{number(least, decimals if least < 1 else 0)} tot {until}"
        )
    first, last = step if least is None else least, after - step
    return number(first) if first == last else f"{number(first)} tot en met {number(last)}"


def _words(figure: float | None, decimals: int) -> str:
    if figure is None:
        return NOT_TOLD
    return number(figure, decimals) if figure else NONE


def _with_unit(figure: float | None, unit: tuple[str, str]) -> str:
    return count(round(figure or 0), *unit)


def _known(figure: float | None) -> float:
    return -1 if figure is None else figure


def _described(rows: Sequence[tuple[str, str]]) -> str:
    """The content of the map in words, for who can't see it."""
    told = [(name, words) for name, words in rows if words not in (NOT_TOLD, NONE)]
    sentences = []
    if told:
        sentences.append(f"Het meest in {listed([f'{name} ({words})' for name, words in told[:5]])}.")
    absent = sum(words == NOT_TOLD for _, words in rows)
    if absent:
        sentences.append(f"Van {count(absent, 'buurt', 'buurten')} {NOT_TOLD}.")
    return " ".join(sentences)


@lru_cache(maxsize=8)
def _outlines(
    codes: tuple[str, ...], stored: tuple[bytes, ...], shown: tuple[str, ...]
) -> tuple[tuple[int, int], tuple[_Outline, ...]]:
    """The size of a drawing of some areas, and all outlines in it, simplified together so that none gape."""
    shapes = shapely.from_wkb(np.array(stored, dtype=object))
    wanted = set(shown)
    chosen = np.array([code in wanted for code in codes], dtype=bool)
    if not chosen.any() or shapely.is_empty(shapes[chosen]).all():
        return (WIDTH, 100), ()
    west, south, east, north = shapely.total_bounds(shapes[chosen])
    narrow = cos(radians((south + north) / 2))
    units = min(
        (WIDTH - 2 * _MARGIN) / max((east - west) * narrow, 1e-9),
        (MOST_HEIGHT - 2 * _MARGIN) / max(north - south, 1e-9),
    )
    size = (
        round((east - west) * narrow * units) + 2 * _MARGIN,
        round((north - south) * units) + 2 * _MARGIN,
    )

    def place(points: np.ndarray) -> np.ndarray:
        return np.column_stack(
            [(points[:, 0] - west) * narrow * units + _MARGIN, (north - points[:, 1]) * units + _MARGIN]
        )

    drawn = shapely.transform(shapes, place)
    drawn = shapely.coverage_simplify(drawn, _TOLERANCE)
    view = shapely.box(0, 0, *size)
    return size, tuple(
        _outline(code, shape)
        for code, shape, is_in in zip(codes, drawn, shapely.intersects(drawn, view), strict=True)
        if is_in
    )


def _outline(code: str, shape: BaseGeometry) -> _Outline:
    circle = shapely.maximum_inscribed_circle(np.array([shape], dtype=object), 1.0)[0]
    x, y = shapely.get_coordinates(circle)[0]
    return _Outline(code, _path(shape), (round(x), round(y)), float(shapely.length(circle)))


def _path(shape: BaseGeometry) -> str:
    """The rings as an SVG path of whole units, each step from the point before."""
    parts = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            points = np.rint(shapely.get_coordinates(ring)).astype(int)
            steps = np.diff(points, axis=0)
            steps = steps[(steps != 0).any(axis=1)][:-1]
            if len(steps) > 1:
                moves = " ".join(f"{x} {y}" for x, y in steps.tolist()).replace(" -", "-")
                parts.append(f"M{points[0][0]} {points[0][1]}l{moves}z")
    return "".join(parts)
