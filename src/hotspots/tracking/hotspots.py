"""Reading hotspots as they stood after a run, for every list, map, export and API answer."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pydantic import TypeAdapter
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
    are_selected,
    comparable,
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

KEPT_RECORDS = 2_000
"""So many records are kept for who reads the same rows again; each takes some kilobytes."""


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
    whole = _whole(states, status_at(connection, settings, selection.as_of, states))
    is_narrow = selection.bbox is not None or (limit is not None and limit < READ_AT_ONCE)
    if not (is_narrow or offset or sort):  # nearly all rows are wanted, in the order of an index
        query = whole.where(*are_selected(connection, settings, selection, states))
        return _hotspots(connection.execute(query.order_by(*order).limit(limit)), settings)
    chosen = select_states(connection, settings, selection, states)
    if "nummer" in (key.removeprefix("-") for key in sort) and not (selection.status or selection.is_listed):
        chosen = chosen.join(hotspots, hotspots.c.id == states.c.hotspot_id)
    # the page is found in the index alone; only its rows are then read whole
    page = chosen.order_by(*order).offset(offset).limit(limit).subquery()
    query = whole.join(page, _is_same_state(states, page))
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
    box = projection.box_around(own, within_m + settings.tracking.max_reach_m)
    around = read_hotspots(connection, settings, Selection(visibility, as_of=as_of, bbox=box))
    others = [other for other in around if other.id != hotspot.id]
    shapes = projection.geometries_to_metres(np.array([other.geometry for other in others], dtype=object))
    apart = zip(others, shapely.distance(own, shapes).tolist(), strict=True)
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


@lru_cache(maxsize=16)  # to say which columns takes longer than to read a page of them
def _whole(states: FromClause, status: ColumnElement[str]) -> Select[Any]:
    # lists as texts, so that rows can be compared
    fields: list[ColumnElement[Any]] = [
        comparable(states.c[column]).label(name) for name, column in FIELDS.items()
    ]
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
    """Give the records of rows; of rows as they were before, the same ones again.

    A record follows from its row and the settings alone, so it is never out of date.
    """
    names = tuple(found.keys())
    rows = [tuple(row) for row in found.all()]
    known = _known_records(names, settings.model_dump_json(include=_DECIDING))
    records = {row: known.get(row) for row in rows}
    new = [row for row, record in records.items() if record is None]
    if new:
        made = dict(zip(new, _records(names, new, settings), strict=True))
        if len(known) + len(made) > KEPT_RECORDS:
            known.clear()
        if len(made) <= KEPT_RECORDS:
            known |= made
        records |= made
    return [record for row in rows if (record := records[row]) is not None]


@lru_cache(maxsize=8)
def _known_records(_names: tuple[str, ...], _settings: str) -> dict[tuple[Any, ...], Hotspot]:
    """The records of rows with these columns, under these settings."""
    return {}


_DECIDING = {"municipality", "areas", "nuisance", "detection"}
"""Sections of the settings that a record depends on."""


def _records(names: Sequence[str], rows: Sequence[tuple[Any, ...]], settings: Settings) -> list[Hotspot]:
    """Make records of rows, column by column, as that is much faster than row by row."""
    told = dict(zip(names, zip(*rows, strict=True), strict=True))
    gebieden, zone = settings.areas.gebieden, settings.municipality.zone
    areas_of = list(zip(told["buurtcode"], told.pop("wijkcode"), told.pop("wijknaam"), strict=True))
    gebied = {area: None if area[1] is None else gebied_of(*area, gebieden) for area in set(areas_of)}
    # nor is told in steps that a place may be a dwelling
    steps = told.get(TOLD_ON, (None,) * len(rows))
    certainties = [
        certainty if step is None else None
        for certainty, step in zip(told["soort_zekerheid"], steps, strict=True)
    ]
    columns: dict[str, Iterable[Any]] = told | {
        "geometry": shapely.from_wkb(list(told["geometry"])),
        "gebied": [gebied[area] for area in areas_of],
        "aard": [aard_of(share, settings.nuisance) for share in told["aandeel_drugs"]],
        "soort_zekerheid": certainties,
        "soort_oordeel": [
            judgement_of(soort, certainty, settings.detection)
            for soort, certainty in zip(told["soort"], certainties, strict=True)
        ],
        "redenen": [
            [WAS_SAMPLE, *json.loads(reasons)] if was_sample else json.loads(reasons)
            for reasons, was_sample in zip(told["redenen"], told["steekproef"], strict=True)
        ],
        "subcategorieen": [json.loads(words) if words else () for words in told["subcategorieen"]],
        "eerste_melding": [moment.astimezone(zone).date() for moment in told["eerste_melding"]],
        "laatste_melding": [moment.astimezone(zone).date() for moment in told["laatste_melding"]],
    }
    return _RECORDS.validate_python(
        [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    )


_RECORDS = TypeAdapter(list[Hotspot])
