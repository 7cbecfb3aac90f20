"""The history of the installation: who changed rules, settings, areas, deliveries or jobs, and why.

What people do with a hotspot stands in its own history, and who changed whose access in
:mod:`hotspots.access.access_changes`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from hotspots.access.access_changes import OPERATOR
from hotspots.access.rights import Actor
from hotspots.store.case_tables import admin_changes


class Kind(StrEnum):
    """What was changed; the value is how the history names it."""

    RULES = "regels"
    SETTING = "instelling"
    AREAS = "gebieden"
    ADDRESSES = "adressen"
    SOURCE = "bron"
    DELIVERY = "levering"
    JOB = "taak"
    SIGNALLING = "signalering"
    PAPER = "stuk"
    REQUEST = "verzoek"
    EVENTS = "gebeurtenissen"


@dataclass(frozen=True)
class AdminChange:
    """One change of the installation."""

    id: int
    at: datetime
    actor: str
    kind: str
    about: str
    before: Any
    after: Any
    reason: str | None


def record_change(
    connection: Connection,
    *,
    kind: Kind,
    about: str,
    by: Actor | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> int:
    """Record a change in the transaction that makes it; gives the number of its line.

    Parameters
    ----------
    about
        What was changed, in words or as the setting is called: at most 200 characters, the rest is left out.
    by
        Who did it; None is who runs the software, on the server itself.
    before, after
        What it was and what it is: settings, counts, names of files, JSON-able. Never a secret, nor anything
        about a person. None: there was nothing, or nothing is left.
    reason
        As it was given.
    """
    actor = by or OPERATOR
    values = {
        "at": at,
        "actor_id": actor.id,
        "actor": actor.name,
        "kind": str(kind),
        "about": about[:200],
        "before": None if before is None else dict(before),
        "after": None if after is None else dict(after),
        "reason": reason,
    }
    added = insert(admin_changes).values(values).returning(admin_changes.c.id)
    return int(connection.execute(added).scalar_one())


def read_changes(
    connection: Connection,
    *,
    kind: Kind | None = None,
    without: Collection[Kind] = (),
    about: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[AdminChange]:
    """The changes of a kind, or without some, about something, in a time until a moment; latest first."""
    table = admin_changes
    query = select(table).order_by(table.c.id.desc()).offset(offset).limit(limit)
    if without:
        query = query.where(table.c.kind.not_in([str(each) for each in without]))
    if kind is not None:
        query = query.where(table.c.kind == str(kind))
    if about is not None:
        query = query.where(table.c.about == about)
    if since is not None:
        query = query.where(table.c.at >= since)
    if until is not None:
        query = query.where(table.c.at < until)
    return [
        AdminChange(row.id, row.at, row.actor, row.kind, row.about, row.before, row.after, row.reason)
        for row in connection.execute(query)
    ]
