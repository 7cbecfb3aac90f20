"""Wide places: a park, a square with its streets, a street; and which small places are a part of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import KDTree

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.assessment import Texts, assess_wide, report_ids_of
from hotspots.detection.columns import column_of
from hotspots.detection.concentration import Comparison, Surroundings
from hotspots.detection.places import DetectionContext, Extent, Judged
from hotspots.detection.rules import failing, figures_per_place
from hotspots.detection.sight import CELL_M
from hotspots.detection.wide_choice import SmallPlaces, Valued, hull_of, refined, value_of, windows_around
from hotspots.detection.wide_rules import Counted, are_spread, came_up, rest_of, without_former
from hotspots.detection.wide_ties import ties_of
from hotspots.detection.window_search import Measured, WindowSearch
from hotspots.detection.windows import Windows, points_in, together
from hotspots.geography.point_grid import PointGrid
from hotspots.settings import DetectionSettings

Known = Callable[[], Sequence[frozenset[int]]]
"""Gives the reports of each hotspot that is known so far, as the last run that saw it had them."""

MOST_TOGETHER = 4
"""So many small places near each other are looked at as one."""

TRIED_AT_ONCE = 40
"""The rules are asked of so many windows at a time, from the most valuable on; of more where none holds."""

ASKED_BY_RULES = {
    "moment": "datetime64[s]",
    "has_hour": np.bool_,
    "day": "datetime64[D]",
    "week": None,
    "reporter_id": np.float64,
}
"""What the rules ask of the reports of a window, besides which are duplicates."""


@dataclass(frozen=True)
class _Chosen:
    """A wide place with the small ones that it takes in."""

    window: Windows
    value: float
    reports: NDArray[np.int64]  # which of the counted reports
    gone: NDArray[np.int64]  # which small places
    judged: Judged


class _Search:
    """What the search for wide places knows, and what it has chosen so far."""

    def __init__(
        self,
        listed: list[Judged],
        located: pd.DataFrame,
        counted: pd.DataFrame,
        addresses: AddressDensity,
        texts: Texts,
        known: Known,
        context: DetectionContext,
    ) -> None:
        self.context, self.texts = context, texts
        self.settings: DetectionSettings = context.settings.detection
        self.located = located
        self.located_points = located[["x", "y"]].to_numpy(dtype=np.float64)
        self.located_grid = PointGrid.of(*self.located_points.T, cell_m=CELL_M)
        self.counted = counted
        self.columns = {name: column_of(counted, name, kind) for name, kind in ASKED_BY_RULES.items()}
        self.rows = Counted.of(counted, pd.Timestamp(context.as_of), self.settings)
        points = self.rows.points
        self.listed = listed
        is_listed = np.isin(counted["report_id"].to_numpy(), report_ids_of(self.listed))
        self.search = WindowSearch(points, ~is_listed, addresses, self.settings)
        self.small = _small(
            self.listed, self.rows.reporter, counted["report_id"].to_numpy(), known(), context
        )
        known_reports, is_on_list = self.small.ties.known, self.small.reports.sum(axis=1) > 0
        self.former = known_reports[:, ~np.asarray((is_on_list @ known_reports) > 0)]
        self.taken = np.zeros(len(points), dtype=bool)
        self.is_gone = np.zeros(len(self.listed), dtype=bool)
        self.chosen: list[_Chosen] = []

    def choose(self) -> None:
        """Choose wide places, the most valuable first, until none is worth its price."""
        found = self.search.candidates()
        measured = found.followed_by(self.search.measure(together(*self._proposed()), by_addresses=False))
        left = np.ones(len(measured.windows), dtype=bool)
        value, at_once = self.value(measured).value, TRIED_AT_ONCE
        while left.any():
            rows = np.flatnonzero(left)
            order = rows[np.argsort(-value[rows], kind="stable")]
            order = order[value[order] > 0][:at_once]
            if not len(order):
                return
            # what the addresses explain is asked of the best only: no window is worth more for it
            some = self.search.with_addresses(measured.take(order))
            valued = self.value(some)
            holds = self._are_places(some, valued)
            if not holds.any():
                left[order] = False
                at_once *= 4
                continue
            at_once = TRIED_AT_ONCE
            first = int(np.argmax(holds))
            # those much farther on are asked again, as what is chosen now changes them
            asked = order[: first - first % TRIED_AT_ONCE + TRIED_AT_ONCE]
            left[asked[~holds[: len(asked)]]] = False
            left[order[first]] = False
            window = some.take(np.array([first]))
            chosen = self._refined(window) or self._assessed(window, valued.take(np.array([first])))
            if chosen is not None:
                self._add(chosen)
                rows = np.flatnonzero(left & self._share_with(chosen, measured))
                value[rows] = self.value(measured.take(rows)).value
            else:
                left[rows] &= ~self._alike(measured.take(rows), some, first)

    def _proposed(self) -> list[Windows]:
        """Windows around hotspots that are known, and around small places near each other."""
        settings, points, small = self.settings, self.search.points, self.small
        known, reports = small.ties.known, small.reports
        groups = [known.indices[begin:end] for begin, end in pairwise(known.indptr)]
        parts = [reports.indices[begin:end] for begin, end in pairwise(reports.indptr)]
        can_be_part = np.flatnonzero(~small.always_stands)
        if len(can_be_part) > 1:
            centres = np.array([self.listed[number][0].centre for number in can_be_part])
            nearest = min(len(can_be_part), MOST_TOGETHER)
            found = KDTree(centres).query(centres, nearest, distance_upper_bound=settings.near_m)
            away, others = (np.asarray(one) for one in found)
            for near, at_m in zip(others.tolist(), away, strict=True):
                groups += [
                    np.concatenate([parts[can_be_part[other]] for other in near[:count]])
                    for count in range(2, int(np.isfinite(at_m).sum()) + 1)
                ]
        return [
            windows_around(points[rows], settings) for rows in groups if len(rows) >= settings.min_reports
        ]

    def join(self) -> None:
        """Make one of two wide places where one describes them as well."""
        tried: set[tuple[int, int]] = set()
        while True:
            pairs = [
                (one, other)
                for number, one in enumerate(self.chosen)
                for other in self.chosen[number + 1 :]
                if (id(one), id(other)) not in tried and self._are_within_reach(one.window, other.window)
            ]
            if not pairs:
                return
            one, other = pairs[0]
            tried.add((id(one), id(other)))
            for part in (one, other):
                self._remove(part)
            measured = self.search.measure(hull_of(one.window, other.window))
            best = self._refined(measured.take(np.array([np.argmax(self.value(measured).value)])))
            if best is not None and best.value > one.value + other.value:
                self._add(best)
            else:
                self._add(one)
                self._add(other)

    def extend(self) -> None:
        """Let wide places take in small ones beside them where that describes both as well."""
        for one in list(self.chosen):
            grown = self._with_small(one)
            while grown is not None:
                one, grown = grown, self._with_small(grown)

    def _with_small(self, one: _Chosen) -> _Chosen | None:
        for number, (place, _) in enumerate(self.listed):
            circle = Windows.circles(place.centre[None], place.radius_m)
            if self.is_gone[number] or place.is_woning or not self._are_within_reach(one.window, circle):
                continue
            self._remove(one)
            measured = self.search.measure(hull_of(one.window, circle))
            best = self._refined(measured.take(np.array([np.argmax(self.value(measured).value)])))
            if best is not None and best.value > one.value and number in best.gone:
                self._add(best)
                return best
            self._add(one)
        return None

    def _are_within_reach(self, one: Windows, other: Windows) -> bool:
        apart = float(np.hypot(*(one.centres - other.centres)[0]))
        reach = float(one.reach_m[0] + other.reach_m[0])
        return (
            apart <= reach + self.settings.near_m / 2
            and apart / 2 + reach / 2 <= 1.2 * self.settings.widest_m
        )

    def _add(self, chosen: _Chosen) -> None:
        self.chosen.append(chosen)
        self.taken[chosen.reports] = True
        self.is_gone[chosen.gone] = True

    def _remove(self, chosen: _Chosen) -> None:
        self.chosen = [one for one in self.chosen if one is not chosen]
        self.taken[chosen.reports] = False
        self.is_gone[chosen.gone] = False

    def value(self, measured: Measured) -> Valued:
        """What windows are worth now."""
        return value_of(
            measured,
            self.small,
            self.settings,
            points=self.search.points,
            taken=self.taken,
            is_gone=self.is_gone,
        )

    def _refined(self, window: Measured) -> _Chosen | None:
        return self._assessed(
            *refined(self.search, window, self.small, self.settings, taken=self.taken, is_gone=self.is_gone)
        )

    def _share_with(self, chosen: _Chosen, measured: Measured) -> NDArray[np.bool_]:
        """Which windows have reports of a wide place or of the small ones that it takes in."""
        is_of = np.zeros(len(self.taken), dtype=np.bool_)
        is_of[chosen.reports] = True
        is_of[self.small.reports[:, chosen.gone].indices] = True
        shares = np.zeros(len(measured.windows), dtype=np.bool_)
        shares[measured.member_window[is_of[measured.member]]] = True
        return shares

    def _alike(self, measured: Measured, some: Measured, first: int) -> NDArray[np.bool_]:
        """Which windows have mostly the reports of one that was refused."""
        refused = np.zeros(len(self.taken))
        own = some.member[some.member_window == first]
        refused[own] = 1.0
        shared = np.bincount(
            measured.member_window, weights=refused[measured.member], minlength=len(measured.windows)
        )
        return np.asarray(shared >= self.settings.alike_share * (measured.observed + len(own) - shared))

    def _rules_hold(self, valued: Valued) -> NDArray[np.bool_]:
        """Whether the own reports of each window pass the rules."""
        own = valued.own.tocoo()
        window, report = own.coords
        order = np.lexsort([report, window])
        window, report = window[order], report[order]
        table = {name: column[report] for name, column in self.columns.items()} | {"place": window}
        same = [table[name] for name in ("day", "reporter_id", "place")]
        by_person = np.lexsort(same)
        table["is_duplicate"] = np.zeros(len(report), dtype=np.bool_)
        table["is_duplicate"][by_person[1:]] = np.all(
            [column[by_person[1:]] == column[by_person[:-1]] for column in same], axis=0
        )
        figures = figures_per_place(table, burst=self.settings.burst, episode=self.settings.episode)
        fails = failing(figures, as_of=self.context.as_of, settings=self.settings)
        return np.asarray(~fails.any(axis=0), dtype=np.bool_)

    def _are_places(self, measured: Measured, valued: Valued) -> NDArray[np.bool_]:
        """Whether windows are worth something, and what a wide place must be besides standing out."""
        holds = np.zeros(len(measured.windows), dtype=np.bool_)
        rows = np.flatnonzero(valued.value > 0)
        measured, valued = measured.take(rows), valued.take(rows)
        rest = rest_of(measured, valued, self.rows, self.settings)
        # most windows are refused here: the other rules are asked of what is left
        spread = np.flatnonzero(are_spread(measured, rest, self.settings))
        if len(spread):
            measured, valued, rest = measured.take(spread), valued.take(spread), rest.take(spread)
            left = without_former(rest, self.former, self.settings)
            holds[rows[spread]] = self._rules_hold(valued) & (
                came_up(measured, left, self.rows, self.settings) | valued.is_known
            )
        return holds

    def _assessed(self, measured: Measured, valued: Valued) -> _Chosen | None:
        """A window as a place on the list, if it passes all that every place must pass."""
        if not self._are_places(measured, valued)[0]:
            return None
        own = np.sort(valued.own.indices).astype(np.int64)
        ids = self.counted["report_id"].to_numpy()
        inside = self.located_grid.order_of(points_in(measured.windows, self.located_grid)[1])
        within = self.located["report_id"].to_numpy()[inside]
        apart = np.setdiff1d(ids[measured.member], ids[own])
        gone = valued.swallowed.indices.astype(np.int64)
        standing = [
            pair
            for number, pair in enumerate(self.listed)
            if number not in set(gone.tolist()) and not self.is_gone[number]
        ]
        is_own = ~np.isin(within, apart) & ~np.isin(within, report_ids_of(standing))
        table = self.located.iloc[np.sort(inside[is_own])].assign(place=0)
        part = float(valued.part[0])
        comparisons = tuple(
            Comparison(float(count), float(share) * part)
            for count, share in zip(measured.around[:, 0], measured.share[:, 0], strict=True)
        )
        levels = [(one.report_count + 0.5) * one.size for one in comparisons]
        has_register = len(levels) > RINGS
        compared = Surroundings(
            levels[RINGS] if has_register else float("nan"), max(levels[:RINGS]), float("nan"), comparisons
        )
        judged = assess_wide(
            table,
            compared,
            _extent(measured.windows, self.search.points[own]),
            looks=int(measured.looks[0]),
            texts=self.texts,
            context=self.context,
        )
        if not judged[1].signalled or judged[0].is_woning:
            return None
        return _Chosen(measured.windows, float(valued.value[0]), own, gone, judged)


RINGS = 3
"""Windows are compared with so many rings, and then with the addresses."""


def looks_for_wide(located_count: int, settings: DetectionSettings) -> bool:
    """Whether wide places are looked for among so many precisely located reports: the search takes long.

    Examples
    --------
    >>> asked = DetectionSettings(wide_places=True)
    >>> looks_for_wide(1_000, asked), looks_for_wide(1_000_000, asked)
    (True, False)
    """
    return settings.wide_places and located_count <= settings.most_reports_for_wide


def with_wide_places(
    listed: list[Judged],
    located: pd.DataFrame,
    counted: pd.DataFrame,
    addresses: AddressDensity,
    texts: Texts,
    known: Known,
    context: DetectionContext,
) -> list[Judged]:
    """Add the wide places to the small ones that are signalled, and leave out those that are a part of one.

    Parameters
    ----------
    listed
        The small places that are signalled.
    located
        All reports that places may have: ``model.REPORTS`` with x, y, day, week, is_night, is_duplicate.
    counted
        Those that count, as places are compared with them.
    addresses
        The register; empty without one.
    texts
        Asked for the reports of wide places.
    known
        Asked where a wide place has been as it is all the time.
    context
        What every place is assessed with.
    """
    detection = context.settings.detection
    if len(counted) < detection.min_reports:
        return listed
    search = _Search(listed, located, counted, addresses, texts, known, context)
    search.choose()
    search.join()
    search.extend()
    kept = [pair for pair, is_gone in zip(listed, search.is_gone.tolist(), strict=True) if not is_gone]
    return kept + [chosen.judged for chosen in search.chosen]


def _extent(window: Windows, reports: NDArray[np.float64]) -> Extent:
    """How far the reports of a place reach: along its line, or at their widest."""
    angle = float(window.angle[0])
    is_line = bool(window.length_m[0] > 2 * window.radius_m[0])
    angles = np.array([angle]) if is_line else np.arange(0.0, np.pi, np.pi / 12)
    along = reports @ np.array([np.cos(angles), np.sin(angles)])
    return Extent(int(round(float(np.ptp(along, axis=0).max()), -1)), is_line)


def _small(
    listed: list[Judged],
    reporters: NDArray[np.float64],
    report_ids: NDArray[np.int64],
    known: Sequence[frozenset[int]],
    context: DetectionContext,
) -> SmallPlaces:
    rows = [np.flatnonzero(np.isin(report_ids, place.values("report_id"))) for place, _ in listed]
    radius = np.array([pair[0].radius_m for pair in listed], dtype=np.float64)
    reports = _matrix_of(rows, len(report_ids))
    of_known = [np.flatnonzero(np.isin(report_ids, list(one))) for one in known]
    of_known = [one for one in of_known if len(one)]
    return SmallPlaces(
        reports,
        np.array([one[0].figures.report_count for one in listed], dtype=np.float64),
        np.pi * (radius + context.settings.detection.edge_m) ** 2,
        np.array([one[0].is_woning for one in listed], dtype=bool),
        float(np.log(max(context.looks, 2))),
        ties_of(reporters, reports, _matrix_of(of_known, len(report_ids)), context.settings.detection),
    )


def _matrix_of(rows: list[NDArray[np.int64]], size: int) -> sparse.csc_array:
    """Which reports each place has: a matrix of reports by places with ones."""
    place = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    report = np.concatenate([np.zeros(0, np.int64), *rows])
    return sparse.csc_array((np.ones(len(report)), (report, place)), shape=(size, len(rows)))
