"""Which hotspots to read: a selection, as a query on ``hotspot_states``, and their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from math import isfinite
from typing import Any

import shapely
from pydantic.alias_generators import to_camel
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    and_,
    cast,
    false,
    func,
    or_,
    select,
)

from hotspots.access.rights import Visibility
from hotspots.geography.gebieden import gebied_of
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.listed import are_listed
from hotspots.tracking.nuisance import are_of_aard
from hotspots.tracking.own_areas import OWN, lies_in_own_area
from hotspots.tracking.runs import latest_run, latest_run_id
from hotspots.tracking.told import day_column, told_states
from hotspots.tracking.visibility import is_visible, lies_in


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
    status, soort, trend, indicatie, aard
        One of these values.
    area
        Code of a buurt or wijk, or name of a gebied; of a gebied also an area of the reader's own
        (:mod:`hotspots.tracking.own_areas`).
    bbox, inside
        West, south, east, north in lon/lat degrees, or a lon/lat shape, in which the centre lies.
    period
        From and until, aware and inclusive, each None for no limit, that first to last report overlap.
    is_listed
        Only what is on the list (:mod:`hotspots.tracking.listed`).
    changed_since
        Only what is new or has changed since this moment, by a run or by people.
    """

    visibility: Visibility
    as_of: date | None = None
    status: Sequence[str] = ()
    soort: Sequence[str] = ()
    trend: Sequence[str] = ()
    indicatie: Sequence[str] = ()
    aard: Sequence[str] = ()
    buurt: str | None = None
    gebied: str | None = None
    area: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    inside: BaseGeometry | None = None
    period: tuple[datetime | None, datetime | None] | None = None
    ids: Sequence[str] | None = None
    changed_since: datetime | None = None
    is_listed: bool = False


def states_of(connection: Connection, settings: Settings, selection: Selection) -> FromClause:
    """What the reader of a selection is told of each hotspot, with the columns of ``hotspot_states``."""
    return told_states(connection, settings, selection.visibility, selection.as_of)


def select_states(
    connection: Connection,
    settings: Settings,
    selection: Selection,
    states: FromClause | None = None,
) -> Select[Any]:
    """Select run and id of the hotspots of a selection, as they stood after the last run of its day.

    `states` are those of :func:`states_of`, for who selects more of them.
    """
    if states is None:
        states = states_of(connection, settings, selection)
    query = select(states.c.run_id, states.c.hotspot_id)
    if selection.status or selection.is_listed:
        query = query.join(hotspots, hotspots.c.id == states.c.hotspot_id)
    return query.where(*are_selected(connection, settings, selection, states))


FIELDS: Mapping[str, str] = {
    "id": "hotspot_id",
    "soort": "soort",
    "indicatie": "indicatie",
    "trend": "trend",
    "eerste_melding": "first_report",
    "laatste_melding": "last_report",
    "eerste_signalering": "first_signalled",
    "laatste_signalering": "last_signalled",
    "aantal_meldingen": "report_count",
    "aantal_dagen": "day_count",
    "aantal_weken": "week_count",
    "aantal_melders": "reporter_count",
    "duur_dagen": "duration_days",
    "verwacht": "expected",
    "p_waarde": "p_value",
    "herhalingsinterval": "recurrence_interval_days",
    "score": "score",
    "aandeel_drugs": "drugs_share",
    "subcategorieen": "subcategories",
    "lon": "lon",
    "lat": "lat",
    "buurtcode": "buurtcode",
    "redenen": "redenen",
    "soort_zekerheid": "soort_certainty",
    "geometry": "geometry",
}
"""The column of ``hotspot_states`` of each field of a hotspot that has one."""

SORTABLE: Mapping[str, str] = {
    to_camel(name): FIELDS.get(name, "number")
    for name in (
        *("nummer", "score", "aantal_meldingen", "aantal_dagen", "aantal_weken", "duur_dagen"),
        *("eerste_melding", "laatste_melding", "eerste_signalering", "laatste_signalering"),
    )
}
"""What hotspots can be sorted by, under its contract name; none of it is ever empty."""


