"""Scoring: one to one, decoys are false, what does not meet the definition does not count."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from hotspots.evaluation.scoring import DetectedPlace, f1_of, mean_with_interval, score

UNTIL = date(2023, 12, 31)


def place_row(number: int, kind: str, x: float, first_met: str | None = None) -> dict[str, object]:
    is_hotspot = kind == "hotspot"
    return {
        "place": number,
        "kind": kind,
        "soort": "gebied" if is_hotspot else "",
        "indicatie": "veiligheid" if is_hotspot else "",
        "x": x,
        "y": 0.0,
        "radius_m": 20.0,
        "end": date(2023, 12, 1),
        "first_met": pd.Timestamp(first_met) if first_met else pd.NaT,
    }


PLACES = pd.DataFrame(
    [
        place_row(0, "hotspot", 0, "2023-03-01"),
        place_row(1, "hotspot", 100, "2023-06-01"),
        place_row(2, "hotspot", 1000),  # never meets the definition
        place_row(3, "one reporter", 2000),
    ]
)
REPORT_PLACES = pd.Series([0] * 10 + [1] * 10 + [2] * 5 + [3] * 10 + [-1] * 10, index=range(45))


def test_each_planted_hotspot_is_found_once() -> None:
    found = [
        DetectedPlace(3, 4, frozenset(range(10)), "gebied", "leefbaarheid", date(2023, 3, 5)),
        DetectedPlace(98, 0, frozenset(range(10, 20)), "woning", "veiligheid", date(2023, 5, 28)),
    ]
    result = score(found, PLACES, REPORT_PLACES, until=UNTIL)
    assert (result.recall, result.precision, result.f1) == (1, 1, 1)
    assert [match.error_m for match in result.matches] == [5, 2]
    assert [match.soort_is_right for match in result.matches] == [True, False]
    assert [match.indicatie_is_right for match in result.matches] == [False, True]
    assert [match.delay_days for match in result.matches] == [4, 0]


def test_a_second_part_of_a_hotspot_is_a_split_and_false() -> None:
    found = [DetectedPlace(0, 0, frozenset(range(6))), DetectedPlace(20, 0, frozenset(range(6, 10)))]
    result = score(found, PLACES.iloc[:1], REPORT_PLACES, until=UNTIL)
    assert result.split_count == 1
    assert result.precision == 0.5


def test_one_place_over_two_hotspots_is_glued_and_finds_one() -> None:
    result = score([DetectedPlace(50, 0, frozenset(range(20)))], PLACES, REPORT_PLACES, until=UNTIL)
    assert result.glued_count == 1
    assert result.recall == 0.5
    assert result.missed == (1,) or result.missed == (0,)


def test_what_is_found_at_a_decoy_or_nowhere_is_false_with_its_kind() -> None:
    found = [
        DetectedPlace(2000, 0, frozenset(range(25, 35))),
        DetectedPlace(9000, 0, frozenset(range(35, 40))),
    ]
    result = score(found, PLACES, REPORT_PLACES, until=UNTIL)
    assert [miss.kind for miss in result.false] == ["one reporter", "background"]
    assert result.recall == 0


def test_a_place_that_never_meets_the_definition_counts_neither_way() -> None:
    result = score([DetectedPlace(1000, 0, frozenset(range(20, 25)))], PLACES, REPORT_PLACES, until=UNTIL)
    assert (result.truth_count, result.neutral_count, len(result.false)) == (2, 1, 0)


def test_what_meets_the_definition_after_the_last_day_does_not_count() -> None:
    result = score([], PLACES, REPORT_PLACES, until=date(2023, 4, 1))
    assert result.truth_count == 1


def test_two_found_near_two_planted_are_paired_the_nearest_way() -> None:
    found = [DetectedPlace(60, 0), DetectedPlace(105, 0)]
    result = score(found, PLACES, REPORT_PLACES, until=UNTIL)
    assert [match.place for match in result.matches] == [0, 1]


def test_a_quiet_year_in_which_nothing_is_found_has_no_f1() -> None:
    result = score([], PLACES.iloc[3:], REPORT_PLACES, until=UNTIL)
    assert np.isnan(result.f1)
    assert np.isnan(f1_of(0, 0, 0))


def test_the_interval_holds_the_mean() -> None:
    summary = mean_with_interval([0.9, 1.0, 0.8, 1.0], np.random.default_rng(1))
    assert summary["mean"] == pytest.approx(0.925)
    assert summary["low"] < 0.925 < summary["high"]
