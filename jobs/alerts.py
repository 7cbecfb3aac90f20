"""Alerts when unattended work fails, is late, or does something odd: in the log, by command, by mail.

An alert is stored first and sent afterwards, so that none is lost. A series of failures gives one alert, and
a new series after a success gives another.
"""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from hotspots.errors import HotspotsError, LockedError, MailError
from hotspots.operations.delivery_flaws import new_flaws
from hotspots.operations.health_checks import has_few_reports, has_many_rejected, usual
from hotspots.operations.health_figures import read_delivery, read_week_counts
from hotspots.operations.job_alerts import (
    Alert,
    AlertKind,
    begin_alert_mail,
    mark_told,
    raise_alert,
    undo_alert_mail,
    untold_alerts,
)
from hotspots.operations.job_requests import excused_jobs
from hotspots.operations.job_runs import clock_contradicts, last_done_for, last_started
from hotspots.operations.logs import without_quotes
from hotspots.operations.timetable import PAUSES, Plan, last_sunday_before
from hotspots.publishing.mailing import compose_alerts, mail_server, send
from hotspots.settings import Settings
from hotspots.store.database import Database

TELLER = "alerts"
"""The lock on alerts by command, so that only one of two schedulers sends them."""

COMMAND_TIMEOUT_S = 30
SHOWN_FLAWS = 10
REFUSED = "rows were refused"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def note_late(database: Database, settings: Settings, job: str, plan: Plan, *, now: datetime) -> None:
    """Store an alert if a job was planned long enough ago and not done; a new or paused one is never late."""
    with database.reading() as connection:
        last = last_done_for(connection, job, now)
        if job in excused_jobs(connection, settings, now):
            return
    planned = plan.late_for(settings, done_for=last, now=now)
    if last is not None and planned is not None:
        message = f"planned for {planned:%Y-%m-%d %H:%M} UTC, and not done at {now:%Y-%m-%d %H:%M}"
        _note(database, job, "late", last, message, now)


def note_clock(database: Database, settings: Settings, *, now: datetime) -> bool:
    """Give whether the clock is implausible, and store an alert once per last work in the ledger."""
    with database.reading() as connection:
        last = last_started(connection)
    days = settings.jobs.clock_tolerance_days
    if last is None or not clock_contradicts(last, now, days):
        return False
    away = f"{abs(now - last).days} days {'before' if now < last else 'after'} it"
    message = (
        f"the last work began {last:%Y-%m-%d %H:%M} UTC, and the clock is {away}: wanted at most {days}; set "
        "the clock right, or when it is right, do 'hotspots schedule --once inbox' by hand"
    )
    _note(database, "schedule", "failed", last, message, now)
    return True


def note_ending(
    connection: Connection,
    settings: Settings,
    job: str,
    *,
    planned_for: datetime,
    counts: Mapping[str, int],
    import_ids: Sequence[int] = (),
    refused_files: Sequence[str] = (),
    problem: str | None,
    now: datetime,
) -> None:
    """Store an alert if a planned run failed (`problem`), or if its counts or its imports are odd."""
    if problem is not None:
        last = last_done_for(connection, job, now)
        raise_alert(connection, job, "failed", about=last or NEVER, message=problem, now=now)
        return
    odd = _about_imports(connection, settings, import_ids)
    read, rejected = counts.get("read", 0), counts.get("rejected", 0)
    if not any(REFUSED in one for one in odd) and has_many_rejected(read, rejected, settings.health):
        odd.insert(0, f"{rejected} of {read} {REFUSED}")
    files, refused = counts.get("files", 0), counts.get("refusedFiles", 0)
    if refused:
        named = f" ({'; '.join(refused_files[:SHOWN_FLAWS])})" if refused_files else ""
        folder = f"see the folder refused of the inbox{named}"
        odd.append(f"{refused} of {files} files were refused as a whole: {folder}")
    if job == "weekly":
        as_of = last_sunday_before(settings.municipality.local_day(now))
        last_week, *before = week_counts = read_week_counts(connection, settings, as_of)
        if has_few_reports(week_counts, settings.health):
            few = f"{last_week} reports in the week to {as_of}, where {usual(before):.0f} is usual"
            odd.append(f"{few}: is something not delivered?")
    if odd:
        raise_alert(connection, job, "odd", about=planned_for, message="; ".join(odd), now=now)


