"""When unattended work is planned, when it is tried again, and what is late.

What is due, late or expected follows from the last planned moment alone: whoever does the work, tells of it
or shows it asks here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from hotspots.settings import Settings

ANCHOR = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that all schedulers plan the same moments."""

PAUSES: Sequence[timedelta] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)
"""How long what failed waits before it is tried again; the last one for every further time."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Plan:
    """When one job is planned.

    Parameters
    ----------
    last
        Its last planned moment at or before another, aware.
    """

    last: Callable[[Settings, datetime], datetime]
    is_on: Callable[[Settings], bool] = lambda _: True

    def late_for(self, settings: Settings, *, done_for: datetime | None, now: datetime) -> datetime | None:
        """The planned moment for which it is late; None if it is in time, new, or off.

        Parameters
        ----------
        done_for
            The latest planned moment for which it was done; None: there is none.
        """
        planned = last_overdue(self, settings, now)
        is_late = done_for is not None and done_for < planned and self.is_on(settings)
        return planned if is_late else None


def last_overdue(plan: Plan, settings: Settings, now: datetime) -> datetime:
    """The last planned moment that is `jobs.late_after_minutes` ago or more: it should be done by now."""
    return plan.last(settings, now - timedelta(minutes=settings.jobs.late_after_minutes))


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, one or more."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


def planned_inbox(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` at which the inbox is looked into."""
    return _last_multiple(timedelta(minutes=settings.jobs.inbox_every_minutes), now)


def planned_signalen(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` at which Signalen is asked."""
    return _last_multiple(timedelta(minutes=settings.signalen.every_minutes), now)


def planned_nightly(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` of the nightly work, at its local time over clock changes."""
    local = now.astimezone(settings.municipality.zone)
    return _last_local(settings, now, local.date(), settings.jobs.nightly_time, timedelta(days=1))


def planned_weekly(settings: Settings, now: datetime) -> datetime:
    """The last moment at or before ``now`` of the weekly run, at its local time over clock changes."""
    local = now.astimezone(settings.municipality.zone)
    days_ago = (local.weekday() - DAYS.index(settings.jobs.weekly_day)) % 7
    day = local.date() - timedelta(days=days_ago)
    return _last_local(settings, now, day, settings.jobs.weekly_time, timedelta(weeks=1))


TIMETABLE: Mapping[str, Plan] = MappingProxyType(
    {
        # in this order when more than one is due: what comes in counts in the run
        "inbox": Plan(planned_inbox),
        "signalen": Plan(planned_signalen, is_on=lambda settings: bool(settings.signalen.url)),
        "geocode": Plan(planned_nightly),
        "weekly": Plan(planned_weekly),
        "reports": Plan(planned_weekly),
        "retention": Plan(planned_nightly),
        # after it, so that what is over does not live on in a backup
        "backup": Plan(planned_nightly),
        "integrity": Plan(planned_nightly),
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
    planned = last_overdue(TIMETABLE["weekly"], settings, now)
    return last_sunday_before(planned.astimezone(settings.municipality.zone).date())


def last_sunday_before(day: date) -> date:
    """The last Sunday that is over: the ISO week ends on it.

    Examples
    --------
    >>> last_sunday_before(date(2023, 6, 5)), last_sunday_before(date(2023, 6, 4))
    (datetime.date(2023, 6, 4), datetime.date(2023, 5, 28))
    """
    return day - timedelta(days=day.isoweekday())


def _last_multiple(interval: timedelta, now: datetime) -> datetime:
    return ANCHOR + (now - ANCHOR) // interval * interval


def _last_local(settings: Settings, now: datetime, day: date, at: str, interval: timedelta) -> datetime:
    planned = datetime.combine(day, time.fromisoformat(at), settings.municipality.zone)
    if planned.astimezone(UTC) > now:
        planned -= interval  # in local time: the same hour, also when the clock changed in between
    return planned.astimezone(UTC)
