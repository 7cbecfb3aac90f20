"""Who is told what happens"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Tables of subscribers, of what each knows, and of what is sent to it."""
    op.create_table(
        "event_subscribers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("gebieden", sa.JSON(), nullable=True),
        sa.Column("reads_dwellings", sa.Boolean(), nullable=False),
        sa.Column("reads_cases", sa.Boolean(), nullable=False),
        sa.Column("is_from_file", sa.Boolean(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("told_as_of", sa.Date(), nullable=True),
        sa.Column("told_result", sa.String(length=64), nullable=True),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_subscribers")),
        sa.UniqueConstraint("name", name=op.f("uq_event_subscribers_name")),
        comment="Systems that are told what happens",
    )
    op.create_table(
        "event_marks",
        sa.Column("subscriber_id", sa.String(length=36), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["hotspot_id"],
            ["hotspots.id"],
            name=op.f("fk_event_marks_hotspot_id_hotspots"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["event_subscribers.id"],
            name=op.f("fk_event_marks_subscriber_id_event_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "hotspot_id", name=op.f("pk_event_marks")),
        comment="What a subscriber knows of each hotspot: what is newer makes an event",
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=True),
        sa.Column("peildatum", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dead', 'withheld')", name=op.f("ck_events_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_events_hotspot_id_hotspots"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["event_subscribers.id"],
            name=op.f("fk_events_subscriber_id_event_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("subscriber_id", "event_id", name=op.f("uq_events_subscriber_id_event_id")),
        comment="What each subscriber is told, and how that goes; ids only",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_hotspot_id", "events", ["hotspot_id"])
    op.create_index("ix_events_made_at", "events", ["made_at"])
    op.create_index("ix_events_state", "events", ["subscriber_id", "state", "id"])
