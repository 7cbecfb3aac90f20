"""Why somebody reads exact data of a place: asked where the municipality wants it, and kept in the log.

A reason holds for the same person at the same place for a while, so that one piece of work is asked once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from hotspots.access.rights import Actor
from hotspots.settings import AccessSettings
from hotspots.store.case_tables import reading_reasons

OTHER = "anders"
"""The reason that needs an explanation."""

MAX_EXPLANATION = 500
"""The longest explanation, in characters."""


@dataclass(frozen=True)
class GivenReason:
    """Why somebody reads exact data."""

    reason: str
    explanation: str = ""


def known_reasons(settings: AccessSettings) -> tuple[str, ...]:
    """The reasons that one can choose."""
    return (*(reason for reason in settings.reading_reasons if reason != OTHER), OTHER)


def problem_of(given: GivenReason, settings: AccessSettings) -> str | None:
    """What is wrong with a reason, as a Dutch sentence; None if nothing is.

    Examples
    --------
    >>> problem_of(GivenReason("anders"), AccessSettings())
    'Leg uit wat de reden is.'
    """
    if given.reason not in known_reasons(settings):
        return "Kies een reden uit de lijst."
    if given.reason == OTHER and not given.explanation:
        return "Leg uit wat de reden is."
    if len(given.explanation) > MAX_EXPLANATION:
        return f"Schrijf hooguit {MAX_EXPLANATION} tekens."
    return None


def keep_reason(
    connection: Connection, given: GivenReason, *, actor: Actor, hotspot_id: str, now: datetime
) -> None:
    """Keep why somebody is about to read the exact data of a place."""
    connection.execute(
        insert(reading_reasons).values(
            at=now,
            actor_id=actor.id,
            hotspot_id=hotspot_id,
            reason=given.reason,
            explanation=given.explanation,
        )
    )


def reason_that_holds(
    connection: Connection, settings: AccessSettings, *, actor: Actor, hotspot_id: str, now: datetime
) -> GivenReason | None:
    """The last reason that somebody gave for a place, if it still holds."""
    own = reading_reasons.c
    since = now - timedelta(minutes=settings.reason_holds_minutes)
    row = connection.execute(
        select(own.reason, own.explanation)
        .where(own.actor_id == actor.id, own.hotspot_id == hotspot_id, own.at > since, own.at <= now)
        .order_by(own.id.desc())
        .limit(1)
    ).first()
    return None if row is None else GivenReason(row.reason, row.explanation)
