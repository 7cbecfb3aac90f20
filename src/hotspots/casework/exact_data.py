"""Reads exact points, texts and addresses of dwellings, in one transaction with the access log.

Users of the service have no other way to read these.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, Table, select

from hotspots.access.access_log import log_access
from hotspots.access.reading_reasons import GivenReason, keep_reason, problem_of, reason_that_holds
from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess, OpenCase
from hotspots.errors import ForbiddenError, ReasonWantedError, WrittenError
from hotspots.geocoding.register_store import address_at
from hotspots.model import Soort
from hotspots.settings import Settings
from hotspots.store.audit import add_line
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import report_locations, report_texts, reports
from hotspots.store.run_tables import detection_reports, hotspot_states, hotspots, runs

READABLE = (Right.READ_EXACT_POINTS, Right.READ_TEXTS)
"""Either is enough to read the reports of a place one by one."""

_ACTIVITIES = {Right.READ_EXACT_POINTS: "exacte punten tonen", Right.READ_TEXTS: "teksten tonen"}


@dataclass(frozen=True)
class ReportPoint:
    """The location of one report, as precisely as it is known."""

    report_id: int
    reported_at: datetime
    has_hour: bool  # of reported_at; without one it is the start of its local day
    category: str
    precision: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class ReportText:
    """The text of one report."""

    report_id: int
    reported_at: datetime
    has_hour: bool  # as of a point
    category: str
    text: str


def read_points(access: CaseAccess, *, taken_as: str | None = None) -> list[ReportPoint]:
    """Read the exact points of all reports that ever belonged to a hotspot, oldest first; logged.

    `taken_as` is as in :func:`log_reading`.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was not given this right.
    """
    columns = (reports.c.precision, report_locations.c.lon, report_locations.c.lat)
    rows = _read(access, Right.READ_EXACT_POINTS, report_locations, *columns, taken_as=taken_as)
    return [ReportPoint(*row) for row in rows]


def read_texts(access: CaseAccess, *, taken_as: str | None = None) -> list[ReportText]:
    """Read the texts of all reports that ever belonged to a hotspot, as :func:`read_points` reads points."""
    rows = _read(access, Right.READ_TEXTS, report_texts, report_texts.c.text, taken_as=taken_as)
    return [ReportText(*row) for row in rows]


def read_dwelling_name(access: CaseAccess) -> str | None:
    """Read how a dwelling is called by who may see exact points: as people call it, else by its address.

    Where another address was named nearly as often, both are told. None if it is no dwelling, only its buurt
    is kept, or the register does not tell which address it is. Read from the register each time, as nothing
    keeps it; logged, and raises, as :func:`read_points`.
    """
    with access.reading(Right.READ_EXACT_POINTS) as opened:
        if opened.case.soort is not Soort.WONING:
            return None
    with access.changing(Right.READ_EXACT_POINTS) as opened:
        ids = log_reading(opened, Right.READ_EXACT_POINTS)
        row = opened.connection.execute(
            select(
                hotspots.c.given_name, hotspots.c.place_removed_on, hotspot_states.c.lon, hotspot_states.c.lat
            )
            .add_columns(areas.c.buurtnaam)
            .join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
            .join(runs, runs.c.id == hotspot_states.c.run_id)
            .outerjoin(areas, areas.c.buurtcode == hotspot_states.c.buurtcode)
            .where(hotspots.c.id == opened.case.hotspot_id)
            .order_by(runs.c.as_of.desc())
            .limit(1)
        ).one()
        if row.given_name is not None or row.place_removed_on is not None:
            return str(row.given_name) if row.given_name else None
        at = addresses_of_dwelling(opened.connection, access.settings, ids, row.lon, row.lat)
    return ", ".join(filter(None, (" of ".join(at), row.buurtnaam))) if at else None


def addresses_of_dwelling(
    connection: Connection, settings: Settings, report_ids: Sequence[int], lon: float, lat: float
) -> tuple[str, ...]:
    """Which address a dwelling is as its reports name it: two where another was named nearly as often."""
    keys = select(report_locations.c.address_key).where(report_locations.c.report_id.in_(report_ids))
    named = Counter(key for key in connection.execute(keys).scalars() if key)
    detection = settings.detection
    ranked = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    at_point = partial(address_at, connection, lon, lat, within_m=detection.elsewhere_m)
    address = at_point(named=[key for key, _ in ranked])
    near = [key for key, count in ranked[1:2] if count >= detection.runner_up_share * ranked[0][1]]
    other = at_point(named=near) if near and address else None
    return tuple(dict.fromkeys(each for each in (address, other) if each))


def _read(
    access: CaseAccess, right: Right, table: Table, *columns: Column[Any], taken_as: str | None
) -> Sequence[Any]:
    """Log the reading, and read these columns of a table for the reports of a hotspot."""
    with access.changing(right) as opened:
        ids = log_reading(opened, right, taken_as=taken_as)
        moments = (reports.c.reported_at, reports.c.occurred_at, reports.c.has_hour)
        query = select(reports.c.id, *moments, reports.c.category, *columns)
        query = query.join_from(reports, table).where(reports.c.id.in_(ids))
        rows = opened.connection.execute(query.order_by(reports.c.reported_at, reports.c.id))
        zone = access.settings.municipality.zone
        return [
            (number, reported, knows_hour(reported, occurred, zone, has_hour=has_hour), *others)
            for number, reported, occurred, has_hour, *others in rows
        ]


def knows_hour(reported: datetime, occurred: datetime | None, zone: ZoneInfo, *, has_hour: bool) -> bool:
    """Whether the hour of a report is known; ``has_hour`` is of the nuisance, where that has a time."""
    return has_hour if occurred is None else reported.astimezone(zone).time() != time()


def log_reading(opened: OpenCase, right: Right, *, taken_as: str | None = None) -> Sequence[int]:
    """Log the reading of the reports of a hotspot beforehand; gives their ids.

    `taken_as` is the kind of file in which they leave the house; None: they are read on the spot.

    Raises
    ------
    ReasonWantedError
        If the municipality asks why, and the actor gave no reason that holds.
    """
    connection, actor, hotspot_id = opened.connection, opened.actor, opened.case.hotspot_id
    asking = opened.settings.access
    reason = reason_that_holds(connection, asking, actor=actor, hotspot_id=hotspot_id, now=opened.now)
    if asking.ask_reading_reason and reason is None:
        raise ReasonWantedError(opened.case.number)
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .distinct()
    )
    ids = connection.execute(query).scalars().all()
    log_access(
        connection,
        actor=actor,
        right=right,
        report_count=len(ids),
        now=opened.now,
        hotspot_id=hotspot_id,
        gebied=opened.case.gebied,
        taken_as=taken_as,
        reason=reason,
    )
    add_line(connection, _ACTIVITIES[right], now=opened.now)
    return ids


def require_reader(access: CaseAccess) -> Right:
    """Refuse who may read neither the points nor the texts of a place; gives one right that they have.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor was given neither right.
    """
    rights = access.rights_among(*READABLE)
    if not rights:
        raise ForbiddenError(
            f"'{access.actor.name}' wanted to read reports of {access.hotspot}, and was not given that"
        )
    return rights[0]


def give_reading_reason(access: CaseAccess, given: GivenReason) -> None:
    """Say why one is about to read the exact data of a place: it holds for a while, and goes into the log.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`require_reader`.
    WrittenError
        If it is none of the reasons, or lacks its explanation.
    """
    right = require_reader(access)
    problem = problem_of(given, access.settings.access)
    if problem is not None:
        raise WrittenError(f"wanted a reason for reading that is known, found '{given.reason}'", problem)
    with access.changing(right) as opened:
        keep_reason(
            opened.connection,
            given,
            actor=opened.actor,
            hotspot_id=opened.case.hotspot_id,
            now=opened.now,
        )
