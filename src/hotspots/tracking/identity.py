"""Which place of this week is which hotspot of before: identity, splits and merges, trend and end.

A hotspot is the same while it stands at the same place and its reports overlap with last week's, or, once
those have left the window, while it stands at the same place. So it keeps its number while it grows, shrinks,
shifts a street, goes quiet and comes back; but it does not wander off to the next square. When one hotspot
falls apart, the part most like it keeps the number and the others are new, with their origin recorded; when
two grow together, the one most alike goes on and the other ends in it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import hypot
from typing import Literal

from hotspots.model import Trend
from hotspots.settings import TrackingSettings


@dataclass(frozen=True)
class KnownHotspot:
    """A hotspot to recognise a place as: where it has been, in metres, and the reports it last consisted of.

    x and y are the mean of its centres in the runs that signalled it: last week's centre alone could wander.
    reach_m is how far its outline reached in the last of these.
    """

    hotspot_id: str
    x: float
    y: float
    reports: frozenset[int]
    is_merged: bool = False  # went on in another hotspot
    reach_m: float = 0.0


@dataclass(frozen=True)
class SignalledPlace:
    """A place that this run signals: its number in the run, centre in metres, reports, and its reach."""

    place: int
    x: float
    y: float
    reports: frozenset[int]
    reach_m: float = 0.0


@dataclass(frozen=True)
class Lineage:
    """One hotspot coming from another (split) or going on in another (merge).

    For a split, `hotspot_id` is the origin, whether it goes on itself or not, and `place` the new part. For a
    merge, `hotspot_id` ends in the hotspot at `place`.
    """

    kind: Literal["split", "merge"]
    hotspot_id: str
    place: int


@dataclass(frozen=True)
class Recognition:
    """Which hotspot each place is; a place without an entry is a new hotspot."""

    hotspot_of_place: dict[int, str]
    lineage: tuple[Lineage, ...]


@dataclass(frozen=True)
class _Pair:
    known: KnownHotspot
    place: SignalledPlace
    shared: int

    @property
    def jaccard(self) -> float:
        return self.shared / (len(self.known.reports) + len(self.place.reports) - self.shared)

    @property
    def share_of_smaller(self) -> float:
        return self.shared / min(len(self.known.reports), len(self.place.reports))

    @property
    def distance_m(self) -> float:
        return hypot(self.known.x - self.place.x, self.known.y - self.place.y)

    @property
    def order(self) -> tuple[float, str, int]:
        """Nearest first; to the millimetre, as how a mean was rounded must not decide between two parts."""
        return round(self.distance_m, 3), self.known.hotspot_id, self.place.place

    def is_alike(self, settings: TrackingSettings) -> bool:
        is_mostly_same = self.jaccard >= settings.mostly_same_jaccard
        farthest_m = settings.max_shift_m * (settings.mostly_same_reach if is_mostly_same else 1)
        # a place that grew from a corner to a street, or shrank to one, moved within the larger one
        farthest_m = max(farthest_m, self.known.reach_m, self.place.reach_m)
        return self.distance_m <= farthest_m and self.share_of_smaller >= settings.same_share


def recognise(
    known: Iterable[KnownHotspot], places: Sequence[SignalledPlace], settings: TrackingSettings
) -> Recognition:
    """Recognise known hotspots in the places of a run.

    Pairs with reports in common are taken from most to least alike (Jaccard index [1]_), each hotspot and
    each place once, if they lie near each other, within the reach of the larger one, or farther apart with
    most reports in common. What remains
    is recognised by place alone. The order of either does not matter.

    Parameters
    ----------
    known
        Every hotspot of before, also the ended ones.

    References
    ----------
    .. [1] P. Jaccard (1901), doi:10.5169/seals-266450.

    Examples
    --------
    >>> old = KnownHotspot("a", 0, 0, frozenset({1, 2, 3}))
    >>> new = SignalledPlace(0, 9, 9, frozenset({2, 3, 4}))
    >>> recognise([old], [new], TrackingSettings(max_shift_m=15)).hotspot_of_place
    {0: 'a'}
    """
    hotspots = sorted(known, key=lambda hotspot: hotspot.hotspot_id)
    overlapping = _overlapping_pairs(hotspots, places)
    alike = [pair for pair in overlapping if pair.is_alike(settings)]
    recognised = _take(sorted(alike, key=lambda pair: (-pair.jaccard, pair.order)), {})
    remaining = _remaining_pairs(hotspots, places, recognised)
    near = [pair for pair in remaining if pair.distance_m <= settings.max_shift_m]
    recognised = _take(sorted(near, key=lambda pair: pair.order), recognised)
    return Recognition(recognised, _lineage(overlapping, recognised, settings.parted_share))


def trend_of_hotspot(
    counted: Trend,
    *,
    as_of: date,
    first_signalled: date,
    last_signalled: date,
    last_report: date,
    settings: TrackingSettings,
) -> Trend:
    """Say how a hotspot moves, all in all.

    Parameters
    ----------
    counted
        The trend of its weekly counts (:func:`hotspots.statistics.trends.trend_of`).
    as_of, first_signalled, last_signalled
        As-of dates of this run, and of the first and the last run that signalled it.

    Returns
    -------
    Trend
        The first that holds: beeindigd (not signalled for ``end_after_weeks``), stil (no report for
        ``quiet_after_weeks``), nieuw (first signalled less than ``new_for_weeks`` ago), else as counted.
    """
    if as_of - last_signalled >= timedelta(weeks=settings.end_after_weeks):
        return Trend.BEEINDIGD
    if as_of - last_report >= timedelta(weeks=settings.quiet_after_weeks):
        return Trend.STIL
    if as_of - first_signalled < timedelta(weeks=settings.new_for_weeks):
        return Trend.NIEUW
    return counted


def _overlapping_pairs(known: Sequence[KnownHotspot], places: Sequence[SignalledPlace]) -> list[_Pair]:
    by_number = {place.place: place for place in places}
    place_of_report = {report: place.place for place in places for report in place.reports}
    pairs = []
    for hotspot in known:
        shared = Counter(place_of_report[report] for report in hotspot.reports if report in place_of_report)
        pairs += [_Pair(hotspot, by_number[place], count) for place, count in sorted(shared.items())]
    return pairs


def _remaining_pairs(
    known: Sequence[KnownHotspot], places: Sequence[SignalledPlace], found: dict[int, str]
) -> list[_Pair]:
    used = set(found.values())
    free = [hotspot for hotspot in known if hotspot.hotspot_id not in used and not hotspot.is_merged]
    return [_Pair(hotspot, place, 0) for place in places if place.place not in found for hotspot in free]


def _take(pairs: Iterable[_Pair], taken: dict[int, str]) -> dict[int, str]:
    found = dict(taken)
    used = set(found.values())
    for pair in pairs:
        if pair.place.place not in found and pair.known.hotspot_id not in used:
            found[pair.place.place] = pair.known.hotspot_id
            used.add(pair.known.hotspot_id)
    return found


def _lineage(overlapping: Sequence[_Pair], found: dict[int, str], parted_share: float) -> tuple[Lineage, ...]:
    recognised = set(found.values())
    lineage = []
    for pair in sorted(overlapping, key=lambda pair: (pair.place.place, -pair.shared, pair.known.hotspot_id)):
        hotspot_id, place = pair.known.hotspot_id, pair.place.place
        is_new = place not in found
        if is_new and pair.shared >= parted_share * len(pair.place.reports):
            lineage.append(Lineage("split", hotspot_id, place))
        is_gone = hotspot_id not in recognised and not pair.known.is_merged
        if is_gone and not is_new and pair.shared >= parted_share * len(pair.known.reports):
            lineage.append(Lineage("merge", hotspot_id, place))
    return tuple(lineage)
