"""What people ask of jobs"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Tables of requests and pauses, and the lines of the log with each run."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("job_runs", sa.Column("lines", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "job_requests",
        sa.Column("id", number, nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", number, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["job_runs.id"],
            name=op.f("fk_job_requests_run_id_job_runs"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_requests")),
        comment="Which job a person asked to be done now; of each job one at a time",
    )
    op.create_index(op.f("ix_job_requests_run_id"), "job_requests", ["run_id"])
    op.create_index(
        "uq_job_requests_open",
        "job_requests",
        ["job"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "job_pauses",
        sa.Column("id", number, nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("paused_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_pauses")),
        comment="Which job is not done for a while, by whom and why",
    )
    op.create_index(
        "uq_job_pauses_open",
        "job_pauses",
        ["job"],
        unique=True,
        sqlite_where=sa.text("resumed_at IS NULL"),
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
