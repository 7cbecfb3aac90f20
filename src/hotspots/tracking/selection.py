"""Which hotspots to read: a selection, as a query on ``hotspot_states``, and their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

import shapely
from pydantic.alias_generators import to_camel
from shapely.geometry.base import BaseGeometry
from sqlalchemy import JSON, ColumnElement, Connection, Select, String, and_, cast, false, func, or_, select

from hotspots.access.rights import Visibility
from hotspots.geography.gebieden import gebied_of
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.runs import latest_run, latest_run_id
from hotspots.tracking.visibility import is_visible, shared_name


@dataclass(frozen=True)
class Selection:
    """Which hotspots to read; what is empty does not restrict.

    Parameters
    ----------
    visibility
        Only those that the reader may know of: as they stood then, and as they stand now.
    as_of
        As they stood after the last run at or before this day, with the status of the end of this day;
        without it, after the last run, with the status of now.
    status, soort, trend, indicatie
        One of these values.
    area
        Code of a buurt or wijk, or name of a gebied.
    bbox, inside
        West, south, east, north in lon/lat degrees, or a lon/lat shape, in which the centre lies.
    period
        From and until, aware and inclusive, each None for no limit, that first to last report overlap.
    changed_since
        Only what is new or has changed since this moment, by a run or by people.
    """

    visibility: Visibility
    as_of: date | None = None
    status: Sequence[str] = ()
    soort: Sequence[str] = ()
    trend: Sequence[str] = ()
    indicatie: Sequence[str] = ()
    buurt: str | None = None
    gebied: str | None = None
    area: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    inside: BaseGeometry | None = None
    period: tuple[datetime | None, datetime | None] | None = None
    ids: Sequence[str] | None = None
    changed_since: datetime | None = None


def select_states(connection: Connection, settings: Settings, selection: Selection) -> Select[Any]:
    """Select run and id of the hotspots of a selection, as they stood after the last run of its day."""
    query = select(hotspot_states.c.run_id, hotspot_states.c.hotspot_id)
    if selection.status:
        query = query.join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
    run_id = latest_run_id(connection, selection.as_of)
    return query.where(hotspot_states.c.run_id == run_id, *_conditions(connection, settings, selection))


FIELDS: Mapping[str, ColumnElement[Any]] = {
    "id": hotspot_states.c.hotspot_id,
    "nummer": hotspots.c.number,
    "soort": hotspot_states.c.soort,
    "indicatie": hotspot_states.c.indicatie,
    "trend": hotspot_states.c.trend,
    "eerste_melding": hotspot_states.c.first_report,
    "laatste_melding": hotspot_states.c.last_report,
    "eerste_signalering": hotspot_states.c.first_signalled,
    "laatste_signalering": hotspot_states.c.last_signalled,
    "aantal_meldingen": hotspot_states.c.report_count,
    "aantal_dagen": hotspot_states.c.day_count,
    "aantal_weken": hotspot_states.c.week_count,
    "aantal_melders": hotspot_states.c.reporter_count,
    "duur_dagen": hotspot_states.c.duration_days,
    "verwacht": hotspot_states.c.expected,
    "p_waarde": hotspot_states.c.p_value,
    "herhalingsinterval": hotspot_states.c.recurrence_interval_days,
    "score": hotspot_states.c.score,
    "naam": shared_name(),
    "lon": hotspot_states.c.lon,
    "lat": hotspot_states.c.lat,
    "buurtcode": hotspot_states.c.buurtcode,
    "redenen": hotspot_states.c.redenen,
    "geometry": hotspot_states.c.geometry,
    "buurtnaam": areas.c.buurtnaam,
}
"""The column of each field of :class:`~hotspots.tracking.hotspot.Hotspot` that has one."""

SORTABLE: Mapping[str, ColumnElement[Any]] = {
    to_camel(name): FIELDS[name]
    for name in (
        *("nummer", "score", "aantal_meldingen", "aantal_dagen", "aantal_weken", "duur_dagen"),
        *("eerste_melding", "laatste_melding", "eerste_signalering", "laatste_signalering"),
    )
}
"""What hotspots can be sorted by, under its contract name; none of it is ever empty."""


def ordering(key: str) -> ColumnElement[Any]:
    """Sort by a key of :data:`SORTABLE`; falling after a minus."""
    column = SORTABLE[key.removeprefix("-")]
    return column.desc() if key.startswith("-") else column.asc()


# as in an index on hotspot_states, read backwards
LIST_ORDER = tuple(hotspot_states.c[name].desc() for name in ("is_signalled", "score", "hotspot_id"))


def status_at(connection: Connection, settings: Settings, as_of: date | None) -> ColumnElement[str]:
    """Where a hotspot stood at the end of a day; now, when there was no later run."""
    if as_of is None or as_of >= (latest_run(connection) or as_of):
        return hotspots.c.status
    until = datetime.combine(as_of + timedelta(days=1), time(), settings.municipality.zone)
    last = (
        select(hotspot_events.c.status)
        .where(hotspot_events.c.hotspot_id == hotspot_states.c.hotspot_id, hotspot_events.c.at < until)
        .order_by(hotspot_events.c.version.desc())
        .limit(1)
        .correlate(hotspot_states)
        .scalar_subquery()
    )
    return func.coalesce(last, Status.KANDIDAAT.value)


def visible_then_and_now(
    connection: Connection, settings: Settings, visibility: Visibility, as_of: date | None
) -> list[ColumnElement[bool]]:
    """What must hold of a row of ``hotspot_states`` of a run for a reader to know of it, then and now."""
    if visibility.is_everything:
        return []
    then = is_visible(connection, settings, visibility)
    if as_of is None:
        return [then]
    # what is hidden now is not to be found in the past either
    return [then, *visible_now(connection, settings, visibility, hotspot_states.c.hotspot_id)]


def visible_now(
    connection: Connection, settings: Settings, visibility: Visibility, hotspot_id: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    """What must hold of the id of a hotspot for a reader to know of it, as it stands after the last run."""
    if visibility.is_everything:
        return []
    # a run has a state of every hotspot that was ever found
    visible = select(hotspot_states.c.hotspot_id).where(
        hotspot_states.c.run_id == latest_run_id(connection, None),
        is_visible(connection, settings, visibility),
    )
    return [hotspot_id.in_(visible.correlate(None))]


def buurten_of(
    connection: Connection, settings: Settings, name: str, *, also_codes: bool = True
) -> list[str]:
    """The buurten of a gebied by name, or of a buurt or wijk by code; empty if there is no such area."""
    rows = connection.execute(select(areas.c.buurtcode, areas.c.wijkcode, areas.c.wijknaam)).all()
    gebieden: Mapping[str, Sequence[str]] = settings.areas.gebieden
    return sorted(
        row.buurtcode
        for row in rows
        if gebied_of(row.buurtcode, row.wijkcode, row.wijknaam, gebieden) == name
        or (also_codes and name in (row.buurtcode, row.wijkcode))
    )


def _conditions(
    connection: Connection, settings: Settings, selection: Selection
) -> list[ColumnElement[bool]]:
    conditions = visible_then_and_now(connection, settings, selection.visibility, selection.as_of)
    for column, values in (
        (status_at(connection, settings, selection.as_of), selection.status),
        (hotspot_states.c.soort, selection.soort),
        (hotspot_states.c.trend, selection.trend),
        (hotspot_states.c.indicatie, selection.indicatie),
    ):
        if values:
            conditions.append(column.in_(list(values)))
    if selection.buurt is not None:
        conditions.append(hotspot_states.c.buurtcode == selection.buurt)
    for name, coarse in ((selection.gebied, False), (selection.area, True)):
        if name is not None:
            codes = buurten_of(connection, settings, name, also_codes=coarse)
            conditions.append(hotspot_states.c.buurtcode.in_(codes))
    if selection.bbox is not None:
        conditions.append(_lies_between(*selection.bbox))
    if selection.inside is not None:
        conditions.append(_lies_inside(connection, selection.as_of, selection.inside))
    start, end = selection.period or (None, None)
    if start is not None:
        conditions.append(hotspot_states.c.last_report >= start)
    if end is not None:
        conditions.append(hotspot_states.c.first_report <= end)
    if selection.changed_since is not None:
        conditions.append(_changed_since(connection, selection.changed_since))
    if selection.ids is not None:
        conditions.append(hotspot_states.c.hotspot_id.in_(list(selection.ids)))
    return conditions


def _lies_between(west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
    return and_(hotspot_states.c.lon.between(west, east), hotspot_states.c.lat.between(south, north))


def _lies_inside(connection: Connection, as_of: date | None, shape: BaseGeometry) -> ColumnElement[bool]:
    if not all(map(isfinite, shape.bounds)):  # nowhere on earth
        return false()
    query = select(hotspot_states.c.hotspot_id, hotspot_states.c.lon, hotspot_states.c.lat).where(
        hotspot_states.c.run_id == latest_run_id(connection, as_of), _lies_between(*shape.bounds)
    )
    rows = connection.execute(query).all()
    inside = shapely.intersects_xy(shape, [row.lon for row in rows], [row.lat for row in rows])
    return hotspot_states.c.hotspot_id.in_([row[0] for row, found in zip(rows, inside, strict=True) if found])


_NOT_COMPARED = ("run_id", "hotspot_id", "detection_id", "merged_into")


def _changed_since(connection: Connection, moment: datetime) -> ColumnElement[bool]:
    query = select(runs.c.id).where(runs.c.finished_at <= moment).order_by(runs.c.as_of.desc()).limit(1)
    before = hotspot_states.alias("before")
    same = select(before.c.hotspot_id).where(
        before.c.run_id == connection.execute(query).scalar_one_or_none(),
        before.c.hotspot_id == hotspot_states.c.hotspot_id,
        *(
            _comparable(before.c[column.name]).is_not_distinct_from(_comparable(column))
            for column in hotspot_states.c
            if column.name not in _NOT_COMPARED
        ),
    )
    touched = select(hotspot_events.c.hotspot_id).where(hotspot_events.c.at > moment)
    return or_(~same.correlate(hotspot_states).exists(), hotspot_states.c.hotspot_id.in_(touched))


def _comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # PostgreSQL does not compare JSON, only its text
    return cast(column, String) if isinstance(column.type, JSON) else column
