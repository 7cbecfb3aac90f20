"""Addresses without a place"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What people said of an address can be that nobody can place it: then it has no point."""
    with op.batch_alter_table("location_fixes", schema=None) as batch_op:
        for name in ("lon", "lat", "radius_m"):
            batch_op.alter_column(name, existing_type=sa.Float(), nullable=True)
        batch_op.create_table_comment(
            "Where people said that an address is, or why nobody can; holds for every report with it",
            existing_comment=(
                "Where people said that an address is; holds for every report with the same address"
            ),
        )
