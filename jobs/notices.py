"""The mails about what was assigned to people, and about what changed where they follow; each once."""

from collections import Counter
from email.message import EmailMessage

from hotspots.access.signed_links import SigningKey, load_signing_key
from hotspots.errors import MailError
from hotspots.publishing.followed_changes import as_told, read_changes
from hotspots.publishing.mailing import compose_notice
from hotspots.publishing.notices import (
    DueNotice,
    Told,
    begin_notice,
    due_notices,
    end_notice,
    read_assigned,
    reader_of_notice,
)
from hotspots.publishing.subscriptions import MailKind
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.locks import Heartbeat
from hotspots.tracking.signalling import stopped_sentence
from jobs.runner import Clock, Counts
from jobs.sending import Outgoing, send_all


def tell_people(database: Database, settings: Settings, *, clock: Clock, heartbeat: Heartbeat) -> Counts:
    """Send the mails that are due today; what one may know is asked at the moment of sending.

    Raises
    ------
    MailError
        If the mail server can't be reached, or refused a mail that can be tried again.
    """
    counts = Counter[str]()
    if not (settings.mail.host and settings.service.address):
        return {"mails": 0, "refusedMails": 0}
    day = settings.municipality.local_day(clock())
    for kind in (MailKind.ASSIGNED, MailKind.FOLLOWED):
        with database.reading() as connection:
            due = due_notices(connection, kind, day=day, now=clock(), attempts=settings.mail.attempts)
        if due:
            key = load_signing_key(settings.service)
            mails = (_outgoing(database, settings, clock, key, notice) for notice in due)
            counts += send_all(settings.mail, mails, heartbeat)
    if counts["waiting"]:
        raise MailError(f"{counts['waiting']} of {counts.total()} mails could not be sent: tried again later")
    return {"mails": counts["sent"], "refusedMails": counts["refused"]}


def _outgoing(
    database: Database, settings: Settings, clock: Clock, key: SigningKey, notice: DueNotice
) -> Outgoing:
    def compose() -> EmailMessage | None:
        told = _told(database, settings, notice)
        if not told:
            return None
        with database.reading() as connection:
            stopped = stopped_sentence(connection, settings)
        own = {"service": settings.service.address, "sender": settings.mail.sender, "stopped": stopped}
        return compose_notice(notice, told, key=key, now=clock(), **own)

    def begin() -> int:
        with database.writing() as connection:
            return begin_notice(connection, notice, now=clock())

    def end(problem: str | None, is_over: bool) -> None:  # as every mail is ended
        with database.writing() as connection:
            end_notice(connection, notice, now=clock(), problem=problem, is_over=is_over)

    return Outgoing(compose, begin, end)


def _told(database: Database, settings: Settings, notice: DueNotice) -> list[Told]:
    """What there is to tell, with the rights of this moment."""
    with database.reading() as connection:
        actor = reader_of_notice(connection, notice)
        if actor is None:
            return []
        if notice.kind is MailKind.ASSIGNED:
            return read_assigned(connection, settings, actor, since=notice.since, until=notice.until)
        return as_told(read_changes(connection, settings, actor, since=notice.since, until=notice.until))
