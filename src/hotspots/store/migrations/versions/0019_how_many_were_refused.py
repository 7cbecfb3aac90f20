"""How many were refused"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """How many places each rule kept off the list, from the next run on."""
    op.add_column("runs", sa.Column("refused", sa.JSON(none_as_null=True), nullable=True))
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment(
            "detections", "Places that a run signalled, with the evidence; also those that it nearly did"
        )
