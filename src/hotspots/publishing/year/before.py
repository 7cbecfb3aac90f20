"""The same days a year before: what is known of them, and how it compares, with an interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.publishing.year.period import RUN_EVERY, SETTLES, Known, Period
from hotspots.publishing.year.places import FoundPlace, Where, read_found
from hotspots.publishing.year.reports import ReportCounts, ToldCounts, count_reports, told_counts
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import RateRatio, rate_ratio
from hotspots.wording import day


@dataclass(frozen=True)
class Change:
    """A count of the same days a year before, and the ratio to it; None of either, and why.

    For who may not know of every place there is no ratio of reports: with rounded counts it would tell more.
    """

    before: int | None
    ratio: RateRatio | None
    why_not: str = ""


@dataclass(frozen=True)
class Before:
    """What is known of the same days a year before; None where it is not.

    Attributes
    ----------
    period
        Those days, as many of them as are known of the period itself.
    lengths
        Days of the period and of the one before: a leap day is no rise.
    """

    period: Period
    lengths: tuple[int, int]
    counts: ReportCounts | None
    told: ToldCounts
    found: Sequence[FoundPlace] | None
    why_no_reports: str = ""
    why_no_places: str = ""

    def ratio(self, now: int | None, before: int | None) -> RateRatio | None:
        """Compare two counts, if both are known."""
        if now is None or before is None:
            return None
        return rate_ratio(now, before, times=self.lengths)


def read_before(
    connection: Connection,
    settings: Settings,
    *,
    period: Period,
    until: date,
    known: Known,
    visibility: Visibility,
    where: Where,
    is_exact: bool,
) -> Before:
    """Read the same days a year before a period, up to the day until which that is known."""
    so_far = Period(period.first, until)
    before = so_far.before
    lengths = ((so_far.last - so_far.first).days + 1, (before.last - before.first).days + 1)
    first_day, first_run = known.first_report, known.first_run
    counts, told, why_no_reports = None, ToldCounts({}), ""
    if first_day is not None and first_day <= before.first + SETTLES:
        counts = count_reports(connection, settings, before)
        if not is_exact:
            told = told_counts(connection, before)
    else:
        since = "" if first_day is None else f" zijn bekend vanaf {day(first_day)}"
        why_no_reports = f"Meldingen{since}: een jaar eerder is niet te vergelijken." if since else ""
    found, why_no_places = None, ""
    if first_run is not None and first_run < before.first + RUN_EVERY:
        found = read_found(connection, settings, visibility=visibility, period=before, where=where)
    elif first_run is not None:
        why_no_places = f"De rondes begonnen op {day(first_run)}: een jaar eerder is niet te vergelijken."
    return Before(
        period=before,
        lengths=lengths,
        counts=counts,
        told=told,
        found=found,
        why_no_reports=why_no_reports,
        why_no_places=why_no_places,
    )
