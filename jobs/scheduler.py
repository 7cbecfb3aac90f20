"""Which jobs there are, and the loop that does them by the timetable (:mod:`hotspots.operations.timetable`).

What is due follows from the ledger alone: a job that was not done for its last planned moment. So nothing has
to be remembered, whatever was missed is caught up, and two schedulers want the same.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import HotspotsError, SourceError
from hotspots.operations.job_runs import keeps_dying, last_started
from hotspots.operations.logs import without_quotes
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from jobs.alerts import note_failure, note_late, tell_alerts
from jobs.inbox import empty_inbox
from jobs.nightly import back_up, check_integrity, locate_again
from jobs.reports import report_weekly
from jobs.retention import remove_what_is_over
from jobs.runner import UNEXPECTED, Clock, Job, JobResult, Work, run_job
from jobs.signalen import import_from_signalen
from jobs.weekly import detect_weekly

LOOK_EVERY_S = 20.0
"""How often the timetable is looked at."""

LARGEST_STEP = timedelta(hours=1)
"""A clock that was set by more than this is not believed at once …"""

HOLD = timedelta(hours=1)
"""… but only when it still says so after this long."""

COUNTER: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Of seconds since the machine started; it goes on while the machine sleeps."""

_WORK: Mapping[str, Work] = {
    "inbox": empty_inbox,
    "signalen": import_from_signalen,
    "geocode": locate_again,
    "weekly": detect_weekly,
    "reports": report_weekly,
    "retention": remove_what_is_over,
    "backup": back_up,
    "integrity": check_integrity,
}

JOBS: Mapping[str, Job] = MappingProxyType(
    {name: Job(name, _WORK[name], plan) for name, plan in TIMETABLE.items()}
)
"""All jobs by name, in the order in which they are done."""


def do_what_is_due(
    database: Database,
    settings: Settings,
    *,
    clock: Clock,
    jobs: Iterable[Job] = tuple(JOBS.values()),
    stop: threading.Event | None = None,
) -> list[JobResult]:
    """Do every job that is due, in order, and tell what went wrong; gives how those ended that were tried.

    A job that ends its process each time (by a file that is too large for the machine, say) comes last, and
    what was not told yet is told before: it would else keep back both for ever.

    Parameters
    ----------
    stop
        Begin no other job once this is set.
    """
    tell_alerts(database, settings, now=clock())
    with database.reading() as connection:
        ordered = sorted(jobs, key=lambda job: keeps_dying(connection, job.name))
    results = []
    for job in ordered:
        if stop is not None and stop.is_set():
            break
        if not job.plan.is_on(settings):
            continue
        note_late(database, settings, job.name, job.plan, now=clock())
        try:
            result = run_job(job, database, settings, clock=clock)
        except Exception:  # noqa: BLE001  # a fault of ours in one job must not stop the others
            structlog.stdlib.get_logger().exception("job stopped by an unexpected error", job=job.name)
            result = JobResult("failed", message=UNEXPECTED)
            note_failure(database, job.name, UNEXPECTED, now=clock())
        if result.outcome == "locked":
            break  # the other scheduler goes on in this order
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
    jobs: Iterable[Job] = tuple(JOBS.values()),
) -> None:
    """Do what is due, and look again, until told to stop: what is begun is finished, and no other job begun.

    Settings are read anew each time. What is begun goes by the time that was believed then, also when the
    clock is set meanwhile: a clock that is years ahead in the middle of retention removes nothing more.
    """
    log = structlog.stdlib.get_logger()
    watch = ClockWatch(clock)
    jobs = [_interrupted_by(stop, job) for job in jobs]
    is_compared = False
    while not stop.is_set():
        try:
            if watch.can_be_believed():
                settings = load()
                database = Database(settings.database.url)
                try:
                    if not is_compared:
                        with database.reading() as connection:
                            watch.doubt_before(last_started(connection))
                        is_compared = True
                    if watch.can_be_believed():
                        do_what_is_due(database, settings, clock=watch.now, jobs=jobs, stop=stop)
                finally:
                    database.close()
        except (HotspotsError, SQLAlchemyError) as error:
            log.error("nothing can be done now", message=without_quotes(str(error).splitlines()[0]))  # noqa: TRY400
        stop.wait(look_every_s)


def _interrupted_by(stop: threading.Event, job: Job) -> Job:
    """The job, but when it only waits for another service, that ends when asked to stop."""
    if job.work is not import_from_signalen:
        return job

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise SourceError("Signalen: asked to stop while it is busy: it is asked again later")

    return replace(job, work=partial(import_from_signalen, wait=wait))


class ClockWatch:
    """Notices that the clock was set, and holds work back until it is put right, or stays so for long enough.

    A clock that is years ahead for a minute would else have every week in between done, and retention remove
    what is not old.

    Parameters
    ----------
    elapsed_s
        Seconds since some moment, by a counter that nobody sets and that goes on during sleep.
    """

    def __init__(
        self,
        clock: Clock,
        elapsed_s: Callable[[], float] = lambda: time.clock_gettime(COUNTER),
    ) -> None:
        self._clock, self._elapsed_s = clock, elapsed_s
        self._zero = self._now_zero()
        self._doubted_since_s: float | None = None
        self._not_before: datetime | None = None

    def doubt_before(self, moment: datetime | None) -> None:
        """Doubt the clock if it is far before a moment that is past, as after a power cut."""
        if moment is not None and self._clock() < moment - LARGEST_STEP:
            self._zero = moment - timedelta(seconds=self._elapsed_s())
            self._not_before = moment - LARGEST_STEP

    def can_be_believed(self) -> bool:
        """Whether the clock went as the counter did, or has stayed as it was set for long enough."""
        if self._not_before is not None and self._clock() >= self._not_before:
            # put right; by how much says nothing, as nobody counted while the machine was off
            self._zero, self._not_before = self._now_zero(), None
        step = self._now_zero() - self._zero
        if abs(step) <= LARGEST_STEP:
            self._zero += step  # small corrections add up over the years
            self._doubted_since_s = None
            return True
        elapsed_s = self._elapsed_s()
        if self._doubted_since_s is None:
            self._doubted_since_s = elapsed_s
            structlog.stdlib.get_logger().error(
                "the clock was set or is behind: no work until it is right, or for an hour",
                seconds=step.total_seconds(),
            )
        if elapsed_s - self._doubted_since_s < HOLD.total_seconds():
            return False
        self._zero, self._doubted_since_s, self._not_before = self._now_zero(), None, None
        return True

    def now(self) -> datetime:
        """The time that was believed last, and what the counter counted since."""
        return self._zero + timedelta(seconds=self._elapsed_s())

    def _now_zero(self) -> datetime:
        return self._clock() - timedelta(seconds=self._elapsed_s())
