"""Which hotspots a reader may know of, as conditions on rows of ``hotspot_states``."""

from sqlalchemy import ColumnElement, Connection, case, or_, true

from hotspots.access.rights import Visibility
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.run_tables import hotspot_states


def touches_persons() -> ColumnElement[bool]:
    """Whether a row of ``hotspot_states`` points at persons: as ``rights.touches_persons``."""
    return or_(hotspot_states.c.soort == Soort.WONING.value, hotspot_states.c.reporter_count <= 1)


def is_visible(connection: Connection, settings: Settings, visibility: Visibility) -> ColumnElement[bool]:
    """Whether a reader may know of the hotspot of a row of ``hotspot_states``, as it stood there."""
    return case(
        (touches_persons(), _lies_in(connection, settings, visibility.dwellings)),
        else_=_lies_in(connection, settings, visibility.gebieden),
    )


def _lies_in(
    connection: Connection, settings: Settings, gebieden: frozenset[str] | None
) -> ColumnElement[bool]:
    if gebieden is None:
        return true()
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    return hotspot_states.c.buurtcode.in_(sorted(code for code in gebied_of if gebied_of[code] in gebieden))
