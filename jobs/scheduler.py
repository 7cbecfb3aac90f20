"""The timetable: which jobs run when, kept through restarts, each job by one scheduler at a time."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from jobs.inbox import empty_inbox
from jobs.retention import remove_what_is_over
from jobs.runner import Job, run_job
from jobs.weekly import detect_weekly

ANCHOR = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that all schedulers plan the same moments."""

LOOK_AGAIN = timedelta(hours=1)
"""How soon a weekly run that failed or was missed is tried again; one that is done is not repeated."""

ATTEMPTS = 3
"""How often a timetable is made that another scheduler is making too."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def planned_inbox(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` at which the inbox is looked into."""
    interval = timedelta(minutes=settings.jobs.inbox_every_minutes)
    return ANCHOR + (now - ANCHOR) // interval * interval


def planned_weekly(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` of the weekly run, at its local time over clock changes."""
    zone = settings.municipality.zone
    local = now.astimezone(zone)
    days_ago = (local.weekday() - DAYS.index(settings.jobs.weekly_day)) % 7
    at = time.fromisoformat(settings.jobs.weekly_time)
    planned = datetime.combine(local.date() - timedelta(days=days_ago), at, zone)
    if planned > local:
        planned = datetime.combine(planned.date() - timedelta(weeks=1), at, zone)
    return planned.astimezone(UTC)


def planned_retention(settings: Settings, now: datetime) -> datetime:
    """The last midnight at or before ``now``, local: what is over goes once a day."""
    zone = settings.municipality.zone
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)


JOBS: Mapping[str, Job] = MappingProxyType(
    {
        "inbox": Job("inbox", empty_inbox, planned_inbox),
        "weekly": Job("weekly", detect_weekly, planned_weekly),
        "retention": Job("retention", remove_what_is_over, planned_retention),
    }
)


def timetable(settings: Settings) -> dict[str, BaseTrigger]:
    """When each job is started."""
    every = timedelta(minutes=settings.jobs.inbox_every_minutes)
    hour, minute = settings.jobs.weekly_time.split(":")
    weekly = CronTrigger(
        day_of_week=settings.jobs.weekly_day,
        hour=hour,
        minute=minute,
        timezone=settings.municipality.zone,
    )
    return {
        "inbox": _every(every),
        "weekly": OrTrigger([weekly, _every(LOOK_AGAIN)]),
        "retention": _every(LOOK_AGAIN),
    }


def start_scheduler(settings: Settings) -> BackgroundScheduler:
    """Start the timetable in the background; what was missed while nothing ran is started at once.

    The timetable is kept in its own SQLite file, or in the PostgreSQL database when that is used.
    """
    for _ in range(ATTEMPTS - 1):
        # of two that start at once, both make the timetable's table: the later one fails, and then finds it
        with suppress(DBAPIError):
            return _started(settings)
    return _started(settings)


def _started(settings: Settings) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=_job_store_url(settings), tablename="scheduler_jobs")},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        timezone=settings.municipality.zone,
    )
    scheduler.start(paused=True)
    for name, trigger in timetable(settings).items():
        kept = scheduler.get_job(name)
        if kept is None or str(kept.trigger) != str(trigger):
            scheduler.add_job(
                "jobs.scheduler:do_job",
                trigger,
                args=[name],
                id=name,
                replace_existing=True,
                next_run_time=datetime.now(UTC),
            )
    scheduler.resume()
    return scheduler


def do_job(name: str) -> None:
    """Do a job with the settings as they are now; what the timetable calls.

    The timetable keeps only the name: settings hold secrets, and would be those of the day it was made.
    """
    settings = load_settings()
    database = Database(settings.database.url)
    try:
        run_job(JOBS[name], database, settings, clock=lambda: datetime.now(UTC))
    finally:
        database.close()


def _every(interval: timedelta) -> IntervalTrigger:
    return IntervalTrigger(seconds=int(interval.total_seconds()), start_date=ANCHOR, timezone=UTC)


def _job_store_url(settings: Settings) -> str:
    database = Database(settings.database.url)
    database.close()
    if not database.is_sqlite:
        return database.engine.url.render_as_string(hide_password=False)
    settings.jobs.store.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{settings.jobs.store}"
