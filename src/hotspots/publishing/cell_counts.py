"""Numbers of reports per H3 cell, for a map, without small counts: few reports may point at one household.

Readers who may not know of dwellings in an area get no count there for cells with reports by one reporter, or
with reports of a hotspot that is a dwelling or has one reporter: the count would disclose its location.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, and_, func, select, true

from hotspots.access.rights import Visibility
from hotspots.model import CLUSTERING_PRECISIONS, SCREENED, Soort
from hotspots.publishing.disclosure import disclosed
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import detection_reports, hotspot_states, runs
from hotspots.tracking.selection import visible_then_and_now


@dataclass(frozen=True)
class CellCount:
    """The number of reports in one cell."""

    cell: int
    buurtcode: str | None
    report_count: int | None  # None: not disclosed, as it is small or points at persons


def read_cell_counts(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    peildatum: date | None,
    gebied: str | None = None,
) -> list[CellCount]:
    """Count the reports per cell in the window of the run of a peildatum, as they are known now.

    Counts screened reports that are located precisely enough to cluster, in areas that the reader may know
    of. A cell on a boundary is split by buurt, so that counts of one area disclose nothing about another. The
    largest count comes first; undisclosed counts come last, in an order that discloses nothing either.
    """
    window = connection.execute(
        select(runs.c.window_start, runs.c.window_end).where(runs.c.as_of == peildatum)
    ).first()
    if window is None:
        return []
    query = (
        select(
            reports.c.cell,
            reports.c.buurtcode,
            func.count(),
            func.count(reports.c.reporter_id),
            func.count(reports.c.reporter_id.distinct()),
        )
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
    gebieden = gebieden_of_buurten(connection, settings.areas.gebieden)
    hidden = _cells_of_hidden_hotspots(connection, settings, visibility, peildatum)
    cells = []
    for cell, buurtcode, count, of_known, reporters in connection.execute(query):
        here = gebieden.get(buurtcode)
        if (visibility.gebieden is None or here in visibility.gebieden) and (
            gebied is None or here == gebied
        ):
            is_of_one = of_known == count and reporters == 1 and not visibility.shows(Soort.WONING, here)
            cells.append(
                CellCount(cell, buurtcode, None if is_of_one or cell in hidden else disclosed(count))
            )
    return sorted(cells, key=lambda one: (-(one.report_count or 0), one.cell, one.buurtcode or ""))


def _cells_of_hidden_hotspots(
    connection: Connection, settings: Settings, visibility: Visibility, peildatum: date | None
) -> set[int]:
    if visibility.dwellings is None:
        return set()
    known = and_(true(), *visible_then_and_now(connection, settings, visibility, peildatum))
    query = (
        select(reports.c.cell)
        .join(detection_reports, detection_reports.c.report_id == reports.c.id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(runs.c.as_of == peildatum, ~known)
    )
    return set(connection.execute(query.distinct()).scalars())
