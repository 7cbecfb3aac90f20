"""Putting a place on the list that people see and detection doesn't, and taking it off again.

It gets a number and stands in the last run at once; every later run counts the reports near it, until people
are done with it. When a run signals it, it keeps its number.
"""

from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, insert, select, update

from hotspots.access.rights import Actor, Right, may, reachable_gebieden, require, visibility_of
from hotspots.casework.cases import (
    Case,
    CaseAccess,
    OpenCase,
    checked_text,
    load_case,
    organisation_of,
    record_change,
)
from hotspots.casework.workflow import CAN_BE_VERIFIED, NOMINATING, WITHDRAWING_PLACE
from hotspots.detection.put_places import PutPlace
from hotspots.errors import ForbiddenError, NominationError, NotFoundError, WorkflowError
from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.intake.known_reports import load_reports
from hotspots.model import Soort, Status
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten, load_areas
from hotspots.store.batches import insert_rows
from hotspots.store.case_tables import nominations
from hotspots.store.database import Database
from hotspots.store.run_tables import detection_reports, detections, hotspot_states, runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.listed import is_listed
from hotspots.tracking.naming import name_hotspots
from hotspots.tracking.nominations import why_here
from hotspots.tracking.not_signalled import find_not_signalled, reach_of
from hotspots.tracking.runs import latest_run, latest_run_id
from hotspots.tracking.search import find_address
from hotspots.tracking.selection import Selection
from hotspots.weekly.counted import count_rows
from hotspots.weekly.run_store import (
    add_hotspot,
    draw_sequence,
    lock_runs,
    mark_what_points_at_persons,
    taken_sequences,
)
from hotspots.weekly.states import counted_state, weeks_before
from hotspots.weekly.weeks import window_of


@dataclass(frozen=True)
class Seen:
    """What people point at: one of the places that were not signalled, an address, or a point in degrees."""

    key: str | None = None  # of tracking.not_signalled
    address: str | None = None
    point: tuple[float, float] | None = None  # longitude and latitude
    radius_m: float | None = None  # how far around an address or point; None: as usual
    is_dwelling: bool = False


@dataclass(frozen=True)
class _Spot:
    """Where that is: a shape in degrees."""

    shape: BaseGeometry
    is_dwelling: bool


def nominate(
    database: Database, settings: Settings, *, actor: Actor, seen: Seen, reason: str, now: datetime
) -> Case:
    """Put a place on the list, in the name of the actor's organisation.

    Raises
    ------
    ForbiddenError
        If the actor may not do so there.
    NotFoundError
        If the last run has no such place that was not signalled.
    NominationError
        If there was no run yet, there is no such address, it reaches too far, lies in no buurt, or is on the
        list already.
    WorkflowError
        If there is no reason, or the actor belongs to no organisation.
    """
    text = checked_text(reason, "reason")
    organisation = organisation_of(actor)
    if reachable_gebieden(actor, Right.NOMINATE) == frozenset():
        raise ForbiddenError(f"'{actor.name}' wanted to put a place on the list, and may do so nowhere")
    with database.writing() as connection:
        lock_runs(connection)
        as_of = latest_run(connection)
        if as_of is None:
            raise NominationError(
                "there was no run yet: run 'hotspots detect' first",
                "Er is nog geen ronde geweest. Daarna kunt u een plek aandragen.",
            )
        spot = _spot(connection, settings, actor, seen)
        _require_place(connection, settings, actor, spot)
        hotspot_id = _add(connection, settings, spot, organisation, as_of=as_of, now=now)
        opened = OpenCase(connection, settings, actor, now, load_case(connection, settings, hotspot_id))
        return record_change(opened, NOMINATING, after={"organisatie": organisation}, reason=text)


