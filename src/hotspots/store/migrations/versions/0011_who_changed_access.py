"""Who changed whose access"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A log of changes, and rights that wait until a second person confirms them."""
    op.create_table(
        "access_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.String(length=120), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_changes")),
        comment="Who changed whose access",
    )
    op.create_index(op.f("ix_access_changes_at"), "access_changes", ["at"])
    op.create_index(op.f("ix_access_changes_about_id"), "access_changes", ["about_id"])
    op.add_column("users", sa.Column("asked", sa.JSON(), nullable=True))
    op.add_column("users", sa.Column("asked_by", sa.String(length=120), nullable=True))
