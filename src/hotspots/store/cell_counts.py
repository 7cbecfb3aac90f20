"""Reports per H3 cell, for a map: what is few is not told, as a few reports may be of one household."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from hotspots.model import CLUSTERING_PRECISIONS
from hotspots.rights import Sight
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.reports import SCREENED
from hotspots.store.tables import reports, runs

MIN_TOLD = 5
"""A count below this is not told."""


@dataclass(frozen=True)
class CellCount:
    """Reports in one cell.

    Attributes
    ----------
    report_count
        None: at least one, and fewer than :data:`MIN_TOLD`.
    """

    cell: int
    buurtcode: str | None
    report_count: int | None


def read_cell_counts(
    connection: Connection,
    settings: Settings,
    *,
    sight: Sight,
    peildatum: date | None,
    gebied: str | None = None,
) -> list[CellCount]:
    """Count the reports per cell in the window of one run, as they are known now; most reports first.

    Only screened reports that are located well enough to cluster count, in the areas of which the reader may
    know. A cell on a boundary is one cell per buurt, so that counts of one area tell nothing of another.

    Parameters
    ----------
    peildatum
        Of the run; None gives nothing.
    gebied
        Only in this one.
    """
    window = connection.execute(
        select(runs.c.window_start, runs.c.window_end).where(runs.c.as_of == peildatum)
    ).first()
    if window is None:
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
        .order_by(func.count().desc(), reports.c.cell, reports.c.buurtcode)
    )
    gebieden = gebieden_of_buurten(connection, settings.areas.gebieden)
    return [
        CellCount(cell, buurtcode, count if count >= MIN_TOLD else None)
        for cell, buurtcode, count in connection.execute(query)
        if sight.gebieden is None or gebieden.get(buurtcode) in sight.gebieden
        if gebied is None or gebieden.get(buurtcode) == gebied
    ]
