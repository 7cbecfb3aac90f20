"""Where many reports lie together in a wide window: circles of many sizes, strips in any direction.

All windows are counted, and those that can stand out are measured exactly. It is a scan statistic with
windows of many sizes and two shapes (Kulldorff 1997, doi:10.1080/03610929708831995; elongated windows:
Kulldorff, Huang, Pickle & Duczmal 2006, doi:10.1002/sim.2490).
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hotspots.detection.address_density import AddressDensity, count_tiles
from hotspots.detection.sight import CELL_M, Sight
from hotspots.detection.windows import Points, Windows, points_in, together
from hotspots.geography.point_grid import PointGrid
from hotspots.geography.points import squares_of
from hotspots.settings import DetectionSettings

STRIP_ROWS = 3
"""A strip is as many rows wide: wherever its reports begin, one lies right to a third of its width."""


@dataclass(frozen=True)
class Measured:
    """Windows with what lies in them and around them.

    Attributes
    ----------
    windows
        The windows.
    member_window, member
        Pairs of a window and a report in it, by window.
    observed
        Reports in each.
    near
        Reports in each and at its edge, of those that say something about the level around.
    expected
        What the surroundings explain: the highest of the levels compared with.
    around, share
        Reports around, and the surface (or addresses) of the window as a share of that of those; one row per
        comparison.
    """

    windows: Windows
    member_window: NDArray[np.int64]
    member: NDArray[np.int64]
    observed: NDArray[np.float64]
    near: NDArray[np.float64]
    expected: NDArray[np.float64]
    around: NDArray[np.float64]
    share: NDArray[np.float64]
    looks: NDArray[np.float64]
    usual: NDArray[np.float64]
    usual_variance: NDArray[np.float64]
    places: NDArray[np.float64]
    level: NDArray[np.float64]

    def chance_here(
        self, observed: NDArray[np.float64], part: NDArray[np.float64] | float = 1.0
    ) -> NDArray[np.float64]:
        """The chance of at least so many in this window alone, with a part of the surface."""
        share = self.share * part
        chance = np.max(
            special.betainc(np.maximum(observed, 1), self.around + 1, share / (1 + share)), axis=0
        )
        return np.where(observed > 0, chance, 1.0)

    def stands_out(
        self,
        observed: NDArray[np.float64],
        part: NDArray[np.float64] | float,
        settings: DetectionSettings,
        *,
        is_known: NDArray[np.bool_] | bool = False,
    ) -> NDArray[np.bool_]:
        """Whether so many stand out on a part of the surface.

        What other reports see is not asked of a hotspot that is known: it need not be found again.
        """
        by_level = (observed >= settings.min_ratio * self.expected * part) & (
            _over_looks(self.chance_here(observed, part), self.looks) <= settings.wide_max_p
        )
        mean, variance = self.usual * part, self.usual_variance * part
        by_others = (observed >= settings.usual_ratio * mean) & (
            _over_looks(upper_tail(observed, mean, variance), self.places) <= settings.wide_max_p
        )
        return np.asarray(by_level & (by_others | is_known))

    def take(self, chosen: NDArray[np.int64]) -> "Measured":
        """Some of the windows, in the order given."""
        first = np.searchsorted(self.member_window, chosen)
        sizes = np.searchsorted(self.member_window, chosen, side="right") - first
        rows = np.repeat(
            first - np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64), sizes
        ) + np.arange(sizes.sum())
        return Measured(
            self.windows.take(chosen),
            np.repeat(np.arange(len(chosen)), sizes),
            self.member[rows],
            self.observed[chosen],
            self.near[chosen],
            self.expected[chosen],
            self.around[:, chosen],
            self.share[:, chosen],
            self.looks[chosen],
            self.usual[chosen],
            self.usual_variance[chosen],
            self.places[chosen],
            self.level[chosen],
        )

    def followed_by(self, other: "Measured") -> "Measured":
        """These windows, and then those, measured in the same search."""
        return Measured(
            together(self.windows, other.windows),
            np.concatenate([self.member_window, len(self.windows) + other.member_window]),
            *(
                np.concatenate([getattr(self, name), getattr(other, name)], axis=-1)
                for name in [field.name for field in fields(self)][2:]
            ),
        )


def _over_looks(chance: NDArray[np.float64], looks: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-np.expm1(looks * np.log1p(-np.minimum(chance, 1 - 1e-12))))


def upper_tail(
    observed: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The chance of at least so many of a negative binomial count: Poisson, of a level that differs."""
    size = mean**2 / np.maximum(variance - mean, 0.02 * mean)
    return np.where(observed > 0, special.betainc(np.maximum(observed, 1), size, mean / (mean + size)), 1.0)


