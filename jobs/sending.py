"""Sends mails one by one; each attempt is kept before and after it: none is sent twice or tried for ever."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage

import structlog

from hotspots.errors import AddressRefusedError, MailError
from hotspots.publishing.mailing import mail_server, send
from hotspots.settings import MailSettings
from hotspots.store.locks import Heartbeat


@dataclass(frozen=True)
class Outgoing:
    """A mail to send."""

    compose: Callable[[], EmailMessage | None]  # at the moment of sending; None if there is nothing to send
    begin: Callable[[], int]  # counts the attempt, from 1
    end: Callable[[str | None, bool], None]  # the problem, and whether it is over


def send_all(settings: MailSettings, mails: Iterable[Outgoing], heartbeat: Heartbeat) -> Counter[str]:
    """Send mails; gives how many were ``sent``, ``refused`` for good, and are ``waiting`` to be tried again.

    Raises
    ------
    MailError
        If the mail server can't be reached.
    """
    counts = Counter[str]()
    with ExitStack() as connections:
        server = None
        for mail in mails:
            try:
                composed, problem = mail.compose(), None
            except AddressRefusedError as error:
                composed, problem = None, str(error)
            if composed is None and problem is None:
                continue
            if server is None or server.sock is None:  # the server hung up on the one before
                server = connections.enter_context(mail_server(settings))
            attempt, outcome = mail.begin(), "sent"
            try:
                if composed is None:
                    raise AddressRefusedError(problem)
                send(server, composed)
            except MailError as error:
                problem = str(error)
                is_refused = isinstance(error, AddressRefusedError) or attempt >= settings.attempts
                outcome = "refused" if is_refused else "waiting"
                structlog.stdlib.get_logger().warning("mail refused", problem=problem)
            mail.end(problem, outcome == "refused")
            counts[outcome] += 1
            heartbeat()
    return counts
