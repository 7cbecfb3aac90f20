"""The repeat-and-duration rules: what a place must show to be a hotspot, and which rule it fails.

The five properties of a hotspot are repeated, lasting, shared, concentrated and current. Concentrated is
judged in :mod:`hotspots.concentration`; the others follow here from the reports of a place alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.settings import DetectionSettings


class Rule(StrEnum):
    """The rules, in the order in which they are judged."""

    REPORTS = "aantal meldingen"
    DAYS = "aantal dagen"
    WEEKS = "aantal weken"
    DURATION = "duur"
    BURST = "piek"
    REPORTERS = "aantal melders"
    REPORTER_SHARE = "aandeel van één melder"
    CURRENT = "actueel"


@dataclass(frozen=True)
class PlaceFigures:
    """What is counted of the reports of one place.

    Attributes
    ----------
    report_count
        Reports, without those that say the same again (same reporter, place and day).
    duplicate_count
        Those that say the same again.
    day_count, week_count
        Different local days, and different ISO weeks.
    duration_days
        Days from the first to the last report.
    known_reporter_reports, reporter_count, largest_reporter_share
        Reports of which the reporter is known, how many reporters that are, and the share that the one with
        most has in the reports of known reporters (0 if none is known).
    largest_burst
        The most reports within the hours of a burst.
    first_day, last_day
        Local days of the first and last report.
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

    @property
    def reporters_are_known(self) -> bool:
        """Whether enough reporters are known to judge if the nuisance is shared: at least a quarter."""
        return 4 * self.known_reporter_reports >= self.report_count


def figures_of(reports: pd.DataFrame, *, burst: timedelta) -> PlaceFigures:
    """Count what the rules ask of the reports of one place.

    Parameters
    ----------
    reports
        The reports of one place, not empty: moment (aware UTC), day (local midnight, naive), week (ordinal
        of its ISO week), reporter_id (NaN if unknown), is_duplicate.
    burst
        How long a burst is.
    """
    counted = reports[~reports["is_duplicate"]]
    moments = np.sort(counted["moment"].to_numpy(dtype="datetime64[s]"))
    known = counted["reporter_id"].dropna()
    per_reporter = known.value_counts()
    days = counted["day"]
    return PlaceFigures(
        report_count=len(counted),
        duplicate_count=int(reports["is_duplicate"].sum()),
        day_count=int(days.nunique()),
        week_count=int(counted["week"].nunique()),
        duration_days=int((days.max() - days.min()).days),
        known_reporter_reports=len(known),
        reporter_count=len(per_reporter),
        largest_reporter_share=float(per_reporter.iloc[0] / len(known)) if len(known) else 0.0,
        largest_burst=largest_within(moments, burst),
        first_day=days.min().date(),
        last_day=days.max().date(),
    )


def largest_within(moments: NDArray[np.datetime64], period: timedelta) -> int:
    """The most moments within any period, its end not included.

    Parameters
    ----------
    moments
        Sorted.

    Examples
    --------
    >>> nights = np.array(["2023-01-01T22", "2023-01-02T21", "2023-01-02T22"], dtype="datetime64[s]")
    >>> largest_within(nights, timedelta(hours=24))
    2
    """
    if not len(moments):
        return 0
    ends = np.searchsorted(moments, moments + np.timedelta64(period), side="left")
    return int((ends - np.arange(len(moments))).max())


def failed_rules(figures: PlaceFigures, *, as_of: date, settings: DetectionSettings) -> list[Rule]:
    """Which rules a place fails; none if it is repeated, lasting, shared and current.

    Where too few reporters are known to judge, the rules on reporters are not applied: reports of unknown
    reporters neither count as one person nor as many.
    """
    knows = figures.reporters_are_known
    held = {
        Rule.REPORTS: figures.report_count >= settings.min_reports,
        Rule.DAYS: figures.day_count >= settings.min_days,
        Rule.WEEKS: figures.week_count >= settings.min_weeks,
        Rule.DURATION: figures.duration_days >= settings.min_duration_days,
        Rule.BURST: figures.largest_burst <= settings.max_burst_share * figures.report_count,
        Rule.REPORTERS: not knows or figures.reporter_count >= settings.min_reporters,
        Rule.REPORTER_SHARE: not knows or figures.largest_reporter_share <= settings.max_reporter_share,
        Rule.CURRENT: as_of - figures.last_day < timedelta(weeks=settings.quiet_weeks),
    }
    return [rule for rule, is_held in held.items() if not is_held]
