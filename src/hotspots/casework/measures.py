"""The measures at a hotspot: what is done, by whom and when."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from hotspots.access.rights import Actor, Right, Role, reachable_gebieden
from hotspots.casework.cases import (
    MAX_NAME,
    Case,
    CaseAccess,
    OpenCase,
    add_row,
    checked_text,
    record_change,
    require_status,
    rows_of,
)
from hotspots.casework.workflow import CAN_BE_PLANNED, MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, WorkflowError
from hotspots.model import Status
from hotspots.store.case_tables import measures
from hotspots.store.records import as_record
from hotspots.store.run_tables import hotspots as hotspot_table
from hotspots.tracking.hotspot import Hotspot


@dataclass(frozen=True)
class Plan:
    """A measure as planned."""

    kind: MeasureKind
    description: str
    owner: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Measure:
    """A measure as it stands now."""

    id: int
    plan: Plan
    is_withdrawn: bool
    created_at: datetime
    created_by: str


def add_measure(access: CaseAccess, plan: Plan, *, expected_version: int | None = None) -> tuple[int, Case]:
    """Add a measure; gives its id and the case after it.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`hotspots.casework.steps.move`.
    WorkflowError
        If the hotspot has no final verdict yet, or the plan is incomplete or ends before it starts.
    """
    values = _plan_values(plan)
    with access.changing(Right.PLAN, expected_version) as opened:
        _require_can_plan(opened)
        new_id = add_row(
            opened,
            measures,
            is_withdrawn=False,
            created_at=opened.now,
            created_by=opened.actor.name,
            **values,
        )
        return new_id, record_change(opened, "maatregel toevoegen", after={"maatregel": new_id, **values})


def change_measure(
    access: CaseAccess, measure_id: int, plan: Plan, *, expected_version: int, is_withdrawn: bool = False
) -> Case:
    """Change a measure, or withdraw it; the history keeps the old values.

    Raises as :func:`add_measure`, and NotFoundError if the hotspot has no such measure.
    """
    values = _plan_values(plan) | {"is_withdrawn": is_withdrawn}
    with access.changing(Right.PLAN, expected_version) as opened:
        _require_can_plan(opened)
        case, connection = opened.case, opened.connection
        chosen = (measures.c.id == measure_id) & (measures.c.hotspot_id == case.hotspot_id)
        row = connection.execute(select(measures).where(chosen)).mappings().first()
        if row is None:
            raise NotFoundError(f"{case.number} has no measure {measure_id}")
        connection.execute(update(measures).where(chosen).values(**values))
        changed = sorted(name for name, value in values.items() if row[name] != value)
        return record_change(
            opened,
            "maatregel intrekken" if is_withdrawn else "maatregel wijzigen",
            before={"maatregel": measure_id, **{name: row[name] for name in changed}},
            after={"maatregel": measure_id, **{name: values[name] for name in changed}},
        )


def read_measures(access: CaseAccess) -> list[Measure]:
    """Read the measures of a hotspot, withdrawn ones included, in the order of adding.

    Raises as :func:`hotspots.casework.cases.read_case`.
    """
    with access.reading(Right.READ_CASES) as opened:
        return [as_record(Measure, row, plan=_plan_of(row)) for row in rows_of(measures, opened)]


def read_measures_in_force(
    connection: Connection, *, actor: Actor | None, hotspots: Sequence[Hotspot], on: date
) -> dict[str, list[Plan]]:
    """Read the measures in force on a day, by id of the hotspots that have any.

    Includes only hotspots whose case the actor may read; without an actor (None) there are none.
    """
    if actor is None:
        return {}
    reach = reachable_gebieden(actor, Right.READ_CASES)
    ids = {hotspot.id for hotspot in hotspots if reach is None or hotspot.gebied in reach}
    names = ("hotspot_id", *(field.name for field in fields(Plan)))
    query = (
        select(*(measures.c[name] for name in names))
        .where(
            ~measures.c.is_withdrawn,
            measures.c.starts_on <= on,
            or_(measures.c.ends_on.is_(None), measures.c.ends_on >= on),
        )
        .order_by(measures.c.starts_on, measures.c.id)
    )
    plans: dict[str, list[Plan]] = {}
    # few are in force: to name hundreds of hotspots in the query takes longer than to read these
    for row in connection.execute(query).all():
        if row.hotspot_id in ids:
            plans.setdefault(row.hotspot_id, []).append(_plan_of(row))
    return plans


def read_begun(connection: Connection, *, first: date, last: date) -> Sequence[Row[Any]]:
    """Read the measures that began in these days and were not withdrawn, by their first day.

    Returns
    -------
    sequence of Row
        The columns of `measures`, and the ``number`` of the hotspot.
    """
    query = (
        select(measures, hotspot_table.c.number)
        .join(hotspot_table, hotspot_table.c.id == measures.c.hotspot_id)
        .where(~measures.c.is_withdrawn, measures.c.starts_on.between(first, last))
        .order_by(measures.c.starts_on, measures.c.id)
    )
    return connection.execute(query).all()


def _plan_of(row: Any) -> Plan:
    return as_record(Plan, row, kind=MeasureKind(row.kind))


def _require_can_plan(opened: OpenCase) -> None:
    actor, case = opened.actor, opened.case
    if actor.role is Role.GEBIEDSTEAM and case.verdict is Status.VEILIGHEID:
        raise ForbiddenError(f"OOV leads {case.number}: '{actor.name}' can comment, not plan measures")
    require_status(case, CAN_BE_PLANNED, "measures")


def _plan_values(plan: Plan) -> dict[str, Any]:
    if plan.ends_on is not None and plan.ends_on < plan.starts_on:
        raise WorkflowError(f"wanted an end from {plan.starts_on} on, found {plan.ends_on}")
    return {
        "kind": str(plan.kind),
        "description": checked_text(plan.description, "description"),
        "owner": checked_text(plan.owner, "owner", limit=MAX_NAME),
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
    }
