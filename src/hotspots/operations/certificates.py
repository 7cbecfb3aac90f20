"""The certificates of what is reached over TLS: until when they hold, and whether they are trusted."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

_HAS_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED


@dataclass(frozen=True)
class Certificate:
    """What was found at an address."""

    address: str
    ends_at: datetime | None = None
    problem: str = ""  # why it is not trusted, or could not be asked; empty: it is
    has_ended: bool = False


def read_certificate(address: str, *, timeout_s: float) -> Certificate:
    """Ask an https address for its certificate; it is judged by what this machine trusts."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=timeout_s) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as encrypted,
        ):
            found = encrypted.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Certificate(address, problem=error.verify_message, has_ended=error.verify_code == _HAS_EXPIRED)
    except OSError as error:
        return Certificate(address, problem=error.strerror or str(error))
    ends = ssl.cert_time_to_seconds(str(found["notAfter"]))
    return Certificate(address, datetime.fromtimestamp(ends, UTC))
