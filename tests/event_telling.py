"""A municipality that tells a system what happens, with a clock that a test moves."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from hotspots.access.signed_links import SigningKey
from hotspots.model import EventType
from hotspots.publishing.events.deriving import make_events
from hotspots.publishing.events.sending import send_to
from hotspots.publishing.events.subscribers import NewSubscription, subscribe
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.event_tables import events
from hotspots.store.run_tables import hotspot_states
from tests.event_receiver import Receiver

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
KEY = SigningKey(b"k" * 32)

EVERY = NewSubscription("zaaksysteem", "", reads_dwellings=True, reads_cases=True)


@dataclass
class Telling:
    """One subscriber, and what it is told; time passes only when a test says so."""

    database: Database
    settings: Settings
    receiver: Receiver
    now: datetime = NOW
    id: str = ""
    secret: str = ""

    def subscribe(self, subscription: NewSubscription = EVERY) -> str:
        """Have a system told what happens; gives its id."""
        wanted = replace(subscription, url=self.receiver.url)
        self.id, self.secret = subscribe(
            self.database, self.settings, KEY, subscription=wanted, by=None, now=self.now
        )
        return self.id

    def make(self) -> int:
        """Make what is new."""
        return make_events(self.database, self.settings, now=self.now)

    def send(self, subscriber_id: str = "") -> dict[str, int]:
        """Send what is due."""
        counts = send_to(
            self.database,
            self.settings,
            KEY,
            subscriber_id=subscriber_id or self.id,
            clock=lambda: self.now,
            random=lambda: 0,
        )
        return {name: count for name, count in counts.items() if count}

    def pass_time(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)

    def rows(self) -> list[Any]:
        """The events of all subscribers, in their order."""
        with self.database.reading() as connection:
            return list(connection.execute(select(events).order_by(events.c.id)))

    def told(self) -> list[EventType]:
        """The types of all events, in their order."""
        return [EventType(row.type) for row in self.rows()]

    def queue(self, *hotspot_ids: str | None) -> None:
        """Make an event of each of these hotspots, in this order."""
        with self.database.writing() as connection:
            last = connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one()
            for number, hotspot_id in enumerate(hotspot_ids, start=last + 1):
                connection.execute(
                    insert(events).values(
                        subscriber_id=self.id,
                        event_id=f"event-{number}",
                        type="hotspot-gewijzigd",
                        hotspot_id=hotspot_id,
                        peildatum=None if hotspot_id else self.now.date(),
                        at=self.now,
                        made_at=self.now,
                        state="waiting",
                        attempts=0,
                        due_at=self.now,
                    )
                )

    def run_with_all(self) -> None:
        """Let the last run know of all places, as a run does."""
        with self.database.writing() as connection:
            last = connection.execute(select(func.max(hotspot_states.c.run_id))).scalar_one()
            rows = [dict(row) for row in connection.execute(select(hotspot_states)).mappings()]
            there = {row["hotspot_id"] for row in rows if row["run_id"] == last}
            absent = {row["hotspot_id"]: row for row in rows if row["hotspot_id"] not in there}
            for row in absent.values():
                connection.execute(insert(hotspot_states).values(row | {"run_id": last}))
