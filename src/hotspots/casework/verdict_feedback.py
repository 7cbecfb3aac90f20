"""Applies verdicts in a weekly run, and reads them back to learn from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, func, select

from hotspots.access.rights import Actor, Right, require, visibility_of
from hotspots.casework.history import statuses_at
from hotspots.casework.verdict_precision import (
    JudgedPlace,
    Return,
    Strength,
    judge_reopening,
    judge_return,
    precision_of,
)
from hotspots.casework.workflow import TRANSITIONS, WITHDRAWING_PLACE, Who
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, nominations, verdicts
from hotspots.store.database import Database
from hotspots.store.run_tables import samples
from hotspots.tracking.visibility import ever_touched_persons

_CLOSING = (*(step.name for step in TRANSITIONS if step.target is Status.GESLOTEN), WITHDRAWING_PLACE)
_RETURNING = tuple(step.name for step in TRANSITIONS if step.who is Who.RUN)

ReportTimes = Callable[[int], "pd.Series[pd.Timestamp]"]


@dataclass(frozen=True)
class DecidedStates:
    """The states of a run after applying verdicts, and the hotspots that return to the list."""

    states: list[dict[str, Any]]
    returning: Mapping[str, str]  # reason, by id of the hotspot


def apply_verdicts(
    connection: Connection,
    settings: Settings,
    states: Sequence[Mapping[str, Any]],
    report_times: ReportTimes,
    *,
    last_signalled: Mapping[str, date],
    known_until: datetime,
) -> DecidedStates:
    """Hold back hotspots that people closed or judged no hotspot, unless new evidence brings them back.

    Either way the state gets the reason.

    Parameters
    ----------
    states
        Columns of ``hotspot_states``; those of signalled hotspots have a key ``place``.
    report_times
        Looks up the times of the reports of a place, aware UTC.
    last_signalled
        As-of date of the last earlier run that signalled each hotspot.
    known_until
        The end of the run's window, exclusive. Only decisions before it count, so that a replay of the past
        gives what would have been seen then.
    """
    known = statuses_at(connection, known_until)
    decided: list[dict[str, Any]] = []
    returning: dict[str, str] = {}
    for state in states:
        hotspot_id = state["hotspot_id"]
        answer = None
        if state["is_signalled"] and hotspot_id in known:  # otherwise nobody decided anything about it
            status, _ = known[hotspot_id]
            answer = _answer(connection, settings, state, status, report_times, known_until)
            if answer and answer.is_back and status is not Status.KANDIDAAT:
                returning[hotspot_id] = answer.reason
        decided.append(dict(state) if answer is None else _with_answer(state, answer, last_signalled))
    return DecidedStates(decided, returning)


def read_judged(connection: Connection, *, with_persons: bool = True) -> list[JudgedPlace]:
    """Read the last final verdict of each hotspot that the system signalled and that has one.

    Parameters
    ----------
    with_persons
        Also of those that ever pointed at persons.
    """
    told = [] if with_persons else [~ever_touched_persons(verdicts.c.hotspot_id)]
    last = (
        select(func.max(verdicts.c.id).label("id"))
        .where(
            verdicts.c.is_final,
            verdicts.c.hotspot_id.not_in(select(nominations.c.hotspot_id)),
            verdicts.c.hotspot_id.not_in(select(samples.c.hotspot_id)),
            *told,
        )
        .group_by(verdicts.c.hotspot_id)
        .subquery()
    )
    query = select(verdicts.c.verdict, verdicts.c.figures).join(last, last.c.id == verdicts.c.id)
    rows = connection.execute(query.order_by(verdicts.c.id)).all()
    return [JudgedPlace(Status(row.verdict), row.figures) for row in rows]


def read_precision(database: Database, settings: Settings, *, actor: Actor) -> pd.DataFrame:
    """Read the table of ``verdict_precision.precision_of``; raises ForbiddenError without the right.

    Who may not know of dwellings everywhere is told of the others only: the number of a buurt, less that of
    the places one knows of, would be that of its dwellings.
    """
    require(actor, Right.READ_LEARNING, None)
    with_persons = visibility_of(actor).dwellings is None
    with database.reading() as connection:
        return precision_of(read_judged(connection, with_persons=with_persons), settings)


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
        returned = select(hotspot_events.c.reason).where(*_events_before(known_until, hotspot_id, _RETURNING))
        reason = connection.execute(returned.order_by(hotspot_events.c.version.desc()).limit(1)).scalar()
        return Return(True, reason) if reason else None
    if status is Status.GEEN_HOTSPOT:
        return _against_verdict(connection, settings, state, known_until)
    if status is Status.GESLOTEN:
        closed_at = connection.execute(
            select(func.max(hotspot_events.c.at, type_=hotspot_events.c.at.type)).where(
                *_events_before(known_until, hotspot_id, _CLOSING)
            )
        ).scalar_one()
        since = report_times(state["place"])
        since = since[since >= closed_at]
        days = since.dt.tz_convert(settings.municipality.timezone).dt.date.nunique()
        closed_on = settings.municipality.local_day(closed_at)
        return judge_reopening(len(since), int(days), closed_on=closed_on, settings=settings.detection)
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
    judged_on = settings.municipality.local_day(row.given_at)
    return judge_return(judged, now, judged_on=judged_on, factor=settings.workflow.stronger_factor)


def _events_before(
    moment: datetime, hotspot_id: str, kinds: Sequence[str]
) -> tuple[ColumnElement[bool], ...]:
    event = hotspot_events.c
    return event.hotspot_id == hotspot_id, event.kind.in_(kinds), event.at < moment


def _with_answer(
    state: Mapping[str, Any], answer: Return, last_signalled: Mapping[str, date]
) -> dict[str, Any]:
    changed = {**state, "is_signalled": answer.is_back, "redenen": [answer.reason, *state["redenen"]]}
    if not answer.is_back:
        changed["last_signalled"] = last_signalled.get(state["hotspot_id"], state["last_signalled"])
    return changed
