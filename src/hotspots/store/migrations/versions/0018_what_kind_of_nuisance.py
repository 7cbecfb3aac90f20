"""What kind of nuisance"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What the reports of a place are about, from the next run on; of runs before it is unknown."""
    for table in ("detections", "hotspot_states"):
        op.add_column(table, sa.Column("drugs_share", sa.Float(), nullable=True))
        op.add_column(table, sa.Column("subcategories", sa.JSON(none_as_null=True), nullable=True))
    op.drop_index("ix_hotspot_states_list", table_name="hotspot_states")
    op.create_index(
        "ix_hotspot_states_list",
        "hotspot_states",
        [
            *("run_id", "is_signalled", "score", "hotspot_id"),
            *("soort", "indicatie", "trend", "drugs_share", "buurtcode", "lon", "lat"),
        ],
    )
