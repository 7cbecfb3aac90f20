"""The definition of a hotspot, applied to reports that are known to belong to one place."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from hotspots.settings import DetectionSettings

SIGNIFICANCE = 0.05
MIN_RATIO = 2.0

_HOUR = np.timedelta64(1, "h")


def first_day_met(
    reports: pd.DataFrame, rules: DetectionSettings, zone: ZoneInfo, *, least_reports: int = 0
) -> date | None:
    """Give the first day on which reports of one place meet the definition; None if never.

    Delay is measured from this day: who knows which reports belong together could have seen it then.

    Parameters
    ----------
    reports
        ``moment`` (aware UTC) and ``person`` (integer, -1 where unknown). A person's reports of one day count
        once.
    zone
        Time zone of days and weeks.
    least_reports
        Reports within the look-back that make the place concentrated (:func:`least_concentrated`).
    """
    local = reports["moment"].dt.tz_convert(zone).dt.tz_localize(None)
    table = pd.DataFrame(
        {"moment": local, "day": local.dt.normalize(), "person": reports["person"].to_numpy()}
    )
    is_repeat = table.duplicated(["day", "person"]) & (table["person"] >= 0)
    table = table[~is_repeat].sort_values("moment")
    days = table["day"].to_numpy().astype("datetime64[D]")
    for day in np.unique(days):
        inside = (days <= day) & (days > day - np.timedelta64(rules.look_back_weeks * 7, "D"))
        if inside.sum() >= least_reports and _is_met(
            table["moment"].to_numpy()[inside], table["person"].to_numpy()[inside], rules
        ):
            return date.fromisoformat(str(day))
    return None


def least_concentrated(expected: float, looks: int) -> int:
    """Give how many reports of its own a place needs to stand out from its surroundings.

    Together with the expected reports they must be at least twice the expected number, and so many that
    chance gives them anywhere in the city in at most one of twenty half years (Šidák over the looks).

    Parameters
    ----------
    expected
        Reports expected there within the look-back, from the level of the surroundings.
    looks
        Number of places of this size in the city.

    Examples
    --------
    >>> least_concentrated(0.2, 1000), least_concentrated(5.0, 1000)
    (5, 12)
    """
    level = -np.expm1(np.log1p(-SIGNIFICANCE) / max(looks, 1))
    wanted = max(float(stats.poisson.isf(level, expected)) + 1, MIN_RATIO * expected)
    return max(int(np.ceil(wanted - expected)), 0)


def _is_met(moments: NDArray[np.datetime64], persons: NDArray[np.int64], rules: DetectionSettings) -> bool:
    days = np.unique(moments.astype("datetime64[D]"))
    # day 0 of the epoch was a Thursday: a shift of three days makes weeks begin on Monday
    weeks = np.unique((days.astype(np.int64) + 3) // 7)
    duration_days = (days[-1] - days[0]).astype(np.int64)
    known, counts = np.unique(persons[persons >= 0], return_counts=True)
    in_burst = np.searchsorted(moments, moments + rules.burst_hours * _HOUR, side="left") - np.arange(
        len(moments)
    )
    return bool(
        len(moments) >= rules.min_reports
        and len(days) >= rules.min_days
        and len(weeks) >= rules.min_weeks
        and duration_days >= rules.min_duration_days
        and len(known) >= rules.min_reporters
        and counts.max() <= rules.max_reporter_share * counts.sum()
        and in_burst.max() <= rules.max_burst_share * len(moments)
    )
