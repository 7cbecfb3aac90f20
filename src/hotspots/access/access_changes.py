"""The log of who changed whose access: every account, right, block and token, with who did it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from hotspots.access.rights import Actor, Right
from hotspots.store.audit import MANAGING, add_line
from hotspots.store.case_tables import access_changes
from hotspots.store.database import Database

OPERATOR = Actor("operator", "command line", None)
"""Who runs the software, on the server itself."""


def who(name: str) -> str:
    """How a page names who did something.

    Examples
    --------
    >>> who("A. Beheer"), who(OPERATOR.name)
    ('A. Beheer', 'wie de server beheert')
    """
    return "wie de server beheert" if name == OPERATOR.name else name


class Change(StrEnum):
    """What was done; the value is how the log names it."""

    ADDED = "gebruiker gemaakt"
    CHANGED = "gebruiker gewijzigd"
    BLOCKED = "geblokkeerd"
    ADMITTED = "weer toegelaten"
    PASSWORD = "wachtwoord gewijzigd"  # noqa: S105  # a word for what was done
    LINK = "link voor een nieuw wachtwoord gemaakt"
    INVITED = "uitnodiging gemaakt"
    STEP_SET = "tweede stap ingesteld"
    STEP_ENDED = "tweede stap uitgezet"
    STEP_RESET = "tweede stap weggehaald"
    CODES = "nieuwe herstelcodes gemaakt"
    CODE_USED = "herstelcode gebruikt"
    SIGNED_OUT = "afgemeld door een beheerder"
    ASKED = "recht gevraagd"
    CONFIRMED = "recht bevestigd"
    RESTORED = "back-up teruggezet"
    TOKEN_ADDED = "token gemaakt"  # noqa: S105  # as above
    TOKEN_REVOKED = "token ingetrokken"  # noqa: S105  # as above


@dataclass(frozen=True)
class AccessChange:
    """One change of someone's access."""

    at: datetime
    actor: str
    kind: str
    about: str
    rights: tuple[str, ...]
    is_by_operator: bool = False  # by who runs the software


def is_same_person(actor: Actor, user_id: str, name: str) -> bool:
    """Whether somebody is who did something before: by account, or by name, as on the server itself.

    Examples
    --------
    >>> asked = ("7", "A. Beheer")
    >>> is_same_person(Actor("8", "B. Beheer", None), *asked)
    False
    >>> is_same_person(Actor(OPERATOR.id, "a. beheer", None), *asked)
    True
    """
    return actor.name.casefold() == name.casefold() or actor.id == user_id != OPERATOR.id


def log_change(
    connection: Connection,
    kind: Change,
    *,
    by: Actor | None,
    about_id: str,
    about: str,
    now: datetime,
    rights: tuple[Right | str, ...] = (),
) -> None:
    """Record a change together with it; ``by`` None is who runs the software."""
    actor = by or OPERATOR
    add_line(connection, MANAGING, now=now)
    connection.execute(
        insert(access_changes).values(
            at=now,
            actor_id=actor.id,
            actor=actor.name,
            kind=str(kind),
            about_id=about_id,
            about=about,
            rights=[str(right) for right in rights],
        )
    )


def read_access_changes(
    database: Database, *, about_id: str | None = None, limit: int | None = None
) -> list[AccessChange]:
    """The changes of everybody's access, or of one account or token, latest first."""
    query = select(access_changes).order_by(access_changes.c.id.desc()).limit(limit)
    if about_id is not None:
        query = query.where(access_changes.c.about_id == about_id)
    with database.reading() as connection:
        return [
            AccessChange(
                row.at, row.actor, row.kind, row.about, tuple(row.rights), row.actor_id == OPERATOR.id
            )
            for row in connection.execute(query)
        ]
