"""Whether signalling is stopped, since when and by whom; stopping it, and starting it again.

While it is stopped no run is done: nothing new comes on the list, and no hotspot changes by itself. Imports
go on, and what is on the list stays to be read and worked on. One person stops it, at once; starting it again
takes a second person, unless a setting says that one is enough. Weeks that it was stopped are not signalled
afterwards: the first round is that of the Sunday before it is done.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from hotspots.access.access_changes import is_same_person
from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import SignallingError, StoppedError
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.database import Database
from hotspots.store.locks import lock_until_end
from hotspots.store.operation_tables import signalling_changes
from hotspots.store.readings import once
from hotspots.wording import day

MAX_REASON = 2000
"""The longest reason, in characters."""

RUNS = "runs"
"""The lock that a run holds while it writes: one that was begun ends before signalling is stopped."""


class Step(StrEnum):
    """What was done with signalling as a whole."""

    STOPPED = "stopped"
    ASKED = "asked"  # to start again; a second person is wanted
    KEPT = "kept"  # stopped, though it was asked to start again
    RESUMED = "resumed"


@dataclass(frozen=True)
class Change:
    """One such step."""

    at: datetime
    actor_id: str
    by: str
    step: Step
    reason: str


@dataclass(frozen=True)
class Signalling:
    """How it stands with signalling.

    Attributes
    ----------
    stopped
        By whom and why it is stopped; None while it runs.
    asked
        Who asked to start it again, if somebody did since.
    """

    stopped: Change | None = None
    asked: Change | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether no run is done."""
        return self.stopped is not None

    def sentence(self, municipality: MunicipalitySettings) -> str:
        """Say that it is stopped, for whoever sees what it found; empty while it runs."""
        if self.stopped is None:
            return ""
        return f"Het zoeken naar plekken is gestopt sinds {day(municipality.local_day(self.stopped.at))}."


RUNNING = Signalling()

WHAT_IT_MEANS = "Er komen geen plekken bij, en aan de lijst verandert niets vanzelf."
"""What to know of a list while signalling is stopped."""


def read_signalling(connection: Connection) -> Signalling:
    """How it stands now."""
    return once(connection, "signalling", lambda: _read(connection))


def read_signalling_changes(connection: Connection) -> list[Change]:
    """Every step, the last one first."""
    table = signalling_changes.c
    query = select(table.at, table.actor_id, table.changed_by, table.step, table.reason)
    rows = connection.execute(query.order_by(table.id.desc()))
    return [Change(row.at, row.actor_id, row.changed_by, Step(row.step), row.reason) for row in rows]


def stopped_sentence(connection: Connection, settings: Settings) -> str:
    """Say that signalling is stopped and since when; empty while it runs."""
    return read_signalling(connection).sentence(settings.municipality)


def require_running(connection: Connection) -> None:
    """Refuse a run while signalling is stopped.

    Raises
    ------
    StoppedError
        If it is.
    """
    stopped = read_signalling(connection).stopped
    if stopped is not None:
        raise StoppedError(
            f"wanted a run, found signalling stopped since {stopped.at:%Y-%m-%d %H:%M} UTC: no hotspot was "
            "changed; start it again with 'hotspots resume'"
        )


def without_stopped_weeks(connection: Connection, weeks: list[date], settings: Settings) -> list[date]:
    """Of the peildatums of missed runs, those that were over while signalling ran, and the last one.

    Nothing is said to be signalled in a week in which nothing was.
    """
    spans = _stopped_spans(read_signalling_changes(connection))
    ends = [settings.municipality.midnight(week + timedelta(days=1)) for week in weeks]
    return [
        week
        for week, end in zip(weeks, ends, strict=True)
        if week == weeks[-1] or not any(first <= end < last for first, last in spans)
    ]


def stop_signalling(database: Database, *, by: Actor, at: datetime, reason: str) -> None:
    """Stop signalling at once.

    Raises
    ------
    SignallingError
        If it is stopped already, or there is no reason.
    """
    with database.writing() as connection:
        now = _locked(connection)
        if now.is_stopped:
            raise SignallingError(
                "wanted to stop signalling, found it stopped already",
                "Het zoeken naar plekken is al gestopt.",
            )
        _add(connection, Step.STOPPED, by, at, _checked(reason))


