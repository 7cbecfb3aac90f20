"""What is removed"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

REMOVED_TEXT = "[verwijderd na de bewaartermijn]"
REMOVED_PERSON = "[verwijderde gebruiker]"

# what may be taken out of a row, and what stands there afterwards; every other column stays as it was
REMOVABLE: Mapping[str, Mapping[str, str]] = {
    "hotspot_events": {
        "reason": REMOVED_TEXT,
        "before": "{}",
        "after": "{}",
        "actor": REMOVED_PERSON,
        "actor_id": REMOVED_PERSON,
    },
    "verdicts": {"reason": REMOVED_TEXT, "given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON},
    "enrichments": {"text": REMOVED_TEXT, "given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON},
    "comments": {"text": REMOVED_TEXT, "given_by": REMOVED_PERSON, "actor_id": REMOVED_PERSON},
}
KEPT: Mapping[str, Sequence[str]] = {
    "hotspot_events": ("id", "hotspot_id", "version", "at", "organisation", "kind", "status", "verdict"),
    "verdicts": (
        *("id", "hotspot_id", "organisation", "verdict", "is_final", "given_at", "peildatum", "figures"),
    ),
    "enrichments": ("id", "hotspot_id", "organisation", "sharing", "replaces_id", "given_at"),
    "comments": ("id", "hotspot_id", "organisation", "given_at"),
}
JSON_COLUMNS = frozenset({"before", "after", "figures"})


def upgrade() -> None:
    """What is removed after its period, in such a way that counts stay right and the history stays true."""
    _create_tables()
    with op.batch_alter_table("hotspots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place_removed_on", sa.Date(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        _let_removal_through_on_postgresql()
    else:
        _let_removal_through_on_sqlite()


def _is_redacted(table: str, same: str, cast: str) -> str:
    """The condition under which a change of a row is a removal that was written down before."""

    def column(name: str, row: str) -> str:
        return f'{row}."{name}"{cast if name in JSON_COLUMNS else ""}'

    parts = [f"{column(name, 'NEW')} {same} {column(name, 'OLD')}" for name in KEPT[table]]
    parts += [
        f"({column(name, 'NEW')} {same} {column(name, 'OLD')} OR {column(name, 'NEW')} {same} '{text}')"
        for name, text in REMOVABLE[table].items()
    ]
    told = f"EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = '{table}' AND r.row_id = OLD.id)"  # noqa: S608  # names from above
    return " AND ".join([told, *parts])


_IS_OVER = (
    "EXISTS (SELECT 1 FROM redactions r WHERE r.table_name = 'access_log' "
    "AND r.row_id IS NULL AND r.before > OLD.at)"
)


def _let_removal_through_on_postgresql() -> None:
    for table in REMOVABLE:
        op.execute(
            f"""
            CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {_is_redacted(table, "IS NOT DISTINCT FROM", "::text")} THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '% is only added to: % is refused', TG_TABLE_NAME, TG_OP;
            END $$
            """
        )
        op.execute(f"DROP TRIGGER {table}_is_kept ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_kept_as_it_was BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()"
        )
    op.execute(
        f"""
        CREATE FUNCTION refuse_removal_of_access_log() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_IS_OVER} THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION '% is only added to: % is refused', TG_TABLE_NAME, TG_OP;
        END $$
        """
    )
    op.execute("DROP TRIGGER access_log_is_kept ON access_log")
    op.execute(
        "CREATE TRIGGER access_log_is_kept BEFORE UPDATE ON access_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER access_log_is_kept_for_its_period BEFORE DELETE ON access_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_access_log()"
    )
    op.execute(
        "CREATE TRIGGER redactions_is_kept BEFORE UPDATE OR DELETE ON redactions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER redactions_is_kept_whole BEFORE TRUNCATE ON redactions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _let_removal_through_on_sqlite() -> None:
    def refuse(table: str) -> str:
        return f"BEGIN SELECT RAISE(ABORT, '{table} is only added to: a change is refused'); END"

    for table in REMOVABLE:
        op.execute(f"DROP TRIGGER {table}_keeps_update")
        op.execute(
            f"CREATE TRIGGER {table}_keeps_update BEFORE UPDATE ON {table} "
            f"WHEN NOT ({_is_redacted(table, 'IS', '')}) {refuse(table)}"
        )
    op.execute("DROP TRIGGER access_log_keeps_delete")
    op.execute(
        f"CREATE TRIGGER access_log_keeps_delete BEFORE DELETE ON access_log "
        f"WHEN NOT ({_IS_OVER}) {refuse('access_log')}"
    )
    op.execute(f"CREATE TRIGGER redactions_keeps_update BEFORE UPDATE ON redactions {refuse('redactions')}")
    op.execute(f"CREATE TRIGGER redactions_keeps_delete BEFORE DELETE ON redactions {refuse('redactions')}")
    op.execute(
        "CREATE TRIGGER redactions_keeps_replace BEFORE INSERT ON redactions "  # noqa: S608  # names from above
        f"WHEN EXISTS (SELECT 1 FROM redactions WHERE id = NEW.id) {refuse('redactions')}"
    )


def _create_tables() -> None:
    op.create_table(
        "erased_reports",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("source", "id_hash", name=op.f("pk_erased_reports")),
        comment="Reports that were erased at the request of who made them: a later import leaves them alone",
    )
    op.create_table(
        "processing_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.Column("span_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("activity", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_log")),
        comment="One line per processing of personal data (Logboek Dataverwerkingen); never by or about whom",
    )
    with op.batch_alter_table("processing_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_processing_log_started_at"), ["started_at"], unique=False)

    op.create_table(
        "redactions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=True),
        sa.Column("before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redactions")),
        comment="What was taken out of the history, and why; written before it can be",
    )
    with op.batch_alter_table("redactions", schema=None) as batch_op:
        batch_op.create_index("ix_redactions_row", ["table_name", "row_id"], unique=False)

    op.create_table(
        "removed_report_days",
        sa.Column("noon", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("buurtcode", sa.String(length=20), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("noon", "category", "buurtcode", name=op.f("pk_removed_report_days")),
        comment="How many counted reports there were of those that are removed: figures over time stay right",
    )
    op.create_table(
        "removed_hotspot_weeks",
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_removed_hotspot_weeks_hotspot_id_hotspots")
        ),
        sa.PrimaryKeyConstraint("hotspot_id", "monday", "known_on", name=op.f("pk_removed_hotspot_weeks")),
        comment="How many reports a hotspot had of those that are removed, per week",
    )
