"""Naming hotspots after the streets around them: once, and kept for as long as the name is right.

A hotspot is named by the run that gives it its number. Its name is chosen anew only when the place has moved
so far that its street lies no longer near the outline, or when it turns out to be a dwelling, of which only a
street is named, and not a corner. Who is told in steps is told the name that was right at the last step.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Row, bindparam, select, update

from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.geocoding.place_names import NamedSpot, Surroundings, area_names, dwelling_names
from hotspots.geocoding.places import read_gazetteer
from hotspots.geocoding.register_store import addresses_of_streets, streets_between
from hotspots.geocoding.street_index import Box, StreetIndex
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspot import UNKNOWN_BUURT


def name_hotspots(
    connection: Connection,
    settings: Settings,
    states: Sequence[Mapping[str, Any]],
    *,
    is_latest: bool,
    stepped: Collection[str] = (),
    streets: StreetIndex | None = None,
) -> None:
    """Name the hotspots that have no name, and those whose name is no longer right.

    Parameters
    ----------
    states
        Rows of ``hotspot_states``, of a run.
    is_latest
        Whether it is the last run: only then are names of before looked at, for what is on the list.
    stepped
        Ids of the hotspots of which this run is a step.
    streets
        By which streets are found; without it the database is asked for those around each hotspot.
    """
    columns = (hotspots.c.id, hotspots.c.place_name, hotspots.c.told_name, hotspots.c.place_removed_on)
    known = {row.id: row for row in connection.execute(select(*columns))}
    chosen = [
        state
        for state in sorted(states, key=lambda state: str(state["hotspot_id"]))
        if (row := known[state["hotspot_id"]]).place_name is None or (is_latest and state["is_signalled"])
    ]
    if not chosen:
        return
    names = _Names(connection, settings, chosen, streets)
    changed = []
    for state in chosen:
        row = known[state["hotspot_id"]]
        name, told = names.chosen(state, row, before=row.place_name), row.told_name
        if row.told_name is None or row.id in stepped:
            is_same = row.told_name == row.place_name
            told = name if is_same else names.chosen(state, row, before=row.told_name)
        if (name, told) != (row.place_name, row.told_name):
            changed.append({"hotspot": row.id, "name": name, "told": told})
    if changed:
        named = update(hotspots).where(hotspots.c.id == bindparam("hotspot"))
        connection.execute(named.values(place_name=bindparam("name"), told_name=bindparam("told")), changed)


def best_names(
    connection: Connection,
    settings: Settings,
    places: Sequence[Mapping[str, Any]],
    *,
    streets: StreetIndex | None = None,
) -> dict[Any, str]:
    """Give the name that each place would get, by its ``hotspot_id``; nothing is kept.

    Parameters
    ----------
    places
        ``hotspot_id`` (any key), ``geometry`` (WKB), ``soort`` and ``buurtcode``.
    streets
        As :func:`name_hotspots` takes it.
    """
    names = _Names(connection, settings, places, streets)
    return {place["hotspot_id"]: names.best(place) for place in places}


@dataclass(frozen=True)
class _Names:
    connection: Connection
    settings: Settings
    states: Sequence[Mapping[str, Any]]
    streets: StreetIndex | None

    def chosen(self, state: Mapping[str, Any], row: Row[*tuple[Any, ...]], *, before: str | None) -> str:
        """The name of before as long as it is right, else the best one; its buurt when no more is kept."""
        if row.place_removed_on is not None:
            return self.buurt_of(state)
        outline = self._outlines[state["hotspot_id"]]
        best = self._right(state, outline, self._touched[state["hotspot_id"]])
        if before is None or before in best:
            return best[0] if before is None else before
        wider = outline.buffer(self.settings.naming.keep_within_m)
        (touched,) = self._buurten_at([wider])
        return before if before in self._right(state, wider, touched) else best[0]

    def best(self, state: Mapping[str, Any]) -> str:
        """The best name."""
        hotspot_id = state["hotspot_id"]
        return self._right(state, self._outlines[hotspot_id], self._touched[hotspot_id])[0]

    def buurt_of(self, state: Mapping[str, Any]) -> str:
        """The name of its buurt."""
        return self._buurtnamen.get(state["buurtcode"], UNKNOWN_BUURT)

    def _right(self, state: Mapping[str, Any], outline: BaseGeometry, touched: Sequence[str]) -> list[str]:
        """Every name that is right for this outline, which touches these buurten, the best first."""
        around, own = self._around[state["hotspot_id"]], self.buurt_of(state)
        if state["soort"] == Soort.WONING:
            hide = partial(self._hiding, buurtcode=state["buurtcode"])
            forms, buurten = dwelling_names(outline, around, hide, self.settings.naming), [own]
        else:
            forms = area_names(outline, around, self.settings.naming)
            buurten = [own, *(name for name in touched if name != own)]
        if not forms:
            return buurten
        return [f"{form}, {buurt}" if form != buurt else form for buurt in buurten for form in forms]

    def _buurten_at(self, outlines: Sequence[BaseGeometry]) -> list[list[str]]:
        """The names of the buurten that each of these touches, in the order of the alphabet."""
        shapes = self._projection.geometries_to_degrees(np.array(outlines, dtype=object))
        found, touched = self._buurten_tree.query(shapes, predicate="intersects")
        names: list[list[str]] = [[] for _ in outlines]
        for number, name in zip(found.tolist(), self._areas["buurtnaam"].iloc[touched], strict=True):
            names[number].append(name)
        return [sorted(some) for some in names]

    @cached_property
    def _outlines(self) -> dict[str, BaseGeometry]:
        """The outline of each hotspot, in metres."""
        shapes = shapely.from_wkb([state["geometry"] for state in self.states])
        metres = self._projection.geometries_to_metres(np.array(shapes, dtype=object))
        return {state["hotspot_id"]: shape for state, shape in zip(self.states, metres, strict=True)}

    @cached_property
    def _touched(self) -> dict[str, list[str]]:
        """The names of the buurten that each hotspot touches."""
        return dict(zip(self._outlines, self._buurten_at(list(self._outlines.values())), strict=True))

    @cached_property
    def _buurten_tree(self) -> shapely.STRtree:
        shapes = self._areas.geometry.to_numpy()
        shapely.prepare(shapes)
        return shapely.STRtree(shapes)

    @cached_property
    def _projection(self) -> Projection:
        return Projection(self.settings.municipality.crs)

    @cached_property
    def _areas(self) -> Any:
        return load_areas(self.connection, self.settings.areas.gebieden)

    @cached_property
    def _buurtnamen(self) -> dict[str, str]:
        return dict(zip(self._areas["buurtcode"], self._areas["buurtnaam"], strict=True))

    @cached_property
    def _spots(self) -> list[NamedSpot]:
        geocoding = self.settings.geocoding
        if not geocoding.gazetteer:
            return []
        places = read_gazetteer(Path(geocoding.gazetteer), radius_m=geocoding.place_radius_m)
        x, y = self._projection.to_metres([place.lon for place in places], [place.lat for place in places])
        return [
            NamedSpot(place.name, float(east), float(north), place.radius_m)
            for place, east, north in zip(places, x, y, strict=True)
        ]

    @cached_property
    def _around(self) -> dict[str, Surroundings]:
        """The streets of the addresses around each hotspot, and where these are."""
        reach_m = self.settings.naming.reach_m + self.settings.naming.keep_within_m
        shapes = shapely.from_wkb([state["geometry"] for state in self.states])
        boxes = [_reaching(bounds, reach_m) for bounds in shapely.bounds(shapes).tolist()]
        if self.streets is not None:
            found = self.streets.within(boxes, self._projection)
        else:
            read = [streets_between(self.connection, *box) for box in boxes]
            found = [
                (street, np.column_stack(self._projection.to_metres(lon, lat))) for street, lon, lat in read
            ]
        return {
            state["hotspot_id"]: Surroundings(*part, self._spots)
            for state, part in zip(self.states, found, strict=True)
        }

    def _hiding(self, streets: Iterable[str], *, buurtcode: str | None) -> frozenset[str]:
        """Which of some streets have enough addresses in a buurt to hide one."""
        wanted = set(streets)
        if new := sorted(wanted - self._addresses_in.keys()):
            table = addresses_of_streets(self.connection, new)
            buurten = self._area_index.locate(table["lon"], table["lat"]).tolist()
            self._addresses_in.update((street, Counter()) for street in new)
            for street, buurt in zip(table["street"].tolist(), buurten, strict=True):
                self._addresses_in[street][buurt] += 1
        least = self.settings.naming.min_addresses
        return frozenset(one for one in wanted if self._addresses_in[one][buurtcode] >= least)

    @cached_property
    def _addresses_in(self) -> dict[str, Counter[str | None]]:
        """How many addresses each street has in each buurt, of the streets that were asked for."""
        return {}

    @cached_property
    def _area_index(self) -> AreaIndex:
        return AreaIndex(self._areas)


def _reaching(bounds: Sequence[float], reach_m: float) -> Box:
    """What lies within reach of a box."""
    west, south, east, north = bounds
    up = reach_m / METRES_PER_DEGREE
    aside = up / max(np.cos(np.radians(max(abs(south), abs(north)))), 0.01)
    return west - aside, south - up, east + aside, north + up
