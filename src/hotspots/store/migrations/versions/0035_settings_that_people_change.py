"""Settings that people change"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of settings that were changed on a page, and one of other rules with who asked and decided."""
    op.create_table(
        "stored_settings",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_stored_settings")),
        comment="Settings changed on a page or by command; the settings file and the environment win",
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.String(length=120), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("preview_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.String(length=120), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'withdrawn')",
            name=op.f("ck_rule_changes_outcome_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
        comment="Other rules that somebody asked for, and who decided; those confirmed are the versions",
    )
