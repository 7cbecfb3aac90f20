"""When the list changes: at the next weekly run, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hotspots.operations.job_requests import open_request, paused_jobs
from hotspots.operations.job_runs import last_done_for
from hotspots.operations.job_states import running_job
from hotspots.operations.timetable import TIMETABLE
from hotspots.settings import Settings
from hotspots.tracking.signalling import read_signalling
from hotspots.wording import weekday

_WEEKLY = "weekly"


@dataclass(frozen=True)
class NextRound:
    """The weekly run after which the list is another one."""

    at: datetime | None  # None: not known, as it is paused
    words: str  # a sentence

    def as_json(self) -> Mapping[str, str | None]:
        """As commands give it."""
        return {"at": None if self.at is None else self.at.isoformat(), "words": self.words}


def next_round(connection: Connection, settings: Settings, now: datetime) -> NextRound:
    """When the list changes: by the timetable, or sooner if somebody asked."""
    if read_signalling(connection).is_stopped:
        return NextRound(
            None, "Het zoeken naar plekken is gestopt. De lijst verandert pas als iemand dat hervat."
        )
    if running_job(connection, now) == _WEEKLY:
        return NextRound(now, "De ronde loopt nu. Daarna is de lijst bijgewerkt.")
    if open_request(connection, _WEEKLY) is not None:
        return NextRound(now, "De ronde is gevraagd. De lijst verandert zodra die is gedaan.")
    if _WEEKLY in paused_jobs(connection):
        return NextRound(None, "De ronde is gepauzeerd. De lijst verandert pas als iemand die hervat.")
    plan = TIMETABLE[_WEEKLY]
    planned, done_for = plan.last(settings, now), last_done_for(connection, _WEEKLY, now)
    if done_for is not None and done_for < planned:
        return NextRound(
            planned,
            f"De ronde van {_weekday_and_time(planned, settings)} is nog niet gedaan. De lijst verandert "
            "zodra die er is.",
        )
    following = plan.next(settings, now)
    return NextRound(
        following, f"De lijst verandert bij de ronde van {_weekday_and_time(following, settings)}."
    )


def _weekday_and_time(moment: datetime, settings: Settings) -> str:
    local = moment.astimezone(settings.municipality.zone)
    return f"{weekday(local)} {local:%H:%M}"
