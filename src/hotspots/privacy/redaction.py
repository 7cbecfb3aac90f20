"""Taking texts and names out of the history of hotspots, of which nothing else can be changed.

A phrase takes their place, after a row in :data:`~hotspots.store.case_tables.redactions` has said so; the
database itself refuses any other change.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, insert, or_, select, update

from hotspots.casework.given_names import NAMING
from hotspots.casework.links import LINKING, UNLINKING
from hotspots.casework.workflow import RUN
from hotspots.model import Status
from hotspots.store.batches import in_batches
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    REMOVED_TEXT,
    case_links,
    comments,
    duidingen,
    enrichments,
    hotspot_events,
    measures,
    redactions,
    verdicts,
)
from hotspots.store.removals import count_all, delete_rows
from hotspots.store.run_tables import hotspots

CLOSED = (str(Status.GESLOTEN), str(Status.GEEN_HOTSPOT))

RETENTION = "bewaartermijn"
"""Why something was taken out, in `redactions`."""

_NAMING_KINDS = (NAMING, "toewijzen", "maatregel toevoegen", "maatregel wijzigen", "maatregel intrekken")
"""Changes of which the history keeps names or descriptions beside the reason."""

_LINKS = (LINKING, UNLINKING)
"""Changes of which the history keeps where a case is in another system."""

_NOTHING: Mapping[str, Any] = {"before": {}, "after": {}}
_Values = Mapping[Column[Any], Any]
_PLANNED: _Values = {
    measures.c.description: REMOVED_TEXT,
    measures.c.owner: REMOVED_TEXT,
    measures.c.created_by: REMOVED_PERSON,
}
_ASSIGNED: _Values = dict.fromkeys(
    (hotspots.c.assigned_to, hotspots.c.assigned_user_id, hotspots.c.given_name)
)
"""What stands in the place of what a case no longer tells."""


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


@dataclass(frozen=True)
class _Redaction:
    """Rows of the history, and what is put in them."""

    table: Table
    chosen: ColumnElement[bool]
    values: Mapping[str, Any]


def remove_case_texts(connection: Connection, cutoff: datetime, now: datetime) -> int:
    """Take out the texts and names of cases that are closed, and were last changed before a moment."""
    count = 0
    for part in in_batches(_cases_over(connection, cutoff)):
        count += sum(_redact(connection, each, now) for each in _redactions_of(part))
        names = _with_values(connection, part, _NAMING_KINDS)
        count += redact(connection, hotspot_events, names, _NOTHING, now=now, reason=RETENTION)
        count += remove_links(connection, part, now)
        count += sum(_blank(connection, part, values) for values in (_PLANNED, _ASSIGNED))
    return count


def remove_links(connection: Connection, hotspot_ids: Sequence[str], now: datetime) -> int:
    """Remove where cases are in other systems, which leads to what was removed here; gives how much."""
    count = 0
    for part in in_batches(hotspot_ids):
        told = _with_values(connection, part, _LINKS)
        count += redact(connection, hotspot_events, told, _NOTHING, now=now, reason=RETENTION)
        count += delete_rows(connection, case_links, case_links.c.hotspot_id.in_(part))
    return count


def count_case_texts(connection: Connection, cutoff: datetime, *, unnamed: Collection[str]) -> int:
    """Count what :func:`remove_case_texts` would take out.

    Parameters
    ----------
    unnamed
        Hotspots that lose their given name and links before.
    """
    count = 0
    for part in in_batches(_cases_over(connection, cutoff)):
        count += sum(count_all(connection, [(each.table, each.chosen)]) for each in _redactions_of(part))
        count += len(_with_values(connection, part, _NAMING_KINDS))
        named, others = [one for one in part if one not in unnamed], [one for one in part if one in unnamed]
        without_name = {column: None for column in _ASSIGNED if column is not hotspots.c.given_name}
        count += len(_with_values(connection, named, _LINKS))
        count += count_all(connection, [(case_links, case_links.c.hotspot_id.in_(named))])
        for ids, values in ((part, _PLANNED), (named, _ASSIGNED), (others, without_name)):
            count += count_all(connection, [(_table_of(values), _has_other(ids, values))])
    return count


def _cases_over(connection: Connection, cutoff: datetime) -> list[str]:
    over = (
        select(hotspot_events.c.hotspot_id)
        .join(hotspots, hotspots.c.id == hotspot_events.c.hotspot_id)
        .where(hotspots.c.status.in_(CLOSED))
        .group_by(hotspot_events.c.hotspot_id)
        .having(func.max(hotspot_events.c.at) < cutoff)
    )
    return sorted(connection.execute(over).scalars())


def _redactions_of(hotspot_ids: Sequence[str]) -> Iterator[_Redaction]:
    for table, column in ((verdicts, "reason"), (enrichments, "text"), (comments, "text")):
        is_told = or_(table.c[column] != REMOVED_TEXT, table.c.actor_id != REMOVED_PERSON)
        nobody = {"given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
        chosen = and_(table.c.hotspot_id.in_(hotspot_ids), is_told)
        yield _Redaction(table, chosen, {column: REMOVED_TEXT, **nobody})
    by_people = and_(hotspot_events.c.hotspot_id.in_(hotspot_ids), hotspot_events.c.actor_id != RUN.id)
    has_reason = and_(by_people, hotspot_events.c.reason != REMOVED_TEXT)
    yield _Redaction(hotspot_events, has_reason, {"reason": REMOVED_TEXT})
    is_named = and_(by_people, hotspot_events.c.actor_id != REMOVED_PERSON)
    yield _Redaction(hotspot_events, is_named, {"actor": REMOVED_PERSON, "actor_id": REMOVED_PERSON})


def remove_duidingen(connection: Connection, cutoff: datetime, now: datetime) -> int:
    """Take out the texts and writers of duidingen of which the figures and the last change are long ago."""
    return _redact(connection, _duidingen_over(cutoff), now)


def count_duidingen(connection: Connection, cutoff: datetime) -> int:
    """Count what :func:`remove_duidingen` would take out."""
    over = _duidingen_over(cutoff)
    return count_all(connection, [(over.table, over.chosen)])


def _duidingen_over(cutoff: datetime) -> _Redaction:
    over = (
        select(duidingen.c.duiding_id)
        .group_by(duidingen.c.duiding_id)
        .having(func.max(duidingen.c.given_at) < cutoff, func.max(duidingen.c.last) < cutoff.date())
    )
    is_told = or_(duidingen.c.text != REMOVED_TEXT, duidingen.c.actor_id != REMOVED_PERSON)
    chosen = and_(duidingen.c.duiding_id.in_(over), is_told)
    nobody = {"given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
    return _Redaction(duidingen, chosen, {"text": REMOVED_TEXT, **nobody})


def _redact(connection: Connection, one: _Redaction, now: datetime) -> int:
    ids = connection.execute(select(one.table.c.id).where(one.chosen)).scalars().all()
    return redact(connection, one.table, ids, one.values, now=now, reason=RETENTION)


def _with_values(connection: Connection, hotspot_ids: Sequence[str], kinds: Collection[str]) -> list[int]:
    """The changes of some kinds of which the history still keeps what was and became."""
    rows = connection.execute(
        select(hotspot_events.c.id, hotspot_events.c.before, hotspot_events.c.after).where(
            hotspot_events.c.hotspot_id.in_(hotspot_ids), hotspot_events.c.kind.in_(kinds)
        )
    )
    return [row.id for row in rows if row.before or row.after]


def _blank(connection: Connection, hotspot_ids: Sequence[str], values: _Values) -> int:
    statement = update(_table_of(values)).where(_has_other(hotspot_ids, values))
    return connection.execute(
        statement.values({column.name: value for column, value in values.items()})
    ).rowcount


def _table_of(values: _Values) -> Table:
    return next(iter(values)).table


def _has_other(hotspot_ids: Sequence[str], values: _Values) -> ColumnElement[bool]:
    """Whether a row is of one of these hotspots, and has other values."""
    table = _table_of(values)
    owner = table.c.hotspot_id if "hotspot_id" in table.c else table.c.id
    differs = or_(*(column.is_distinct_from(wanted) for column, wanted in values.items()))
    return and_(owner.in_(hotspot_ids), differs)
