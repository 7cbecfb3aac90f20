"""The effect of a measure, judging by reports: counts before and after, at the place and at a control place.

The statistic and its limits are those of :mod:`hotspots.statistics.displacement`. The control is the place of
the same soort with the most similar number of reports before, so that it shows regression to the mean too. It
was being followed when the measure began, has no measure itself, and lies too far for displaced nuisance.
Places that came up nearby since are named as a question: whether nuisance moved, counts can't tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, or_, select

from hotspots.access.rights import Actor, Right, Visibility, visibility_of
from hotspots.casework.cases import CaseAccess
from hotspots.errors import NotFoundError, StatisticError
from hotspots.geography.projection import Projection
from hotspots.intake.report_times import first_moment
from hotspots.model import CLUSTERING_PRECISIONS, SCREENED
from hotspots.settings import Settings
from hotspots.statistics.displacement import DisplacementDifference, Pair, displacement_difference
from hotspots.store.case_tables import measures
from hotspots.store.report_tables import moment_of, report_locations, reports
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspot, read_nearby
from hotspots.tracking.runs import latest_run
from hotspots.tracking.visibility import is_visible

Nearby = Sequence[tuple[Hotspot, float]]
"""Hotspots near one, with how many metres apart they are; nearest first."""

_Periods = tuple[date, date, date]
"""First day of the period before, first day of the measure, and first day past the period after."""


class NoOutcome(StrEnum):
    """Why there is no outcome; in Dutch, as in every output."""

    TOO_SHORT = "te kort"
    NO_CONTROL = "geen vergelijkbare plek"
    TOO_FEW = "te weinig meldingen"


@dataclass(frozen=True)
class Counted:
    """Numbers of reports before and after, at a place and around it."""

    number: str
    place: Pair
    around: Pair


@dataclass(frozen=True)
class CameUp:
    """A place that came on the list nearby after a measure began, with reports since then only."""

    number: str
    label: str
    distance_m: float
    first_report: date


@dataclass(frozen=True)
class Effect:
    """The effect of a measure, from equally long periods before and after it began."""

    measure_id: int
    before: date  # first day of the period before
    start: date  # first day of the measure
    end: date  # first day after the period after
    treated: Counted
    control: Counted | None  # the place it is compared with
    outcome: DisplacementDifference | None
    missing: NoOutcome | None  # why there is no outcome
    came_up: tuple[CameUp, ...] = ()  # where the nuisance may have gone, if there were fewer reports here


@dataclass(frozen=True)
class Begun:
    """A measure that began: what its effect is asked of."""

    measure_id: int
    hotspot_id: str
    starts_on: date
    ends_on: date | None


def read_effect(access: CaseAccess, measure_id: int, *, nearby: Nearby | None = None) -> Effect:
    """Compare the reports before and after a measure began at a place with those at a control place.

    Counts reports located precisely enough to cluster, as known now, up to the last peildatum. The control is
    a place that the actor may know of. Raises as
    :meth:`~hotspots.casework.cases.CaseAccess.reading`, and NotFoundError if there is no such measure.

    Parameters
    ----------
    nearby
        The hotspots near it that the actor may know of now, of who has read them already.
    """
    settings = access.settings
    with access.reading(Right.READ_CASES) as opened:
        connection, case = opened.connection, opened.case
        measure = connection.execute(
            select(measures).where(measures.c.id == measure_id, measures.c.hotspot_id == case.hotspot_id)
        ).first()
        if measure is None:
            raise NotFoundError(f"{case.number} has no measure {measure_id}")
        begun = Begun(measure.id, case.hotspot_id, measure.starts_on, measure.ends_on)
        effect = read_effects(connection, settings, [begun], visibility=visibility_of(access.actor))[0]
        if not _fell(effect.treated):
            return effect
        if nearby is None:
            nearby = _read_nearby(connection, settings, access.actor, case.hotspot_id)
    return replace(effect, came_up=_came_up_since(effect.start, nearby))


def read_effects(
    connection: Connection, settings: Settings, begun: Sequence[Begun], *, visibility: Visibility
) -> list[Effect]:
    """Compare the reports before and after each of these measures, as :func:`read_effect` does of one.

    The reports are read once, of all their periods together. Without the places that came up nearby.

    Parameters
    ----------
    begun
        At hotspots that the reader may know of, and of which they may read the case.
    """
    if not begun:
        return []
    last, first = latest_run(connection), first_moment(connection)
    periods = [_periods_of(settings, measure, last, first) for measure in begun]
    first_day, last_day = min(each[0] for each in periods), max(each[2] for each in periods)
    points = _read_points(connection, settings, first_day, last_day)
    effects = []
    for measure, period in zip(begun, periods, strict=True):
        before, start, end = period
        states = _states(connection, settings, visibility, measure.hotspot_id, period)
        treated, *others = _count(settings, states, points, period)
        control = _most_similar(treated, others, settings.statistics.effect_min_reports)
        outcome, missing = _outcome(treated, control, (end - start).days, settings)
        effects.append(Effect(measure.measure_id, before, start, end, treated, control, outcome, missing))
    return effects


def _fell(treated: Counted) -> bool:
    before, after = treated.place
    return after < before


def _read_nearby(connection: Connection, settings: Settings, actor: Actor, hotspot_id: str) -> Nearby:
    visibility = visibility_of(actor)
    hotspot = read_hotspot(connection, settings, hotspot_id, visibility=visibility)
    return read_nearby(connection, settings, hotspot, visibility=visibility, within_m=settings.map.nearby_m)


def _came_up_since(start: date, nearby: Nearby) -> tuple[CameUp, ...]:
    return tuple(
        CameUp(other.nummer, other.label, distance_m, other.eerste_melding)
        for other, distance_m in nearby
        if other.eerste_melding >= start and other.eerste_signalering > start
    )


def _periods_of(settings: Settings, begun: Begun, last: date | None, first: datetime | None) -> _Periods:
    days = 0
    if last is not None and first is not None:
        until = last if begun.ends_on is None else min(last, begun.ends_on)
        known_before = begun.starts_on - settings.municipality.local_day(first)
        known = min((until - begun.starts_on).days + 1, known_before.days)
        days = max(0, min(settings.workflow.max_effect_days, known))
    before, start, end = (begun.starts_on + timedelta(days=sign * days) for sign in (-1, 0, 1))
    return before, start, end


def _states(
    connection: Connection, settings: Settings, visibility: Visibility, hotspot_id: str, periods: _Periods
) -> list[Any]:
    """The place itself and then the possible controls, as they lay when the measure began."""
    before, start, end = periods
    columns = (hotspot_states.c.geometry, hotspot_states.c.soort, hotspots.c.number)
    rows = select(*columns).join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id).join(runs)
    own_rows = rows.where(hotspot_states.c.hotspot_id == hotspot_id).limit(1)
    until_start = own_rows.where(runs.c.as_of <= start).order_by(runs.c.as_of.desc())
    own = connection.execute(until_start).first()
    if own is None:  # it was first signalled after the measure began
        own = connection.execute(own_rows.order_by(runs.c.as_of)).one()
    busy = select(measures.c.hotspot_id).where(
        ~measures.c.is_withdrawn,
        measures.c.starts_on < end,
        or_(measures.c.ends_on.is_(None), measures.c.ends_on >= before),
    )
    at_start = select(func.max(runs.c.as_of)).where(runs.c.as_of <= start).scalar_subquery()
    others = connection.execute(
        rows.where(
            runs.c.as_of == at_start,
            hotspot_states.c.hotspot_id != hotspot_id,
            hotspot_states.c.hotspot_id.not_in(busy),
            hotspot_states.c.soort == own.soort,
            is_visible(connection, settings, visibility),
        ).order_by(hotspots.c.number)
    ).all()
    return [own, *others]


@dataclass(frozen=True)
class _Points:
    """Where reports are, in metres, and when they were."""

    tree: shapely.STRtree
    moments: NDArray[np.float64]  # seconds since 1970


def _read_points(connection: Connection, settings: Settings, first: date, last: date) -> _Points:
    """Read the reports from a first day on until a last one, which doesn't count."""
    moment = moment_of(reports)
    rows = connection.execute(
        select(moment.label("moment"), report_locations.c.lon, report_locations.c.lat)
        .join(report_locations, report_locations.c.report_id == reports.c.id)
        .where(
            reports.c.is_counted,
            reports.c.category.in_(SCREENED),
            reports.c.precision.in_(CLUSTERING_PRECISIONS),
            report_locations.c.lon.is_not(None),
            moment >= settings.municipality.midnight(first),
            moment < settings.municipality.midnight(last),
        )
    ).all()
    x, y = Projection(settings.municipality.crs).to_metres(
        [row.lon for row in rows], [row.lat for row in rows]
    )
    points: NDArray[Any] = np.atleast_1d(np.array(shapely.points(x, y)))
    return _Points(shapely.STRtree(points), np.array([row.moment.timestamp() for row in rows]))


