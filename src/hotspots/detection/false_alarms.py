"""What fools a detector: duplicates, peaks, crowds, events, one text, and coordinates that stand for many."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from hotspots.geography.points import AS_WRITTEN_M, spot_of
from hotspots.settings import DetectionSettings

_WORD = re.compile(r"\w+")


def is_duplicate(reports: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a report repeats an earlier one: same reporter, point (as sources write it) and local day.

    Parameters
    ----------
    reports
        reporter_id (NaN if unknown: never a duplicate), x, y (metres), day, report_id.
    """
    ordered = reports.sort_values("report_id")
    ordered = ordered.assign(spot=spot_of(ordered["x"], ordered["y"], tolerance_m=AS_WRITTEN_M))
    again = ordered.duplicated(["reporter_id", "spot", "day"]) & ordered["reporter_id"].notna()
    result: NDArray[np.bool_] = again.reindex(reports.index).to_numpy(dtype=bool)
    return result


def plain_text(text: str) -> str:
    """Strip a text of capitals, punctuation and extra spaces, so that the same words are the same text.

    Examples
    --------
    >>> plain_text("  Weer HERRIE, graag actie! ")
    'weer herrie graag actie'
    """
    return " ".join(_WORD.findall(text.casefold()))


def repeats_earlier(members: pd.DataFrame, *, min_words: int) -> NDArray[np.bool_]:
    """Whether a report of a place repeats an earlier one of the same local day.

    It does when it has the same reporter, wherever at the place it lies, or the same text while the reporter
    of either is unknown.

    Parameters
    ----------
    members
        Of one or more places: place, report_id, reporter_id (NaN if unknown), day, and perhaps text (as
        :func:`plain_text` gives).
    min_words
        Shorter texts are the same by chance.
    """
    order = np.argsort(members["report_id"].to_numpy(), kind="stable")
    ordered = members.iloc[order].reset_index(drop=True)
    ordered["is_known"] = ordered["reporter_id"].notna()
    by_reporter = ordered.duplicated(["place", "day", "reporter_id"]) & ordered["is_known"]
    again = by_reporter.to_numpy(dtype=bool, copy=True)
    if "text" in ordered:
        told = ordered[ordered["text"].str.count(" ") >= min_words - 1]
        first_is_known = told.groupby(["place", "day", "text"], sort=False)["is_known"].transform("first")
        repeats = told.duplicated(["place", "day", "text"])
        again[told.index[repeats & ~(told["is_known"] & first_is_known)]] = True
    result = np.zeros(len(order), dtype=np.bool_)
    result[order] = again
    return result


@dataclass(frozen=True)
class SameText:
    """The text that most reports of a place have in common."""

    report_count: int
    share: float  # of the reports with a text


def largest_same_text(reports: pd.DataFrame, settings: DetectionSettings) -> SameText:
    """Count the text that most reports of a place repeat to the letter: one writer, whoever that is.

    Parameters
    ----------
    reports
        Of one place: text (as :func:`plain_text` gives), is_duplicate.
    settings
        ``min_same_words``; with fewer than ``min_same_texts`` the share is 0.
    """
    texts = reports["text"].to_numpy(dtype=object)[~reports["is_duplicate"].to_numpy()]
    told = Counter(text for text in texts.tolist() if text.count(" ") >= settings.min_same_words - 1)
    most = max(told.values(), default=0)
    return SameText(most, most / told.total() if most >= settings.min_same_texts else 0.0)


