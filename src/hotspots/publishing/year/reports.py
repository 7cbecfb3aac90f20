"""The reports that were screened in a period, per buurt, and what is told of their numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Connection, func, select

from hotspots.model import CLUSTERING_PRECISIONS, SCREENED, Category, Precision
from hotspots.publishing.disclosure import Level
from hotspots.publishing.public_figures import QUARTERS, add_up, read_published
from hotspots.publishing.year.period import Period
from hotspots.settings import Settings
from hotspots.store.report_tables import imports, moment_of, removed_report_days, reports

NO_BUURT = ""
"""The code of reports of which the buurt is not known."""

REMOVED = "verwijderd"
"""The precision of reports of which only the day, the category and the buurt are kept."""

_Kind = tuple[str, str, bool, str]  # buurtcode, category, whether it counts, precision


@dataclass(frozen=True)
class Screened:
    """The reports of a period that were screened; None is what the reader is not told.

    Attributes
    ----------
    counted
        In the figures, with those that were removed since. For who may not know of every place it is
        the public figure.
    personen, drugs
        The same by category.
    received
        All that came in of these categories: `counted` and `cancelled`.
    cancelled
        Cancelled at the source, or only the parent of others: in no figure.
    placed, coarse, unplaced
        Of `counted`: precise enough to belong to a place, only to a street or buurt, or nowhere.
    removed
        Of `counted`: removed after their period, so that it is no longer known how they were placed.
    refused
        Rows that were refused in the files that first brought these reports; of the whole municipality only,
        as a refused row has no place or day.
    """

    counted: int | None
    personen: int | None = None
    drugs: int | None = None
    received: int | None = None
    cancelled: int | None = None
    placed: int | None = None
    coarse: int | None = None
    unplaced: int | None = None
    removed: int | None = None
    refused: int | None = None


NOT_TOLD = Screened(None)


@dataclass(frozen=True)
class ReportCounts:
    """How many reports a period has of each kind: by buurt, category, whether it counts, and precision."""

    of_kind: Mapping[_Kind, int]
    brought_by: frozenset[int] = frozenset()
    """The imports that first brought them."""

    @cached_property
    def per_buurt(self) -> Counter[str]:
        """Those that count, by code; ``''`` is unknown."""
        found: Counter[str] = Counter()
        for (buurtcode, _, is_counted, _), number in self.of_kind.items():
            if is_counted:
                found[buurtcode] += number
        return found

    @property
    def total(self) -> int:
        """All that count."""
        return self.per_buurt.total()

    def screened(self, codes: Sequence[str] | None) -> Screened:
        """Add up those in these buurten; None is everywhere, also where the buurt is unknown."""
        wanted = None if codes is None else frozenset(codes)
        by: Counter[str] = Counter()
        for (buurtcode, category, is_counted, precision), number in self.of_kind.items():
            if wanted is not None and buurtcode not in wanted:
                continue
            by["received"] += number
            by["counted" if is_counted else "cancelled"] += number
            if is_counted:
                by[category] += number
                by[_placed(precision)] += number
        names = ("counted", "received", "cancelled", "placed", "coarse", "unplaced", "removed")
        return Screened(
            **{name: by[name] for name in names}, personen=by[Category.PERSONEN], drugs=by[Category.DRUGS]
        )


def count_reports(connection: Connection, settings: Settings, period: Period) -> ReportCounts:
    """Count the screened reports of a period, as they are known now."""
    start, end = period.moments(settings.municipality)
    moment = moment_of(reports)
    # in the order of the index ix_reports_kinds
    kinds = (
        *(reports.c.buurtcode, reports.c.category, reports.c.is_counted, reports.c.precision),
        reports.c.first_import_id,
    )
    query = (
        select(*kinds, func.count())
        .where(reports.c.category.in_(SCREENED), moment >= start, moment < end)
        .group_by(*kinds)
    )
    found: Counter[_Kind] = Counter()
    brought_by = set()
    for buurtcode, category, is_counted, precision, import_id, number in connection.execute(query):
        found[buurtcode or NO_BUURT, category, bool(is_counted), precision] += number
        brought_by.add(import_id)
    days = removed_report_days.c
    gone = (
        select(days.buurtcode, days.category, func.sum(days.report_count))
        .where(days.noon >= start, days.noon < end)
        .group_by(days.buurtcode, days.category)
    )
    for buurtcode, category, number in connection.execute(gone):
        found[buurtcode, category, True, REMOVED] += int(number)
    return ReportCounts(found, frozenset(brought_by))


def count_refused(connection: Connection, counts: ReportCounts) -> int:
    """How many rows were refused in the files that first brought these reports."""
    query = select(imports.c.id, imports.c.rejected)
    return sum(
        rejected for import_id, rejected in connection.execute(query) if import_id in counts.brought_by
    )


@dataclass(frozen=True)
class ToldCounts:
    """What is told of the reports of a year to who may not know of every place: the public figures."""

    by_area: Mapping[tuple[Level, str], int | None]

    def of(self, level: Level, code: str = "") -> int | None:
        """The figure of an area."""
        return self.by_area.get((level, code))


def told_counts(connection: Connection, period: Period) -> ToldCounts:
    """Add up the public figures of the quarters of a calendar year; of any other period nothing is told.

    Nothing is counted anew: another count of the same reports, or of other days, could be subtracted from
    what was published, down to a single report. Where one quarter is not told there is no sum.
    """
    published = read_published(connection, since=period.first, until=period.last)
    if period.year is None or len(published) < QUARTERS:
        return ToldCounts({})
    told: dict[tuple[Level, str], int | None] = {
        (Level.GEMEENTE, ""): add_up([each.whole for each in published])
    }
    for level, name in ((Level.GEBIED, "gebieden"), (Level.BUURT, "buurten")):
        of_quarters = [getattr(each, name) for each in published]
        for code in of_quarters[0]:
            told[level, code] = add_up([quarter.get(code) for quarter in of_quarters])
    return ToldCounts(told)


def with_refused(screened: Screened, refused: int) -> Screened:
    """The same, with how many rows were refused."""
    return replace(screened, refused=refused)


def _placed(precision: str) -> str:
    if precision == REMOVED:
        return "removed"
    if precision == Precision.GEEN:
        return "unplaced"
    return "placed" if precision in CLUSTERING_PRECISIONS else "coarse"
