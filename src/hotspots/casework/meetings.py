"""Meetings: the places that wait, gone through one by one, and what came of each.

A meeting keeps which places it goes through, in which order and at which version of their case, and what it
skipped. What was decided is in the history of the cases, as always: nothing is lost with a browser, and two
people in one meeting see each other's decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from hotspots.access.rights import Actor, Right, Role, may, reachable_gebieden, visibility_of
from hotspots.casework.cases import Case, CaseAccess, read_case
from hotspots.casework.history import Event, read_history
from hotspots.casework.steps import Assignment, triage, verify
from hotspots.casework.tasks import read_tasks
from hotspots.casework.workflow import CAN_BE_VERIFIED
from hotspots.errors import ForbiddenError, NotFoundError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import meeting_places, meetings
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots as cases
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.listed import is_listed
from hotspots.tracking.selection import Selection

SHOWN_FOR = timedelta(hours=16)
"""How long a meeting that nobody ended is offered to go on with: a working day."""


class Stand(StrEnum):
    """What became of a place in a meeting; Dutch, as every output names it."""

    OPEN = "open"
    DISCUSSED = "besproken"
    SKIPPED = "overgeslagen"


@dataclass(frozen=True)
class MeetingPlace:
    """One place of a meeting."""

    hotspot: Hotspot
    case: Case
    changes: Sequence[Event]  # of its case since the meeting began
    skipped_by: str | None

    @property
    def stand(self) -> Stand:
        """Whether people gave a verdict or decided since the meeting began, or skipped it."""
        if any(event.kind == "oordelen" or event.kind.startswith("besluiten") for event in self.changes):
            return Stand.DISCUSSED
        return Stand.SKIPPED if self.skipped_by is not None else Stand.OPEN


@dataclass(frozen=True)
class Meeting:
    """A meeting, with the places that its reader may know of and whose case may be read."""

    id: str
    started_at: datetime
    started_by: str
    organisation: str
    ended_at: datetime | None
    places: Sequence[MeetingPlace]

    def find(self, number: str) -> int:
        """The index of a place.

        Raises
        ------
        NotFoundError
            If it is none of this meeting.
        """
        for index, place in enumerate(self.places):
            if place.hotspot.nummer == number:
                return index
        raise NotFoundError(f"there is no place '{number}' in this meeting")

    def next_open(self, after: int = -1) -> MeetingPlace | None:
        """The first place after an index, or else from the start, of which nothing was said yet."""
        in_turn = [*self.places[after + 1 :], *self.places[: after + 1]]
        return next((place for place in in_turn if place.stand is Stand.OPEN), None)


def read_waiting(
    connection: Connection, settings: Settings, *, actor: Actor, today: date, gebied: str | None = None
) -> list[Hotspot]:
    """Read the places that wait for somebody, in the order of lists.

    For a gebiedsteam those in its areas of which its organisation gave no verdict; for OOV all that wait:
    first what partners judged, for its decision, then what is not verified yet.
    """
    if reachable_gebieden(actor, Right.JUDGE) == frozenset():
        return []
    known = read_hotspots(connection, settings, Selection(visibility_of(actor), gebied=gebied))
    tasks = read_tasks(connection, actor=actor, hotspots=known, today=today)
    awaited = [spot for spot in known if spot.id in tasks and tasks[spot.id].awaits_reader]
    if actor.role is not Role.OOV:
        return awaited
    ids = {spot.id for spot in awaited}
    rest = [
        spot
        for spot in known
        if spot.id in tasks and spot.id not in ids and spot.status in CAN_BE_VERIFIED and is_listed(spot)
    ]
    return [*awaited, *rest]


def start_meeting(
    database: Database, settings: Settings, *, actor: Actor, now: datetime, gebied: str | None = None
) -> str:
    """Begin a meeting about the places that wait; gives its id.

    Raises
    ------
    ForbiddenError
        If the actor gives verdicts nowhere.
    WorkflowError
        If nothing waits.
    """
    if reachable_gebieden(actor, Right.JUDGE) == frozenset() or actor.is_machine:
        raise ForbiddenError(f"'{actor.name}' wanted to begin a meeting, and gives verdicts nowhere")
    today = settings.municipality.local_day(now)
    meeting_id = str(uuid4())
    with database.writing() as connection:
        waiting = read_waiting(connection, settings, actor=actor, today=today, gebied=gebied)
        if not waiting:
            raise WorkflowError("wanted places that wait, to go through in a meeting; found none")
        ids = [spot.id for spot in waiting]
        rows = connection.execute(select(cases.c.id, cases.c.version).where(cases.c.id.in_(ids)))
        versions = {row.id: row.version for row in rows}
        connection.execute(
            insert(meetings).values(
                id=meeting_id,
                started_at=now,
                actor_id=actor.id,
                started_by=actor.name,
                organisation=actor.organisation,
            )
        )
        connection.execute(
            insert(meeting_places),
            [
                {
                    "meeting_id": meeting_id,
                    "position": position,
                    "hotspot_id": spot.id,
                    "version": versions[spot.id],
                }
                for position, spot in enumerate(waiting, 1)
            ],
        )
    return meeting_id


def read_meeting(access: "MeetingAccess") -> Meeting:
    """Read a meeting.

    Raises
    ------
    NotFoundError
        If there is none, or none of its places is for this reader.
    """
    with access.database.reading() as connection:
        return _read(connection, access, access.meeting)


def read_running(access: "MeetingAccess") -> list[Meeting]:
    """Read the meetings that go on with places for this reader, last begun first."""
    query = (
        select(meetings.c.id)
        .where(meetings.c.ended_at.is_(None), meetings.c.started_at > access.now - SHOWN_FOR)
        .order_by(meetings.c.started_at.desc(), meetings.c.id)
    )
    found = []
    with access.database.reading() as connection:
        for meeting_id in connection.execute(query).scalars().all():
            try:
                found.append(_read(connection, access, meeting_id))
            except NotFoundError:  # of other areas
                continue
    return found


@dataclass(frozen=True)
class MeetingAccess:
    """Access to a meeting, for one actor at one time."""

    database: Database
    settings: Settings
    actor: Actor
    now: datetime
    meeting: str = ""

    def case(self, number: str) -> CaseAccess:
        """Access to the case of one of its places."""
        return CaseAccess(self.database, self.settings, self.actor, number, self.now)


def skip(access: MeetingAccess, number: str) -> None:
    """Skip a place; raises as :func:`read_meeting` and :meth:`Meeting.find`, or ForbiddenError."""
    meeting = read_meeting(access)
    place = meeting.places[meeting.find(number)]
    if not may(access.actor, Right.JUDGE, place.hotspot.gebied):
        raise ForbiddenError(f"'{access.actor.name}' wanted to skip {number}, and gives no verdict there")
    chosen = (meeting_places.c.meeting_id == access.meeting) & (
        meeting_places.c.hotspot_id == place.hotspot.id
    )
    with access.database.writing() as connection:
        connection.execute(
            update(meeting_places)
            .where(chosen, meeting_places.c.skipped_at.is_(None))
            .values(skipped_at=access.now, skipped_by=access.actor.name)
        )


def end_meeting(access: MeetingAccess) -> None:
    """End a meeting; ended before, it stays so. Raises as :func:`skip`."""
    read_meeting(access)
    if reachable_gebieden(access.actor, Right.JUDGE) == frozenset():
        raise ForbiddenError(f"'{access.actor.name}' wanted to end a meeting, and gives verdicts nowhere")
    with access.database.writing() as connection:
        connection.execute(
            update(meetings)
            .where(meetings.c.id == access.meeting, meetings.c.ended_at.is_(None))
            .values(ended_at=access.now)
        )


def conclude(
    access: CaseAccess,
    verdict: Status,
    *,
    reason: str,
    expected_version: int,
    assignment: Assignment | None = None,
) -> Case:
    """Say what a meeting concludes on a place: OOV decides, a partner gives its verdict; who goes on with it.

    Raises as :func:`hotspots.casework.steps.triage` and :func:`hotspots.casework.steps.verify`: nothing is
    changed when the case is not at the version that was seen.
    """
    carry_out = triage if access.actor.role is Role.OOV else verify
    return carry_out(access, verdict, reason=reason, expected_version=expected_version, assignment=assignment)


def _read(connection: Connection, access: MeetingAccess, meeting_id: str) -> Meeting:
    row = connection.execute(select(meetings).where(meetings.c.id == meeting_id)).first()
    kept = connection.execute(
        select(meeting_places)
        .where(meeting_places.c.meeting_id == meeting_id)
        .order_by(meeting_places.c.position)
    ).all()
    actor, settings = access.actor, access.settings
    selection = Selection(visibility_of(actor), ids=[each.hotspot_id for each in kept])
    known = {
        spot.id: spot
        for spot in (read_hotspots(connection, settings, selection) if kept else ())
        if may(actor, Right.READ_CASES, spot.gebied)
    }
    places = []
    for each in kept:
        if each.hotspot_id in known:
            own = replace(access.case(each.hotspot_id), connection=connection)
            changes = [event for event in read_history(own) if event.version > each.version]
            places.append(MeetingPlace(known[each.hotspot_id], read_case(own), changes, each.skipped_by))
    if row is None or not places:
        raise NotFoundError(f"there is no meeting '{meeting_id}' for '{actor.name}'")
    return Meeting(row.id, row.started_at, row.started_by, row.organisation, row.ended_at, places)
