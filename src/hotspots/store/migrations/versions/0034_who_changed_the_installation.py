"""Who changed the installation"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

REMOVED_PERSON = "[verwijderde gebruiker]"
KEPT = ("id", "at", "kind", "about", "before", "after", "reason")
NAMING = ("actor_id", "actor")


def upgrade() -> None:
    """A table of who changed what of the installation, which the database refuses to change."""
    op.create_table(
        "admin_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_changes")),
        comment="Who changed what of the installation: rules, settings, areas, addresses, deliveries, jobs",
    )
    op.create_index(op.f("ix_admin_changes_at"), "admin_changes", ["at"])
    op.create_index(op.f("ix_admin_changes_kind"), "admin_changes", ["kind"])
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _is_redacted(same: str, cast: str) -> str:
    """The condition under which a change of a row takes out a person, and was written down before."""

    def column(name: str, row: str) -> str:
        return f'{row}."{name}"{cast if name in ("before", "after") else ""}'

    kept = [f"{column(name, 'NEW')} {same} {column(name, 'OLD')}" for name in KEPT]
    named = [
        f"({column(name, 'NEW')} {same} {column(name, 'OLD')} OR {column(name, 'NEW')} = '{REMOVED_PERSON}')"
        for name in NAMING
    ]
    told = "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'admin_changes' AND r.row_id = OLD.id)"
    return " AND ".join([told, *kept, *named])


_IS_OVER = (
    "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'admin_changes' "
    "AND r.row_id IS NULL AND r.before > OLD.at)"
)


def _refuse_changes_on_postgresql() -> None:
    for name, condition, row in (
        ("refuse_change_of_admin_changes", _is_redacted("IS NOT DISTINCT FROM", "::text"), "NEW"),
        ("refuse_removal_of_admin_changes", _IS_OVER, "OLD"),
    ):
        op.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition} THEN
                    RETURN {row};
                END IF;
                RAISE EXCEPTION '% is only added to: % is refused', TG_TABLE_NAME, TG_OP;
            END $$
            """
        )
    for trigger, event, each, function in (
        ("kept_as_it_was", "UPDATE", "ROW", "refuse_change_of_admin_changes"),
        ("kept_for_its_period", "DELETE", "ROW", "refuse_removal_of_admin_changes"),
        ("kept_whole", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER admin_changes_is_{trigger} BEFORE {event} ON admin_changes "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )


def _refuse_changes_on_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'admin_changes is only added to: a change is refused'); END"
    for trigger, event, condition in (
        ("update", "UPDATE", f"NOT ({_is_redacted('IS', '')})"),
        ("delete", "DELETE", f"NOT ({_IS_OVER})"),
        # INSERT OR REPLACE removes the old row without the trigger above
        ("replace", "INSERT", "EXISTS (SELECT 1 FROM admin_changes WHERE id = NEW.id)"),
    ):
        op.execute(
            f"CREATE TRIGGER admin_changes_keeps_{trigger} BEFORE {event} ON admin_changes "
            f"WHEN {condition} {refuse}"
        )
