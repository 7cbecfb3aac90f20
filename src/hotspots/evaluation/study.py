"""Detection on many simulated years of every shape of city and variant, with baselines on the same years."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from hotspots.evaluation.baselines import Baseline, find_all
from hotspots.evaluation.city import SHAPES, Shape, build_city
from hotspots.evaluation.in_memory_runs import follow_year, settings_for
from hotspots.evaluation.many_cases import run_all
from hotspots.evaluation.place_figures import rows_by, told
from hotspots.evaluation.place_shapes import SCALES
from hotspots.evaluation.scoring import (
    PART_SHARE,
    DetectedPlace,
    Score,
    f1_of,
    mean_with_interval,
    score,
)
from hotspots.evaluation.simulation import (
    Difficulty,
    SimulatedYear,
    detection_table,
    draw_plan,
    draw_quiet_plan,
    simulate_year,
)
from hotspots.evaluation.year_plan import YearPlan
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.settings import Settings
from hotspots.statistics.space_time_scan import Scan, monte_carlo_p, space_time_permutation_scan

YEAR = 2023
PERMUTATIONS = 999
"""Permutations of the dates of a year that its deals are compared with: chance is the same for all."""

DEALS = 100
"""How often the dates of a year are permuted: a few would say little about a chance of 5 %."""

SCAN_RADIUS_M = 150.0
SCAN_WEEKS = 6
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Variant:
    """Years that differ from the base in one way; the settings stay the same."""

    name: str
    change: Callable[[YearPlan], YearPlan] = lambda plan: plan
    is_quiet: bool = False
    shift_days: int = 0  # runs as of another weekday than Sunday


def _halved(plan: YearPlan) -> YearPlan:
    return replace(plan, kept_share=0.5)


def _doubled(plan: YearPlan) -> YearPlan:
    return replace(plan, report_count=plan.report_count * 2, strength=2.0)


def _without_reporters(plan: YearPlan) -> YearPlan:
    return replace(plan, known_reporter_share=0.0)


def _without_reporters_or_series(plan: YearPlan) -> YearPlan:
    return replace(plan, known_reporter_share=0.0, single_reporter_count=0)


def _only_background(plan: YearPlan) -> YearPlan:
    return replace(
        plan,
        burst_count=0,
        single_reporter_count=0,
        event_count=0,
        faded_count=0,
        almost_count=0,
        default_geocode_count=0,
    )


def _a_fifth_by_postcode(plan: YearPlan) -> YearPlan:
    return replace(plan, coarse_share=0.2)


BASE = Variant("base")
QUIET = Variant("quiet years", is_quiet=True)
VARIANTS: Mapping[str, Variant] = {
    "base": BASE,
    "halved": Variant("half of the reports", _halved),
    "doubled": Variant("twice the reports", _doubled),
    "no-reporters": Variant("reporters unknown", _without_reporters),
    # an unknown reporter can't be told from several, so this variant leaves such series out
    "no-reporters-no-series": Variant("the same, no one-reporter series", _without_reporters_or_series),
    "postcode": Variant("a fifth at postcode level", _a_fifth_by_postcode),
    "weekday": Variant("runs as of Wednesday", shift_days=3),
    "quiet": QUIET,
    "chance": Variant("quiet, and no decoys either", _only_background, is_quiet=True),
}


@dataclass(frozen=True)
class Case:
    """One simulated year to run."""

    variant: str  # key of VARIANTS
    shape: Shape
    number: int
    seed: int
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    with_permutation: bool = False
    difficulty: Difficulty = "former"


@dataclass(frozen=True)
class YearResult:
    """The result of one simulated year: counts and lists, small enough to send between processes."""

    case: Case
    report_count: int
    truth_count: int
    matched_count: int
    false_kinds: tuple[str, ...]
    missed: tuple[str, ...]
    split_count: int
    glued_count: int
    neutral_count: int
    errors_m: tuple[float, ...]
    soort_right: tuple[bool, ...]
    indicatie_right: tuple[bool, ...]
    delays_days: tuple[int, ...]
    of_baselines: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # matched, planted, false
    permuted_p: tuple[float, ...] = ()
    places: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)  # as told() gives
    found_by: Mapping[str, frozenset[int]] = field(default_factory=dict)  # numbers of places, per baseline

    @property
    def f1(self) -> float:
        """F1 of this year; NaN in a quiet year in which nothing was detected."""
        return f1_of(self.matched_count, self.truth_count, len(self.false_kinds))


def cases(
    variant: str,
    years: int,
    *,
    seed: int,
    baselines: Mapping[str, Baseline] | None = None,
    with_permutation: bool = False,
    difficulty: Difficulty = "former",
) -> list[Case]:
    """Give this many simulated years of a variant, cycling through the shapes."""
    return [
        Case(
            variant, SHAPES[number % len(SHAPES)], number, seed, baselines or {}, with_permutation, difficulty
        )
        for number in range(years)
    ]


def simulated(case: Case, settings: Settings) -> SimulatedYear:
    """Simulate the year of a case; variants of one year share the city and the plan they change."""
    variant = VARIANTS[case.variant]
    rng = np.random.default_rng([case.seed, case.number])
    city = build_city(case.shape, rng)
    plan = variant.change(draw_quiet_plan(rng) if variant.is_quiet else draw_plan(rng))
    return simulate_year(
        city,
        year=YEAR,
        rng=rng,
        plan=plan,
        zone=settings.municipality.zone,
        rules=settings.detection,
        difficulty=case.difficulty,
    )


def run_case(case: Case, settings: Settings) -> YearResult:
    """Simulate one year, do its weekly runs, and score them."""
    year = simulated(case, settings)
    own = settings_for(year, settings)
    table = detection_table(year)
    report_places = year.reports.set_index("report_id")["place"]
    last_day = date(YEAR, 12, 31)
    detected = follow_year(year, own, reports=table, shift_days=VARIANTS[case.variant].shift_days)
    # wide places may have others within their reach
    least_share = PART_SHARE if case.difficulty == "harder" else 0.0

    def scored(found: Sequence[DetectedPlace]) -> Score:
        return score(found, year.places, report_places, until=last_day, least_share=least_share)

    result = scored(detected)
    of_baselines, found_by = {}, {}
    for name, found in find_all(table, own, case.baselines).items():
        other = scored(found)
        found_by[name] = frozenset(match.place for match in other.matches)
        of_baselines[name] = (len(other.matches), other.truth_count, len(other.false))
    return YearResult(
        case=case,
        report_count=len(table),
        truth_count=result.truth_count,
        matched_count=len(result.matches),
        false_kinds=tuple(miss.kind for miss in result.false),
        missed=tuple(_described(year, number) for number in result.missed),
        split_count=result.split_count,
        glued_count=result.glued_count,
        neutral_count=result.neutral_count,
        of_baselines=of_baselines,
        permuted_p=_permuted_p(year, case) if case.with_permutation else (),
        places=told(year.places, result),
        found_by=found_by,
        **_figures(result),
    )


def run_cases(
    todo: Sequence[Case],
    settings: Settings,
    *,
    executor: Executor | None = None,
    on_done: Callable[[YearResult], None] = lambda _: None,
) -> list[YearResult]:
    """Run many years: :func:`~hotspots.evaluation.many_cases.run_all` of :func:`run_case`."""
    return run_all(todo, run_case, settings, executor=executor, on_done=on_done)


def summarise(results: Iterable[YearResult]) -> dict[str, Any]:
    """Summarise many years in one row: figures over all places, intervals over years."""
    years = list(results)
    rng = np.random.default_rng(0)
    matched = sum(year.matched_count for year in years)
    truth = sum(year.truth_count for year in years)
    false = sum(len(year.false_kinds) for year in years)
    interval = mean_with_interval([year.f1 for year in years], rng)
    delays = [delay for year in years for delay in year.delays_days]
    errors = [error for year in years for error in year.errors_m]
    permuted = [p for year in years for p in year.permuted_p]
    return {
        "years": len(years),
        "reports": sum(year.report_count for year in years),
        "planted": truth,
        "found": matched,
        "false": false,
        "f1": round(f1_of(matched, truth, false), 4),
        "f1Low": round(interval["low"], 4),
        "f1High": round(interval["high"], 4),
        "recall": _ratio(matched, truth),
        "precision": _ratio(matched, matched + false),
        "falsePerYear": _ratio(false, len(years)),
        "split": sum(year.split_count for year in years),
        "glued": sum(year.glued_count for year in years),
        "neutral": sum(year.neutral_count for year in years),
        "medianErrorM": _quantile(errors, 0.5),
        "p90ErrorM": _quantile(errors, 0.9),
        "soortRight": _share([right for year in years for right in year.soort_right]),
        "indicatieRight": _share([right for year in years for right in year.indicatie_right]),
        "medianDelayDays": _quantile(delays, 0.5),
        "p90DelayDays": _quantile(delays, 0.9),
        "permutedSignificant": _share([p <= SIGNIFICANCE for p in permuted]),
        "falseKinds": dict(Counter(kind for year in years for kind in year.false_kinds).most_common()),
    }


def summarise_baselines(results: Iterable[YearResult]) -> dict[str, dict[str, float | int]]:
    """F1, recall and precision of each baseline over the same years."""
    totals: dict[str, list[int]] = {}
    for year in results:
        for name, counts in year.of_baselines.items():
            totals[name] = [
                total + count for total, count in zip(totals.get(name, [0, 0, 0]), counts, strict=True)
            ]
    return {
        name: {
            "f1": round(f1_of(matched, truth, false), 4),
            "recall": _ratio(matched, truth),
            "precision": _ratio(matched, matched + false),
            "false": false,
        }
        for name, (matched, truth, false) in totals.items()
    }


def summarise_scales(results: Iterable[YearResult]) -> dict[str, dict[str, Any]]:
    """Figures per scale of the planted hotspots: :func:`~hotspots.evaluation.place_figures.row_of`."""
    places = pd.concat([year.places for year in results], ignore_index=True)
    return rows_by(places, "scale", [str(scale) for scale in SCALES])


def recall_per_scale(results: Iterable[YearResult], baseline: str) -> dict[str, float]:
    """Give the share of the planted hotspots of each scale that a baseline finds."""
    tables = []
    for year in results:
        counted = year.places[year.places["is_counted"]]
        tables.append(counted.assign(is_found=counted["place"].isin(list(year.found_by[baseline]))))
    rows = rows_by(pd.concat(tables, ignore_index=True), "scale", [str(scale) for scale in SCALES])
    return {scale: row["recall"] for scale, row in rows.items()}


def _figures(result: Score) -> dict[str, Any]:
    return {
        "errors_m": tuple(match.error_m for match in result.matches),
        "soort_right": tuple(bool(match.soort_is_right) for match in result.matches),
        "indicatie_right": tuple(bool(match.indicatie_is_right) for match in result.matches),
        "delays_days": tuple(match.delay_days for match in result.matches if match.delay_days is not None),
    }


def _described(year: SimulatedYear, number: int) -> str:
    place = year.places.iloc[number]
    return (
        f"{place['soort']}, {place['indicatie']}, {place['report_count']} reports within "
        f"{place['radius_m']:.0f} m, {place['start']} to {place['end']}, met {place['first_met'].date()}"
    )


def _permuted_p(year: SimulatedYear, case: Case) -> tuple[float, ...]:
    """p of the strongest space-time cluster after permuting the dates, so that only chance is left."""
    rng = np.random.default_rng([case.seed, case.number, 1])
    table = detection_table(year)
    precise = table["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    last_half_year = table[precise & (table["moment"] >= table["moment"].max() - np.timedelta64(182, "D"))]
    x, y = year.city.projection.to_metres(last_half_year["lon"], last_half_year["lat"])
    week = (last_half_year["moment"] - last_half_year["moment"].min()).dt.days.to_numpy() // 7

    def scan_of_a_deal(permutations: int) -> Scan:
        return space_time_permutation_scan(
            x,
            y,
            rng.permutation(week),
            rng=rng,
            max_radius_m=SCAN_RADIUS_M,
            max_periods=SCAN_WEEKS,
            permutations=permutations,
            max_clusters=1,
        )

    pool = scan_of_a_deal(PERMUTATIONS).simulated
    dealt = [scan_of_a_deal(0).clusters for _ in range(DEALS)]
    return tuple(monte_carlo_p(clusters[0].statistic, pool) if clusters else 1.0 for clusters in dealt)


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else float("nan")


def _share(values: Sequence[bool]) -> float:
    return round(float(np.mean(values)), 4) if values else float("nan")


def _quantile(values: Sequence[float], q: float) -> float:
    return round(float(np.quantile(values, q)), 1) if values else float("nan")
