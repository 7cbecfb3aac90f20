"""What fools a detector, each with its own name: duplicates, events, and coordinates that stand for many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SAME_SPOT_M = 1.0
DEFAULT_SHARE = 0.8
"""Share of the reports of a place on exactly one coordinate, from which that coordinate is suspect."""

MIN_KNOWN = 6
"""With fewer known reporters nothing can be said of how often each reports."""


def is_duplicate(reports: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a report says again what an earlier one said: same reporter, place and local day.

    Parameters
    ----------
    reports
        reporter_id (NaN if unknown: never a duplicate), x, y (metres), day, report_id.
    """
    ordered = reports.sort_values("report_id")
    spot = ordered[["x", "y"]].round(0)
    keys = pd.DataFrame(
        {"reporter": ordered["reporter_id"], "x": spot["x"], "y": spot["y"], "day": ordered["day"]}
    )
    again = keys.duplicated(keep="first") & ordered["reporter_id"].notna()
    result: NDArray[np.bool_] = again.reindex(reports.index).to_numpy(dtype=bool)
    return result


def is_on_event(days: "pd.Series[pd.Timestamp]", events: Iterable[tuple[date, date]]) -> NDArray[np.bool_]:
    """Whether each local day lies in an event (first and last day included)."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in events:
        inside |= ((days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))).to_numpy()
    return inside


@dataclass(frozen=True)
class SharedCoordinate:
    """One coordinate that seems to stand for many addresses, and the figures that say so."""

    report_count: int
    reporter_count: int
    one_report_share: float  # of the known reporters' reports, those by somebody who reports only once
    address_count: int  # different addresses named


def shared_coordinate(reports: pd.DataFrame, *, max_one_report_share: float) -> SharedCoordinate | None:
    """Recognise a coordinate that stands for many addresses: nearly all reports on it, by ever other people.

    Neighbours of one dwelling report again and again; people whose address was put at a default
    coordinate, or who live in one tower, report once each.

    Parameters
    ----------
    reports
        Of one place: x, y (metres), reporter_id, address_key.
    """
    spots, counts = np.unique(reports[["x", "y"]].to_numpy().round(1), axis=0, return_counts=True)
    middle = spots[np.argmax(counts)]
    here = reports[np.hypot(reports["x"] - middle[0], reports["y"] - middle[1]) <= SAME_SPOT_M]
    if len(here) < DEFAULT_SHARE * len(reports):
        return None
    known = here["reporter_id"].dropna()
    per_reporter = known.value_counts()
    once = float((per_reporter == 1).sum() / len(known)) if len(known) else 0.0
    named = here["address_key"].dropna()
    addresses = named[named != ""].nunique()
    is_by_many = len(per_reporter) >= MIN_KNOWN and once >= max_one_report_share
    is_many_addresses = addresses >= MIN_KNOWN and addresses >= 0.5 * len(here)
    if not is_by_many and not is_many_addresses:
        return None
    return SharedCoordinate(len(here), len(per_reporter), round(once, 3), int(addresses))
