"""Hours in which a place has more nuisance than the city as a whole, from counts per weekday and hour.

Hot hours are the stretch of hours, on all days or some, with more of a place's reports than the share of all
reports in those hours explains. Limits: a source without the time of the nuisance gives the time of the
report, which depends on the opening hours of the desk.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.errors import StatisticError

WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
"""The rows of :func:`hot_times`: Dutch abbreviations, Monday first."""

DAY_GROUPS: dict[str, tuple[str, ...]] = {
    "elke dag": WEEKDAYS,
    "doordeweeks": ("ma", "di", "wo", "do", "vr"),
    "in het weekend": ("vr", "za", "zo"),
}
"""Friday is in both: its night is weekend on the street, its day is a working day for the desk."""


@dataclass(frozen=True)
class HotHours:
    """The hours in which a place stands out.

    Attributes
    ----------
    days
        A key of `DAY_GROUPS`.
    first_hour, end_hour
        On the local clock, 0 to 23; the end is not included, and may be past midnight: 22 to 3.
    count, share
        Reports of the place in these hours, and their share of all its reports.
    usual_share
        Share of all reports in these hours.
    p
        Chance of at least so many if the place had the usual hours; Bonferroni over all stretches.
    """

    days: str
    first_hour: int
    end_hour: int
    count: int
    share: float
    usual_share: float
    p: float


def hot_hours(place: pd.DataFrame, everywhere: pd.DataFrame, *, hours: int, level: float) -> HotHours | None:
    """Find the stretch of hours in which a place stands out most, or None if it has the usual hours.

    Parameters
    ----------
    place, everywhere
        Tables of :func:`hot_times`: reports of the place, and all reports (those of the place included).
    hours
        Length of the stretch, 1 to 24.
    level
        Highest p that counts as standing out.

    Examples
    --------
    Ten of twelve reports on weekend nights, in a city where all hours are alike.

    >>> place, city = (pd.DataFrame(np.zeros((7, 24), dtype=int), index=WEEKDAYS) for _ in range(2))
    >>> place.loc["za", 23], place.loc["zo", 0], place.loc["di", 12] = 6, 4, 2
    >>> hours = hot_hours(place, city + 10 + place, hours=5, level=0.05)
    >>> hours.days, hours.first_hour, hours.end_hour, hours.count
    ('in het weekend', 20, 1, 10)
    """
    from scipy import stats

    total, all_reports = int(place.to_numpy().sum()), int(everywhere.to_numpy().sum())
    if (everywhere.to_numpy() < place.to_numpy()).any():
        raise StatisticError(
            "wanted all reports with those of the place among them, found fewer in some hour"
        )
    if total == 0:
        return None
    counts, everyone = (
        np.concatenate([_per_stretch(table, names, hours) for names in DAY_GROUPS.values()])
        for table in (place, everywhere)
    )
    usual = everyone / all_reports
    p = np.minimum(len(counts) * stats.binom.sf(counts - 1, total, usual), 1.0)
    size = np.repeat([len(names) for names in DAY_GROUPS.values()], 24)
    best = int(np.lexsort((-size, -counts, p))[0])
    if p[best] > level:
        return None
    group, first_hour = divmod(best, 24)
    return HotHours(
        list(DAY_GROUPS)[group],
        first_hour,
        (first_hour + hours) % 24,
        int(counts[best]),
        float(counts[best] / total),
        float(usual[best]),
        float(p[best]),
    )


def _per_stretch(table: pd.DataFrame, days: tuple[str, ...], hours: int) -> NDArray[np.int64]:
    """Reports per stretch of hours that starts at 0, 1, … 23; it runs past midnight within the same days."""
    rows = [WEEKDAYS.index(day) for day in days]
    per_hour = table.to_numpy(dtype=np.int64)[rows].sum(axis=0)
    around = np.concatenate([per_hour, per_hour[: hours - 1]])
    return np.convolve(around, np.ones(hours, dtype=np.int64), mode="valid")


def hot_times(moments: pd.Series, zone: ZoneInfo) -> pd.DataFrame:
    """Count reports per weekday and hour, in local time.

    Parameters
    ----------
    moments
        Aware UTC times of the nuisance.
    zone
        Local time zone; when the clock goes back, the repeated hour counts in one cell.

    Returns
    -------
    DataFrame
        Counts in 7 rows ``ma`` … ``zo`` by 24 columns 0 … 23; they add up to the number of moments.

    Examples
    --------
    >>> friday_night = pd.Series(pd.to_datetime(["2023-06-02 21:35", "2023-06-09 21:05"], utc=True))
    >>> int(hot_times(friday_night, ZoneInfo("Europe/Amsterdam")).loc["vr", 23])
    2
    """
    return times_of_hours(hours_of_week(moments, zone))


def hours_of_week(moments: pd.Series, zone: ZoneInfo) -> NDArray[np.int64]:
    """Give the hour of the local week of each time: 0 to 167, from Monday at midnight."""
    if not len(moments):
        return np.zeros(0, dtype=np.int64)
    local = moments.dt.tz_convert(zone)
    return np.asarray(local.dt.day_of_week.to_numpy() * 24 + local.dt.hour.to_numpy(), dtype=np.int64)


def times_of_hours(hours: NDArray[np.int64]) -> pd.DataFrame:
    """Count hours of the week (:func:`hours_of_week`), in the table of :func:`hot_times`."""
    return pd.DataFrame(
        np.bincount(hours, minlength=7 * 24).reshape(7, 24).astype(np.int64),
        index=pd.Index(WEEKDAYS, name="weekday"),
        columns=pd.RangeIndex(24, name="hour"),
    )
