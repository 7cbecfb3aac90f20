"""When unattended work is planned, when it is tried again, and what is late.

The triggers of APScheduler that start a job also tell when it was last planned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from hotspots.settings import Settings

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

ANCHOR = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that all schedulers plan the same moments."""

LOOK_BACK = timedelta(days=8)
"""In so many days even a weekly job was planned, also when the clock changed."""

PAUSES: Sequence[timedelta] = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""How long what failed waits before it is tried again; the last one for every further time."""


@dataclass(frozen=True)
class Plan:
    """When one job is planned, and whether it is on."""

    trigger: Callable[[Settings], "BaseTrigger"]
    is_on: Callable[[Settings], bool] = lambda _: True

    def last(self, settings: Settings, now: datetime) -> datetime:
        """The last planned moment at or before another, aware."""
        trigger = self.trigger(settings)
        # an interval may be a minute: eight days of them are not walked
        moment: datetime = trigger.get_next_fire_time(None, now - getattr(trigger, "interval", LOOK_BACK))
        while (following := trigger.get_next_fire_time(moment, now)) <= now:
            moment = following
        return moment.astimezone(UTC)

    def next(self, settings: Settings, after: datetime) -> datetime:
        """The first planned moment at or after another, aware."""
        moment: datetime = self.trigger(settings).get_next_fire_time(None, after)
        return moment.astimezone(UTC)

    def late_for(self, settings: Settings, *, done_for: datetime | None, now: datetime) -> datetime | None:
        """The planned moment for which it is late; None if it is in time, off, or new (done for None)."""
        planned = self.last_overdue(settings, now)
        is_late = done_for is not None and done_for < planned and self.is_on(settings)
        return planned if is_late else None

    def last_overdue(self, settings: Settings, now: datetime) -> datetime:
        """The last planned moment that is `jobs.late_after_minutes` ago or more: it should be done by now."""
        return self.last(settings, now - timedelta(minutes=settings.jobs.late_after_minutes))


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, one or more."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def _every(minutes: int) -> "BaseTrigger":
    from apscheduler.triggers.interval import IntervalTrigger

    return IntervalTrigger(minutes=minutes, start_date=ANCHOR, timezone=UTC)


def _every_night(settings: Settings) -> "BaseTrigger":
    return _at(settings, settings.jobs.nightly_time)


def _every_week(settings: Settings) -> "BaseTrigger":
    return _at(settings, settings.jobs.weekly_time, settings.jobs.weekly_day)


def _at(settings: Settings, local_time: str, weekday: str = "*") -> "BaseTrigger":
    from apscheduler.triggers.cron import CronTrigger

    hour, minute = local_time.split(":")
    zone = settings.municipality.zone
    return CronTrigger(day_of_week=weekday, hour=hour, minute=minute, timezone=zone)


TIMETABLE: Mapping[str, Plan] = MappingProxyType(
    {
        # in this order when more than one is due: what comes in counts in the run
        "inbox": Plan(lambda settings: _every(settings.jobs.inbox_every_minutes)),
        "signalen": Plan(
            lambda settings: _every(settings.signalen.every_minutes),
            is_on=lambda settings: bool(settings.signalen.url),
        ),
        "geocode": Plan(_every_night),
        "weekly": Plan(_every_week),
        "reports": Plan(_every_week),
        # in the morning, so that who is told can do something that day
        "notices": Plan(lambda settings: _at(settings, settings.jobs.notices_time)),
        "retention": Plan(_every_night),
        # after it, so that what is over does not live on in a backup
        "backup": Plan(_every_night),
        "integrity": Plan(_every_night),
    }
)
"""All jobs by name."""


def expected_as_of(settings: Settings, now: datetime) -> date:
    """The peildatum of the weekly run that should be there by now.

    Examples
    --------
    >>> [str(expected_as_of(Settings(), datetime(2023, 6, 5, hour, tzinfo=UTC))) for hour in (6, 7)]
    ['2023-05-28', '2023-06-04']
    """
    planned = TIMETABLE["weekly"].last_overdue(settings, now)
    return last_sunday_before(settings.municipality.local_day(planned))


def last_sunday_before(day: date) -> date:
    """The last Sunday that is over: the ISO week ends on it.

    Examples
    --------
    >>> last_sunday_before(date(2023, 6, 5)), last_sunday_before(date(2023, 6, 4))
    (datetime.date(2023, 6, 4), datetime.date(2023, 5, 28))
    """
    return day - timedelta(days=day.isoweekday())
