"""A mail server on loopback, for the jobs that send mail; and places for them to tell of."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from tests.hotspots.conftest import gebied_of_buurt, oov, placed
from tests.mailbox import Mailbox

__all__ = ["gebied_of_buurt", "oov", "placed"]


@pytest.fixture
def mailbox() -> Mailbox:
    """Of the mail server."""
    return Mailbox()


@pytest.fixture
def mail_port(mailbox: Mailbox) -> Iterator[int]:
    """A mail server on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()
