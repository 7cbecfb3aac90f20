"""What a wide place must be, besides standing out: spread, and more than a centre that is always busy."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, special
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from hotspots.detection.wide_choice import SMALLEST_PART, Valued
from hotspots.detection.window_search import Measured
from hotspots.settings import DetectionSettings


@dataclass(frozen=True)
class Counted:
    """The reports that windows are asked of, by row.

    Attributes
    ----------
    points
        In metres; shape (n, 2).
    days_ago
        Before the day of the run.
    reporter
        Who reported; NaN where unknown.
    in_crowd
        Whether the whole neighbourhood reported just then, as at an event.
    """

    points: NDArray[np.float64]
    days_ago: NDArray[np.int64]
    reporter: NDArray[np.float64]
    in_crowd: NDArray[np.bool_]

    @classmethod
    def of(cls, reports: pd.DataFrame, as_of: pd.Timestamp, settings: DetectionSettings) -> "Counted":
        """Take them from a table with x, y, moment, day and reporter_id."""
        points = reports[["x", "y"]].to_numpy(dtype=np.float64)
        return cls(
            points,
            (as_of - reports["day"]).dt.days.to_numpy(),
            reports["reporter_id"].to_numpy(dtype=np.float64),
            crowds_among(points, reports["moment"].to_numpy(dtype="datetime64[s]"), settings),
        )


def crowds_among(
    points: NDArray[np.float64], moments: NDArray[np.datetime64], settings: DetectionSettings
) -> NDArray[np.bool_]:
    """Which reports fall when far more than usual is reported around them, as at an event.

    Around is a square with the surface of a circle of ``crowd_m``.
    """
    half_m, half = settings.crowd_m * np.sqrt(np.pi) / 2, settings.burst_hours * 1800
    there = points / half_m
    when = moments.astype(np.int64) / half
    # pairs that may be of one crowd: no farther from each other in time than it is long, and a bit more
    near = KDTree(np.column_stack([there, when / 2.01])).query_pairs(1.0, p=np.inf, output_type="ndarray")
    one, other = np.concatenate([near, near[:, ::-1]]).T
    # a crowd that begins, ends or is at its height with the report
    count = 1 + np.max(
        [
            np.bincount(one[np.abs(when[other] - (when[one] + shift)) <= 1], minlength=len(points))
            for shift in (-1.0, 0.0, 1.0)
        ],
        axis=0,
    )
    many = np.flatnonzero(count >= settings.min_crowd_reports)
    usual = KDTree(there).query_ball_point(there[many], 1.0, p=np.inf, return_length=True)
    expected = usual * settings.burst_hours / (settings.look_back_weeks * 7 * 24)
    in_crowd = np.zeros(len(points), dtype=np.bool_)
    in_crowd[many] = special.pdtrc(count[many] - 1, expected) <= settings.max_crowd_p
    return in_crowd


def rest_of(measured: Measured, valued: Valued, counted: Counted, settings: DetectionSettings) -> Valued:
    """Windows without crowds and their busiest spots: around one of these any window is what it must be.

    Along a line one spot is taken out: two places on it show by the gap between them.
    """
    spot_m, own = settings.busiest_spot_m, valued.own
    is_line = measured.windows.length_m > 2 * measured.windows.radius_m
    spots = np.where(is_line, 1, settings.busiest_spots)
    left = [
        without_spots(counted.points[own.indices[begin:end]], int(count), spot_m)
        & ~counted.in_crowd[own.indices[begin:end]]
        for begin, end, count in zip(own.indptr[:-1], own.indptr[1:], spots, strict=True)
    ]
    data = np.concatenate([np.zeros(0), *left])
    rest = sparse.csr_array((data, own.indices, own.indptr), shape=own.shape, copy=True)
    rest.eliminate_zeros()
    area = measured.windows.area_m2(edge_m=settings.edge_m)
    part = np.maximum(valued.part - spots * np.pi * spot_m**2 / area, SMALLEST_PART)
    return replace(valued, own=rest, observed=np.diff(rest.indptr).astype(np.float64), part=part)


def are_spread(measured: Measured, rest: Valued, settings: DetectionSettings) -> NDArray[np.bool_]:
    """Whether windows stand out without their busiest spots."""
    return np.asarray(
        (rest.observed >= settings.min_spread_ratio * measured.expected * rest.part)
        & (measured.chance_here(rest.observed, rest.part) <= settings.max_spread_p)
    )


def without_former(rest: Valued, former: sparse.csc_array, settings: DetectionSettings) -> Valued:
    """Windows without the former hotspots that are a small part of them: their end is no change of the whole.

    Parameters
    ----------
    rest
        The windows.
    former
        Which reports each known hotspot has of which nothing is on the list now; a matrix of reports by
        hotspots with ones.
    """
    held = (rest.own @ former).toarray()
    is_part = (held > 0) & (held < settings.inside_share * rest.observed[:, None])
    own = sparse.csr_array(rest.own - rest.own.multiply(sparse.csr_array(is_part) @ former.T > 0))
    own.eliminate_zeros()
    return replace(rest, own=own, observed=np.diff(own.indptr).astype(np.float64))


def without_spots(points: NDArray[np.float64], spots: int, spot_m: float) -> NDArray[np.bool_]:
    """Which points lie outside the busiest spots, of which each is taken out before the next is looked for.

    Examples
    --------
    >>> without_spots(np.array([[0.0, 0], [1, 0], [50, 0], [51, 0], [99, 0]]), 2, 10.0).tolist()
    [False, False, False, False, True]
    """
    near = (cdist(points, points) <= spot_m).astype(np.float64)
    left = np.ones(len(points))
    for _ in range(spots):
        if not left.any():
            break
        busiest = int(np.argmax((near @ left) * left))
        left *= 1 - near[busiest]
    return left > 0


def came_up(
    measured: Measured, rest: Valued, counted: Counted, settings: DetectionSettings
) -> NDArray[np.bool_]:
    """Whether what lies in windows came up or went, more than in all of the city, or is surely no centre.

    A centre is always busier than what lies around it. It is no centre where very much is reported, or much
    by people who report again: of those who pass through a centre each reports once.
    """
    ratio = rest.observed / np.maximum(measured.expected * rest.part, 1e-9)
    do_return = returning_share(rest, counted, settings) >= settings.min_returning_share
    is_much = ratio >= np.where(do_return, settings.steady_ratio, settings.surely_ratio)
    return np.asarray(_changed(rest, counted, settings) | is_much)


def _changed(valued: Valued, counted: Counted, settings: DetectionSettings) -> NDArray[np.bool_]:
    own, days_ago = valued.own, counted.days_ago
    size = len(valued.observed)
    window = np.repeat(np.arange(size), np.diff(own.indptr))
    # each day once: an event is no change
    longest = int(days_ago.max(initial=0)) + 1
    active = np.unique(window * longest + days_ago[own.indices])
    window, day = active // longest, active % longest
    days = np.bincount(window, minlength=size)
    changed = np.zeros(size, dtype=np.bool_)
    for weeks in settings.steady_weeks:
        late = np.bincount(window[day < 7 * weeks], minlength=size)
        share = float((days_ago < 7 * weeks).mean())
        for count, usual in ((late, share), (days - late, 1 - share)):
            chance = special.bdtrc(count - 1, days, usual)
            is_more = count * (1 - usual) >= settings.change_ratio * (days - count) * usual
            changed |= (chance <= settings.max_steady_p) & is_more
    return changed


def returning_share(valued: Valued, counted: Counted, settings: DetectionSettings) -> NDArray[np.float64]:
    """Of the people who reported in each window, the share who did on more than one day.

    0 where few reporters are known.
    """
    own = valued.own
    size = len(valued.observed)
    reporter = counted.reporter[own.indices]
    knows = ~np.isnan(reporter)
    window, day = np.repeat(np.arange(size), np.diff(own.indptr))[knows], counted.days_ago[own.indices][knows]
    names, person = np.unique(reporter[knows], return_inverse=True)
    longest = int(day.max(initial=0)) + 1
    person_days = np.unique((window * len(names) + person) * longest + day)
    persons, days = np.unique(person_days // longest, return_counts=True)
    of_window = persons // max(len(names), 1)
    people = np.bincount(of_window, minlength=size)
    returning = np.bincount(of_window[days > 1], minlength=size)
    is_known = np.bincount(window, minlength=size) >= settings.min_known_share * valued.observed
    return np.where(is_known, returning / np.maximum(people, 1), 0.0)
