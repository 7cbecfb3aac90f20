"""Figures of a year"""

from collections.abc import Sequence

from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """The reports of a year are counted in the order of an index, without reading a row."""
    op.create_index(
        "ix_reports_kinds",
        "reports",
        [
            *("buurtcode", "category", "is_counted", "precision", "first_import_id"),
            *("occurred_at", "reported_at"),
        ],
    )
