"""Taking texts and names out of the history of hotspots, of which nothing else can be changed.

A phrase takes their place, after a row in :data:`~hotspots.store.case_tables.redactions` has said so; the
database itself refuses any other change.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, insert, or_, select, update

from hotspots.casework.given_names import NAMING
from hotspots.casework.workflow import RUN
from hotspots.model import Status
from hotspots.store.batches import in_batches
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    REMOVED_TEXT,
    comments,
    duidingen,
    enrichments,
    hotspot_events,
    measures,
    redactions,
    verdicts,
)
from hotspots.store.run_tables import hotspots

CLOSED = (str(Status.GESLOTEN), str(Status.GEEN_HOTSPOT))

RETENTION = "bewaartermijn"
"""Why something was taken out, in `redactions`."""

_NAMING_KINDS = (NAMING, "toewijzen", "maatregel toevoegen", "maatregel wijzigen", "maatregel intrekken")
"""Changes of which the history keeps names or descriptions beside the reason."""


def redact(
    connection: Connection,
    table: Table,
    row_ids: Iterable[int],
    values: Mapping[str, Any],
    *,
    now: datetime,
    reason: str,
) -> int:
    """Put `values` in rows of the history, and say so first; gives how many rows.

    The database takes no other values than the fixed phrases.
    """
    ids = sorted(set(row_ids))
    for part in in_batches(ids):
        connection.execute(
            insert(redactions),
            [{"at": now, "table_name": table.name, "row_id": row_id, "reason": reason} for row_id in part],
        )
        connection.execute(update(table).where(table.c.id.in_(part)).values(**values))
    return len(ids)


def remove_case_texts(connection: Connection, cutoff: datetime, now: datetime) -> int:
    over = (
        select(hotspot_events.c.hotspot_id)
        .join(hotspots, hotspots.c.id == hotspot_events.c.hotspot_id)
        .where(hotspots.c.status.in_(CLOSED))
        .group_by(hotspot_events.c.hotspot_id)
        .having(func.max(hotspot_events.c.at) < cutoff)
    )
    ids = connection.execute(over).scalars().all()
    count = 0
    for part in in_batches(sorted(ids)):
        for table, column in ((verdicts, "reason"), (enrichments, "text"), (comments, "text")):
            chosen = and_(
                table.c.hotspot_id.in_(part),
                or_(table.c[column] != REMOVED_TEXT, table.c.actor_id != REMOVED_PERSON),
            )
            nobody = {"given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
            count += _redact(connection, table, chosen, {column: REMOVED_TEXT, **nobody}, now)
        by_people = and_(hotspot_events.c.hotspot_id.in_(part), hotspot_events.c.actor_id != RUN.id)
        has_reason = and_(by_people, hotspot_events.c.reason != REMOVED_TEXT)
        count += _redact(connection, hotspot_events, has_reason, {"reason": REMOVED_TEXT}, now)
        is_named = and_(by_people, hotspot_events.c.actor_id != REMOVED_PERSON)
        nobody = {"actor": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
        count += _redact(connection, hotspot_events, is_named, nobody, now)
        count += _redact_names(connection, part, now)
        texts = {measures.c.description: REMOVED_TEXT, measures.c.owner: REMOVED_TEXT}
        count += _blank(connection, part, texts | {measures.c.created_by: REMOVED_PERSON})
        named = (hotspots.c.assigned_to, hotspots.c.assigned_user_id, hotspots.c.given_name)
        count += _blank(connection, part, dict.fromkeys(named))
    return count


def remove_duidingen(connection: Connection, cutoff: datetime, now: datetime) -> int:
    """Take out the texts and writers of duidingen of which the figures and the last change are long ago."""
    over = (
        select(duidingen.c.duiding_id)
        .group_by(duidingen.c.duiding_id)
        .having(func.max(duidingen.c.given_at) < cutoff, func.max(duidingen.c.last) < cutoff.date())
    )
    is_told = or_(duidingen.c.text != REMOVED_TEXT, duidingen.c.actor_id != REMOVED_PERSON)
    chosen = and_(duidingen.c.duiding_id.in_(over), is_told)
    nobody = {"given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
    return _redact(connection, duidingen, chosen, {"text": REMOVED_TEXT, **nobody}, now)


def _redact(
    connection: Connection,
    table: Table,
    chosen: ColumnElement[bool],
    values: Mapping[str, Any],
    now: datetime,
) -> int:
    ids = connection.execute(select(table.c.id).where(chosen)).scalars().all()
    return redact(connection, table, ids, values, now=now, reason=RETENTION)


def _redact_names(connection: Connection, hotspot_ids: Sequence[str], now: datetime) -> int:
    rows = connection.execute(
        select(hotspot_events.c.id, hotspot_events.c.before, hotspot_events.c.after).where(
            hotspot_events.c.hotspot_id.in_(hotspot_ids), hotspot_events.c.kind.in_(_NAMING_KINDS)
        )
    )
    ids = [row.id for row in rows if row.before or row.after]
    return redact(connection, hotspot_events, ids, {"before": {}, "after": {}}, now=now, reason=RETENTION)


def _blank(connection: Connection, hotspot_ids: Sequence[str], values: Mapping[Column[Any], Any]) -> int:
    table = next(iter(values)).table
    owner = table.c.hotspot_id if "hotspot_id" in table.c else table.c.id
    differs = or_(*(column.is_distinct_from(wanted) for column, wanted in values.items()))
    statement = update(table).where(owner.in_(hotspot_ids), differs)
    return connection.execute(
        statement.values({column.name: value for column, value in values.items()})
    ).rowcount
