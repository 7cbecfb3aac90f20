"""The schema: every table of the database, with what its columns mean.

Reports stand apart from what identifies: the exact location (`report_locations`) and the text
(`report_texts`) are tables of their own, and a reporter is a number that belongs to a keyed hash.
All times are aware UTC on both databases.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite drops the zone, so it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; give UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"wanted a time with its zone, found the naive {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only with INTEGER

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Single facts about this database, such as the fingerprint of the reporter key",
)

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

addresses = Table(
    "addresses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("street", String(200), nullable=False),
    Column("street_short", String(200)),  # the register's own abbreviated name, where it has one
    Column("house_number", Integer, nullable=False),
    Column("house_letter", String(10), nullable=False, default=""),
    Column("house_suffix", String(20), nullable=False, default=""),
    Column("postcode", String(20), nullable=False, default=""),
    Column("town", String(120), nullable=False, default=""),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    comment="The address register of the municipality; replaced as a whole",
)

location_fixes = Table(
    "location_fixes",
    metadata,
    Column("query", String(700), primary_key=True),  # geocoding.locating.query_key
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("precision", String(20), nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("address_key", String(120), nullable=False),
    Column("found", Text, nullable=False),
    Column("fixed_at", UtcDateTime, nullable=False),
    Column("fixed_by", String(120), nullable=False),
    comment="Where people said that an address is; holds for every report with the same address",
)

geocoding_cache = Table(
    "geocoding_cache",
    metadata,
    Column("service", String(40), primary_key=True),
    Column("query", String(700), primary_key=True),
    Column("lon", Float),  # null: the service does not know it
    Column("lat", Float),
    Column("found", Text, nullable=False),
    Column("address_key", String(120), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    comment="What online geocoders answered; what was found is never asked again",
)

areas = Table(
    "areas",
    metadata,
    Column("buurtcode", String(20), primary_key=True),
    Column("buurtnaam", String(120), nullable=False),
    Column("wijkcode", String(20), nullable=False),
    Column("wijknaam", String(120), nullable=False),
    Column("gemeentecode", String(20), nullable=False),
    Column("gemeentenaam", String(120), nullable=False),
    Column("inhabitants", Float),
    Column("is_approximate", Boolean, nullable=False),  # drawn from centres, not an official boundary
    Column("geometry", LargeBinary, nullable=False),  # WKB, lon/lat WGS 84
    comment="The buurten; together they are the municipality. Gebieden follow from the settings",
)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("as_of", Date, nullable=False, unique=True),  # peildatum, local; the whole day counts
    Column("window_start", UtcDateTime, nullable=False),  # exclusive of what lies before
    Column("window_end", UtcDateTime, nullable=False),  # exclusive: the midnight after as_of
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("version", String(40), nullable=False),
    Column("settings_hash", String(64), nullable=False),
    Column("report_count", Integer, nullable=False),  # screened reports in the window
    Column("located_count", Integer, nullable=False),  # of which precise enough for clustering
    Column("signalled_count", Integer, nullable=False),
    Column("result_hash", String(64), nullable=False),  # of all it found: a repeated run changes nothing
    comment="One weekly run per peildatum",
)

detections = Table(
    "detections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("signalled", Boolean, nullable=False),
    Column("suppressed_because", Text),
    Column("soort", String(20), nullable=False),
    Column("soort_certainty", Float, nullable=False),
    Column("indicatie", String(20), nullable=False),
    Column("indicatie_certainty", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("geometry", LargeBinary, nullable=False),  # WKB polygon, lon/lat WGS 84
    Column("report_count", Integer, nullable=False),
    Column("day_count", Integer, nullable=False),
    Column("week_count", Integer, nullable=False),
    Column("reporter_count", Integer),
    Column("duration_days", Integer, nullable=False),
    Column("first_report", UtcDateTime, nullable=False),
    Column("last_report", UtcDateTime, nullable=False),
    Column("expected", Float),
    Column("p_value", Float),
    Column("recurrence_interval_days", Float),
    Column("score", Float, nullable=False),
    Column("redenen", JSON, nullable=False),  # Dutch sentences
    Column("evidence", JSON, nullable=False),  # the figures it was decided on
    UniqueConstraint("run_id", "place"),
    comment="Places that a run looked at, with the evidence; also those not signalled",
)

detection_reports = Table(
    "detection_reports",
    metadata,
    Column("detection_id", ForeignKey("detections.id", ondelete="CASCADE"), primary_key=True),
    Column("report_id", ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True, index=True),
    comment="The reports of a place in a run",
)

hotspots = Table(
    "hotspots",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("number", String(20), nullable=False, unique=True),  # HS-2023-014
    Column("year", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),  # within the year
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # one more with every change by people
    Column("verdict", String(20)),  # the final verdict in force: who leads
    Column("assigned_to", String(120)),  # a person …
    Column("assigned_organisation", String(120)),  # … or only an organisation
    Column("due_on", Date, index=True),  # local day on which the next step is due
    Column("place_removed_on", Date),  # since when only the buurt of this dwelling is kept
    UniqueConstraint("year", "sequence"),
    CheckConstraint("sequence > 0", name="sequence_is_positive"),
    comment="Hotspots ever flagged: the identity that verdicts and measures hang on",
)

hotspot_lineage = Table(
    "hotspot_lineage",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("from_id", ForeignKey("hotspots.id"), primary_key=True),
    Column("to_id", ForeignKey("hotspots.id"), primary_key=True),
    Column("kind", String(10), nullable=False),
    CheckConstraint("kind IN ('split', 'merge')", name="kind_is_known"),
    comment="split: to_id came from from_id; merge: from_id went on in to_id",
)

hotspot_states = Table(
    "hotspot_states",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), primary_key=True, index=True),
    # the detection that last showed it: of this run while it is signalled, of an earlier one when it is quiet
    Column("detection_id", ForeignKey("detections.id", ondelete="SET NULL"), index=True),
    Column("is_signalled", Boolean, nullable=False),  # signalled in this run
    Column("trend", String(20), nullable=False),
    Column("first_report", UtcDateTime, nullable=False),  # over its whole life
    Column("last_report", UtcDateTime, nullable=False),
    Column("first_signalled", Date, nullable=False),
    Column("last_signalled", Date, nullable=False),
    Column("merged_into", ForeignKey("hotspots.id")),
    # copied from the detection, so that a state stays readable when the detection is gone
    Column("soort", String(20), nullable=False),
    Column("indicatie", String(20), nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("geometry", LargeBinary, nullable=False),
    Column("report_count", Integer, nullable=False),
    Column("day_count", Integer, nullable=False),
    Column("week_count", Integer, nullable=False),
    Column("reporter_count", Integer),
    Column("duration_days", Integer, nullable=False),
    Column("expected", Float),
    Column("p_value", Float),
    Column("recurrence_interval_days", Float),
    Column("score", Float, nullable=False),
    Column("buurtcode", String(20), index=True),
    Column("redenen", JSON, nullable=False),
    # the order of every list, and all that lists are filtered on: a page is found without reading whole rows
    Index(
        "ix_hotspot_states_list",
        *("run_id", "is_signalled", "score", "hotspot_id"),
        *("soort", "indicatie", "trend", "buurtcode", "lon", "lat"),
    ),
    comment="Each hotspot as it stood after each run: what a reader sees at a peildatum",
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

removed_hotspot_weeks = Table(
    "removed_hotspot_weeks",
    metadata,
    Column("hotspot_id", ForeignKey("hotspots.id"), primary_key=True),
    Column("monday", Date, primary_key=True),  # local
    Column(
        "known_on", Date, primary_key=True
    ),  # peildatum of the first run that counted them to this hotspot
    Column("report_count", Integer, nullable=False),
    comment="How many reports a hotspot had of those that are removed, per week",
)

erased_reports = Table(
    "erased_reports",
    metadata,
    Column("source", String(60), primary_key=True),
    Column("id_hash", String(64), primary_key=True),  # keyed, as a reporter's
    comment="Reports that were erased at the request of who made them: a later import leaves them alone",
)

processing_log = Table(
    "processing_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("trace_id", String(32), nullable=False),  # 16 bytes, as hex
    Column("span_id", String(16), nullable=False),  # 8 bytes, as hex
    Column("name", String(60), nullable=False),
    Column("activity", String(200), nullable=False),  # in the register of processing
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("status", Integer, nullable=False),  # 1: ok, 2: error
    comment="One line per processing of personal data (Logboek Dataverwerkingen); never by or about whom",
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", String(60), nullable=False),
    Column("planned_for", UtcDateTime),  # the moment of the timetable that it serves; null: done by hand
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("duration_s", Float),  # by a clock that nobody sets
    Column("outcome", String(20)),  # done, failed, died (found dead by the next); null: still running
    Column("input", JSON, nullable=False, server_default="{}"),  # what it worked on: files, weeks, since when
    Column("counts", JSON, nullable=False, default=dict),
    Column("message", Text),
    Column("version", String(40)),  # of the software
    Column("settings_hash", String(64)),
    Column("runner", String(120)),  # host and process
    Index("ix_job_runs_planned", "job", "planned_for"),
    comment="The ledger of unattended work",
)

job_alerts = Table(
    "job_alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", String(60), nullable=False),
    Column("kind", String(10), nullable=False),
    # late and failed: when it last went well, so that a series is told once; odd: its planned moment
    Column("about", UtcDateTime, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("message", Text, nullable=False),
    Column("told_at", UtcDateTime),  # null: could not be told yet
    Column("mailed_at", UtcDateTime),  # null: not mailed, or that failed
    Column("mail_attempts", Integer, nullable=False, server_default="0"),
    Column("mail_tried_at", UtcDateTime),
    UniqueConstraint("job", "kind", "about"),
    CheckConstraint("kind IN ('late', 'failed', 'odd')", name="kind_is_known"),
    comment="What went wrong with unattended work, and whether somebody was told",
)

rule_previews = Table(
    "rule_previews",
    metadata,
    Column("id", Id, primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("changes", JSON, nullable=False),  # section.key=value
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("done", Integer, nullable=False),  # weekly runs
    Column("total", Integer, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),  # last sign of life
    Column("outcome", String(20)),  # done, failed, stopped; null: waiting or running
    Column("message", Text),
    Column("places", JSON),  # hotspots under the present and the proposed rules, with their weeks
    comment="What other rules would have flagged; the last few",
)

Index("ix_report_versions_known", report_versions.c.known_from, report_versions.c.known_until)

public_figures = Table(
    "public_figures",
    metadata,
    Column("first_day", Date, primary_key=True),  # of the quarter
    Column("level", String(20), primary_key=True),  # buurt, gebied, gemeente
    Column("code", String(120), primary_key=True),  # of the buurt, name of the gebied, '' for the gemeente
    Column("last_day", Date, nullable=False),
    Column("figure", Integer),  # rounded; null: not told to the public
    Column("as_of", Date, nullable=False),  # peildatum of the run that published it
    comment="What the public is told: reports per quarter; written once: a second count tells more",
)

embeds = Table(
    "embeds",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("gebied", String(120)),  # null: the whole municipality
    Column("peildatum", Date),  # null: always the last week
    Column("created_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", String(200)),
    comment="Maps that were given a public address; what they show is public by hotspots.disclosure",
)
