from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from hotspots.errors import StatisticError
from hotspots.statistics.hot_hours import WEEKDAYS, HotHours, hot_hours, hot_times

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOURS = 5


def stands_out(place: pd.DataFrame, everywhere: pd.DataFrame) -> HotHours | None:
    """The stretch of five hours in which a place stands out at 5 %."""
    return hot_hours(place, everywhere, hours=HOURS, level=0.05)


def table(counts: dict[tuple[str, int], int], *, everywhere: int = 0) -> pd.DataFrame:
    """Reports per (weekday, hour), and as many in every other hour as `everywhere` says."""
    result = pd.DataFrame(np.full((7, 24), everywhere), index=pd.Index(WEEKDAYS), columns=range(24))
    for (day, hour), count in counts.items():
        result.loc[day, hour] = count + everywhere
    return result


def test_a_place_with_weekend_nights_stands_out_in_a_city_of_all_hours() -> None:
    nights = {("vr", 23): 4, ("za", 1): 5, ("zo", 2): 3}
    found = stands_out(table(nights), table(nights, everywhere=20))
    assert found is not None
    assert found.days == "in het weekend"
    assert (found.first_hour, found.end_hour) == (22, 3)
    assert (found.count, found.share) == (12, 1.0)
    assert found.usual_share == pytest.approx(3 * HOURS / 168, abs=0.01)
    assert found.p < 0.001


def test_a_place_that_keeps_the_hours_of_the_city_does_not_stand_out() -> None:
    evenings = {(day, hour): 10 for day in WEEKDAYS for hour in (20, 21, 22)}
    own = {(day, 21): 2 for day in WEEKDAYS}
    assert stands_out(table(own), table(evenings)) is None


def test_a_few_reports_prove_no_hours() -> None:
    own = {("ma", 3): 2}
    assert stands_out(table(own), table(own, everywhere=1)) is None
    assert stands_out(table({}), table({}, everywhere=1)) is None


def test_hours_are_rarely_found_where_there_are_none() -> None:
    generator = np.random.default_rng(12)
    city = np.tile(np.r_[np.full(8, 5), np.full(8, 10), np.full(8, 25)], (7, 1))
    share = city.ravel() / city.sum()
    found = [
        stands_out(
            pd.DataFrame(own := generator.multinomial(20, share).reshape(7, 24), index=pd.Index(WEEKDAYS)),
            pd.DataFrame(city * 10 + own, index=pd.Index(WEEKDAYS)),
        )
        for _ in range(300)
    ]
    assert np.mean([hours is not None for hours in found]) <= 0.05


def test_reports_that_are_not_among_all_are_refused() -> None:
    with pytest.raises(StatisticError, match="among them"):
        stands_out(table({("ma", 3): 2}), table({}))


def test_hours_are_those_of_the_local_clock_also_when_it_changes() -> None:
    moments = pd.Series(
        pd.to_datetime(
            [
                "2023-03-26 00:30",  # 01:30, before the clock goes forward
                "2023-03-26 01:30",  # 03:30, after it
                "2023-10-29 00:30",  # 02:30, summer time
                "2023-10-29 01:30",  # 02:30 again, winter time
                "2023-12-31 23:30",  # 00:30 on Monday
            ],
            utc=True,
        )
    )
    table = hot_times(moments, AMSTERDAM)
    monday, sunday = (table.to_numpy()[list(table.index).index(day)] for day in ("ma", "zo"))
    assert sunday[1:4].tolist() == [1, 2, 1]
    assert monday[0] == 1
    assert table.to_numpy().sum() == 5


def test_hot_times_of_no_reports_are_all_zero() -> None:
    table = hot_times(pd.Series([], dtype="datetime64[us, UTC]"), AMSTERDAM)
    assert table.shape == (7, 24)
    assert not table.to_numpy().any()
