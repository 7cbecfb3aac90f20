"""A system that is told what happens: what it may know, how it stands, and the secret that signs for it."""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from hotspots.access.rights import Visibility
from hotspots.access.sealing import seal, unseal
from hotspots.access.signed_links import SigningKey
from hotspots.errors import NotFoundError
from hotspots.model import EVENTS_OF_CASES, EventType
from hotspots.settings import Settings
from hotspots.store.event_tables import event_subscribers, events

SECRET_PREFIX = "whsec_"  # noqa: S105  # as https://www.standardwebhooks.com writes a secret

NO_GEBIED = "there is no gebied "
"""What is told of a subscriber of the settings file that names one; its name follows."""

_AT_REST = "secret of a subscriber of events"


@dataclass(frozen=True)
class Subscriber:
    """A system that is told what happens, without its secret."""

    id: str
    name: str
    url: str
    types: tuple[EventType, ...]
    gebieden: tuple[str, ...] | None  # None: everywhere
    reads_dwellings: bool
    reads_cases: bool
    is_from_file: bool
    is_paused: bool
    created_at: datetime
    created_by: str
    has_former_secret: bool
    rests_until: datetime | None
    failing_since: datetime | None
    answered_at: datetime | None
    problem: str | None

    @property
    def visibility(self) -> Visibility:
        """Which hotspots it may know of: none that points at persons, unless it was said so."""
        areas = None if self.gebieden is None else frozenset(self.gebieden)
        return Visibility(areas, areas if self.reads_dwellings else frozenset())


@dataclass(frozen=True)
class SubscriberState:
    """A subscriber, and how many events there are for it."""

    subscriber: Subscriber
    waiting: int
    sent: int
    dead: int
    withheld: int
    oldest_waiting: datetime | None  # when it happened


def permitted_types(*, reads_cases: bool) -> tuple[EventType, ...]:
    """All types that a subscriber may be told.

    Examples
    --------
    >>> EventType.MEASURE in permitted_types(reads_cases=False)
    False
    """
    return tuple(kind for kind in EventType if reads_cases or kind not in EVENTS_OF_CASES)


def read_subscribers(connection: Connection) -> list[SubscriberState]:
    """All subscribers by name, and how many events there are for each."""
    table = event_subscribers
    counted = select(
        events.c.subscriber_id, events.c.state, func.count(), func.min(events.c.at, type_=events.c.at.type)
    ).group_by(events.c.subscriber_id, events.c.state)
    counts = {(row[0], row[1]): (int(row[2]), row[3]) for row in connection.execute(counted)}
    nothing: tuple[int, datetime | None] = (0, None)
    return [
        SubscriberState(
            subscriber_of(row),
            waiting=counts.get((row.id, "waiting"), nothing)[0],
            sent=counts.get((row.id, "sent"), nothing)[0],
            dead=counts.get((row.id, "dead"), nothing)[0],
            withheld=counts.get((row.id, "withheld"), nothing)[0],
            oldest_waiting=counts.get((row.id, "waiting"), nothing)[1],
        )
        for row in connection.execute(select(table).order_by(table.c.name))
    ]


def find_subscriber(connection: Connection, name_or_id: str) -> Subscriber:
    """A subscriber by its name or id; raises NotFoundError if there is none."""
    table = event_subscribers
    query = select(table).where(or_(table.c.id == name_or_id, table.c.name == name_or_id))
    row = connection.execute(query.order_by(table.c.id != name_or_id)).first()  # the id, if one is called so
    if row is None:
        raise NotFoundError(f"there is no subscriber '{name_or_id}': 'hotspots events list' gives them")
    return subscriber_of(row)


def subscriber_of(row: Row[Any]) -> Subscriber:
    """The subscriber of a row of ``event_subscribers``."""
    return Subscriber(
        id=row.id,
        name=row.name,
        url=row.url,
        types=tuple(EventType(kind) for kind in row.types),
        gebieden=None if row.gebieden is None else tuple(row.gebieden),
        reads_dwellings=row.reads_dwellings,
        reads_cases=row.reads_cases,
        is_from_file=row.is_from_file,
        is_paused=row.is_paused,
        created_at=row.created_at,
        created_by=row.created_by,
        has_former_secret=row.former_secret is not None,
        rests_until=row.rests_until,
        failing_since=row.failing_since,
        answered_at=row.answered_at,
        problem=row.problem,
    )


def new_secret() -> str:
    """A secret of 32 random bytes, as it is shown once."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sealed_secret(key: SigningKey, subscriber_id: str, secret: str) -> bytes:
    """A secret as the database keeps it."""
    return seal(key.code(_AT_REST, subscriber_id), secret.encode())


def read_secrets(
    connection: Connection, settings: Settings, key: SigningKey, subscriber: Subscriber
) -> Sequence[bytes]:
    """The keys that sign for a subscriber, the one in force first; none if they can't be read.

    A sealed one can't when the key of the service is another since: then it gets a new one.
    """
    if subscriber.is_from_file:
        chosen = next((one for one in settings.events.subscriptions if one.name == subscriber.name), None)
        return [] if chosen is None else [key_of_secret(line) for line in chosen.secrets()]
    table = event_subscribers
    query = select(table.c.secret, table.c.former_secret).where(table.c.id == subscriber.id)
    sealed = [part for part in connection.execute(query).one() if part is not None]
    opened = [unseal(key.code(_AT_REST, subscriber.id), part) for part in sealed]
    return [key_of_secret(secret) for secret in opened if secret is not None]


def key_of_secret(secret: bytes) -> bytes:
    """The bytes that sign: what stands in base64 after the prefix, else the secret as it is written.

    Examples
    --------
    >>> key_of_secret(b"whsec_AAEC"), key_of_secret(b"plain")
    (b'\\x00\\x01\\x02', b'plain')
    """
    prefix = SECRET_PREFIX.encode()
    if not secret.startswith(prefix):
        return secret
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except binascii.Error:
        return secret
