"""Public figures of whole years, as the weekly run publishes them: for tests of who is told nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, insert

from hotspots.publishing.disclosure import Level, quarter_of
from hotspots.store.run_tables import public_figures


def publish_quarters(
    connection: Connection, year: int, figures: Mapping[tuple[Level, str], Sequence[int | None]]
) -> None:
    """Write the figures of an area in the first quarters of a year; None is suppressed."""
    rows = []
    for (level, code), of_quarters in figures.items():
        for number, figure in enumerate(of_quarters):
            first, last = quarter_of(date(year, 3 * number + 1, 1))
            days = {"first_day": first, "last_day": last, "as_of": last}
            rows.append(days | {"level": str(level), "code": code, "figure": figure})
    connection.execute(insert(public_figures), rows)