def ordering(key: str, states: FromClause = hotspot_states) -> ColumnElement[Any]:
    """Sort by a key of :data:`SORTABLE`; falling after a minus."""
    name = SORTABLE[key.removeprefix("-")]
    day = day_column(name)
    column = hotspots.c.number if name == "number" else states.c[day if day in states.c else name]
    return column.desc() if key.startswith("-") else column.asc()


def list_order(states: FromClause = hotspot_states) -> tuple[ColumnElement[Any], ...]:
    """The order of lists: as in an index on ``hotspot_states``, read backwards."""
    return tuple(states.c[name].desc() for name in ("is_signalled", "score", "hotspot_id"))


def status_at(
    connection: Connection,
    settings: Settings,
    as_of: date | None,
    states: FromClause = hotspot_states,
) -> ColumnElement[str]:
    """Where a hotspot stood at the end of a day; now, when there was no later run."""
    if as_of is None or as_of >= (latest_run(connection) or as_of):
        return hotspots.c.status
    until = settings.municipality.midnight(as_of + timedelta(days=1))
    return _status_before(until, states)


def _status_before(until: datetime, states: FromClause) -> ColumnElement[str]:
    last = (
        select(hotspot_events.c.status)
        .where(hotspot_events.c.hotspot_id == states.c.hotspot_id, hotspot_events.c.at < until)
        .order_by(hotspot_events.c.version.desc())
        .limit(1)
        .correlate(states)
        .scalar_subquery()
    )
    return func.coalesce(last, Status.KANDIDAAT.value)


def visible_then_and_now(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    as_of: date | None,
    states: FromClause = hotspot_states,
) -> list[ColumnElement[bool]]:
    """What must hold of a row of ``hotspot_states`` of a run for a reader to know of it, then and now."""
    if visibility.is_everything:
        return []
    then = is_visible(connection, settings, visibility, states)
    if as_of is None:
        return [then]
    # what is hidden now is not to be found in the past either
    return [then, *visible_now(connection, settings, visibility, states.c.hotspot_id)]


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


def are_selected(
    connection: Connection, settings: Settings, selection: Selection, states: FromClause
) -> list[ColumnElement[bool]]:
    """What must hold of `states`, and of ``hotspots`` joined to them, for a selection to have it."""
    conditions = [states.c.run_id == latest_run_id(connection, selection.as_of)]
    conditions += visible_then_and_now(connection, settings, selection.visibility, selection.as_of, states)
    conditions += _are_as_asked(connection, settings, selection, states)
    if selection.buurt is not None:
        conditions.append(states.c.buurtcode == selection.buurt)
    for name, coarse in ((selection.gebied, False), (selection.area, True)):
        if name is not None and name.startswith(OWN):
            reader = selection.visibility.reader_id
            conditions.append(lies_in_own_area(connection, reader, name, selection.as_of, states))
        elif name is not None:
            codes = buurten_of(connection, settings, name, also_codes=coarse)
            conditions.append(states.c.buurtcode.in_(codes))
    if selection.bbox is not None:
        conditions.append(_lies_between(states, *selection.bbox))
    if selection.inside is not None:
        conditions.append(_lies_inside(connection, selection.as_of, selection.inside, states))
    if selection.period is not None:
        conditions += _has_reports_in(settings, selection.visibility, selection.period, states)
    if selection.changed_since is not None:
        conditions.append(
            _changed_since(connection, settings, selection.visibility, selection.changed_since, states)
        )
    if selection.ids is not None:
        conditions.append(states.c.hotspot_id.in_(list(selection.ids)))
    return conditions


