"""Mails about a new week, and mails about unattended work that went wrong.

A mail about a week has a link to the report, never its contents, and a one-click unsubscribe (RFC 8058). Its
Message-ID stays the same when sending is tried again.
"""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from urllib.parse import quote, urlsplit
from uuid import UUID

from hotspots.access.signed_links import SigningKey
from hotspots.errors import AddressRefusedError, MailError
from hotspots.operations.job_alerts import Alert
from hotspots.operations.logs import without_quotes
from hotspots.publishing.notices import DueNotice, Told
from hotspots.publishing.subscriptions import UNSUBSCRIBE, MailKind
from hotspots.settings import MailSettings, is_address
from hotspots.wording import week, week_code

PERMANENT = 500
"""Reply codes from here on are permanent failures (RFC 5321, 4.2.1)."""

_ALERTS = {"failed": "is mislukt", "late": "is te laat", "odd": "gaf ongewone aantallen"}


def compose(
    *,
    subscription_id: str,
    address: str,
    peildatum: date,
    gebieden: Sequence[str] | None,
    service: str,
    sender: str,
    key: SigningKey,
    now: datetime,
    weeks: int = 1,
    stopped: str = "",
    is_ready: bool = True,
) -> EmailMessage:
    """Compose the mail to one person about a week, or about several weeks of which this is the last.

    Parameters
    ----------
    gebieden
        Names of the areas of this person; None for the whole municipality.
    service
        Public address of the service, without a slash at the end.
    stopped
        That signalling is stopped, in a sentence; empty while it runs.
    is_ready
        Whether there is a report: there is none of a week in which signalling was stopped.

    Raises
    ------
    AddressRefusedError
        If no mail can have this address.
    """
    code = week_code(peildatum)
    days = [peildatum - timedelta(weeks=back) for back in range(weeks)]
    places = [("De hele gemeente", "")]
    if gebieden is not None:
        places = [(_one_line(gebied), f"&gebied={quote(gebied, safe='')}") for gebied in gebieden]
    links = [
        f"{f'{week(day).capitalize()}, ' if weeks > 1 else ''}{name}: "
        f"{service}/rapport?week={week_code(day)}{query}"
        for day in days
        for name, query in places
    ]
    ready = (
        f"Het weekrapport van {week(peildatum)} staat klaar."
        if weeks == 1
        else f"De weekrapporten tot en met {week(peildatum)} staan klaar."
    )
    reading = f"{ready} U leest {'het' if weeks == 1 else 'ze'} na aanmelden:"
    if not is_ready:
        reading = "Er is geen nieuw weekrapport. Wat op de lijst staat, leest u na aanmelden:"
        links = [f"{service}/"]
    way_out = f"{service}/mail-stoppen/{key.sign(UNSUBSCRIBE, subscription_id)}"
    lines = [
        "Goedendag,",
        "",
        *([stopped, ""] if stopped else []),
        reading,
        "",
        *links,
        "",
        "Deze mail bevat geen gegevens uit het rapport.",
        f"Geen mail meer ontvangen: {way_out}",
        "",
    ]
    mail = begin_mail(
        f"{'Weekrapport' if is_ready else 'Geen weekrapport'} overlast, {week(peildatum)}",
        addresses=[address],
        sender=sender,
        message_id=f"<{code}.{subscription_id}@{urlsplit(service).hostname}>",
        now=now,
    )
    mail["List-Unsubscribe"] = f"<{way_out}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n".join(lines), cte="quoted-printable")
    return mail


def compose_notice(
    notice: DueNotice,
    told: Sequence[Told],
    *,
    service: str,
    sender: str,
    key: SigningKey,
    now: datetime,
    stopped: str = "",
) -> EmailMessage:
    """Compose the mail to one person about what was assigned, or what changed where the person follows.

    Each place by its number, and by its name where that points at nobody, with a link; nothing of a report.

    Raises
    ------
    AddressRefusedError
        If no mail can have this address.
    """
    lines_of, subject = _NOTICES[notice.kind]
    way_out = f"{service}/mail-stoppen/{key.sign(UNSUBSCRIBE, _id_of(notice), str(notice.kind))}"
    lines = ["Goedendag,", "", *([stopped, ""] if stopped else []), lines_of, ""]
    for one in told:
        name = one.number if one.name is None else f"{_one_line(one.name)} ({one.number})"
        what = f": {', '.join(one.what)}" if one.what else ""
        lines += [f"- {name}{what}", f"  {service}/hotspots/{one.number}"]
    lines += ["", "U leest meer na aanmelden. Deze mail bevat geen gegevens uit meldingen."]
    lines += [f"Deze mail niet meer ontvangen: {way_out}", ""]
    mail = begin_mail(
        subject,
        addresses=[notice.address],
        sender=sender,
        message_id=f"<{notice.kind}.{notice.day:%Y%m%d}.{_id_of(notice)}@{urlsplit(service).hostname}>",
        now=now,
    )
    mail["List-Unsubscribe"] = f"<{way_out}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n".join(lines), cte="quoted-printable")
    return mail


