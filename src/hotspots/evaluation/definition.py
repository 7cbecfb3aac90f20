"""The definition of a hotspot, applied by rule to the reports that are known to belong to one place."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.settings import DetectionSettings

_HOUR = np.timedelta64(1, "h")


def first_day_met(reports: pd.DataFrame, rules: DetectionSettings, zone: ZoneInfo) -> date | None:
    """Give the first day on which reports of one place are repeated, lasting and shared; None if never.

    It is the yardstick of delay: what a person who knows which reports belong together could have seen.
    Concentrated needs no rule here (the place was planted above its surroundings), nor does current (the day
    is one with a report).

    Parameters
    ----------
    reports
        ``moment`` (aware UTC) and ``person`` (integer, -1 where nobody knows). A person's reports of one day
        count once.
    rules
        How many reports, days, weeks and persons; over how long; of which at most how many in a burst.
    zone
        In which days and weeks are counted.
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
        if _is_met(table["moment"].to_numpy()[inside], table["person"].to_numpy()[inside], rules):
            return date.fromisoformat(str(day))
    return None


def _is_met(moments: NDArray[np.datetime64], persons: NDArray[np.int64], rules: DetectionSettings) -> bool:
    days = np.unique(moments.astype("datetime64[D]"))
    # day 0 of the epoch was a Thursday: shifted by three, weeks begin on Monday
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
