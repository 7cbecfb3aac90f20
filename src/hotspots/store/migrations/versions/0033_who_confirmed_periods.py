"""Who confirmed periods"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """A table of who confirmed the periods; where something was removed before, they count as confirmed."""
    confirmations = op.create_table(
        "retention_confirmations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_confirmations")),
        comment="Who confirmed the periods after which data are removed; only added to",
    )
    if _has_removed(op.get_bind()):
        # which periods the settings have is not known here: the first job fills them in
        row = {"at": datetime.now(UTC), "actor_id": "upgrade", "periods": {}, "due": {}}
        op.bulk_insert(confirmations, [row | {"confirmed_by": "in gebruik voor deze versie"}])


OF_USE = {"sessions", "forms", "uploads", "tracesLeft"}
"""What a night removed also before anybody brought data in."""


def _has_removed(connection: sa.Connection) -> bool:
    """Whether data were removed after their period: then somebody runs it so."""
    told = (
        "SELECT count(*) FROM facts WHERE name LIKE 'removed before: %'",
        "SELECT count(*) FROM redactions WHERE reason = 'bewaartermijn'",
    )
    if any(connection.execute(sa.text(query)).scalar_one() for query in told):
        return True
    runs = sa.table("job_runs", sa.column("job"), sa.column("outcome"), sa.column("counts", sa.JSON))
    done = sa.select(runs.c.counts).where(runs.c.job == "retention", runs.c.outcome == "done")
    found = connection.execute(done).scalars().all()
    return any(count and kind not in OF_USE for counts in found for kind, count in (counts or {}).items())
