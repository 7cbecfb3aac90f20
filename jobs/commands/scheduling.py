"""`hotspots schedule`: the unattended work."""

import signal
import threading
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated

import structlog
import typer

from hotspots.access.signed_links import require_signing_key
from hotspots.files.private_files import remove_left_behind
from hotspots.intake.reporter_key import require_reporter_key
from hotspots.operations.logs import start_logging
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import load_settings
from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("schedule")(schedule)


def schedule(
    once: Annotated[
        str | None,
        typer.Option(metavar="JOB", help=f"Do one job now and stop: {', '.join(TIMETABLE)}."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do the unattended work: imports, the weekly run, and what is done every night.

    Stops on Ctrl-C or SIGTERM, after the current job. After downtime it catches up: missed weekly runs are
    done in order. Of two schedulers one works at a time, and no job is done twice.
    """
    from jobs.runner import run_job, steady
    from jobs.scheduler import JOBS, keep_timetable

    settings = load_settings()
    start_logging(settings.log)
    if once is not None:
        if once not in TIMETABLE:
            raise typer.BadParameter(
                f"wanted one of {', '.join(TIMETABLE)}, found '{once}'", param_hint="--once"
            )
        with opened() as (settings, database):
            result = run_job(
                JOBS[once],
                database,
                settings,
                clock=steady(lambda: datetime.now(UTC)),
                only_if_due=False,
            )
        show({"job": once, "outcome": result.outcome, "message": result.message, **result.counts}, as_json)
        raise typer.Exit(0 if result.outcome == "done" else 1)
    require_reporter_key(settings.privacy)
    require_signing_key(settings.service)
    remove_left_behind()
    stop = threading.Event()

    def asked_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked_to_stop)
    structlog.stdlib.get_logger().info("scheduler started", jobs=list(TIMETABLE))
    keep_timetable(stop)
