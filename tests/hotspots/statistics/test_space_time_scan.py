"""Golden values are SaTScan's own, on the inputs in shared/data/reference; see REFERENCE.md there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotspots.errors import StatisticError
from hotspots.geography.projection import Projection
from hotspots.statistics.space_time_scan import (
    Scan,
    recurrence_interval_days,
    space_time_permutation_scan,
)

SharedData = Callable[[str], Path]
Floats = NDArray[np.float64]

STATISTIC = 1e-6
"""SaTScan prints six digits after the point."""

PRINTED = 5e-5
"""Expected numbers are printed with four digits."""


@dataclass(frozen=True)
class Fever:
    """The New York fever cases: zip, coordinates and day of November of each, and the centres of all zips."""

    zips: pd.Series
    x_m: Floats
    y_m: Floats
    day: NDArray[np.int64]
    centres_m: Floats

    def scan(self, *, prospective: bool, permutations: int) -> Scan:
        # the circle that SaTScan prints as 2.90 km is 2.9046 on its sphere, 2.902 in UTM
        return space_time_permutation_scan(
            self.x_m,
            self.y_m,
            self.day,
            rng=np.random.default_rng(2005),
            max_radius_m=2903,
            max_periods=7,
            first_period=1,
            last_period=24,
            prospective=prospective,
            permutations=permutations,
            centres_m=self.centres_m,
        )


@pytest.fixture(scope="module")
def fever(shared_data: SharedData) -> Fever:
    cases = pd.read_csv(shared_data("reference/rsatscan_NYCfevercas.csv"))
    centres = pd.read_csv(shared_data("reference/rsatscan_NYCfevergeo.csv"))
    located = cases.loc[cases.index.repeat(cases["cases"])].merge(centres, on="zip", validate="many_to_one")
    projection = Projection("EPSG:32618")
    return Fever(
        located["zip"],
        *projection.to_metres(located["long"], located["lat"]),
        np.asarray(pd.to_datetime(located["date"]).dt.day, dtype=np.int64),
        np.column_stack(projection.to_metres(centres["long"], centres["lat"])),
    )


def test_new_york_fever_as_satscan_finds_it_prospectively(fever: Fever) -> None:
    first, second, third = fever.scan(prospective=True, permutations=999).clusters[:3]
    inside = {11418, 11415, 11419, 11435, 11416, 11421, 11451, 11375, 11417}
    assert set(fever.zips[first.circle_rows]) <= inside
    assert (first.first_period, first.last_period, first.observed) == (22, 24, 4)
    assert first.expected == pytest.approx(0.6701, abs=PRINTED)
    assert first.statistic == pytest.approx(3.845418, abs=STATISTIC)
    assert 0.17 <= first.p_monte_carlo <= 0.30
    assert 0.17 <= first.p <= 0.30
    assert set(fever.zips[second.circle_rows]) == {11372}
    assert (second.first_period, second.last_period, second.observed) == (24, 24, 2)
    assert second.expected == pytest.approx(0.1649, abs=PRINTED)
    assert second.statistic == pytest.approx(3.164201, abs=STATISTIC)
    assert set(fever.zips[third.circle_rows]) == {10472}
    assert (third.first_period, third.last_period) == (23, 24)
    assert third.statistic == pytest.approx(2.137259, abs=STATISTIC)


def test_new_york_fever_as_satscan_finds_it_retrospectively(fever: Fever) -> None:
    first = fever.scan(prospective=False, permutations=999).clusters[0]
    inside = {10454, 10455, 10451, 10035, 10037, 10030, 10029, 10456}
    assert set(fever.zips[first.circle_rows]) <= inside
    assert (first.first_period, first.last_period, first.observed) == (8, 8, 5)
    assert first.expected == pytest.approx(0.3969, abs=PRINTED)
    assert first.statistic == pytest.approx(8.119521, abs=STATISTIC)
    # SaTScan gives 0.0087; its standard error, with 999 permutations, is 0.003
    assert first.p == pytest.approx(0.0087, abs=0.006)


@pytest.mark.parametrize(
    ("number", "places", "window", "observed", "expected", "statistic"),
    [
        pytest.param(1, {23, 6, 16}, (993, 1000), 3, 0.42, 3.352053, id="test 1"),
        pytest.param(3, {21, 6, 22, 11}, (930, 1000), 10, 5.46, 1.622161, id="test 3"),
    ],
)
def test_synthetic_cases_as_satscan_finds_them(
    shared_data: SharedData,
    number: int,
    places: set[int],
    window: tuple[int, int],
    observed: int,
    expected: float,
    statistic: float,
) -> None:
    name = f"reference/open_cp_satscan_test{number}"
    cases = pd.read_csv(shared_data(f"{name}.cas"), sep=r"\s+", names=["place", "cases", "time"])
    centres = pd.read_csv(shared_data(f"{name}.geo"), sep=r"\s+", names=["place", "x", "y"])
    rows = cases.loc[cases.index.repeat(cases["cases"])].merge(centres, on="place", validate="many_to_one")
    scan = space_time_permutation_scan(
        rows["x"],
        rows["y"],
        rows["time"],
        rng=np.random.default_rng(1),
        max_periods=500,
        first_period=0,
        last_period=1000,
        permutations=9,
    )
    best = scan.clusters[0]
    assert set(rows["place"].iloc[best.circle_rows]) == places
    assert (best.first_period, best.last_period) == window
    assert best.observed == observed
    assert best.expected == pytest.approx(expected, abs=0.005)
    assert best.statistic == pytest.approx(statistic, abs=STATISTIC)
    if number == 1:
        assert set(rows["place"].iloc[scan.clusters[1].circle_rows]) == {10}
        assert scan.clusters[1].statistic == pytest.approx(2.715606, abs=STATISTIC)


def permuted_p(generator: np.random.Generator) -> float:
    """The p of the best cluster where nothing is going on: 60 reports at 15 places in 20 weeks."""
    place = generator.integers(0, 15, 60)
    scan = space_time_permutation_scan(
        (place % 5) * 100.0,
        (place // 5) * 100.0,
        generator.integers(0, 20, 60),
        rng=generator,
        max_radius_m=150,
        max_periods=4,
        first_period=0,
        last_period=19,
        permutations=39,
        max_clusters=1,
    )
    return scan.clusters[0].p_monte_carlo if scan.clusters else 1.0


def test_one_in_twenty_random_years_is_significant_at_5_percent() -> None:
    generator = np.random.default_rng(20)
    share = np.mean([permuted_p(generator) <= 0.05 for _ in range(400)])
    assert 0.02 <= share <= 0.08


def test_the_order_of_the_rows_changes_nothing() -> None:
    generator = np.random.default_rng(3)
    x, y, week = generator.integers(0, 8, (3, 80)).astype(np.float64)
    order = generator.permutation(80)

    def scan(rows: NDArray[np.int64]) -> Scan:
        return space_time_permutation_scan(
            x[rows],
            y[rows],
            week[rows],
            rng=np.random.default_rng(5),
            max_radius_m=2,
            max_periods=3,
            permutations=99,
        )

    straight, shuffled = scan(np.arange(80)), scan(order)
    assert [cluster.statistic for cluster in straight.clusters] == [
        cluster.statistic for cluster in shuffled.clusters
    ]
    assert straight.simulated.tolist() == shuffled.simulated.tolist()
    for first, second in zip(straight.clusters, shuffled.clusters, strict=True):
        assert first.circle_rows.tolist() == sorted(order[second.circle_rows].tolist())


@examples(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6)),
        min_size=1,
        max_size=25,
    )
)
def test_the_best_cluster_is_that_of_a_plain_search(cases: list[tuple[int, int, int]]) -> None:
    x, y, period = np.array(cases, dtype=np.float64).T
    scan = space_time_permutation_scan(
        x,
        y,
        period,
        rng=np.random.default_rng(1),
        max_radius_m=1.5,
        max_periods=3,
        first_period=0,
        last_period=6,
        prospective=False,
        permutations=1,
    )
    total, best = len(cases), 0.0
    for centre_x, centre_y in set(zip(x, y, strict=True)):
        distance = np.hypot(x - centre_x, y - centre_y)
        for radius in set(distance[distance <= 1.5]):
            circle = distance <= radius
            if circle.sum() > total / 2:
                continue
            for first in range(7):
                for last in range(first, min(first + 3, 7)):
                    window = (period >= first) & (period <= last)
                    count, mean = int((circle & window).sum()), circle.sum() * window.sum() / total
                    if count < 2 or count <= mean:
                        continue
                    rest = total - count
                    outside = rest * np.log(rest / (total - mean)) if rest else 0.0
                    best = max(best, count * np.log(count / mean) + outside)
    # places at one distance come in one by one, so the search may do better than whole rings
    found = scan.clusters[0].statistic if scan.clusters else 0.0
    assert found >= best - 1e-9


def test_secondary_clusters_share_no_place() -> None:
    generator = np.random.default_rng(8)
    x, y = generator.integers(0, 12, (2, 200)) * 50.0
    scan = space_time_permutation_scan(
        x,
        y,
        generator.integers(0, 26, 200),
        rng=generator,
        max_radius_m=120,
        max_periods=8,
        permutations=9,
    )
    rows = np.concatenate([cluster.circle_rows for cluster in scan.clusters])
    assert len(scan.clusters) > 1
    assert len(rows) == len(np.unique(rows))
    strengths = [cluster.statistic for cluster in scan.clusters]
    assert strengths == sorted(strengths, reverse=True)


def test_nothing_is_found_in_nothing() -> None:
    nothing: list[float] = []
    scan = space_time_permutation_scan(nothing, nothing, nothing, rng=np.random.default_rng(1), max_periods=4)
    assert scan.clusters == ()


def test_impossible_figures_are_refused() -> None:
    generator = np.random.default_rng(1)
    with pytest.raises(StatisticError, match="finite coordinates"):
        space_time_permutation_scan([0, np.nan], [0, 0], [1, 2], rng=generator, max_periods=1)
    with pytest.raises(StatisticError, match="a period for each of 2 cases"):
        space_time_permutation_scan([0, 1], [0, 0], [1], rng=generator, max_periods=1)
    with pytest.raises(StatisticError, match="wanted periods 2 to 3, found 1 to 3"):
        space_time_permutation_scan([0, 1], [0, 0], [1, 3], rng=generator, max_periods=1, first_period=2)


def test_a_rarer_chance_returns_less_often() -> None:
    assert recurrence_interval_days(0.05, days_between_runs=7) == 140
    assert recurrence_interval_days(0.001, days_between_runs=7) == 7000