_NOTICES = {
    MailKind.ASSIGNED: ("Deze plekken zijn aan u of uw organisatie toegewezen:", "Hotspots aan u toegewezen"),
    MailKind.FOLLOWED: ("Bij deze plekken, die u volgt, is iets veranderd:", "Hotspots die u volgt"),
}


def _id_of(notice: DueNotice) -> str:
    return UUID(notice.subscription_id).hex


def compose_alerts(
    alerts: Sequence[Alert], *, addresses: Sequence[str], service: str, sender: str, now: datetime
) -> EmailMessage:
    """Compose the mail about alerts of unattended work, without any value from a report.

    `service` is the public address of the service, without a slash at the end; empty gives no link.
    """
    first, *more = [f"taak '{_one_line(alert.job)}' {_ALERTS[alert.kind]}" for alert in alerts]
    lines = ["Goedendag,", "", "Bij het onbemande werk van hotspots is iets dat aandacht vraagt:", ""]
    for alert in alerts:
        lines.append(f"- De taak '{_one_line(alert.job)}' {_ALERTS[alert.kind]}.")
        lines.append(f"  Melding van het programma: {_one_line(without_quotes(alert.message))}")
    where = f"{service}/beheer" if service else "'hotspots status' op de server"
    lines += ["", f"Hoe het nu gaat en wat u kunt doen: {where}", ""]
    numbers = ".".join(str(alert.id) for alert in alerts[:20])
    mail = begin_mail(
        f"Hotspots: {first}" + (f", en nog {len(more)}" if more else ""),
        addresses=addresses,
        sender=sender,
        message_id=f"<alert.{numbers}@{domain_of(sender)}>",
        now=now,
    )
    mail.set_content("\n".join(lines), cte="quoted-printable")
    return mail


def begin_mail(
    subject: str, *, addresses: Sequence[str], sender: str, message_id: str, now: datetime
) -> EmailMessage:
    """Give a mail of the service, without its text yet.

    Raises
    ------
    AddressRefusedError
        If no mail can have one of these addresses: an earlier version took some.
    """
    if not all(map(is_address, addresses)):
        raise AddressRefusedError("wanted a mail address, found one that no server takes: enter another")
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = sender
    mail["To"] = [Address(addr_spec=address) for address in addresses]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def domain_of(sender: str) -> str:
    """The domain of who sends, for the id of a mail.

    Examples
    --------
    >>> domain_of("Hotspots <overlast@gemeente.example>")
    'gemeente.example'
    """
    return sender.rpartition("@")[2].rstrip(">")


@contextmanager
def mail_server(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """Connect to the mail server, with the configured security.

    Raises
    ------
    MailError
        If the server can't be reached, its certificate is invalid, or it refuses the login.
    """
    context = ssl.create_default_context()
    kind = partial(smtplib.SMTP_SSL, context=context) if settings.security == "tls" else smtplib.SMTP
    try:
        server: smtplib.SMTP = kind(settings.host, settings.port, timeout=settings.timeout_s)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(_problem(settings, "can't be reached", error)) from None
    with server:
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, settings.password.get_secret_value())
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_problem(settings, "does not let us in", error)) from None
        yield server


def send(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Hand a mail to the server, once; retries take hours, so the database keeps track of them.

    Raises
    ------
    AddressRefusedError
        If there is no such mailbox, so that trying again is useless.
    MailError
        If the mail is refused for now, or for another reason.
    """
    try:
        server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        kind = AddressRefusedError if code >= PERMANENT else MailError
        raise kind(f"the mail server refused the address (code {code})") from None
    except smtplib.SMTPResponseException as error:
        raise MailError(f"the mail server refused the mail (code {error.smtp_code})") from None
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise MailError(f"the mail could not be sent ({type(error).__name__})") from None


def _problem(settings: MailSettings, what: str, error: Exception) -> str:
    # the server's own message may contain a name or password
    return f"the mail server '{settings.host}:{settings.port}' {what} ({type(error).__name__}): see [mail]"


def _one_line(text: str) -> str:
    return " ".join(text.split())
