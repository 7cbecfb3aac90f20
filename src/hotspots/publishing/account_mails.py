"""Mails about somebody's account: a link to choose a password, and that the second step was taken off."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import make_msgid

from sqlalchemy import select

from hotspots.publishing.mailing import begin_mail, domain_of, mail_server, send
from hotspots.settings import MailSettings
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
    mail = begin_mail(
        subject,
        addresses=[address],
        sender=settings.sender,
        message_id=make_msgid(domain=domain_of(settings.sender)),
        now=now,
    )
    mail.set_content("\n".join(["Goedendag,", "", *lines, ""]), cte="quoted-printable")
    with mail_server(settings) as server:
        send(server, mail)
