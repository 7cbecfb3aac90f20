"""The unattended work of a fleet: looks at the ledger of each municipality, and does what is due in units.

In between, nothing of a municipality is kept but when it was looked at: the folder, the settings and the
ledger are read again each time.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import HotspotsError
from hotspots.operations.executors import workers_of
from hotspots.operations.fleet import Member, chosen, read_fleet
from hotspots.operations.logs import without_quotes
from hotspots.operations.units import Outcome, Unit, do_apart
from hotspots.settings import load_settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings
from jobs.commands.fleet import APART, do_command, modules_of
from jobs.events import has_events
from jobs.runner import is_due
from jobs.scheduler import JOBS

LOOK_EVERY_S = 60.0
"""How often the ledgers are checked: to look at hundreds takes some seconds."""

_COMMAND = ("schedule", "--due")


def keep_timetables(
    folder: Path,
    stop: threading.Event,
    *,
    only: Sequence[str] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Do what is due for each municipality of a folder, until told to stop.

    What takes long for one delays no other. When stopped, units at hand end and no other starts.
    """
    chosen(read_fleet(folder, apart=APART), only)  # what is wrong with all of them is told at once
    running: dict[str, Future[Outcome]] = {}
    problems: dict[str, str | None] = {}
    with workers_of(scheduler, workers, local=ThreadPoolExecutor) as executor:
        while not stop.is_set():
            for name in [name for name, future in running.items() if future.done()]:
                _tell(name, _problem_of(running.pop(name)), problems)
            try:
                members = chosen(read_fleet(folder, apart=APART), only)
            except HotspotsError as error:
                _tell(str(folder), str(error), problems)
                members = []
            for member in members:
                if stop.is_set():
                    break
                if member.name not in running:
                    _look(member, executor, running, problems)
            stop.wait(look_every_s)


def _look(
    member: Member,
    executor: Executor,
    running: dict[str, "Future[Outcome]"],
    problems: dict[str, str | None],
) -> None:
    """Have done what is due for a municipality, if anything is."""
    try:
        due = member.problem is None and _has_work(member)
    except (HotspotsError, SQLAlchemyError) as error:
        _tell(member.name, str(error), problems)
        return
    if member.problem is not None:
        _tell(member.name, member.problem, problems)
    elif due:
        unit = Unit(member.name, member.path, Path.cwd(), _COMMAND)
        running[member.name] = executor.submit(do_apart, unit, do_command, modules_of(_COMMAND[:1]))


def _has_work(member: Member) -> bool:
    own, now = load_settings(member.path), datetime.now(UTC)
    with closing(Database(own.database.url)) as database:
        settings = effective_settings(database, own)
        with database.reading() as connection:
            return has_events(connection, settings, now=now) or any(
                is_due(job, connection, settings, now) for job in JOBS.values()
            )


def _problem_of(future: "Future[Outcome]") -> str | None:
    if future.cancelled() or future.exception() is not None:
        return "no worker could do it: look at their logs"
    return future.result().problem


def _tell(name: str, problem: str | None, problems: dict[str, str | None]) -> None:
    """Log what is wrong with a municipality when it begins, and when it is over."""
    if problems.get(name) == problem:
        return
    problems[name] = problem
    log = structlog.stdlib.get_logger()
    if problem is None:
        log.info("a municipality is right again", settings=name)
    else:
        message = without_quotes(problem.splitlines()[0])
        log.error("something can't be done for a municipality", settings=name, message=message)
