"""Hotspots planted among events: what is planted, and what of it counts."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from hotspots.errors import StatisticError
from hotspots.evaluation.injected import LEAST_APART_M, InjectedPeriod, inject, periods_of
from hotspots.evaluation.place_shapes import SCALES
from hotspots.model import REPORTS
from hotspots.settings import Settings

SETTINGS = Settings()
FIRST = date(2023, 1, 2)


def events_at(x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Events at these metres, one after the other from half a year before the period to its end."""
    days = pd.Timestamp("2022-07-04") + pd.to_timedelta(np.arange(len(x)) * 546 // len(x), unit="D")
    return pd.DataFrame(
        {
            "x": x,
            "y": y,
            "day": days,
            "moment": (days + pd.Timedelta(hours=12)).tz_localize("UTC"),
            "has_hour": False,
            "id": [str(number) for number in range(len(x))],
        }
    )


def quiet_events(count: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return events_at(rng.uniform(170_000, 178_000, count), rng.uniform(310_000, 318_000, count))


def planted(seed: int) -> InjectedPeriod:
    return inject(quiet_events(), FIRST, SETTINGS, np.random.default_rng(seed), per_scale=2)


def test_each_scale_is_planted_far_from_the_others_and_the_events_stay() -> None:
    period = planted(1)
    REPORTS.check(period.reports)
    assert period.places["scale"].value_counts().to_dict() == {str(scale): 2 for scale in SCALES}
    centres = period.places[["x", "y"]].to_numpy()
    apart = np.hypot(*(centres[:, None] - centres[None]).T)
    assert apart[np.triu_indices(len(centres), 1)].min() > LEAST_APART_M
    assert (period.report_places == -1).sum() == 300
    counts = period.report_places[period.report_places >= 0].value_counts().sort_index()
    assert counts.tolist() == period.places["report_count"].tolist()
    assert period.reports["reporter_id"][(period.report_places == -1).to_numpy()].is_unique


def test_the_same_seed_plants_the_same() -> None:
    one, again, other = planted(1), planted(1), planted(2)
    pd.testing.assert_frame_equal(one.reports, again.reports)
    pd.testing.assert_frame_equal(one.places, again.places)
    assert one.places["x"].tolist() != other.places["x"].tolist()


def test_a_place_counts_later_or_not_where_many_events_are_around() -> None:
    rng = np.random.default_rng(1)
    quiet = quiet_events()
    # the same places, and hundreds of events within each of them
    centres = planted(1).places[["x", "y"]].to_numpy()
    crowd = (centres[:, None, :] + rng.normal(0, 60, (len(centres), 400, 2))).reshape(-1, 2)
    busy = events_at(crowd[:, 0], crowd[:, 1])
    met = planted(1).places["first_met"]
    assert met.notna().sum() >= 9
    period = inject(
        pd.concat([quiet, busy], ignore_index=True), FIRST, SETTINGS, np.random.default_rng(1), per_scale=2
    )
    assert period.places["first_met"].notna().sum() < met.notna().sum()


def test_events_are_cut_into_the_last_periods_of_52_weeks() -> None:
    assert periods_of(quiet_events(), 3) == [date(2023, 1, 1)]
    with pytest.raises(StatisticError, match="wanted events over 52 weeks or more"):
        periods_of(quiet_events().iloc[:100], 3)


def test_more_places_than_fit_are_refused() -> None:
    near = events_at(np.full(50, 170_000.0), np.full(50, 310_000.0))
    with pytest.raises(StatisticError, match="wanted room for 5 places 500 m from each other"):
        inject(near, FIRST, SETTINGS, np.random.default_rng(1), per_scale=1)


def test_a_period_without_events_is_refused() -> None:
    with pytest.raises(StatisticError, match="wanted events in the 52 weeks from 2030-01-01"):
        inject(quiet_events(), date(2030, 1, 1), SETTINGS, np.random.default_rng(1), per_scale=1)
