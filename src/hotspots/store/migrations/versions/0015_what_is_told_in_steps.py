"""What is told in steps"""

from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

STEP = 5
"""New reports that a step hides one report among, when this was written."""


def upgrade() -> None:
    """Which hotspots ever pointed at persons, which run each is told of, and cells of whole quarters."""
    op.add_column(
        "hotspots",
        sa.Column("points_at_persons", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "hotspot_states",
        sa.Column("told_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.create_table(
        "told_cells",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("buurtcode", sa.String(length=20), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("figure", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("first_day", "cell", "buurtcode", name=op.f("pk_told_cells")),
        comment="Reports per cell and quarter for who may not see reports; written once, as public_figures",
    )
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE hotspots SET points_at_persons = :yes WHERE id IN (SELECT hotspot_id FROM hotspot_states "
            "WHERE soort = 'woning' OR reporter_count <= 1)"
        ),
        {"yes": True},
    )
    _tell_the_past_in_steps(connection)


def _tell_the_past_in_steps(connection: sa.Connection) -> None:
    states = connection.execute(
        sa.text(
            "SELECT s.hotspot_id, s.run_id, s.detection_id, d.run_id AS seen_in FROM hotspot_states s "
            "JOIN runs r ON r.id = s.run_id LEFT JOIN detections d ON d.id = s.detection_id "
            "ORDER BY s.hotspot_id, r.as_of"
        )
    ).all()
    members = sa.text("SELECT report_id FROM detection_reports WHERE detection_id = :id")
    told = []
    for hotspot_id, rows in groupby(states, key=lambda row: row.hotspot_id):
        step, known = None, None
        for row in rows:
            if step is None or row.seen_in == row.run_id:
                found = set(connection.execute(members, {"id": row.detection_id}).scalars())
                if step is None or known is None or len(found - known) >= STEP:
                    step, known = row.run_id, found
            told.append({"hotspot": hotspot_id, "run": row.run_id, "step": step})
    if told:
        update = "UPDATE hotspot_states SET told_run_id = :step WHERE hotspot_id = :hotspot AND run_id = :run"
        connection.execute(sa.text(update), told)
