"""Scores of detection: detected places are matched one to one with planted ones, and counted.

A planted hotspot counts only when its reports meet the definition; one whose reports never do is neutral, and
a place detected there is left out. A place detected at a decoy, or where nothing was planted, is false.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

MATCH_M = 75.0
"""A detected place can match a planted one when their centres are at most this far apart, or at most the
radius of the planted one, if that is more."""

PART_SHARE = 0.3
"""With this share of its reports from one planted place, a detected place is a part of it."""

GLUED_SHARE = 0.3
"""A detected place with at least this share of the reports of two planted hotspots glues them."""

RESAMPLES = 1000
_NEVER = 1e9


@dataclass(frozen=True)
class DetectedPlace:
    """A place that a method detected: its centre in metres, and what else the method says about it."""

    x: float
    y: float
    reports: frozenset[int] = field(default_factory=frozenset, repr=False)
    soort: str | None = None
    indicatie: str | None = None
    first_signalled: date | None = None
    strength: float = 0.0  # to put the places of one method in order, the strongest first


@dataclass(frozen=True)
class Match:
    """A planted hotspot that was detected."""

    place: int
    detected: int  # index of the detected place
    error_m: float
    soort_is_right: bool | None
    indicatie_is_right: bool | None
    delay_days: int | None  # after its reports first meet the definition; 0 if sooner


@dataclass(frozen=True)
class Miss:
    """A detected place that is no planted hotspot, and what it is instead."""

    detected: int
    kind: str  # kind of the decoy nearby, 'split', or 'background'
    part_of: int = -1  # number of the hotspot that was detected already and of which this is another part


@dataclass(frozen=True)
class Score:
    """The score of one year."""

    truth_count: int
    matches: tuple[Match, ...]
    missed: tuple[int, ...]  # numbers of the places
    false: tuple[Miss, ...]
    neutral_count: int
    glued_count: int

    @property
    def recall(self) -> float:
        """Share of the planted hotspots that was detected; NaN if none was planted."""
        return len(self.matches) / self.truth_count if self.truth_count else float("nan")

    @property
    def precision(self) -> float:
        """Share of the detected places that was planted; NaN if nothing was detected."""
        detected = len(self.matches) + len(self.false)
        return len(self.matches) / detected if detected else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision; NaN if nothing was planted and nothing detected."""
        return f1_of(len(self.matches), self.truth_count, len(self.false))

    @property
    def split_count(self) -> int:
        """Number of detected places that are a second part of a hotspot detected already."""
        return sum(miss.kind == "split" for miss in self.false)


def f1_of(matched: int, planted: int, false: int) -> float:
    """The harmonic mean of recall and precision, from counts.

    Examples
    --------
    >>> f1_of(matched=8, planted=10, false=2)
    0.8
    >>> f1_of(matched=0, planted=0, false=0)
    nan
    """
    total = matched + planted + false
    return 2 * matched / total if total else float("nan")


def score(
    detected: Sequence[DetectedPlace],
    places: pd.DataFrame,
    report_places: "pd.Series[int]",
    *,
    until: date,
    least_share: float = 0.0,
) -> Score:
    """Compare the detected places with the planted ones.

    Parameters
    ----------
    places
        The truth: ``SimulatedYear.places``.
    report_places
        Number of the planted place of each report (-1 for none), by report_id.
    until
        Last day the method saw: a hotspot that meets the definition later does not count.
    least_share
        Share of its reports that a detected place must have from the planted one that it matches: where many
        places are listed, one may lie inside a wide hotspot without being it.
    """
    planted = places[places["kind"] == "hotspot"].reset_index(drop=True)
    is_truth = (planted["first_met"] <= pd.Timestamp(until)).to_numpy()
    shares = [_shares(place, report_places) for place in detected]
    pairs = _pairs(detected, planted, is_truth, shares, least_share)
    matched = {found_number: number for number, found_number in pairs if is_truth[number]}
    neutral = {found_number for number, found_number in pairs if not is_truth[number]}
    matches = tuple(
        _match(detected[index], index, planted.iloc[number].to_dict())
        for index, number in sorted(matched.items())
    )
    rest = [index for index in range(len(detected)) if index not in matched and index not in neutral]
    found_places = {match.place for match in matches}
    neutral_places = set(planted["place"][~is_truth].tolist())
    false = []
    for index in rest:
        kind = _kind_of_miss(detected[index], places, shares[index], found_places, neutral_places)
        if kind == "neutral":
            neutral.add(index)
        else:
            false.append(Miss(index, kind, _part_of(shares[index], found_places)))
    missed = sorted(set(planted["place"][is_truth].tolist()) - found_places)
    return Score(
        truth_count=int(is_truth.sum()),
        matches=matches,
        missed=tuple(missed),
        false=tuple(false),
        neutral_count=len(neutral),
        glued_count=_count_glued(detected, planted["place"].tolist(), report_places),
    )


