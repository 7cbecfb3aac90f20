"""Reading hotspots as they stood after a run, for every list, map, export and API answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    FromClause,
    Select,
    Subquery,
    case,
    func,
    or_,
    select,
)

from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.geography.gebieden import gebied_of
from hotspots.geography.projection import Projection
from hotspots.model import RETURN, Soort, Soortoordeel, Status, Trend
from hotspots.settings import DetectionSettings, Settings
from hotspots.store.case_tables import hotspot_events, nominations
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspots, runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.listed import ListCounts
from hotspots.tracking.nuisance import aard_of
from hotspots.tracking.runs import latest_run_id
from hotspots.tracking.samples import WAS_SAMPLE, is_told_sample
from hotspots.tracking.selection import (
    FIELDS,
    Selection,
    list_order,
    ordering,
    select_states,
    states_of,
    status_at,
    visible_then_and_now,
)
from hotspots.tracking.told import TOLD_ON, shared_name, told_states

READ_AT_ONCE = 500
"""So many are in memory while a file is made of them."""


@dataclass(frozen=True)
class NewHotspot:
    """A hotspot that came on the list."""

    hotspot: Hotspot
    published: datetime  # when the run that first signalled it was done
    updated: datetime  # when it came on the list again, if it did


def count_hotspots(connection: Connection, settings: Settings, selection: Selection) -> int:
    """How many hotspots a selection holds."""
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states)
    return connection.execute(chosen.with_only_columns(func.count())).scalar_one()


def count_signalled(connection: Connection, settings: Settings, selection: Selection) -> int:
    """How many of the selected hotspots met the rules again in their run."""
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states).where(states.c.is_signalled)
    return connection.execute(chosen.with_only_columns(func.count())).scalar_one()


def count_listed(connection: Connection, settings: Settings, selection: Selection) -> ListCounts:
    """How many of the selected hotspots are on the list, new on it, and candidates."""
    listed = replace(selection, is_listed=True)
    return ListCounts(
        count_hotspots(connection, settings, listed),
        count_by_trend(connection, settings, selection)[Trend.NIEUW],
        count_hotspots(connection, settings, replace(listed, status=[Status.KANDIDAAT.value])),
    )


def count_by_trend(connection: Connection, settings: Settings, selection: Selection) -> dict[Trend, int]:
    """How many of the selected hotspots are on the list, per trend; all trends, also with 0."""
    selection = replace(selection, is_listed=True)
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states)
    trends = chosen.add_columns(states.c.trend).subquery()
    query = select(trends.c.trend, func.count()).group_by(trends.c.trend)
    counts = {row[0]: row[1] for row in connection.execute(query)}
    return {trend: counts.get(trend.value, 0) for trend in Trend}


def read_hotspots(
    connection: Connection,
    settings: Settings,
    selection: Selection,
    *,
    offset: int = 0,
    limit: int | None = None,
    sort: Sequence[str] = (),
) -> list[Hotspot]:
    """Read hotspots: those signalled in that run first, then the others, each by falling score.

    Parameters
    ----------
    offset, limit
        Which part.
    sort
        Another order: keys of ``SORTABLE``, with ``-`` before them from high to low; then as usual.
    """
    states = states_of(connection, settings, selection)
    order = (*(ordering(key, states) for key in sort), *list_order(states))
    chosen = select_states(connection, settings, selection, states)
    if "nummer" in (key.removeprefix("-") for key in sort) and not (selection.status or selection.is_listed):
        chosen = chosen.join(hotspots, hotspots.c.id == states.c.hotspot_id)
    # the page is found in the index alone; only its rows are then read whole
    page = chosen.order_by(*order).offset(offset).limit(limit).subquery()
    status = status_at(connection, settings, selection.as_of, states)
    query = _whole(states, status).join(page, _is_same_state(states, page))
    return _hotspots(connection.execute(query.order_by(*order)), settings)


def iterate_hotspots(
    connection: Connection, settings: Settings, selection: Selection, *, sort: Sequence[str] = ()
) -> Iterator[Hotspot]:
    """Read hotspots as :func:`read_hotspots`, some at a time, for files that may hold very many."""
    offset = 0
    while True:
        part = read_hotspots(connection, settings, selection, offset=offset, limit=READ_AT_ONCE, sort=sort)
        yield from part
        offset += len(part)
        if len(part) < READ_AT_ONCE:
            return


def read_ids(connection: Connection, settings: Settings, selection: Selection) -> list[str]:
    """The ids of the selected hotspots, in the order of lists."""
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states)
    query = chosen.with_only_columns(states.c.hotspot_id).order_by(*list_order(states))
    return list(connection.execute(query).scalars())


def find_intersecting(
    connection: Connection, settings: Settings, selection: Selection, shape: BaseGeometry
) -> list[str]:
    """The ids of the selected hotspots that touch a lon/lat shape with any part, in the order of lists."""
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states).add_columns(states.c.geometry)
    rows = connection.execute(chosen.order_by(*list_order(states))).all()
    touches = shapely.intersects(shapely.from_wkb([row.geometry for row in rows]), shape)
    return [row.hotspot_id for row, is_touched in zip(rows, touches, strict=True) if is_touched]


def read_newest(
    connection: Connection, settings: Settings, selection: Selection, *, limit: int
) -> list[NewHotspot]:
    """The selected hotspots that came on the list last, for the first time or again; latest first."""
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states).subquery()
    first, again = runs.alias("first"), hotspot_events.alias("again")
    returned = (
        select(func.max(again.c.at))
        .where(again.c.hotspot_id == states.c.hotspot_id, again.c.kind == RETURN)
        .correlate(states)
        .scalar_subquery()
    )
    updated = case((returned > first.c.finished_at, returned), else_=first.c.finished_at)
    query = (
        select(states.c.hotspot_id, first.c.finished_at, updated.label("updated"))
        .select_from(states)
        .join(chosen, _is_same_state(states, chosen))
        .join(first, first.c.as_of == states.c.first_signalled)
        .order_by(updated.desc(), states.c.hotspot_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    wanted = replace(selection, ids=[row.hotspot_id for row in rows])
    by_id = {hotspot.id: hotspot for hotspot in read_hotspots(connection, settings, wanted)}
    return [NewHotspot(by_id[row.hotspot_id], row.finished_at, row.updated) for row in rows]


def read_hotspot(
    connection: Connection,
    settings: Settings,
    id_or_number: str,
    *,
    visibility: Visibility,
    as_of: date | None = None,
) -> Hotspot:
    """Read one hotspot by its id or number.

    Raises
    ------
    NotFoundError
        If there is none by that id or number at that day, or the reader may not know of it.
    """
    states = told_states(connection, settings, visibility, as_of)
    query = _whole(states, status_at(connection, settings, as_of, states)).where(
        states.c.run_id == latest_run_id(connection, as_of),
        or_(hotspots.c.id == id_or_number, hotspots.c.number == id_or_number),
        *visible_then_and_now(connection, settings, visibility, as_of, states),
    )
    found = _hotspots(connection.execute(query), settings)
    if not found:
        raise NotFoundError(f"there is no hotspot '{id_or_number}'" + (f" at {as_of}" if as_of else ""))
    return found[0]


def read_nearby(
    connection: Connection,
    settings: Settings,
    hotspot: Hotspot,
    *,
    visibility: Visibility,
    within_m: float,
    as_of: date | None = None,
) -> list[tuple[Hotspot, float]]:
    """Read other hotspots near one, also ended ones, with how many metres apart they are; nearest first."""
    projection = Projection(settings.municipality.crs)
    own = projection.geometry_to_metres(hotspot.geometry)
    reach = projection.geometry_to_degrees(own.buffer(within_m + settings.tracking.max_reach_m))
    others = read_hotspots(connection, settings, Selection(visibility, as_of=as_of, bbox=reach.bounds))
    apart = [
        (other, float(own.distance(projection.geometry_to_metres(other.geometry))))
        for other in others
        if other.id != hotspot.id
    ]
    return sorted(
        ((other, metres) for other, metres in apart if metres <= within_m),
        key=lambda pair: (pair[1], pair[0].nummer),
    )


def judgement_of(soort: str, certainty: float | None, settings: DetectionSettings) -> Soortoordeel:
    """How sure it is what a hotspot points at; of runs that gave no likelihood, what they called it.

    Examples
    --------
    >>> str(judgement_of("woning", 0.5, DetectionSettings()))
    'mogelijk woning'
    """
    if soort == Soort.WONING and certainty is not None and certainty < settings.sure_woning:
        return Soortoordeel.MOGELIJK_WONING
    return Soortoordeel(soort)


def _is_same_state(states: FromClause, chosen: Subquery) -> ColumnElement[bool]:
    return (chosen.c.run_id == states.c.run_id) & (chosen.c.hotspot_id == states.c.hotspot_id)


def _whole(states: FromClause, status: ColumnElement[str]) -> Select[Any]:
    fields: list[ColumnElement[Any]] = [states.c[column].label(name) for name, column in FIELDS.items()]
    if TOLD_ON in states.c:
        fields.append(states.c[TOLD_ON])
    return (
        select(*fields, hotspots.c.number.label("nummer"), status.label("status"))
        .add_columns(shared_name(states).label("naam"), areas.c.buurtnaam, areas.c.wijkcode, areas.c.wijknaam)
        .add_columns(nominations.c.organisation.label("aangedragen_door"))
        .add_columns(is_told_sample(states.c.hotspot_id).label("steekproef"))
        .select_from(states)
        .join(hotspots, hotspots.c.id == states.c.hotspot_id)
        .outerjoin(nominations, nominations.c.hotspot_id == states.c.hotspot_id)
        .outerjoin(areas, areas.c.buurtcode == states.c.buurtcode)
    )


def _hotspots(found: CursorResult[Any], settings: Settings) -> list[Hotspot]:
    names = tuple(found.keys())
    rows = [dict(zip(names, row, strict=True)) for row in found]
    shapes = shapely.from_wkb([row["geometry"] for row in rows])
    return [_hotspot(row, shape, settings) for row, shape in zip(rows, shapes, strict=True)]


def _hotspot(row: Mapping[str, Any], shape: BaseGeometry, settings: Settings) -> Hotspot:
    values = {**row, "geometry": shape, "gebied": None}
    wijkcode, wijknaam = values.pop("wijkcode"), values.pop("wijknaam")
    if wijkcode is not None:
        values["gebied"] = gebied_of(row["buurtcode"], wijkcode, wijknaam, settings.areas.gebieden)
    values["aard"] = aard_of(row["aandeel_drugs"], settings.nuisance)
    if values.get(TOLD_ON) is not None:  # nor is told in steps that a place may be a dwelling
        values["soort_zekerheid"] = None
    values["soort_oordeel"] = judgement_of(row["soort"], values["soort_zekerheid"], settings.detection)
    if values["steekproef"]:
        values["redenen"] = [WAS_SAMPLE, *row["redenen"]]
    values["subcategorieen"] = row["subcategorieen"] or ()
    zone = settings.municipality.zone
    for name in ("eerste_melding", "laatste_melding"):
        values[name] = row[name].astimezone(zone).date()
    return Hotspot(**values)
