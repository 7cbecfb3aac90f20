"""Additions to the case of a hotspot: enrichments by partners, and comments.

Each is one transaction and one new version of the hotspot, with a row of history. An expected version is not
needed, as nothing is overwritten.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hotspots.access.rights import Right, Sharing, may, may_read_shared
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
from hotspots.errors import NotFoundError, WorkflowError
from hotspots.store.case_tables import comments, enrichments, hotspot_events
from hotspots.store.records import as_record


@dataclass(frozen=True)
class Enrichment:
    """A partner's knowledge of a place."""

    id: int | None  # None for who may not read cases there: numbers count up over all places
    organisation: str
    sharing: Sharing
    text: str
    replaces_id: int | None
    given_at: datetime
    given_by: str


@dataclass(frozen=True)
class Comment:
    """A comment on how the case is handled."""

    id: int
    organisation: str
    text: str | None  # None: withdrawn
    given_at: datetime
    given_by: str
    is_withdrawn: bool = False
    is_own: bool = False  # written by who reads it


WITHDRAWING = "opmerking intrekken"
"""The change that withdraws a comment, in the history."""


def enrich(
    access: CaseAccess,
    text: str,
    *,
    sharing: Sharing,
    replaces_id: int | None = None,
    expected_version: int | None = None,
) -> Case:
    """Add what an organisation knows, or correct an earlier enrichment of its own.

    The history records that something was added, but not the text, which fewer people may read. Raises as
    :meth:`~hotspots.casework.cases.CaseAccess.changing`; also NotFoundError if the organisation has no such
    enrichment to correct, and WorkflowError if the text is empty or too long.
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
    """Comment on the handling of a hotspot; raises as :func:`enrich`."""
    checked = checked_text(text, "text")
    with access.changing(Right.COMMENT, expected_version) as opened:
        organisation = access.actor.organisation
        new_id = add_row(opened, comments, organisation=organisation, text=checked, **signed(opened))
        return record_change(opened, "opmerking plaatsen", after={"opmerking": new_id})


def withdraw_comment(access: CaseAccess, comment_id: int) -> Case:
    """Withdraw a comment of one's own: its text is shown no more, the history keeps that it was.

    Raises
    ------
    NotFoundError
        If there is no such comment here, or it is another's.
    WorkflowError
        If it was withdrawn before.
    """
    with access.changing(Right.COMMENT) as opened:
        case, writer = opened.case, None
        for row in rows_of(comments, opened):
            writer = row.actor_id if row.id == comment_id else writer
        if writer != access.actor.id:
            raise NotFoundError(f"{case.number} has no comment {comment_id} of '{access.actor.name}'")
        if comment_id in _withdrawn(opened):
            raise WorkflowError(f"comment {comment_id} of {case.number} was withdrawn before")
        return record_change(opened, WITHDRAWING, after={"opmerking": comment_id})


def read_enrichments(access: CaseAccess) -> list[Enrichment]:
    """Read the enrichments that are shared with the actor, without corrected ones.

    Needs only the right to read hotspots. Raises as :meth:`~hotspots.casework.cases.CaseAccess.reading`.
    """
    with access.reading(Right.READ_HOTSPOTS) as opened:
        rows = rows_of(enrichments, opened)
        numbers = may(access.actor, Right.READ_CASES, opened.case.gebied)
    replaced = {row.replaces_id for row in rows}
    without = {} if numbers else {"id": None, "replaces_id": None}
    given = [
        as_record(Enrichment, row, sharing=Sharing(row.sharing), **without)
        for row in rows
        if row.id not in replaced
    ]
    return [known for known in given if may_read_shared(access.actor, known.sharing, known.organisation)]


def read_comments(access: CaseAccess) -> list[Comment]:
    """Read the comments, oldest first, of withdrawn ones no text; raises as `read_case`."""
    with access.reading(Right.READ_CASES) as opened:
        gone = _withdrawn(opened)
        return [
            as_record(
                Comment,
                row,
                text=None if row.id in gone else row.text,
                is_withdrawn=row.id in gone,
                is_own=row.actor_id == access.actor.id,
            )
            for row in rows_of(comments, opened)
        ]


def _withdrawn(opened: OpenCase) -> set[int]:
    """The comments that were withdrawn, as the history tells: their table is only added to."""
    query = select(hotspot_events.c.after).where(
        hotspot_events.c.hotspot_id == opened.case.hotspot_id, hotspot_events.c.kind == WITHDRAWING
    )
    return {after["opmerking"] for after in opened.connection.execute(query).scalars()}


def _require_own_enrichment(opened: OpenCase, organisation: str, enrichment_id: int) -> None:
    case = opened.case
    owner = opened.connection.execute(
        select(enrichments.c.organisation).where(
            enrichments.c.id == enrichment_id, enrichments.c.hotspot_id == case.hotspot_id
        )
    ).scalar()
    if owner != organisation:  # not even that another organisation has it is disclosed
        raise NotFoundError(f"{case.number} has no enrichment {enrichment_id} of '{organisation}'")