def _are_as_asked(
    connection: Connection, settings: Settings, selection: Selection, states: FromClause
) -> list[ColumnElement[bool]]:
    status = status_at(connection, settings, selection.as_of, states)
    conditions: list[ColumnElement[bool]] = [
        column.in_(list(values))
        for column, values in (
            (status, selection.status),
            (states.c.soort, selection.soort),
            (states.c.trend, selection.trend),
            (states.c.indicatie, selection.indicatie),
        )
        if values
    ]
    if selection.aard:
        conditions.append(are_of_aard(states.c.drugs_share, selection.aard, settings.nuisance))
    if selection.is_listed:
        conditions.append(are_listed(states, status))
    return conditions


def _has_reports_in(
    settings: Settings,
    visibility: Visibility,
    period: tuple[datetime | None, datetime | None],
    states: FromClause,
) -> list[ColumnElement[bool]]:
    start, end = period
    if not visibility.sees_reports_everywhere:
        # asked again and again, a moment would tell when the last report was
        start, end = _whole_days(settings, start, end)
    conditions = []
    if start is not None:
        conditions.append(states.c.last_report >= start)
    if end is not None:
        conditions.append(states.c.first_report <= end)
    return conditions


def _whole_days(
    settings: Settings, start: datetime | None, end: datetime | None
) -> tuple[datetime | None, datetime | None]:
    municipality = settings.municipality
    if start is not None and start.year > MINYEAR + 1:
        start = municipality.midnight(municipality.local_day(start))
    if end is not None and end.year < MAXYEAR - 1:
        day_after = municipality.local_day(end) + timedelta(days=1)
        end = municipality.midnight(day_after) - timedelta(microseconds=1)
    return start, end


def _lies_between(
    states: FromClause, west: float, south: float, east: float, north: float
) -> ColumnElement[bool]:
    return and_(states.c.lon.between(west, east), states.c.lat.between(south, north))


def _lies_inside(
    connection: Connection, as_of: date | None, shape: BaseGeometry, states: FromClause
) -> ColumnElement[bool]:
    if not all(map(isfinite, shape.bounds)):  # nowhere on earth
        return false()
    query = select(states.c.hotspot_id, states.c.lon, states.c.lat).where(
        states.c.run_id == latest_run_id(connection, as_of), _lies_between(states, *shape.bounds)
    )
    rows = connection.execute(query).all()
    inside = shapely.intersects_xy(shape, [row.lon for row in rows], [row.lat for row in rows])
    return states.c.hotspot_id.in_([row[0] for row, found in zip(rows, inside, strict=True) if found])


_NOT_COMPARED = ("run_id", "hotspot_id", "detection_id", "merged_into", "told_run_id")


def _changed_since(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    moment: datetime,
    states: FromClause,
) -> ColumnElement[bool]:
    query = select(runs.c.id, runs.c.as_of).where(runs.c.finished_at <= moment)
    run = connection.execute(query.order_by(runs.c.as_of.desc()).limit(1)).first()
    before = told_states(connection, settings, visibility, run.as_of if run else None).alias()
    same = select(before.c.hotspot_id).where(
        before.c.run_id == (run.id if run else None),
        before.c.hotspot_id == states.c.hotspot_id,
        *(
            comparable(before.c[name]).is_not_distinct_from(comparable(states.c[name]))
            for name in hotspot_states.c.keys()  # noqa: SIM118  # of columns, not of a dictionary
            if name not in _NOT_COMPARED
        ),
    )
    touched = select(hotspot_events.c.hotspot_id).where(hotspot_events.c.at > moment)
    is_touched: ColumnElement[bool] = states.c.hotspot_id.in_(touched)
    if not visibility.sees_reports_everywhere:
        # that people work on a case is for who may read it; others see the status
        status = select(hotspots.c.status).where(hotspots.c.id == states.c.hotspot_id).correlate(states)
        is_told = status.scalar_subquery() != _status_before(moment + timedelta(microseconds=1), states)
        may_read = lies_in(connection, settings, visibility.dwellings, states.c.buurtcode)
        is_touched = or_(is_told, and_(may_read, is_touched))
    return or_(~same.correlate(states).exists(), is_touched)


def comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as it can be compared: PostgreSQL does not compare JSON, only its text."""
    return cast(column, String) if isinstance(column.type, JSON) else column