def log_likelihood(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the likelihood ratio of a higher level here (Poisson); 0 where there are no more."""
    safe = np.maximum(expected, 1e-9)
    ratio = np.maximum(observed, 1e-9) / safe
    return np.where(observed > expected, observed * np.log(ratio) - (observed - expected), 0.0)


class WindowSearch:
    """All reports of a period, to look for wide windows in.

    Parameters
    ----------
    points
        Shape (n, 2), one row per report that counts, in metres.
    is_around
        Whether each says something about the level around: those of places on the list don't.
    addresses
        The register; empty without one.
    settings
        What begins with ``wide_`` and ``strip_``, and what concentration asks.
    """

    def __init__(
        self,
        points: Points,
        is_around: NDArray[np.bool_],
        addresses: AddressDensity,
        settings: DetectionSettings,
    ) -> None:
        self._settings = settings
        self.points = points
        self._grid = PointGrid.of(*points.T, cell_m=CELL_M)
        self._around = PointGrid.of(*points[is_around].T, cell_m=_side_m(points))
        self._addresses = addresses
        self._tiles: dict[float, int] = {}
        self._sights: dict[int, Sight] = {}
        self._spots, self._weights = _in_squares(points, is_around, OBSERVERS_M)

    def looks(self, windows: Windows) -> NDArray[np.float64]:
        """How many looks each window is one of: as many as fit, times shapes and sizes."""
        # in so many directions strips lie beside each other at their ends
        directions = np.pi * windows.reach_m / (2 * windows.radius_m)
        return self._places(windows) * np.where(windows.length_m > 0, np.maximum(directions, 1.0), 1.0)

    def _fit(self, radius_m: float) -> int:
        if radius_m not in self._tiles:
            has_register = len(self._addresses) > 0
            self._tiles[radius_m] = (
                self._addresses.looks(radius_m) if has_register else count_tiles(self.points, radius_m)
            )
        return self._tiles[radius_m]

    def measure(self, windows: Windows, *, by_addresses: bool = True) -> Measured:
        """Count exactly what lies in windows and around them, and compare with the addresses too or not."""
        settings = self._settings
        window, point = points_in(windows, self._grid)
        near_window, _ = points_in(windows.widened(settings.edge_m), self._around)
        near = np.bincount(near_window, minlength=len(windows)).astype(np.float64)
        area = windows.area_m2(edge_m=settings.edge_m)
        rings_m = np.array(self._rings_m(windows))
        around = np.array([self._around.count_within(windows.centres, reach_m) for reach_m in rings_m])
        around = np.maximum(around - near, 0)
        share = area / np.maximum(np.pi * rings_m**2 - area, 1.0)
        measured = Measured(
            windows,
            window,
            self._grid.order_of(point),
            np.bincount(window, minlength=len(windows)).astype(np.float64),
            near,
            np.max((around + 0.5) * share, axis=0),
            around,
            share,
            self.looks(windows),
            *self._usual(windows),
            self._places(windows),
            self._far_level(windows.centres),
        )
        return self.with_addresses(measured) if by_addresses else measured

    def with_addresses(self, measured: Measured) -> Measured:
        """Compare windows with the addresses, too."""
        if not len(self._addresses):
            return measured
        reports, share = self._by_addresses(measured.windows, measured.near)
        return replace(
            measured,
            expected=np.maximum(measured.expected, (reports + 0.5) * share),
            around=np.concatenate([measured.around, reports[None]]),
            share=np.concatenate([measured.share, share[None]]),
        )

    def _far_level(self, centres: Points) -> NDArray[np.float64]:
        """Reports per square metre farther around than any window reaches: the same for all at one place."""
        inner, outer = self._settings.widest_m, self._settings.surroundings_m + self._settings.widest_m
        wide, near = (
            self._around_squares(centres, np.full(len(centres), reach), LEVEL_M) for reach in (outer, inner)
        )
        return np.asarray((wide - near + 0.5) / (np.pi * (outer**2 - inner**2)), dtype=np.float64)

    def _around_squares(
        self, centres: Points, reach_m: NDArray[np.float64], side_m: float
    ) -> NDArray[np.float64]:
        """How many reports lie around the middle of the square of each centre; each is counted once."""
        squares, number = squares_of(centres, side_m)
        distances, kind = np.unique(reach_m, return_inverse=True)
        pairs, pair = np.unique(number * len(distances) + kind, return_inverse=True)
        square, distance = np.divmod(pairs, max(len(distances), 1))
        return self._around.count_within((squares[square] + 0.5) * side_m, distances[distance])[pair]

    def _usual(self, windows: Windows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What other reports nearby see in such a window around them: the mean and the variance."""
        settings = self._settings
        mean, variance = np.ones(len(windows)), np.ones(len(windows))
        is_strip = windows.length_m > 0
        is_strip &= windows.radius_m <= 2 * settings.strip_half_width_m
        area = windows.area_m2(edge_m=0.0)
        line = np.log(np.maximum(windows.length_m + 2 * windows.radius_m, 1))
        kinds = np.where(
            is_strip,
            len(settings.wide_radii_m) + _nearest(line, settings.strip_lengths_m),
            _nearest(np.log(np.sqrt(area / np.pi)), settings.wide_radii_m),
        )
        for kind in np.unique(kinds).tolist():
            rows = np.flatnonzero(kinds == kind)
            sight = self._sight_of(kind)
            average, spread = sight.around(windows.centres[rows])
            scale = area[rows] / sight.area_m2
            mean[rows] = 1 + (average - 1) * scale
            variance[rows] = np.maximum(spread * scale, mean[rows])
        return mean, variance

    def _sight_of(self, kind: int) -> Sight:
        """What reports around see in one kind of window."""
        if kind not in self._sights:
            settings = self._settings
            if kind >= len(settings.wide_radii_m):
                self._strips()
            else:
                radius_m = settings.wide_radii_m[kind]
                around = self._weights[:, 1]
                seen = self._around.count_within(self._spots, radius_m)
                self._sights[kind] = Sight(
                    self._spots, around, seen, np.pi * radius_m**2, reach_m=radius_m, settings=settings
                )
        return self._sights[kind]

    def _places(self, windows: Windows) -> NDArray[np.float64]:
        """How many windows of this size fit where there are reports or addresses, times the sizes."""
        settings = self._settings
        if not len(windows):
            return np.zeros(0)
        size = np.log(np.sqrt(windows.area_m2(edge_m=0.0) / np.pi))
        nearest, number = np.unique(_nearest(size, settings.wide_radii_m), return_inverse=True)
        fit = np.array([self._fit(settings.wide_radii_m[one]) for one in nearest.tolist()], dtype=np.float64)
        return fit[number] * (len(settings.wide_radii_m) + len(settings.strip_lengths_m))

    def _rings_m(self, windows: Windows) -> list[NDArray[np.float64]]:
        """How far the three rings reach from the middle of each window: close, near and wide."""
        settings, reach = self._settings, windows.reach_m + self._settings.edge_m
        is_strip = windows.length_m > 0
        return [
            np.where(is_strip, reach + settings.close_m, 2 * reach + settings.close_m),
            np.maximum(settings.near_m, np.where(is_strip, 2 * reach, 3 * reach)),
            np.maximum(settings.surroundings_m, 4 * reach),
        ]

    def _by_addresses(
        self, windows: Windows, inside: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Reports around, and the addresses of each window as a share of the addresses there."""
        settings = self._settings
        own = self._addresses.count_in(windows.widened(settings.edge_m))
        reports, others = np.zeros(len(windows)), np.ones(len(windows))
        left = np.arange(len(windows))
        reach = windows.reach_m + settings.edge_m
        for around_m in (
            np.maximum(settings.neighbourhood_m, 3 * reach),
            np.maximum(settings.surroundings_m, 4 * reach),
        ):
            centres = windows.centres[left]
            reports[left] = self._around.count_within(centres, around_m[left]) - inside[left]
            others[left] = self._addresses.count(centres, around_m[left]) - own[left]
            left = left[others[left] < settings.neighbourhood_times * own[left]]
        reports[left] = len(self._around) - inside[left]
        others[left] = len(self._addresses) - own[left]
        return np.maximum(reports, 0.0), own / np.maximum(others, 1.0)

    def candidates(self) -> Measured:
        """The windows that stand out by themselves, whatever they overlap with.

        The addresses are not asked: a window that is looked at closely is measured anew.
        """
        settings = self._settings
        if len(self.points) < settings.min_reports:
            return self.measure(together(), by_addresses=False)
        rough = _joined([self._circles(), self._strips()])
        found = self.measure(self._unusual(*rough), by_addresses=False)
        is_many = found.observed >= settings.min_reports
        return found.take(np.flatnonzero(is_many & found.stands_out(found.observed, 1.0, settings)))

    def _level(self, centres: Points, *, without_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reports per square metre in the wide surroundings of each centre, without what lies near.

        Roughly: centres in one square get the same.
        """
        reach_m = np.maximum(self._settings.surroundings_m, 4 * without_m)
        wide, near = (self._around_squares(centres, one, ROUGH_M) for one in (reach_m, without_m))
        return np.asarray((np.maximum(wide - near, 0) + 0.5) / (np.pi * (reach_m**2 - without_m**2)))

    def _circles(self) -> tuple[Windows, NDArray[np.float64]]:
        """Circles in which many lie, and how many."""
        settings = self._settings
        found = []
        for radius_m in settings.wide_radii_m:
            centres = _centres(self.points, radius_m)
            observed = self._grid.count_within(centres, radius_m)
            is_many = observed >= settings.min_reports
            found.append((Windows.circles(centres[is_many], radius_m), observed[is_many]))
        windows, observed = _joined(found)
        level = self._level(windows.centres, without_m=windows.radius_m + settings.edge_m)
        expected = ROUGH * windows.area_m2(edge_m=settings.edge_m) * level
        can = self._can_stand_out(observed, expected, self.looks(windows))
        return windows.take(can), observed[can]

    def _can_stand_out(
        self, observed: NDArray[np.float64], expected: NDArray[np.float64], looks: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether windows would stand out if the wide surroundings were all that they are compared with."""
        settings = self._settings
        is_more = (observed >= settings.min_reports) & (observed >= settings.min_ratio * expected)
        chance = special.pdtrc(observed[is_more] - 1, expected[is_more]) * looks[is_more]
        is_more[is_more] = chance <= settings.max_p
        return is_more

    def _strips(self) -> tuple[Windows, NDArray[np.float64]]:
        """Strips in which many lie, and how many; of those that are nearly the same one."""
        settings, spots = self._settings, self._spots
        half_m, lengths_m = settings.strip_half_width_m, np.array(settings.strip_lengths_m)
        row_m = 2 * half_m / STRIP_ROWS
        nothing = np.zeros(len(lengths_m))
        shapes = Windows(nothing, nothing, nothing, lengths_m - 2 * half_m, nothing + half_m)
        # strips of one length are one of as many looks, wherever they lie
        looks = np.broadcast_to(self.looks(shapes)[:, None], (len(lengths_m), len(spots)))
        expected = (ROUGH * shapes.area_m2(edge_m=settings.edge_m))[:, None] * self._level(
            spots, without_m=np.full(len(spots), settings.near_m)
        )
        most = np.zeros((len(lengths_m), len(spots)))
        found, kinds = [], []
        for angle in np.arange(settings.strip_angles) * np.pi / settings.strip_angles:
            cos, sin = np.cos(angle), np.sin(angle)
            across = spots[:, 1] * cos - spots[:, 0] * sin
            along = spots[:, 0] * cos + spots[:, 1] * sin
            row = np.floor(across / row_m)
            order, (observed, around) = _ahead(along, row, self._weights, lengths_m)
            most[:, order] = np.maximum(most[:, order], around)
            kind, place = np.nonzero(self._can_stand_out(observed, expected[:, order], looks))
            spot = order[place]
            middle, side = along[spot] + lengths_m[kind] / 2, (row[spot] + STRIP_ROWS / 2) * row_m
            windows = Windows(
                middle * cos - side * sin,
                middle * sin + side * cos,
                np.full(len(spot), angle),
                shapes.length_m[kind],
                shapes.radius_m[kind],
            )
            found.append((windows, observed[kind, place]))
            kinds.append(kind)
        for number, (length_m, area) in enumerate(zip(lengths_m, shapes.area_m2(edge_m=0.0), strict=True)):
            self._sights[len(settings.wide_radii_m) + number] = Sight(
                spots, self._weights[:, 1], most[number], area, reach_m=length_m / 2, settings=settings
            )
        windows, observed = _joined(found)
        by_length = np.argsort(np.concatenate(kinds), kind="stable")
        windows, observed = windows.take(by_length), observed[by_length]
        best = _best_nearby(windows, observed, turn=2 * np.pi / settings.strip_angles)
        return windows.take(best), observed[best]

    def _unusual(self, windows: Windows, observed: NDArray[np.float64]) -> Windows:
        """Those that have more than what other reports nearby see, as far as rough counts say."""
        settings = self._settings
        mean, variance = self._usual(windows)
        observed = observed / ROUGH
        chance = _over_looks(upper_tail(observed, mean, variance), self._places(windows))
        return windows.take((observed >= settings.usual_ratio * mean) & (chance <= settings.wide_max_p))


def _joined(found: list[tuple[Windows, NDArray[np.float64]]]) -> tuple[Windows, NDArray[np.float64]]:
    """Windows after each other, and what goes with each."""
    return together(*(one for one, _ in found)), np.concatenate([count for _, count in found])


def _side_m(points: Points) -> float:
    """How large squares count these points fastest: larger ones where they lie far apart."""
    tile_m = 500.0
    tiles = len(squares_of(points, tile_m)[0])
    return float(np.clip(tile_m * np.sqrt(tiles / max(len(points), 1)), *SIDES_M))


def _ahead(
    along: NDArray[np.float64],
    row: NDArray[np.float64],
    weights: NDArray[np.float64],
    lengths_m: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How much lies within each length ahead of each point, in its row and the next ones.

    Returns
    -------
    order : ndarray of shape (n,)
        The points, row after row.
    counts : ndarray of shape (columns of weights, lengths, n)
        In that order.
    """
    west = along.min()
    # rows behind each other on one line, farther apart than the longest
    width = along.max() - west + lengths_m.max() + 1
    key = row * width + (along - west)
    order = np.argsort(key, kind="stable")
    key = key[order]
    sums = np.cumsum(np.insert(weights[order].T, 0, 0, axis=1), axis=1)
    counts = np.zeros((len(sums), len(lengths_m), len(key)))
    for step in range(STRIP_ROWS):
        begin = key + step * width
        end = np.searchsorted(key, begin + lengths_m[:, None], side="right")
        counts += sums.take(end, axis=1) - sums[:, None, np.searchsorted(key, begin)]
    return order, counts


def _nearest(value: NDArray[np.float64], sizes: tuple[float, ...]) -> NDArray[np.int64]:
    """Which size is nearest to each value, of which the logarithm is given."""
    return np.asarray(np.argmin(np.abs(value[:, None] - np.log(np.asarray(sizes))), axis=1), dtype=np.int64)


def _in_squares(
    points: Points, is_around: NDArray[np.bool_], side_m: float
) -> tuple[Points, NDArray[np.float64]]:
    """The middle of each square that holds a point, and how many it holds: all, and those around."""
    squares, number = squares_of(points, side_m)
    return (squares + 0.5) * side_m, np.column_stack(
        [np.bincount(number, minlength=len(squares)), np.bincount(number[is_around], minlength=len(squares))]
    ).astype(np.float64)


ROUGH = 0.8
"""Rows are inexact: where it is worth looking is seen with a fifth less around."""


SIDES_M = (CELL_M, 150.0)
"""How small and how large the squares are by which reports around are counted."""

ROUGH_M = 50.0
"""In squares of this size the level around is taken as the same where it is only seen whether to look."""

LEVEL_M = 100.0
"""In squares of this size the level farther around is taken as the same."""

OBSERVERS_M = 6.0
"""Reports in one square of this size look around as one: half a row of a strip."""


def _best_nearby(windows: Windows, observed: NDArray[np.float64], *, turn: float) -> NDArray[np.int64]:
    """Of windows of one size with their middle in one square and nearly one direction that with most reports.

    The others are the same but for some metres, which are found when it is refined.
    """
    within_m = windows.reach_m[:, None] / 2
    kind = np.column_stack(
        [np.floor(windows.centres / within_m), np.floor(windows.angle / turn + 1e-9), windows.length_m]
    )
    order = np.lexsort([windows.angle, windows.y, windows.x, -observed, *kind.T])
    kinds = kind[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (kinds[1:] != kinds[:-1]).any(axis=1)
    return np.sort(order[is_first])


def _centres(points: Points, radius_m: float) -> Points:
    """Where circles of a radius are looked at: at every report, and between them.

    Where people report along the edge of a park nobody reports in its middle.
    """
    at_m, between_m = radius_m / 4, radius_m / 2
    squares = squares_of(points, between_m)[0]
    around = np.array([(east, north) for east in (-1, 0, 1) for north in (-1, 0, 1) if east or north])
    every, number = squares_of(np.concatenate([squares, (squares[:, None] + around).reshape(-1, 2)]), 1.0)
    is_empty = np.ones(len(every), dtype=np.bool_)
    is_empty[number[: len(squares)]] = False
    at = (squares_of(points, at_m)[0] + 0.5) * at_m
    return np.concatenate([at, (every[is_empty] + 0.5) * between_m])
