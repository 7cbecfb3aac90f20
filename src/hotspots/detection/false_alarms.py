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

from hotspots.detection.columns import Columns, column_of
from hotspots.geography.points import AS_WRITTEN_M, spot_of
from hotspots.settings import DetectionSettings

_WORD = re.compile(r"\w+")


def is_duplicate(reports: Columns) -> NDArray[np.bool_]:
    """Whether a report repeats an earlier one: same reporter, point (as sources write it) and local day.

    Parameters
    ----------
    reports
        reporter_id (NaN if unknown: never a duplicate), x, y (metres), day, report_id.
    """
    reporter = column_of(reports, "reporter_id", np.float64)
    is_known = ~np.isnan(reporter)
    known = np.flatnonzero(is_known)
    known = known[np.argsort(column_of(reports, "report_id", np.int64)[known], kind="stable")]
    spot = spot_of(column_of(reports, "x"), column_of(reports, "y"), tolerance_m=AS_WRITTEN_M)[known]
    day = column_of(reports, "day", "datetime64[D]").astype(np.int64)[known]
    of_day = spot * (int(np.ptp(day)) + 1) + day - day.min() if len(day) else spot
    result = np.zeros(len(reporter), dtype=np.bool_)
    result[known] = _is_later(of_day, pd.factorize(reporter[known])[0])[0]
    return result


def plain_text(text: str) -> str:
    """Strip a text of capitals, punctuation and extra spaces, so that the same words are the same text.

    Examples
    --------
    >>> plain_text("  Weer HERRIE, graag actie! ")
    'weer herrie graag actie'
    """
    return " ".join(_WORD.findall(text.casefold()))


def repeats_earlier(members: Columns, *, min_words: int) -> NDArray[np.bool_]:
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
    order = np.argsort(column_of(members, "report_id"), kind="stable")
    place = column_of(members, "place", np.int64)[order]
    day = column_of(members, "day", "datetime64[D]")[order].astype(np.int64)
    of_day = place * (int(np.ptp(day)) + 1) + day - day.min() if len(day) else place
    reporter = column_of(members, "reporter_id", np.float64)[order]
    is_known = ~np.isnan(reporter)
    again = np.zeros(len(order), dtype=np.bool_)
    again[is_known] = _is_later(of_day[is_known], pd.factorize(reporter[is_known])[0])[0]
    if "text" in members:
        texts = column_of(members, "text", object)[order]
        told = np.flatnonzero([text.count(" ") >= min_words - 1 for text in texts.tolist()])
        repeats, first = _is_later(of_day[told], pd.factorize(texts[told])[0])
        again[told[repeats & ~(is_known[told] & is_known[told][first])]] = True
    result = np.zeros(len(order), dtype=np.bool_)
    result[order] = again
    return result


def _is_later(
    one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether a row has both codes of an earlier one, and which row had them first."""
    both = one * (int(other.max(initial=0)) + 1) + other
    _, first, of_row = np.unique(both, return_index=True, return_inverse=True)
    earliest = first[of_row]
    return earliest < np.arange(len(both)), earliest


@dataclass(frozen=True)
class SameText:
    """The text that most reports of a place have in common."""

    report_count: int
    share: float  # of the reports with a text


def largest_same_text(reports: Columns, settings: DetectionSettings) -> SameText:
    """Count the text that most reports of a place repeat to the letter: one writer, whoever that is.

    Parameters
    ----------
    reports
        Of one place: text (as :func:`plain_text` gives), is_duplicate.
    settings
        ``min_same_words``; with fewer than ``min_same_texts`` the share is 0.
    """
    texts = column_of(reports, "text", object)[~column_of(reports, "is_duplicate", np.bool_)]
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
    keys = reports["address_key"].to_numpy(dtype=object)[is_large].tolist()
    postcode = np.array([key.partition(" ")[0] if isinstance(key, str) else "" for key in keys], dtype=object)
    is_named = postcode != ""
    named, size = spot[is_large][is_named], int(spot.max(initial=-1)) + 1
    code, names = pd.factorize(postcode[is_named])
    width = max(len(names), 1)
    pairs = np.sort(named * width + code)
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    pair_spot, counts = pairs[first] // width, np.diff(first, append=len(pairs))
    most = np.zeros(size, dtype=np.int64)
    np.maximum.at(most, pair_spot, counts)
    total, different = np.bincount(named, minlength=size), np.bincount(pair_spot, minlength=size)
    is_default = (different >= least) & (most < largest_share * total)
    return np.asarray(is_default[spot], dtype=np.bool_)


@dataclass(frozen=True)
class SharedCoordinate:
    """One coordinate that seems to stand for many addresses, and the figures that say so."""

    report_count: int
    elsewhere_count: int  # reports of the place that are not on it
    reporter_count: int
    address_count: int  # different addresses named


def shared_coordinate(reports: Columns, settings: DetectionSettings) -> SharedCoordinate | None:
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
    counted = ~column_of(reports, "is_duplicate", np.bool_)
    spot = spot_of(column_of(reports, "x")[counted], column_of(reports, "y")[counted])
    here = spot == np.argmax(np.bincount(spot))
    size = int(here.sum())
    if size < settings.shared_coordinate_share * len(spot):
        return None
    reporter = column_of(reports, "reporter_id", np.float64)[counted][here]
    per_reporter = np.unique(reporter[~np.isnan(reporter)], return_counts=True)[1]
    known = int(per_reporter.sum())
    once = int((per_reporter == 1).sum()) / known if known else 0.0
    keys = column_of(reports, "address_key", object)[counted][here].tolist()
    per_address = Counter(key for key in keys if isinstance(key, str) and key)
    if per_address.total() >= settings.min_named_addresses:
        is_shared = max(per_address.values()) < settings.same_address_share * per_address.total()
    else:
        is_shared = (
            len(per_reporter) >= settings.min_known_reporters and once >= settings.max_one_report_share
        )
    if not is_shared:
        return None
    return SharedCoordinate(size, len(spot) - size, len(per_reporter), len(per_address))


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
