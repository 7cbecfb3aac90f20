"""Which mails one wants"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Of which areas, and after how many weeks."""
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gebieden", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("every_weeks", sa.Integer(), server_default="1", nullable=False))
