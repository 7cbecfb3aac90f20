"""Figures of others beside our reports: whole years in columns with the change, as in a safety plan.

Figures of others are those that were imported; ours are the screened reports of each year, counted and told
as the account of a year tells them. Each row names its source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.intake.other_figures import read_whole_years
from hotspots.intake.report_times import first_moment
from hotspots.publishing.year_areas import Asked, resolve_area, screened_in
from hotspots.publishing.year_period import SETTLES, Period, known_until, last_whole_year
from hotspots.publishing.year_reports import NOT_TOLD, Screened, ToldCounts, count_reports, told_counts
from hotspots.settings import Settings
from hotspots.statistics.years_in_columns import COUNT, share_decimals, years_in_columns
from hotspots.store.areas import load_areas
from hotspots.wording import number

OURS = "Meldingen (dit systeem)"
"""The source of our own figures."""

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

    Raises
    ------
    NotFoundError
        If there is no such gebied or buurt.
    """
    asked = resolve_area(connection, settings, visibility, gebied, buurt)
    area = _code_of(connection, settings, gebied, buurt)
    others = None if area is None else read_whole_years(connection, area=area)
    known = [] if others is None or others.empty else [int(others["year"].max())]
    own = last_whole_year(connection, settings, today)
    last = until or max([*known, *([own] if own is not None else [])], default=today.year - 1)
    years = tuple(range(last - count + 1, last + 1))
    own_name = OURS if asked.name is None or gebied or buurt else f"{OURS}, {asked.name}"
    tables = [_ours(connection, settings, asked, years, today, own_name, categorie)]
    if others is not None and not others.empty:
        tables.append(others[["source", "category", "unit", "area", "year", "value"]])
    rows = [
        row
        for table, is_ours in zip(tables, (True, False), strict=False)
        for row in _rows(table, years, is_ours=is_ours)
    ]
    return FiguresBeside(years, tuple(rows), asked.name or "de hele gemeente")


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
    years: Sequence[int],
    today: date,
    source: str,
    categorie: str | None,
) -> pd.DataFrame:
    names = [name for name in _NAMES if categorie in (None, name)]
    rows = []
    for year in years:
        screened = _screened(connection, settings, asked, Period.of_year(year), today)
        for name in names:
            value = getattr(screened, name)
            rows.append(
                {
                    "source": source,
                    "category": _NAMES[name],
                    "unit": COUNT,
                    "area": "",
                    "year": year,
                    "value": float("nan") if value is None else float(value),
                }
            )
    table = pd.DataFrame(rows)
    known = table.groupby("category")["value"].transform("count") > 0
    return table[known]


def _screened(
    connection: Connection, settings: Settings, asked: Asked, period: Period, today: date
) -> Screened:
    """The reports of a year that is over and wholly known; else nothing is told."""
    first = first_moment(connection)
    if first is None or settings.municipality.local_day(first) > period.first + SETTLES:
        return NOT_TOLD
    if today <= period.last or not known_until(connection, settings, period, today)[1]:
        return NOT_TOLD
    counts = count_reports(connection, settings, period)
    told = ToldCounts({}) if asked.is_exact else told_counts(connection, settings, counts, period, today)
    return screened_in(counts, told, asked)


def _rows(table: pd.DataFrame, years: Sequence[int], *, is_ours: bool) -> Iterator[YearsRow]:
    if table.empty:
        return
    wide = years_in_columns(table, years=years)
    for row in wide.to_dict("records"):
        values = tuple(None if pd.isna(row[year]) else float(row[year]) for year in years)
        if any(value is not None for value in values):
            yield YearsRow(row["source"], row["category"], row["unit"], values, row["change"], is_ours)
