"""What people ask about their data"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of requests, without who asks."""
    op.create_table(
        "subject_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_for", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("identity", sa.String(length=200), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=200), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('inzage', 'wissen', 'bezwaar')", name=op.f("ck_subject_requests_kind_is_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_requests")),
        comment="What people ask about their own data, without who they are; each step is in admin_changes",
    )
    op.create_index(op.f("ix_subject_requests_closed_at"), "subject_requests", ["closed_at"])
