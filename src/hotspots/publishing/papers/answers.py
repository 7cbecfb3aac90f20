"""What people answered to the questions of the papers: each is kept with who and when; the last counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import PaperError
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.operation_tables import paper_answers

MAX_ANSWER = 2000
"""The longest answer, in characters: no field of the register for algorithms is longer."""


@dataclass(frozen=True)
class Answer:
    """What a person answered."""

    id: int
    question: str
    text: str
    at: datetime
    by: str


def read_answers(connection: Connection) -> dict[str, Answer]:
    """The answer that counts of each question; what was taken back is open again."""
    table = paper_answers.c
    last = select(func.max(table.id)).group_by(table.question)
    query = select(paper_answers).where(table.id.in_(last))
    return {
        row.question: Answer(row.id, row.question, row.text, row.at, row.answered_by)
        for row in connection.execute(query.order_by(table.question))
        if row.text
    }


def answer_question(
    database: Database, *, question: str, known: Mapping[str, str], text: str, by: Actor, at: datetime
) -> None:
    """Keep an answer; an empty one takes back what was answered.

    Parameters
    ----------
    known
        The questions that there are, by id.

    Raises
    ------
    PaperError
        If there is no such question, the answer is too long, or there is nothing to take back.
    """
    words = text.strip()
    if question not in known:
        raise PaperError(f"wanted one of the questions {sorted(known)}, found '{question}'")
    if len(words) > MAX_ANSWER:
        raise PaperError(
            f"wanted an answer of at most {MAX_ANSWER} characters, found {len(words)}",
            f"Schrijf het antwoord in hooguit {MAX_ANSWER} tekens.",
        )
    with database.writing() as connection:
        lock_until_end(connection, "papers")
        before = read_answers(connection).get(question)
        if not words and before is None:
            raise PaperError(
                f"wanted an answer to '{question}', found none", "Schrijf eerst een antwoord op."
            )
        if before is not None and before.text == words:
            return
        values = {"question": question, "text": words, "at": at, "actor_id": by.id, "answered_by": by.name}
        adding = insert(paper_answers).values(values).returning(paper_answers.c.id)
        added = int(connection.execute(adding).scalar_one())
        record_change(
            connection,
            kind=Kind.PAPER,
            about=question,
            by=by,
            at=at,
            before=None if before is None else {"antwoord": before.id},
            after={"antwoord": added} if words else None,
        )
