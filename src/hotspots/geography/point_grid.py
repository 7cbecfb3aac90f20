"""Points in metres by the squares in which they lie, so that those near a place stand in few runs.

A row of squares is one run of points, so what lies within a distance is found by binary search and told by
columns, without a Python object per point. Squares that lie within the distance as a whole are counted
without looking at their points. The columns may be mapped into memory from a file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

POINTS_AT_ONCE = 4_000_000
"""How many points are measured at a time, to bound the memory."""

CENTRES_AT_ONCE = 5_000
"""How many centres are counted around at a time, for the same reason."""

SQUARES_PER_POINT, FEW_SQUARES = 4, 100_000
"""Where the points of each square begin is kept for so many squares at most; else they are searched for."""

FEW_PAIRS = 30_000
"""So many pairs of a centre and a point are all measured: that takes less than choosing among them."""

FEW_IN_ROW = 4
"""So many points in each row that a circle touches are all measured: finding whole squares takes longer."""

SURELY = 1e-6
"""So many metres from the edge of a circle, a square is taken as crossing it: its points are measured."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PointGrid:
    """Points by square.

    Attributes
    ----------
    key
        Square of each point, ascending; shape (n,).
    x, y
        Metres, in the order of ``key``.
    cell_m
        Side of the squares.
    first_row, first_column
        Where the numbers of the squares begin.
    width
        How many squares the numbers of a row have.
    order
        Which of the points as they were given each is; None where nobody asks.
    """

    key: Integers
    x: Floats
    y: Floats
    cell_m: float
    first_row: int
    first_column: int
    width: int
    order: Integers | None = None

    @classmethod
    def of(cls, x: Floats, y: Floats, *, cell_m: float) -> "PointGrid":
        """Sort points into squares.

        Parameters
        ----------
        x, y
            Metres, finite; shape (n,).
        cell_m
            Side of the squares.
        """
        column, row = (np.floor(part / cell_m).astype(np.int64) for part in (x, y))
        first_row, first_column = int(row.min(initial=0)), int(column.min(initial=0))
        width = int(column.max(initial=0)) - first_column + 1
        key = (row - first_row) * width + (column - first_column)
        order = np.argsort(key, kind="stable")
        return cls(key[order], x[order], y[order], cell_m, first_row, first_column, width, order)

    def __len__(self) -> int:
        return len(self.key)

    def order_of(self, point: Integers) -> Integers:
        """Give which of the points as they were given these are."""
        if self.order is None:
            raise ValueError("wanted a grid that knows the order of its points, found one without")
        return self.order[point]

    def count_within(self, centres: Floats, radius_m: ArrayLike) -> Floats:
        """How many points lie within a distance of each centre.

        Parameters
        ----------
        centres
            Metres; shape (k, 2).
        radius_m
            One for all, or one for each.

        Examples
        --------
        >>> grid = PointGrid.of(np.array([0.0, 30.0, 99.0]), np.array([0.0, 40.0, 0.0]), cell_m=20)
        >>> grid.count_within(np.zeros((1, 2)), 50.0).tolist()
        [2.0]
        """
        radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), len(centres))
        counts = np.zeros(len(centres))
        if not len(self.key) or not len(centres):
            return counts
        if len(self.key) * len(centres) <= FEW_PAIRS:
            return np.asarray(self._are_within(centres, radius).sum(axis=1), dtype=np.float64)
        if len(centres) > CENTRES_AT_ONCE:
            parts = [slice(at, at + CENTRES_AT_ONCE) for at in range(0, len(centres), CENTRES_AT_ONCE)]
            return np.concatenate([self.count_within(centres[part], radius[part]) for part in parts])
        query, row, from_y, to_y = self._rows(centres, radius)
        outer = self._half_width(centres, radius, query, from_y, to_y, is_whole=False)
        start, end = self._runs(row, *self._columns(centres, query, outer, is_whole=False))
        if int((end - start).sum()) > FEW_IN_ROW * len(query):
            inner = self._half_width(centres, radius, query, from_y, to_y, is_whole=True)
            first, last = self._columns(centres, query, inner, is_whole=True)
            has_inner = last >= first
            inner_start, inner_end = self._runs(row, np.where(has_inner, first, 0), last)
            inner_start = np.where(has_inner, inner_start, end)
            inner_end = np.where(has_inner, inner_end, end)
            counts += np.bincount(query, inner_end - inner_start, len(centres))
            query = np.concatenate([query, query])
            start, end = np.concatenate([start, inner_end]), np.concatenate([inner_start, end])
        for part, _ in self._measured(centres, radius, query, start, end):
            counts += np.bincount(part, minlength=len(centres))
        return counts

    def within(self, centres: Floats, radius_m: ArrayLike) -> tuple[Integers, Integers]:
        """Which points lie within a distance of which centre.

        Returns
        -------
        query, point : ndarray of int64
            Number of the centre, ascending, and of the point in the order of ``key``.
        """
        radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), len(centres))
        none = np.zeros(0, dtype=np.int64)
        if not len(self.key) or not len(centres):
            return none, none
        if len(self.key) * len(centres) <= FEW_PAIRS:
            few_query, few_point = np.nonzero(self._are_within(centres, radius))
            return few_query, few_point
        query, row, from_y, to_y = self._rows(centres, radius)
        outer = self._half_width(centres, radius, query, from_y, to_y, is_whole=False)
        start, end = self._runs(row, *self._columns(centres, query, outer, is_whole=False))
        found = list(self._measured(centres, radius, query, start, end))
        return (
            np.concatenate([none, *(part for part, _ in found)]),
            np.concatenate([none, *(point for _, point in found)]),
        )

    def _are_within(self, centres: Floats, radius: Floats) -> NDArray[np.bool_]:
        """Whether each point lies within the distance of each centre: of few, all are measured soonest."""
        across = self.x - centres[:, :1]
        along = self.y - centres[:, 1:]
        return np.asarray(across * across + along * along <= (radius**2)[:, None])

    def _rows(self, centres: Floats, radius: Floats) -> tuple[Integers, Integers, Floats, Floats]:
        """The rows of squares that circles touch: which circle, the row, and from where to where it runs."""
        last_row = int(self.key[-1]) // self.width + self.first_row
        lowest = np.floor((centres[:, 1] - radius) / self.cell_m).astype(np.int64)
        highest = np.floor((centres[:, 1] + radius) / self.cell_m).astype(np.int64)
        lowest, highest = np.maximum(lowest, self.first_row), np.minimum(highest, last_row)
        counts = np.maximum(highest - lowest + 1, 0)
        query = np.repeat(np.arange(len(centres)), counts)
        row = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts) + lowest[query]
        return query, row, row * self.cell_m, (row + 1) * self.cell_m

    def _half_width(
        self,
        centres: Floats,
        radius: Floats,
        query: Integers,
        from_y: Floats,
        to_y: Floats,
        *,
        is_whole: bool,
    ) -> Floats:
        """How far a circle reaches to both sides in a row, in all of it or somewhere; below 0: nowhere."""
        y, reach = centres[query, 1], radius[query] + (-SURELY if is_whole else SURELY)
        below, above = np.abs(from_y - y), np.abs(to_y - y)
        if is_whole:
            away = np.maximum(below, above)
        else:
            away = np.where((from_y <= y) & (y <= to_y), 0.0, np.minimum(below, above))
        square = reach**2 - away**2
        return np.where((square < 0) | (reach < 0), -1.0, np.sqrt(np.maximum(square, 0.0)))

    def _columns(
        self, centres: Floats, query: Integers, half_width: Floats, *, is_whole: bool
    ) -> tuple[Integers, Integers]:
        """The first and last column between both sides: those that lie there as a whole, or touch it."""
        x = centres[query, 0]
        left, right = (x - half_width) / self.cell_m, (x + half_width) / self.cell_m
        first = np.ceil(left) if is_whole else np.floor(left)
        last = np.floor(right) - 1 if is_whole else np.floor(right)
        lowest, highest = self.first_column, self.first_column + self.width - 1
        first_column = np.maximum(first, lowest).astype(np.int64)
        last_column = np.minimum(last, highest).astype(np.int64)
        return first_column, np.where(half_width < 0, first_column - 1, last_column)

    def _runs(self, row: Integers, first: Integers, last: Integers) -> tuple[Integers, Integers]:
        begin = (row - self.first_row) * self.width - self.first_column
        is_some = last >= first
        if self._square_count <= max(FEW_SQUARES, SQUARES_PER_POINT * len(self.key)):
            numbers = np.stack([begin + first, begin + last + 1])
            start, end = self._starts[np.clip(numbers, 0, self._square_count, out=numbers)]
        else:
            start = np.searchsorted(self.key, begin + first, side="left")
            end = np.searchsorted(self.key, begin + last, side="right")
        return start, np.where(is_some, np.maximum(end, start), start)

    @cached_property
    def _square_count(self) -> int:
        return (int(self.key[-1]) // self.width + 1) * self.width

    @cached_property
    def _starts(self) -> Integers:
        """Where the points of each square begin, and of the one after the last: quicker than searching."""
        counts = np.bincount(self.key, minlength=self._square_count)
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])

    def _measured(
        self, centres: Floats, radius: Floats, query: Integers, start: Integers, end: Integers
    ) -> Iterator[tuple[Integers, Integers]]:
        """The points of runs that lie within the distance, some at a time: the centre and the point."""
        sizes = end - start
        some = np.flatnonzero(sizes)
        query, start, sizes = query[some], start[some], sizes[some]
        total = np.cumsum(sizes)
        x, y, square = centres[:, 0][query], centres[:, 1][query], (radius**2)[query]
        begin = 0
        while begin < len(sizes):
            before = int(total[begin - 1]) if begin else 0
            until = int(np.searchsorted(total, before + POINTS_AT_ONCE, side="right"))
            part = slice(begin, max(until, begin + 1))
            own = sizes[part]
            point = np.repeat(start[part] - (np.cumsum(own) - own), own)
            point += np.arange(len(point))
            across = self.x[point] - np.repeat(x[part], own)
            along = self.y[point] - np.repeat(y[part], own)
            is_in = across * across + along * along <= np.repeat(square[part], own)
            yield np.repeat(query[part], own)[is_in], point[is_in]
            begin = part.stop
