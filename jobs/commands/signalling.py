"""`hotspots stop` and `hotspots resume`: the switch that stops signalling, and starting it again."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hotspots.tracking.signalling import (
    Signalling,
    keep_stopped,
    read_signalling,
    resume_signalling,
    stop_signalling,
)
from jobs.terminal import AsJson, By, opened, operator, show

Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why: kept, and shown on /privacy/stoppen.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("stop")(stop)
    app.command("resume")(resume)


def stop(by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Stop signalling: no new places, no changes; what is on the list stays readable.

    It holds at once; imports go on, and cases can be read and finished. Pages, the API, feeds, reports, mails
    and shared maps say that it is stopped and since when.
    """
    with opened() as (_, database):
        stop_signalling(database, by=operator(by), at=datetime.now(UTC), reason=reason)
        with database.reading() as connection:
            state = read_signalling(connection)
    show(_told(state), as_json)


def resume(
    by: By,
    reason: Reason,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Keep it stopped, though somebody asked to start it again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start signalling again after it was stopped; a second person confirms.

    The first asks for it, the second confirms, by this command or the page.
    With [signalling] second_person_resumes = false one is enough. The weeks that it was stopped are not done
    afterwards; the next run is that of last Sunday. 'hotspots replay' does them, if somebody wants them.
    """
    actor, now = operator(by), datetime.now(UTC)
    with opened() as (settings, database):
        if refuse:
            keep_stopped(database, by=actor, at=now, reason=reason)
        else:
            resume_signalling(database, settings, by=actor, at=now, reason=reason)
        with database.reading() as connection:
            state = read_signalling(connection)
    show(_told(state), as_json)


def _told(state: Signalling) -> dict[str, Any]:
    stopped, asked = state.stopped, state.asked
    return {
        "stopped": state.is_stopped,
        "since": None if stopped is None else stopped.at.isoformat(),
        "stoppedBy": None if stopped is None else stopped.by,
        "resumeAskedBy": None if asked is None else asked.by,
    }
