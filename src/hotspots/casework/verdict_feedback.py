"""Taking verdicts into account in a weekly run, and reading them back to learn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, select

from hotspots.access.rights import Actor, Right, require
from hotspots.casework.history import statuses_at
from hotspots.casework.verdict_precision import (
    JudgedPlace,
    Return,
    Strength,
    judge_reopening,
    judge_return,
    precision_of,
)
from hotspots.casework.workflow import TRANSITIONS, Who
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, verdicts
from hotspots.store.database import Database

_CLOSING = tuple(step.name for step in TRANSITIONS if step.target is Status.GESLOTEN)
_RETURNING = tuple(step.name for step in TRANSITIONS if step.who is Who.RUN)

ReportTimes = Callable[[int], "pd.Series[pd.Timestamp]"]


@dataclass(frozen=True)
class DecidedStates:
    """The states of a run after what people decided: those that are held back, and those that return."""

    states: list[dict[str, Any]]
    returning: Mapping[str, str]  # id of the hotspot and why


def apply_verdicts(
    connection: Connection,
    settings: Settings,
    states: Sequence[Mapping[str, Any]],
    report_times: ReportTimes,
    *,
    last_signalled: Mapping[str, date],
    known_until: datetime,
) -> DecidedStates:
    """Hold back what people judged no hotspot or closed, unless the evidence brings it back; either says why.

    Only what was decided before the end of the run's window counts, so that a replay of the past gives what
    would have been seen.

    Parameters
    ----------
    states
        Columns of ``hotspot_states``; those of signalled hotspots have a key ``place``.
    report_times
        Gives the times of the reports of a place, aware UTC.
    last_signalled
        As-of date of the last run that signalled each hotspot before this one.
    known_until
        The end of the window, exclusive.
    """
    known = statuses_at(connection, known_until)
    decided: list[dict[str, Any]] = []
    returning: dict[str, str] = {}
    for state in states:
        hotspot_id = state["hotspot_id"]
        answer = None
        if state["is_signalled"] and hotspot_id in known:  # else nobody did anything with it
            status, _ = known[hotspot_id]
            answer = _answer(connection, settings, state, status, report_times, known_until)
            if answer and answer.is_back and status is not Status.KANDIDAAT:
                returning[hotspot_id] = answer.reason
        decided.append(dict(state) if answer is None else _with_answer(state, answer, last_signalled))
    return DecidedStates(decided, returning)


def read_judged(connection: Connection) -> list[JudgedPlace]:
    """Every hotspot with a final verdict once, with its last one."""
    last = (
        select(func.max(verdicts.c.id).label("id"))
        .where(verdicts.c.is_final)
        .group_by(verdicts.c.hotspot_id)
        .subquery()
    )
    query = select(verdicts.c.verdict, verdicts.c.figures).join(last, last.c.id == verdicts.c.id)
    rows = connection.execute(query.order_by(verdicts.c.id)).all()
    return [JudgedPlace(Status(row.verdict), row.figures) for row in rows]


def read_precision(database: Database, settings: Settings, *, actor: Actor) -> pd.DataFrame:
    """How often what was flagged proved a hotspot, as ``verdict_precision.precision_of`` counts it.

    Raises ForbiddenError for who was not given this right.
    """
    require(actor, Right.READ_LEARNING, None)
    with database.reading() as connection:
        return precision_of(read_judged(connection), settings)


def _answer(
    connection: Connection,
    settings: Settings,
    state: Mapping[str, Any],
    status: Status,
    report_times: ReportTimes,
    known_until: datetime,
) -> Return | None:
    hotspot_id = state["hotspot_id"]
    if status is Status.KANDIDAAT:
        reason = _why_it_returned(connection, hotspot_id, known_until)
        return Return(True, reason) if reason else None
    if status is Status.GEEN_HOTSPOT:
        return _against_verdict(connection, settings, state, known_until)
    if status is Status.GESLOTEN:
        closed_at = _closed_at(connection, hotspot_id, known_until)
        zone = settings.municipality.timezone
        since = report_times(state["place"])
        since = since[since >= closed_at]
        return judge_reopening(
            len(since),
            int(since.dt.tz_convert(zone).dt.date.nunique()),
            closed_on=_local_day(closed_at, settings),
            settings=settings.detection,
        )
    return None


def _against_verdict(
    connection: Connection, settings: Settings, state: Mapping[str, Any], known_until: datetime
) -> Return | None:
    row = connection.execute(
        select(verdicts)
        .where(
            verdicts.c.hotspot_id == state["hotspot_id"],
            verdicts.c.is_final,
            verdicts.c.given_at < known_until,
        )
        .order_by(verdicts.c.id.desc())
        .limit(1)
    ).first()
    if row is None or not row.figures:
        return None  # nothing to compare with
    judged = Strength(*(row.figures[name] for name in ("reports", "days", "reporters", "indicatie")))
    now = Strength(*(state[name] for name in ("report_count", "day_count", "reporter_count", "indicatie")))
    judged_on = _local_day(row.given_at, settings)
    return judge_return(judged, now, judged_on=judged_on, factor=settings.workflow.stronger_factor)


def _closed_at(connection: Connection, hotspot_id: str, known_until: datetime) -> datetime:
    query = select(func.max(hotspot_events.c.at, type_=hotspot_events.c.at.type)).where(
        hotspot_events.c.hotspot_id == hotspot_id,
        hotspot_events.c.kind.in_(_CLOSING),
        hotspot_events.c.at < known_until,
    )
    closed_at: datetime = connection.execute(query).scalar_one()
    return closed_at


def _why_it_returned(connection: Connection, hotspot_id: str, known_until: datetime) -> str | None:
    return connection.execute(
        select(hotspot_events.c.reason)
        .where(
            hotspot_events.c.hotspot_id == hotspot_id,
            hotspot_events.c.kind.in_(_RETURNING),
            hotspot_events.c.at < known_until,
        )
        .order_by(hotspot_events.c.version.desc())
        .limit(1)
    ).scalar()


def _with_answer(
    state: Mapping[str, Any], answer: Return, last_signalled: Mapping[str, date]
) -> dict[str, Any]:
    changed = {**state, "is_signalled": answer.is_back, "redenen": [answer.reason, *state["redenen"]]}
    if not answer.is_back:
        changed["last_signalled"] = last_signalled.get(state["hotspot_id"], state["last_signalled"])
    return changed


def _local_day(moment: datetime, settings: Settings) -> date:
    return moment.astimezone(settings.municipality.zone).date()
