"""Which hotspots a reader may know of, and by which name, as conditions on rows of ``hotspot_states``."""

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
)

from hotspots.access.rights import Visibility
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states, hotspots
from hotspots.tracking.hotspot import UNKNOWN_BUURT


def touches_persons() -> ColumnElement[bool]:
    """Whether a row of ``hotspot_states`` points at persons: as ``rights.touches_persons``."""
    return or_(hotspot_states.c.soort == Soort.WONING.value, hotspot_states.c.reporter_count <= 1)


def ever_touched_persons(hotspot_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hotspot, by its id, pointed at persons in any run: decided once, also for the past."""
    return hotspot_id.in_(select(hotspots.c.id).where(hotspots.c.points_at_persons).correlate(None))


def is_visible(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    states: FromClause = hotspot_states,
) -> ColumnElement[bool]:
    """Whether a reader may know of the hotspot of a row of ``hotspot_states``, where it lay then."""
    return case(
        (
            ever_touched_persons(states.c.hotspot_id),
            lies_in(connection, settings, visibility.dwellings, states.c.buurtcode),
        ),
        else_=lies_in(connection, settings, visibility.gebieden, states.c.buurtcode),
    )


def shared_name(states: FromClause = hotspot_states) -> ColumnElement[str]:
    """What everyone who may know of a hotspot calls it; of ``hotspots``, ``hotspot_states`` and ``areas``.

    Never an address. What people call a dwelling is left out too, unless it is the name of a street or buurt:
    as its address it is for who may see exact points (``casework.exact_data.read_dwelling_name``).
    """
    is_shared = or_(states.c.soort != Soort.WONING.value, hotspots.c.is_general_name)
    return case(
        (and_(hotspots.c.given_name.is_not(None), is_shared), hotspots.c.given_name),
        else_=func.coalesce(hotspots.c.place_name, areas.c.buurtnaam, UNKNOWN_BUURT),
    )


def lies_in(
    connection: Connection,
    settings: Settings,
    gebieden: frozenset[str] | None,
    buurtcode: ColumnElement[str],
) -> ColumnElement[bool]:
    """Whether the buurt of a row is in one of these areas; None is everywhere."""
    if gebieden is None:
        return true()
    if not gebieden:
        return false()
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    codes = sorted(code for code in gebied_of if gebied_of[code] in gebieden)
    return buurtcode.is_not(None) & buurtcode.in_(codes)
