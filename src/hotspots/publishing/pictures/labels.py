"""The labels of a picture: names beside their signs, a number and a line in a list where there is no room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hotspots.publishing.pictures.paper import INK, plain
from hotspots.publishing.pictures.placement import Placed, Sheet

LABEL = "label"
"""How the id of the text of a label begins."""

_POINTS, _NUMBER_POINTS = 7.0, 6.5
_PAD_POINTS = 1.0
_NAME_REACH, _NUMBER_REACH = 0.16, 1.0
"""How far from its sign a name and a number may stand, as a share of the width of the map."""

_NUMBER_LOOK: Any = {
    "fontsize": _NUMBER_POINTS,
    "fontweight": "bold",
    # framed, so that it isn't read as a figure
    "bbox": {
        "boxstyle": f"square,pad={0.6 * _PAD_POINTS / _NUMBER_POINTS}",
        "fc": "white",
        "ec": INK,
        "lw": 0.4,
    },
}
_LEAST_INSIDE = 0.8
"""So much of the label of an area lies in it."""


@dataclass(frozen=True)
class Label:
    """One label: what it says, and how its line in the list below reads."""

    text: str
    line: str
    colour: str = INK


class Labels:
    """Places labels on a map that is framed already, and draws them.

    Parameters
    ----------
    signs
        Centres of all signs, in degrees, shape (n, 2).
    sign_points
        The width of a sign.
    taken
        Boxes where no label may stand, in pixels.
    """

    def __init__(
        self,
        axes: Axes,
        renderer: RendererAgg,
        signs: Sequence[tuple[float, float]],
        *,
        sign_points: float,
        taken: NDArray[np.float64],
    ) -> None:
        self._axes, self._renderer = axes, renderer
        self._per_point = axes.figure.dpi / 72
        self._to_data = axes.transData.inverted()
        self._pad = _PAD_POINTS * self._per_point
        box = axes.get_window_extent()
        self._width = box.width
        frame = (box.x0 + self._pad, box.y0 + self._pad, box.x1 - self._pad, box.y1 - self._pad)
        self._sheet = Sheet(
            frame,
            self._pixels(signs),
            reach=sign_points / 2 * self._per_point,
            gap=self._pad,
            taken=taken,
        )
        self._backs: list[tuple[float, float, float, float]] = []
        self._lines: list[Any] = []

    @property
    def boxes(self) -> NDArray[np.float64]:
        """All boxes that are taken, in pixels."""
        return self._sheet.boxes

    def add(
        self,
        points: Sequence[tuple[float, float]],
        labels: Sequence[Label],
        *,
        within: Sequence[BaseGeometry] | None = None,
    ) -> list[tuple[str, str]]:
        """Write labels, the first with the best place; gives the lines of the list needed beside them.

        A label without room gets a number on the map, and a line with that number; with no room even for
        that, a line with a dash. Given the areas that the labels are of, each stands within its own; points
        are then no signs.
        """
        at = self._pixels(points)
        over = within is not None
        texts = [label.text for label in labels]
        reach = 0.0 if over else _NAME_REACH
        placed = self._place(
            at, texts, _POINTS, reach, over, None if within is None else self._lies_in(within)
        )
        for label, point, where in zip(labels, at, placed, strict=True):
            if where is not None:
                self._write(label.text, point, where, colour=label.colour, fontsize=_POINTS)
        left = [order for order, where in enumerate(placed) if where is None]
        numbers = [str(number) for number in range(1, len(left) + 1)]
        numbered = self._place(at[left], numbers, _NUMBER_POINTS, _NUMBER_REACH, over)
        lines = []
        for order, number, where in zip(left, numbers, numbered, strict=True):
            if where is not None:
                self._write(number, at[order], where, has_back=False, **_NUMBER_LOOK)
            lines.append((number if where is not None else "–", labels[order].line))
        return lines

    def add_names(
        self, points: Sequence[tuple[float, float]], names: Sequence[str], *, points_high: float, **look: Any
    ) -> list[bool]:
        """Write names of what lies under the signs where there is room; gives which were written."""
        at = self._pixels(points)
        placed = self._place(at, names, points_high, 0.0, over=True)
        for name, point, where in zip(names, at, placed, strict=True):
            if where is not None:
                self._write(name, point, where, has_back=False, fontsize=points_high, **look)
        return [where is not None for where in placed]

    def finish(self) -> None:
        """Draw what lies behind the labels: one shape for all, as a box each takes as long as its text."""
        boxes = np.asarray(self._backs).reshape(-1, 4)
        low, high = self._to_data.transform(boxes[:, :2]), self._to_data.transform(boxes[:, 2:])
        rings = np.stack([low, np.c_[high[:, 0], low[:, 1]], high, np.c_[low[:, 0], high[:, 1]]], axis=1)
        behind = PolyCollection(list(rings), facecolor="#ffffffd0", edgecolor="none", zorder=3)
        self._axes.add_collection(behind, autolim=False)
        leaders = LineCollection(self._lines, colors=INK, linewidth=0.45, zorder=2.9)
        self._axes.add_collection(leaders, autolim=False)

    def _pixels(self, points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
        return np.asarray(self._axes.transData.transform(np.asarray(points, dtype=float).reshape(-1, 2)))

    def _place(
        self,
        at: NDArray[np.float64],
        texts: Sequence[str],
        points: float,
        reach: float,
        over: bool,
        suits: Callable[[int, NDArray[np.float64]], NDArray[np.bool_]] | None = None,
    ) -> list[Placed | None]:
        sizes = np.asarray([self._size(text, points) for text in texts]).reshape(-1, 2)
        return self._sheet.place(
            at,
            sizes,
            furthest=reach * self._width,
            is_last=reach == _NUMBER_REACH,
            over=over,
            suits=suits,
        )

    def _lies_in(
        self, areas: Sequence[BaseGeometry]
    ) -> Callable[[int, NDArray[np.float64]], NDArray[np.bool_]]:
        """Tell which boxes lie in an area for the most part."""
        drawn = [shapely.transform(area, self._axes.transData.transform) for area in areas]

        def suits(order: int, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
            shapes = shapely.box(*boxes.T)
            inside = shapely.area(shapely.intersection(shapes, drawn[order]))
            return np.asarray(inside >= _LEAST_INSIDE * shapely.area(shapes))

        return suits

    def _size(self, text: str, points: float) -> tuple[float, float]:
        """Width and height as it will be drawn, with what is kept free around it."""
        measured = self._axes.text(0, 0, plain(text), fontsize=points, linespacing=1.05)
        box = measured.get_window_extent(self._renderer)
        measured.remove()
        return box.width + 2 * self._pad, box.height + 2 * self._pad

    def _write(
        self,
        text: str,
        point: NDArray[np.float64],
        where: Placed,
        *,
        has_back: bool = True,
        colour: str = INK,
        **look: Any,
    ) -> None:
        left, bottom, right, top = where.box
        middle, low = self._to_data.transform(((left + right) / 2, bottom + self._pad))
        # on a dark area its text is light, and needs no back; further off it stands on any colour
        is_on_point = left <= point[0] <= right and bottom <= point[1] <= top
        if has_back and not is_on_point:
            self._backs.append(where.box)
            colour = INK
        if where.leader is not None:
            self._lines.append(self._to_data.transform(np.asarray(where.leader)))
        drawn: dict[str, Any] = {
            "ha": "center",
            "va": "bottom",
            "linespacing": 1.05,
            "zorder": 4,
            "color": colour,
        } | look
        self._axes.text(middle, low, plain(text), gid=f"{LABEL}-{len(self._axes.texts)}", **drawn)
