"""What hangs on a hotspot: verdicts of partners, enrichments, comments and measures.

Each service is one transaction and one version of the hotspot, with its row of history. What is only added
can't overwrite anything, so it asks no version; changing a measure does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from hotspots.access.rights import Actor, Right, Role, Sharing, may, may_read_shared
from hotspots.casework.cases import MAX_NAME, Case, add_verdict, case_for, checked_text, record_change
from hotspots.casework.workflow import CAN_BE_JUDGED, CAN_BE_PLANNED, VERDICTS, MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError, WorkflowError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import comments, enrichments, measures, verdicts
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot


@dataclass(frozen=True)
class Verdict:
    """What an organisation judged."""

    id: int
    organisation: str
    verdict: Status
    is_final: bool
    reason: str
    given_at: datetime
    given_by: str
    peildatum: date | None


@dataclass(frozen=True)
class Enrichment:
    """What a partner knows of a place."""

    id: int
    organisation: str
    sharing: Sharing
    text: str
    replaces_id: int | None
    given_at: datetime
    given_by: str


@dataclass(frozen=True)
class Comment:
    """What someone said about the handling."""

    id: int
    organisation: str
    text: str
    given_at: datetime
    given_by: str


@dataclass(frozen=True)
class Plan:
    """A measure as someone wants it."""

    kind: MeasureKind
    description: str
    owner: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Measure:
    """A measure as it stands now."""

    id: int
    plan: Plan
    is_withdrawn: bool
    created_at: datetime
    created_by: str


def judge(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    verdict: Status,
    reason: str,
    now: datetime,
    expected_version: int | None = None,
) -> Case:
    """Give the verdict of a partner organisation; a later one of the same organisation takes its place.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`hotspots.casework.cases.move`.
    WorkflowError
        If it is no verdict, lacks a reason, or the hotspot is not open to verdicts now.
    """
    if verdict not in VERDICTS:
        raise WorkflowError(f"wanted a verdict, {' or '.join(VERDICTS)}, found '{verdict}'")
    text = checked_text(reason, "reason")
    organisation = _organisation_of(actor)
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.JUDGE,
            expected_version=expected_version,
        )
        _require_status(case, CAN_BE_JUDGED, "verdicts")
        add_verdict(
            connection, settings, case, actor=actor, verdict=verdict, reason=text, is_final=False, now=now
        )
        after = {"oordeel": str(verdict), "organisatie": organisation}
        return record_change(
            connection, settings, case, actor=actor, kind="oordelen", after=after, reason=text, now=now
        )


def enrich(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    text: str,
    sharing: Sharing,
    now: datetime,
    replaces_id: int | None = None,
    expected_version: int | None = None,
) -> Case:
    """Add what an organisation knows, or correct what it said before.

    The history says that something was added, not what: the text has readers of its own.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`hotspots.casework.cases.move`; also if what is corrected is not there, or of another.
    WorkflowError
        If there is no text, or it is too long.
    """
    checked = checked_text(text, "text")
    organisation = _organisation_of(actor)
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.ENRICH,
            expected_version=expected_version,
        )
        if replaces_id is not None:
            _require_own_enrichment(connection, case, organisation, replaces_id)
        new_id = connection.execute(
            insert(enrichments)
            .values(
                hotspot_id=case.hotspot_id,
                organisation=organisation,
                sharing=str(sharing),
                text=checked,
                replaces_id=replaces_id,
                **_given(actor, now),
            )
            .returning(enrichments.c.id)
        ).scalar_one()
        after = {"verrijking": new_id, "vervangt": replaces_id, "delen": str(sharing)}
        return record_change(connection, settings, case, actor=actor, kind="verrijken", after=after, now=now)


def comment(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    text: str,
    now: datetime,
    expected_version: int | None = None,
) -> Case:
    """Say something about the handling of a hotspot.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError, WorkflowError
        As :func:`enrich`.
    """
    checked = checked_text(text, "text")
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.COMMENT,
            expected_version=expected_version,
        )
        new_id = connection.execute(
            insert(comments)
            .values(
                hotspot_id=case.hotspot_id,
                organisation=actor.organisation,
                text=checked,
                **_given(actor, now),
            )
            .returning(comments.c.id)
        ).scalar_one()
        return record_change(
            connection,
            settings,
            case,
            actor=actor,
            kind="opmerking plaatsen",
            after={"opmerking": new_id},
            now=now,
        )


def add_measure(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    plan: Plan,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[int, Case]:
    """Add a measure; gives its id and the case after it.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`hotspots.casework.cases.move`.
    WorkflowError
        If the hotspot has no final verdict yet, or the plan lacks something or ends before it starts.
    """
    values = _plan_values(plan)
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.PLAN,
            expected_version=expected_version,
        )
        _require_lead(actor, case)
        _require_status(case, CAN_BE_PLANNED, "measures")
        new_id: int = connection.execute(
            insert(measures)
            .values(
                hotspot_id=case.hotspot_id,
                is_withdrawn=False,
                created_at=now,
                created_by=actor.name,
                **values,
            )
            .returning(measures.c.id)
        ).scalar_one()
        after = {"maatregel": new_id, **values}
        return new_id, record_change(
            connection, settings, case, actor=actor, kind="maatregel toevoegen", after=after, now=now
        )


def change_measure(
    database: Database,
    settings: Settings,
    *,
    actor: Actor,
    hotspot: str,
    measure_id: int,
    plan: Plan,
    expected_version: int,
    now: datetime,
    is_withdrawn: bool = False,
) -> Case:
    """Change a measure, or withdraw it; what it was stays in the history.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError, WorkflowError
        As :func:`add_measure`; also if the hotspot has no such measure.
    """
    values = _plan_values(plan) | {"is_withdrawn": is_withdrawn}
    with database.writing() as connection:
        case = case_for(
            connection,
            settings,
            actor=actor,
            hotspot=hotspot,
            right=Right.PLAN,
            expected_version=expected_version,
        )
        _require_lead(actor, case)
        _require_status(case, CAN_BE_PLANNED, "measures")
        chosen = (measures.c.id == measure_id) & (measures.c.hotspot_id == case.hotspot_id)
        row = connection.execute(select(measures).where(chosen)).mappings().first()
        if row is None:
            raise NotFoundError(f"{case.number} has no measure {measure_id}")
        connection.execute(update(measures).where(chosen).values(**values))
        changed = {name for name, value in values.items() if row[name] != value}
        return record_change(
            connection,
            settings,
            case,
            actor=actor,
            kind="maatregel intrekken" if is_withdrawn else "maatregel wijzigen",
            before={"maatregel": measure_id, **{name: row[name] for name in sorted(changed)}},
            after={"maatregel": measure_id, **{name: values[name] for name in sorted(changed)}},
            now=now,
        )


def read_verdicts(database: Database, settings: Settings, *, actor: Actor, hotspot: str) -> list[Verdict]:
    """Every verdict on a hotspot, first to last.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`.
    """
    with database.reading() as connection:
        case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_CASES)
        rows = _rows(connection, verdicts, case)
    return [
        Verdict(
            row.id,
            row.organisation,
            Status(row.verdict),
            row.is_final,
            row.reason,
            row.given_at,
            row.given_by,
            row.peildatum,
        )
        for row in rows
    ]


def read_enrichments(
    database: Database, settings: Settings, *, actor: Actor, hotspot: str
) -> list[Enrichment]:
    """What partners know of a place, as far as it is shared with the actor; without what was corrected.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`; here reading hotspots is right enough.
    """
    with database.reading() as connection:
        case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_HOTSPOTS)
        rows = _rows(connection, enrichments, case)
    replaced = {row.replaces_id for row in rows}
    return [
        Enrichment(
            row.id,
            row.organisation,
            Sharing(row.sharing),
            row.text,
            row.replaces_id,
            row.given_at,
            row.given_by,
        )
        for row in rows
        if row.id not in replaced and may_read_shared(actor, Sharing(row.sharing), row.organisation)
    ]


def read_comments(database: Database, settings: Settings, *, actor: Actor, hotspot: str) -> list[Comment]:
    """What was said about the handling, first to last.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`.
    """
    with database.reading() as connection:
        case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_CASES)
        rows = _rows(connection, comments, case)
    return [Comment(row.id, row.organisation, row.text, row.given_at, row.given_by) for row in rows]


def read_measures(database: Database, settings: Settings, *, actor: Actor, hotspot: str) -> list[Measure]:
    """The measures of a hotspot, also the withdrawn ones, in the order in which they were added.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`.
    """
    with database.reading() as connection:
        case = case_for(connection, settings, actor=actor, hotspot=hotspot, right=Right.READ_CASES)
        rows = _rows(connection, measures, case)
    return [
        Measure(
            row.id,
            Plan(MeasureKind(row.kind), row.description, row.owner, row.starts_on, row.ends_on),
            row.is_withdrawn,
            row.created_at,
            row.created_by,
        )
        for row in rows
    ]


def read_measures_in_force(
    connection: Connection, *, actor: Actor | None, hotspots: Sequence[Hotspot], on: date
) -> dict[str, list[Plan]]:
    """The measures that are in force on a day, by the id of each of these hotspots that has any.

    Parameters
    ----------
    actor
        Only of hotspots of which the actor may read the case; None, nobody in particular, reads none.
    """
    if actor is None:
        return {}
    ids = [hotspot.id for hotspot in hotspots if may(actor, Right.READ_CASES, hotspot.gebied)]
    query = (
        select(measures)
        .where(
            measures.c.hotspot_id.in_(ids),
            ~measures.c.is_withdrawn,
            measures.c.starts_on <= on,
            or_(measures.c.ends_on.is_(None), measures.c.ends_on >= on),
        )
        .order_by(measures.c.starts_on, measures.c.id)
    )
    found: dict[str, list[Plan]] = {}
    for row in connection.execute(query):
        plan = Plan(MeasureKind(row.kind), row.description, row.owner, row.starts_on, row.ends_on)
        found.setdefault(row.hotspot_id, []).append(plan)
    return found


def _rows(connection: Connection, table: Any, case: Case) -> Sequence[Any]:
    query = select(table).where(table.c.hotspot_id == case.hotspot_id).order_by(table.c.id)
    return connection.execute(query).all()


def _given(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"given_at": now, "actor_id": actor.id, "given_by": actor.name}


def _organisation_of(actor: Actor) -> str:
    if not actor.organisation:
        raise WorkflowError(
            f"'{actor.name}' belongs to no organisation, in whose name this could be said: give it one"
        )
    return actor.organisation


def _require_own_enrichment(
    connection: Connection, case: Case, organisation: str, enrichment_id: int
) -> None:
    found = connection.execute(
        select(enrichments.c.organisation).where(
            enrichments.c.id == enrichment_id, enrichments.c.hotspot_id == case.hotspot_id
        )
    ).scalar()
    if found != organisation:  # also when it is another's, whose existence is not told
        raise NotFoundError(f"{case.number} has no enrichment {enrichment_id} of '{organisation}'")


def _require_lead(actor: Actor, case: Case) -> None:
    if actor.role is Role.GEBIEDSTEAM and case.verdict is Status.VEILIGHEID:
        raise ForbiddenError(f"OOV leads {case.number}: '{actor.name}' can comment, not plan measures")


def _require_status(case: Case, possible: Sequence[Status], what: str) -> None:
    if case.status not in possible:
        wanted = ", ".join(f"'{status}'" for status in possible)
        raise WorkflowError(f"{case.number} is '{case.status}', {what} are given while it is {wanted}")


def _plan_values(plan: Plan) -> dict[str, Any]:
    if plan.ends_on is not None and plan.ends_on < plan.starts_on:
        raise WorkflowError(f"wanted an end from {plan.starts_on} on, found {plan.ends_on}")
    return {
        "kind": str(plan.kind),
        "description": checked_text(plan.description, "description"),
        "owner": checked_text(plan.owner, "owner", limit=MAX_NAME),
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
    }
