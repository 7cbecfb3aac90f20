"""Counts of areas beside those of last year, and per 1,000 inhabitants, each with what chance explains."""

import numpy as np
import pandas as pd
import scipy  # its statistics take half a second to load: only where they are used
from numpy.typing import NDArray

from hotspots.statistics.monthly_figures import chance_band


def with_rates(rows: pd.DataFrame, *, days: tuple[int, int], min_inhabitants: int) -> pd.DataFrame:
    """Add to counts of areas whether they changed more than chance explains, and the rate with its limits.

    Parameters
    ----------
    rows
        ``count``, ``count_last_year``, ``inhabitants``; NaN where unknown. ``counted_in_rate``: the count of
        which the inhabitants are known, if that is another.
    days
        Lengths of both periods.

    Returns
    -------
    DataFrame
        With ``is_change`` (None: unknown), ``rate``, ``rate_low`` and ``rate_high``: per 1,000 inhabitants,
        with the exact limits of a Poisson count; NaN where there are too few inhabitants.
    """
    count, then = (rows[name].to_numpy(dtype="float64") for name in ("count", "count_last_year"))
    low, high = chance_band(then, times=days)
    is_known = ~np.isnan(then) & ~np.isnan(count)
    is_change = pd.Series((count < low) | (count > high), dtype="object").where(pd.Series(is_known), None)
    thousands = _thousands(rows, min_inhabitants)
    rated = rows.get("counted_in_rate", rows["count"]).to_numpy(dtype="float64")
    limits = (
        np.where(rated > 0, scipy.stats.chi2.ppf(0.025, 2 * np.maximum(rated, 1)), 0.0) / 2,
        scipy.stats.chi2.ppf(0.975, 2 * rated + 2) / 2,
    )
    return rows.assign(
        is_change=is_change,
        rate=rated / thousands,
        rate_low=limits[0] / thousands,
        rate_high=limits[1] / thousands,
    )


def with_rounded_rates(rows: pd.DataFrame, *, min_inhabitants: int) -> pd.DataFrame:
    """Add the same to rounded counts: only the rate, as chance says nothing of what was rounded."""
    rate = rows["count"] / _thousands(rows, min_inhabitants)
    return rows.assign(is_change=None, rate=rate, rate_low=np.nan, rate_high=np.nan)


def _thousands(rows: pd.DataFrame, min_inhabitants: int) -> NDArray[np.float64]:
    """The inhabitants, in thousands; NaN where there are too few, or it is unknown how many."""
    people = rows["inhabitants"].to_numpy(dtype="float64")
    return np.where(people >= min_inhabitants, people, np.nan) / 1000
