"""The period that an account is of: a calendar year or any days, and the same days a year before."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import Connection, func, select

from hotspots.intake.report_times import first_moment
from hotspots.model import SCREENED
from hotspots.settings import Settings
from hotspots.settings.sections import MunicipalitySettings
from hotspots.store.report_tables import moment_of, removed_report_days, reports
from hotspots.store.run_tables import runs
from hotspots.tracking.runs import latest_run
from hotspots.wording import YEARS, day

RUN_EVERY = timedelta(days=7)
"""So long after the last run, or the last report, nothing is missing yet."""

SETTLES = timedelta(days=14)
"""A first report so soon after the beginning of a period: all of the period is known."""


@dataclass(frozen=True)
class Period:
    """Local days, the first and the last included.

    Raises
    ------
    ValueError
        If it ends before it begins, or lies outside the years that are counted.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"wanted a last day from {self.first} on, found {self.last}")
        if self.first.year - 1 not in YEARS or self.last.year + 1 not in YEARS:
            raise ValueError(f"wanted days from {YEARS[1]} to {YEARS[-2]}, found {self.first} to {self.last}")

    @classmethod
    def of_year(cls, year: int) -> "Period":
        """A calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def year(self) -> int | None:
        """The year, if it is a calendar year."""
        is_year = self.first.year == self.last.year and self == Period.of_year(self.first.year)
        return self.first.year if is_year else None

    @property
    def words(self) -> str:
        """How a title names it.

        Examples
        --------
        >>> Period.of_year(2023).words, Period(date(2023, 4, 1), date(2023, 9, 30)).words
        ('2023', '1 april 2023 tot en met 30 september 2023')
        """
        return str(self.year) if self.year else f"{day(self.first)} tot en met {day(self.last)}"

    @property
    def in_words(self) -> str:
        """How a sentence begins that is about it."""
        return f"In {self.year}" if self.year else f"Van {self.words}"

    @property
    def query(self) -> str:
        """How an address asks for it; empty of a calendar year, which has an address of its own."""
        return "" if self.year else f"van={self.first}&tot={self.last}"

    @cached_property
    def before(self) -> "Period":
        """The same days a year before; the last day of a month stays that.

        Examples
        --------
        >>> print(Period(date(2024, 2, 1), date(2024, 2, 29)).before.last)
        2023-02-28
        """
        return Period(_year_before(self.first), _year_before(self.last, is_end=True))

    def moments(self, municipality: MunicipalitySettings) -> tuple[datetime, datetime]:
        """The moment at which it begins, and that at which it is over."""
        midnights = (self.first, self.last + timedelta(days=1))
        start, end = (datetime.combine(each, time(), municipality.zone) for each in midnights)
        return start, end


def read_years(connection: Connection, settings: Settings) -> list[int]:
    """The years of which there are reports or runs, latest first."""
    known = known_days(connection, settings)
    return [] if known is None else list(range(known.last.year, known.first.year - 1, -1))


def last_whole_year(connection: Connection, settings: Settings, today: date) -> int | None:
    """The last year that is known as a whole; else the last that is over, or of which there are any data."""
    known = known_days(connection, settings)
    if known is None:
        return None
    years = range(known.last.year, known.first.year - 1, -1)
    over = [year for year in years if _until(known, Period.of_year(year), today)[1]]
    whole = [year for year in over if known.first <= date(year, 1, 1) + SETTLES]
    return next(iter(whole or over or years))


def known_days(connection: Connection, settings: Settings) -> Period | None:
    """From the first report or run up to the last; None if there is neither."""
    moment = moment_of(reports)
    screened = (reports.c.is_counted, reports.c.category.in_(SCREENED))
    last = connection.execute(select(func.max(moment)).where(*screened)).scalar_one()
    removed = connection.execute(select(func.max(removed_report_days.c.noon))).scalar_one()
    first = first_moment(connection)
    moments = [each for each in (first, last, removed) if each is not None]
    first_run = connection.execute(select(func.min(runs.c.as_of))).scalar_one()
    of_runs = [each for each in (first_run, latest_run(connection)) if each is not None]
    days = [*map(settings.municipality.local_day, moments), *of_runs]
    within = [each for each in days if YEARS[1] <= each.year <= YEARS[-2]]
    return Period(min(within), max(within)) if within else None


def known_until(connection: Connection, settings: Settings, period: Period, today: date) -> tuple[date, bool]:
    """The last day of a period that is known, and whether that is all of it.

    A period that is over counts as known when its last run or report is of its last week.
    """
    known = known_days(connection, settings)
    return (period.first, False) if known is None else _until(known, period, today)


def _until(known: Period, period: Period, today: date) -> tuple[date, bool]:
    if known.last >= period.last or (period.last < today and period.last - known.last < RUN_EVERY):
        return period.last, True
    return max(known.last, period.first), False


def _year_before(value: date, *, is_end: bool = False) -> date:
    length = monthrange(value.year - 1, value.month)[1]
    is_last = value.day == monthrange(value.year, value.month)[1]
    last = length if is_end and is_last else min(value.day, length)
    return date(value.year - 1, value.month, last)
