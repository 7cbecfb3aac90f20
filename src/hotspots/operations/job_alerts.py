"""The alerts of unattended work: what a person must know, and whether it was told and mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Update, and_, insert, or_, select, update

from hotspots.store.operation_tables import job_alerts

AlertKind = Literal["late", "failed", "odd"]

MAILED_FOR = timedelta(days=1)
"""An alert that could not be mailed for so long is no news: it stands in the log and on the page."""


@dataclass(frozen=True)
class Alert:
    """Something about unattended work that a person must know."""

    id: int
    job: str
    kind: str
    about: datetime  # since when: the last planned moment that went well; odd: the planned moment
    message: str
    raised_at: datetime


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


def _update_of(alerts: Sequence[Alert]) -> Update:
    return update(job_alerts).where(job_alerts.c.id.in_([alert.id for alert in alerts]))


def _alert(row: Row[Any]) -> Alert:
    return Alert(row.id, row.job, row.kind, row.about, row.message, row.raised_at)
