"""How well what was found fits what was planted: matched one to one, and counted.

A planted hotspot counts only when its reports meet the definition; one that never does is neutral, and what
is found there is left out. What is found at a decoy, or where nothing was planted, is false.
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
"""A found place belongs to a planted one when their centres are this near, or nearer."""

GLUED_SHARE = 0.3
"""A found place with at least this share of the reports of two planted hotspots has glued them."""

RESAMPLES = 1000
_NEVER = 1e9


@dataclass(frozen=True)
class Found:
    """A place that a method found: its centre in metres, and what else the method says about it."""

    x: float
    y: float
    reports: frozenset[int] = field(default_factory=frozenset, repr=False)
    soort: str | None = None
    indicatie: str | None = None
    first_signalled: date | None = None


@dataclass(frozen=True)
class Match:
    """A planted hotspot that was found."""

    place: int
    found: int  # number in what was found
    error_m: float
    soort_is_right: bool | None
    indicatie_is_right: bool | None
    delay_days: int | None  # after its reports first meet the definition; 0 if sooner


@dataclass(frozen=True)
class Miss:
    """A found place that is no planted hotspot: what it is instead, or nothing known."""

    found: int
    kind: str  # kind of the decoy nearby, 'split', or 'background'


@dataclass(frozen=True)
class Score:
    """What was found of one year."""

    truth_count: int
    matches: tuple[Match, ...]
    missed: tuple[int, ...]  # numbers of the places
    false: tuple[Miss, ...]
    neutral_count: int
    glued_count: int

    @property
    def recall(self) -> float:
        """Share of the planted hotspots that was found; NaN if none was planted."""
        return len(self.matches) / self.truth_count if self.truth_count else float("nan")

    @property
    def precision(self) -> float:
        """Share of what was found that was planted; NaN if nothing was found."""
        found = len(self.matches) + len(self.false)
        return len(self.matches) / found if found else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision; NaN if there was nothing to find and nothing found."""
        return f1_of(len(self.matches), self.truth_count, len(self.false))

    @property
    def split_count(self) -> int:
        """Found places that are a second part of a hotspot found already."""
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
    found: Sequence[Found],
    places: pd.DataFrame,
    report_places: "pd.Series[int]",
    *,
    until: date,
) -> Score:
    """Compare what was found with what was planted.

    Parameters
    ----------
    places
        The truth: ``SimulatedYear.places``.
    report_places
        Number of the planted place of each report (-1 for none), by report_id.
    until
        The last day the method saw: what meets the definition later does not count.
    """
    planted = places[places["kind"] == "hotspot"].reset_index(drop=True)
    is_truth = (planted["first_met"] <= pd.Timestamp(until)).to_numpy()
    pairs = _pairs(found, planted, is_truth)
    matched = {found_number: number for number, found_number in pairs if is_truth[number]}
    neutral = {found_number for number, found_number in pairs if not is_truth[number]}
    matches = tuple(
        _match(found[index], index, planted.iloc[number].to_dict())
        for index, number in sorted(matched.items())
    )
    rest = [index for index in range(len(found)) if index not in matched and index not in neutral]
    found_places = {match.place for match in matches}
    neutral_places = set(planted["place"][~is_truth].tolist())
    false = []
    for index in rest:
        shares = _shares(found[index], report_places)
        kind = _kind_of_miss(found[index], places, shares, found_places, neutral_places)
        if kind == "neutral":
            neutral.add(index)
        else:
            false.append(Miss(index, kind))
    missed = sorted(set(planted["place"][is_truth].tolist()) - found_places)
    return Score(
        truth_count=int(is_truth.sum()),
        matches=matches,
        missed=tuple(missed),
        false=tuple(false),
        neutral_count=len(neutral),
        glued_count=_count_glued(found, planted["place"].tolist(), report_places),
    )


def _pairs(
    found: Sequence[Found], planted: pd.DataFrame, is_truth: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """One-to-one pairs within reach: as many as can be, truths first, then the nearest."""
    if not found or not len(planted):
        return []
    centres = np.array([[place.x, place.y] for place in found])
    distance = cdist(planted[["x", "y"]].to_numpy(), centres)
    cost = np.where(distance <= MATCH_M, distance + np.where(is_truth, 0, MATCH_M)[:, None], _NEVER)
    pairs = np.column_stack(linear_sum_assignment(cost)).tolist()
    return [(row, column) for row, column in pairs if distance[row, column] <= MATCH_M]


def _match(found: Found, number: int, place: Mapping[Hashable, Any]) -> Match:
    delay = None
    if found.first_signalled is not None:
        delay = max((found.first_signalled - place["first_met"].date()).days, 0)
    return Match(
        place=int(place["place"]),
        found=number,
        error_m=float(np.hypot(found.x - place["x"], found.y - place["y"])),
        soort_is_right=None if found.soort is None else found.soort == place["soort"],
        indicatie_is_right=None if found.indicatie is None else found.indicatie == place["indicatie"],
        delay_days=delay,
    )


def _counts(found: Found, report_places: "pd.Series[int]") -> Counter[int]:
    """How many of its reports come from which planted place, background left out."""
    numbers = report_places.reindex(sorted(found.reports)).tolist()
    return Counter(int(number) for number in numbers if number >= 0)


def _shares(found: Found, report_places: "pd.Series[int]") -> dict[int, float]:
    """Which share of its reports comes from which planted place."""
    counts = _counts(found, report_places)
    return {number: count / len(found.reports) for number, count in counts.items()}


def _kind_of_miss(
    found: Found,
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
    distance = np.asarray(np.hypot(places["x"] - found.x, places["y"] - found.y))
    is_near = distance <= np.maximum(MATCH_M, places["radius_m"])
    is_decoy = is_near & (places["kind"] != "hotspot").to_numpy()
    nearest = int(np.argmin(np.where(is_decoy, distance, np.inf)))
    return str(places["kind"].iloc[nearest]) if is_decoy.any() else "background"


def _count_glued(found: Sequence[Found], hotspot_numbers: list[int], report_places: "pd.Series[int]") -> int:
    totals = Counter(report_places[report_places.isin(hotspot_numbers)].tolist())
    glued = 0
    for place in found:
        counts = _counts(place, report_places)
        large = [number for number in totals if counts[number] >= GLUED_SHARE * totals[number]]
        glued += len(large) >= 2
    return glued


IntervalName = Literal["mean", "low", "high"]


def mean_with_interval(values: Sequence[float], rng: np.random.Generator) -> dict[IntervalName, float]:
    """The mean and its 95 % bootstrap interval; values that are NaN are left out, NaN if none is left.

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
