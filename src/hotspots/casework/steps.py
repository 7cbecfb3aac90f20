"""Moves a hotspot through the workflow, and assigns it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from hotspots.access.rights import Right, require
from hotspots.casework.cases import (
    MAX_NAME,
    Case,
    CaseAccess,
    OpenCase,
    checked_text,
    load_locked,
    record_change,
)
from hotspots.casework.verdicts import add_verdict
from hotspots.casework.workflow import RUN, Given, decide
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import measures


def move(
    access: CaseAccess,
    wanted: Status,
    *,
    expected_version: int,
    reason: str = "",
    until: date | None = None,
) -> Case:
    """Move a hotspot to another status, as the workflow allows; some steps need a reason or date.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor may not make this step here.
    WorkflowError
        If there is no such step from its status, or something that the step needs is missing.
    StaleError
        If the case was changed since `expected_version`.
    """
    with access.changing(Right.MOVE, expected_version) as opened:
        given = Given(
            reason=checked_text(reason, "reason") if reason else "",
            until=until,
            has_measure=_has_measure(opened.connection, opened.case.hotspot_id),
        )
        return _moved(opened, wanted, given)


def assign(
    access: CaseAccess,
    *,
    expected_version: int,
    person: str | None = None,
    organisation: str | None = None,
    due_on: date | None = None,
) -> Case:
    """Assign a hotspot to a person or an organisation, or to nobody, with or without a due date.

    Raises as :meth:`~hotspots.casework.cases.CaseAccess.changing`.
    """
    with access.changing(Right.ASSIGN, expected_version) as opened:
        values: dict[str, Any] = {
            "assigned_to": person and checked_text(person, "name", limit=MAX_NAME),
            "assigned_organisation": organisation and checked_text(organisation, "name", limit=MAX_NAME),
        }
        if due_on is not None:
            values["due_on"] = due_on
        return record_change(opened, "toewijzen", values=values)


def return_to_list(
    connection: Connection,
    settings: Settings,
    *,
    hotspot_ids: Iterable[str],
    reasons: Mapping[str, str],
    now: datetime,
) -> list[str]:
    """Turn closed hotspots, and those judged no hotspot, into candidates again, as the weekly run decided.

    Skips those that people moved meanwhile; gives the ids of those that returned.
    """
    returned = []
    for hotspot_id in sorted(hotspot_ids):
        case = load_locked(connection, settings, hotspot_id)
        if case.status in (Status.GESLOTEN, Status.GEEN_HOTSPOT):
            given = Given(reason=reasons[hotspot_id])
            _moved(OpenCase(connection, settings, RUN, now, case), Status.KANDIDAAT, given)
            returned.append(hotspot_id)
    return returned


def _moved(opened: OpenCase, wanted: Status, given: Given) -> Case:
    case, settings = opened.case, opened.settings
    decided = decide(
        current=case.status,
        wanted=wanted,
        actor=opened.actor,
        verdict=case.verdict,
        given=given,
        today=settings.municipality.local_day(opened.now),
        settings=settings.workflow,
    )
    values: dict[str, Any] = {"status": decided.status, "due_on": decided.due_on}
    if decided.is_final_verdict:
        require(opened.actor, Right.DECIDE, case.gebied)
        values["verdict"] = decided.status
        add_verdict(opened, decided.status, reason=given.reason, is_final=True)
    elif decided.status in (Status.KANDIDAAT, Status.IN_VERIFICATIE):
        values["verdict"] = None  # the case starts again
    return record_change(opened, decided.name, values=values, reason=given.reason)


def _has_measure(connection: Connection, hotspot_id: str) -> bool:
    query = (
        select(measures.c.id).where(measures.c.hotspot_id == hotspot_id, ~measures.c.is_withdrawn).limit(1)
    )
    return connection.execute(query).first() is not None
