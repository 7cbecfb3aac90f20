"""How a file was read"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """What was told of an import, whether an hour is known, which version it is, numbers without zeros."""
    # not in a batch: that copies the table, and what refers to its rows goes with the old one
    op.add_column("imports", sa.Column("with_reporter", sa.Integer(), nullable=True))
    op.add_column("imports", sa.Column("told", sa.JSON(), nullable=True))
    for table in ("report_versions", "reports"):
        op.add_column(table, sa.Column("has_hour", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("reports", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    _drop_leading_zeros(op.get_bind())


def _drop_leading_zeros(connection: sa.Connection) -> None:
    """A number of figures alone is kept without zeros before it from now on, as a spreadsheet drops them.

    Where both spellings of a number are there already, both stay as they are.
    """
    reports = sa.table("reports", sa.column("id"), sa.column("source"), sa.column("source_id"))
    padded = connection.execute(
        sa.select(reports.c.id, reports.c.source, reports.c.source_id).where(reports.c.source_id.like("0%"))
    ).all()
    for row in padded:
        plain = row.source_id.lstrip("0") or "0"
        if not row.source_id.isdecimal() or plain == row.source_id:
            continue
        twin = sa.select(reports.c.id).where(reports.c.source == row.source, reports.c.source_id == plain)
        if connection.execute(twin).first() is None:
            connection.execute(sa.update(reports).where(reports.c.id == row.id).values(source_id=plain))