def is_on_event(days: "pd.Series[pd.Timestamp]", events: Iterable[tuple[date, date]]) -> NDArray[np.bool_]:
    """Whether each local day lies in an event (first and last day included)."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in events:
        inside |= ((days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))).to_numpy()
    return inside


def is_at_default_coordinate(reports: pd.DataFrame, settings: DetectionSettings) -> NDArray[np.bool_]:
    """Whether a report lies on a coordinate with reports about addresses elsewhere.

    A geocoder that finds nothing may give its default, often the town hall: one coordinate, with postcodes
    from all over town. The flats of one tower share their postcode.

    Parameters
    ----------
    reports
        x, y (metres), address_key (postcode first; missing or empty if none is named).
    settings
        ``min_named_addresses`` and ``same_address_share``.
    """
    spot = spot_of(reports["x"], reports["y"])
    least, largest_share = settings.min_named_addresses, settings.same_address_share
    # most spots have a report or two, which say nothing
    is_large = np.bincount(spot)[spot] >= least if len(spot) else np.zeros(0, dtype=bool)
    postcode = reports["address_key"][is_large].fillna("").str.split(" ").str[0]
    named = pd.DataFrame({"spot": spot[is_large], "postcode": postcode.to_numpy()})
    counts = named[named["postcode"] != ""].groupby(["spot", "postcode"]).size()
    per_spot = counts.groupby("spot").agg(["sum", "max", "size"])
    is_default = (per_spot["size"] >= least) & (per_spot["max"] < largest_share * per_spot["sum"])
    return np.isin(spot, is_default.index[is_default])


@dataclass(frozen=True)
class SharedCoordinate:
    """One coordinate that seems to stand for many addresses, and the figures that say so."""

    report_count: int
    elsewhere_count: int  # reports of the place that are not on it
    reporter_count: int
    address_count: int  # different addresses named


def shared_coordinate(reports: pd.DataFrame, settings: DetectionSettings) -> SharedCoordinate | None:
    """Recognise a coordinate that stands for many addresses: most reports lie on it, each by somebody else.

    Neighbours of one dwelling report again and again. People whose address was put at a default coordinate,
    or who live in one tower, report once each.

    Parameters
    ----------
    reports
        Of one place: x, y (metres), reporter_id, address_key, is_duplicate.
    settings
        From ``shared_coordinate_share`` to ``same_address_share``.
    """
    reports = reports[~reports["is_duplicate"]]
    spot = spot_of(reports["x"], reports["y"])
    here = reports[spot == np.argmax(np.bincount(spot))]
    if len(here) < settings.shared_coordinate_share * len(reports):
        return None
    known = here["reporter_id"].dropna()
    per_reporter = known.value_counts()
    once = float((per_reporter == 1).sum() / len(known)) if len(known) else 0.0
    named = here["address_key"].dropna()
    per_address = named[named != ""].value_counts()
    if per_address.sum() >= settings.min_named_addresses:
        is_shared = bool(per_address.iloc[0] < settings.same_address_share * per_address.sum())
    else:
        is_shared = (
            len(per_reporter) >= settings.min_known_reporters and once >= settings.max_one_report_share
        )
    if not is_shared:
        return None
    return SharedCoordinate(len(here), len(reports) - len(here), len(per_reporter), len(per_address))


def in_peaks(moments: NDArray[np.datetime64], *, period: timedelta, min_count: float) -> NDArray[np.bool_]:
    """Which reports lie in a peak: a period with at least so many of the reports that are in no higher peak.

    Peaks are taken out from high to low.

    Parameters
    ----------
    moments
        In any order.
    period
        How long a peak may be, its end not included.
    min_count
        How many reports make a peak.
    """
    order = np.argsort(moments, kind="stable")
    times = moments[order]
    left = np.ones(len(times), dtype=bool)
    while left.any():
        rest = np.flatnonzero(left)
        ends = np.searchsorted(times[rest], times[rest] + np.timedelta64(period), side="left")
        counts = ends - np.arange(len(rest))
        highest = int(counts.argmax())
        if counts[highest] < min_count:
            break
        left[rest[highest : ends[highest]]] = False
    inside = np.zeros(len(times), dtype=bool)
    inside[order] = ~left
    return inside


def in_crowds(
    moments: NDArray[np.datetime64], others: NDArray[np.datetime64], settings: DetectionSettings
) -> NDArray[np.bool_]:
    """Which reports of a place fall when far more than usual is reported all around it, as at an event.

    Parameters
    ----------
    moments
        Of the reports of the place, in any order.
    others
        Of the other reports around it within the look-back window, in any order.
    settings
        ``burst_hours``, ``look_back_weeks``, ``min_crowd_reports``, ``max_crowd_p``, ``crowd_margin_hours``.
    """
    period, margin = (timedelta(hours=hours) for hours in (settings.burst_hours, settings.crowd_margin_hours))
    inside = np.zeros(len(moments), dtype=bool)
    left = np.sort(others)
    usual = len(left) * (period / timedelta(weeks=settings.look_back_weeks))
    while len(left):
        ends = np.searchsorted(left, left + np.timedelta64(period), side="left")
        counts = ends - np.arange(len(left))
        first = int(counts.argmax())
        count, end = int(counts[first]), int(ends[first])
        if count < settings.min_crowd_reports or special.pdtrc(count - 1, usual) > settings.max_crowd_p:
            break
        inside |= (moments >= left[first] - np.timedelta64(margin)) & (
            moments <= left[end - 1] + np.timedelta64(margin)
        )
        left = np.concatenate([left[:first], left[end:]])
    return inside


def in_busiest(moments: NDArray[np.datetime64], *, period: timedelta) -> NDArray[np.bool_]:
    """Which reports lie in the period with most of them."""
    times = np.sort(moments)
    if not len(times):
        return np.zeros(0, dtype=bool)
    ends = np.searchsorted(times, times + np.timedelta64(period), side="left")
    first = times[int((ends - np.arange(len(times))).argmax())]
    return np.asarray((moments >= first) & (moments < first + np.timedelta64(period)), dtype=np.bool_)
