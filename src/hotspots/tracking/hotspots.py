"""Reading hotspots as they stood at a peildatum, for every list, map, export and API answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
)

from hotspots.access.rights import Visibility
from hotspots.errors import NotFoundError
from hotspots.geography.areas import gebied_of
from hotspots.geography.projection import Projection
from hotspots.model import RETURN, Soort, Status, Trend
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.tables import (
    areas,
    detection_reports,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    removed_hotspot_weeks,
    reports,
    runs,
)
from hotspots.tracking.hotspot import Hotspot

MAX_ACROSS_M = 500.0
"""No hotspot reaches further from its centre than this, in metres."""


@dataclass(frozen=True)
class Selection:
    """Which hotspots to read; what is empty does not restrict.

    Parameters
    ----------
    visibility
        Only those that the reader may know of: as they stood then, and as they stand now.
    peildatum
        As they stood after the last run at or before this day, with the status of the end of this day;
        without it, after the last run, with the status of now.
    status, soort, trend, indicatie
        One of these values.
    area
        Code of a buurt or wijk, or name of a gebied.
    bbox
        West, south, east, north in lon/lat degrees; hotspots whose centre lies inside.
    inside
        A lon/lat shape; hotspots whose centre lies inside.
    period
        From and until, aware and inclusive, each None for no limit; hotspots with reports from before its end
        till after its start.
    ids
        Only these.
    changed_since
        Only what is new or has become otherwise since this moment: by a run, or by what people did with it.
    """

    visibility: Visibility
    peildatum: date | None = None
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


@dataclass(frozen=True)
class NewHotspot:
    """A hotspot that came on the list."""

    hotspot: Hotspot
    published: datetime  # when the run that first signalled it was done
    updated: datetime  # when it came on the list again, if it did


def count_hotspots(connection: Connection, settings: Settings, selection: Selection) -> int:
    """How many hotspots a selection holds."""
    chosen = _chosen(connection, settings, selection)
    return connection.execute(chosen.with_only_columns(func.count())).scalar_one()


def count_by_trend(connection: Connection, settings: Settings, selection: Selection) -> dict[Trend, int]:
    """How many of the selected hotspots were signalled in their run, per trend; all trends, also with 0."""
    chosen = _chosen(connection, settings, selection).where(hotspot_states.c.is_signalled)
    trends = chosen.add_columns(hotspot_states.c.trend).subquery()
    query = select(trends.c.trend, func.count()).group_by(trends.c.trend)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {trend: found.get(trend.value, 0) for trend in Trend}


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
    order = (*(_sorting(key) for key in sort), *_ORDER)
    chosen = _chosen(connection, settings, selection)
    if "nummer" in (key.removeprefix("-") for key in sort) and not selection.status:
        chosen = chosen.join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
    # the page is found in the index alone; only its rows are then read whole
    page = chosen.order_by(*order).offset(offset).limit(limit).subquery()
    query = _whole(_status(connection, settings, selection.peildatum)).join(
        page,
        and_(page.c.run_id == hotspot_states.c.run_id, page.c.hotspot_id == hotspot_states.c.hotspot_id),
    )
    rows = connection.execute(query.order_by(*order)).mappings().all()
    shapes = shapely.from_wkb([row["geometry"] for row in rows])
    return [_hotspot(row, shape, settings) for row, shape in zip(rows, shapes, strict=True)]


def find_intersecting(
    connection: Connection, settings: Settings, selection: Selection, shape: BaseGeometry
) -> list[str]:
    """The ids of the selected hotspots that touch a lon/lat shape with any part, in the order of lists."""
    query = _chosen(connection, settings, selection).add_columns(hotspot_states.c.geometry).order_by(*_ORDER)
    rows = connection.execute(query).all()
    touches = shapely.intersects(shapely.from_wkb([row.geometry for row in rows]), shape)
    return [row.hotspot_id for row, is_touched in zip(rows, touches, strict=True) if is_touched]


def read_newest(
    connection: Connection, settings: Settings, selection: Selection, *, limit: int
) -> list[NewHotspot]:
    """The selected hotspots that came on the list last, for the first time or again; latest first."""
    chosen = _chosen(connection, settings, selection).subquery()
    first, again = runs.alias("first"), hotspot_events.alias("again")
    returned = (
        select(func.max(again.c.at))
        .where(again.c.hotspot_id == hotspot_states.c.hotspot_id, again.c.kind == RETURN)
        .correlate(hotspot_states)
        .scalar_subquery()
    )
    updated = case((returned > first.c.finished_at, returned), else_=first.c.finished_at)
    query = (
        select(hotspot_states.c.hotspot_id, first.c.finished_at, updated.label("updated"))
        .join(
            chosen,
            and_(
                chosen.c.run_id == hotspot_states.c.run_id,
                chosen.c.hotspot_id == hotspot_states.c.hotspot_id,
            ),
        )
        .join(first, first.c.as_of == hotspot_states.c.first_signalled)
        .order_by(updated.desc(), hotspot_states.c.hotspot_id)
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
    peildatum: date | None = None,
) -> Hotspot:
    """Read one hotspot by its id or number.

    Raises
    ------
    NotFoundError
        If there is none by that id or number at the peildatum, or the reader may not know of it.
    """
    query = _whole(_status(connection, settings, peildatum)).where(
        hotspot_states.c.run_id == _run_id(connection, peildatum),
        or_(hotspots.c.id == id_or_number, hotspots.c.number == id_or_number),
        *in_sight(connection, settings, visibility, peildatum),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(
            f"there is no hotspot '{id_or_number}'" + (f" at {peildatum}" if peildatum else "")
        )
    return _hotspot(row, shapely.from_wkb(row["geometry"]), settings)


def read_weekly_counts(
    connection: Connection, settings: Settings, id_or_number: str, *, peildatum: date | None = None
) -> "pd.Series[int]":
    """Reports per week of a hotspot, over its whole life until the peildatum; also those removed since.

    Returns
    -------
    Series
        Counts, indexed by the Monday (local) of each week from its first report to its last, without gaps.
    """
    until = latest_run(connection, peildatum)
    if until is None:
        return pd.Series(dtype="int64")
    moments = read_moments(connection, id_or_number, peildatum=peildatum)
    removed = (
        select(removed_hotspot_weeks.c.monday, func.sum(removed_hotspot_weeks.c.report_count))
        .join(hotspots, hotspots.c.id == removed_hotspot_weeks.c.hotspot_id)
        .where(
            or_(hotspots.c.id == id_or_number, hotspots.c.number == id_or_number),
            removed_hotspot_weeks.c.known_on <= until,
        )
        .group_by(removed_hotspot_weeks.c.monday)
    )
    gone = {pd.Timestamp(monday): int(count) for monday, count in connection.execute(removed)}
    if moments.empty and not gone:
        return pd.Series(dtype="int64")
    days = moments.dt.tz_convert(settings.municipality.timezone)
    days = days.dt.tz_localize(None).dt.normalize()
    mondays = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    counts = mondays.value_counts().add(pd.Series(gone, dtype="int64"), fill_value=0)
    counts = counts.astype("int64").sort_index()
    weeks = pd.date_range(counts.index[0], counts.index[-1], freq="7D")
    return counts.reindex(weeks, fill_value=0)


def read_moments(
    connection: Connection, id_or_number: str, *, peildatum: date | None = None
) -> "pd.Series[pd.Timestamp]":
    """When the nuisance was of every report that a hotspot had until the peildatum, aware UTC.

    Of reports that were removed for their age nothing is left here; their weeks are still counted.
    """
    until = latest_run(connection, peildatum)
    members = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(or_(hotspots.c.id == id_or_number, hotspots.c.number == id_or_number), runs.c.as_of <= until)
        .distinct()
    )
    moment = func.coalesce(reports.c.occurred_at, reports.c.reported_at, type_=reports.c.reported_at.type)
    found = connection.execute(select(moment).where(reports.c.id.in_(members))).scalars().all()
    return pd.to_datetime(pd.Series(list(found), dtype=object), utc=True)


def read_nearby(
    connection: Connection,
    settings: Settings,
    hotspot: Hotspot,
    *,
    visibility: Visibility,
    within_m: float,
    peildatum: date | None = None,
) -> list[tuple[Hotspot, float]]:
    """Other hotspots near one, also ended ones, with how far apart they are in metres; nearest first.

    Parameters
    ----------
    visibility
        Only those that the reader may know of.
    within_m
        How far apart at most.
    """
    projection = Projection(settings.municipality.crs)
    own = projection.geometry_to_metres(hotspot.geometry)
    reach = projection.geometry_to_degrees(own.buffer(within_m + MAX_ACROSS_M))
    others = read_hotspots(
        connection, settings, Selection(visibility, peildatum=peildatum, bbox=reach.bounds)
    )
    apart = [
        (other, float(own.distance(projection.geometry_to_metres(other.geometry))))
        for other in others
        if other.id != hotspot.id
    ]
    return sorted(
        ((other, metres) for other, metres in apart if metres <= within_m),
        key=lambda pair: (pair[1], pair[0].nummer),
    )


def read_lineage(
    connection: Connection, settings: Settings, hotspot_id: str, *, visibility: Visibility
) -> list[tuple[str, str, str, date]]:
    """Splits and merges of a hotspot: kind, number it came from, number it went to, peildatum.

    A line that names a hotspot of which the reader may not know is left out.
    """
    origin, target = hotspots.alias("origin"), hotspots.alias("target")
    ends = (hotspot_lineage.c.from_id, hotspot_lineage.c.to_id)
    query = (
        select(hotspot_lineage.c.kind, origin.c.number, target.c.number, runs.c.as_of)
        .join(origin, origin.c.id == hotspot_lineage.c.from_id)
        .join(target, target.c.id == hotspot_lineage.c.to_id)
        .join(runs, runs.c.id == hotspot_lineage.c.run_id)
        .where(or_(hotspot_lineage.c.from_id == hotspot_id, hotspot_lineage.c.to_id == hotspot_id))
        .where(
            *(condition for end in ends for condition in _known_now(connection, settings, visibility, end))
        )
        .order_by(runs.c.as_of, origin.c.number, target.c.number)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


SORTABLE: Mapping[str, ColumnElement[Any]] = {
    "nummer": hotspots.c.number,
    "score": hotspot_states.c.score,
    "aantalMeldingen": hotspot_states.c.report_count,
    "aantalDagen": hotspot_states.c.day_count,
    "aantalWeken": hotspot_states.c.week_count,
    "duurDagen": hotspot_states.c.duration_days,
    "eersteMelding": hotspot_states.c.first_report,
    "laatsteMelding": hotspot_states.c.last_report,
    "eersteSignalering": hotspot_states.c.first_signalled,
    "laatsteSignalering": hotspot_states.c.last_signalled,
}
"""What hotspots can be sorted by, under its contract name; none of it is ever empty."""


def _sorting(key: str) -> ColumnElement[Any]:
    column = SORTABLE[key.removeprefix("-")]
    return column.desc() if key.startswith("-") else column.asc()


_ORDER = (
    hotspot_states.c.is_signalled.desc(),
    hotspot_states.c.score.desc(),
    hotspot_states.c.hotspot_id.desc(),
)
# as in an index on hotspot_states, read backwards


def _run_id(connection: Connection, peildatum: date | None) -> int | None:
    query = select(runs.c.id).order_by(runs.c.as_of.desc()).limit(1)
    if peildatum is not None:
        query = query.where(runs.c.as_of <= peildatum)
    return connection.execute(query).scalar()


def _chosen(connection: Connection, settings: Settings, selection: Selection) -> Select[Any]:
    query = select(hotspot_states.c.run_id, hotspot_states.c.hotspot_id)
    if selection.status:
        query = query.join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
    run_id = _run_id(connection, selection.peildatum)
    return query.where(hotspot_states.c.run_id == run_id, *_conditions(connection, settings, selection))


def _status(connection: Connection, settings: Settings, peildatum: date | None) -> ColumnElement[str]:
    """Where a hotspot stood at the end of a day; now, when there was no later run."""
    if peildatum is None or peildatum >= (latest_run(connection) or peildatum):
        return hotspots.c.status
    until = datetime.combine(peildatum + timedelta(days=1), time(), settings.municipality.zone)
    last = (
        select(hotspot_events.c.status)
        .where(hotspot_events.c.hotspot_id == hotspot_states.c.hotspot_id, hotspot_events.c.at < until)
        .order_by(hotspot_events.c.version.desc())
        .limit(1)
        .correlate(hotspot_states)
        .scalar_subquery()
    )
    return func.coalesce(last, Status.KANDIDAAT.value)


def _whole(status: ColumnElement[str]) -> Select[Any]:
    return (
        select(
            hotspot_states,
            hotspots.c.number,
            status.label("status"),
            areas.c.buurtnaam,
            areas.c.wijkcode,
            areas.c.wijknaam,
        )
        .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
        .outerjoin(areas, areas.c.buurtcode == hotspot_states.c.buurtcode)
    )


def in_sight(
    connection: Connection, settings: Settings, visibility: Visibility, peildatum: date | None
) -> list[ColumnElement[bool]]:
    """What must hold of a row of ``hotspot_states`` of a run for a reader to know of it, then and now."""
    if visibility.is_everything:
        return []
    then = is_visible(connection, settings, visibility)
    if peildatum is None:
        return [then]
    # what is hidden now is not to be found in the past either
    return [then, *_known_now(connection, settings, visibility, hotspot_states.c.hotspot_id)]


def _known_now(
    connection: Connection, settings: Settings, visibility: Visibility, hotspot_id: ColumnElement[str]
) -> list[ColumnElement[bool]]:
    if visibility.is_everything:
        return []
    # a run has a state of every hotspot that was ever found
    visible = select(hotspot_states.c.hotspot_id).where(
        hotspot_states.c.run_id == _run_id(connection, None), is_visible(connection, settings, visibility)
    )
    return [hotspot_id.in_(visible.correlate(None))]


def _lies_in(
    connection: Connection, settings: Settings, gebieden: frozenset[str] | None
) -> ColumnElement[bool]:
    if gebieden is None:
        return true()
    rows = connection.execute(select(areas.c.buurtcode, areas.c.wijkcode, areas.c.wijknaam)).all()
    codes = [row.buurtcode for row in rows if gebied_of(*row, settings.areas.gebieden) in gebieden]
    return hotspot_states.c.buurtcode.in_(sorted(codes))


def _conditions(
    connection: Connection, settings: Settings, selection: Selection
) -> list[ColumnElement[bool]]:
    conditions = in_sight(connection, settings, selection.visibility, selection.peildatum)
    for column, values in (
        (_status(connection, settings, selection.peildatum), selection.status),
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
        conditions.append(_lies_inside(connection, selection.peildatum, selection.inside))
    if selection.period is not None:
        conditions += _lasts_in(*selection.period)
    if selection.changed_since is not None:
        conditions.append(_changed_since(connection, selection.changed_since))
    if selection.ids is not None:
        conditions.append(hotspot_states.c.hotspot_id.in_(list(selection.ids)))
    return conditions


def _lasts_in(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    conditions = []
    if start is not None:
        conditions.append(hotspot_states.c.last_report >= start)
    if end is not None:
        conditions.append(hotspot_states.c.first_report <= end)
    return conditions


def _lies_between(west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
    return and_(hotspot_states.c.lon.between(west, east), hotspot_states.c.lat.between(south, north))


def _lies_inside(connection: Connection, peildatum: date | None, shape: BaseGeometry) -> ColumnElement[bool]:
    if not all(map(isfinite, shape.bounds)):  # nowhere on earth
        return false()
    query = select(hotspot_states.c.hotspot_id, hotspot_states.c.lon, hotspot_states.c.lat).where(
        hotspot_states.c.run_id == _run_id(connection, peildatum), _lies_between(*shape.bounds)
    )
    rows = connection.execute(query).all()
    inside = shapely.intersects_xy(shape, [row.lon for row in rows], [row.lat for row in rows])
    return hotspot_states.c.hotspot_id.in_([row[0] for row, found in zip(rows, inside, strict=True) if found])


def touches_persons() -> ColumnElement[bool]:
    """Whether a row of ``hotspot_states`` points at persons: as ``rights.touches_persons``."""
    return or_(hotspot_states.c.soort == Soort.WONING.value, hotspot_states.c.reporter_count <= 1)


def is_visible(connection: Connection, settings: Settings, visibility: Visibility) -> ColumnElement[bool]:
    """Whether a reader may know of the hotspot of a row of ``hotspot_states``, as it stood there."""
    return case(
        (touches_persons(), _lies_in(connection, settings, visibility.dwellings)),
        else_=_lies_in(connection, settings, visibility.gebieden),
    )


_COMPARED = [
    column
    for column in hotspot_states.c
    if column.name not in ("run_id", "hotspot_id", "detection_id", "merged_into")
]


def _changed_since(connection: Connection, moment: datetime) -> ColumnElement[bool]:
    query = select(runs.c.id).where(runs.c.finished_at <= moment).order_by(runs.c.as_of.desc()).limit(1)
    before = hotspot_states.alias("before")
    same = (
        select(before.c.hotspot_id)
        .where(
            before.c.run_id == connection.execute(query).scalar(),
            before.c.hotspot_id == hotspot_states.c.hotspot_id,
            *(
                _comparable(before.c[column.name]).is_not_distinct_from(_comparable(column))
                for column in _COMPARED
            ),
        )
        .correlate(hotspot_states)
    )
    touched = select(hotspot_events.c.hotspot_id).where(hotspot_events.c.at > moment)
    return or_(~same.exists(), hotspot_states.c.hotspot_id.in_(touched))


def _comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # PostgreSQL does not compare JSON, only its text
    return cast(column, String) if isinstance(column.type, JSON) else column


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


def _hotspot(row: RowMapping, shape: BaseGeometry, settings: Settings) -> Hotspot:
    zone = settings.municipality.zone
    gebied = None
    if row["wijkcode"] is not None:
        gebied = gebied_of(row["buurtcode"], row["wijkcode"], row["wijknaam"], settings.areas.gebieden)
    return Hotspot(
        id=row["hotspot_id"],
        nummer=row["number"],
        status=row["status"],
        soort=row["soort"],
        indicatie=row["indicatie"],
        trend=row["trend"],
        eerste_melding=row["first_report"].astimezone(zone).date(),
        laatste_melding=row["last_report"].astimezone(zone).date(),
        eerste_signalering=row["first_signalled"],
        laatste_signalering=row["last_signalled"],
        aantal_meldingen=row["report_count"],
        aantal_dagen=row["day_count"],
        aantal_weken=row["week_count"],
        aantal_melders=row["reporter_count"],
        duur_dagen=row["duration_days"],
        verwacht=row["expected"],
        p_waarde=row["p_value"],
        herhalingsinterval=row["recurrence_interval_days"],
        score=row["score"],
        lon=row["lon"],
        lat=row["lat"],
        buurtcode=row["buurtcode"],
        buurtnaam=row["buurtnaam"],
        gebied=gebied,
        redenen=tuple(row["redenen"]),
        geometry=shape,
    )


def latest_run(connection: Connection, until: date | None = None) -> date | None:
    """The peildatum of the last run, at or before a day; None if there was no run."""
    query = select(func.max(runs.c.as_of))
    if until is not None:
        query = query.where(runs.c.as_of <= until)
    return connection.execute(query).scalar()
