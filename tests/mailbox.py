"""What a mail server was given, for tests that send to a real one."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any


class Mailbox:
    """What a mail server was given; it refuses addresses at `refused.example`, and all while it is busy."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.is_busy = False

    async def handle_RCPT(  # noqa: N802  # as the server calls it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse an address."""
        if address.endswith("@refused.example"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # as the server calls it
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take or refuse a mail."""
        if self.is_busy:
            return "451 try again later"
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.received.append(parsed)
        return "250 OK"
