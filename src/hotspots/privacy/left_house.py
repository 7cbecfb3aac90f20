"""What left the house, by kind and week: mails, shared maps, feeds, events, files, addresses asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from hotspots.settings import Settings
from hotspots.store.audit import ACTIVITIES, STATUS_OK
from hotspots.store.case_tables import access_log, feeds, mails, notices
from hotspots.store.event_tables import events
from hotspots.store.operation_tables import job_alerts, processing_log
from hotspots.store.place_tables import geocoding_cache
from hotspots.store.run_tables import embeds

SHARING = tuple(name for name, activity in ACTIVITIES.items() if activity == "delen")
"""The processings that make something to take along."""


@dataclass(frozen=True)
class Left:
    """What of one kind left the house: how many per week, the oldest week first."""

    kind: str
    weeks: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many in all these weeks."""
        return sum(self.weeks)


_MOMENTS: Mapping[str, tuple[ColumnElement[Any], ColumnElement[bool] | None]] = {
    "weekMails": (mails.c.sent_at, None),
    "notices": (notices.c.sent_at, None),
    "alerts": (job_alerts.c.mailed_at, None),
    "embeds": (embeds.c.created_at, None),
    "feeds": (feeds.c.created_at, None),
    "events": (events.c.ended_at, events.c.state == "sent"),
    "geocoder": (geocoding_cache.c.asked_at, None),
    "files": (
        processing_log.c.started_at,
        processing_log.c.name.in_(SHARING) & (processing_log.c.status == STATUS_OK),
    ),
}
"""Of each kind the moments at which something left; where that is not known, at which it could."""


def mondays(last: date, weeks: int) -> list[date]:
    """The Mondays of the weeks up to that of a day, oldest first.

    Examples
    --------
    >>> mondays(date(2023, 12, 6), 2)
    [datetime.date(2023, 11, 27), datetime.date(2023, 12, 4)]
    """
    monday = last - timedelta(days=last.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(weeks))]


def read_left(connection: Connection, settings: Settings, *, now: datetime, weeks: int) -> list[Left]:
    """What left the house in the last weeks, by kind; files with dwellings in them apart."""
    local_day = settings.municipality.local_day
    starts = mondays(local_day(now), weeks)
    since = settings.municipality.midnight(starts[0])

    def per_week(moments: list[datetime]) -> tuple[int, ...]:
        days = (local_day(moment) for moment in moments)
        counts = Counter(day - timedelta(days=day.weekday()) for day in days)
        return tuple(counts[monday] for monday in starts)

    left = []
    for kind, (moment, chosen) in _MOMENTS.items():
        query = select(moment).where(moment >= since)
        query = query if chosen is None else query.where(chosen)
        left.append(Left(kind, per_week(list(connection.execute(query).scalars()))))
    taken = (
        select(access_log.c.at, access_log.c.actor_id)
        .where(access_log.c.taken_as.is_not(None), access_log.c.at >= since)
        .distinct()  # a file with many dwellings is a line for each
    )
    left.append(Left("filesOfPersons", per_week([row.at for row in connection.execute(taken)])))
    return left
