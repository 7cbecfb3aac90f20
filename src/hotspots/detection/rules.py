"""The rules on repetition and duration: what a place must show to be a hotspot, and which rules it fails.

A hotspot is repeated, lasting, shared, concentrated and current. :mod:`hotspots.detection.concentration` says
whether it is concentrated; the others follow from the reports of a place alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.detection.columns import Columns, column_of
from hotspots.settings import DetectionSettings


class Rule(StrEnum):
    """The rules, in the order in which they are applied."""

    REPORTS = "aantal meldingen"
    DAYS = "aantal dagen"
    WEEKS = "aantal weken"
    DURATION = "duur"
    BURST = "piek"
    REPORTERS = "aantal melders"
    REPORTER_SHARE = "aandeel van één melder"
    CURRENT = "actueel"


FINAL = (Rule.REPORTS, Rule.DAYS, Rule.WEEKS, Rule.DURATION, Rule.CURRENT)
"""What fails one of these fails it whatever its reports say: those that repeat others can only count less."""


@dataclass(frozen=True)
class PlaceFigures:
    """Counts of the reports of one place.

    Attributes
    ----------
    report_count
        Reports, without duplicates (same reporter, place and day).
    duplicate_count
        Duplicates.
    day_count, week_count
        Different local days, and different ISO weeks.
    duration_days
        Days from the first to the last report.
    known_reporter_reports, reporter_count, largest_reporter_share
        Reports by known reporters, the number of these reporters, and the share of their reports that the
        one with most made (0 if none is known).
    largest_burst
        The most reports within the hours of a burst.
    first_day, last_day
        Local days of the first and last report.
    hourless_count
        Reports of which only the day is known.
    returning_count
        Known reporters who reported on more than one day.
    lasting_count
        Known reporters of whom the first and last report are as far apart as an episode is long, or more.
    """

    report_count: int
    duplicate_count: int
    day_count: int
    week_count: int
    duration_days: int
    known_reporter_reports: int
    reporter_count: int
    largest_reporter_share: float
    largest_burst: int
    first_day: date
    last_day: date
    hourless_count: int = 0
    returning_count: int = 0
    lasting_count: int = 0


@dataclass(frozen=True)
class FigureColumns:
    """The counts of many places, a column for each of :class:`PlaceFigures`; shape (k,)."""

    report_count: NDArray[np.int64]
    duplicate_count: NDArray[np.int64]
    day_count: NDArray[np.int64]
    week_count: NDArray[np.int64]
    duration_days: NDArray[np.int64]
    known_reporter_reports: NDArray[np.int64]
    reporter_count: NDArray[np.int64]
    largest_reporter_share: NDArray[np.float64]
    largest_burst: NDArray[np.int64]
    first_day: NDArray[np.datetime64]
    last_day: NDArray[np.datetime64]
    hourless_count: NDArray[np.int64]
    returning_count: NDArray[np.int64]
    lasting_count: NDArray[np.int64]

    def take(self, numbers: NDArray[np.int64]) -> "FigureColumns":
        """Give those of some places."""
        return FigureColumns(*(column[numbers] for column in vars(self).values()))

    def of(self, number: int) -> PlaceFigures:
        """Give those of one place."""
        return PlaceFigures(**{name: column[number].item() for name, column in vars(self).items()})


def figures_of(reports: pd.DataFrame, *, burst: timedelta, episode: timedelta) -> PlaceFigures:
    """Count what the rules ask of the reports of one place; see :func:`figures_per_place`."""
    return figures_per_place(reports.assign(place=0), burst=burst, episode=episode).of(0)


def figures_per_place(members: Columns, *, burst: timedelta, episode: timedelta) -> FigureColumns:
    """Count what the rules ask of the reports of each place, for all places at once, as there may be many.

    Parameters
    ----------
    members
        The reports of places, in any order: place (0, 1, 2, … without gaps, each with a report that
        counts), moment (aware UTC), has_hour, day (local midnight, naive), week (of its Monday, or an
        ordinal), reporter_id (NaN if unknown), is_duplicate.
    burst, episode
        How long a burst is, and an episode.

    Returns
    -------
    FigureColumns
        In the order of the places' numbers.
    """
    is_again = column_of(members, "is_duplicate", np.bool_)
    counts = ~is_again
    place_of_all = column_of(members, "place", np.int64)
    place = place_of_all[counts]
    size = int(place_of_all.max()) + 1
    day = column_of(members, "day", "datetime64[D]")[counts]
    week = column_of(members, "week")
    if week.dtype.kind == "M":
        week = week.astype("datetime64[D]").astype(np.int64)
    week = week[counts]
    first, last = _first_and_last(place, day, size)
    known, persons, largest, returning, lasting = _reporters(
        place, column_of(members, "reporter_id", np.float64)[counts], day.astype(np.int64), episode, size
    )
    return FigureColumns(
        np.bincount(place, minlength=size),
        np.bincount(place_of_all[is_again], minlength=size),
        _different(place, day.astype(np.int64), size),
        _different(place, week.astype(np.int64, copy=False), size),
        (last - first).astype(np.int64),
        known,
        persons,
        largest / np.maximum(known, 1),
        _largest_bursts(place, column_of(members, "moment", "datetime64[s]")[counts], burst, size),
        first,
        last,
        np.bincount(place[~column_of(members, "has_hour", np.bool_)[counts]], minlength=size),
        returning,
        lasting,
    )


def _different(place: NDArray[np.int64], values: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many different values each place has."""
    values = values - values.min()
    width = int(values.max()) + 1
    both = np.sort(place * width + values)  # sorted, as numpy's own unique takes six times as long
    return np.bincount(both[np.diff(both, prepend=-1) > 0] // width, minlength=size)


def _first_and_last(
    place: NDArray[np.int64], day: NDArray[np.datetime64], size: int
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    first = np.full(size, day.max(), dtype="datetime64[D]")
    last = np.full(size, day.min(), dtype="datetime64[D]")
    np.minimum.at(first, place, day)
    np.maximum.at(last, place, day)
    return first, last


def _reporters(
    place: NDArray[np.int64],
    reporter: NDArray[np.float64],
    day: NDArray[np.int64],
    episode: timedelta,
    size: int,
) -> tuple[NDArray[np.int64], ...]:
    """Per place the reports of known reporters, how many those are, the most of one, who return, who last.

    Who reports twice does so on two days, as a second report of one day is a duplicate.
    """
    is_known = ~np.isnan(reporter)
    known_place, code, day = place[is_known], pd.factorize(reporter[is_known])[0], day[is_known]
    width = int(code.max(initial=0)) + 1
    pairs, row, counts = np.unique(known_place * width + code, return_inverse=True, return_counts=True)
    of_pair = pairs // width
    largest = np.zeros(size, dtype=np.int64)
    np.maximum.at(largest, of_pair, counts)
    first, last = np.full(len(pairs), day.max(initial=0)), np.full(len(pairs), day.min(initial=0))
    np.minimum.at(first, row, day)
    np.maximum.at(last, row, day)
    return (
        np.bincount(known_place, minlength=size),
        np.bincount(of_pair, minlength=size),
        largest,
        np.bincount(of_pair[counts > 1], minlength=size),
        np.bincount(of_pair[last - first >= episode.days], minlength=size),
    )


def _largest_bursts(
    place: NDArray[np.int64], moments: NDArray[np.datetime64], burst: timedelta, size: int
) -> NDArray[np.int64]:
    """The most reports of each place within a burst."""
    seconds = (moments - moments.min()).astype(np.int64)
    period = int(burst.total_seconds())
    # places stand behind each other on one line of time, farther apart than a burst
    line = np.sort(place * (int(seconds.max()) + period + 1) + seconds)
    counts = np.searchsorted(line, line + period, side="left") - np.arange(len(line))
    largest = np.zeros(size, dtype=np.int64)
    np.maximum.at(largest, np.sort(place), counts)
    return largest


def reporters_are_known(figures: PlaceFigures, settings: DetectionSettings) -> bool:
    """Whether enough reporters are known to tell if the nuisance is shared."""
    return bool(_knows_reporters(figures, settings))


def people_last(figures: PlaceFigures, settings: DetectionSettings) -> bool:
    """Whether enough of the people who reported came back to it after an episode, so that it is none."""
    least = settings.lasting_share * figures.reporter_count
    return reporters_are_known(figures, settings) and figures.lasting_count >= max(least, 1)


def people_pass(figures: PlaceFigures, settings: DetectionSettings) -> bool:
    """Whether many reporters are known and hardly any of them came back: whom nuisance troubles does."""
    return (
        reporters_are_known(figures, settings)
        and figures.known_reporter_reports >= settings.min_passing_reports
        and figures.returning_count < settings.passing_share * figures.reporter_count
    )


def max_p_of(figures: PlaceFigures, settings: DetectionSettings) -> float:
    """Give the chance at which a place stands out, given who reports there.

    That people come back is evidence beside the number of reports.
    """
    if people_last(figures, settings) and figures.lasting_count >= settings.min_lasting:
        return settings.max_p_lasting
    return settings.max_p_passing if people_pass(figures, settings) else settings.max_p


def failed_rules(figures: PlaceFigures, *, as_of: date, settings: DetectionSettings) -> list[Rule]:
    """Which rules a place fails; none if it is repeated, lasting, shared and current.

    Where too few reporters are known, the rules on reporters are not applied: unknown reporters are neither
    one person nor many.
    """
    return [rule for rule, is_held in _held(figures, as_of, settings).items() if not is_held]


def failing(figures: FigureColumns, *, as_of: date, settings: DetectionSettings) -> NDArray[np.bool_]:
    """Which rules places fail: a row for each :class:`Rule` in their order, a column for each place."""
    return np.logical_not(np.array(list(_held(figures, as_of, settings).values()), dtype=np.bool_))


def nearly(settings: DetectionSettings) -> DetectionSettings:
    """Give the rules that a place must keep to be near the list: each threshold ``near_share`` as strict.

    A place that only lacks people who report is always near: that it may be one person is what is asked most.
    """
    share = settings.near_share
    least = ("min_reports", "min_days", "min_weeks", "min_duration_days")
    most = ("max_burst_share", "quiet_weeks", "max_radius_m")
    return settings.model_copy(
        update={"min_reporters": 0, "max_reporter_share": 1.0}
        | {name: getattr(settings, name) * share for name in least}
        | {name: getattr(settings, name) / share for name in most}
    )


def _knows_reporters(figures: PlaceFigures | FigureColumns, settings: DetectionSettings) -> Any:
    return figures.known_reporter_reports >= settings.min_known_share * figures.report_count


def _held(figures: PlaceFigures | FigureColumns, as_of: date, settings: DetectionSettings) -> dict[Rule, Any]:
    """Whether each rule is held, of one place or of many."""
    unknown = np.logical_not(_knows_reporters(figures, settings))
    quiet = np.datetime64(as_of, "s") - np.asarray(figures.last_day, dtype="datetime64[s]")
    return {
        Rule.REPORTS: figures.report_count >= settings.min_reports,
        Rule.DAYS: figures.day_count >= settings.min_days,
        Rule.WEEKS: figures.week_count >= settings.min_weeks,
        Rule.DURATION: figures.duration_days >= settings.min_duration_days,
        Rule.BURST: figures.largest_burst <= settings.max_burst_share * figures.report_count,
        Rule.REPORTERS: unknown | (figures.reporter_count >= settings.min_reporters),
        Rule.REPORTER_SHARE: unknown | (figures.largest_reporter_share <= settings.max_reporter_share),
        Rule.CURRENT: quiet < np.timedelta64(timedelta(weeks=settings.quiet_weeks), "s"),
    }
