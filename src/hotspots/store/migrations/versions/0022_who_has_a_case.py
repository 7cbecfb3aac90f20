"""Who has a case"""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """The account to which a case is assigned; a typed name that is no account's stays as it was typed."""
    op.add_column("hotspots", sa.Column("assigned_user_id", sa.String(length=36), nullable=True))
    connection = op.get_bind()
    people = connection.execute(sa.text("SELECT id, name, full_name FROM users")).all()
    named = [(called.strip().casefold(), row.id) for row in people for called in {row.name, row.full_name}]
    times = Counter(called for called, _ in set(named))
    account = {called: user_id for called, user_id in named if times[called] == 1}
    typed = sa.text("SELECT id, assigned_to FROM hotspots WHERE assigned_to IS NOT NULL")
    found = [
        {"hotspot": row.id, "account": account[row.assigned_to.strip().casefold()]}
        for row in connection.execute(typed).all()
        if row.assigned_to.strip().casefold() in account
    ]
    if found:
        connection.execute(
            sa.text("UPDATE hotspots SET assigned_user_id = :account WHERE id = :hotspot"), found
        )
