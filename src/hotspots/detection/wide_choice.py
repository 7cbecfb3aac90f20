"""Which wide windows explain most: of overlapping ones, and of the small places that they hold, the best set.

The value of a set of disjoint places is the logarithm of its likelihood (Poisson) less a price per place, the
logarithm of the looks it was one of: fewer places win unless more of them explain much more. A small place
within a wide one stands by itself if it is a place by itself, given the level there; else it is a part.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from hotspots.detection.wide_ties import Ties
from hotspots.detection.window_search import Measured, WindowSearch, log_likelihood
from hotspots.detection.windows import Windows
from hotspots.settings import DetectionSettings

SMALLEST_PART = 0.2
"""However many small places stand in a window, so much of its surface is its own."""


@dataclass(frozen=True)
class SmallPlaces:
    """The places that are on the list already.

    Attributes
    ----------
    reports
        Which reports each has; a matrix of reports by places with ones.
    report_count
        How many of them each has.
    area_m2
        Surface of each, with its edge.
    always_stands
        Whether each is a place of its own whatever lies around it: a dwelling.
    price
        Logarithm of the looks that each was one of.
    ties
        What ties them to what lies around them.
    """

    reports: sparse.csc_array
    report_count: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    always_stands: NDArray[np.bool_]
    price: float
    ties: Ties

    @cached_property
    def of_report(self) -> sparse.csr_array:
        """The same matrix by its rows."""
        return self.reports.tocsr()


@dataclass(frozen=True)
class Valued:
    """What windows are worth, given the places that are chosen already.

    Attributes
    ----------
    value
        How much better each explains the reports than the small places it takes in; -inf for none to choose.
    own
        Reports of each window that are of no place that stands by itself; a matrix of windows by reports.
    observed, part
        How many those are, and on which part of the surface.
    swallowed
        Which small places each takes in; a matrix of windows by places.
    is_known
        Whether each is a hotspot that is known.
    """

    value: NDArray[np.float64]
    own: sparse.csr_array
    observed: NDArray[np.float64]
    part: NDArray[np.float64]
    swallowed: sparse.csr_array
    is_known: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.int64]) -> "Valued":
        """Some of the windows, in the order given."""
        return Valued(
            self.value[chosen],
            self.own[chosen],
            self.observed[chosen],
            self.part[chosen],
            self.swallowed[chosen],
            self.is_known[chosen],
        )


def value_of(
    measured: Measured,
    small: SmallPlaces,
    settings: DetectionSettings,
    *,
    points: NDArray[np.float64],
    taken: NDArray[np.bool_],
    is_gone: NDArray[np.bool_],
) -> Valued:
    """Say what windows are worth.

    Parameters
    ----------
    measured
        The windows.
    small
        The places that are on the list already.
    points
        All reports, in metres; shape (n, 2).
    taken
        Which reports are of a wide place that is chosen.
    is_gone
        Which small places such a one took in.
    """
    size, area = len(measured.windows), measured.windows.area_m2(edge_m=settings.edge_m)
    order = np.argsort(measured.member_window * len(taken) + measured.member)
    member_window, member = measured.member_window[order], measured.member[order]
    row, pair = _in_places(member_window, member, small, is_gone)
    pairs, first, counts = np.unique(pair, return_index=True, return_counts=True)
    # each window's places as its reports meet them
    by_first = np.argsort(first)
    pairs, count = pairs[by_first], counts[by_first].astype(np.float64)
    window, place = pairs // max(len(is_gone), 1), pairs % max(len(is_gone), 1)
    is_inside = count >= settings.inside_share * small.report_count[place]
    of_others = np.bincount(member_window, weights=taken[member], minlength=size)
    cut = np.bincount(window[~is_inside], weights=count[~is_inside], minlength=size)
    free = measured.observed - of_others - cut
    inside_window, inside_place = window[is_inside], place[is_inside]
    members = _by_window(member_window, member, (size, len(taken)))
    tied = small.ties.strength(members, inside_window, inside_place, settings)
    stands = _stand(inside_window, inside_place, tied, free, area, area * measured.level, small, settings)
    standing = np.bincount(inside_window[stands], weights=count[is_inside][stands], minlength=size)
    part = (
        1
        - np.bincount(inside_window[stands], weights=small.area_m2[inside_place[stands]], minlength=size)
        / area
    )
    part = np.maximum(part, SMALLEST_PART)
    observed = free - standing
    gone_window, gone_place = inside_window[~stands], inside_place[~stands]
    worth = (
        log_likelihood(
            small.report_count[gone_place],
            measured.level[gone_window] * small.area_m2[gone_place],
        )
        # small places are chosen where most lies, of all places in a wide one: they pay once more
        - 2 * small.price
        - tied[~stands]
    )
    lost = np.bincount(gone_window, weights=np.maximum(worth, 0.0), minlength=size)
    value = log_likelihood(observed, area * part * measured.level) - np.log(measured.looks) - lost
    is_free = of_others <= settings.max_overlap * measured.observed
    keeps = ~is_inside
    keeps[np.flatnonzero(is_inside)[stands]] = True
    is_own = ~taken[member]
    is_own[row[np.isin(pair, pairs[keeps])]] = False
    own = _by_window(member_window[is_own], member[is_own], (size, len(taken)))
    is_known = _are_known(own, observed, small, settings)
    stands_out = (observed >= settings.min_reports) & measured.stands_out(
        observed, part, settings, is_known=is_known
    )
    swallowed = sparse.csr_array(
        (np.ones(len(gone_window)), (gone_window, gone_place)), shape=(size, len(small.report_count))
    )
    can_be = is_free & stands_out
    asked = np.flatnonzero(can_be & ~is_known)
    can_be[asked] = widest_gap_chance(measured.take(asked), points) > settings.max_gap_p
    value = np.where(can_be, value, -np.inf)
    return Valued(value, own, observed, part, swallowed, is_known)


def _by_window(
    window: NDArray[np.int64], report: NDArray[np.int64], shape: tuple[int, int]
) -> sparse.csr_array:
    """Which reports are of each window, by window: a matrix with ones."""
    ends = np.cumsum(np.bincount(window, minlength=shape[0]))
    return sparse.csr_array((np.ones(len(report)), report, np.concatenate([[0], ends])), shape=shape)


def _are_known(
    own: sparse.csr_array, observed: NDArray[np.float64], small: SmallPlaces, settings: DetectionSettings
) -> NDArray[np.bool_]:
    """Whether each window is a hotspot that is known: most of its own reports are of it, and half of all."""
    known = small.ties.known
    shared = (own @ known).tocoo()
    window, hotspot = shared.coords
    size = np.asarray(known.sum(axis=0)).ravel()
    is_same = (shared.data >= settings.known_share * observed[window]) & (
        shared.data >= settings.inside_share * size[hotspot]
    )
    found = np.zeros(len(observed), dtype=np.bool_)
    found[window[is_same]] = True
    return found


def _in_places(
    window: NDArray[np.int64], report: NDArray[np.int64], small: SmallPlaces, is_gone: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which members of windows are of small places that are left: the row, and window and place in one."""
    table = small.of_report
    sizes = np.diff(table.indptr)[report]
    row = np.repeat(np.arange(len(report)), sizes)
    at = np.repeat(table.indptr[report] - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(row))
    place = table.indices[at].astype(np.int64)
    stays = ~is_gone[place]
    row, place = row[stays], place[stays]
    return row, window[row] * len(is_gone) + place


