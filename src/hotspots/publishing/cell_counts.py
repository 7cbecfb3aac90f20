"""Numbers of reports per H3 cell, for a map, without small counts: few reports may point at one household.

In areas of which they may know dwellings, readers get the window of the run. Elsewhere they get the last
quarter that was told (:mod:`hotspots.publishing.told_cells`), and of no other cell that it has reports.
"""

from datetime import date
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from hotspots.access.rights import Visibility
from hotspots.model import CLUSTERING_PRECISIONS, SCREENED
from hotspots.publishing.disclosure import disclosed
from hotspots.publishing.told_cells import read_told_cells
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import runs


class CellCount(NamedTuple):
    """The number of reports in one cell."""

    cell: int
    buurtcode: str | None
    report_count: int | None  # None: not disclosed, as it is small
    quarter: tuple[date, date] | None = None  # its first and last day; None: the window of the run


def read_cell_counts(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    peildatum: date | None,
    gebied: str | None = None,
) -> list[CellCount]:
    """Count the reports per cell at the run of a peildatum, as they are known now.

    Counts screened reports that are located precisely enough to cluster, in areas that the reader may know
    of. A cell on a boundary is split by buurt, so that counts of one area disclose nothing about another. The
    largest count comes first; undisclosed counts come last, in an order that discloses nothing either.
    """
    window = connection.execute(
        select(runs.c.window_start, runs.c.window_end).where(runs.c.as_of == peildatum)
    ).first()
    if window is None or peildatum is None:
        return []
    query = (
        select(reports.c.cell, reports.c.buurtcode, func.count())
        .where(
            reports.c.reported_at >= window.window_start,
            reports.c.reported_at < window.window_end,
            reports.c.is_counted,
            reports.c.cell.is_not(None),
            reports.c.category.in_(SCREENED),
            reports.c.precision.in_(CLUSTERING_PRECISIONS),
        )
        .group_by(reports.c.cell, reports.c.buurtcode)
    )
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    reachable: dict[str | None, bool] = {
        code: visibility.sees_reports(here)
        for code, here in gebied_of.items()
        if (visibility.gebieden is None or here in visibility.gebieden) and gebied in (None, here)
    }
    if visibility.is_everything and gebied is None:
        reachable[None] = True  # outside the buurten
    cells: list[CellCount] = []
    if any(reachable.values()):
        counted = connection.execute(query).all()
        figures = {count: disclosed(count) for count in {row[2] for row in counted}}
        cells = [
            CellCount(cell, buurtcode, figures[count])
            for cell, buurtcode, count in counted
            if reachable.get(buurtcode)
        ]
    if not all(reachable.values()):
        cells += [
            CellCount(told.cell, told.buurtcode, told.figure, (told.first_day, told.last_day))
            for told in read_told_cells(connection, peildatum)
            if reachable.get(told.buurtcode) is False
        ]
    # a key that is a tuple takes longer than all else here
    cells.sort(key=lambda one: one.buurtcode or "")
    cells.sort(key=itemgetter(0))
    cells.sort(key=lambda one: one.report_count or 0, reverse=True)
    return cells
