"""Weekly alarms: are there more reports this week than in the weeks before, or in the same season before?

======================  ====================================  ============================================
function                compares the week with                good for
======================  ====================================  ============================================
:func:`ears_c1`         the seven weeks before it [1]_        a sudden rise, with little history
:func:`seasonal_alarm`  the same weeks of earlier years [2]_  series with seasons, also with few reports
======================  ====================================  ============================================

An alarm is a reason to look, not a finding. With 44 buurten and two categories, a level of 1 % gives up to
one false alarm a week; the adjusted p of :func:`alarms_of_week` allows for that many series.

Limits: `ears_c1` assumes normal counts: after seven weeks without reports its bound is 0 and any report an
alarm (hence `alarm_min_reports`), and a long rise becomes the new normal. The seasonal alarm needs a year of
history, and an outbreak in the same weeks of an earlier year hides a new one.

References
----------
.. [1] Hutwagner, Thompson, Seeman & Treadwell (2003), doi:10.1007/PL00022319; as in R's surveillance,
   Salmon, Schumacher & Höhle (2016), doi:10.18637/jss.v070.i10
.. [2] After Farrington et al. (1996), doi:10.2307/2983331, and Noufaily et al. (2013), doi:10.1002/sim.5595,
   with the predictive distribution of a Poisson count whose mean is itself estimated (gamma prior of
   Jeffreys), widened where the reference weeks vary more than Poisson
"""

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd
import scipy  # its statistics take half a second to load: only where they are used
from numpy.typing import ArrayLike, NDArray

from hotspots.errors import StatisticError
from hotspots.settings import StatisticsSettings
from hotspots.statistics.getis_ord import benjamini_hochberg

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WEEKS_PER_YEAR = 52.1775
BASELINE_WEEKS = 7
"""C1 is defined by the seven weeks before."""


def ears_c1(counts: ArrayLike, *, level: float = 0.05) -> Floats:
    """Give per week the upper bound from the weeks just before it.

    The bound is mean + z × standard deviation (divisor n − 1) of the seven weeks before the week, with z
    the normal quantile of 1 − `level`; a count above it is an alarm.

    Parameters
    ----------
    counts
        Reports per week, oldest first; or one row per series.

    Returns
    -------
    NDArray
        Shape of `counts`; NaN for the first seven weeks.

    Examples
    --------
    >>> bounds = ears_c1([1, 1, 1, 3, 3, 1, 2, 1])
    >>> round(float(bounds[-1]), 6)
    3.278854
    """
    series = _checked(counts)
    if not 0 < level < 1:
        raise StatisticError(f"wanted a level between 0 and 1, found {level}")
    bounds = np.full(series.shape, np.nan)
    if series.shape[-1] > BASELINE_WEEKS:
        before = np.lib.stride_tricks.sliding_window_view(series, BASELINE_WEEKS, axis=-1)[..., :-1, :]
        quantile = NormalDist().inv_cdf(1 - level)
        bounds[..., BASELINE_WEEKS:] = before.mean(axis=-1) + quantile * before.std(axis=-1, ddof=1)
    return bounds


def seasonal_alarm(counts: ArrayLike, *, settings: StatisticsSettings) -> pd.DataFrame:
    """Compare the last week of each series with the same weeks of earlier years.

    Reference weeks are those within `alarm_half_window_weeks` of the same week, one to `alarm_years_back`
    years ago, as far as the series goes back. With n of them and S reports in them, the expected number is
    μ = (S + ½) / n, and the count is taken as negative binomial with that mean and variance φ μ (1 + 1/n),
    φ being the reference weeks' variance over their mean, at least 1.

    Parameters
    ----------
    counts
        One row per series: reports per week, oldest first, the last week the one to judge. More than a year.

    Returns
    -------
    DataFrame
        Per series ``observed``, ``expected``, ``dispersion`` (φ) and ``p``, the chance of at least so many.

    Raises
    ------
    StatisticError
        If the series don't reach a year back.

    Examples
    --------
    Two a week, always; then two, and nine.

    >>> steady = [2] * 110
    >>> alarm = seasonal_alarm([[*steady, 2], [*steady, 9]], settings=StatisticsSettings())
    >>> alarm["expected"].round(4).tolist(), alarm["p"].round(4).tolist()
    ([2.0357, 2.0357], [0.5941, 0.0005])
    """
    series = np.atleast_2d(_checked(counts))
    reference = series[:, _reference_weeks(series.shape[1], settings)]
    weeks = reference.shape[1]
    if weeks < _weeks_of_season(settings):
        raise StatisticError(
            f"wanted a year of weeks before the one to judge, found {series.shape[1] - 1}: "
            "use the alarm that compares with the weeks just before"
        )
    total, mean = reference.sum(axis=1), reference.mean(axis=1)
    varied = np.divide(reference.var(axis=1, ddof=1), mean, out=np.ones_like(mean), where=mean > 0)
    dispersion = np.maximum(varied, 1.0)
    expected = (total + 0.5) / weeks
    extra = dispersion * (1 + 1 / weeks) - 1
    size = expected / extra
    observed = series[:, -1]
    p = scipy.stats.nbinom.sf(observed - 1, size, size / (size + expected))
    return pd.DataFrame(
        {"observed": observed.astype(np.int64), "expected": expected, "dispersion": dispersion, "p": p}
    )


