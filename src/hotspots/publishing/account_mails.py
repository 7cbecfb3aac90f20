"""Mails about somebody's account: a link to choose a password, and that the second step was taken off."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sqlalchemy import select

from hotspots.errors import AddressRefusedError
from hotspots.publishing.mailing import mail_server, send
from hotspots.settings import MailSettings, is_address
from hotspots.store.case_tables import subscriptions
from hotspots.store.database import Database


def send_link(
    settings: MailSettings, *, address: str, link: str, until: str, is_invitation: bool, now: datetime
) -> None:
    """Mail somebody the link to choose a password; it is in the mail alone, so nobody else has it.

    Parameters
    ----------
    until
        When it ends, as people write it.

    Raises
    ------
    AddressRefusedError, MailError
        If it is no mail address, or the mail server does not take it.
    """
    why = (
        "Er is een account voor u gemaakt. Kies met deze link een wachtwoord:"
        if is_invitation
        else "U vroeg om een nieuw wachtwoord. Kies het met deze link:"
    )
    subject = "Uw account: kies een wachtwoord" if is_invitation else "Kies een nieuw wachtwoord"
    ends = f"De link werkt één keer, tot {until}. Geef haar aan niemand."
    unasked = "Vroeg u hier niet om? Vertel het de functioneel beheerder."
    _send(settings, address, subject, [why, "", link, "", ends, unasked], now)


def tell_step_reset(database: Database, settings: MailSettings, *, user_id: str, now: datetime) -> bool:
    """Mail somebody that an administrator took the second step of their account off; False: nobody is told.

    Nobody is where they gave no address or want no mail any more, or this service sends no mail.

    Raises
    ------
    AddressRefusedError, MailError
        As :func:`send_link`.
    """
    own = select(subscriptions.c.address).where(
        subscriptions.c.user_id == user_id, subscriptions.c.ended_at.is_(None)
    )
    with database.reading() as connection:
        address: str | None = connection.execute(own).scalar()
    if address is None or not settings.host:
        return False
    lines = [
        "Een beheerder heeft de tweede stap van uw account weggehaald. U bent overal afgemeld.",
        "Meld u aan met uw wachtwoord, en stel de tweede stap opnieuw in bij uw account.",
        "",
        "Vroeg u hier niet om? Vertel het meteen de functioneel beheerder.",
    ]
    _send(settings, address, "De tweede stap van uw account is weggehaald", lines, now)
    return True


def _send(settings: MailSettings, address: str, subject: str, lines: Sequence[str], now: datetime) -> None:
    if not is_address(address):
        raise AddressRefusedError("wanted a mail address, found one that no server takes: enter another")
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = settings.sender
    mail["To"] = Address(addr_spec=address)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(["Goedendag,", "", *lines, ""]), cte="quoted-printable")
    with mail_server(settings) as server:
        send(server, mail)
