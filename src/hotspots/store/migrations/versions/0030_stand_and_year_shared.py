"""Stand and year that are shared"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What a public address shows: until now always a map."""
    kind = sa.Column("soort", sa.String(length=12), server_default="kaart", nullable=False)
    op.add_column("embeds", kind)
    op.add_column("embeds", sa.Column("jaar", sa.Integer(), nullable=True))
    if op.get_bind().dialect.supports_comments:
        told = "What was given a public address; what is shown there is public by hotspots.disclosure"
        op.create_table_comment("embeds", told)
