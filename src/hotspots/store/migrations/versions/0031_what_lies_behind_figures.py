"""What lies behind figures"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

REMOVED_TEXT = "[verwijderd na de bewaartermijn]"
REMOVED_PERSON = "[verwijderde gebruiker]"
REMOVABLE = {"text": REMOVED_TEXT, "given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON}
KEPT = (
    *("id", "duiding_id", "version", "organisation", "sharing", "first", "last"),
    *("gebied", "buurtcode", "category", "is_withdrawn", "given_at"),
)


def upgrade() -> None:
    """A table of what partners say lies behind figures, which the database refuses to change."""
    op.create_table(
        "duidingen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duiding_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("sharing", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("gebied", sa.String(length=200), nullable=True),
        sa.Column("buurtcode", sa.String(length=20), nullable=True),
        sa.Column("category", sa.String(length=20), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=120), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "sharing IN ('eigen organisatie', 'oov', 'gebiedsteam', 'iedereen')",
            name=op.f("ck_duidingen_sharing_is_known"),
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_duidingen_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duidingen")),
        sa.UniqueConstraint("duiding_id", "version", name=op.f("uq_duidingen_duiding_id_version")),
        comment="What partners say lies behind figures; only added to, the last version of each holds",
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgresql()
    else:
        _refuse_changes_on_sqlite()


def _is_redacted(same: str) -> str:
    """The condition under which a change of a row is a removal that was written down before."""
    parts = [f'NEW."{name}" {same} OLD."{name}"' for name in KEPT]
    parts += [
        f'(NEW."{name}" {same} OLD."{name}" OR NEW."{name}" = \'{text}\')' for name, text in REMOVABLE.items()
    ]
    told = "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'duidingen' AND r.row_id = OLD.id)"
    return " AND ".join([told, *parts])


def _refuse_changes_on_postgresql() -> None:
    op.execute(
        f"""
        CREATE FUNCTION refuse_change_of_duidingen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_is_redacted("IS NOT DISTINCT FROM")} THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is only added to: % is refused', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    for trigger, event, each, function in (
        ("kept_as_it_was", "UPDATE", "ROW", "refuse_change_of_duidingen"),
        ("kept", "DELETE", "ROW", "refuse_change"),
        ("kept_whole", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER duidingen_is_{trigger} BEFORE {event} ON duidingen "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )


def _refuse_changes_on_sqlite() -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'duidingen is only added to: a change is refused'); END"
    again = (
        "EXISTS (SELECT 1 FROM duidingen d WHERE d.id = NEW.id "
        "OR (d.duiding_id = NEW.duiding_id AND d.version = NEW.version))"
    )
    for trigger, event, condition in (
        ("update", "UPDATE", f"WHEN NOT ({_is_redacted('IS')}) "),
        ("delete", "DELETE", ""),
        # INSERT OR REPLACE removes the old row without the trigger above
        ("replace", "INSERT", f"WHEN {again} "),
    ):
        op.execute(
            f"CREATE TRIGGER duidingen_keeps_{trigger} BEFORE {event} ON duidingen {condition}{refuse}"
        )
