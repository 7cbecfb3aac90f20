"""Figures of others beside ours"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of other figures, such as police registrations; nothing is in it yet."""
    op.create_table(
        "other_figures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit IN ('aantal', 'aandeel')", name=op.f("ck_other_figures_unit")),
        sa.CheckConstraint("first <= last", name=op.f("ck_other_figures_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_figures")),
        sa.UniqueConstraint(
            "source",
            "category",
            "unit",
            "first",
            "last",
            "area",
            name=op.f("uq_other_figures_source_category_unit_first_last_area"),
        ),
        comment="Figures of others, shown beside ours; no part of any judgement",
    )
