"""Places that people put on the list, who see what detection doesn't; each says so, and by whom, for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, or_, select

from hotspots.store.case_tables import nominations
from hotspots.store.records import as_record
from hotspots.store.run_tables import hotspots

PUT_HERE = "Aangedragen door "
"""How the reason begins of a place that people put on the list."""


@dataclass(frozen=True)
class Nomination:
    """A place that an organisation put on the list."""

    hotspot_id: str
    organisation: str
    geometry: BaseGeometry  # in degrees: the reports in it are counted every week
    is_dwelling: bool  # as people say
    since: date  # peildatum of the first run in which it stands
    given_at: datetime
    withdrawn_at: datetime | None

    @property
    def reason(self) -> str:
        """Why it is on the list."""
        return why_here(self.organisation)


def why_here(organisation: str) -> str:
    """Say that people put a place on the list.

    Examples
    --------
    >>> why_here("Trajekt")
    'Aangedragen door Trajekt: mensen zetten deze plek op de lijst, niet het systeem.'
    """
    return f"{PUT_HERE}{organisation}: mensen zetten deze plek op de lijst, niet het systeem."


def read_counted(connection: Connection, as_of: date, known_until: datetime) -> list[Nomination]:
    """Read the places whose reports a run counts: put there by then, not withdrawn, and still known where."""
    query = (
        select(nominations)
        .join(hotspots, hotspots.c.id == nominations.c.hotspot_id)
        .where(
            nominations.c.since <= as_of,
            or_(nominations.c.withdrawn_at.is_(None), nominations.c.withdrawn_at >= known_until),
            hotspots.c.place_removed_on.is_(None),
        )
        .order_by(nominations.c.hotspot_id)
    )
    return [
        as_record(Nomination, row, geometry=shapely.from_wkb(row.geometry))
        for row in connection.execute(query)
    ]


def read_reasons(connection: Connection, as_of: date) -> Mapping[str, str]:
    """Why each place is on the list that people had put there by a run, by id of the hotspot."""
    query = select(nominations.c.hotspot_id, nominations.c.organisation).where(nominations.c.since <= as_of)
    return {row.hotspot_id: why_here(row.organisation) for row in connection.execute(query)}
