"""Monthly figures: reports per category and month against the same days of last year, with an interval.

The rate ratio is exact: given the total of two counts, this year's is binomial, and the limits of Clopper and
Pearson for its share give those of the ratio [1]_. They hold for few reports too, where a percentage alone
misleads: from 1 to 3 reports is +200 %, and means nothing.

Limits: reports are taken as independent, so one reporter or one bad night makes the interval too narrow. A
reporting campaign, or another way of registering, also changes the figures.

References
----------
.. [1] Przyborowski & Wilenski (1940), doi:10.1093/biomet/31.3-4.313; Clopper & Pearson (1934),
   doi:10.1093/biomet/26.4.404
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hotspots.errors import StatisticError
from hotspots.model import SCREENED
from hotspots.statistics.proportion import proportion_interval

ALL = "alle"
"""The category that stands for all categories together."""

PerDay = tuple[NDArray[np.datetime64], NDArray[np.int64]]


@dataclass(frozen=True)
class RateRatio:
    """The rate of one period over that of another.

    Attributes
    ----------
    ratio
        1 is no change; infinite where only the other period has no reports; NaN where neither has any.
    lower, upper
        Exact limits; the true coverage is at least the confidence.
    """

    ratio: float
    lower: float
    upper: float

    @property
    def is_change(self) -> bool:
        """Whether 1 lies outside the limits."""
        return self.lower > 1 or self.upper < 1


def rate_ratio(
    count: int, other_count: int, *, times: tuple[float, float] = (1, 1), confidence: float = 0.95
) -> RateRatio:
    """Give the ratio of two rates with exact limits.

    Parameters
    ----------
    count, other_count
        Reports in the period, and in the period it is compared with.
    times
        Lengths of both periods, in the same unit.

    Examples
    --------
    >>> result = rate_ratio(30, 20)
    >>> result.ratio, round(result.lower, 3), round(result.upper, 3), result.is_change
    (1.5, 0.824, 2.787, False)
    >>> none_before = rate_ratio(4, 0)
    >>> none_before.ratio, round(none_before.lower, 2), none_before.upper
    (inf, 0.66, inf)
    """
    if count < 0 or other_count < 0:
        raise StatisticError(f"wanted counts of 0 or more, found {count} and {other_count}")
    if min(times) <= 0 or not 0 < confidence < 1:
        raise StatisticError(
            f"wanted lengths above 0 and a confidence between 0 and 1, found {times} and {confidence}"
        )
    total, scale = count + other_count, times[1] / times[0]
    if total == 0:
        return RateRatio(float("nan"), 0.0, float("inf"))
    lower, upper = proportion_interval(count, total, confidence=confidence)
    ratio = scale * count / other_count if other_count else float("inf")
    return RateRatio(ratio, scale * _odds(lower), scale * _odds(upper))


def chance_band(
    other_counts: ArrayLike, *, times: tuple[ArrayLike, ArrayLike] = (1, 1), confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give between which counts :func:`rate_ratio` finds no change from other counts, for charts.

    Given the total, a count is binomial; so with the other count given, it is the number of successes before
    that many failures, or one more: negative binomial.

    Parameters
    ----------
    other_counts
        Of the period that is compared with; NaN where that is unknown.
    times
        Lengths of both periods, as of :func:`rate_ratio`.

    Returns
    -------
    tuple of NDArray
        The lowest and the highest count that chance explains; NaN where the other is unknown.

    Examples
    --------
    >>> low, high = chance_band([20, 0])
    >>> low.tolist(), high.tolist()
    ([9.0, 0.0], [35.0, 5.0])
    >>> rate_ratio(35, 20).is_change, rate_ratio(36, 20).is_change
    (False, True)
    """
    from scipy import stats

    then = np.asarray(other_counts, dtype=np.float64)
    lengths, other_lengths = (np.asarray(each, dtype=np.float64) for each in times)
    fails = other_lengths / (lengths + other_lengths)
    tail = (1 - confidence) / 2
    lowest = np.where(then > 0, stats.nbinom.ppf(tail, np.maximum(then, 1), fails), 0.0)
    highest = stats.nbinom.isf(tail, then + 1, fails)
    return np.where(np.isnan(then), np.nan, lowest), np.where(np.isnan(then), np.nan, highest)