def _about_imports(connection: Connection, settings: Settings, import_ids: Sequence[int]) -> list[str]:
    """What began to be wrong with the deliveries of a run, and which were refused for a large part."""
    odd = []
    for import_id in import_ids:
        delivery = read_delivery(connection, import_id, weeks=settings.health.compared_weeks)
        last = delivery.last
        told = [flaw.alert for flaw in new_flaws(delivery, settings.health)]
        if has_many_rejected(last.read, last.rejected, settings.health):
            why = f"see why on page /beheer/imports/{import_id}, and mend the export or its mapping"
            told.insert(0, f"{last.rejected} of {last.read} {REFUSED}: {why}")
        # quoted, as all names that others gave: logs and mails leave that out
        odd += [f"{last.source}, import {last.id} ('{last.file_name}'): {flaw}" for flaw in told]
    more = len(odd) - SHOWN_FLAWS
    return odd if more <= 0 else [*odd[:SHOWN_FLAWS], f"and {more} more: see hotspots status"]


def note_failure(database: Database, job: str, message: str, *, now: datetime) -> None:
    """Store an alert about a failed run that may be missing from the ledger."""
    with database.reading() as connection:
        last = last_done_for(connection, job, now)
    _note(database, job, "failed", last or NEVER, message, now)


def tell_alerts(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    tell: Callable[[Settings, Sequence[Alert]], bool] | None = None,
) -> None:
    """Send every alert that was not sent yet; those that fail are sent later.

    Sending by command and by mail are independent: a failure of one does not make the other send twice.
    """
    try:
        with database.reading() as connection:
            has_untold = bool(untold_alerts(connection))
        if has_untold:
            _tell_by_command(database, settings, now, tell or _tell)
        if settings.jobs.alert_mail:
            _mail_alerts(database, settings, now)
    except (HotspotsError, SQLAlchemyError):
        structlog.stdlib.get_logger().exception("alerts could not be told")


def _tell_by_command(
    database: Database, settings: Settings, now: datetime, tell: Callable[[Settings, Sequence[Alert]], bool]
) -> None:
    try:
        with database.exclusive_lock(TELLER):
            with database.reading() as connection:
                alerts = untold_alerts(connection)
            if alerts and tell(settings, alerts):
                with database.writing() as connection:
                    mark_told(connection, alerts, now)
    except LockedError:
        structlog.stdlib.get_logger().info("alerts are being told elsewhere")


def _tell(settings: Settings, alerts: Sequence[Alert]) -> bool:
    log = structlog.stdlib.get_logger()
    for alert in alerts:
        log.error(
            f"alert: {alert.job} {alert.kind}",
            message=without_quotes(alert.message),
            about=alert.about.isoformat(),
        )
    if not settings.jobs.alert_command:
        return True
    as_dicts = [
        {"job": alert.job, "kind": alert.kind, "about": alert.about.isoformat(), "message": alert.message}
        for alert in alerts
    ]
    try:
        subprocess.run(  # noqa: S603  # the administrator's own command, without a shell
            settings.jobs.alert_command,
            input=json.dumps(as_dicts),
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.error("the alert command failed", error=type(error).__name__)  # noqa: TRY400
        return False
    return True


def _mail_alerts(database: Database, settings: Settings, now: datetime) -> None:
    with database.writing() as connection:
        alerts = begin_alert_mail(connection, now=now, pauses=PAUSES, attempts=settings.mail.attempts)
    if not alerts:
        return
    mail = compose_alerts(
        alerts,
        addresses=settings.jobs.alert_mail,
        service=settings.service.address,
        sender=settings.mail.sender,
        now=now,
    )
    try:
        with mail_server(settings.mail) as server:
            send(server, mail)
    except MailError as error:
        structlog.stdlib.get_logger().warning("alerts could not be mailed", problem=str(error))
        with database.writing() as connection:
            undo_alert_mail(connection, alerts)


def _note(
    database: Database, job: str, kind: AlertKind, about: datetime, message: str, now: datetime
) -> None:
    try:
        with database.writing() as connection:
            raise_alert(connection, job, kind, about=about, message=message, now=now)
    except (HotspotsError, SQLAlchemyError):
        # the database itself failed, so only the log is left
        structlog.stdlib.get_logger().exception(f"alert: {job} {kind}", message=without_quotes(message))
