"""The task at each hotspot: what is due, who has it, and whether it awaits the reader's verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, func, or_, select

from hotspots.access.rights import Actor, Right, Role, may
from hotspots.casework.workflow import CAN_BE_VERIFIED, REOPENING
from hotspots.model import Status
from hotspots.store.case_tables import hotspot_events, verdicts
from hotspots.store.run_tables import hotspots as cases
from hotspots.tracking.hotspot import Hotspot

_STATUSES = {status.value: status for status in Status}


@dataclass(frozen=True)
class Task:
    """The task at one hotspot."""

    assigned_to: str | None
    due_on: date | None
    verdicts: Mapping[str, Status]  # the last of each organisation, since the case was opened
    awaits_reader: bool  # for the verdict of the reader's organisation, or the decision of OOV
    is_overdue: bool


def read_tasks(
    connection: Connection, *, actor: Actor | None, hotspots: Sequence[Hotspot], today: date
) -> dict[str, Task]:
    """Read the tasks, by id, of those hotspots whose case the actor may read.

    Without an actor (None) there are none. A task due before `today`, the local day, is overdue.
    """
    if actor is None:
        return {}
    readable = {spot.id: spot for spot in hotspots if may(actor, Right.READ_CASES, spot.gebied)}
    given = read_partner_verdicts(connection, list(readable))
    columns = (cases.c.id, cases.c.assigned_to, cases.c.assigned_organisation, cases.c.due_on)
    rows = connection.execute(select(*columns).where(cases.c.id.in_(list(readable))))
    return {
        row.id: Task(
            assigned_to=row.assigned_to or row.assigned_organisation,
            due_on=row.due_on,
            verdicts=given.get(row.id, {}),
            awaits_reader=_awaits(actor, readable[row.id], given.get(row.id, {})),
            is_overdue=row.due_on is not None and row.due_on < today,
        )
        for row in rows
    }


def _awaits(actor: Actor, hotspot: Hotspot, given: Mapping[str, Status]) -> bool:
    if actor.role is Role.OOV:
        return hotspot.status is Status.IN_VERIFICATIE and bool(given)
    if actor.role is not Role.GEBIEDSTEAM or not actor.organisation:
        return False
    return (
        hotspot.status in CAN_BE_VERIFIED
        and actor.organisation not in given
        and may(actor, Right.JUDGE, hotspot.gebied)
    )


def read_partner_verdicts(
    connection: Connection, ids: Sequence[str] | Select[tuple[str]]
) -> dict[str, dict[str, Status]]:
    """Read the last verdict of each organisation since the case was opened, by id of the hotspot."""
    reopened = (
        select(hotspot_events.c.hotspot_id, func.max(hotspot_events.c.at).label("at"))
        .where(hotspot_events.c.hotspot_id.in_(ids), hotspot_events.c.kind.in_(REOPENING))
        .group_by(hotspot_events.c.hotspot_id)
        .subquery()
    )
    query = (
        select(verdicts.c.hotspot_id, verdicts.c.organisation, verdicts.c.verdict)
        .outerjoin(reopened, reopened.c.hotspot_id == verdicts.c.hotspot_id)
        .where(
            verdicts.c.hotspot_id.in_(ids),
            ~verdicts.c.is_final,
            or_(reopened.c.at.is_(None), verdicts.c.given_at >= reopened.c.at),
        )
        .order_by(verdicts.c.id)
    )
    given: dict[str, dict[str, Status]] = {}
    for hotspot_id, organisation, verdict in connection.execute(query):
        given.setdefault(hotspot_id, {})[organisation] = _STATUSES[verdict]
    return given
