"""What is done once: a claim on it, written in the same transaction.

A request that does something once sets its claim in :data:`CLAIM`. The first transaction of it that writes,
writes the claim too: it is kept with what was done, or not at all. Who comes with the same claim later, or at
the same moment, is told so by the database.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.errors import SentBeforeError
from hotspots.store.case_tables import sent_forms


@dataclass
class Claim:
    """A claim of one request; without a key there is nothing that is done once."""

    key: str = ""
    actor_id: str = ""
    digest: str = ""  # of what was sent with it
    at: datetime | None = None
    rights: str = ""  # of the actor then, by which the answer is sealed
    is_written: bool = False

    def write(self, connection: Connection) -> None:
        """Write it, once.

        Raises
        ------
        SentBeforeError
            If there is one with this key.
        """
        if not self.key or self.is_written:
            return
        values = {"id": self.key, "actor_id": self.actor_id, "digest": self.digest, "at": self.at}
        try:
            connection.execute(insert(sent_forms).values(values))
        except IntegrityError:
            raise SentBeforeError("wanted to do this once, found that it was done or is being done") from None

    def end(self, connection: Connection, answer: bytes | None) -> None:
        """Keep the answer with it; without one (None) nothing was done, and it can be sent again."""
        chosen = sent_forms.c.id == self.key
        if answer is None:
            connection.execute(delete(sent_forms).where(chosen))
        else:
            connection.execute(update(sent_forms).where(chosen).values(answer=answer))


@dataclass(frozen=True)
class Claimed:
    """A claim that was written before."""

    digest: str
    answer: bytes | None  # None: not known, as it is being done or was ended


CLAIM: ContextVar[Claim | None] = ContextVar("claim", default=None)
"""The claim of the request that is carried out."""


def read_claimed(connection: Connection, *, key: str, actor_id: str) -> Claimed | None:
    """Read what was claimed by this actor with this key; None if nothing was."""
    row = connection.execute(
        select(sent_forms.c.digest, sent_forms.c.answer).where(
            sent_forms.c.id == key, sent_forms.c.actor_id == actor_id
        )
    ).first()
    return None if row is None else Claimed(row.digest, row.answer)
