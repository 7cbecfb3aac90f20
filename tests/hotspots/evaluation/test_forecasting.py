"""Forecast value: the indices against published values, and forecasts that see the past only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspots.errors import StatisticError
from hotspots.evaluation.forecasting import AREA_SHARES, FORECASTS, evaluate_forecasts, forecast_scores
from hotspots.settings import MunicipalitySettings, Settings

RD = Settings()


def test_the_indices_are_those_of_ptools() -> None:
    """Observed (6, 3, 0), order (3, 2, 1): PAI 2, 1.5, 1 and PEI 1, 1, 1 (ptools, A. Wheeler)."""
    scores = forecast_scores([6, 3, 0], [3, 2, 1])
    assert [score.pai for score in scores] == pytest.approx([2, 1.5, 1], abs=1e-12)
    assert [score.pei for score in scores] == pytest.approx([1, 1, 1], abs=1e-12)
    assert [score.hit_rate for score in scores] == pytest.approx([2 / 3, 1, 1], abs=1e-12)


def test_the_wrong_order_is_worth_less_than_the_best() -> None:
    scores = forecast_scores([6, 3, 0], [1, 2, 3])
    assert [score.pei for score in scores] == pytest.approx([0, 1 / 3, 1])


@pytest.mark.parametrize(
    ("observed", "order", "words"),
    [
        pytest.param([0, 0], [1, 2], "found none", id="nothing happened"),
        pytest.param([1, 2], [1], "as many forecasts", id="a forecast is lacking"),
    ],
)
def test_refuses(observed: list[int], order: list[int], words: str) -> None:
    with pytest.raises(StatisticError, match=words):
        forecast_scores(observed, order)


def steady_events(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, "pd.Series[pd.Timestamp]"]:
    """One place with an event every other day for a year, and as many scattered over 3 km."""
    count = 180
    x = np.concatenate([rng.normal(150_075, 15, count), rng.uniform(148_500, 151_500, count)])
    y = np.concatenate([rng.normal(450_075, 15, count), rng.uniform(448_500, 451_500, count)])
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.tile(np.arange(count) * 2, 2), unit="D")
    return x, y, pd.Series(days)


def test_a_steady_place_is_forecast_by_every_method() -> None:
    table = evaluate_forecasts(*steady_events(np.random.default_rng(3)), settings=RD, periods=2)
    assert set(table["forecast"]) == set(FORECASTS)
    assert set(table["area_share"]) == set(AREA_SHARES)
    at_five = table[table["area_share"] == 0.05].set_index("forecast")
    assert (at_five["hit_rate"] > 0.4).all()
    assert (at_five["pai"] > 8).all()
    assert at_five["period_count"].tolist() == [2] * len(FORECASTS)


def test_too_short_a_period_is_refused() -> None:
    x, y, days = steady_events(np.random.default_rng(3))
    is_early = (days < pd.Timestamp("2023-04-01")).to_numpy()
    with pytest.raises(StatisticError, match="wanted events over 210 days"):
        evaluate_forecasts(x[is_early], y[is_early], days[is_early], settings=RD)


def test_real_events_are_forecast_far_better_than_chance(shared_data: Callable[[str], Path]) -> None:
    table = pd.read_csv(shared_data("events/vancouver_thefts.csv"))
    table = table[table["X"] > 0]
    days = pd.to_datetime(table[["YEAR", "MONTH", "DAY"]].rename(columns=str.lower))
    vancouver = Settings(municipality=MunicipalitySettings(crs="EPSG:32610", timezone="America/Vancouver"))
    scores = evaluate_forecasts(
        table["X"].to_numpy(), table["Y"].to_numpy(), days, settings=vancouver, periods=2
    )
    at_five = scores[scores["area_share"] == 0.05].set_index("forecast")
    assert (at_five["pai"] > 5).all()
    assert (at_five["pei"] > 0.6).all()
