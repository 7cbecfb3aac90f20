"""The case of a hotspot: status, assignee and due date; every change writes a row of history.

Each change is one transaction on the version that the user saw. It is refused when someone else changed the
case first, so that nothing is lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Table, insert, or_, select, update

from hotspots.access.rights import Actor, Right, may, require, visibility_of
from hotspots.casework.workflow import RUN
from hotspots.errors import NotFoundError, StaleError, WorkflowError
from hotspots.geography.gebieden import gebied_of
from hotspots.model import Soort, Status
from hotspots.settings import Settings
from hotspots.store.audit import add_line
from hotspots.store.case_tables import hotspot_events
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.records import as_record
from hotspots.store.run_tables import hotspot_states, hotspots, runs

MAX_TEXT = 4000
"""The longest reason, comment or enrichment, in characters."""

MAX_NAME = 120
"""The longest name of a person or organisation, in characters."""


@dataclass(frozen=True)
class Case:
    """The state of a hotspot for the people who work on it."""

    hotspot_id: str
    number: str
    version: int  # goes up by one with every change
    status: Status
    verdict: Status | None  # the final verdict in force
    assigned_to: str | None
    assigned_user_id: str | None  # of that person's account; None: nobody, or a name that was typed once
    assigned_organisation: str | None
    due_on: date | None
    soort: Soort | None  # in the last run; None if it is in no run
    gebied: str | None
    reporters: int | None = None  # known reporters in the last run
    points_at_persons: bool = False  # in any run


@dataclass(frozen=True)
class OpenCase:
    """A case within a transaction, with the actor and the time."""

    connection: Connection
    settings: Settings
    actor: Actor
    now: datetime
    case: Case


@dataclass(frozen=True)
class CaseAccess:
    """Access to the case of one hotspot, for one actor at one time."""

    database: Database
    settings: Settings
    actor: Actor
    hotspot: str  # its id or number
    now: datetime  # aware
    connection: Connection | None = None
    """On which all is read of one page, so that it is of one moment; else each reading opens its own."""

    @contextmanager
    def reading(self, right: Right) -> Iterator[OpenCase]:
        """Open the case for reading, with this right.

        Raises
        ------
        NotFoundError
            If the hotspot does not exist, or the actor may not know of it.
        ForbiddenError
            If the actor does not have this right for the hotspot.
        """
        if self.connection is not None:
            require(self.actor, right, self._known.gebied)
            yield OpenCase(self.connection, self.settings, self.actor, self.now, self._known)
            return
        with self.database.reading() as connection:
            yield self._opened(connection, right)

    @contextmanager
    def changing(self, right: Right, expected_version: int | None = None) -> Iterator[OpenCase]:
        """Open the case for a change, with this right; other writers wait.

        Raises
        ------
        NotFoundError, ForbiddenError
            As :meth:`reading`.
        StaleError
            If the case is no longer at `expected_version`, the version that the user saw. Without one (None)
            it never raises: for changes that overwrite nothing.
        """
        with self.database.writing() as connection:
            opened = self._opened(connection, right, is_locked=True)
            case = opened.case
            if expected_version is not None and case.version != expected_version:
                raise StaleError(
                    f"{case.number} is at version {case.version}, the change was made on version "
                    f"{expected_version}: read it again and repeat the change"
                )
            yield opened

    def rights_among(self, *rights: Right) -> tuple[Right, ...]:
        """Which of these rights the actor has for the hotspot.

        Raises
        ------
        NotFoundError
            As :meth:`reading`.
        """
        with self.database.reading() as connection:
            gebied = self._find(connection).gebied
        return tuple(right for right in rights if may(self.actor, right, gebied))

    @cached_property
    def _known(self) -> Case:
        """The case as the connection of all readings sees it."""
        assert self.connection is not None  # noqa: S101  # for the type checker
        return self._find(self.connection)

    def _opened(self, connection: Connection, right: Right, *, is_locked: bool = False) -> OpenCase:
        case = self._find(connection, is_locked=is_locked)
        require(self.actor, right, case.gebied)
        return OpenCase(connection, self.settings, self.actor, self.now, case)

    def _find(self, connection: Connection, *, is_locked: bool = False) -> Case:
        hotspot_id = connection.execute(
            select(hotspots.c.id).where(or_(hotspots.c.id == self.hotspot, hotspots.c.number == self.hotspot))
        ).scalar()
        if hotspot_id is None:
            raise NotFoundError(f"there is no hotspot '{self.hotspot}'")
        case = (load_locked if is_locked else load_case)(connection, self.settings, hotspot_id)
        if not _is_known_to(self.actor, case):
            raise NotFoundError(f"there is no hotspot '{self.hotspot}' for '{self.actor.name}'")
        return case


def read_case(access: CaseAccess) -> Case:
    """Read the case, with the right to read cases; raises as :meth:`CaseAccess.reading`."""
    with access.reading(Right.READ_CASES) as opened:
        return opened.case


def read_due_cases(database: Database, settings: Settings, *, actor: Actor, until: date) -> list[Case]:
    """Read the cases due by a day in the areas of the actor, longest overdue first."""
    with database.reading() as connection:
        ids = connection.execute(
            select(hotspots.c.id)
            .where(hotspots.c.due_on <= until)
            .order_by(hotspots.c.due_on, hotspots.c.number)
        ).scalars()
        cases = [load_case(connection, settings, hotspot_id) for hotspot_id in ids]
    return [case for case in cases if _is_known_to(actor, case) and may(actor, Right.READ_CASES, case.gebied)]


def record_change(
    opened: OpenCase,
    kind: str,
    *,
    values: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Case:
    """Change a case, raise its version, and write its history.

    Parameters
    ----------
    kind
        The kind of change, in Dutch.
    values
        Columns of the hotspot to change; the history records them too.
    before, after
        Other things that changed, with their old and new values.

    Raises
    ------
    StaleError
        If it was changed since the case was read.
    """
    connection, actor, case = opened.connection, opened.actor, opened.case
    changed = dict(values or {})
    current = {name: getattr(case, name) for name in changed}
    row = connection.execute(
        update(hotspots)
        .where(hotspots.c.id == case.hotspot_id, hotspots.c.version == case.version)
        .values(
            {name: str(value) if isinstance(value, Status) else value for name, value in changed.items()}
            | {"version": case.version + 1}
        )
    )
    if row.rowcount != 1:
        raise StaleError(f"{case.number} was changed while this change was made: repeat it")
    verdict = changed.get("verdict", case.verdict)
    if actor.id != RUN.id:  # a run has its own line in the log
        add_line(connection, "dossier bijwerken", now=opened.now)
    connection.execute(
        insert(hotspot_events).values(
            hotspot_id=case.hotspot_id,
            version=case.version + 1,
            at=opened.now,
            actor_id=actor.id,
            actor=actor.name,
            organisation=actor.organisation,
            kind=kind,
            status=str(changed.get("status", case.status)),
            verdict=None if verdict is None else str(verdict),
            before=_as_json(current) | _as_json(before or {}),
            after=_as_json(changed) | _as_json(after or {}),
            reason=reason or None,
        )
    )
    return load_case(connection, opened.settings, case.hotspot_id)


def checked_text(text: str, what: str, *, limit: int = MAX_TEXT) -> str:
    """Strip a text written by people; raises WorkflowError if it is then empty or too long."""
    stripped = text.strip()
    if not 0 < len(stripped) <= limit or "\0" in stripped:
        raise WorkflowError(f"wanted as {what} a text of 1 to {limit} characters, found {len(stripped)}")
    return stripped


def add_row(opened: OpenCase, table: Table, **values: Any) -> int:
    """Insert a row that someone adds to a case; gives its id."""
    row = insert(table).values(hotspot_id=opened.case.hotspot_id, **values).returning(table.c.id)
    return int(opened.connection.execute(row).scalar_one())


def rows_of(table: Table, opened: OpenCase) -> Sequence[Any]:
    """Read the rows added to a case, oldest first."""
    query = select(table).where(table.c.hotspot_id == opened.case.hotspot_id).order_by(table.c.id)
    return opened.connection.execute(query).all()


def signed(opened: OpenCase) -> dict[str, Any]:
    """The columns that say who adds a row, and when."""
    return {"given_at": opened.now, "actor_id": opened.actor.id, "given_by": opened.actor.name}


def organisation_of(actor: Actor) -> str:
    """The organisation that an actor speaks for; raises WorkflowError if there is none."""
    if not actor.organisation:
        raise WorkflowError(f"'{actor.name}' belongs to no organisation to speak for: give it one")
    return actor.organisation


def require_status(case: Case, possible: Sequence[Status], what: str) -> None:
    """Raise WorkflowError unless the status is one of these, in which `what` (a plural) are given."""
    if case.status not in possible:
        wanted = ", ".join(f"'{status}'" for status in possible)
        raise WorkflowError(f"{case.number} is '{case.status}', {what} are given while it is {wanted}")


def load_locked(connection: Connection, settings: Settings, hotspot_id: str) -> Case:
    """As :func:`load_case`, and make other writers of this case wait until the transaction ends."""
    # writers wait for each other here: on PostgreSQL by this row, on SQLite by the transaction itself
    connection.execute(select(hotspots.c.id).where(hotspots.c.id == hotspot_id).with_for_update())
    return load_case(connection, settings, hotspot_id)


def load_case(connection: Connection, settings: Settings, hotspot_id: str) -> Case:
    """Read a case as of the last run and the last change."""
    states = hotspot_states.c
    row = connection.execute(
        select(hotspots, states.soort, states.reporter_count, states.buurtcode)
        .add_columns(areas.c.wijkcode, areas.c.wijknaam)
        .outerjoin(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
        .outerjoin(runs, runs.c.id == hotspot_states.c.run_id)
        .outerjoin(areas, areas.c.buurtcode == hotspot_states.c.buurtcode)
        .where(hotspots.c.id == hotspot_id)
        .order_by(runs.c.as_of.desc())
        .limit(1)
    ).one()
    gebied = None
    if row.wijkcode is not None:
        gebied = gebied_of(row.buurtcode, row.wijkcode, row.wijknaam, settings.areas.gebieden)
    return as_record(
        Case,
        row,
        hotspot_id=row.id,
        status=Status(row.status),
        verdict=Status(row.verdict) if row.verdict else None,
        soort=Soort(row.soort) if row.soort else None,
        gebied=gebied,
        reporters=row.reporter_count,
    )


def _is_known_to(actor: Actor, case: Case) -> bool:
    soort = Soort.WONING if case.points_at_persons else case.soort
    return visibility_of(actor).shows(soort, case.gebied, case.reporters)


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
