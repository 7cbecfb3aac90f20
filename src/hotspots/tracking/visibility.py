"""Which hotspots a reader may know of, as conditions on rows of ``hotspot_states``."""

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    case,
    false,
    or_,
    select,
    true,
)

from hotspots.access.rights import Visibility
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.run_tables import hotspot_states, hotspots


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


def lies_in(
    connection: Connection,
    settings: Settings,
    gebieden: frozenset[str] | None,
    buurtcode: ColumnElement[str],
) -> ColumnElement[bool]:
    """Whether the buurt of a row is in one of these areas; None is everywhere."""
    return is_one_of(buurten_in(connection, settings, gebieden), buurtcode)


def buurten_in(
    connection: Connection, settings: Settings, gebieden: frozenset[str] | None
) -> tuple[str, ...] | None:
    """The codes of the buurten in these areas; None is everywhere."""
    if not gebieden:
        return None if gebieden is None else ()
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    return tuple(sorted(code for code in gebied_of if gebied_of[code] in gebieden))


def is_one_of(codes: tuple[str, ...] | None, buurtcode: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the buurt of a row is one of these; None is all, and none."""
    if not codes:
        return true() if codes is None else false()
    return buurtcode.is_not(None) & buurtcode.in_(codes)
