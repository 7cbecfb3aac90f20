"""Shares from samples of strata: the interval holds the truth as often as it says, and its edges."""

from math import isinf

import numpy as np
import pytest

from hotspots.statistics.sampled_shares import Estimate, Stratum, found_share, share_of, total_of, wilson


def test_wilson_of_very_many_places_is_the_published_interval() -> None:
    # 81 of 263: Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E
    found = wilson(Stratum(10**9, 263, 81))
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_what_was_judged_as_a_whole_is_known() -> None:
    assert total_of([Stratum(10, 10, 3), Stratum(5, 5, 0)]) == Estimate(3, 3, 3)


def test_the_bounds_hold_what_was_found_and_what_can_still_be() -> None:
    found = total_of([Stratum(12, 10, 3)])
    assert found is not None
    assert 3 <= found.low <= found.value <= found.high <= 5


def test_without_a_judged_place_nothing_is_told() -> None:
    assert share_of([Stratum(10, 0, 0)]) is None
    assert found_share([Stratum(10, 5, 0)], [Stratum(10, 5, 1)]) is None


def test_a_stratum_without_a_judged_place_is_taken_with_the_one_that_has_most() -> None:
    assert total_of([Stratum(50, 20, 4), Stratum(30, 0, 0)]) == total_of([Stratum(80, 20, 4)])


def test_where_hardly_anything_was_confirmed_the_found_share_can_be_nearly_nothing() -> None:
    found = found_share([Stratum(100, 3, 1)], [Stratum(100, 20, 10)])
    assert found is not None
    assert not isinf(found.high)
    assert 0 <= found.low < found.value < found.high <= 1


def covered(rng: np.random.Generator) -> tuple[bool, bool]:
    """Whether the intervals of one simulated year of verdicts hold the share missed and the share found."""
    sizes, hotspots, chances = (120, 300), (0.25, 0.05), (0.3, 0.1)
    strata, truth = [], 0
    for size, share, chance in zip(sizes, hotspots, chances, strict=True):
        there, judged = int(rng.binomial(size, share)), int(rng.binomial(size, chance))
        strata.append(Stratum(size, judged, int(rng.hypergeometric(there, size - there, judged))))
        truth += there
    hits = int(rng.binomial(100, 0.8))
    missed = share_of(strata)
    found = found_share([Stratum(100, 80, int(rng.hypergeometric(hits, 100 - hits, 80)))], strata)
    assert missed is not None
    assert found is not None
    return (
        missed.low <= truth / sum(sizes) <= missed.high,
        found.low <= hits / (hits + truth) <= found.high,
    )


def covered_by_size(rng: np.random.Generator) -> bool:
    """Whether the interval holds the share of a frame that places join in the week in which the lot fits."""
    size, judged, found, truth = 0, 0, 0, 0
    for reports in 8 + rng.geometric(0.2, 80):
        is_hotspot = rng.random() < min(0.6, 0.04 * (reports - 7))
        for _ in range(rng.binomial(reports - 7, 0.3)):
            size, truth = size + 1, truth + is_hotspot
            if rng.random() < 0.5:  # drawn: it is in no frame after
                judged, found = judged + 1, found + is_hotspot
                break
    missed = share_of([Stratum(size, judged, found)])
    assert missed is not None
    return missed.low <= truth / size <= missed.high


def test_the_interval_holds_the_truth_where_places_come_again_in_the_frame_of_another_week() -> None:
    rng = np.random.default_rng(7)
    held = np.mean([covered_by_size(rng) for _ in range(400)])
    assert held == pytest.approx(0.95, abs=0.03)


def test_the_intervals_hold_the_truth_in_95_of_100_simulated_years() -> None:
    rng = np.random.default_rng(7)
    held = np.mean([covered(rng) for _ in range(400)], axis=0)
    assert held == pytest.approx([0.95, 0.95], abs=0.03)
