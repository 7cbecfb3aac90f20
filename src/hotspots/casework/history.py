"""The history of a hotspot: every change, and its status at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess
from hotspots.model import Status
from hotspots.store.case_tables import hotspot_events
from hotspots.store.records import as_record


@dataclass(frozen=True)
class Event:
    """One change of a hotspot."""

    version: int
    at: datetime
    actor: str
    organisation: str
    kind: str
    status: Status
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None


def read_history(access: CaseAccess, until: datetime | None = None) -> list[Event]:
    """Read the changes of a hotspot, oldest first; all, or those before a moment.

    Raises as :func:`hotspots.casework.cases.read_case`.
    """
    with access.reading(Right.READ_CASES) as opened:
        query = select(hotspot_events).where(hotspot_events.c.hotspot_id == opened.case.hotspot_id)
        if until is not None:
            query = query.where(hotspot_events.c.at < until)
        rows = opened.connection.execute(query.order_by(hotspot_events.c.version)).all()
    return [as_record(Event, row, status=Status(row.status)) for row in rows]


def statuses_at(connection: Connection, moment: datetime) -> dict[str, tuple[Status, Status | None]]:
    """Give status and final verdict of hotspots just before an aware moment; those absent were candidates.

    For a peildatum, give the local midnight after it.
    """
    last = (
        select(hotspot_events.c.hotspot_id, func.max(hotspot_events.c.version).label("version"))
        .where(hotspot_events.c.at < moment)
        .group_by(hotspot_events.c.hotspot_id)
        .subquery()
    )
    query = select(hotspot_events.c.hotspot_id, hotspot_events.c.status, hotspot_events.c.verdict).join(
        last,
        (last.c.hotspot_id == hotspot_events.c.hotspot_id) & (last.c.version == hotspot_events.c.version),
    )
    return {
        row.hotspot_id: (Status(row.status), Status(row.verdict) if row.verdict else None)
        for row in connection.execute(query)
    }
