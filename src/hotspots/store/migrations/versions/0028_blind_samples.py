"""Blind samples"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """From what blind samples were drawn, and which hotspots they are."""
    op.create_table(
        "sample_frames",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stratum", sa.String(length=20), nullable=False),
        sa.Column("refused_by", sa.String(length=40), nullable=False),
        sa.Column("buurtcode", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("place_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("as_of", "stratum", "refused_by", "buurtcode", name=op.f("pk_sample_frames")),
        comment="How many refused places newly held the rules in a run, from which blind samples were drawn",
    )
    op.create_table(
        "samples",
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stratum", sa.String(length=20), nullable=False),
        sa.Column("refused_by", sa.String(length=40), nullable=False),
        sa.Column("buurtcode", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["hotspot_id"], ["hotspots.id"], name=op.f("fk_samples_hotspot_id_hotspots")),
        sa.PrimaryKeyConstraint("hotspot_id", name=op.f("pk_samples")),
        comment="Places not signalled that stand among those to verify, told once they are decided on",
    )