def _count(settings: Settings, states: Sequence[Any], points: _Points, periods: _Periods) -> list[Counted]:
    """Count at and around the first place, and each other place that does not overlap its surroundings."""
    projection, around_m = Projection(settings.municipality.crs), settings.workflow.surroundings_m
    shapes = [projection.geometry_to_metres(shapely.from_wkb(state.geometry)) for state in states]
    far = [index for index, shape in enumerate(shapes) if shapely.distance(shapes[0], shape) > 2 * around_m]
    numbers = [states[index].number for index in (0, *far)]
    places = np.array([shapes[index] for index in (0, *far)])
    edges = [settings.municipality.midnight(day).timestamp() for day in periods]
    within = _pairs(points, places, edges)
    reached = _pairs(points, shapely.buffer(places, around_m), edges)
    return [
        Counted(number, _as_pair(inside), _as_pair(all_ - inside))
        for number, inside, all_ in zip(numbers, within, reached, strict=True)
    ]


def _pairs(points: _Points, shapes: NDArray[Any], edges: Sequence[float]) -> NDArray[np.int64]:
    """The number of points in each shape, between the first two and the last two of these moments."""
    counts = np.zeros((len(shapes), 2), dtype=np.int64)
    shape, point = points.tree.query(shapes, predicate="intersects")
    when = points.moments[point]
    is_inside = (when >= edges[0]) & (when < edges[2])
    np.add.at(counts, (shape[is_inside], (when[is_inside] >= edges[1]).astype(np.int64)), 1)
    return counts


def _as_pair(counts: NDArray[np.int64]) -> Pair:
    return int(counts[0]), int(counts[1])


def _most_similar(treated: Counted, others: Sequence[Counted], min_reports: int) -> Counted | None:
    # at least min_reports; ties go to the first number
    usable = [other for other in others if other.place[0] >= min_reports]
    return min(usable, key=lambda other: abs(other.place[0] - treated.place[0]), default=None)


def _outcome(
    treated: Counted, control: Counted | None, days: int, settings: Settings
) -> tuple[DisplacementDifference | None, NoOutcome | None]:
    if days < settings.workflow.min_effect_days:
        return None, NoOutcome.TOO_SHORT
    if control is None:
        return None, NoOutcome.NO_CONTROL
    try:
        outcome = displacement_difference(
            control.place,
            treated.place,
            control.around,
            treated.around,
            min_count=settings.statistics.effect_min_reports,
        )
    except StatisticError:
        return None, NoOutcome.TOO_FEW
    return outcome, None
