"""What places are called"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Names of hotspots, which the next run fills; and the addresses around a point by an index."""
    op.add_column("hotspots", sa.Column("place_name", sa.String(length=400), nullable=True))
    op.add_column("hotspots", sa.Column("given_name", sa.String(length=80), nullable=True))
    op.add_column("hotspots", sa.Column("is_general_name", sa.Boolean(), nullable=True))
    op.create_index("ix_addresses_lon_lat", "addresses", ["lon", "lat"])
