"""Figures of planted hotspots, one by one and per scale: found, how soon, in how many pieces, how near."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from hotspots.evaluation.scoring import Score

CENTRE_SHARE = 1 / 3
"""A centre is right within this share of the radius."""


def rows_by(places: pd.DataFrame, column: str, values: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give a row (:func:`row_of`) for each value that occurs."""
    return {
        value: row_of(places[places[column] == value]) for value in values if (places[column] == value).any()
    }


def row_of(places: pd.DataFrame) -> dict[str, Any]:
    """Count the planted places that meet the definition: found, delay, further pieces, distance of centres.

    Parameters
    ----------
    places
        As :func:`told` gives them.
    """
    counted = places[places["is_counted"]]
    found = counted[counted["is_found"]]
    share = found["error_m"] / found["radius_m"]
    return {
        "planted": len(places),
        "counted": len(counted),
        "found": len(found),
        "recall": mean_of(counted["is_found"]),
        "extra": int(counted["extra"].sum()),
        "extraPerHotspot": mean_of(counted["extra"]),
        "medianDelayDays": _quantile(found["delay_days"], 0.5),
        "p90DelayDays": _quantile(found["delay_days"], 0.9),
        "maxDelayDays": _quantile(found["delay_days"], 1),
        "medianCentreShare": _quantile(share, 0.5),
        "centreRight": mean_of(share <= CENTRE_SHARE),
    }


def told(places: pd.DataFrame, result: Score) -> pd.DataFrame:
    """Give the planted hotspots with whether each counts, is found, in how many pieces, when and where."""
    hotspots = places[places["kind"] == "hotspot"]
    number = hotspots["place"]
    matches = {match.place: match for match in result.matches}
    extra = pd.Series([miss.part_of for miss in result.false], dtype=np.int64).value_counts()
    delays = {place: match.delay_days for place, match in matches.items() if match.delay_days is not None}
    kept = ["scale", "form", "rhythm", "radius_m", "report_count", "first_met"]
    return hotspots[["place", *kept]].assign(
        is_counted=number.isin([*matches, *result.missed]),
        is_found=number.isin(list(matches)),
        extra=number.map(extra).fillna(0).astype(np.int64),
        delay_days=number.map(delays).astype(np.float64),
        error_m=number.map({place: match.error_m for place, match in matches.items()}).astype(np.float64),
    )


def mean_of(values: "pd.Series[Any]") -> float:
    """The mean to four decimals; NaN of nothing."""
    return round(float(values.mean()), 4) if len(values) else float("nan")


def _quantile(values: "pd.Series[Any]", share: float) -> float:
    known = values.dropna().astype(np.float64)
    return round(float(known.quantile(share)), 3) if len(known) else float("nan")
