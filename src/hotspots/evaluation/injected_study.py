"""How many hotspots planted among real events are found, how soon, in how many pieces; other methods too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspots.detection.exposure import Exposure
from hotspots.evaluation.baselines import Baseline, find_all
from hotspots.evaluation.in_memory_runs import follow_reports
from hotspots.evaluation.injected import PERIOD, InjectedPeriod, inject, periods_of
from hotspots.evaluation.place_figures import mean_of, row_of, rows_by, told
from hotspots.evaluation.place_shapes import SCALES
from hotspots.evaluation.scoring import PART_SHARE, DetectedPlace, Score, score
from hotspots.geography.projection import WGS84, Projection
from hotspots.settings import Settings
from hotspots.weekly.weeks import weeks_between


@dataclass(frozen=True)
class InjectedCase:
    """One period of real events with places planted by one seed."""

    first: date
    events: pd.DataFrame  # of this period and half a year before
    seed: int
    number: int
    per_scale: int
    methods: Mapping[str, Baseline]


@dataclass(frozen=True)
class Listed:
    """What a method lists in a period, of what was planted."""

    length: int
    found: tuple[int, ...]  # numbers of the places
    extra: int  # further pieces of those
    elsewhere: int


@dataclass(frozen=True)
class PeriodResult:
    """The result of one period.

    Attributes
    ----------
    places
        A row for each planted place: scale, form, rhythm, radius_m, report_count, first_met, is_counted (its
        reports meet the definition), is_found, extra (further pieces on the list), delay_days, error_m.
    elsewhere
        A row for each place on the list that was not planted: lon, lat, report_count, first_signalled.
    methods
        What each other method lists, and what it does with the strongest of its list, as many as ours.
    """

    first: date
    event_count: int
    places: pd.DataFrame
    ours: Listed
    elsewhere: pd.DataFrame
    methods: Mapping[str, tuple[Listed, Listed]]


def injected_cases(
    events: pd.DataFrame,
    settings: Settings,
    *,
    periods: int,
    rounds: int,
    per_scale: int,
    seed: int,
    methods: Mapping[str, Baseline],
) -> list[InjectedCase]:
    """Give a case for each of the last periods of 52 weeks, and each round of planting in it.

    Parameters
    ----------
    events
        :func:`hotspots.evaluation.events.read_events`. An event in several rows, with one id, counts once.

    Raises
    ------
    StatisticError
        If the events do not cover 52 weeks.
    """
    once = events.drop_duplicates("id", keep="last").reset_index(drop=True)
    look_back = pd.Timedelta(weeks=settings.detection.look_back_weeks)
    cases: list[InjectedCase] = []
    for first in periods_of(once, periods):
        start = pd.Timestamp(first)
        known = once[(once["day"] >= start - look_back) & (once["day"] < start + PERIOD)]
        for _ in range(rounds):
            own = known.reset_index(drop=True)
            cases.append(InjectedCase(first, own, seed, len(cases), per_scale, methods))
    return cases


def run_injected(case: InjectedCase, settings: Settings) -> PeriodResult:
    """Plant the places of a case, do the weekly runs of its period, and compare the other methods."""
    rng = np.random.default_rng([case.seed, case.number])
    period = inject(case.events, case.first, settings, rng, per_scale=case.per_scale)
    nowhere = np.zeros(0)
    detected = follow_reports(
        period.reports,
        weeks_between(period.first + timedelta(days=6), period.last),
        settings,
        areas=gpd.GeoDataFrame({"buurtcode": []}, geometry=[], crs=WGS84),
        exposure=Exposure.of(nowhere, nowhere, settings),
        texts=lambda _: {},
    )
    own = _scored(detected, period)
    others = {}
    # the others get the whole period at once: what ended before it is none of theirs
    start = pd.Timestamp(period.first, tz=settings.municipality.zone)
    inside = period.reports[period.reports["moment"] >= start]
    for name, found in find_all(inside, settings, case.methods).items():
        strongest = sorted(found, key=lambda place: (-place.strength, place.x, place.y))[: len(detected)]
        others[name] = _listed(found, period), _listed(strongest, period)
    return PeriodResult(
        first=case.first,
        event_count=len(case.events),
        places=told(period.places, own),
        ours=_listed(detected, period),
        elsewhere=_elsewhere(own, detected, settings),
        methods=others,
    )


def summarise_injected(results: Iterable[PeriodResult]) -> dict[str, Any]:
    """Summarise periods: rows per scale, rhythm and form, what is on the list, and the other methods."""
    periods = list(results)
    places = pd.concat([period.places for period in periods], ignore_index=True)
    names = list(periods[0].methods)
    return {
        "periods": len(periods),
        "events": sum(period.event_count for period in periods),
        "scales": rows_by(places, "scale", [str(scale) for scale in SCALES]) | {"all": row_of(places)},
        "rhythms": rows_by(places, "rhythm", sorted(set(places["rhythm"]))),
        "forms": rows_by(places, "form", sorted(set(places["form"]))),
        "list": _list_row(periods, [period.ours for period in periods]),
        "methods": {
            name: _list_row(periods, [period.methods[name][0] for period in periods]) for name in names
        },
        "methodsSameLength": {
            name: _list_row(periods, [period.methods[name][1] for period in periods]) for name in names
        },
    }


def _scored(detected: Sequence[DetectedPlace], period: InjectedPeriod) -> Score:
    return score(detected, period.places, period.report_places, until=period.last, least_share=PART_SHARE)


def _listed(detected: Sequence[DetectedPlace], period: InjectedPeriod) -> Listed:
    result = _scored(detected, period)
    extra = sum(miss.part_of >= 0 for miss in result.false)
    return Listed(
        length=len(detected),
        found=tuple(match.place for match in result.matches),
        extra=extra,
        elsewhere=len(result.false) - extra,
    )


def _elsewhere(result: Score, detected: Sequence[DetectedPlace], settings: Settings) -> pd.DataFrame:
    others = [detected[miss.detected] for miss in result.false if miss.part_of < 0]
    lon, lat = Projection(settings.municipality.crs).to_degrees(
        [place.x for place in others], [place.y for place in others]
    )
    return pd.DataFrame(
        {
            "lon": np.round(lon, 6),
            "lat": np.round(lat, 6),
            "report_count": [len(place.reports) for place in others],
            "first_signalled": [place.first_signalled for place in others],
        }
    )


def _list_row(periods: Sequence[PeriodResult], lists: Sequence[Listed]) -> dict[str, Any]:
    counted = [period.places[period.places["is_counted"]] for period in periods]
    found = pd.concat(
        [
            places.assign(is_found=places["place"].isin(listed.found))
            for places, listed in zip(counted, lists, strict=True)
        ]
    )
    return {
        "listed": sum(listed.length for listed in lists),
        "found": int(found["is_found"].sum()),
        "recall": mean_of(found["is_found"]),
        "extra": sum(listed.extra for listed in lists),
        "elsewhere": sum(listed.elsewhere for listed in lists),
        "recallPerScale": {
            str(scale): mean_of(found["is_found"][found["scale"] == str(scale)])
            for scale in SCALES
            if (found["scale"] == str(scale)).any()
        },
    }
