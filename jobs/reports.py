"""The weekly reports, as files per gebied, and the mails about them; each once, even if repeated."""

import shutil
from datetime import date
from functools import partial
from uuid import UUID

from hotspots.access.rights import EVERYTHING
from hotspots.access.signed_links import load_signing_key
from hotspots.errors import MailError, NotFoundError, StoreError
from hotspots.operations.timetable import last_sunday_before
from hotspots.publishing.file_names import file_name, file_name_of_all
from hotspots.publishing.mailing import compose
from hotspots.publishing.subscriptions import DueMail, begin_mail, due_mails, end_mail
from hotspots.publishing.weekly_report import Audience, build_area_report, team_of
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from hotspots.tracking.runs import latest_run
from hotspots.tracking.signalling import read_signalling, stopped_sentence
from hotspots.wording import week_code
from jobs.runner import Clock, Counts
from jobs.sending import Outgoing, send_all

_SHOWN_LETTERS = 60


def report_weekly(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Counts:
    """Write the missing reports of last week, and send the mails that were not sent yet.

    While signalling is stopped the mails say so, and that there is no report.

    Raises
    ------
    NotFoundError
        If the weekly run of last week is not done yet.
    StoreError
        If a report could not be written; the others were, and the mails were sent.
    MailError
        If the mail server can't be reached, or refused a mail that can be tried again. The next attempt does
        only what is left.
    """
    last = last_sunday_before(settings.municipality.local_day(clock()))
    with database.reading() as connection:
        latest = latest_run(connection, last)
        is_stopped = read_signalling(connection).is_stopped
    if latest != last and is_stopped:
        sent, refused, waiting = _send_mails(database, settings, last, clock, heartbeat, is_ready=False)
        _require_all_sent(sent, refused, waiting)
        return {"reports": 0, "mails": sent, "refusedMails": refused}
    if latest != last:  # a run of a later day, done by hand, does not count as last week's
        raise NotFoundError(f"the run of {last} is not done yet: its reports wait for it")
    written, unwritten = _write_reports(database, settings, last, clock, heartbeat)
    sent, refused, waiting = _send_mails(database, settings, last, clock, heartbeat)
    if unwritten:
        raise StoreError(f"{len(unwritten)} weekly report(s) could not be written: {'; '.join(unwritten)}")
    _require_all_sent(sent, refused, waiting)
    return {"reports": written, "mails": sent, "refusedMails": refused}


def _require_all_sent(sent: int, refused: int, waiting: int) -> None:
    if waiting:
        raise MailError(f"{waiting} of {sent + refused + waiting} mails could not be sent: tried again later")


def _write_reports(
    database: Database, settings: Settings, peildatum: date, clock: Clock, heartbeat: Heartbeat
) -> tuple[int, list[str]]:
    """Write the missing reports; gives how many, and which could not be written and why."""
    from hotspots.publishing.report_files import report_stem, write_report

    folder = settings.jobs.reports / week_code(peildatum)
    with database.reading() as connection:
        gebieden = names_of_gebieden(connection, settings.areas.gebieden)
    for left_behind in folder.glob(".weekrapport-*"):  # of a run that was killed
        shutil.rmtree(left_behind)
    written, unwritten = 0, list[str]()
    for gebied in (None, *gebieden):
        name = file_name_of_all(settings.municipality) if gebied is None else file_name(gebied)
        if (folder / f"{report_stem(peildatum, name)}.gpkg").exists():  # the last of its files
            continue
        audience = Audience(EVERYTHING) if gebied is None else team_of(gebied)
        with processing(database, "weekrapport maken", now=clock()), database.reading() as connection:
            report = build_area_report(
                connection, settings, peildatum=peildatum, area=gebied, audience=audience
            )
        try:
            write_report(report, folder, name, decimal_sign=settings.export.decimal_sign)
            written += 1
        except StoreError as error:
            unwritten.append(f"'{(gebied or settings.municipality.name)[:_SHOWN_LETTERS]}' ({error})")
        heartbeat()
    return written, unwritten


def _send_mails(
    database: Database,
    settings: Settings,
    peildatum: date,
    clock: Clock,
    heartbeat: Heartbeat,
    *,
    is_ready: bool = True,
) -> tuple[int, int, int]:
    """Send the due mails; gives how many were sent, refused for good, and left to try again."""
    if not (settings.mail.host and settings.service.address):
        return 0, 0, 0
    with database.reading() as connection:
        due = due_mails(connection, peildatum, attempts=settings.mail.attempts)
        stopped = stopped_sentence(connection, settings)
    if not due:
        return 0, 0, 0
    key = load_signing_key(settings.service)

    def outgoing(mail: DueMail) -> Outgoing:
        def begin() -> int:
            with database.writing() as connection:
                return begin_mail(connection, mail, peildatum, now=clock())

        def end(problem: str | None, is_over: bool) -> None:  # as every mail is ended
            with database.writing() as connection:
                end_mail(connection, mail, peildatum, now=clock(), problem=problem, is_over=is_over)

        composed = partial(
            compose,
            subscription_id=UUID(mail.subscription_id).hex,
            address=mail.address,
            peildatum=peildatum,
            gebieden=mail.gebieden,
            service=settings.service.address,
            sender=settings.mail.sender,
            key=key,
            weeks=mail.weeks,
            stopped=stopped,
            is_ready=is_ready,
        )
        return Outgoing(lambda: composed(now=clock()), begin, end)

    counts = send_all(settings.mail, map(outgoing, due), heartbeat)
    return counts["sent"], counts["refused"], counts["waiting"]