def widest_gap_chance(measured: Measured, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance that reports thrown evenly along a window leave as empty a stretch as theirs do.

    Two places on one line have an emptier stretch between them than that. A circle has no line, and gets 1.
    """
    windows, window = measured.windows, measured.member_window
    chance = np.ones(len(windows))
    is_line = windows.length_m > 2 * windows.radius_m
    on_line = is_line[window]
    window, away = window[on_line], points[measured.member[on_line]]
    cos, sin = np.cos(windows.angle)[window], np.sin(windows.angle)[window]
    along = (away[:, 0] - windows.x[window]) * cos + (away[:, 1] - windows.y[window]) * sin
    order = np.lexsort([along, window])
    window, along = window[order], along[order]
    if not len(window):
        return chance
    first = np.searchsorted(window, window)
    last = np.searchsorted(window, window, side="right") - 1
    span = np.maximum(along[last] - along[first], 1.0)
    count = last - first + 1
    for inside in range(MOST_IN_GAP + 1):
        step = inside + 1
        begin = np.flatnonzero(np.arange(len(window)) + step <= last)
        if not len(begin):
            break
        gap = np.minimum((along[begin + step] - along[begin]) / span[begin], 1.0)
        free = np.maximum(count[begin] - 2, inside)
        # where few are expected in it, an empty stretch is no gap
        is_long = (count[begin] * gap > inside + 4) & (gap < 1)
        p = count[begin][is_long] * special.bdtr(inside, free[is_long], gap[is_long])
        np.minimum.at(chance, window[begin][is_long], p)
    return chance


MOST_IN_GAP = 3
"""A stretch with up to so many reports in it may be a gap."""


def _stand(
    window: NDArray[np.int64],
    place: NDArray[np.int64],
    tied: NDArray[np.float64],
    free: NDArray[np.float64],
    area: NDArray[np.float64],
    expected: NDArray[np.float64],
    small: SmallPlaces,
    settings: DetectionSettings,
) -> NDArray[np.bool_]:
    """Whether small places stand by themselves within the window of the same row."""
    count = small.report_count[place]
    share = np.minimum(small.area_m2[place] / area[window], 1 - SMALLEST_PART)
    stands = small.always_stands[place]
    # what stands is taken out, and then others may stand in what is left
    for _ in range(MOST_STANDING):
        rest = free - np.bincount(window[stands], weights=count[stands], minlength=len(free))
        left = 1 - np.bincount(window[stands], weights=share[stands], minlength=len(free))
        others = np.maximum(rest[window] - count, 0.5)
        around = np.maximum(left[window] - share, SMALLEST_PART)
        chance = special.betainc(count, others + 1, share / (share + around)) / share
        gain = (
            log_likelihood(count, expected[window] * share)
            + log_likelihood(others, expected[window] * around)
            - log_likelihood(count + others, expected[window] * (share + around))
            - small.price
            - tied
        )
        new = ~stands & (
            (count * around >= settings.min_ratio * others * share)
            & (chance <= settings.max_inside_p)
            & (gain > 0)
        )
        if not new.any():
            break
        # of each window the one that stands out most
        ratio = np.where(new, count / share, -1.0)
        best = np.full(len(free), -1.0)
        np.maximum.at(best, window, ratio)
        stands = stands | (new & (ratio >= best[window]))
    return np.asarray(stands, dtype=np.bool_)


MOST_STANDING = 6
"""In so many rounds small places are found to stand by themselves."""


def variants_of(
    window: Windows, members: NDArray[np.float64], step: float, settings: DetectionSettings
) -> Windows:
    """Windows a little beside, longer, wider or turned: what is tried to describe a place better.

    Parameters
    ----------
    window
        One window.
    members
        The reports in it, in metres; shape (n, 2).
    step
        How large a step is, as a part of the size of the window.
    """
    x, y, angle, length, radius = (
        float(getattr(window, name)[0]) for name in ("x", "y", "angle", "length_m", "radius_m")
    )
    rows = [(x, y, angle, length, radius)]
    cos, sin = np.cos(angle), np.sin(angle)
    along, across = step * (length / 2 + radius), step * radius
    for sign in (-1, 1):
        rows += [
            (x + sign * along * cos, y + sign * along * sin, angle, length, radius),
            (x - sign * across * sin, y + sign * across * cos, angle, length, radius),
            (x, y, angle, length, radius * (1 + sign * step)),
        ]
        if length:
            turn = sign * step * radius / (length / 2 + radius)
            rows += [
                (x, y, angle + turn, length, radius),
                # one end further, or less far
                (x + sign * along * cos, y + sign * along * sin, angle, length + 2 * along, radius),
                (x + sign * along * cos, y + sign * along * sin, angle, length - 2 * along, radius),
                (x, y, angle, length - sign * 2 * along, radius * (1 + sign * step)),
            ]
    if not length:
        for turned in np.arange(6) * np.pi / 6:
            rows += [
                (x, y, turned, 2 * step * radius, radius),
                (x, y, turned, 2 * step * radius, radius * (1 - step)),
            ]
    if len(members) > 2:
        rows += _along_axis(members, radius)
    table = np.array(rows)
    table[:, 3] = np.maximum(table[:, 3], 0)
    is_fit = (
        (table[:, 4] >= settings.strip_half_width_m)
        & (table[:, 4] <= max(settings.wide_radii_m))
        & (table[:, 3] / 2 + table[:, 4] <= settings.widest_m)
    )
    return Windows(*table[is_fit].T)


def _along_axis(
    members: NDArray[np.float64], radius_m: float
) -> list[tuple[float, float, float, float, float]]:
    """Windows along the line that most of the reports lie on, without the farthest few at either end."""
    middle = np.median(members, axis=0)
    away = members - middle
    _, _, axes = np.linalg.svd(away, full_matrices=False)
    angle = float(np.arctan2(axes[0, 1], axes[0, 0]))
    along, across = away @ axes[0], away @ axes[1]
    side = float(np.median(across))
    trimmed = np.array([0.0, 0.05])
    ends = np.quantile(along, [trimmed, 1 - trimmed]).T.tolist()
    halves = np.quantile(np.abs(across - side), 1 - trimmed).tolist()
    rows = []
    for (low, high), half in zip(ends, halves, strict=True):
        for reach in (half, radius_m):
            length = max(high - low - 2 * reach * (reach > 30), 0.0)
            x, y = middle + axes[0] * (low + high) / 2 + axes[1] * side
            rows.append((float(x), float(y), angle, float(length), float(reach)))
    return rows


def refined(
    search: WindowSearch,
    window: Measured,
    small: SmallPlaces,
    settings: DetectionSettings,
    *,
    taken: NDArray[np.bool_],
    is_gone: NDArray[np.bool_],
) -> tuple[Measured, Valued]:
    """Move, turn, stretch and trim a window for as long as its value rises."""
    best = window
    valued = value_of(best, small, settings, points=search.points, taken=taken, is_gone=is_gone)
    for step in settings.refine_steps:
        for _ in range(MOST_MOVES):
            tried = search.measure(variants_of(best.windows, search.points[best.member], step, settings))
            values = value_of(tried, small, settings, points=search.points, taken=taken, is_gone=is_gone)
            number = int(np.argmax(values.value)) if len(tried.windows) else 0
            if not len(tried.windows) or values.value[number] <= valued.value[0] + 1e-9:
                break
            best, valued = tried.take(np.array([number])), values.take(np.array([number]))
    return best, valued


MOST_MOVES = 6
"""More moves with one step hardly ever help."""


def windows_around(points: NDArray[np.float64], settings: DetectionSettings) -> Windows:
    """Windows that hold most of some reports: round, and along the line that most of them lie on."""
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    away = np.sort(np.hypot(*(points - middle).T))
    rows = [(*middle.tolist(), 0.0, 0.0, float(radius)) for radius in np.quantile(away, [0.9, 1.0])]
    rows += _along_axis(points, settings.strip_half_width_m)
    table = np.array(rows)
    table[:, 4] = np.maximum(table[:, 4], settings.strip_half_width_m)
    is_fit = (table[:, 4] <= max(settings.wide_radii_m)) & (
        table[:, 3] / 2 + table[:, 4] <= settings.widest_m
    )
    return Windows(*table[is_fit].T)


def hull_of(one: Windows, other: Windows) -> Windows:
    """Windows that hold two: along the line from end to end, and round."""
    ends = np.concatenate([_ends(one), _ends(other)])
    radii = np.repeat([float(one.radius_m[0]), float(other.radius_m[0])], 2)
    apart = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1)) + radii[:, None] + radii[None]
    first, last = np.unravel_index(int(apart.argmax()), apart.shape)
    line = ends[last] - ends[first]
    angle = float(np.arctan2(line[1], line[0]))
    middle = (ends[first] + ends[last]) / 2
    side = (ends - middle) @ np.array([-np.sin(angle), np.cos(angle)])
    lowest, highest = (side - radii).min(), (side + radii).max()
    radius = float(highest - lowest) / 2
    shift = (highest + lowest) / 2
    centre = middle + shift * np.array([-np.sin(angle), np.cos(angle)])
    length = float(np.hypot(*line))
    lengths = np.array([length, max(length - radius, 0.0), 0.0])
    widths = np.array([radius, radius, length / 2 + radius])
    size = len(lengths)
    return Windows(np.full(size, centre[0]), np.full(size, centre[1]), np.full(size, angle), lengths, widths)


def _ends(window: Windows) -> NDArray[np.float64]:
    half = window.length_m[:, None] / 2 * np.column_stack([np.cos(window.angle), np.sin(window.angle)])
    return np.concatenate([window.centres - half, window.centres + half])
