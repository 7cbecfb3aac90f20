"""The tables of attention places: their numbers, and how each stood after each run that showed it."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hotspots.store.schema import UtcDateTime, metadata

attention_places = Table(
    "attention_places",
    metadata,
    # the id and the number that the hotspot has which it becomes
    Column("id", String(36), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("year", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),  # within the year, drawn among those of hotspots
    UniqueConstraint("year", "sequence"),
    CheckConstraint("sequence > 0", name="attention_sequence_is_positive"),
    comment="Places that were shown before they met the rules, by the number that they keep",
)

attention_states = Table(
    "attention_states",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("attention_id", ForeignKey("attention_places.id"), primary_key=True, index=True),
    Column("first_shown", Date, nullable=False),  # peildatum of the first run that showed it
    Column("place_name", String(400), nullable=False),  # from register and buurt, without a house number
    Column("soort", String(20), nullable=False),
    Column("soort_certainty", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("geometry", LargeBinary, nullable=False),  # WKB polygon, lon/lat WGS 84
    Column("buurtcode", String(20), index=True),
    Column("report_count", Integer, nullable=False),
    Column("recent_count", Integer, nullable=False),  # in the recent days
    Column("day_count", Integer, nullable=False),
    Column("week_count", Integer, nullable=False),
    Column("reporter_count", Integer),
    Column("first_report", UtcDateTime, nullable=False),
    Column("last_report", UtcDateTime, nullable=False),
    Column("expected", Float),
    Column("not_yet", Text, nullable=False),  # why it is no hotspot: a Dutch sentence
    Column("chance", Float, nullable=False),  # as the model gives it; people are told the share
    Column("became_count", Integer, nullable=False),  # of places like it, in time …
    Column("looked_at_count", Integer, nullable=False),  # … among so many
    Column("is_own", Boolean, nullable=False),  # of the own past; else of simulated years
    comment="Attention places as they stood after each run that showed them",
)

attention_reports = Table(
    "attention_reports",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("attention_id", ForeignKey("attention_places.id"), primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True),
    comment="The reports of an attention place in a run",
)
