"""The first schema"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """The first schema."""

    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("street_short", sa.String(length=200), nullable=True),
        sa.Column("house_number", sa.Integer(), nullable=False),
        sa.Column("house_letter", sa.String(length=10), nullable=False),
        sa.Column("house_suffix", sa.String(length=20), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=120), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        comment="The address register of the municipality; replaced as a whole",
    )
    op.create_table(
        "areas",
        sa.Column("buurtcode", sa.String(length=20), nullable=False),
        sa.Column("buurtnaam", sa.String(length=120), nullable=False),
        sa.Column("wijkcode", sa.String(length=20), nullable=False),
        sa.Column("wijknaam", sa.String(length=120), nullable=False),
        sa.Column("gemeentecode", sa.String(length=20), nullable=False),
        sa.Column("gemeentenaam", sa.String(length=120), nullable=False),
        sa.Column("inhabitants", sa.Float(), nullable=True),
        sa.Column("is_approximate", sa.Boolean(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("buurtcode", name=op.f("pk_areas")),
        comment="The buurten; together they are the municipality. Gebieden follow from the settings",
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
        comment="Single facts about this database, such as the fingerprint of the reporter key",
    )
    op.create_table(
        "geocoding_cache",
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=700), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", "query", name=op.f("pk_geocoding_cache")),
        comment="What online geocoders answered; what was found is never asked again",
    )
    op.create_table(
        "hotspots",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_hotspots_sequence_is_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspots")),
        sa.UniqueConstraint("number", name=op.f("uq_hotspots_number")),
        sa.UniqueConstraint("year", "sequence", name=op.f("uq_hotspots_year_sequence")),
        comment="Hotspots ever flagged: the identity that verdicts and measures hang on",
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("other_category", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("located", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        comment="One row per file read; read = new + updated + unchanged + other_category + rejected",
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        comment="The ledger of unattended work",
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_runs_job"), ["job"], unique=False)

    op.create_table(
        "location_fixes",
        sa.Column("query", sa.String(length=700), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("precision", sa.String(length=20), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("address_key", sa.String(length=120), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixed_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("query", name=op.f("pk_location_fixes")),
        comment="Where people said that an address is; holds for every report with the same address",
    )
    op.create_table(
        "locks",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_locks")),
        comment="Leases: who does which work now, and until when he may be believed dead",
    )
    op.create_table(
        "reporters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporters")),
        sa.UniqueConstraint("hash", name=op.f("uq_reporters_hash")),
        comment="Reporters as a keyed hash (HMAC-SHA-256); the key is not in the database",
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("settings_hash", sa.String(length=64), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.Column("located_count", sa.Integer(), nullable=False),
        sa.Column("signalled_count", sa.Integer(), nullable=False),
        sa.Column("result_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("as_of", name=op.f("uq_runs_as_of")),
        comment="One weekly run per peildatum",
    )
    op.create_table(
        "detections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("signalled", sa.Boolean(), nullable=False),
        sa.Column("suppressed_because", sa.Text(), nullable=True),
        sa.Column("soort", sa.String(length=20), nullable=False),
        sa.Column("soort_certainty", sa.Float(), nullable=False),
        sa.Column("indicatie", sa.String(length=20), nullable=False),
        sa.Column("indicatie_certainty", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("week_count", sa.Integer(), nullable=False),
        sa.Column("reporter_count", sa.Integer(), nullable=True),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("first_report", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_report", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("p_value", sa.Float(), nullable=True),
        sa.Column("recurrence_interval_days", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("redenen", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_detections_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detections")),
        sa.UniqueConstraint("run_id", "place", name=op.f("uq_detections_run_id_place")),
        comment="Places that a run looked at, with the evidence; also those not signalled",
    )
    with op.batch_alter_table("detections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_detections_run_id"), ["run_id"], unique=False)

    op.create_table(
        "hotspot_lineage",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_id", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind IN ('split', 'merge')", name=op.f("ck_hotspot_lineage_kind_is_known")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["hotspots.id"], name=op.f("fk_hotspot_lineage_from_id_hotspots")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_hotspot_lineage_run_id_runs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["to_id"], ["hotspots.id"], name=op.f("fk_hotspot_lineage_to_id_hotspots")),
        sa.PrimaryKeyConstraint("run_id", "from_id", "to_id", name=op.f("pk_hotspot_lineage")),
        comment="split: to_id came from from_id; merge: from_id went on in to_id",
    )
    op.create_table(
        "rejects",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_rejects_import_id_imports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejects")),
        comment="Refused rows; the row itself stands only in the rejects file: it may identify people",
    )
    with op.batch_alter_table("rejects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rejects_import_id"), ["import_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("main_category", sa.String(length=200), nullable=True),
        sa.Column("subcategory", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("precision", sa.String(length=20), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("buurtcode", sa.String(length=20), nullable=True),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("first_import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_import_id"], ["imports.id"], name=op.f("fk_reports_first_import_id_imports")
        ),
        sa.ForeignKeyConstraint(
            ["last_import_id"], ["imports.id"], name=op.f("fk_reports_last_import_id_imports")
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["reporters.id"], name=op.f("fk_reports_reporter_id_reporters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_reports_source_source_id")),
        comment="Reports as they are known now",
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_buurtcode"), ["buurtcode"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_precision"), ["precision"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_reported_at"), ["reported_at"], unique=False)

    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_verdicts_hotspot_id_hotspots")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        comment="What partners judged; only added to, never changed",
    )
    with op.batch_alter_table("verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdicts_hotspot_id"), ["hotspot_id"], unique=False)

    op.create_table(
        "detection_reports",
        sa.Column("detection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"],
            ["detections.id"],
            name=op.f("fk_detection_reports_detection_id_detections"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.id"],
            name=op.f("fk_detection_reports_report_id_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("detection_id", "report_id", name=op.f("pk_detection_reports")),
        comment="The reports of a place in a run",
    )
    with op.batch_alter_table("detection_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_detection_reports_report_id"), ["report_id"], unique=False)

    op.create_table(
        "hotspot_states",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hotspot_id", sa.String(length=36), nullable=False),
        sa.Column("detection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_signalled", sa.Boolean(), nullable=False),
        sa.Column("trend", sa.String(length=20), nullable=False),
        sa.Column("first_report", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_report", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_signalled", sa.Date(), nullable=False),
        sa.Column("last_signalled", sa.Date(), nullable=False),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.Column("soort", sa.String(length=20), nullable=False),
        sa.Column("indicatie", sa.String(length=20), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("report_count", sa.Integer(), nullable=False),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("week_count", sa.Integer(), nullable=False),
        sa.Column("reporter_count", sa.Integer(), nullable=True),
        sa.Column("duration_days", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("p_value", sa.Float(), nullable=True),
        sa.Column("recurrence_interval_days", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("buurtcode", sa.String(length=20), nullable=True),
        sa.Column("redenen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"],
            ["detections.id"],
            name=op.f("fk_hotspot_states_detection_id_detections"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["hotspot_id"], ["hotspots.id"], name=op.f("fk_hotspot_states_hotspot_id_hotspots")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["hotspots.id"], name=op.f("fk_hotspot_states_merged_into_hotspots")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_hotspot_states_run_id_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "hotspot_id", name=op.f("pk_hotspot_states")),
        comment="Each hotspot as it stood after each run: what a reader sees at a peildatum",
    )
    with op.batch_alter_table("hotspot_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hotspot_states_buurtcode"), ["buurtcode"], unique=False)
        batch_op.create_index(batch_op.f("ix_hotspot_states_detection_id"), ["detection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hotspot_states_hotspot_id"), ["hotspot_id"], unique=False)
        batch_op.create_index(
            "ix_hotspot_states_list",
            [
                "run_id",
                "is_signalled",
                "score",
                "hotspot_id",
                "soort",
                "indicatie",
                "trend",
                "buurtcode",
                "lon",
                "lat",
            ],
            unique=False,
        )

    op.create_table(
        "report_locations",
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("located_by", sa.String(length=20), nullable=True),
        sa.Column("street", sa.String(length=200), nullable=True),
        sa.Column("house_number", sa.String(length=40), nullable=True),
        sa.Column("house_letter", sa.String(length=20), nullable=True),
        sa.Column("house_suffix", sa.String(length=20), nullable=True),
        sa.Column("postcode", sa.String(length=20), nullable=True),
        sa.Column("town", sa.String(length=120), nullable=True),
        sa.Column("address_key", sa.String(length=120), nullable=True),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("why_not_better", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.id"],
            name=op.f("fk_report_locations_report_id_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_locations")),
        comment="Where a report is, exactly: apart, because it may point at a dwelling",
    )
    op.create_table(
        "report_texts",
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_texts_report_id_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_texts")),
        comment="What a reporter wrote: apart, because it may name people",
    )
    op.create_table(
        "report_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("main_category", sa.String(length=200), nullable=True),
        sa.Column("subcategory", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("precision", sa.String(length=20), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("buurtcode", sa.String(length=20), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("address_key", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["reports.id"],
            name=op.f("fk_report_versions_report_id_reports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["reporters.id"], name=op.f("fk_report_versions_reporter_id_reporters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_versions")),
        comment="What was known of a report before it changed at its source",
    )
    with op.batch_alter_table("report_versions", schema=None) as batch_op:
        batch_op.create_index("ix_report_versions_known", ["known_from", "known_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_versions_report_id"), ["report_id"], unique=False)
