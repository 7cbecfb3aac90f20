"""Access is kept as it was"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

REMOVED_PERSON = "[verwijderde gebruiker]"
KEPT = ("id", "at", "kind", "rights")
NAMING = ("actor_id", "actor", "about_id", "about")


def upgrade() -> None:
    """Rows of the log of access can't be changed, and a token tells by whom it was made."""
    op.add_column("api_tokens", sa.Column("maker_id", sa.String(length=120), nullable=True))
    changes = sa.table(
        "access_changes", *(sa.column(name) for name in ("id", "kind", "about_id", "actor_id"))
    )
    tokens = sa.table("api_tokens", sa.column("id"), sa.column("maker_id"))
    maker = sa.select(changes.c.actor_id).where(
        changes.c.kind == "token gemaakt", changes.c.about_id == tokens.c.id, changes.c.actor_id != "operator"
    )
    op.get_bind().execute(sa.update(tokens).values(maker_id=maker.limit(1).scalar_subquery()))
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _is_redacted(same: str, cast: str) -> str:
    """The condition under which a change of a row takes out a person, and was written down before."""

    def column(name: str, row: str) -> str:
        return f'{row}."{name}"{cast if name == "rights" else ""}'

    kept = [f"{column(name, 'NEW')} {same} {column(name, 'OLD')}" for name in KEPT]
    named = [
        f"({column(name, 'NEW')} {same} {column(name, 'OLD')} OR {column(name, 'NEW')} = '{REMOVED_PERSON}')"
        for name in NAMING
    ]
    told = "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'access_changes' AND r.row_id = OLD.id)"
    return " AND ".join([told, *kept, *named])


_IS_OVER = (
    "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'access_changes' "
    "AND r.row_id IS NULL AND r.before > OLD.at)"
)


def _refuse_changes_on_postgresql() -> None:
    for name, condition, row in (
        ("refuse_change_of_access_changes", _is_redacted("IS NOT DISTINCT FROM", "::text"), "NEW"),
        ("refuse_removal_of_access_changes", _IS_OVER, "OLD"),
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
        ("kept_as_it_was", "UPDATE", "ROW", "refuse_change_of_access_changes"),
        ("kept_for_its_period", "DELETE", "ROW", "refuse_removal_of_access_changes"),
        ("kept_whole", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER access_changes_is_{trigger} BEFORE {event} ON access_changes "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )


def _refuse_changes_on_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'access_changes is only added to: a change is refused'); END"
    for trigger, event, condition in (
        ("update", "UPDATE", f"NOT ({_is_redacted('IS', '')})"),
        ("delete", "DELETE", f"NOT ({_IS_OVER})"),
        # INSERT OR REPLACE removes the old row without the trigger above
        ("replace", "INSERT", "EXISTS (SELECT 1 FROM access_changes WHERE id = NEW.id)"),
    ):
        op.execute(
            f"CREATE TRIGGER access_changes_keeps_{trigger} BEFORE {event} ON access_changes "
            f"WHEN {condition} {refuse}"
        )
