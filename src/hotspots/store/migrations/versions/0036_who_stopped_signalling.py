"""Who stopped signalling"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of who stopped signalling and who started it again."""
    op.create_table(
        "signalling_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('stopped', 'asked', 'kept', 'resumed')",
            name=op.f("ck_signalling_changes_step_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signalling_changes")),
        comment="Who stopped signalling, and who started it again, with the reason; only added to",
    )
