"""Reports that are stored under their number as it was written before numbers had one spelling."""

from collections.abc import Mapping

from sqlalchemy import Connection, update

from hotspots.intake.reports import stored_ids
from hotspots.store.report_tables import reports


def rename_stored(connection: Connection, source: str, names: Mapping[str, str]) -> None:
    """Give reports that are stored as ``0005`` the number 5, so that the next delivery is no second report.

    Parameters
    ----------
    names
        The number of each report in its one spelling, by how it is written.
    """
    before = sorted(stored_ids(connection, source, list(names)))
    taken = stored_ids(connection, source, [names[name] for name in before])
    for name in before:
        if names[name] in taken:
            continue
        taken.add(names[name])
        is_it = (reports.c.source == source) & (reports.c.source_id == name)
        connection.execute(update(reports).where(is_it).values(source_id=names[name]))
