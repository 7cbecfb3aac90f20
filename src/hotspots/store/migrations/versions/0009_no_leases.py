"""No leases"""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Who does which work now is told by a lock on a file, or of the server, that ends with its process."""
    op.drop_table("locks")
