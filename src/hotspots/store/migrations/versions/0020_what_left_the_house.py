"""What left the house"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """In which kind of file was taken along what was read; of earlier readings that is unknown, so none."""
    op.add_column("access_log", sa.Column("taken_as", sa.String(length=10), nullable=True))
    if op.get_bind().dialect.supports_comments:
        op.create_table_comment(
            "access_log",
            "Every reading of exact points and texts, and every file with dwellings; only added to",
        )
