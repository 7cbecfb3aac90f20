"""What changed where somebody follows: new on the list, grown, decided, a measure; by the rights of now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from hotspots.access.rights import Actor, Right, may, visibility_of
from hotspots.model import RETURN, Trend
from hotspots.publishing.follows import Follow, read_follows
from hotspots.publishing.notices import Told
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import find_intersecting, read_hotspots
from hotspots.tracking.selection import Selection


class ChangeKind(StrEnum):
    """What changed at a place; Dutch, as mails and feeds say it."""

    NEW = "nieuw op de lijst"
    GROWN = "meer meldingen"
    VERDICT = "een oordeel of besluit"
    MEASURE = "een maatregel"


_BY_PEOPLE = {
    "besluiten tot veiligheid": ChangeKind.VERDICT,
    "besluiten tot leefbaarheid": ChangeKind.VERDICT,
    "besluiten tot geen hotspot": ChangeKind.VERDICT,
    "oordelen": ChangeKind.VERDICT,
    "maatregel toevoegen": ChangeKind.MEASURE,
    "maatregel wijzigen": ChangeKind.MEASURE,
    "maatregel intrekken": ChangeKind.MEASURE,
    RETURN: ChangeKind.NEW,
}
_TOLD_BY_STATUS = frozenset(kind for kind in _BY_PEOPLE if kind.startswith("besluiten")) | {RETURN}
"""What everyone who may know of a place sees by its status; the rest is for who may read its case."""


@dataclass(frozen=True)
class FollowedChange:
    """One change of a place that somebody follows."""

    hotspot: Hotspot
    points_at_persons: bool
    kind: ChangeKind
    at: datetime


def read_followed(
    connection: Connection, settings: Settings, actor: Actor, follows: Sequence[Follow]
) -> list[Hotspot]:
    """Read the places that somebody follows, by number or within an area, and may know of now."""
    visibility = visibility_of(actor)
    if not follows or visibility.is_nothing:
        return []
    numbers = [follow.number for follow in follows if follow.number]
    by_number = select(hotspots.c.id).where(hotspots.c.number.in_(numbers))
    ids = set(connection.execute(by_number).scalars()) if numbers else set()
    for follow in follows:
        if follow.shape is not None:
            box = Selection(visibility)
            ids |= set(find_intersecting(connection, settings, box, follow.shape))
    return read_hotspots(connection, settings, Selection(visibility, ids=sorted(ids))) if ids else []


def read_changes(
    connection: Connection, settings: Settings, actor: Actor, *, since: datetime, until: datetime
) -> list[FollowedChange]:
    """Read what changed in a period at the places that somebody follows, latest first.

    Not what the person did, nor what this person may not know now.
    """
    spots = {
        spot.id: spot
        for spot in read_followed(connection, settings, actor, read_follows(connection, user_id=actor.id))
    }
    if not spots:
        return []
    ids = list(spots)
    pointing = select(hotspots.c.id).where(hotspots.c.id.in_(ids), hotspots.c.points_at_persons)
    at_persons = set(connection.execute(pointing).scalars())
    found = _by_runs(connection, ids, since, until) | _by_people(connection, actor, spots, since, until)
    changes = [
        FollowedChange(spots[hotspot_id], hotspot_id in at_persons, kind, at)
        for (hotspot_id, kind, at) in found
    ]
    return sorted(changes, key=lambda change: (change.at, change.hotspot.nummer, change.kind), reverse=True)


def as_told(changes: Sequence[FollowedChange]) -> list[Told]:
    """What a mail says of changes: by place, and of one that may point at a person only that it changed."""
    kinds: dict[str, set[ChangeKind]] = {}
    for change in changes:
        kinds.setdefault(change.hotspot.nummer, set()).add(change.kind)
    spots = {change.hotspot.nummer: change for change in changes}
    return [
        Told(number, None)
        if spots[number].points_at_persons
        else Told(
            number, spots[number].hotspot.naam, [str(kind) for kind in ChangeKind if kind in kinds[number]]
        )
        for number in sorted(kinds)
    ]


def _by_runs(
    connection: Connection, ids: Sequence[str], since: datetime, until: datetime
) -> set[tuple[str, ChangeKind, datetime]]:
    """What runs of a period made new, or found to grow where the run before did not."""
    query = select(runs.c.id, runs.c.as_of, runs.c.finished_at).order_by(runs.c.as_of)
    known = [run for run in connection.execute(query) if run.finished_at < until]
    first = next((at for at, run in enumerate(known) if run.finished_at >= since), len(known))
    shown = known[max(first - 1, 0) :]
    states = connection.execute(
        select(
            hotspot_states.c.run_id,
            hotspot_states.c.hotspot_id,
            hotspot_states.c.trend,
            hotspot_states.c.first_signalled,
        ).where(hotspot_states.c.hotspot_id.in_(ids), hotspot_states.c.run_id.in_([run.id for run in shown]))
    ).all()
    trends = {(row.run_id, row.hotspot_id): row.trend for row in states}
    found = set()
    for at, run in enumerate(shown):
        if run.finished_at < since:
            continue
        before = shown[at - 1].id if at else None
        for row in states:
            if row.run_id != run.id:
                continue
            if row.first_signalled == run.as_of:
                found.add((row.hotspot_id, ChangeKind.NEW, run.finished_at))
            grows = row.trend == Trend.TOENEMEND
            if grows and trends.get((before, row.hotspot_id)) != Trend.TOENEMEND:
                found.add((row.hotspot_id, ChangeKind.GROWN, run.finished_at))
    return found


def _by_people(
    connection: Connection, actor: Actor, spots: dict[str, Hotspot], since: datetime, until: datetime
) -> set[tuple[str, ChangeKind, datetime]]:
    query = select(hotspot_events.c.hotspot_id, hotspot_events.c.kind, hotspot_events.c.at).where(
        hotspot_events.c.hotspot_id.in_(list(spots)),
        hotspot_events.c.kind.in_(list(_BY_PEOPLE)),
        hotspot_events.c.actor_id != actor.id,
        hotspot_events.c.at >= since,
        hotspot_events.c.at < until,
    )
    return {
        (row.hotspot_id, _BY_PEOPLE[row.kind], row.at)
        for row in connection.execute(query)
        if row.kind in _TOLD_BY_STATUS or may(actor, Right.READ_CASES, spots[row.hotspot_id].gebied)
    }
