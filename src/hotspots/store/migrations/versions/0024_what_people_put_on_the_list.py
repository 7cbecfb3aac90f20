"""What people put on the list"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Places that people see and detection doesn't, and what runs count there."""
    op.create_table(
        "nominations",
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("is_dwelling", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_nominations_hotspot_id_hotspots")
        ),
        sa.PrimaryKeyConstraint("hotspot_id", name=op.f("pk_nominations")),
        comment="Places that people put on the list; who did and why is in hotspot_events",
    )
    op.add_column("detections", sa.Column("counted_for", sa.String(length=36), nullable=True))
