"""A fuller ledger of unattended work, and alerts"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A fuller ledger of unattended work, and alerts."""
    op.create_table(
        "job_alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('late', 'failed', 'odd')", name=op.f("ck_job_alerts_kind_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_alerts")),
        sa.UniqueConstraint("job", "kind", "about", name=op.f("uq_job_alerts_job_kind_about")),
        comment="What went wrong with unattended work, and whether somebody was told",
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned_for", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("duration_s", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("input", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("version", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("settings_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("runner", sa.String(length=120), nullable=True))
        batch_op.drop_index(batch_op.f("ix_job_runs_job"))
        batch_op.create_index("ix_job_runs_planned", ["job", "planned_for"], unique=False)
