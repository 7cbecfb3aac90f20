"""The weekly detection, with missed weeks, in order."""

from datetime import date, timedelta

import structlog

from hotspots.errors import RemovedError, StoppedError
from hotspots.operations.timetable import last_sunday_before
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from hotspots.tracking.runs import latest_run
from hotspots.tracking.signalling import read_signalling, without_stopped_weeks
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between
from jobs.runner import Clock, Done


def detect_weekly(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Done:
    """Do the weekly run of last Sunday, after those of earlier Sundays since the latest run.

    Skips earlier runs whose reports have been removed; raises RemovedError if last Sunday's were. Does none
    while signalling is stopped, and afterwards none of the weeks in which it was, but last Sunday's.
    """
    last = last_sunday_before(settings.municipality.local_day(clock()))
    with database.reading() as connection:
        if read_signalling(connection).is_stopped:
            return Done({"runs": 0, "stopped": 1})
        missed = missed_weeks(latest_run(connection, last), last)
        weeks = without_stopped_weeks(connection, missed, settings)
    runs, passed_over = [], []
    for as_of in weeks:
        try:
            runs.append(run_week(database, settings, as_of=as_of, now=clock()))
        except StoppedError:  # by now: what was done before stands
            structlog.stdlib.get_logger().info("signalling was stopped meanwhile")
            break
        except RemovedError as error:
            if as_of == last:
                raise
            passed_over.append(as_of)
            structlog.stdlib.get_logger().warning("weekly run passed over", problem=str(error))
        heartbeat()
    if not runs:
        return Done({"runs": 0, "stopped": 1})
    counts = {
        "runs": len(runs),
        "passedOver": len(passed_over),
        "reports": runs[-1].report_count,
        "located": runs[-1].located_count,
        "signalled": runs[-1].signalled_count,
        "newHotspots": sum(run.new_count for run in runs),
        "sharedReporters": runs[-1].shared_reporter_count,
    }
    if len(missed) > len(weeks):
        counts["stoppedWeeks"] = len(missed) - len(weeks)
    worked_on = {"peildatums": [run.as_of.isoformat() for run in runs]}
    if passed_over:
        worked_on["passedOver"] = [as_of.isoformat() for as_of in passed_over]
    return Done(counts, worked_on)


def missed_weeks(latest: date | None, last: date) -> list[date]:
    """The peildatums to run: each Sunday after the latest run up to the last one, which is always run.

    The last Sunday is run again even if it was run before: reports may have come in since, and without any a
    run changes nothing. Without an earlier run there is nothing to catch up with.

    Examples
    --------
    >>> [day.day for day in missed_weeks(date(2023, 6, 4), date(2023, 6, 25))]
    [11, 18, 25]
    >>> [day.day for day in missed_weeks(None, date(2023, 6, 25))]
    [25]
    """
    first = last if latest is None else min(latest + timedelta(days=1), last)
    return weeks_between(first, last)
