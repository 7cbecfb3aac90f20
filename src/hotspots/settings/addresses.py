"""Addresses of the web and of mail that settings and people give: whether they can be used."""

from ipaddress import ip_address
from socket import inet_aton
from urllib.parse import urlsplit


def require_https(address: str) -> str:
    """Give an address back if nobody on the way can listen in: https, or http on this machine.

    Raises
    ------
    ValueError
        If it is another; an empty one is none, and is given back.

    Examples
    --------
    >>> require_https("https://login.example.org"), require_https("http://localhost:8080"), require_https("")
    ('https://login.example.org', 'http://localhost:8080', '')
    """
    if address and not is_private_way(address):
        raise ValueError(f"wanted an address that begins with https://, found {address!r}")
    return address


def is_private_way(address: str) -> bool:
    """Whether nobody on the way can listen in: https, or http on this machine.

    Examples
    --------
    >>> [is_private_way(address) for address in ("https://a.example.org", "http://[::1]:80", "http://a.local")]
    [True, True, False]
    """
    parts = urlsplit(address)
    is_local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or is_local


def require_receiver(address: str) -> str:
    """Give an address back if something can be sent there, and it holds no name or password.

    Raises
    ------
    ValueError
        If it is no address of the web, or holds what it should not.

    Examples
    --------
    >>> require_receiver("https://zaken.example.org/hotspots?key=1")
    'https://zaken.example.org/hotspots?key=1'
    """
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or not address.isascii() or not address.isprintable() or " " in address:
        raise ValueError(f"wanted an address such as 'https://zaken.example.org/hotspots', found {address!r}")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("wanted an address without a name, a password or a '#', found one with it")
    return address


def is_outside(address: str) -> bool:
    """Whether an address leads away from this machine and what lies right beside it, in whatever form it is.

    What stands in the network of the organisation is outside: its systems are there.

    Examples
    --------
    >>> [is_outside(f"https://{host}/") for host in ("zaken.example.org", "10.0.0.8", "[::1]", "0x7f.1")]
    [True, True, False, False]
    >>> [is_outside(f"https://{host}/") for host in ("169.254.169.254", "[::ffff:127.0.0.1]", "a.localhost.")]
    [False, False, False]
    """
    host = (urlsplit(address).hostname or "").rstrip(".")
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            ip = ip_address(inet_aton(host))  # as a number, or with less than four
        except OSError:
            return host != "localhost" and not host.endswith(".localhost")
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast)


def is_address(text: str) -> bool:
    """Whether this can be the address of one mailbox; nobody is asked whether it exists.

    Examples
    --------
    >>> [is_address(text) for text in ("a@example.org", "a@b@example.org", "a", "a@x.org\\nBcc: b@x.org")]
    [True, False, False, False]
    >>> is_address(65 * "a" + "@example.org")
    False
    """
    from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

    SPECIAL_USE_DOMAIN_NAMES.clear()  # mail within an organisation often goes to such as gemeente.local
    try:
        validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        return False
    # nor an address in other letters, nor of a machine without a domain
    return text.isascii() and "." in text.partition("@")[2]
