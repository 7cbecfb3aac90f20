"""The case of a hotspot: where it stands, who has it, what is due; moving it, and the history of all changes.

Each service is one transaction. A change is made on the version that the user saw: when someone else was
first it is refused, and nothing is lost. Every change writes one row of history.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from hotspots.access.rights import Actor, Right, may, require, visibility_of
from hotspots.casework.workflow import RUN, Given, decide
from hotspots.errors import NotFoundError, StaleError, WorkflowError
from hotspots.geography.areas import gebied_of
from hotspots.model import Soort, Status
from hotspots.settings import Settings
from hotspots.store.audit import add_line
from hotspots.store.case_tables import hotspot_events, measures, verdicts
from hotspots.store.database import Database
from hotspots.store.tables import (
    areas,
    detection_reports,
    detections,
    hotspot_states,
    hotspots,
    reports,
    runs,
)

MAX_TEXT = 4000
"""The longest reason, comment or enrichment, in characters."""

MAX_NAME = 120
"""The longest name of a person or organisation, in characters."""


@dataclass(frozen=True)
class Case:
    """Where a hotspot stands for the people who work on it."""

    hotspot_id: str
    number: str
    version: int  # one more with every change
    status: Status
    verdict: Status | None  # the final one in force
    assigned_to: str | None
    assigned_organisation: str | None
    due_on: date | None
    soort: Soort | None  # of the last run; None: in no run
    gebied: str | None
    reporters: int | None = None  # known ones, in the last run


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


def read_case(database: Database, settings: Settings, *, actor: Actor, hotspot: str) -> Case:
    """Read where a hotspot stands, by its id or number.

    Raises
    ------
    NotFoundError
        If there is none, or the actor may not know of it.
    ForbiddenError
        If the actor may not read cases there.
    """
    with database.reading() as connection:
        return case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_CASES)


def move(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    wanted: Status,
    expected_version: int,
    now: datetime,
    reason: str = "",
    until: date | None = None,
) -> Case:
    """Move a hotspot to another status, as the table of the workflow allows.

    Parameters
    ----------
    hotspot
        Its id or number.
    expected_version
        The version that the user saw.
    now
        The moment of the change, aware.
    reason, until
        What the step may need.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor may not make this step here.
    WorkflowError
        If there is no such step from where it stands, or something it needs is lacking.
    StaleError
        If it was changed since that version.
    """
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.MOVE,
            expected_version=expected_version,
        )
        given = Given(
            reason=checked_text(reason, "reason") if reason else "",
            until=until,
            has_measure=_has_measure(connection, case.hotspot_id),
        )
        return _moved(connection, settings, case, wanted, actor, given, now)


def assign(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    expected_version: int,
    now: datetime,
    person: str | None = None,
    organisation: str | None = None,
    due_on: date | None = None,
) -> Case:
    """Give a hotspot to a person or an organisation, or to nobody; with or without a due date.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`move`.
    """
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.ASSIGN,
            expected_version=expected_version,
        )
        values: dict[str, Any] = {
            "assigned_to": person and checked_text(person, "name", limit=MAX_NAME),
            "assigned_organisation": organisation and checked_text(organisation, "name", limit=MAX_NAME),
        }
        if due_on is not None:
            values["due_on"] = due_on
        return record_change(
            connection, settings, case, actor=actor, kind="toewijzen", values=values, now=now
        )


def return_to_list(
    connection: Connection,
    settings: Settings,
    *,
    hotspot_ids: Iterable[str],
    reasons: Mapping[str, str],
    now: datetime,
) -> list[str]:
    """Make hotspots that were closed or judged no hotspot candidates again, as the weekly run decided.

    Those that people moved meanwhile are left alone; gives the ids of those that returned.
    """
    returned = []
    for hotspot_id in sorted(hotspot_ids):
        case = _locked_case(connection, settings, hotspot_id)
        if case.status in (Status.GESLOTEN, Status.GEEN_HOTSPOT):
            given = Given(reason=reasons[hotspot_id])
            _moved(connection, settings, case, Status.KANDIDAAT, RUN, given, now)
            returned.append(hotspot_id)
    return returned


def read_history(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    until: datetime | None = None,
) -> list[Event]:
    """Every change of a hotspot, first to last; until a moment (not included), or all.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`read_case`.
    """
    with database.reading() as connection:
        case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_CASES)
        query = select(hotspot_events).where(hotspot_events.c.hotspot_id == case.hotspot_id)
        if until is not None:
            query = query.where(hotspot_events.c.at < until)
        rows = connection.execute(query.order_by(hotspot_events.c.version)).all()
    return [
        Event(
            row.version,
            row.at,
            row.actor,
            row.organisation,
            row.kind,
            Status(row.status),
            row.before,
            row.after,
            row.reason,
        )
        for row in rows
    ]


def read_due_cases(database: Database, settings: Settings, *, actor: Actor, until: date) -> list[Case]:
    """What is due at or before a day, in the areas of the actor; the longest overdue first."""
    with database.reading() as connection:
        ids = connection.execute(
            select(hotspots.c.id)
            .where(hotspots.c.due_on <= until)
            .order_by(hotspots.c.due_on, hotspots.c.number)
        ).scalars()
        cases = [_case(connection, settings, hotspot_id) for hotspot_id in ids]
    return [case for case in cases if _is_known_to(actor, case) and may(actor, Right.READ_CASES, case.gebied)]


def statuses_at(
    connection: Connection, moment: datetime, ids: Sequence[str] | None = None
) -> dict[str, tuple[Status, Status | None]]:
    """Status and final verdict of hotspots at a moment (not included); what is absent was a candidate.

    Parameters
    ----------
    moment
        Aware; for a peildatum the local midnight after it.
    ids
        Only of these.
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
    if ids is not None:
        query = query.where(hotspot_events.c.hotspot_id.in_(list(ids)))
    return {
        row.hotspot_id: (Status(row.status), Status(row.verdict) if row.verdict else None)
        for row in connection.execute(query)
    }


