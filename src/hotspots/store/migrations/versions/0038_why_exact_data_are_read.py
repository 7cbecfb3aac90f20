"""Why exact data are read"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Why and from which areas exact data are read; of earlier readings that is unknown."""
    for column in (
        sa.Column("gebied", sa.String(length=200), nullable=True),
        sa.Column("own_gebieden", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
    ):
        op.add_column("access_log", column)
    op.create_table(
        "reading_reasons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_reading_reasons_hotspot_id_hotspots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_reasons")),
        comment="Why somebody is about to read exact data of a place; it holds for a while",
    )
    op.create_index("ix_reading_reasons_of", "reading_reasons", ["actor_id", "hotspot_id"])
    op.create_index(op.f("ix_reading_reasons_at"), "reading_reasons", ["at"])
