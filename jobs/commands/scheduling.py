"""`hotspots schedule`: the unattended work."""

import signal
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import structlog
import typer

from hotspots.access.signed_links import require_signing_key
from hotspots.files.private_files import remove_left_behind
from hotspots.intake.reporter_key import require_reporter_key
from hotspots.operations.logs import start_logging
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import LogSettings, load_settings
from jobs.terminal import AsJson, Scheduler, Workers, names_in, opened, require_one_place, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("schedule")(schedule)


def schedule(
    once: Annotated[
        str | None,
        typer.Option(metavar="JOB", help=f"Do one job now and stop: {', '.join(TIMETABLE)}."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Do what is due now, and stop.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--settings", metavar="FOLDER", help="For each municipality with a settings file here, *.toml."
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="With --settings: only this one; repeat it for more."),
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Do the unattended work: imports, the weekly run, and what is done every night.

    Stops on Ctrl-C or SIGTERM, after the current job. After downtime it catches up: missed weekly runs are
    done in order. Of two schedulers one works at a time, and no job is done twice.
    """
    from jobs.events import send_what_waits
    from jobs.runner import run_job, steady
    from jobs.scheduler import JOBS, do_what_is_due, keep_timetable

    if folder is not None:
        if once is not None or due:
            raise typer.BadParameter("wanted --settings, or one of --once and --due: not both")
        require_one_place(workers, scheduler)
        _schedule_fleet(folder, only or (), workers, scheduler)
        return
    if only or workers is not None or scheduler is not None:
        raise typer.BadParameter("wanted --only, --workers and --scheduler with --settings FOLDER only")
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
    stop = _stop_when_asked()
    if due:
        with (
            structlog.contextvars.bound_contextvars(municipality=settings.municipality.code),
            opened() as (settings, database),
        ):
            clock = steady(lambda: datetime.now(UTC))
            results = do_what_is_due(database, settings, clock=clock, stop=stop)
            if not stop.is_set():
                send_what_waits(database, settings, clock=lambda: datetime.now(UTC), stop=stop)
        failed = [result.message or result.outcome for result in results if result.outcome == "failed"]
        show({"jobs": len(results), "failed": len(failed), "message": "; ".join(failed) or None}, as_json)
        raise typer.Exit(1 if failed else 0)
    structlog.stdlib.get_logger().info("scheduler started", jobs=list(TIMETABLE))
    keep_timetable(stop)


def _schedule_fleet(folder: Path, only: Sequence[str], workers: int | None, scheduler: str | None) -> None:
    from jobs.commands.fleet_timetable import keep_timetables

    start_logging(LogSettings())
    remove_left_behind()
    stop = _stop_when_asked()
    structlog.stdlib.get_logger().info("scheduler started", jobs=list(TIMETABLE), settings=str(folder))
    keep_timetables(folder, stop, only=names_in(only), workers=workers, scheduler=scheduler)


def _stop_when_asked() -> threading.Event:
    """An event that is set by Ctrl-C and SIGTERM."""
    stop = threading.Event()

    def asked_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked_to_stop)
    return stop