def _spot(connection: Connection, settings: Settings, actor: Actor, seen: Seen) -> _Spot:
    if seen.key is not None:
        near = find_not_signalled(connection, settings, seen.key, visibility=reach_of(actor))
        if near.soort is Soort.GEBIED:
            return _Spot(near.geometry, is_dwelling=False)
        return _around(settings, near.lon, near.lat, radius_m=None, is_dwelling=True)
    point = seen.point
    if point is None:
        point = find_address(connection, seen.address or "")
    if point is None:
        raise NominationError(
            f"wanted a street and house number of this municipality, found {seen.address!r}",
            "Dit is niet één adres in de gemeente. Schrijf straat en huisnummer, of kies een punt.",
        )
    return _around(settings, *point, radius_m=seen.radius_m, is_dwelling=seen.is_dwelling)


def _around(
    settings: Settings, lon: float, lat: float, *, radius_m: float | None, is_dwelling: bool
) -> _Spot:
    """A circle around a point; around the door of a dwelling a small one."""
    most = settings.workflow.max_put_radius_m
    radius = settings.workflow.put_radius_m if radius_m is None else radius_m
    if not 0 < radius <= most:
        raise NominationError(
            f"wanted a radius of at most {most:.0f} m, found {radius:.0f}",
            f"Kies hooguit {most:.0f} meter: wat verder reikt, is niet één plek.",
        )
    if is_dwelling:
        radius = min(radius, settings.detection.elsewhere_m)
    projection = Projection(settings.municipality.crs)
    x, y = projection.to_metres([lon], [lat])
    middle = shapely.Point(float(x[0]), float(y[0]))
    if not all(map(isfinite, (middle.x, middle.y))):
        raise NominationError("wanted a point on earth, found none", "Dit punt ligt niet in de gemeente.")
    return _Spot(projection.geometry_to_degrees(middle.buffer(radius, quad_segs=8)), is_dwelling)


def withdraw(access: CaseAccess, *, reason: str, expected_version: int | None = None) -> Case:
    """Take a place off the list again; by the organisation that put it there, or by OOV.

    Its number and history stay. What the last run signalled itself stays on the list.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :meth:`~hotspots.casework.cases.CaseAccess.changing`; also if nobody put it on the list.
    WorkflowError
        If there is no reason, or people have decided on it: then it is closed as any other.
    """
    text = checked_text(reason, "reason")
    with access.changing(Right.NOMINATE, expected_version) as opened:
        case, connection = opened.case, opened.connection
        organisation = connection.execute(
            select(nominations.c.organisation).where(
                nominations.c.hotspot_id == case.hotspot_id, nominations.c.withdrawn_at.is_(None)
            )
        ).scalar()
        if organisation is None:
            raise NotFoundError(f"{case.number} was put on the list by nobody, or was taken off again")
        if not may_withdraw(access.actor, organisation, case):
            raise ForbiddenError(f"'{access.actor.name}' wanted to withdraw what '{organisation}' put there")
        if case.status not in CAN_BE_VERIFIED:
            raise WorkflowError(f"{case.number} is '{case.status}': close it instead of withdrawing it")
        connection.execute(
            update(nominations)
            .where(nominations.c.hotspot_id == case.hotspot_id)
            .values(withdrawn_at=access.now)
        )
        is_signalled = connection.execute(
            select(hotspot_states.c.is_signalled).where(
                hotspot_states.c.run_id == latest_run_id(connection, None),
                hotspot_states.c.hotspot_id == case.hotspot_id,
            )
        ).scalar()
        values: dict[str, Any] = {} if is_signalled else {"status": Status.GESLOTEN, "due_on": None}
        before = {"organisatie": organisation}
        return record_change(opened, WITHDRAWING_PLACE, values=values, before=before, reason=text)


def may_withdraw(actor: Actor, organisation: str, case: Case) -> bool:
    """Whether someone may take off the list what an organisation put there."""
    if not may(actor, Right.NOMINATE, case.gebied):
        return False
    return actor.organisation == organisation or may(actor, Right.DECIDE, case.gebied)


