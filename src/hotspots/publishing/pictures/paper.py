"""The paper of a picture: its head, the map, the legend, the list and the notes below, each with room.

Everything is measured as it is drawn, in inches from above. The paper is as high as what is on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from math import ceil
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

INK, SOFT, TITLE, LINE = "#1c2733", "#4b5866", "#154273", "#9aa5b1"

_MARGIN = 0.18
_TITLE_POINTS, _SUBTITLE_POINTS, _LEGEND_POINTS, _NOTE_POINTS, _LIST_POINTS = 12, 8, 7.5, 6.2, 7
_LINE_HEIGHT = 1.3
_SIMULATED = "Gesimuleerde gegevens"
_LEAST_MAP = 2.8
"""A map is at least so high, in inches, whatever is above and below it."""

_HIGHEST_PER_WIDTH = 0.85
_LIST_COLUMNS = 3

STYLE: Any = {
    # text stays text in SVG, and neither format contains the time of writing
    "svg.fonttype": "none",
    "hatch.color": "#aab3bd",
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "hotspots",
    "font.family": ["DejaVu Sans"],
    # hinting is for small screens, not for print, and takes a quarter of the drawing time
    "text.hinting": "none",
}


@dataclass(frozen=True)
class Head:
    """What stands above a map; no title when it stands beside the picture already."""

    title: str
    subtitle: str
    is_titled: bool
    is_simulated: bool


@dataclass(frozen=True)
class Foot:
    """What stands below a map: the signs with their words, and notes."""

    signs: Sequence[Artist]  # each with its words as label
    notes: Sequence[str]
    above: str = ""  # what the signs are about


class Paper:
    """A sheet of paper on which a map is drawn.

    Parameters
    ----------
    size_inch
        Width, and least height.
    height_per_width
        Of what is looked at: the map is higher for what is high, up to a limit.
    """

    def __init__(
        self,
        size_inch: tuple[float, float],
        dots_per_inch: int,
        head: Head,
        foot: Foot,
        *,
        height_per_width: float = 0.0,
    ) -> None:
        self._width, self._height = size_inch
        self._head, self._foot = head, foot
        self.figure = Figure(figsize=size_inch, dpi=dots_per_inch, facecolor="white")
        above, below = self._head_height, self._foot_height
        wanted = min(height_per_width, _HIGHEST_PER_WIDTH) * (self._width - 2 * _MARGIN)
        self._map_height = max(self._height - above - below, _LEAST_MAP, wanted)
        self._height = above + self._map_height + below
        self._columns: list[list[list[str]]] = []  # of the list: entries of a number and its lines
        self.listed: Sequence[tuple[str, str]] = ()
        self.figure.set_size_inches(self._width, self._height)
        self.axes: Axes = self.figure.add_axes(self._map_box)

    @cached_property
    def renderer(self) -> RendererAgg:
        """What measures texts, as it will draw them."""
        return FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call, no-any-return]

    @property
    def height_per_width(self) -> float:
        """Of the map."""
        return self._map_height / (self._width - 2 * _MARGIN)

    def add_list(self, lines: Sequence[tuple[str, str]]) -> None:
        """Add a list below the map, of a number and a text per line; the paper becomes higher by it."""
        if not lines:
            return
        self.listed = lines
        width = (self._width - 2 * _MARGIN) / _LIST_COLUMNS - 0.3
        self._columns = _in_columns(
            [[number, *self._wrapped(text, _LIST_POINTS, width)] for number, text in lines]
        )
        self._height += self._list_height
        self.figure.set_size_inches(self._width, self._height)
        self.axes.set_position(self._map_box)

    def write(self) -> None:
        """Write all that is around the map: what stands above it, and below."""
        self._write_head()
        self._write_foot()
        self._write_list()

    def saved(self, kind: str, title: str) -> bytes:
        """Write all that is around the map, and give the picture as ``png`` or ``svg``."""
        self.write()
        output = BytesIO()
        # flat colours compress well even at the lowest level, in a third of the time
        options: dict[str, dict[str, Any]] = {
            "svg": {"metadata": {"Title": title, "Date": None}},
            "png": {"metadata": {"Title": title, "Software": None}, "pil_kwargs": {"compress_level": 3}},
        }
        self.figure.savefig(output, format=kind, **options[kind])
        if kind == "svg":  # few have the font; the next is as wide
            return output.getvalue().replace(b"'DejaVu Sans'", b"'DejaVu Sans', Verdana, sans-serif")
        return output.getvalue()

    # --- measures, in inches

    def _width_of(self, text: str, points: float, weight: str = "normal") -> float:
        font = FontProperties(size=points, weight=weight)
        width, _, _ = self.renderer.get_text_width_height_descent(text, font, ismath=False)  # type: ignore[no-untyped-call]
        return float(width) / self.figure.dpi

    def _wrapped(self, text: str, points: float, width: float, weight: str = "normal") -> list[str]:
        """Break a text into lines of a width; a word that is longer is broken too, so that none is lost."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self._width_of(longer, points, weight) <= width:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            for letter in word:
                if lines[-1] and self._width_of(lines[-1] + letter, points, weight) > width:
                    lines.append("")
                lines[-1] += letter
        return lines

    @cached_property
    def _badge_width(self) -> float:
        return self._width_of(_SIMULATED, _LEGEND_POINTS) + 0.2 if self._head.is_simulated else 0.0

    @cached_property
    def _title_lines(self) -> list[str]:
        if not self._head.is_titled:
            return []
        return self._wrapped(self._head.title, _TITLE_POINTS, self._width - 2 * _MARGIN, "bold")

    @cached_property
    def _subtitle_lines(self) -> list[str]:
        if not self._head.is_titled:
            return []
        width = self._width - 2 * _MARGIN - self._badge_width
        return self._wrapped(self._head.subtitle, _SUBTITLE_POINTS, width)

    @property
    def _head_height(self) -> float:
        if not self._head.is_titled:
            return _MARGIN + (0.28 if self._head.is_simulated else 0.0)
        return (
            _MARGIN
            + len(self._title_lines) * _inches(_TITLE_POINTS)
            + len(self._subtitle_lines) * _inches(_SUBTITLE_POINTS)
            + 0.12
        )

    @cached_property
    def _sign_rows(self) -> list[list[tuple[float, Artist]]]:
        """The signs in rows, each with its distance from the left."""
        rows: list[list[tuple[float, Artist]]] = []
        room = self._width - 2 * _MARGIN
        at = room + 1
        for sign in self._foot.signs:
            wide = 0.26 + self._width_of(str(sign.get_label()), _LEGEND_POINTS)
            if at + wide > room:
                rows.append([])
                at = 0.0
            rows[-1].append((at, sign))
            at += wide + 0.16
        return rows

    @cached_property
    def _note_lines(self) -> list[str]:
        width = self._width - 2 * _MARGIN
        return [line for note in self._foot.notes for line in self._wrapped(note, _NOTE_POINTS, width)]

    @property
    def _foot_height(self) -> float:
        rows = len(self._sign_rows) + bool(self._foot.above)
        return 0.08 + rows * _inches(_LEGEND_POINTS) + self._notes_height

    @property
    def _notes_height(self) -> float:
        return 0.05 + len(self._note_lines) * _inches(_NOTE_POINTS) + 0.1

    @property
    def _list_height(self) -> float:
        rows = max(map(_lines_of, self._columns), default=0)
        return 0.06 + rows * _inches(_LIST_POINTS) if rows else 0.0

    @property
    def _map_box(self) -> tuple[float, float, float, float]:
        below = self._foot_height + self._list_height
        return (
            _MARGIN / self._width,
            below / self._height,
            1 - 2 * _MARGIN / self._width,
            self._map_height / self._height,
        )

    # --- writing

    def _write(self, text: str, x: float, y: float, points: float, **options: Any) -> None:
        """Write a line whose top is so many inches from above."""
        look: dict[str, Any] = {"fontsize": points, "va": "top", "color": SOFT} | options
        self.figure.text(x / self._width, 1 - y / self._height, plain(text), **look)

    def _write_head(self) -> None:
        y = _MARGIN * 0.8
        for line in self._title_lines:
            self._write(line, _MARGIN, y, _TITLE_POINTS, fontweight="bold", color=TITLE)
            y += _inches(_TITLE_POINTS)
        for line in self._subtitle_lines:
            self._write(line, _MARGIN, y, _SUBTITLE_POINTS)
            y += _inches(_SUBTITLE_POINTS)
        if self._head.is_simulated:
            self._write(
                _SIMULATED,
                self._width - _MARGIN - 0.05,
                _MARGIN * 0.8 + len(self._title_lines) * _inches(_TITLE_POINTS) + 0.03,
                _LEGEND_POINTS,
                ha="right",
                color=INK,
                bbox={"boxstyle": "round,pad=0.35", "facecolor": "#ffb612", "edgecolor": "none"},
            )

    def _write_foot(self) -> None:
        y = self._head_height + self._map_height + 0.08
        if self._foot.above:
            self._write(self._foot.above, _MARGIN, y, _LEGEND_POINTS, color=INK)
            y += _inches(_LEGEND_POINTS)
        for row in self._sign_rows:
            middle = y + _inches(_LEGEND_POINTS) * 0.42
            for at, sign in row:
                self._draw_sign(sign, _MARGIN + at, middle)
                self._write(
                    str(sign.get_label()), _MARGIN + at + 0.26, middle, _LEGEND_POINTS, va="center", color=INK
                )
            y += _inches(_LEGEND_POINTS)
        y = self._height - self._notes_height + 0.05
        for line in self._note_lines:
            self._write(line, _MARGIN, y, _NOTE_POINTS)
            y += _inches(_NOTE_POINTS)

    def _draw_sign(self, sign: Artist, x: float, middle: float) -> None:
        if isinstance(sign, Patch):
            width, height = 0.2 / self._width, 0.1 / self._height
            swatch = Rectangle((x / self._width, 1 - middle / self._height - height / 2), width, height)
            swatch.update_from(sign)
            swatch.set_transform(self.figure.transFigure)
            self.figure.add_artist(swatch)
        elif isinstance(sign, Line2D):
            ends = (0.0, 0.2) if sign.get_marker() in ("None", "", None) else (0.1,)
            sign.set_data([(x + end) / self._width for end in ends], [1 - middle / self._height] * len(ends))
            sign.set_transform(self.figure.transFigure)
            self.figure.add_artist(sign)

    def _write_list(self) -> None:
        top = self._head_height + self._map_height + self._foot_height - self._notes_height + 0.06
        wide = (self._width - 2 * _MARGIN) / _LIST_COLUMNS
        for column, entries in enumerate(self._columns):
            x, y = _MARGIN + column * wide, top
            for number, *lines in entries:
                self._write(number, x + 0.2, y, _LIST_POINTS, ha="right", color=INK, fontweight="bold")
                for line in lines:
                    self._write(line, x + 0.26, y, _LIST_POINTS, color=INK)
                    y += _inches(_LIST_POINTS)


def plain(text: str) -> str:
    """Give a text that is drawn as it is: between two dollar signs it would be read as a formula."""
    return text.replace("$", r"\$")


def _in_columns(entries: Sequence[list[str]]) -> list[list[list[str]]]:
    """Give the entries of a list in columns as short as can be, none broken over two."""
    rows = max(max(map(len, entries)) - 1, ceil(_lines_of(entries) / _LIST_COLUMNS))
    while len(columns := _filled(entries, rows)) > _LIST_COLUMNS:
        rows += 1
    return columns


def _filled(entries: Sequence[list[str]], rows: int) -> list[list[list[str]]]:
    columns: list[list[list[str]]] = [[]]
    left = rows
    for entry in entries:
        if _lines_of([entry]) > left:
            columns.append([])
            left = rows
        columns[-1].append(entry)
        left -= _lines_of([entry])
    return columns


def _lines_of(entries: Sequence[list[str]]) -> int:
    return sum(len(entry) - 1 for entry in entries)  # without its number


def _inches(points: float) -> float:
    return points * _LINE_HEIGHT / 72
