"""Golden values are those of R's surveillance, on shared/data/reference."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hotspots.errors import StatisticError
from hotspots.settings import StatisticsSettings
from hotspots.statistics.alarms import alarms_of_week, ears_c1, seasonal_alarm, weekly_counts

SharedData = Callable[[str], Path]
TIMEZONE = "Europe/Amsterdam"
RULES = StatisticsSettings()


def test_bounds_and_alarms_of_salmonella_newport_are_those_of_surveillance(shared_data: SharedData) -> None:
    weeks = pd.read_csv(shared_data("reference/surveillance_salmNewport_weekly_expected.csv"))
    observed = weeks["observed"].to_numpy(dtype=np.float64)
    bounds = ears_c1(observed, level=0.05)
    is_judged = weeks["ub_C1"].notna().to_numpy()
    in_2011 = np.flatnonzero(weeks["week"] == "2011-01-03")[0]
    assert bounds[in_2011 : in_2011 + 4] == pytest.approx([3.278854, 3.278854, 3.436517, 3.855617], abs=5e-7)
    assert bounds[is_judged] == pytest.approx(weeks["ub_C1"].to_numpy()[is_judged], abs=1e-9)
    alarms = observed > bounds
    assert is_judged.sum() == 52
    assert alarms[is_judged].sum() == 6
    assert alarms[is_judged].tolist() == weeks["alarm_C1"][is_judged].astype(bool).tolist()


def test_the_first_weeks_have_no_bound() -> None:
    assert np.isnan(ears_c1([1, 2, 3])).all()
    assert np.isnan(ears_c1([1] * 8)).tolist() == [True] * 7 + [False]


@pytest.mark.parametrize("mean", [0.3, 1.0, 4.0], ids=["one in three weeks", "one a week", "four a week"])
@pytest.mark.parametrize("years", [2, 5])
def test_the_seasonal_alarm_is_rarely_false_also_with_few_reports(mean: float, years: int) -> None:
    generator = np.random.default_rng(round(100 * mean) + years)
    week = np.arange(round(52.18 * years) + 10)
    season = mean * (1 + 0.8 * np.sin(2 * np.pi * week / 52.1775))
    series = generator.poisson(season, (4000, len(week)))
    share = (seasonal_alarm(series, settings=RULES)["p"] <= 0.05).mean()
    assert share <= 0.065
    if mean == 4.0:
        assert share >= 0.02


def test_the_seasonal_alarm_is_rarely_false_where_reports_come_in_bursts() -> None:
    generator = np.random.default_rng(7)
    series = generator.negative_binomial(2, 2 / (2 + 3), (4000, 270))  # mean 3, variance 7.5
    assert (seasonal_alarm(series, settings=RULES)["p"] <= 0.05).mean() <= 0.08


def test_a_summer_peak_is_no_alarm_in_its_third_summer_but_is_for_c1() -> None:
    year = [1] * 20 + [8] * 12 + [1] * 20
    series = np.array([*year, *year, *year[:21]], dtype=np.float64)
    judged = seasonal_alarm(series, settings=RULES)
    assert judged["p"].iloc[0] > 0.05
    assert series[-1] > ears_c1(series)[-1]


def test_a_rise_beyond_the_season_is_an_alarm() -> None:
    series = [2, 1, 0, 3, 1, 2] * 20
    judged = seasonal_alarm([*series, 12], settings=RULES)
    assert judged["observed"].iloc[0] == 12
    assert judged["expected"].iloc[0] == pytest.approx(1.5, abs=0.3)
    assert judged["p"].iloc[0] < 0.001


def test_without_a_year_of_history_there_is_no_season() -> None:
    with pytest.raises(StatisticError, match="wanted a year of weeks before the one to judge, found 39"):
        seasonal_alarm([1] * 40, settings=RULES)


def test_a_single_report_in_a_quiet_buurt_is_no_alarm() -> None:
    counts = pd.DataFrame([[0] * 30 + [1], [0] * 30 + [RULES.alarm_min_reports]], index=["one", "three"])
    alarms = alarms_of_week(counts, settings=RULES)
    assert alarms["is_alarm"].to_dict() == {"three": True, "one": False}


def test_with_a_year_of_history_the_season_decides_and_p_is_adjusted_for_the_number_of_series() -> None:
    generator = np.random.default_rng(3)
    counts = pd.DataFrame(generator.poisson(1.5, (60, 120)))
    counts.iloc[17, -1] = 14
    alarms = alarms_of_week(counts, settings=RULES)
    assert alarms["method"].unique().tolist() == ["seizoen"]
    assert alarms.index[0] == 17
    assert alarms["is_alarm"].iloc[0]
    assert (alarms["q"] >= alarms["p"]).all()
    assert alarms["q"].iloc[0] < 0.01
    assert alarms["is_alarm"].sum() <= 3


def test_too_few_weeks_are_refused() -> None:
    with pytest.raises(StatisticError, match="at least 8 weeks of reports to compare with, found 7"):
        alarms_of_week(pd.DataFrame([[1] * 7]), settings=RULES)


def test_impossible_counts_and_levels_are_refused() -> None:
    with pytest.raises(StatisticError, match="gaps or negative numbers"):
        ears_c1([1, -1, 2])
    with pytest.raises(StatisticError, match="a level between 0 and 1"):
        ears_c1([1] * 10, level=5)


def reports(rows: list[tuple[str, str, str | None]]) -> pd.DataFrame:
    moment, category, buurtcode = zip(*rows, strict=True) if rows else ((), (), ())
    return pd.DataFrame(
        {
            "moment": pd.to_datetime(list(moment), utc=True),
            "category": pd.Series(category, dtype="str"),
            "buurtcode": pd.Series(buurtcode, dtype="object"),
        }
    )


def test_weeks_run_to_the_last_local_day_and_every_report_counts_once() -> None:
    table = weekly_counts(
        reports(
            [
                ("2023-06-04 21:59", "drugs", "BU1"),  # Sunday the 4th, 23:59: the last minute
                ("2023-06-04 22:01", "drugs", "BU1"),  # Monday: after the last week
                ("2023-05-28 22:01", "drugs", "BU1"),  # Monday the 29th, 00:01: the first minute
                ("2023-05-28 21:59", "drugs", "BU1"),  # the week before
                ("2023-05-30 12:00", "personen", "BU1"),
                ("2023-05-30 12:00", "personen", None),  # without a buurt
                ("2023-01-01 12:00", "drugs", "BU2"),  # before the first week
            ]
        ),
        as_of=date(2023, 6, 4),
        weeks=3,
        timezone=TIMEZONE,
    )
    assert table.index.tolist() == [("BU1", "drugs"), ("BU1", "personen")]
    assert table.to_numpy().tolist() == [[0, 1, 2], [0, 0, 1]]
    assert table.columns.astype("str").tolist() == ["2023-05-21", "2023-05-28", "2023-06-04"]


def test_no_reports_give_no_alarms() -> None:
    table = weekly_counts(reports([]), as_of=date(2023, 6, 4), weeks=60, timezone=TIMEZONE)
    assert table.shape == (0, 60)
    assert len(alarms_of_week(table, settings=RULES)) == 0
