"""What people ask about their own data, as a case: received, its term of a month, extended, answered.

Who asks is not kept here, only how it was checked who it is. Each step is a line of the history of the
installation (:mod:`hotspots.access.admin_changes`), with who took it: counts, never what was sought.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hotspots.access.admin_changes import AdminChange, Kind, read_changes, record_change
from hotspots.access.reading_reasons import GivenReason
from hotspots.access.rights import Actor, Right
from hotspots.errors import NotFoundError, SubjectError
from hotspots.privacy.reporters import Handling
from hotspots.store.operation_tables import subject_requests

TERM_MONTHS, EXTENDED_MONTHS = 1, 3
"""Within how many months after it came in a request is answered, and at most (GDPR, article 12(3))."""

MAX_WORDS, MAX_IDENTITY, MAX_REFERENCE = 1000, 200, 60
"""The longest reason or note, check of who asks, and number of the case elsewhere, in characters."""


class Asked(StrEnum):
    """What somebody asks; Dutch, as every output names it."""

    ACCESS = "inzage"
    ERASURE = "wissen"
    OBJECTION = "bezwaar"


class Outcome(StrEnum):
    """How a request ended."""

    GIVEN = "gegevens gegeven"
    ERASED = "gegevens gewist"
    NOTHING = "niets gevonden"
    GRANTED = "bezwaar toegewezen"
    REFUSED = "afgewezen"
    WITHDRAWN = "ingetrokken"


@dataclass(frozen=True)
class SubjectRequest:
    """What somebody asked about their own data."""

    id: int
    kind: str
    received_on: date
    due_on: date
    extended_for: str | None
    reference: str
    identity: str | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    note: str | None

    @property
    def label(self) -> str:
        """How the history names it."""
        return f"verzoek {self.id}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None

    @property
    def may_erase(self) -> bool:
        """Whether it asks for more than to know."""
        return self.kind != Asked.ACCESS

    def days_left(self, today: date) -> int:
        """How many days are left of its term; below 0 it is over."""
        return (self.due_on - today).days


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a shorter month.

    Examples
    --------
    >>> months_after(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def read_requests(connection: Connection) -> list[SubjectRequest]:
    """All requests: the open ones by their term, then those that were answered, latest first."""
    rows = [SubjectRequest(**row) for row in connection.execute(select(subject_requests)).mappings()]
    still_open = sorted((row for row in rows if row.is_open), key=lambda row: (row.due_on, row.id))
    closed = sorted((row for row in rows if not row.is_open), key=lambda row: -row.id)
    return still_open + closed


def read_request(connection: Connection, request_id: int) -> SubjectRequest:
    """Read one request.

    Raises
    ------
    NotFoundError
        If there is none with this number.
    """
    query = select(subject_requests).where(subject_requests.c.id == request_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no request {request_id}")
    return SubjectRequest(**row)


def read_steps(connection: Connection, request: SubjectRequest) -> list[AdminChange]:
    """The steps of a request, latest first."""
    return read_changes(connection, kind=Kind.REQUEST, about=request.label)


def open_request(
    connection: Connection,
    *,
    kind: Asked,
    received_on: date,
    reference: str,
    by: Actor,
    now: datetime,
    today: date,
) -> SubjectRequest:
    """Write down that somebody asked something.

    Raises
    ------
    SubjectError
        If it came in after today, or the number of the case elsewhere is too long.
    """
    if received_on > today:
        raise SubjectError(
            "wanted a day up to today", "Het verzoek kan niet later dan vandaag zijn binnengekomen."
        )
    values = {
        "kind": str(kind),
        "received_on": received_on,
        "due_on": months_after(received_on, TERM_MONTHS),
        "reference": _within(reference, MAX_REFERENCE),
        "opened_at": now,
        "opened_by": by.name,
    }
    added = insert(subject_requests).values(values).returning(subject_requests.c.id)
    request = read_request(connection, int(connection.execute(added).scalar_one()))
    after = {"stap": "ontvangen", "soort": request.kind, "uiterlijk": request.due_on.isoformat()}
    log_step(connection, request, after, by=by, now=now)
    return request


def note_identity(connection: Connection, request_id: int, how: str, *, by: Actor, now: datetime) -> None:
    """Write down how it was checked who asks: before that nothing is looked up.

    Raises
    ------
    NotFoundError, SubjectError
        If there is no such request, it was answered, or nothing is said.
    """
    request = _still_open(connection, request_id)
    text = _within(how, MAX_IDENTITY)
    if not text:
        raise SubjectError(
            "wanted how it was checked who asks", "Schrijf op hoe u hebt vastgesteld wie het vraagt."
        )
    _change(connection, request, identity=text)
    log_step(connection, request, {"stap": "vastgesteld wie het vraagt", "hoe": text}, by=by, now=now)


def extend(connection: Connection, request_id: int, why: str, *, by: Actor, now: datetime) -> None:
    """Make the term two months longer, once, with the reason that the person is told too.

    Raises
    ------
    NotFoundError, SubjectError
        As :func:`note_identity`; or if it was done before.
    """
    request = _still_open(connection, request_id)
    text = _within(why, MAX_WORDS)
    if not text:
        raise SubjectError(
            "wanted a reason", "Schrijf op waarom het langer duurt. U laat dat ook de persoon zelf weten."
        )
    if request.extended_for is not None:
        raise SubjectError(
            "it was extended before", "De termijn is al een keer verlengd. Dat kan maar één keer."
        )
    due_on = months_after(request.received_on, EXTENDED_MONTHS)
    _change(connection, request, extended_for=text, due_on=due_on)
    before = {"uiterlijk": request.due_on.isoformat()}
    after = {"stap": "verlengd", "uiterlijk": due_on.isoformat()}
    log_step(connection, request, after, by=by, now=now, before=before, reason=text)


def answer_request(
    connection: Connection, request_id: int, outcome: Outcome, note: str, *, by: Actor, now: datetime
) -> None:
    """Close a request, with how it ended.

    Raises
    ------
    NotFoundError, SubjectError
        As :func:`note_identity`; or if a refusal says not why.
    """
    request = _still_open(connection, request_id)
    text = _within(note, MAX_WORDS)
    if outcome is Outcome.REFUSED and not text:
        raise SubjectError("wanted why it is refused", "Schrijf op waarom u het verzoek afwijst.")
    closed = {"closed_at": now, "closed_by": by.name, "outcome": str(outcome), "note": text or None}
    _change(connection, request, **closed)
    after = {"stap": "beantwoord", "uitkomst": str(outcome)}
    log_step(connection, request, after, by=by, now=now, reason=text or None)


def handling_of(
    connection: Connection, request_id: int, step: str, *, by: Actor, now: datetime
) -> tuple[SubjectRequest, Handling]:
    """How what a request asks is looked up or erased: with its step in the same transaction.

    Raises
    ------
    NotFoundError, SubjectError
        If there is no such request, it was answered, or it was not checked who asks.
    """
    request = _still_open(connection, request_id)
    if request.identity is None:
        raise SubjectError(
            "wanted how it was checked who asks, found nothing",
            "Stel eerst vast wie het vraagt, en schrijf op hoe.",
        )

    def also(inner: Connection, counts: Mapping[str, int]) -> None:
        log_step(inner, _still_open(inner, request_id), {"stap": step, **counts}, by=by, now=now)

    return request, Handling(by, Right.HANDLE_REQUESTS, GivenReason(request.label), also)


def log_step(
    connection: Connection,
    request: SubjectRequest,
    after: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write a step of a request into the history."""
    record_change(
        connection,
        kind=Kind.REQUEST,
        about=request.label,
        by=by,
        at=now,
        before=before,
        after=after,
        reason=reason,
    )


def _still_open(connection: Connection, request_id: int) -> SubjectRequest:
    request = read_request(connection, request_id)
    if not request.is_open:
        raise SubjectError(f"{request.label} was answered", "Dit verzoek is al beantwoord.")
    return request


def _change(connection: Connection, request: SubjectRequest, **values: Any) -> None:
    connection.execute(update(subject_requests).where(subject_requests.c.id == request.id).values(values))


def _within(text: str, longest: int) -> str:
    tidy = " ".join(text.split()) if longest <= MAX_IDENTITY else text.strip()
    if len(tidy) > longest:
        raise SubjectError(f"wanted at most {longest} characters", f"Schrijf hooguit {longest} tekens.")
    return tidy
