"""The period that an account is of: a calendar year or any days, and the same days a year before."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection, func, select

from hotspots.errors import NotFoundError
from hotspots.intake.report_times import first_and_last_moment
from hotspots.settings import Settings
from hotspots.settings.sections import MunicipalitySettings
from hotspots.statistics.monthly_figures import year_before
from hotspots.store.run_tables import runs
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
        # the first of all years has a year before it, too, to be compared with
        if self.first.year + 1 not in YEARS or self.last.year + 1 not in YEARS:
            raise ValueError(f"wanted days from {YEARS[0]} to {YEARS[-2]}, found {self.first} to {self.last}")

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
        year, month = self.first.year - 1, self.first.month
        first = date(year, month, min(self.first.day, monthrange(year, month)[1]))
        return Period(first, year_before(self.last))

    def moments(self, municipality: MunicipalitySettings) -> tuple[datetime, datetime]:
        """The moment at which it begins, and that at which it is over."""
        return municipality.midnight(self.first), municipality.midnight(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Known:
    """Of which days there are data: of reports that count, and of runs; None where there are none."""

    first_report: date | None
    last_report: date | None
    first_run: date | None
    last_run: date | None

    @property
    def last(self) -> date | None:
        """The last of these days."""
        return max((day for day in (self.last_report, self.last_run) if day), default=None)

    @property
    def first(self) -> date | None:
        """The first of these days."""
        return min((day for day in (self.first_report, self.first_run) if day), default=None)

    @property
    def years(self) -> list[int]:
        """The years of which there are data, latest first."""
        if self.first is None or self.last is None:
            return []
        years = range(self.last.year, self.first.year - 1, -1)
        return [year for year in years if YEARS[1] <= year <= YEARS[-2]]

    def last_whole_year(self, today: date) -> int | None:
        """The last year that is known as a whole; else the last that is over, or of which there are data."""
        over = [year for year in self.years if self.until(Period.of_year(year), today)[1]]
        begun = self.first_report or self.first_run
        whole = [year for year in over if begun and begun <= date(year, 1, 1) + SETTLES]
        return next(iter(whole or over or self.years), None)

    def chosen_year(self, asked: int | None, today: date) -> int:
        """The year that is asked for, or the last whole one.

        Raises
        ------
        NotFoundError
            If there are no data of it.
        """
        year = asked or self.last_whole_year(today)
        if year is None or year not in self.years:
            raise NotFoundError(f"wanted a year with data, one of {self.years}, found {year}")
        return year

    def until(self, period: Period, today: date) -> tuple[date, bool]:
        """The last day of a period that is known, and whether that is all of it.

        A period that is over counts as known when its last run or report is of its last week.
        """
        if self.last is None:
            return period.first, False
        is_near = period.last < today and period.last - self.last < RUN_EVERY
        if self.last >= period.last or is_near:
            return period.last, True
        return max(self.last, period.first), False


def read_known_days(connection: Connection, settings: Settings) -> Known:
    """Read of which days there are data."""
    moments = first_and_last_moment(connection)
    first, last = map(settings.municipality.local_day, moments) if moments else (None, None)
    first_run, last_run = connection.execute(select(func.min(runs.c.as_of), func.max(runs.c.as_of))).one()
    return Known(first, last, first_run, last_run)
