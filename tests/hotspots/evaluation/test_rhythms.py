"""Rhythms: on which days a place has reports."""

from datetime import date

import numpy as np
import pytest

from hotspots.evaluation.rhythms import RHYTHMS, Rhythm, draw_days, grown_part, is_school_holiday

MONDAY = date(2023, 1, 2)


def days_of(rhythm: Rhythm, length: int = 360) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return draw_days(rhythm, MONDAY, length, 300, np.random.default_rng(1))


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_every_rhythm_lasts_as_long_as_it_is_asked(rhythm: Rhythm) -> None:
    days = days_of(rhythm)
    assert len(days) == 300
    assert days.min() < 10
    assert 340 < days.max() < 360
    assert days.tolist() == days_of(rhythm).tolist()


def test_weekends_are_from_friday_to_sunday() -> None:
    assert set(days_of("weekends") % 7) == {4, 5, 6}


def test_holidays_are_those_of_schools() -> None:
    days = np.datetime64(MONDAY, "D") + days_of("holidays")
    assert is_school_holiday(days).all()
    some = np.array(["2023-08-01", "2023-09-10", "2023-12-31"], dtype="datetime64[D]")
    assert is_school_holiday(some).tolist() == [True, False, True]


def test_weeks_with_nuisance_alternate_with_as_many_without() -> None:
    weeks = np.unique(days_of("alternating") // 7)
    assert 0.4 < len(weeks) / 52 < 0.62
    runs = np.diff(np.flatnonzero(np.diff(np.isin(np.arange(52), weeks).astype(int))))
    assert set(runs) <= {2, 3, 4}


def test_what_grows_has_more_reports_and_more_ground_at_the_end() -> None:
    days = days_of("growing")
    assert (days >= 180).sum() > 1.2 * (days < 180).sum()
    assert grown_part("growing", np.array([0, 359]), 360).tolist() == [0.25, 1.0]
    assert grown_part("steady", np.array([0, 359]), 360).tolist() == [1.0, 1.0]


def test_summer_has_most() -> None:
    month = (np.datetime64(MONDAY, "D") + days_of("summer")).astype("datetime64[M]").astype(int) % 12 + 1
    assert np.isin(month, [5, 6, 7, 8, 9]).mean() > 0.8


def test_a_rhythm_without_a_day_in_its_time_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted days for the rhythm 'weekends' within 3 days"):
        draw_days("weekends", MONDAY, 3, 5, np.random.default_rng(1))
