"""How long it took in a period: from the first report to the list, from there to a verdict and a measure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from sqlalchemy import Connection, func, select

from hotspots.publishing.year.period import Period
from hotspots.publishing.year.places import FoundPlace, KnownPlace
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, measures


@dataclass(frozen=True)
class Median:
    """The median of how many days it took, and of how many hotspots; None if there are none."""

    days: float | None
    number: int


@dataclass(frozen=True)
class Times:
    """How long it took, in days.

    Attributes
    ----------
    to_list
        From the first report to the first run that showed the place; of those found in the period.
    to_verdict
        From there to the first final verdict; of those that got it in the period, whenever they were found.
        So those that wait are left out, and no verdict counts twice.
    to_measure
        From the list to the first day of the first measure; of those of which that day lies in the period.
    """

    to_list: Median
    to_verdict: Median
    to_measure: Median


def read_times(
    connection: Connection,
    settings: Settings,
    *,
    period: Period,
    found: Sequence[FoundPlace],
    known: Collection[KnownPlace],
) -> Times:
    """Read how long it took.

    Parameters
    ----------
    found
        The hotspots that were found in the period.
    known
        All that the reader may know of.
    """
    listed_on = {place.hotspot_id: place.first_signalled for place in known}
    local_day = settings.municipality.local_day
    waits = [(row.first_signalled - local_day(row.first_report)).days for row in found]
    event = hotspot_events.c
    first_verdicts = (
        select(event.hotspot_id, func.min(event.at, type_=event.at.type).label("at"))
        .where(event.verdict.is_not(None))
        .group_by(event.hotspot_id)
    )
    judged = [(row.hotspot_id, local_day(row.at)) for row in connection.execute(first_verdicts)]
    first_measures = (
        select(measures.c.hotspot_id, func.min(measures.c.starts_on).label("day"))
        .where(~measures.c.is_withdrawn)
        .group_by(measures.c.hotspot_id)
    )
    taken = [(row.hotspot_id, row.day) for row in connection.execute(first_measures)]

    def since_list(days: Sequence[tuple[str, date]]) -> Median:
        # a past that was run again may have put it on the list later than people acted
        return _median(
            [
                max((day - listed_on[hotspot_id]).days, 0)
                for hotspot_id, day in days
                if hotspot_id in listed_on and period.first <= day <= period.last
            ]
        )

    return Times(_median(waits), since_list(judged), since_list(taken))


def _median(days: Sequence[int]) -> Median:
    return Median(float(median(days)) if days else None, len(days))
