"""What people follow"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Of what else one gets mail, which mails of that went out, what people follow, and their feeds."""
    op.add_column(
        "subscriptions", sa.Column("wants_weeks", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("subscriptions", sa.Column("assigned_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("followed_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "subscriptions",
        sa.Column("followed_every", sa.String(length=10), server_default="dag", nullable=False),
    )
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment(
            "subscriptions",
            "Who is told by mail, and of what; the mail holds a link, never what it leads to",
        )
    op.create_table(
        "notices",
        sa.Column("subscription_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_notices_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "kind", "day", name=op.f("pk_notices")),
        comment="Mails about what was assigned or changed, each accepted by the mail server once",
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=True),
        sa.Column("geometry", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["hotspot_id"],
            ["hotspots.id"],
            name=op.f("fk_follows_hotspot_id_hotspots"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_follows_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("user_id", "hotspot_id", name=op.f("uq_follows_user_id_hotspot_id")),
        comment="What people follow: places, and areas of their own, which also are a filter",
    )
    op.create_index(op.f("ix_follows_user_id"), "follows", ["user_id"])
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_feeds_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("user_id", name=op.f("uq_feeds_user_id")),
        comment="The Atom feed of what somebody follows; a row that is gone ends its address",
    )
