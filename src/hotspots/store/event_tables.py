"""The tables of what other systems are told: who they are, what each knows, and what is sent to it."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hotspots.store.schema import Id, UtcDateTime, metadata

event_subscribers = Table(
    "event_subscribers",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("name", String(120), nullable=False, unique=True),
    Column("url", String(2000), nullable=False),
    Column("types", JSON, nullable=False),  # of hotspots.model.EventType
    Column("gebieden", JSON(none_as_null=True)),  # by name; null: everywhere
    Column("reads_dwellings", Boolean, nullable=False),  # of places that point at persons
    Column("reads_cases", Boolean, nullable=False),  # of verdicts, measures and other work
    Column("is_from_file", Boolean, nullable=False),  # set by the server, and changed there only
    Column("is_paused", Boolean, nullable=False),  # what happens is kept for it
    Column("secret", LargeBinary),  # sealed with a key that is not in the database; null: in a file
    Column("former_secret", LargeBinary),  # while it is being replaced, sealed too
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("told_as_of", Date),  # the last run that it was told of; null: none yet …
    Column("told_result", String(64)),  # … and the fingerprint of what that found
    Column("rests_until", UtcDateTime),  # nothing is sent before: it did not answer, or asked so
    Column("failing_since", UtcDateTime),  # null: it took the last one
    Column("answered_at", UtcDateTime),  # when it took one, last
    Column("problem", Text),  # what went wrong last
    comment="Systems that are told what happens",
)

event_marks = Table(
    "event_marks",
    metadata,
    Column("subscriber_id", ForeignKey("event_subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),  # of the case, up to which it was told
    Column("digest", String(64)),  # of what it was told after a run; null: it may not know of the place
    comment="What a subscriber knows of each hotspot: what is newer makes an event",
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),  # the order of one subscriber
    Column("subscriber_id", ForeignKey("event_subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", String(36), nullable=False),  # UUID: the same for what is sent again
    Column("type", String(40), nullable=False),
    Column("hotspot_id", ForeignKey("hotspots.id", ondelete="CASCADE"), index=True),  # null: about the list
    Column("peildatum", Date),  # of a run that it tells of
    Column("at", UtcDateTime, nullable=False),  # when it happened
    Column("made_at", UtcDateTime, nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # when it is tried next
    Column("tried_at", UtcDateTime),  # last
    Column("ended_at", UtcDateTime),  # when it was taken, or given up
    Column("problem", Text),  # what went wrong last
    UniqueConstraint("subscriber_id", "event_id"),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'withheld')", name="state_is_known"),
    Index("ix_events_state", "subscriber_id", "state", "id"),
    comment="What each subscriber is told, and how that goes; ids only",
    sqlite_autoincrement=True,  # receivers compare numbers: none comes twice, also when the last is gone
)
