"""Moves a hotspot through the workflow, and assigns it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from hotspots.access.rights import Actor, Right, require
from hotspots.casework.assignees import Assignees, choose_organisation, choose_person, read_assignees
from hotspots.casework.cases import (
    Case,
    CaseAccess,
    OpenCase,
    checked_text,
    load_locked,
    record_change,
)
from hotspots.casework.verdicts import add_verdict, judge_opened
from hotspots.casework.workflow import RUN, VERDICTS, Given, decide
from hotspots.errors import AssigneeError, ForbiddenError, NotFoundError, StaleError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import measures
from hotspots.store.database import Database


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


@dataclass(frozen=True)
class Assignment:
    """To whom a case is given, or to nobody, and by when the next step is due."""

    person: str | None = None  # id, login or full name of an account
    organisation: str | None = None  # of accounts, by name
    due_on: date | None = None  # None leaves it as it is


NOT_ASSIGNED = Assignment()
"""Nobody, and no other day: where an assignment may be left out, that it was."""


def assign(
    access: CaseAccess,
    *,
    expected_version: int,
    person: str | None = None,
    organisation: str | None = None,
    due_on: date | None = None,
) -> Case:
    """Assign a hotspot to an account or an organisation, or to nobody, with or without a due date.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :meth:`~hotspots.casework.cases.CaseAccess.changing`.
    AssigneeError
        If nobody is meant who may work on it.
    """
    with access.changing(Right.ASSIGN, expected_version) as opened:
        wanted = Assignment(person, organisation, due_on)
        return _assigned(opened, wanted, read_assignees(opened.connection))


class Outcome(StrEnum):
    """How the assignment of one of many cases went; Dutch, as the API names it."""

    ASSIGNED = "toegewezen"
    CHANGED = "intussen gewijzigd"  # by somebody else: nothing was overwritten
    REFUSED = "kan hier niet"  # nobody is meant who may work on this one
    FORBIDDEN = "mag niet"
    UNKNOWN = "onbekend"


@dataclass(frozen=True)
class Assigned:
    """One of many cases, and how its assignment went."""

    hotspot: str  # as it was named
    outcome: Outcome
    case: Case | None = None  # after it, where it was assigned


def assign_many(
    database: Database,
    settings: Settings,
    chosen: Iterable[tuple[str, int]],
    wanted: Assignment,
    *,
    actor: Actor,
    now: datetime,
) -> list[Assigned]:
    """Assign cases, each by id or number with the version that was seen; each is done or says why not."""
    done = []
    for hotspot, version in dict(chosen).items():
        access = CaseAccess(database, settings, actor, hotspot, now)
        try:
            case = assign(access, expected_version=version, **asdict(wanted))
        except StaleError:
            done.append(Assigned(hotspot, Outcome.CHANGED))
        except AssigneeError:
            done.append(Assigned(hotspot, Outcome.REFUSED))
        except ForbiddenError:
            done.append(Assigned(hotspot, Outcome.FORBIDDEN))
        except NotFoundError:
            done.append(Assigned(hotspot, Outcome.UNKNOWN))
        else:
            done.append(Assigned(hotspot, Outcome.ASSIGNED, case))
    return done


def triage(
    access: CaseAccess,
    wanted: Status,
    *,
    expected_version: int,
    reason: str = "",
    assignment: Assignment | None = None,
) -> Case:
    """Begin to verify a candidate or decide on it, and assign it: all of it, or nothing.

    The history has each step: that it was verified, what was decided, and to whom it was given.

    Raises as :func:`move` and, with an assignment, as :func:`assign`.
    """
    given = Given(reason=checked_text(reason, "reason") if reason.strip() else "")
    with access.changing(Right.MOVE, expected_version) as opened:
        if opened.case.status is Status.KANDIDAAT and wanted in VERDICTS:
            opened = replace(opened, case=_moved(opened, Status.IN_VERIFICATIE, Given()))
        case = _moved(opened, wanted, given)
        if assignment is None:
            return case
        return _assigned(replace(opened, case=case), assignment, read_assignees(opened.connection))


def verify(
    access: CaseAccess,
    verdict: Status,
    *,
    expected_version: int | None,
    reason: str,
    assignment: Assignment | None = None,
) -> Case:
    """Give the verdict of a partner, which begins to verify a candidate, and assign it: all or nothing.

    Raises as :func:`hotspots.casework.verdicts.judge` and, with an assignment, as :func:`assign`.
    """
    with access.changing(Right.JUDGE, expected_version) as opened:
        if opened.case.status is Status.KANDIDAAT:
            require(access.actor, Right.MOVE, opened.case.gebied)
            opened = replace(opened, case=_moved(opened, Status.IN_VERIFICATIE, Given()))
        case = judge_opened(opened, verdict, reason=reason)
        if assignment is None:
            return case
        require(access.actor, Right.ASSIGN, case.gebied)
        return _assigned(replace(opened, case=case), assignment, read_assignees(opened.connection))


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


def _assigned(opened: OpenCase, wanted: Assignment, assignees: Assignees) -> Case:
    case = opened.case
    name, user_id = choose_person(assignees, case, wanted.person) if wanted.person else (None, None)
    organisation = choose_organisation(assignees, case, wanted.organisation) if wanted.organisation else None
    values: dict[str, Any] = {
        "assigned_to": name,
        "assigned_user_id": user_id,
        "assigned_organisation": organisation,
    }
    if wanted.due_on is not None:
        values["due_on"] = wanted.due_on
    return record_change(opened, "toewijzen", values=values)


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
