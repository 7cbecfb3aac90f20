"""The jobs, and the scheduler that does them by :mod:`hotspots.operations.timetable`.

The triggers of APScheduler say when to look. The ledger alone says what is due: every job that was not done
for its last planned moment. So missed work is caught up, and two schedulers agree on what is due.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

import structlog
from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import HotspotsError, SourceError
from hotspots.operations.job_requests import give_up, open_requests, paused_jobs
from hotspots.operations.job_runs import keeps_dying
from hotspots.operations.logs import without_quotes
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings
from jobs.alerts import note_clock, note_failure, note_late, tell_alerts
from jobs.events import keep_sending
from jobs.inbox import empty_inbox
from jobs.nightly import back_up, check_integrity, locate_again
from jobs.notices import tell_people
from jobs.reports import report_weekly
from jobs.retention import remove_what_is_over
from jobs.runner import UNEXPECTED, Clock, Job, JobResult, Work, run_job, steady
from jobs.signalen import import_from_signalen
from jobs.waiting import WaitingRequest
from jobs.weekly import detect_weekly

LOOK_EVERY_S = 20.0
"""How often the ledger is checked between planned moments, for failed or abandoned work."""

ASKED_EVERY_S = 2.0
"""How often is looked whether a person asked for a job."""

_WORK: Mapping[str, Work] = {
    "inbox": empty_inbox,
    "signalen": import_from_signalen,
    "geocode": locate_again,
    "weekly": detect_weekly,
    "reports": report_weekly,
    "notices": tell_people,
    "retention": remove_what_is_over,
    "backup": back_up,
    "integrity": check_integrity,
}

JOBS: Mapping[str, Job] = MappingProxyType(
    {name: Job(name, _WORK[name], plan) for name, plan in TIMETABLE.items()}
)
"""All jobs by name, in order of execution."""


def do_what_is_due(
    database: Database,
    settings: Settings,
    *,
    clock: Clock,
    jobs: Iterable[Job] = tuple(JOBS.values()),
    stop: threading.Event | None = None,
) -> list[JobResult]:
    """Do every due job, in order, and send alerts; gives the results of the jobs that were tried.

    Nothing is done while the clock contradicts the ledger, and no job starts once `stop` is set. A job that
    kills its process every time (say by a file too large for the machine) comes last, after the alerts are
    sent; otherwise it would block both for ever.
    """
    is_doubted = note_clock(database, settings, now=clock())
    tell_alerts(database, settings, now=clock())
    if is_doubted:
        return []
    with database.reading() as connection:
        ordered = sorted(jobs, key=lambda job: keeps_dying(connection, job.name))
        asked, paused = open_requests(connection), paused_jobs(connection)
    results = []
    for job in ordered:
        if stop is not None and stop.is_set():
            break
        if not job.plan.is_on(settings):
            if job.name in asked:
                with database.writing() as connection:
                    give_up(connection, job.name, at=clock(), outcome="withdrawn")
            continue
        if job.name in paused:
            continue
        note_late(database, settings, job.name, job.plan, now=clock())
        try:
            result = run_job(job, database, settings, clock=clock)
        except Exception:  # noqa: BLE001  # a bug in one job must not stop the others
            structlog.stdlib.get_logger().exception("job stopped by an unexpected error", job=job.name)
            result = JobResult("failed", message=UNEXPECTED)
            note_failure(database, job.name, UNEXPECTED, now=clock())
        if result.outcome == "locked":
            break  # the other scheduler does the rest, in the same order
        if result.outcome != "not due":
            results.append(result)
    tell_alerts(database, settings, now=clock())
    return results


def keep_timetable(
    stop: threading.Event,
    *,
    clock: Clock = lambda: datetime.now(UTC),
    load: Callable[[], Settings] = load_settings,
    look_every_s: float = LOOK_EVERY_S,
    asked_every_s: float = ASKED_EVERY_S,
    jobs: Iterable[Job] = tuple(JOBS.values()),
) -> None:
    """Do what is due or asked for, at each planned moment and in between, until told to stop.

    When stopped, it finishes the job at hand and starts no other. Settings are read again each time,
    those in the database too.
    """
    jobs = [_interrupted_by(stop, job) for job in jobs]
    one_at_a_time = ThreadPoolExecutor(1)
    scheduler = BlockingScheduler(
        executors={"default": one_at_a_time},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    # it would warn of every look that is skipped because the previous one is still running
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    planned: Settings | None = None
    began = 0.0

    def look() -> None:
        nonlocal planned, began
        if stop.is_set():
            return
        began = time.monotonic()
        try:
            own = load()
            with closing(Database(own.database.url)) as database:
                settings = effective_settings(database, own)
                if settings != planned:
                    for job in jobs:
                        trigger = job.plan.trigger(settings)
                        scheduler.add_job(look, trigger, id=job.name, replace_existing=True)
                    planned = settings
                do_what_is_due(database, settings, clock=steady(clock), jobs=jobs, stop=stop)
        except (HotspotsError, SQLAlchemyError) as error:
            structlog.stdlib.get_logger().error(
                "nothing can be done now", message=without_quotes(str(error).splitlines()[0])
            )

    def keep_looking() -> None:
        # by a monotonic counter: when the clock is set back an hour, a trigger would wait an hour longer
        looked, seen, seen_at = time.monotonic(), None, 0.0
        waiting = WaitingRequest()
        while not stop.wait(min(asked_every_s, look_every_s)):
            asked = None if planned is None else waiting.last(planned.database.url)
            if asked != seen:
                seen, seen_at = asked, time.monotonic()
            # while a look is going on, the next one is skipped: so until one began after it was asked
            is_new = asked is not None and seen_at > began
            if is_new or time.monotonic() - looked >= look_every_s:
                looked = time.monotonic()
                scheduler.add_job(look, id="look", replace_existing=True)
        waiting.close()
        scheduler.shutdown(wait=False)

    sending = threading.Thread(
        target=keep_sending, args=(stop,), kwargs={"current": lambda: planned, "clock": clock}, daemon=True
    )
    scheduler.add_job(look, id="look")
    scheduler.add_listener(
        lambda _: threading.Thread(target=keep_looking, daemon=True).start(), EVENT_SCHEDULER_STARTED
    )
    sending.start()
    scheduler.start()
    one_at_a_time.shutdown(wait=True)
    sending.join()


def _interrupted_by(stop: threading.Event, job: Job) -> Job:
    """Give the job with waits for another service that end when asked to stop."""
    if job.work is not import_from_signalen:
        return job

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise SourceError("Signalen: asked to stop while it is busy: it is asked again later")

    return replace(job, work=partial(import_from_signalen, wait=wait))
