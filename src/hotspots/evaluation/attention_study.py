"""Attention places of simulated years: how many are shown, and what becomes of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hotspots.detection.attention import FEATURES
from hotspots.detection.attention_model import shipped_model
from hotspots.detection.exposure import Exposure
from hotspots.evaluation.in_memory_runs import FollowedWeek, followed_weeks, settings_for
from hotspots.evaluation.many_cases import run_all
from hotspots.evaluation.simulation import SimulatedYear, detection_table, texts_of
from hotspots.evaluation.study import Case, simulated
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.tracking.attention import chances_of, shown_places, week_place
from hotspots.tracking.follow import Track, WeekPlace, recognised_in
from hotspots.weekly.weeks import weeks_between

BEFORE_WEEKS = 2
"""A hotspot that was an attention place so many weeks before or earlier was seen in time."""

LONGEST_WEEKS = 26
"""So many weeks before it came on the list it is looked for among the attention places."""

FIRST_WEEK = 8
"""Before it there are too few reports to look at."""

TENTHS = 10
LEAST_OF_A_TENTH = 50
"""Of fewer places a share says little."""


@dataclass(frozen=True)
class AttentionYear:
    """What came of one simulated year.

    Attributes
    ----------
    case
        The year.
    weeks
        How many runs could show attention places of which the outcome is known.
    candidates
        A row for each candidate of each of these runs: week, the features, chance, share (as told),
        is_shown, became.
    hotspots
        A row for each hotspot that came on the list: week, shown_weeks_before (0 if it never was).
    """

    case: Case
    weeks: int
    candidates: pd.DataFrame = field(repr=False)
    hotspots: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Week:
    """One run: its candidates by number, which of them are shown, and what came on the list."""

    candidates: Sequence[Track]
    shown: frozenset[str]
    new: Sequence[WeekPlace]


class _Follower:
    """Does the runs of one year and keeps, of each week, what is needed to see what became of it."""

    def __init__(self, settings: Settings, areas: AreaIndex, gebied_of: Mapping[str, str]) -> None:
        self.settings, self.areas, self.gebied_of = settings, areas, gebied_of
        self.projection = Projection(settings.municipality.crs)
        self.model = shipped_model()
        self.weeks: list[_Week] = []
        self.rows: list[dict[str, Any]] = []
        self._known: set[str] = set()

    def add(self, week: FollowedWeek) -> None:
        """Take in the next run."""
        early, hotspots = week.found.early, [hotspot.track for hotspot in week.known.values()]
        buurten = self.areas.locate([one.row["lon"] for one in early], [one.row["lat"] for one in early])
        gebieden = [self.gebied_of.get(code) for code in buurten.tolist()]
        shown = {
            one.place.place for one in shown_places(early, gebieden, hotspots, self.model, self.settings)
        }
        places = [week_place(one, number) for number, one in enumerate(early)]
        taken = self.recognised(hotspots, places)
        shares = [self.model.shares[one] for one in self.model.classes(chances_of(early)).tolist()]
        for number, (one, share) in enumerate(zip(early, shares, strict=True)):
            if number not in taken:
                self.rows.append(
                    {"week": len(self.weeks), "candidate": str(number), "chance": one.chance}
                    | {"share": share.share, "is_shown": number in shown}
                    | dict(zip(FEATURES, one.features, strict=True))
                )
        tracks = [self._track(place) for place in places if place.place not in taken]
        new = [
            WeekPlace(number, track.lon, track.lat, track.reports, track.reach_m)
            for number, track in enumerate(hotspots)
            if track.hotspot_id not in self._known
        ]
        self.weeks.append(_Week(tracks, frozenset(map(str, shown)), new))
        self._known |= set(week.known)

    def recognised(self, tracks: Sequence[Track], places: Sequence[WeekPlace]) -> dict[int, str]:
        """Which of these tracks each place is."""
        return recognised_in(tracks, places, projection=self.projection, settings=self.settings.tracking)

    def _track(self, place: WeekPlace) -> Track:
        return Track(str(place.place), place.lon, place.lat, place.reports, 1, reach_m=place.reach_m)


def run_attention(case: Case, settings: Settings, *, every: int = 1) -> AttentionYear:
    """Simulate one year, do its weekly runs, and see what becomes of the attention places.

    Parameters
    ----------
    every
        Do one run in so many weeks: faster, to fit on many years.
    """
    year = simulated(case, settings)
    own = settings_for(year, settings)
    areas = year.city.areas
    gebied_of = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True))
    follower = _Follower(own, AreaIndex(areas), gebied_of)
    for week in _runs(year, own, every):
        follower.add(week)
    return _outcomes(case, follower, every)


def _runs(year: SimulatedYear, settings: Settings, every: int) -> Iterable[FollowedWeek]:
    addresses = year.city.addresses
    days = weeks_between(year.first + timedelta(weeks=FIRST_WEEK), year.last)[::every]
    return followed_weeks(
        detection_table(year),
        days,
        settings,
        areas=year.city.areas,
        exposure=Exposure.of(addresses["lon"].to_numpy(), addresses["lat"].to_numpy(), settings),
        texts=texts_of(year),
    )


def _outcomes(case: Case, follower: _Follower, every: int) -> AttentionYear:
    """See of every candidate whether it became a hotspot in time, and of every hotspot when it was shown."""
    within = follower.settings.attention.within_weeks // every
    weeks = follower.weeks
    became: set[tuple[int, str]] = set()
    hotspots = []
    for number, week in enumerate(weeks):
        first_shown: dict[int, int] = {}
        for back in range(1, min(number, LONGEST_WEEKS // every) + 1):
            earlier = weeks[number - back]
            found = follower.recognised(earlier.candidates, week.new)
            if back <= within:
                became |= {(number - back, candidate) for candidate in found.values()}
            first_shown |= {place: back for place, one in found.items() if one in earlier.shown}
        hotspots += [
            {"week": number, "shown_weeks_before": first_shown.get(place.place, 0) * every}
            for place in week.new
        ]
    rows = pd.DataFrame(
        follower.rows, columns=["week", "candidate", "chance", "share", "is_shown", *FEATURES]
    )
    keys = zip(rows["week"].tolist(), rows["candidate"].tolist(), strict=True)
    rows = rows.assign(became=[key in became for key in keys])
    known = len(weeks) - within  # what came after is not known of the last weeks
    return AttentionYear(
        case,
        max(known, 0),
        rows[rows["week"] < known].reset_index(drop=True),
        pd.DataFrame(hotspots, columns=["week", "shown_weeks_before"]),
    )


def run_years(
    todo: Sequence[Case],
    settings: Settings,
    *,
    every: int = 1,
    executor: Executor | None = None,
    on_done: Callable[[AttentionYear], None] = lambda _: None,
) -> list[AttentionYear]:
    """Run many years: :func:`~hotspots.evaluation.many_cases.run_all` of :func:`run_attention`."""
    run = partial(run_attention, every=every)
    return run_all(todo, run, settings, executor=executor, on_done=on_done)


def summarise_attention(results: Iterable[AttentionYear]) -> dict[str, Any]:
    """Summarise many years: how many are shown, what becomes of them, how many hotspots were among them."""
    years = list(results)
    candidates = pd.concat([year.candidates for year in years], ignore_index=True)
    hotspots = pd.concat([year.hotspots for year in years], ignore_index=True)
    weeks = sum(year.weeks for year in years)
    shown = candidates[candidates["is_shown"].astype(bool)]
    tenths = _tenths(shown)
    gaps = [abs(row["told"] - row["became"]) for row in tenths.values() if row["shown"] >= LEAST_OF_A_TENTH]
    before = hotspots["shown_weeks_before"] >= BEFORE_WEEKS
    return {
        "years": len(years),
        "weeks": weeks,
        "shown": len(shown),
        "shownPerWeek": _ratio(len(shown), weeks),
        "became": int(shown["became"].sum()),
        "becameShare": _ratio(int(shown["became"].sum()), len(shown)),
        "hotspots": len(hotspots),
        "shownBefore": int(before.sum()),
        "shownBeforeShare": _ratio(int(before.sum()), len(hotspots)),
        "tenths": tenths,
        "largestGap": max(gaps, default=float("nan")),
    }


def _tenths(shown: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Per tenth of the share that was told: how many, the mean of what was told, and what became of them."""
    tenth = np.minimum((shown["share"] * TENTHS).astype(np.int64), TENTHS - 1)
    rows = {}
    for number in range(TENTHS):
        own = shown[tenth == number]
        if len(own):
            rows[f"{number / TENTHS:.1f}-{(number + 1) / TENTHS:.1f}"] = {
                "shown": len(own),
                "told": round(float(own["share"].mean()), 4),
                "became": round(float(own["became"].mean()), 4),
            }
    return rows


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else float("nan")
