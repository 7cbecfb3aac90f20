"""Figures of others beside our reports: whole years in columns with the change, as in a safety plan.

Figures of others are those that were imported; ours are the screened reports of each year, counted and told
as the account of a year tells them. Each row names its source.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
from sqlalchemy import Connection, case, func, select, true

from hotspots.access.rights import Visibility
from hotspots.intake.other_figures import read_whole_years
from hotspots.model import SCREENED
from hotspots.publishing.chart_drawings import Drawing, years_drawing
from hotspots.publishing.year.areas import Asked, resolve_area, screened_in
from hotspots.publishing.year.period import SETTLES, Known, Period, read_known_days
from hotspots.publishing.year.reports import NO_BUURT, REMOVED, ReportCounts, ToldCounts, told_counts
from hotspots.settings import Settings
from hotspots.statistics.years_in_columns import COUNT, share_decimals, years_in_columns
from hotspots.store.areas import load_areas
from hotspots.store.report_tables import moment_of, removed_report_days, reports
from hotspots.wording import number

OURS = "Meldingen (dit systeem)"
"""The source of our own figures."""

OF_OTHERS = "anderen"
"""The name of the chart of these, in addresses and files."""

_BLANK = "Een leeg vak betekent: van dat jaar is geen cijfer bekend."
_COUNTED_OTHERWISE = (
    "Cijfers van anderen tellen anders dan meldingen, en doen niet mee in het vinden van plekken."
)
_COLUMNS = ["source", "category", "unit", "area", "year", "value"]
_NAMES = {"personen": "overlast personen", "drugs": "overlast drugs", "counted": "overlast samen"}


@dataclass(frozen=True)
class YearsRow:
    """One category of one source; a value is None where there is no figure, or none that is told."""

    source: str
    category: str
    unit: str  # aantal, or aandeel of 0 to 1
    values: tuple[float | None, ...]
    change: str  # of the last year against the one before, such as "↑ 16 %"; empty: not to compare
    is_ours: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """The values as people write them, in as many decimals as they have; empty where there is none."""
        if self.unit == COUNT:
            return tuple("" if value is None else number(value) for value in self.values)
        decimals = share_decimals(self.values)
        return tuple("" if value is None else f"{number(100 * value, decimals)} %" for value in self.values)

    @property
    def course(self) -> tuple[str, tuple[float | None, ...], tuple[str, ...]]:
        """What a chart of it needs: its name, its values (a share in per cents), and those in words."""
        called = f"{self.category}, {self.source}"
        if self.unit == COUNT:
            return called, self.values, self.cells
        shares = tuple(None if value is None else 100 * value for value in self.values)
        return f"{called}, in %", shares, self.cells


@dataclass(frozen=True)
class FiguresBeside:
    """Years in columns: our reports, then the figures of others by source.

    Attributes
    ----------
    where
        What the rows are about, in words.
    """

    years: tuple[int, ...]
    rows: tuple[YearsRow, ...]
    where: str

    @property
    def has_others(self) -> bool:
        """Whether any figure is of others."""
        return any(not row.is_ours for row in self.rows)

    @property
    def title(self) -> str:
        """What the table is called."""
        if not self.has_others:
            return "Onze meldingen per jaar"
        has_ours = any(row.is_ours for row in self.rows)
        return "Onze meldingen naast cijfers van anderen" if has_ours else "Cijfers van anderen"

    @cached_property
    def drawing(self) -> Drawing:
        """The course of each row, those of others beside ours."""
        return years_drawing(
            [row.course for row in self.rows], years=self.years, title="Het verloop per jaar", name=OF_OTHERS
        )

    @property
    def notes(self) -> list[str]:
        """What a reader should know of it."""
        return [_BLANK, *([_COUNTED_OTHERWISE] if self.has_others else [])]


def other_figures_beside(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    today: date,
    until: int | None = None,
    count: int = 5,
    gebied: str | None = None,
    buurt: str | None = None,
    categorie: str | None = None,
    is_beside: bool = False,
) -> FiguresBeside:
    """Set figures of others beside our reports, for a reader.

    Parameters
    ----------
    today
        A year that is not over by then, or of which not all reports are known, has no figure of ours.
    until
        The last column; by default the last year of which anything is known.
    gebied, buurt
        Only of this area; figures of others are those of the same buurt or wijk.
    categorie
        Of our rows only this one: categories of others are their own.
    is_beside
        Give no rows at all where others have no figures in these years.

    Raises
    ------
    NotFoundError
        If there is no such gebied or buurt.
    """
    asked = resolve_area(connection, settings, visibility, gebied, buurt)
    area = _code_of(connection, settings, gebied, buurt)
    others = None if area is None else read_whole_years(connection, area=area)
    known = read_known_days(connection, settings)
    last = until or _last_year(known, others, today)
    years = tuple(range(last - count + 1, last + 1))
    own_name = OURS if asked.name is None or gebied or buurt else f"{OURS}, {asked.name}"
    of_others = [] if others is None else list(_rows(others, years, is_ours=False))
    of_ours: list[YearsRow] = []
    if of_others or not is_beside:
        table = _ours(connection, settings, asked, known, years, today, own_name, categorie)
        of_ours = list(_rows(table, years, is_ours=True))
    return FiguresBeside(years, (*of_ours, *of_others), asked.name or "de hele gemeente")


def _last_year(known: Known, others: pd.DataFrame | None, today: date) -> int:
    """The last year of which anything is known."""
    of_others = [] if others is None else others["year"].tolist()
    ours = known.last_whole_year(today)
    return int(max([*of_others, *([] if ours is None else [ours])], default=today.year - 1))


def _code_of(connection: Connection, settings: Settings, gebied: str | None, buurt: str | None) -> str | None:
    """By which code others have figures of an area: "" is all of it; None: they have none of it."""
    if buurt is not None:
        return buurt
    if gebied is None:
        return ""
    table = load_areas(connection, settings.areas.gebieden)
    codes = table["wijkcode"][table["gebied"] == gebied].unique()
    is_wijk = len(codes) == 1 and bool((table["gebied"][table["wijkcode"] == codes[0]] == gebied).all())
    return str(codes[0]) if is_wijk else None


def _ours(
    connection: Connection,
    settings: Settings,
    asked: Asked,
    known: Known,
    years: Sequence[int],
    today: date,
    source: str,
    categorie: str | None,
) -> pd.DataFrame:
    """Our reports of each year that is over and wholly known, as far as the reader is told."""
    of_year = _count_years(connection, settings, _whole_years(known, years, today))
    rows = []
    for year, counts in of_year.items():
        told = ToldCounts({})
        if not asked.is_exact:
            told = told_counts(connection, Period.of_year(year))
        screened = screened_in(counts, told, asked)
        rows += [
            {
                "source": source,
                "category": words,
                "unit": COUNT,
                "area": "",
                "year": year,
                "value": float(value),
            }
            for name, words in _NAMES.items()
            if categorie in (None, name) and (value := getattr(screened, name)) is not None
        ]
    return pd.DataFrame(rows)


def _whole_years(known: Known, years: Sequence[int], today: date) -> list[int]:
    """Those years that are over, and of which all reports are known."""
    since = known.first_report
    if since is None:
        return []
    return [
        year
        for year in years
        if today > date(year, 12, 31)
        and since <= date(year, 1, 1) + SETTLES
        and known.until(Period.of_year(year), today)[1]
    ]


def _count_years(connection: Connection, settings: Settings, years: Sequence[int]) -> dict[int, ReportCounts]:
    """Count the reports that count in each of these years, all of them in one look at the table."""
    if not years:
        return {}
    ends = {year: Period.of_year(year).moments(settings.municipality)[1] for year in years}
    start = Period.of_year(years[0]).moments(settings.municipality)[0]
    found: dict[int, Counter[tuple[str, str, bool, str]]] = {year: Counter() for year in years}
    gone = removed_report_days
    for table, moment, is_counted, how_many in (
        (reports, moment_of(reports), reports.c.is_counted, func.count()),
        (gone, gone.c.noon, true(), func.sum(gone.c.report_count)),
    ):
        year = case(*((moment < end, each) for each, end in ends.items()))
        # not the column itself: SQLite would look up each row by its index
        kinds = (func.coalesce(table.c.buurtcode, NO_BUURT), table.c.category, year)
        is_screened = table.c.category.in_(SCREENED) & is_counted
        query = select(*kinds, how_many).where(is_screened, moment >= start, moment < ends[years[-1]])
        for buurtcode, category, each, count in connection.execute(query.group_by(*kinds)):
            found[each][buurtcode, category, True, REMOVED] += int(count)
    return {year: ReportCounts(counts) for year, counts in found.items()}


def _rows(table: pd.DataFrame, years: Sequence[int], *, is_ours: bool) -> Iterator[YearsRow]:
    if table.empty:
        return
    wide = years_in_columns(table[_COLUMNS], years=years)
    for row in wide.to_dict("records"):
        values = tuple(None if pd.isna(row[year]) else float(row[year]) for year in years)
        if any(value is not None for value in values):
            yield YearsRow(row["source"], row["category"], row["unit"], values, row["change"], is_ours)
