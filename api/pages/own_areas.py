"""The areas that a reader can choose on a page: gebieden by name, and areas of their own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import shapely
from sqlalchemy import Connection

from hotspots.access.rights import Actor, Visibility
from hotspots.publishing.follows import read_follows
from hotspots.tracking.own_areas import OWN, read_own_area

if TYPE_CHECKING:
    import geopandas as gpd


def areas_to_choose(connection: Connection, gebieden: Sequence[str], actor: Actor | None) -> dict[str, str]:
    """What each area that can be chosen is called, by its value in an address."""
    own = [] if actor is None else read_follows(connection, user_id=actor.id)
    mine = {f"{OWN}{each.id}": f"{each.name} (eigen gebied)" for each in own if each.shape is not None}
    return {name: name for name in gebieden} | mine


def name_of_area(connection: Connection, gebied: str | None, visibility: Visibility) -> str | None:
    """What a chosen area is called: a gebied as it is, an own area as its owner called it."""
    if gebied is None or not gebied.startswith(OWN):
        return gebied
    own = read_own_area(connection, visibility.reader_id, gebied)
    return f"{own[0]} (eigen gebied)" if own else "eigen gebied dat er niet is"


def buurten_within(
    connection: Connection, areas: "gpd.GeoDataFrame", gebied: str | None, visibility: Visibility
) -> set[str] | None:
    """The codes of the buurten of a chosen area, or that one's own area touches; None if none was chosen."""
    if gebied is None:
        return None
    if not gebied.startswith(OWN):
        return set(areas["buurtcode"][areas["gebied"] == gebied])
    own = read_own_area(connection, visibility.reader_id, gebied)
    return set() if own is None else set(areas["buurtcode"][shapely.intersects(areas.geometry, own[1])])