def resume_signalling(
    database: Database, settings: Settings, *, by: Actor, at: datetime, reason: str
) -> bool:
    """Start signalling again, or ask for it where a second person is wanted; True: it runs again.

    Raises
    ------
    SignallingError
        If it is not stopped, there is no reason, or who asked for it confirms it too.
    """
    with database.writing() as connection:
        now = _locked(connection)
        _require_stopped(now)
        text = _checked(reason)
        if not settings.signalling.second_person_resumes:
            _add(connection, Step.RESUMED, by, at, text)
            return True
        if now.asked is None:
            _add(connection, Step.ASKED, by, at, text)
            return False
        if is_same_person(by, now.asked.actor_id, now.asked.by):
            raise SignallingError(
                f"wanted a second person to start signalling again, found '{by.name}', who asked for it",
                "Een tweede persoon moet dit bevestigen: u vroeg het zelf.",
            )
        _add(connection, Step.RESUMED, by, at, text)
        return True


def keep_stopped(database: Database, *, by: Actor, at: datetime, reason: str) -> None:
    """Refuse, or take back, that it was asked to start again.

    Raises
    ------
    SignallingError
        If nobody asked for it, or there is no reason.
    """
    with database.writing() as connection:
        now = _locked(connection)
        _require_stopped(now)
        if now.asked is None:
            raise SignallingError(
                "wanted to keep signalling stopped, found that nobody asked to start it again",
                "Niemand vroeg om het zoeken te hervatten.",
            )
        _add(connection, Step.KEPT, by, at, _checked(reason))


def _read(connection: Connection) -> Signalling:
    asked = None
    for change in read_signalling_changes(connection):
        if change.step is Step.RESUMED:
            break
        if change.step is Step.STOPPED:
            return Signalling(change, asked if asked is not None and asked.step is Step.ASKED else None)
        asked = asked or change  # the last one: asked, or kept after all
    return RUNNING


def _locked(connection: Connection) -> Signalling:
    """How it stands, which stays so until this transaction ends."""
    lock_until_end(connection, RUNS)
    return _read(connection)


def _require_stopped(now: Signalling) -> None:
    if not now.is_stopped:
        raise SignallingError(
            "wanted to start signalling again, found it running", "Het zoeken naar plekken is niet gestopt."
        )


def _checked(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > MAX_REASON:
        raise SignallingError(
            f"wanted a reason of 1 to {MAX_REASON} characters, found {len(text)}",
            f"Schrijf de reden op, in hooguit {MAX_REASON} tekens.",
        )
    return text


def _add(connection: Connection, step: Step, by: Actor, at: datetime, reason: str) -> None:
    before = _read(connection)
    values = {"at": at, "actor_id": by.id, "changed_by": by.name, "step": str(step), "reason": reason}
    connection.execute(insert(signalling_changes).values(values))
    after = _read(connection)
    record_change(
        connection,
        kind=Kind.SIGNALLING,
        about=_WORDS[step],
        by=by,
        at=at,
        before=_told(before),
        after=_told(after),
        reason=reason,
    )


_WORDS = {
    Step.STOPPED: "gestopt",
    Step.ASKED: "hervatten gevraagd",
    Step.KEPT: "blijft gestopt",
    Step.RESUMED: "hervat",
}


def _told(state: Signalling) -> dict[str, str]:
    running = "gestopt" if state.is_stopped else "aan"
    return {"signalering": running} | ({"hervatten": "gevraagd"} if state.asked else {})


def _stopped_spans(changes: list[Change]) -> list[tuple[datetime, datetime]]:
    """From when to when it was stopped; one that goes on has no end."""
    spans: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for change in reversed(changes):
        if change.step is Step.STOPPED:
            since = change.at
        elif change.step is Step.RESUMED and since is not None:
            spans.append((since, change.at))
            since = None
    return spans
