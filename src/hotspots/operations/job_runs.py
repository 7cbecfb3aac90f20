"""The ledger of unattended work: what ran for which planned moment, on what, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, and_, func, insert, or_, select, update

from hotspots.store.operation_tables import job_alerts, job_runs

Outcome = Literal["done", "failed"]
AlertKind = Literal["late", "failed", "odd"]

DEATHS_FORGIVEN = 5
"""A job whose process died so often in a row comes after the others, which would never have their turn else.

Not sooner: when only the machine was switched off, imports must still come before the weekly run.
"""


@dataclass(frozen=True)
class Alert:
    """Something about unattended work that a person must know."""

    id: int
    job: str
    kind: str
    about: datetime  # since when: the last planned moment that went well; odd: the planned moment
    message: str
    raised_at: datetime


def start_run(
    connection: Connection,
    job: str,
    *,
    planned_for: datetime | None,
    now: datetime,
    version: str,
    settings_hash: str,
    runner: str,
) -> int:
    """Write the first half of a run's line, and give its id.

    The caller holds the exclusive lock, so another line without an end is of a process that died.
    """
    connection.execute(update(job_runs).where(job_runs.c.outcome.is_(None)).values(outcome="died"))
    line = insert(job_runs).values(
        job=job,
        planned_for=planned_for,
        started_at=now,
        counts={},
        input={},
        version=version,
        settings_hash=settings_hash,
        runner=runner[:120],
    )
    return int(connection.execute(line.returning(job_runs.c.id)).scalar_one())


def end_run(
    connection: Connection,
    run: int,
    *,
    now: datetime,
    duration_s: float,
    outcome: Outcome,
    counts: Mapping[str, int],
    worked_on: Mapping[str, Any],
    message: str | None = None,
) -> None:
    """Write how a run ended."""
    ending = update(job_runs).values(
        finished_at=now,
        duration_s=duration_s,
        outcome=outcome,
        counts=dict(counts),
        input=dict(worked_on),
        message=message,
    )
    connection.execute(ending.where(job_runs.c.id == run))


def begun_for(
    connection: Connection, job: str, planned_for: datetime, outcome: Outcome
) -> Sequence[datetime]:
    """When those runs of this job for this planned moment began that ended so."""
    began = select(job_runs.c.started_at).where(
        job_runs.c.job == job, job_runs.c.planned_for == planned_for, job_runs.c.outcome == outcome
    )
    return connection.execute(began).scalars().all()


def keeps_dying(connection: Connection, job: str) -> bool:
    """Whether this job died in all of its last runs, for whatever planned moment."""
    outcomes = select(job_runs.c.outcome).where(job_runs.c.job == job).order_by(job_runs.c.id.desc())
    last = connection.execute(outcomes.limit(DEATHS_FORGIVEN)).scalars().all()
    return len(last) == DEATHS_FORGIVEN and all(outcome in {None, "died"} for outcome in last)


def last_done_for(connection: Connection, job: str, now: datetime) -> datetime | None:
    """The latest planned moment up to now for which this job was done; None if there is none.

    One that lies ahead was done while the clock was ahead: by it nothing would be late until then.
    """
    planned = _latest_done(job, job_runs.c.planned_for).where(job_runs.c.planned_for <= now)
    return connection.execute(planned).scalar()


def last_done_at(connection: Connection, job: str) -> datetime | None:
    """When the last run of this job that ended well began; None if there is none."""
    return connection.execute(_latest_done(job, job_runs.c.started_at)).scalar()


def last_started(connection: Connection) -> datetime | None:
    """When the last run began, by the clock of then; None if there is none."""
    last = select(job_runs.c.started_at).order_by(job_runs.c.id.desc()).limit(1)
    return connection.execute(last).scalar()


def clock_contradicts(last: datetime, now: datetime, tolerance_days: int) -> bool:
    """Whether the clock is so far from the last work in the ledger that it can't be believed.

    Examples
    --------
    >>> [clock_contradicts(datetime(2024, 1, 2), datetime(year, 1, 2), 35) for year in (2023, 2024, 2025)]
    [True, False, True]
    """
    return abs(now - last) > timedelta(days=tolerance_days)


def raise_alert(
    connection: Connection, job: str, kind: AlertKind, *, about: datetime, message: str, now: datetime
) -> None:
    """Write an alert, once for each job, kind and moment that it is about."""
    same = select(job_alerts.c.id).where(
        job_alerts.c.job == job, job_alerts.c.kind == kind, job_alerts.c.about == about
    )
    if connection.execute(same).first() is None:
        values = {"job": job, "kind": kind, "about": about, "message": message, "raised_at": now}
        connection.execute(insert(job_alerts).values(values))


def untold_alerts(connection: Connection) -> Sequence[Alert]:
    """The alerts that nobody was told yet, the oldest first."""
    untold = select(job_alerts).where(job_alerts.c.told_at.is_(None))
    return [_alert(row) for row in connection.execute(untold.order_by(job_alerts.c.id))]


def alerts_since(connection: Connection, moment: datetime) -> Sequence[Alert]:
    """The alerts that were raised since a moment, the last one first."""
    recent = select(job_alerts).where(job_alerts.c.raised_at >= moment)
    return [_alert(row) for row in connection.execute(recent.order_by(job_alerts.c.id.desc()))]


def mark_told(connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """Write that alerts were told."""
    connection.execute(_update_of(alerts).values(told_at=now))


MAILED_FOR = timedelta(days=1)
"""An alert that could not be mailed for so long is no news: it stands in the log and on the page."""


def begin_alert_mail(
    connection: Connection, *, now: datetime, pauses: Sequence[timedelta], attempts: int
) -> Sequence[Alert]:
    """Take the alerts that are to be mailed now, the oldest first, as if they were mailed.

    They are taken before they are sent, so that no two processes send one alert, and one that makes a process
    die is not sent for ever. An alert is tried `attempts` times, with these pauses between; the last one for
    every further time.
    """
    tried = job_alerts.c.mail_attempts
    waited = [
        and_(tried == number, job_alerts.c.mail_tried_at <= now - pause)
        for number, pause in enumerate(pauses, start=1)
    ]
    waited.append(and_(tried > len(pauses), job_alerts.c.mail_tried_at <= now - pauses[-1]))
    taken = (
        update(job_alerts)
        .where(
            job_alerts.c.mailed_at.is_(None),
            job_alerts.c.raised_at > now - MAILED_FOR,
            tried < attempts,
            or_(tried == 0, *waited),
        )
        .values(mailed_at=now, mail_tried_at=now, mail_attempts=tried + 1)
        .returning(job_alerts)
    )
    rows = sorted(connection.execute(taken), key=lambda row: int(row.id))
    return [_alert(row) for row in rows]


def undo_alert_mail(connection: Connection, alerts: Sequence[Alert]) -> None:
    """Write that alerts could not be mailed after all: they are tried again after a pause."""
    connection.execute(_update_of(alerts).values(mailed_at=None))


def _latest_done(job: str, moment: ColumnElement[datetime]) -> Select[Any]:
    latest = select(func.max(moment, type_=moment.type))
    return latest.where(job_runs.c.job == job, job_runs.c.outcome == "done")


def _update_of(alerts: Sequence[Alert]) -> Update:
    return update(job_alerts).where(job_alerts.c.id.in_([alert.id for alert in alerts]))


def _alert(row: Row[Any]) -> Alert:
    return Alert(row.id, row.job, row.kind, row.about, row.message, row.raised_at)
