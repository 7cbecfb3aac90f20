"""Names in steps"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What a place was called at its last step: until the next one as it is called now."""
    op.add_column("hotspots", sa.Column("told_name", sa.String(length=400), nullable=True))
    op.execute("UPDATE hotspots SET told_name = place_name")