def case_for(
    connection: Connection,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    right: Right,
    expected_version: int | None = None,
) -> Case:
    """The case of a hotspot for someone who wants to do something with it; locked against other writers.

    Parameters
    ----------
    right
        What it is for.
    expected_version
        The version that the user saw; None when nothing can be overwritten.

    Raises
    ------
    NotFoundError
        If there is no such hotspot, or the actor may not know of it.
    ForbiddenError
        If the actor does not have the right there.
    StaleError
        If it was changed since that version.
    """
    found = connection.execute(
        select(hotspots.c.id).where(or_(hotspots.c.id == hotspot, hotspots.c.number == hotspot))
    ).scalar()
    if found is None:
        raise NotFoundError(f"there is no hotspot '{hotspot}'")
    is_writing = right not in _READING
    case = (_locked_case if is_writing else _case)(connection, settings, found)
    if not _is_known_to(actor, case):
        raise NotFoundError(f"there is no hotspot '{hotspot}' for '{actor.name}'")
    require(actor, right, case.gebied)
    if expected_version is not None and case.version != expected_version:
        raise StaleError(
            f"{case.number} is at version {case.version}, the change was made on version {expected_version}: "
            "read it again and repeat the change"
        )
    return case


def record_change(
    connection: Connection,
    settings: Settings,
    case: Case,
    *,
    actor: Actor,
    kind: str,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Case:
    """Change a case and write its history, as one version more.

    Parameters
    ----------
    case
        As :func:`case_for` gave it.
    kind
        What was done, in Dutch.
    values
        The columns of the hotspot that change; they come in the history by themselves.
    before, after
        What else changed, as it was and became.

    Raises
    ------
    StaleError
        If it was changed since the case was read.
    """
    changed = dict(values or {})
    current = {name: getattr(case, name) for name in changed}
    row = connection.execute(
        update(hotspots)
        .where(hotspots.c.id == case.hotspot_id, hotspots.c.version == case.version)
        .values(**{name: _plain(value) for name, value in changed.items()}, version=case.version + 1)
    )
    if row.rowcount != 1:
        raise StaleError(f"{case.number} was changed while this change was made: repeat it")
    verdict = changed.get("verdict", case.verdict)
    if actor.id != RUN.id:  # a run has a line of its own
        add_line(connection, "dossier bijwerken", now=now)
    connection.execute(
        insert(hotspot_events).values(
            hotspot_id=case.hotspot_id,
            version=case.version + 1,
            at=now,
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
    return _case(connection, settings, case.hotspot_id)


def checked_text(text: str, what: str, *, limit: int = MAX_TEXT) -> str:
    """A text that people wrote, without the white space around it.

    Raises
    ------
    WorkflowError
        If nothing remains, or it is too long.
    """
    stripped = text.strip()
    if not 0 < len(stripped) <= limit or "\0" in stripped:
        raise WorkflowError(f"wanted as {what} a text of 1 to {limit} characters, found {len(stripped)}")
    return stripped


def add_verdict(
    connection: Connection,
    settings: Settings,
    case: Case,
    *,
    actor: Actor,
    verdict: Status,
    reason: str,
    is_final: bool,
    now: datetime,
) -> None:
    """Write a verdict with the figures of the last run, on which it was given."""
    figures = figures_now(connection, case, settings)
    connection.execute(
        insert(verdicts).values(
            hotspot_id=case.hotspot_id,
            organisation=actor.organisation,
            verdict=str(verdict),
            is_final=is_final,
            reason=reason,
            given_at=now,
            actor_id=actor.id,
            given_by=actor.name,
            peildatum=figures.pop("peildatum", None),
            figures=figures,
        )
    )


def figures_now(connection: Connection, case: Case, settings: Settings) -> dict[str, Any]:
    """What the last run knew of a hotspot: its peildatum and the figures that verdicts are learned from."""
    row = connection.execute(
        select(hotspot_states, runs.c.as_of, detections.c.evidence)
        .join_from(hotspot_states, runs)
        .outerjoin(detections, detections.c.id == hotspot_states.c.detection_id)
        .where(hotspot_states.c.hotspot_id == case.hotspot_id)
        .order_by(runs.c.as_of.desc())
        .limit(1)
    ).first()
    if row is None:
        return {}
    zone = settings.municipality.zone
    members = connection.execute(
        select(reports.c.source, reports.c.reported_at)
        .join(detection_reports, detection_reports.c.report_id == reports.c.id)
        .where(detection_reports.c.detection_id == row.detection_id)
    ).all()
    return {
        "peildatum": row.as_of,
        "reports": row.report_count,
        "days": row.day_count,
        "weeks": row.week_count,
        "durationDays": row.duration_days,
        "reporters": row.reporter_count,
        "expected": row.expected,
        "pValue": row.p_value,
        "soort": row.soort,
        "indicatie": row.indicatie,
        "buurtcode": row.buurtcode,
        "gebied": case.gebied,
        "sources": sorted({member.source for member in members}),
        "months": sorted(member.reported_at.astimezone(zone).month for member in members),
        "evidence": (row.evidence or {}).get("figures", {}),
    }


_READING = frozenset({Right.READ_HOTSPOTS, Right.READ_CASES})


def _moved(
    connection: Connection,
    settings: Settings,
    case: Case,
    wanted: Status,
    actor: Actor,
    given: Given,
    now: datetime,
) -> Case:
    decided = decide(
        current=case.status,
        wanted=wanted,
        actor=actor,
        verdict=case.verdict,
        given=given,
        today=now.astimezone(settings.municipality.zone).date(),
        settings=settings.workflow,
    )
    values: dict[str, Any] = {"status": decided.status, "due_on": decided.due_on}
    if decided.is_final_verdict:
        require(actor, Right.DECIDE, case.gebied)
        values["verdict"] = decided.status
        add_verdict(
            connection,
            settings,
            case,
            actor=actor,
            verdict=decided.status,
            reason=given.reason,
            is_final=True,
            now=now,
        )
    elif decided.status in (Status.KANDIDAAT, Status.IN_VERIFICATIE):
        values["verdict"] = None  # it begins anew
    return record_change(
        connection,
        settings,
        case,
        actor=actor,
        kind=decided.name,
        values=values,
        reason=given.reason,
        now=now,
    )


def _has_measure(connection: Connection, hotspot_id: str) -> bool:
    query = (
        select(measures.c.id).where(measures.c.hotspot_id == hotspot_id, ~measures.c.is_withdrawn).limit(1)
    )
    return connection.execute(query).first() is not None


def _is_known_to(actor: Actor, case: Case) -> bool:
    return visibility_of(actor).shows(case.soort, case.gebied, case.reporters)


def _locked_case(connection: Connection, settings: Settings, hotspot_id: str) -> Case:
    # writers wait for each other here: on PostgreSQL by this row, on SQLite by the transaction itself
    connection.execute(select(hotspots.c.id).where(hotspots.c.id == hotspot_id).with_for_update())
    return _case(connection, settings, hotspot_id)


def _case(connection: Connection, settings: Settings, hotspot_id: str) -> Case:
    row = connection.execute(
        select(
            hotspots,
            hotspot_states.c.soort,
            hotspot_states.c.reporter_count,
            hotspot_states.c.buurtcode,
            areas.c.wijkcode,
            areas.c.wijknaam,
        )
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
    return Case(
        hotspot_id=row.id,
        number=row.number,
        version=row.version,
        status=Status(row.status),
        verdict=Status(row.verdict) if row.verdict else None,
        assigned_to=row.assigned_to,
        assigned_organisation=row.assigned_organisation,
        due_on=row.due_on,
        soort=Soort(row.soort) if row.soort else None,
        gebied=gebied,
        reporters=row.reporter_count,
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Status) else value


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else _plain(value)
        for name, value in values.items()
    }