def _pairs(
    detected: Sequence[DetectedPlace],
    planted: pd.DataFrame,
    is_truth: NDArray[np.bool_],
    shares: Sequence[Mapping[int, float]],
    least_share: float,
) -> list[tuple[int, int]]:
    """One-to-one pairs within reach: as many as possible, true hotspots first, then the nearest."""
    if not detected or not len(planted):
        return []
    centres = np.array([[place.x, place.y] for place in detected])
    distance = cdist(planted[["x", "y"]].to_numpy(), centres)
    reach = np.maximum(MATCH_M, planted["radius_m"].to_numpy(dtype=np.float64))[:, None]
    share = np.array([[of.get(number, 0.0) for of in shares] for number in planted["place"].tolist()])
    can_match = (distance <= reach) & (share >= least_share)
    cost = np.where(can_match, distance + np.where(is_truth, 0, reach.max())[:, None], _NEVER)
    pairs = np.column_stack(linear_sum_assignment(cost)).tolist()
    return [(row, column) for row, column in pairs if can_match[row, column]]


def _match(detected: DetectedPlace, number: int, place: Mapping[Hashable, Any]) -> Match:
    delay = None
    if detected.first_signalled is not None:
        delay = max((detected.first_signalled - place["first_met"].date()).days, 0)
    return Match(
        place=int(place["place"]),
        detected=number,
        error_m=float(np.hypot(detected.x - place["x"], detected.y - place["y"])),
        soort_is_right=None if detected.soort is None else detected.soort == place["soort"],
        indicatie_is_right=None if detected.indicatie is None else detected.indicatie == place["indicatie"],
        delay_days=delay,
    )


def _counts(detected: DetectedPlace, report_places: "pd.Series[int]") -> Counter[int]:
    """The number of its reports per planted place, without the background."""
    numbers = report_places.reindex(sorted(detected.reports)).tolist()
    return Counter(int(number) for number in numbers if number >= 0)


def _shares(detected: DetectedPlace, report_places: "pd.Series[int]") -> dict[int, float]:
    """The share of its reports per planted place."""
    counts = _counts(detected, report_places)
    return {number: count / len(detected.reports) for number, count in counts.items()}


def _kind_of_miss(
    detected: DetectedPlace,
    places: pd.DataFrame,
    shares: dict[int, float],
    found_places: set[int],
    neutral_places: set[int],
) -> str:
    main = max(shares, key=lambda place: shares[place], default=-1)
    if main in found_places and shares[main] >= 0.5:
        return "split"
    if main in neutral_places and shares[main] >= 0.5:
        return "neutral"
    if main >= 0 and shares[main] >= 0.3:
        return str(places["kind"][places["place"] == main].iloc[0])
    distance = np.asarray(np.hypot(places["x"] - detected.x, places["y"] - detected.y))
    is_near = distance <= np.maximum(MATCH_M, places["radius_m"])
    is_decoy = is_near & (places["kind"] != "hotspot").to_numpy()
    nearest = int(np.argmin(np.where(is_decoy, distance, np.inf)))
    return str(places["kind"].iloc[nearest]) if is_decoy.any() else "background"


def _part_of(shares: Mapping[int, float], found_places: set[int]) -> int:
    main = max(shares, key=lambda place: shares[place], default=-1)
    return main if main in found_places and shares[main] >= PART_SHARE else -1


def _count_glued(
    detected: Sequence[DetectedPlace], hotspot_numbers: list[int], report_places: "pd.Series[int]"
) -> int:
    totals = Counter(report_places[report_places.isin(hotspot_numbers)].tolist())
    glued = 0
    for place in detected:
        counts = _counts(place, report_places)
        large = [number for number in totals if counts[number] >= GLUED_SHARE * totals[number]]
        glued += len(large) >= 2
    return glued


IntervalName = Literal["mean", "low", "high"]


def mean_with_interval(values: Sequence[float], rng: np.random.Generator) -> dict[IntervalName, float]:
    """Give the mean and its 95 % bootstrap interval, without NaN values; NaN if none is left.

    Examples
    --------
    >>> mean_with_interval([1.0, 1.0, float("nan")], np.random.default_rng(1))
    {'mean': 1.0, 'low': 1.0, 'high': 1.0}
    """
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return dict.fromkeys(get_args(IntervalName), float("nan"))
    means = rng.choice(known, (RESAMPLES, len(known))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"mean": float(known.mean()), "low": float(low), "high": float(high)}