def monthly_figures(
    reports: pd.DataFrame,
    *,
    as_of: date,
    timezone: str,
    known_since: date | None = None,
) -> pd.DataFrame:
    """Count reports per category and month in the year of `as_of`, against the same days of last year.

    The current month counts up to `as_of`, that of last year up to the same day. Rates are per day, so a leap
    day is no rise.

    Parameters
    ----------
    reports
        Columns ``moment`` and ``category``; of both years. With a column ``count`` each row stands for so
        many reports, of one of the periods of :func:`compared_months`.
    as_of
        Last day that counts.
    known_since
        First day from which reports are complete: a period of last year that begins earlier has no figures.
        By default everything counts as complete.

    Returns
    -------
    DataFrame
        One row per category (``alle`` is all together) and period (months so far as 1 … 12, then 0 for the
        year so far): ``category``, ``month``, ``first``, ``last`` (dates), ``count``,
        ``count_last_year`` (NaN if unknown),
        ``change_percent`` (NaN if unknown or 0 last year), ``ratio``, ``lower``, ``upper``, ``is_change``,
        and ``least_by_chance``, ``most_by_chance``: between which counts it is no change (NaN if unknown).

    Examples
    --------
    >>> moments = pd.to_datetime(["2022-01-05", "2023-01-02", "2023-01-20", "2023-02-01"], utc=True)
    >>> reports = pd.DataFrame({"moment": moments, "category": "drugs"})
    >>> figures = monthly_figures(reports, as_of=date(2023, 2, 10), timezone="Europe/Amsterdam")
    >>> drugs = figures[figures["category"] == "drugs"]
    >>> drugs[["month", "count", "count_last_year"]].to_numpy().astype(int).tolist()
    [[1, 2, 1], [2, 1, 0], [0, 3, 1]]
    """
    local = reports["moment"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    names: dict[str, tuple[str, ...]] = {name: (name,) for name in SCREENED} | {ALL: SCREENED}
    counts = reports["count"] if "count" in reports else pd.Series(1, index=reports.index)
    per_day = {
        name: _per_day(local, counts, reports["category"].isin(parts)) for name, parts in names.items()
    }
    rows = [
        {"category": name, "month": month} | _compared(per_day[name], first, last, known_since)
        for name in per_day
        for month, first, last in _periods(as_of)
    ]
    table = pd.DataFrame(rows)
    lengths = (table.pop("days"), table.pop("days_last_year"))
    least, most = chance_band(table["count_last_year"], times=lengths)
    return table.assign(least_by_chance=least, most_by_chance=most)


def compared_months(as_of: date) -> list[tuple[date, date]]:
    """Give the first and last day of each month so far, and of those of last year that they are set beside.

    Examples
    --------
    >>> [[str(day) for day in month] for month in compared_months(date(2024, 1, 15))]
    [['2023-01-01', '2023-01-15'], ['2024-01-01', '2024-01-15']]
    """
    now = [(first, last) for month, first, last in _periods(as_of) if month]
    then = [(first.replace(year=first.year - 1), year_before(last)) for first, last in now]
    return [*then, *now]


def _periods(as_of: date) -> list[tuple[int, date, date]]:
    months = [
        (month, date(as_of.year, month, 1), min(as_of, _end_of_month(as_of.year, month)))
        for month in range(1, as_of.month + 1)
    ]
    return [*months, (0, date(as_of.year, 1, 1), as_of)]


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def year_before(day: date) -> date:
    """The same day of last year; the last of the month stays the last of the month."""
    end = _end_of_month(day.year - 1, day.month)
    is_last = day == _end_of_month(day.year, day.month)
    return end if is_last or day.day > end.day else day.replace(year=day.year - 1)


def _per_day(local: pd.Series, counts: pd.Series, is_meant: pd.Series) -> PerDay:
    """The days in order, and how many reports there were before each and in all."""
    days = local[is_meant].to_numpy(dtype="datetime64[D]")
    order = np.argsort(days)
    return days[order], np.append(0, np.cumsum(counts[is_meant].to_numpy(dtype=np.int64)[order]))


def _compared(
    per_day: PerDay,
    first: date,
    last: date,
    known_since: date | None,
) -> dict[str, object]:
    def count(start: date, end: date) -> int:
        edges = np.array([start, end], dtype="datetime64[D]")
        days, before = per_day
        return int(
            before[np.searchsorted(days, edges[1], side="right")] - before[np.searchsorted(days, edges[0])]
        )

    first_then, last_then = first.replace(year=first.year - 1), year_before(last)
    now, then = count(first, last), count(first_then, last_then)
    lengths = ((last - first).days + 1, (last_then - first_then).days + 1)
    days_of = dict(zip(("days", "days_last_year"), lengths, strict=True))
    row: dict[str, object] = {"first": first, "last": last, "count": now, **days_of}
    if known_since is not None and first_then < known_since:
        unknown = dict.fromkeys(("count_last_year", "change_percent", "ratio", "lower", "upper"), np.nan)
        return row | unknown | {"is_change": False}
    compared = rate_ratio(now, then, times=lengths)
    change = {"count_last_year": float(then), "change_percent": 100 * (now - then) / then if then else np.nan}
    return row | change | vars(compared) | {"is_change": compared.is_change}


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")
