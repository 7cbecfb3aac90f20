"""The public figures of a quarter: the weekly run publishes them once, and they are never recounted.

So it does with the cells that are told to who may not see reports (:mod:`hotspots.publishing.told_cells`), a
quarter later.

A recount, after a report was late, corrected or removed, or a border moved by a street, would disclose more
by its difference with the first count.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, func, insert, select

from hotspots.intake.known_reports import KnownWindow, load_columns
from hotspots.intake.report_times import first_moment
from hotspots.publishing.disclosure import Level, as_rows, public_table, quarter_of
from hotspots.publishing.told_cells import tell_cells
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.removals import removed_before
from hotspots.store.run_tables import public_figures
from hotspots.wording import quarter_code

SETTLES = timedelta(days=14)
"""Time after a quarter before its figures are published, so that reports of its last days are in."""

CELLS_SETTLE = SETTLES + timedelta(days=92)
"""Time after a quarter before its cells are told: by then a run has found the dwellings of that quarter."""

QUARTERS = 4
"""In a year."""

CELLS_TOLD = "cells are told of"
"""Name of the fact with the first day of the last quarter whose cells were told."""


@dataclass(frozen=True)
class PublicFigures:
    """The public table of one quarter; None where a figure is suppressed."""

    first_day: date
    last_day: date
    buurten: dict[str, int | None]
    gebieden: dict[str, int | None]
    whole: int | None

    def of_area(self, gebied: str | None) -> int | None:
        """The figure of a gebied; of None that of the whole municipality."""
        return self.whole if gebied is None else self.gebieden.get(gebied)


def publish_figures(
    connection: Connection, settings: Settings, as_of: date, *, among: KnownWindow | None = None
) -> bool:
    """Publish the last quarter that was over and settled at a peildatum, unless that was done already.

    A quarter that began before the first known report is never published: its figures would be too low.

    Parameters
    ----------
    as_of
        The peildatum.
    among
        Reports that were read already, as they were known then.

    Returns
    -------
    bool
        Whether it was published by this call.
    """
    first, last = _last_settled_quarter(as_of)
    known = select(public_figures.c.first_day).where(public_figures.c.first_day == first).limit(1)
    if connection.execute(known).first() is not None:
        return False
    earliest = first_moment(connection)
    areas = load_areas(connection, settings.areas.gebieden)
    if earliest is None or settings.municipality.local_day(earliest) > first + SETTLES or areas.empty:
        return False
    columns = ("buurtcode", "reporter_id")
    reports = _reports_of(connection, settings, first, last, as_of, columns, among)
    shared = {"first_day": first, "last_day": last, "as_of": as_of}
    rows = [shared | row for row in as_rows(public_table(reports, areas))]
    connection.execute(insert(public_figures), rows)
    return True


def tell_cells_of_settled_quarters(connection: Connection, settings: Settings, as_of: date) -> None:
    """Tell the cells of quarters that are over for so long that their dwellings are known, each once.

    A quarter of which reports were removed since is left out.
    """
    told = read_fact(connection, CELLS_TOLD)
    removed = removed_before(connection, "locations", "reports")
    table = public_figures.c
    quarters = select(table.first_day, table.last_day).distinct().order_by(table.first_day)
    for first, last in connection.execute(quarters).all():
        if (told is not None and first.isoformat() <= told) or last + CELLS_SETTLE > as_of:
            continue
        if removed is None or settings.municipality.midnight(first) >= removed:
            columns = ("reporter_id", "lon", "lat", "precision", "buurtcode")
            reports = _reports_of(connection, settings, first, last, as_of, columns)
            tell_cells(connection, settings, reports, first_day=first, last_day=last, as_of=as_of)
        write_fact(connection, CELLS_TOLD, first.isoformat())


def read_public_figures(connection: Connection, peildatum: date | None = None) -> PublicFigures | None:
    """Read the figures of the last quarter published by a peildatum; None if there is none."""
    table = public_figures.c
    query = select(func.max(table.first_day))
    if peildatum is not None:
        query = query.where(table.as_of <= peildatum)
    first = connection.execute(query).scalar()
    if first is None:
        return None
    return _of_rows(connection.execute(select(public_figures).where(table.first_day == first)).all())


def read_published(connection: Connection, *, since: date, until: date) -> list[PublicFigures]:
    """Read the figures of every published quarter that lies in a period, oldest first."""
    table = public_figures.c
    query = select(public_figures).where(table.first_day >= since, table.last_day <= until)
    rows = connection.execute(query.order_by(table.first_day)).all()
    return [_of_rows(list(quarter)) for _, quarter in groupby(rows, key=lambda row: row.first_day)]


def add_up(figures: Sequence[int | None]) -> int | None:
    """The sum of published figures; None where one is not told, or there are none.

    Examples
    --------
    >>> add_up([5, 10]), add_up([5, None]), add_up([])
    (15, None, None)
    """
    told = [figure for figure in figures if figure is not None]
    return sum(told) if told and len(told) == len(figures) else None


def _of_rows(rows: Sequence[Row[Any]]) -> PublicFigures:
    def of(level: Level) -> dict[str, int | None]:
        return {row.code: row.figure for row in rows if row.level == level.value}

    return PublicFigures(
        rows[0].first_day, rows[0].last_day, of(Level.BUURT), of(Level.GEBIED), of(Level.GEMEENTE).get("")
    )


@dataclass(frozen=True)
class PublishedQuarter:
    """A quarter of which public figures were published, and the run that did."""

    first_day: date
    last_day: date
    as_of: date

    @property
    def code(self) -> str:
        """How an address names it.

        Examples
        --------
        >>> PublishedQuarter(date(2023, 7, 1), date(2023, 9, 30), date(2023, 10, 15)).code
        '2023-Q3'
        """
        return quarter_code(self.first_day)


def published_quarters(connection: Connection) -> list[PublishedQuarter]:
    """The quarters of which public figures were published, latest first."""
    table = public_figures.c
    query = select(table.first_day, table.last_day, table.as_of).distinct().order_by(table.first_day.desc())
    return [PublishedQuarter(*row) for row in connection.execute(query)]


def _reports_of(
    connection: Connection,
    settings: Settings,
    first: date,
    last: date,
    as_of: date,
    columns: Collection[str],
    among: KnownWindow | None = None,
) -> pd.DataFrame:
    """The reports of a period, as known at the end of a day."""
    return load_columns(
        connection,
        columns,
        window_start=settings.municipality.midnight(first),
        window_end=settings.municipality.midnight(last + timedelta(days=1)),
        known_at=settings.municipality.midnight(as_of + timedelta(days=1)),
        among=among,
    )


def _last_settled_quarter(as_of: date) -> tuple[date, date]:
    first, last = quarter_of(as_of)
    while last + SETTLES > as_of:
        first, last = quarter_of(first - timedelta(days=1))
    return first, last
