"""The tables of reports: as they came in, where they are, what they say, and what they were before.

Reports stand apart from what identifies: the exact location (`report_locations`) and the text
(`report_texts`) are tables of their own, and a reporter is a number that belongs to a keyed hash.
"""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    true,
)

from hotspots.store.schema import Id, UtcDateTime, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(60), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("read", Integer, nullable=False, default=0),
    Column("new", Integer, nullable=False, default=0),
    Column("updated", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("other_category", Integer, nullable=False, default=0),
    Column("rejected", Integer, nullable=False, default=0),
    Column("located", Integer, nullable=False, default=0),
    Column("with_reporter", Integer),  # of those stored: whose reporter it tells; null: not counted then
    Column("told", JSON),  # how the file was read: mapping, absentColumns, and notes with how often each
    Column("told_again", LargeBinary),  # stored reports that it told, packed; null: kept no longer
    Column("undone_at", UtcDateTime),  # when what it brought was taken back; null: it counts
    comment="One row per file read; read = new + updated + unchanged + other_category + rejected",
)

rejects = Table(
    "rejects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("row_number", Integer, nullable=False),
    Column("source_id", String(120)),
    Column("reason", Text, nullable=False),
    comment="Refused rows; the row itself stands only in the rejects file: it may identify people",
)

reporters = Table(
    "reporters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    comment="Reporters as a keyed hash (HMAC-SHA-256); the key is not in the database",
)

reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(60), nullable=False),
    Column("source_id", String(120), nullable=False),
    Column("category", String(20), nullable=False),  # personen, drugs, other
    Column("main_category", String(200)),  # as the source names it
    Column("subcategory", String(200)),
    Column("status", String(60)),  # as the source names it
    Column("is_counted", Boolean, nullable=False),  # false: cancelled, or only the parent of others
    Column("reported_at", UtcDateTime, nullable=False, index=True),
    Column("occurred_at", UtcDateTime),  # time of the nuisance, where the source has it
    # false: only the day of the nuisance (else of the report) is known, and its time is the start of that day
    Column("has_hour", Boolean, nullable=False, server_default=true()),
    Column("changed_at", UtcDateTime),  # of this version at its source, where the source tells
    Column("reporter_id", ForeignKey("reporters.id")),
    Column("precision", String(20), nullable=False, index=True),
    Column("radius_m", Float),
    Column("cell", BigInteger),  # H3 index at the configured resolution
    Column("buurtcode", String(20), index=True),
    Column("known_from", UtcDateTime, nullable=False),  # since when this is what is known
    Column("content_hash", String(64), nullable=False),  # of the fields read, to see a change
    Column("first_import_id", ForeignKey("imports.id"), nullable=False),
    Column("last_import_id", ForeignKey("imports.id"), nullable=False),
    UniqueConstraint("source", "source_id"),
    # the figures of a year: counted in the order of the index, without reading a row
    Index(
        "ix_reports_kinds",
        *("buurtcode", "category", "is_counted", "precision", "first_import_id"),
        *("occurred_at", "reported_at"),
    ),
    comment="Reports as they are known now",
)

report_locations = Table(
    "report_locations",
    metadata,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("lon", Float),  # null: not located
    Column("lat", Float),
    Column("located_by", String(20)),  # bron (own coordinates), register, pdok, hand
    Column("street", String(200)),
    Column("house_number", String(40)),
    Column("house_letter", String(20)),
    Column("house_suffix", String(20)),
    Column("postcode", String(20)),
    Column("town", String(120)),
    Column("address_key", String(120)),  # 'postcode number letter suffix': which dwelling
    Column("found", Text),  # what was matched, in words
    Column("why_not_better", Text),  # why it isn't more precise, in Dutch
    comment="Where a report is, exactly: apart, because it may point at a dwelling",
)

report_texts = Table(
    "report_texts",
    metadata,
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    comment="What a reporter wrote: apart, because it may name people",
)

report_versions = Table(
    "report_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("known_from", UtcDateTime, nullable=False),
    Column("known_until", UtcDateTime, nullable=False),
    Column("category", String(20), nullable=False),
    Column("main_category", String(200)),
    Column("subcategory", String(200)),
    Column("status", String(60)),
    Column("is_counted", Boolean, nullable=False),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("occurred_at", UtcDateTime),
    Column("has_hour", Boolean, nullable=False, server_default=true()),
    Column("reporter_id", ForeignKey("reporters.id")),
    Column("precision", String(20), nullable=False),
    Column("radius_m", Float),
    Column("cell", BigInteger),
    Column("buurtcode", String(20)),
    Column("lon", Float),
    Column("lat", Float),
    Column("address_key", String(120)),
    comment="What was known of a report before it changed at its source",
)

Index("ix_report_versions_known", report_versions.c.known_from, report_versions.c.known_until)

import_before = Table(
    "import_before",
    metadata,
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("reporter_id", ForeignKey("reporters.id")),
    Column("last_version_id", BigInteger, nullable=False),  # of report_versions, 0: there was none
    Column("report", JSON, nullable=False),  # its row in reports
    Column("location", JSON),  # its row in report_locations; null: there was none
    Column("text", Text),
    comment="What a report was before an import changed it: kept for a short while, to undo that import",
)

removed_report_days = Table(
    "removed_report_days",
    metadata,
    Column("noon", UtcDateTime, primary_key=True),  # of the local day on which they were
    Column("category", String(20), primary_key=True),
    Column("buurtcode", String(20), primary_key=True),  # empty: unknown
    Column("report_count", Integer, nullable=False),
    comment="How many counted reports there were of those that are removed: figures over time stay right",
)

erased_reports = Table(
    "erased_reports",
    metadata,
    Column("source", String(60), primary_key=True),
    Column("id_hash", String(64), primary_key=True),  # keyed, as a reporter's
    comment="Reports that were erased at the request of who made them: a later import leaves them alone",
)


def moment_of(table: Table) -> ColumnElement[datetime]:
    """When the nuisance of a row of `reports` or `report_versions` was: else when it was reported."""
    occurred, reported = table.c.occurred_at, table.c.reported_at
    return func.coalesce(occurred, reported, type_=reported.type)