def _require_place(connection: Connection, settings: Settings, actor: Actor, spot: _Spot) -> None:
    middle = spot.shape.centroid
    areas = AreaIndex(load_areas(connection, settings.areas.gebieden))
    buurtcode = areas.locate([middle.x], [middle.y]).tolist()[0]
    if buurtcode is None:
        raise NominationError(
            "wanted a place in a buurt, found one outside all", "Deze plek ligt buiten de buurten."
        )
    require(actor, Right.NOMINATE, gebieden_of_buurten(connection, settings.areas.gebieden)[buurtcode])
    for known in _listed_near(connection, settings, actor, spot):
        raise NominationError(
            f"this place is on the list as {known.nummer}: say what you know there",
            f"Deze plek staat al op de lijst: {known.label}. Voeg daar toe wat u weet.",
        )


def _listed_near(connection: Connection, settings: Settings, actor: Actor, spot: _Spot) -> list[Hotspot]:
    """What is on the list there, as far as the actor may know."""
    middle, reach_m = spot.shape.centroid, settings.tracking.max_shift_m + settings.tracking.max_reach_m
    beside = 3 * reach_m / METRES_PER_DEGREE  # as far as the degrees of longitude are short
    west, south, east, north = middle.buffer(beside).bounds
    selection = Selection(visibility_of(actor), bbox=(west, south, east, north))
    found = [one for one in read_hotspots(connection, settings, selection) if is_listed(one)]
    return [one for one in found if one.geometry.contains(middle) or spot.shape.contains(_point(one))]


def _point(hotspot: Hotspot) -> shapely.Point:
    return shapely.Point(hotspot.lon, hotspot.lat)


def _add(
    connection: Connection,
    settings: Settings,
    spot: _Spot,
    organisation: str,
    *,
    as_of: date,
    now: datetime,
) -> str:
    start, end = window_of(as_of, settings)
    reports = load_reports(connection, window_start=start, window_end=end, known_at=end)
    place = PutPlace("", spot.shape, spot.is_dwelling, now)
    run_id = connection.execute(select(runs.c.id).where(runs.c.as_of == as_of)).scalar_one()
    last = connection.execute(
        select(func.max(detections.c.place)).where(detections.c.run_id == run_id)
    ).scalar()
    number = 0 if last is None else last + 1
    rows, members = count_rows(connection, settings, reports, [place], known_at=end, first_number=number)
    year_taken = taken_sequences(connection, as_of.year)
    sequence = draw_sequence(
        connection, as_of.year, members[number], year_taken, salt=f"{now.isoformat()} {spot.shape.wkt}"
    )
    hotspot_id = add_hotspot(connection, as_of, sequence, settings.municipality.code)
    connection.execute(
        insert(nominations).values(
            hotspot_id=hotspot_id,
            organisation=organisation,
            geometry=shapely.to_wkb(spot.shape),
            is_dwelling=spot.is_dwelling,
            since=as_of,
            given_at=now,
        )
    )
    row = rows[0] | {"counted_for": hotspot_id}
    found = insert(detections).values(**row, run_id=run_id).returning(detections.c.id)
    detection_id = connection.execute(found).scalar_one()
    links = [(detection_id, report_id) for report_id in members[number]]
    insert_rows(connection, detection_reports, ["detection_id", "report_id"], links)
    moments = reports.loc[reports["report_id"].isin(members[number]), "moment"]
    weeks = weeks_before(moments, settings, as_of)
    areas = AreaIndex(load_areas(connection, settings.areas.gebieden))
    state = counted_state(row, None, weeks, areas, settings, as_of=as_of)
    del state["place"]
    state |= {"run_id": run_id, "told_run_id": run_id, "detection_id": detection_id}
    state["redenen"] = [why_here(organisation), *state["redenen"]]
    connection.execute(insert(hotspot_states).values(**state))
    mark_what_points_at_persons(connection, run_id)
    name_hotspots(connection, settings, [state], is_latest=True, stepped={hotspot_id})
    return hotspot_id
