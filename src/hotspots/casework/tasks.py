"""The task at each hotspot: what is due, who has it, and whether it awaits the reader's verdict."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, Select, exists, select

from hotspots.access.rights import Actor, Right, Role, may, reachable_gebieden
from hotspots.casework.workflow import CAN_BE_VERIFIED, REOPENING
from hotspots.model import Status
from hotspots.store.batches import is_among
from hotspots.store.case_tables import hotspot_events, verdicts
from hotspots.store.run_tables import hotspots as cases
from hotspots.tracking.hotspot import Hotspot

_STATUSES = {status.value: status for status in Status}


class Task(NamedTuple):
    """The task at one hotspot."""

    assigned_to: str | None
    due_on: date | None
    verdicts: Mapping[str, Status]  # the last of each organisation, since the case was opened
    awaits_reader: bool  # for the verdict of the reader's organisation, or the decision of OOV
    is_overdue: bool

    def __hash__(self) -> int:
        """Without the verdicts, as they stand in a dictionary."""
        return hash((self.assigned_to, self.due_on, self.awaits_reader, self.is_overdue))


def read_tasks(
    connection: Connection, *, actor: Actor | None, hotspots: Sequence[Hotspot], today: date
) -> dict[str, Task]:
    """Read the tasks, by id, of those hotspots whose case the actor may read.

    Without an actor (None) there are none. A task due before `today`, the local day, is overdue.
    """
    if actor is None:
        return {}
    reach = reachable_gebieden(actor, Right.READ_CASES)
    readable = {spot.id: spot for spot in hotspots if reach is None or spot.gebied in reach}
    given = read_partner_verdicts(connection, list(readable))
    columns = (cases.c.id, cases.c.assigned_to, cases.c.assigned_organisation, cases.c.due_on)
    rows = connection.execute(select(*columns).where(is_among(connection, cases.c.id, list(readable))))
    return {
        identifier: Task(
            assigned_to=person or organisation,
            due_on=due_on,
            verdicts=given.get(identifier, {}),
            awaits_reader=_awaits(actor, readable[identifier], given.get(identifier, {})),
            is_overdue=due_on is not None and due_on < today,
        )
        for identifier, person, organisation, due_on in rows
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
    given_on = verdicts.c.hotspot_id
    is_reopened_since = exists().where(
        hotspot_events.c.hotspot_id == given_on,
        hotspot_events.c.kind.in_(REOPENING),
        hotspot_events.c.at > verdicts.c.given_at,
    )
    query = (
        select(given_on, verdicts.c.organisation, verdicts.c.verdict)
        .where(
            given_on.in_(ids) if isinstance(ids, Select) else is_among(connection, given_on, ids),
            ~verdicts.c.is_final,
            ~is_reopened_since,
        )
        .order_by(verdicts.c.id)
    )
    given: dict[str, dict[str, Status]] = {}
    for hotspot_id, organisation, verdict in connection.execute(query):
        given.setdefault(hotspot_id, {})[organisation] = _STATUSES[verdict]
    return given
