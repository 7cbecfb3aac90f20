"""Imports undone"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of what reports were before an import changed them, and when an import was undone."""
    op.add_column("imports", sa.Column("told_again", sa.LargeBinary()))
    op.add_column("imports", sa.Column("undone_at", sa.DateTime(timezone=True)))
    op.create_table(
        "import_before",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("last_version_id", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("location", sa.JSON()),
        sa.Column("text", sa.Text()),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name=op.f("fk_import_before_import_id_imports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.id"],
            name=op.f("fk_import_before_report_id_reports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["reporters.id"], name=op.f("fk_import_before_reporter_id_reporters")
        ),
        sa.PrimaryKeyConstraint("import_id", "report_id", name=op.f("pk_import_before")),
        comment="What a report was before an import changed it: kept for a short while, to undo that import",
    )
    op.create_index(op.f("ix_import_before_report_id"), "import_before", ["report_id"])
