"""Where labels stand on a map: beside their sign, else further off with a line to it, and never on another.

Labels are placed one by one. Each takes the cheapest of its candidate positions that is free: close to its
sign, at the side where names are looked for first, and where it leaves room to those that come after it.
Labelling points with the most labels is NP-hard [1]_; this is the greedy way with a look ahead, which gives
the same answer each time.

References
----------
.. [1] Christensen, Marks and Shieber (1995), An empirical study of algorithms for point-feature label
   placement, doi:10.1145/212332.212334
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CLOSE = np.array(
    [(1, 0.4), (1, -0.4), (-1, 0.4), (-1, -0.4), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
)
"""Where a label stands close to its sign, best first: beside it, above, below, at a corner."""

_OVER = np.array([(0, 0), (0, 0.5), (0, -0.5), (0.25, 0), (-0.25, 0), (0, 1), (0, -1), (0.5, 0), (-0.5, 0)])
"""The same where no sign is drawn: on the point itself, or moved by a part of its own size."""

_STILL = 1e-12
"""In place of no movement along an axis, so that nothing is divided by nothing."""

_DIRECTIONS, _RINGS_AT_ONCE = 24, 4
_ROOM_COST, _ORDER_COST, _LENGTH_COST = 0.6, 0.12, 0.02
_BESIDE_COST, _SIGN_COST, _LINE_COST, _LABEL_COST = 0.35, 0.5, 4.0, 8.0


@dataclass(frozen=True)
class Placed:
    """Where a label stands.

    Attributes
    ----------
    box
        Left, bottom, right, top.
    leader
        From where on the box to its sign a line is drawn; None for a label that stands close to it.
    passes
        How many other labels that line passes behind.
    """

    box: tuple[float, float, float, float]
    leader: tuple[tuple[float, float], tuple[float, float]] | None = None
    passes: int = 0


class Sheet:
    """A frame with signs in which labels find a place; all in one unit, such as pixels.

    Parameters
    ----------
    frame
        Left, bottom, right, top within which every label stays.
    signs
        Centres of all signs, shape (n, 2).
    reach
        How far a sign reaches from its centre, to each side.
    gap
        Least distance between two labels, and between a label and a sign.
    taken
        Boxes where no label may stand, such as that of a scale bar; shape (m, 4).
    """

    def __init__(
        self, frame: Sequence[float], signs: Array, *, reach: float, gap: float, taken: Array | None = None
    ) -> None:
        centres = np.asarray(signs, dtype=float).reshape(-1, 2)
        self._frame = np.asarray(frame, dtype=float)
        self._reach, self._gap = reach, gap
        self._boxes = np.zeros((0, 4)) if taken is None else np.asarray(taken, dtype=float).reshape(-1, 4)
        self._sign_boxes = np.hstack([centres - reach, centres + reach])
        self._lines = np.zeros((0, 4))  # of labels that stand further off: x, y, x, y

    @property
    def boxes(self) -> Array:
        """All boxes that are taken: of labels, and what was taken from the beginning."""
        return self._boxes

    def place(
        self,
        points: Array,
        sizes: Array,
        *,
        furthest: float = 0.0,
        is_last: bool = False,
        over: bool = False,
        suits: Callable[[int, Array], NDArray[np.bool_]] | None = None,
    ) -> list[Placed | None]:
        """Place labels of points in turn; None for one that fits nowhere.

        Parameters
        ----------
        points
            What each is a label of, shape (n, 2).
        sizes
            Width and height of each, shape (n, 2).
        furthest
            How far a label may stand from its point, with a line; 0 for close to it only.
        is_last
            Whether nothing comes after it for a label without room: then its line may pass behind others.
        over
            Whether the points are no signs, so that a label may stand on its point; that is tried first.
        suits
            Which boxes close to a point, by its order, may be taken at all; by default all.
        """
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        sizes = np.asarray(sizes, dtype=float).reshape(-1, 2)
        close = [self._close(point, size, over) for point, size in zip(points, sizes, strict=True)]
        if suits is not None:
            close = [boxes[suits(order, boxes)] for order, boxes in enumerate(close)]
        found: list[Placed | None] = [None] * len(points)
        waiting = {order: boxes[self._is_free(boxes)] for order, boxes in enumerate(close)}
        for order in range(len(points)):
            free = waiting.pop(order)
            free = free[self._is_free(free)]
            if len(free):
                found[order] = self._take(free[self._cheapest(free, close[order], waiting)])
        for order, point in enumerate(points):
            if found[order] is None and furthest > 0:
                found[order] = self._further(point, sizes[order], furthest, may_pass=is_last)
        return found

    def _close(self, point: Array, size: Array, over: bool) -> Array:
        if over:
            return _boxes(point + _OVER * (size + self._gap), size)
        # beside a sign the middle of a label is half its width away, and so on for the other directions
        return _boxes(point + _CLOSE * (size / 2 + self._reach + 2 * self._gap), size)

    def _is_free(self, boxes: Array) -> NDArray[np.bool_]:
        """Which boxes lie within the frame, and on no label, line or sign."""
        left, bottom, right, top = self._frame
        gap = self._gap
        wider = boxes + np.array([-gap, -gap, gap, gap])
        free = (boxes[:, 0] >= left) & (boxes[:, 1] >= bottom) & (boxes[:, 2] <= right) & (boxes[:, 3] <= top)
        # each only of those that passed the one before it, the quickest first
        free[free] = ~_overlaps(wider[free], self._boxes).any(axis=1)
        free[free] = ~_overlaps(boxes[free], self._sign_boxes).any(axis=1)
        free[free] = ~_cross_boxes(self._lines, wider[free]).any(axis=0)
        return np.asarray(free)

    def _cheapest(self, free: Array, all_close: Array, waiting: dict[int, Array]) -> int:
        """Which free box is looked for first, by no other sign, and leaves room to labels that come."""
        cost = np.array([np.flatnonzero((all_close == box).all(axis=1))[0] for box in free]) * _ORDER_COST
        near = 6 * self._gap * np.array([-1, -1, 1, 1])
        # beside another sign it would be read as the name of that
        cost = cost + _BESIDE_COST * _overlaps(free + near, self._sign_boxes).sum(axis=1)
        for other in waiting.values():
            if len(other):
                cost = cost + _ROOM_COST * _overlaps(free, other).sum(axis=1) / len(other) ** 1.5
        return int(np.argmin(cost))

    def _take(self, box: Array, leader: Array | None = None, passes: int = 0) -> Placed:
        self._boxes = np.vstack([self._boxes, box])
        own = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        if leader is None:
            return Placed(own)
        self._lines = np.vstack([self._lines, leader])
        x, y, to_x, to_y = map(float, leader)
        return Placed(own, ((x, y), (to_x, to_y)), passes)

    def _further(self, centre: Array, size: Array, furthest: float, *, may_pass: bool) -> Placed | None:
        """Place a label off its sign with a line to it; some rings at a time, as the nearest mostly do."""
        start = self._reach + 3 * self._gap
        distances = np.arange(start, start + furthest, max(size[1], 2 * self._gap))
        angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
        directions = np.column_stack([np.cos(angles), np.sin(angles)])
        best, least = None, np.inf
        for first in range(0, len(distances), _RINGS_AT_ONCE):
            if distances[first] * _LENGTH_COST >= least:
                break
            # the nearest side of the label, not its middle, is at that distance
            away = directions[None] * distances[first : first + _RINGS_AT_ONCE, None, None]
            boxes = _boxes((centre + away + directions[None] * size / 2).reshape(-1, 2), size)
            boxes = boxes[self._is_free(boxes)]
            ends = np.clip(centre, boxes[:, :2], boxes[:, 2:])
            lines = np.hstack([ends, np.broadcast_to(centre, ends.shape)])
            passes = _cross_boxes(lines, self._boxes).sum(axis=1)
            meets = _meet(lines, self._lines).sum(axis=1)
            if not may_pass:
                is_clear = (passes == 0) & (meets == 0)
                boxes, lines, passes, meets = (
                    boxes[is_clear],
                    lines[is_clear],
                    passes[is_clear],
                    meets[is_clear],
                )
            if not len(boxes):
                continue
            lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
            over_signs = _cross_boxes(lines, self._sign_boxes).sum(axis=1)
            crossings = over_signs * _SIGN_COST + meets * _LINE_COST + passes * _LABEL_COST
            costs = lengths * _LENGTH_COST + crossings
            cheapest = int(np.argmin(costs))
            if costs[cheapest] < least:
                least = float(costs[cheapest])
                best = boxes[cheapest], lines[cheapest], int(passes[cheapest])
        return None if best is None else self._take(*best)


def _boxes(middles: Array, size: Array) -> Array:
    return np.hstack([middles - size / 2, middles + size / 2])


def _overlaps(boxes: Array, others: Array) -> NDArray[np.bool_]:
    """Whether boxes have area in common with others, shape (boxes, others)."""
    a, b = boxes[:, None], others[None]
    return np.asarray(
        (a[..., 0] < b[..., 2]) & (a[..., 2] > b[..., 0]) & (a[..., 1] < b[..., 3]) & (a[..., 3] > b[..., 1])
    )


def _cross_boxes(lines: Array, boxes: Array) -> NDArray[np.bool_]:
    """Whether lines pass through boxes, shape (lines, boxes); each is cut at the sides (Liang-Barsky)."""
    enter = np.zeros((len(lines), len(boxes)))
    leave = np.ones_like(enter)
    for axis in (0, 1):
        start, run = lines[:, axis, None], (lines[:, axis + 2] - lines[:, axis])[:, None]
        run = np.where(run == 0, _STILL, run)
        one, other = (boxes[:, axis] - start) / run, (boxes[:, axis + 2] - start) / run
        np.maximum(enter, np.minimum(one, other), out=enter)
        np.minimum(leave, np.maximum(one, other), out=leave)
    return np.asarray(enter < leave)


def _meet(lines: Array, others: Array) -> NDArray[np.bool_]:
    """Whether lines cross others, shape (lines, others)."""
    a, b = lines[:, None, :2], lines[:, None, 2:]
    c, d = others[None, :, :2], others[None, :, 2:]

    def side(p: Array, q: Array, r: Array) -> Array:
        return np.asarray(
            (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1])
            - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])
        )

    return np.asarray((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0))
