"""How sure a dwelling is"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """How likely each place is the dwelling or area that it is called, from the next run on."""
    op.add_column("hotspot_states", sa.Column("soort_certainty", sa.Float(), nullable=True))
