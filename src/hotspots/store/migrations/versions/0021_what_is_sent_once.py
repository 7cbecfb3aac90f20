"""What is sent once"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What was sent, so that it is done once; and what was typed in a session that had ended."""
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_forms")),
        comment="What was sent once, with the answer for who sends it again",
    )
    op.create_index(op.f("ix_sent_forms_actor_id"), "sent_forms", ["actor_id"])
    op.create_index(op.f("ix_sent_forms_at"), "sent_forms", ["at"])
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("mask", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
        comment="What was typed in a session that had ended, for who signs in again within the hour",
    )
    op.create_index(op.f("ix_kept_forms_browser_hash"), "kept_forms", ["browser_hash"])
    op.create_index(op.f("ix_kept_forms_kept_at"), "kept_forms", ["kept_at"])
    op.create_index(op.f("ix_kept_forms_mask"), "kept_forms", ["mask"])
