"""The cells that are told to who may not see reports: whole quarters, rounded, and written once.

A count over the last half year that is told anew every week changes with each report, and drops in the week
in which a dwelling is found. So the reports of a quarter are counted once, when runs have had a further
quarter to find its dwellings, and without those of places that point at persons. What is known later changes
no cell that was told.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, func, insert, select

from hotspots.geography.cells import cells_of
from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.publishing.disclosure import MAX_REPORTER_SHARE, THRESHOLD, rounded
from hotspots.settings import Settings
from hotspots.store.run_tables import detection_reports, hotspot_states, hotspots, runs, told_cells

REPEATED = 4
"""So many reports of one point in a quarter may be of a dwelling that no run knows yet."""


@dataclass(frozen=True)
class ToldCell:
    """The figure of one cell in one quarter."""

    cell: int
    buurtcode: str
    figure: int
    first_day: date
    last_day: date


def is_told(reports: pd.DataFrame) -> bool:
    """Whether the count of these reports of one cell is told: enough, by more people, at more places.

    Parameters
    ----------
    reports
        ``reporter_id`` (NaN: unknown), ``lon``, ``lat``.

    Examples
    --------
    >>> six = pd.DataFrame({"reporter_id": [1.0, 2, 3, 1, 2, 3], "lon": [0, 0, 1, 1, 2, 2], "lat": [5] * 6})
    >>> is_told(six), is_told(six[:4]), is_told(six.assign(reporter_id=1.0)), is_told(six.assign(lon=0))
    (True, False, False, False)
    """
    most = MAX_REPORTER_SHARE * len(reports)
    of_one, at_one = reports["reporter_id"].value_counts(), reports.groupby(["lon", "lat"]).size()
    return len(reports) >= THRESHOLD and all(
        int(counts.max()) <= most for counts in (of_one, at_one) if len(counts)
    )


def tell_cells(connection: Connection, settings: Settings, reports: pd.DataFrame, **quarter: Any) -> None:
    """Write the cells of a quarter.

    Parameters
    ----------
    reports
        Those of the quarter, from :func:`hotspots.intake.known_reports.load_reports`.
    quarter
        ``first_day``, ``last_day`` and ``as_of``.
    """
    located = reports[
        reports["precision"].isin([str(precision) for precision in CLUSTERING_PRECISIONS])
        & reports["buurtcode"].notna()
        & ~reports["report_id"].isin(_reports_of_persons(connection))
    ]
    located = located[~_is_repeated(connection, located, quarter["as_of"])]
    located = located.assign(
        cell=cells_of(located["lon"], located["lat"], resolution=settings.cells.resolution)
    )
    # most cells have a report or two
    located = located[located.groupby(["cell", "buurtcode"])["cell"].transform("size") >= THRESHOLD]
    rows: list[dict[str, Any]] = [
        {
            "cell": int(here["cell"].iloc[0]),
            "buurtcode": str(here["buurtcode"].iloc[0]),
            "figure": rounded(len(here)),
            **quarter,
        }
        for _, here in located.groupby(["cell", "buurtcode"])
        if is_told(here)
    ]
    if rows:
        connection.execute(insert(told_cells), rows)


def read_told_cells(connection: Connection, peildatum: date) -> list[ToldCell]:
    """Read the cells of the last quarter of which cells were told by a peildatum."""
    table = told_cells.c
    last = select(func.max(table.first_day)).where(table.as_of <= peildatum).scalar_subquery()
    columns = (table.cell, table.buurtcode, table.figure, table.first_day, table.last_day)
    return [ToldCell(*row) for row in connection.execute(select(*columns).where(table.first_day == last))]


def _is_repeated(connection: Connection, located: pd.DataFrame, as_of: date) -> "pd.Series[bool]":
    """Whether reports are of a point with many, and of no place known then: maybe a dwelling found later."""
    found_by_then = ~hotspots.c.points_at_persons & (runs.c.as_of <= as_of)
    known = located["report_id"].isin(_reports_of(connection, found_by_then))
    there = located.groupby(["lon", "lat"])["report_id"].transform("size")
    return ~known & (there >= REPEATED)


def _reports_of_persons(connection: Connection) -> set[int]:
    return _reports_of(connection, hotspots.c.points_at_persons)


def _reports_of(connection: Connection, which: ColumnElement[bool]) -> set[int]:
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(which)
    )
    return set(connection.execute(query.distinct()).scalars())
