"""What fools a detector, each with its own name: duplicates, events, and coordinates that stand for many."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from hotspots.geography.points import spot_of

_WORD = re.compile(r"\w+")

SAME_SPOT_M = 1.0
SHARED_SHARE = 0.5
"""Share of the reports of a place on exactly one coordinate, from which that coordinate is looked at."""

MIN_KNOWN = 3
"""With fewer known reporters nothing can be said of how often each reports."""

MIN_NAMED = 3
"""With fewer addresses named nothing can be said of whether they are the same."""

SAME_ADDRESS_SHARE = 0.6
MIN_WORDS = 3
"""Shorter texts are the same by chance."""

MIN_SAME_TEXT = 4
"""Fewer reports with one text may be chance."""

MIN_PEAK = 4
"""Fewer reports in three days are no peak."""

CROWD_M = 250.0
"""An event fills a square or a park, and the streets to it."""

MIN_CROWD = 6
MAX_CROWD_P = 1e-4
"""So many reports around a place within days, with so small a chance (Poisson), are an event."""

CROWD_MARGIN = timedelta(hours=12)
"""What belongs to an event may be reported so long before or after the rest."""


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


def plain_text(text: str) -> str:
    """A text without capitals, punctuation and spaces too many: what is left is what was said.

    Examples
    --------
    >>> plain_text("  Weer HERRIE, graag actie! ")
    'weer herrie graag actie'
    """
    return " ".join(_WORD.findall(text.casefold()))


def says_again(members: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a report of a place repeats an earlier one of the same local day.

    That is when it has the same reporter, wherever at the place it was put, or the same text while the
    reporter of either is unknown.

    Parameters
    ----------
    members
        Of one or more places: place, report_id, reporter_id (NaN if unknown), day, and perhaps text (as
        :func:`plain_text` gives).
    """
    order = np.argsort(members["report_id"].to_numpy(), kind="stable")
    ordered = members.iloc[order].reset_index(drop=True)
    ordered["is_known"] = ordered["reporter_id"].notna()
    by_reporter = ordered.duplicated(["place", "day", "reporter_id"]) & ordered["is_known"]
    again = by_reporter.to_numpy(dtype=bool, copy=True)
    if "text" in ordered:
        told = ordered[ordered["text"].str.count(" ") >= MIN_WORDS - 1]
        first_is_known = told.groupby(["place", "day", "text"], sort=False)["is_known"].transform("first")
        repeats = told.duplicated(["place", "day", "text"])
        again[told.index[repeats & ~(told["is_known"] & first_is_known)]] = True
    result = np.zeros(len(order), dtype=np.bool_)
    result[order] = again
    return result


@dataclass(frozen=True)
class SameText:
    """The text that stands in most reports of a place."""

    report_count: int
    share: float  # of the reports with a text


def largest_same_text(reports: pd.DataFrame) -> SameText:
    """Count the text that most reports of a place repeat to the letter: one writer, whoever that is.

    Parameters
    ----------
    reports
        Of one place: text (as :func:`plain_text` gives), is_duplicate.
    """
    texts = reports["text"].to_numpy(dtype=object)[~reports["is_duplicate"].to_numpy()]
    told = Counter(text for text in texts.tolist() if text.count(" ") >= MIN_WORDS - 1)
    most = max(told.values(), default=0)
    return SameText(most, most / told.total() if most >= MIN_SAME_TEXT else 0.0)


def is_on_event(days: "pd.Series[pd.Timestamp]", events: Iterable[tuple[date, date]]) -> NDArray[np.bool_]:
    """Whether each local day lies in an event (first and last day included)."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in events:
        inside |= ((days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))).to_numpy()
    return inside


def is_at_default_coordinate(reports: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a report stands on a coordinate that holds reports about addresses elsewhere.

    A geocoder that finds nothing gives its default, often the town hall: one coordinate, and postcodes from
    all over town. The flats of one tower share their postcode.

    Parameters
    ----------
    reports
        x, y (metres), address_key (postcode first; missing or empty if none is named).
    """
    spot = spot_of(reports["x"], reports["y"])
    # most spots have a report or two, of which nothing can be said
    is_large = np.bincount(spot)[spot] >= MIN_NAMED if len(spot) else np.zeros(0, dtype=bool)
    postcode = reports["address_key"][is_large].fillna("").str.split(" ").str[0]
    named = pd.DataFrame({"spot": spot[is_large], "postcode": postcode.to_numpy()})
    counts = named[named["postcode"] != ""].groupby(["spot", "postcode"]).size()
    per_spot = counts.groupby("spot").agg(["sum", "max", "size"])
    is_default = (per_spot["size"] >= MIN_NAMED) & (per_spot["max"] < SAME_ADDRESS_SHARE * per_spot["sum"])
    return np.isin(spot, is_default.index[is_default])


