"""What people add to the case of a hotspot: enrichments by partners, and comments.

Each is one transaction and one version of the hotspot, with its row of history. What is only added can't
overwrite anything, so it asks no version.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hotspots.access.rights import Right, Sharing, may_read_shared
from hotspots.casework.cases import (
    Case,
    CaseAccess,
    OpenCase,
    add_row,
    checked_text,
    organisation_of,
    record_change,
    rows_of,
    signed,
)
from hotspots.errors import NotFoundError
from hotspots.store.case_tables import comments, enrichments


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


def enrich(
    access: CaseAccess,
    text: str,
    *,
    sharing: Sharing,
    replaces_id: int | None = None,
    expected_version: int | None = None,
) -> Case:
    """Add what an organisation knows, or correct what it said before.

    The history says that something was added, not what: the text has readers of its own.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError
        As :func:`hotspots.casework.steps.move`; also if what is corrected is not there, or of another.
    WorkflowError
        If there is no text, or it is too long.
    """
    checked = checked_text(text, "text")
    organisation = organisation_of(access.actor)
    with access.changing(Right.ENRICH, expected_version) as opened:
        if replaces_id is not None:
            _require_own_enrichment(opened, organisation, replaces_id)
        new_id = add_row(
            opened,
            enrichments,
            organisation=organisation,
            sharing=str(sharing),
            text=checked,
            replaces_id=replaces_id,
            **signed(opened),
        )
        after = {"verrijking": new_id, "vervangt": replaces_id, "delen": str(sharing)}
        return record_change(opened, "verrijken", after=after)


def comment(access: CaseAccess, text: str, *, expected_version: int | None = None) -> Case:
    """Say something about the handling of a hotspot.

    Raises
    ------
    NotFoundError, ForbiddenError, StaleError, WorkflowError
        As :func:`enrich`.
    """
    checked = checked_text(text, "text")
    with access.changing(Right.COMMENT, expected_version) as opened:
        organisation = access.actor.organisation
        new_id = add_row(opened, comments, organisation=organisation, text=checked, **signed(opened))
        return record_change(opened, "opmerking plaatsen", after={"opmerking": new_id})


def read_enrichments(access: CaseAccess) -> list[Enrichment]:
    """Read what partners know of a place, as far as it is shared with the actor; without what was corrected.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`; here reading hotspots is right enough.
    """
    with access.reading(Right.READ_HOTSPOTS) as opened:
        rows = rows_of(enrichments, opened)
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
        if row.id not in replaced and may_read_shared(access.actor, Sharing(row.sharing), row.organisation)
    ]


def read_comments(access: CaseAccess) -> list[Comment]:
    """Read what was said about the handling, first to last.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :func:`hotspots.casework.cases.read_case`.
    """
    with access.reading(Right.READ_CASES) as opened:
        rows = rows_of(comments, opened)
    return [Comment(row.id, row.organisation, row.text, row.given_at, row.given_by) for row in rows]


def _require_own_enrichment(opened: OpenCase, organisation: str, enrichment_id: int) -> None:
    case = opened.case
    owner = opened.connection.execute(
        select(enrichments.c.organisation).where(
            enrichments.c.id == enrichment_id, enrichments.c.hotspot_id == case.hotspot_id
        )
    ).scalar()
    if owner != organisation:  # also when it is another's, whose existence is not told
        raise NotFoundError(f"{case.number} has no enrichment {enrichment_id} of '{organisation}'")
