"""Golden values are those of NearRepeat, pointpats, surveillance and ptools, on shared/data/reference."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hotspots.errors import StatisticError
from hotspots.geography.projection import Projection
from hotspots.settings import StatisticsSettings
from hotspots.statistics.near_repeat import (
    MAX_PAIRS,
    chains,
    days_followed,
    knox_table,
    longest_first,
)

SharedData = Callable[[str], Path]

METRES, DAYS = StatisticsSettings().near_repeat_metres, StatisticsSettings().near_repeat_days

WITH_THE_LIMIT = 1e-6
"""In days: bands leave out their last edge, the published tests count it."""


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def day_numbers(dates: "pd.Series[str]") -> "pd.Series[int]":
    """Whole days since the start of the century, of local date-times without zone."""
    return (pd.to_datetime(dates) - pd.Timestamp("2000-01-01")).dt.days


def test_burglaries_in_chicago_repeat_as_in_nearrepeat(shared_data: SharedData) -> None:
    burglaries = pd.read_csv(
        shared_data("reference/nrc_chicago_be_month1.csv"), names=["x", "y", "date"], header=None
    )
    table = knox_table(
        burglaries["x"],
        burglaries["y"],
        day_numbers(burglaries["date"]),
        rng=rng(),
        space_edges_m=(0, 0.1, 200, 400, 600),
        day_edges=(0, 7, 14, 21),
        metric="manhattan",
        permutations=199,
    )
    assert table.observed.tolist() == [[28, 5, 5], [141, 69, 27], [186, 140, 100], [237, 192, 128]]
    # NearRepeat divides by the mean of its shufflings, we by their expectation: equal but for its chance
    assert table.ratio[:2] == pytest.approx(
        np.array([[1.803, 0.404, 0.613], [1.412, 0.862, 0.517]]), abs=0.005
    )
    assert table.ratio[2, 0] == pytest.approx(1.014, abs=0.005)
    assert table.p_permutation[:2, 0].max() <= 0.01
    assert table.p_permutation[2:, 1].min() > 0.1


def test_burkitt_cases_are_counted_as_in_pointpats(shared_data: SharedData) -> None:
    cases = pd.read_csv(shared_data("reference/pointpats_burkitt.csv"))
    test = knox_table(
        cases["X"],
        cases["Y"],
        cases["T"],
        space_edges_m=(0, np.nextafter(20, np.inf)),
        day_edges=(0, 5 + WITH_THE_LIMIT),
        rng=np.random.default_rng(12345),
        permutations=499,
    )
    assert test.observed.tolist() == [[13]]
    assert test.expected[0, 0] == pytest.approx(10.1438161, abs=5e-8)
    assert 0.1 < test.p_permutation[0, 0] < 0.3


def test_meningococcal_cases_are_counted_as_in_surveillance(shared_data: SharedData) -> None:
    cases = pd.read_csv(shared_data("reference/surveillance_imdepi_events.csv"), dtype={"tile": str})
    of_type = cases[cases["type"] == "B"]
    test = knox_table(
        of_type["x_km"] * 1000,
        of_type["y_km"] * 1000,
        of_type["time"],
        space_edges_m=(0, np.nextafter(50_000, np.inf)),
        day_edges=(0, 30 + WITH_THE_LIMIT),
        rng=rng(),
        permutations=0,
    )
    assert test.observed.tolist() == [[204]]
    assert test.expected[0, 0] == pytest.approx(181.57, abs=0.005)


def test_robberies_in_memphis_form_the_chains_of_ptools(shared_data: SharedData) -> None:
    robberies = pd.read_csv(shared_data("reference/memphis_robberies.csv"))
    expected = pd.read_csv(shared_data("reference/expected_ptools_strings_memphis_300m_lt15d.csv"))
    x, y = Projection("EPSG:32616").to_metres(robberies["lon"], robberies["lat"])
    # less than 15 days apart, in whole days, is 14 at most
    labels = chains(x, y, day_numbers(robberies["date"]), within_m=300, within_days=14)
    per_chain = np.bincount(labels)
    assert (len(per_chain), (per_chain == 1).sum(), (per_chain >= 3).sum(), per_chain.max()) == (
        1866,
        1611,
        71,
        9,
    )
    assert per_chain[labels].tolist() == expected["size"].tolist()
    assert pd.crosstab(labels, expected["comp"].to_numpy()).astype(bool).sum().tolist() == [1] * 1866


def test_chance_is_found_interesting_one_time_in_twenty() -> None:
    generator = np.random.default_rng(2)

    def p() -> float:
        x, y = generator.uniform(0, 1000, (2, 80))
        test = knox_table(
            x,
            y,
            generator.integers(0, 90, 80),
            space_edges_m=(0, 100),
            day_edges=(0, 7),
            rng=generator,
            permutations=39,
        )
        return float(test.p_permutation[0, 0])

    assert 0.02 <= np.mean([p() <= 0.05 for _ in range(400)]) <= 0.075


def test_reports_of_one_day_at_one_place_are_a_pair() -> None:
    table = knox_table(
        [5, 5],
        [5, 5],
        [3, 3],
        rng=rng(),
        space_edges_m=METRES,
        day_edges=DAYS,
        permutations=9,
    )
    assert table.observed[0, 0] == 1
    assert table.observed.sum() == 1


def test_an_edge_belongs_to_the_band_that_it_opens() -> None:
    table = knox_table(
        [0, 100],
        [0, 0],
        [0, 7],
        rng=rng(),
        space_edges_m=(0, 100, 200),
        day_edges=(0, 7, 14),
        permutations=0,
    )
    assert table.observed.tolist() == [[0, 0], [0, 1]]


@examples(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 12)), min_size=2, max_size=18),
    st.randoms(use_true_random=False),
)
def test_the_table_counts_every_pair_once_whatever_the_order(
    reports: list[tuple[int, int, int]], chance: Random
) -> None:
    def observed(rows: list[tuple[int, int, int]]) -> list[list[int]]:
        x, y, day = np.array(rows, dtype=np.float64).T
        table = knox_table(
            x,
            y,
            day,
            rng=rng(),
            space_edges_m=(0, 1, 3),
            day_edges=(0, 2, 5),
            permutations=0,
        )
        found: list[list[int]] = table.observed.tolist()
        return found

    expected = [[0, 0], [0, 0]]
    for number, (x, y, day) in enumerate(reports):
        for other_x, other_y, other_day in reports[:number]:
            distance, apart = np.hypot(x - other_x, y - other_y), abs(day - other_day)
            if distance < 3 and apart < 5:
                expected[int(distance >= 1)][int(apart >= 2)] += 1
    shuffled = reports.copy()
    chance.shuffle(shuffled)
    assert observed(reports) == observed(shuffled) == expected


def test_the_longest_chain_comes_first_and_short_ones_are_left_out() -> None:
    labels = chains([0, 500, 0, 0, 500, 900], [0] * 6, [1, 1, 5, 9, 3, 1], within_m=50, within_days=7)
    assert labels.tolist() == [0, 1, 0, 0, 1, 2]
    assert [rows.tolist() for rows in longest_first(labels, min_size=2)] == [[0, 2, 3], [1, 4]]
    assert list(longest_first([])) == []


def test_no_reports_give_an_empty_table_and_no_chains() -> None:
    table = knox_table([], [], [], rng=rng(), space_edges_m=METRES, day_edges=DAYS, permutations=3)
    assert not table.observed.any()
    assert np.isnan(table.ratio).all()
    assert len(chains([], [], [], within_m=10, within_days=1)) == 0


def test_what_does_not_fit_in_memory_is_refused_with_advice() -> None:
    many = 7000
    assert many * (many - 1) / 2 > MAX_PAIRS
    with pytest.raises(StatisticError, match="take one area, a shorter period"):
        knox_table(
            np.zeros(many),
            np.zeros(many),
            np.zeros(many),
            rng=rng(),
            space_edges_m=METRES,
            day_edges=DAYS,
        )


@pytest.mark.parametrize("edges", [(5.0,), (3.0, 3.0), (-1.0, 3.0)])
def test_edges_that_do_not_rise_are_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(StatisticError, match="rising edges of days"):
        knox_table([0], [0], [0], rng=rng(), space_edges_m=METRES, day_edges=edges)


def test_gaps_are_refused() -> None:
    with pytest.raises(StatisticError, match="leave out those without"):
        knox_table([0, np.nan], [0, 1], [0, 1], rng=rng(), space_edges_m=METRES, day_edges=DAYS)
    with pytest.raises(StatisticError, match="above 0"):
        chains([0], [0], [0], within_m=0, within_days=3)


def test_days_at_one_place_are_compared_with_days_that_chance_would_give() -> None:
    """Six days in a span of 100: shuffled days give the same number that the formula does."""
    days = [date(2023, 1, 1) + timedelta(days=day) for day in (0, 2, 5, 6, 60, 100)]
    found = days_followed(days, within_days=7)
    assert (found.days, found.followed) == (6, 3)
    assert found.longest == (days[0], days[3], 4)
    rng = np.random.default_rng(5)
    shuffled = [np.diff(np.sort(np.r_[0, 1 + rng.choice(99, 4, replace=False), 100])) for _ in range(4000)]
    assert found.expected == pytest.approx(np.mean([(gaps <= 7).sum() for gaps in shuffled]), abs=0.1)


def test_many_reports_on_a_day_are_one_day() -> None:
    days = [date(2023, 1, day) for day in (1, 4, 20)]
    assert days_followed(days * 5, within_days=7) == days_followed(days, within_days=7)


@pytest.mark.parametrize(("days", "within_days"), [((1, 2), 7), ((1, 2, 3), 0)], ids=["two days", "no time"])
def test_too_little_to_follow_is_refused(days: tuple[int, ...], within_days: int) -> None:
    with pytest.raises(StatisticError, match="wanted three days or more"):
        days_followed([date(2023, 1, day) for day in days], within_days=within_days)
