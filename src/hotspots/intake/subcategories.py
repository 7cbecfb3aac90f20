"""The subcategories of reports as their source names them, as they were known at a moment."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from hotspots.store.batches import in_batches, is_among
from hotspots.store.report_tables import report_versions, reports


def load_subcategories(connection: Connection, ids: Iterable[int], *, known_at: datetime) -> dict[int, str]:
    """Read the subcategories of reports; one without any is absent.

    Parameters
    ----------
    known_at
        What came in or changed from this moment on is left out, and what it replaced is put back, as
        :func:`hotspots.intake.reports.load_reports` does.
    """
    version = report_versions.c
    now = select(reports.c.id, reports.c.subcategory).where(reports.c.known_from < known_at)
    then = select(version.report_id, version.subcategory).where(
        version.known_from < known_at, version.known_until >= known_at
    )
    found: dict[int, str] = {}
    for batch in in_batches(sorted({int(report_id) for report_id in ids})):
        for query, report_id, name in (
            (now, reports.c.id, reports.c.subcategory),
            (then, version.report_id, version.subcategory),
        ):
            named = query.where(is_among(connection, report_id, batch), name.is_not(None))
            found |= dict(connection.execute(named).all())
    return found