def weekly_counts(reports: pd.DataFrame, *, as_of: date, weeks: int, timezone: str) -> pd.DataFrame:
    """Count reports per buurt, category and week.

    Parameters
    ----------
    reports
        Columns ``moment``, ``category`` and ``buurtcode``; reports without a buurt are not counted.
    as_of
        Last day of the last week, which lasts seven days.

    Returns
    -------
    DataFrame
        Index ``buurtcode``, ``category``; columns the last day of each week, oldest first.
    """
    local = reports["moment"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    week = weeks - 1 - (pd.Timestamp(as_of) - local).dt.days // 7
    is_counted = week.between(0, weeks - 1) & reports["buurtcode"].notna()
    names = ["buurtcode", "category"]
    counted = reports.loc[is_counted, names].astype("str").assign(week=week)
    table = counted.pivot_table(index=names, columns="week", aggfunc="size", fill_value=0)
    ends = pd.date_range(end=pd.Timestamp(as_of), periods=weeks, freq="7D", name="week_end")
    whole: pd.DataFrame = table.reindex(columns=range(weeks), fill_value=0).astype(np.int64)
    return whole.set_axis(ends, axis=1)


def alarms_of_week(
    counts: pd.DataFrame, *, settings: StatisticsSettings, level: float = 0.01
) -> pd.DataFrame:
    """Judge the last week of every series, by season where there is a year of history, else by C1.

    Parameters
    ----------
    counts
        One row per series, one column per week, oldest first, as from :func:`weekly_counts`; at least eight
        weeks.
    level
        A week is an alarm when its p is at most this and it has `alarm_min_reports`.

    Returns
    -------
    DataFrame
        Per series ``observed``, ``expected`` (mean of the baseline for C1), ``bound`` (of C1, at `level`),
        ``p`` and ``q`` (p adjusted for the number of series, Benjamini & Hochberg; of the seasonal method
        only, else NaN), ``method`` and ``is_alarm``; smallest p first.

    Examples
    --------
    >>> quiet, rise = [0, 1] * 10, [0, 1] * 9 + [0, 6]
    >>> alarms = alarms_of_week(pd.DataFrame([quiet, rise], index=["quiet", "rise"]),
    ...     settings=StatisticsSettings())
    >>> alarms["is_alarm"].to_dict(), alarms["method"].unique().tolist()
    ({'rise': True, 'quiet': False}, ['EARS C1'])
    """
    table = counts.to_numpy(dtype=np.float64)
    weeks = table.shape[1]
    if weeks <= BASELINE_WEEKS:
        raise StatisticError(
            f"wanted at least {BASELINE_WEEKS + 1} weeks of reports to compare with, found {weeks}"
        )
    bound = ears_c1(table, level=level)[:, -1]
    is_seasonal = len(_reference_weeks(weeks, settings)) >= _weeks_of_season(settings)
    if len(table) and is_seasonal:
        judged = seasonal_alarm(table, settings=settings)
        is_high = judged["p"].to_numpy() <= level
        judged["q"] = benjamini_hochberg(judged["p"])
    else:
        before = table[:, -1 - BASELINE_WEEKS : -1]
        judged = pd.DataFrame({"observed": table[:, -1].astype(np.int64), "expected": before.mean(axis=1)})
        is_high = table[:, -1] > bound
        judged["p"] = judged["q"] = np.nan
    result = judged.set_axis(counts.index).assign(
        bound=bound,
        method="seizoen" if is_seasonal else "EARS C1",
        is_alarm=is_high & (judged["observed"].to_numpy() >= settings.alarm_min_reports),
        above=judged["observed"].to_numpy() - judged["expected"].to_numpy(),
    )
    ordered = result.sort_values(["is_alarm", "p", "above"], ascending=[False, True, False], kind="stable")
    return ordered[["observed", "expected", "bound", "p", "q", "method", "is_alarm"]]


def _checked(counts: ArrayLike) -> Floats:
    series = np.asarray(counts, dtype=np.float64)
    if series.ndim not in {1, 2} or not np.isfinite(series).all() or (series < 0).any():
        raise StatisticError("wanted a count of 0 or more for every week, found gaps or negative numbers")
    return series


def _weeks_of_season(settings: StatisticsSettings) -> int:
    return 2 * settings.alarm_half_window_weeks + 1


def _reference_weeks(weeks: int, settings: StatisticsSettings) -> Integers:
    """Give the columns of the same season in earlier years; the last column is the week to judge."""
    centres = (
        weeks - 1 - np.rint(WEEKS_PER_YEAR * np.arange(1, settings.alarm_years_back + 1)).astype(np.int64)
    )
    half_window = settings.alarm_half_window_weeks
    columns = np.add.outer(centres, np.arange(-half_window, half_window + 1)).ravel()
    within: Integers = columns[columns >= 0]
    return within