@dataclass(frozen=True)
class SharedCoordinate:
    """One coordinate that seems to stand for many addresses, and the figures that say so."""

    report_count: int
    elsewhere_count: int  # reports of the place that are not on it
    reporter_count: int
    one_report_share: float  # of the known reporters' reports, those by somebody who reports only once
    address_count: int  # different addresses named


def shared_coordinate(reports: pd.DataFrame, *, max_one_report_share: float) -> SharedCoordinate | None:
    """Recognise a coordinate that stands for many addresses: most reports on it, by ever other people.

    Neighbours of one dwelling report again and again; people whose address was put at a default
    coordinate, or who live in one tower, report once each.

    Parameters
    ----------
    reports
        Of one place: x, y (metres), reporter_id, address_key, is_duplicate.
    """
    reports = reports[~reports["is_duplicate"]]
    x, y = reports["x"].to_numpy(), reports["y"].to_numpy()
    spots, counts = np.unique(np.column_stack([x, y]).round(1), axis=0, return_counts=True)
    middle = spots[np.argmax(counts)]
    is_here = np.hypot(x - middle[0], y - middle[1]) <= SAME_SPOT_M
    if is_here.sum() < SHARED_SHARE * len(reports):
        return None
    here = reports[is_here]
    known = here["reporter_id"].dropna()
    per_reporter = known.value_counts()
    once = float((per_reporter == 1).sum() / len(known)) if len(known) else 0.0
    named = here["address_key"].dropna()
    per_address = named[named != ""].value_counts()
    if per_address.sum() >= MIN_NAMED:
        is_shared = bool(per_address.iloc[0] < SAME_ADDRESS_SHARE * per_address.sum())
    else:
        is_shared = len(per_reporter) >= MIN_KNOWN and once >= max_one_report_share
    if not is_shared:
        return None
    return SharedCoordinate(
        len(here), len(reports) - len(here), len(per_reporter), round(once, 3), len(per_address)
    )


def in_peaks(moments: NDArray[np.datetime64], *, period: timedelta, min_count: float) -> NDArray[np.bool_]:
    """Which reports lie in a peak: a period with at least so many of those that are in no higher peak.

    Peaks are taken out from high to low.

    Parameters
    ----------
    moments
        In any order.
    period
        How long a peak may be, its end not included.
    min_count
        At least :data:`MIN_PEAK` in any case.
    """
    order = np.argsort(moments, kind="stable")
    times = moments[order]
    left = np.ones(len(times), dtype=bool)
    while left.any():
        rest = np.flatnonzero(left)
        ends = np.searchsorted(times[rest], times[rest] + np.timedelta64(period), side="left")
        counts = ends - np.arange(len(rest))
        highest = int(counts.argmax())
        if counts[highest] < max(min_count, MIN_PEAK):
            break
        left[rest[highest : ends[highest]]] = False
    inside = np.zeros(len(times), dtype=bool)
    inside[order] = ~left
    return inside


def near_peaks(
    moments: NDArray[np.datetime64], others: NDArray[np.datetime64], *, period: timedelta, window: timedelta
) -> NDArray[np.bool_]:
    """Which reports of a place fall when far more than usual is reported all around it, as at an event.

    Parameters
    ----------
    moments
        Of the reports of the place, in any order.
    others
        Of the other reports around it, in any order.
    period
        How long such a peak may be.
    window
        The time that all reports come from.
    """
    inside = np.zeros(len(moments), dtype=bool)
    left = np.sort(others)
    usual = len(left) * (period / window)
    while len(left):
        ends = np.searchsorted(left, left + np.timedelta64(period), side="left")
        counts = ends - np.arange(len(left))
        first = int(counts.argmax())
        count, end = int(counts[first]), int(ends[first])
        if count < MIN_CROWD or special.pdtrc(count - 1, usual) > MAX_CROWD_P:
            break
        margin = np.timedelta64(CROWD_MARGIN)
        inside |= (moments >= left[first] - margin) & (moments <= left[end - 1] + margin)
        left = np.concatenate([left[:first], left[end:]])
    return inside


def in_busiest(moments: NDArray[np.datetime64], *, period: timedelta) -> NDArray[np.bool_]:
    """Which reports lie in the one period with most of them."""
    times = np.sort(moments)
    if not len(times):
        return np.zeros(0, dtype=bool)
    ends = np.searchsorted(times, times + np.timedelta64(period), side="left")
    first = times[int((ends - np.arange(len(times))).argmax())]
    return np.asarray((moments >= first) & (moments < first + np.timedelta64(period)), dtype=np.bool_)
