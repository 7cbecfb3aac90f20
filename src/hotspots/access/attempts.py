"""Wrong passwords under a name: who waits after them, and who doesn't.

Counted per name and device or origin, so that somebody else's guesses keep nobody out: a device on which
this person signed in before has a count of its own (OWASP, device cookies), and so has each network. What all
unknown ones do together under a name is counted too, or many machines could guess as much as they like.
Names, addresses and devices are kept as hashes only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotspots.access.passwords import hash_token, locked_until
from hotspots.errors import LockedOutError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import sign_in_attempts

KEPT_ATTEMPTS = timedelta(days=1)
"""How long wrong passwords under a name are remembered."""


@dataclass(frozen=True)
class Knock:
    """Who tries to sign in under a name, as far as that is known beforehand."""

    name: str
    origin: str = ""  # the address it comes from
    device: str | None = None  # of one on which this name signed in before

    @property
    def everywhere(self) -> str:
        """The key of the count of all unknown devices together."""
        return hash_token(self.name)

    @property
    def here(self) -> str:
        """The key of the count of this device, or else this network."""
        own = f"origin {network_of(self.origin)}" if self.device is None else f"device {self.device}"
        return hash_token(f"{self.name}\x00{own}")


def network_of(origin: str) -> str:
    """The network that one customer has all addresses of: an IPv4 address, or 64 bits of an IPv6 one.

    Examples
    --------
    >>> [network_of(origin) for origin in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1:2:3:4", "")]
    ['192.0.2.7', '192.0.2.7', '2001:db8::/64', '']
    """
    try:
        address = ip_address(origin)
    except ValueError:
        return origin
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def count_attempt(connection: Connection, settings: SignInSettings, knock: Knock, now: datetime) -> None:
    """Count an attempt before the password is looked at, so that many at once gain nothing.

    Raises
    ------
    LockedOutError
        If there were too many before; then this one does not count.
    """
    table = sign_in_attempts
    connection.execute(delete(table).where(table.c.failed_at < now - KEPT_ATTEMPTS))
    if knock.device is None:
        _count(connection, settings, knock.everywhere, now, free=settings.attempts_from_anywhere)
    _count(connection, settings, knock.here, now, free=settings.attempts_before_delay)


def forget_attempts(connection: Connection, knock: Knock) -> None:
    """Begin anew after the right password."""
    keys = (knock.everywhere, knock.here)
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.name_hash.in_(keys)))


def wrong_before(connection: Connection, knock: Knock) -> int:
    """How many wrong passwords unknown devices gave under this name since it last went well."""
    query = select(sign_in_attempts.c.failures).where(sign_in_attempts.c.name_hash == knock.everywhere)
    return connection.execute(query).scalar() or 0


def _count(connection: Connection, settings: SignInSettings, key: str, now: datetime, *, free: int) -> None:
    table = sign_in_attempts
    row = connection.execute(select(table).where(table.c.name_hash == key).with_for_update()).first()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(name_hash=key, failures=1, failed_at=now))
        except IntegrityError:  # another attempt at the same moment was first
            _count(connection, settings, key, now, free=free)
        return
    until = locked_until(row.failures, row.failed_at, settings, free=free)
    if until is not None and now < until:
        raise LockedOutError(int((until - now).total_seconds()) + 1)
    connection.execute(
        update(table).where(table.c.name_hash == key).values(failures=row.failures + 1, failed_at=now)
    )
