"""The tables of how the software runs: metadata, the ledger of jobs and the processing log."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hotspots.store.schema import Id, UtcDateTime, metadata

facts = Table(
    "facts",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Single facts about this database, such as the fingerprint of the reporter key",
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
    Column("lines", JSON, nullable=False, server_default="[]"),  # of the log, as told while it ran
    Index("ix_job_runs_planned", "job", "planned_for"),
    comment="The ledger of unattended work",
)

job_requests = Table(
    "job_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", String(60), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("reason", Text),
    # the run that does it, or did; one whose process died is followed by another. Null: it waits
    Column("run_id", ForeignKey("job_runs.id", ondelete="SET NULL"), index=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("closed_at", UtcDateTime),  # null: it waits, or is being done
    Column("outcome", String(20)),  # done, failed, died (each time), withdrawn (paused, or off)
    Index(
        "uq_job_requests_open",
        "job",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    comment="Which job a person asked to be done now; of each job one at a time",
)

job_pauses = Table(
    "job_pauses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", String(60), nullable=False),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("paused_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("resumed_at", UtcDateTime),  # null: it is paused
    Index(
        "uq_job_pauses_open",
        "job",
        unique=True,
        sqlite_where=text("resumed_at IS NULL"),
        postgresql_where=text("resumed_at IS NULL"),
    ),
    comment="Which job is not done for a while, by whom and why",
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

retention_confirmations = Table(
    "retention_confirmations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("confirmed_by", String(200), nullable=False),
    Column(
        "periods", JSON, nullable=False
    ),  # days by name of the setting; empty: as they stood at an upgrade
    Column("due", JSON, nullable=False),  # how many rows of each kind were past these periods at that moment
    comment="Who confirmed the periods after which data are removed; only added to",
)

stored_settings = Table(
    "stored_settings",
    metadata,
    Column("key", String(80), primary_key=True),  # section.key
    Column("value", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # who and why stand in admin_changes
    comment="Settings changed on a page or by command; the settings file and the environment win",
)

rule_changes = Table(
    "rule_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rules", JSON, nullable=False),  # all that would be stored of [detection], by section.key
    Column("before", JSON, nullable=False),  # what was stored of it when this was asked
    Column("reason", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by_id", String(120), nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("preview_id", Integer),  # what it would have flagged; kept no longer than other previews
    Column("outcome", String(20)),  # confirmed, refused, withdrawn; null: waits for a second person
    Column("decided_at", UtcDateTime),
    Column("decided_by_id", String(120)),
    Column("decided_by", String(200)),
    CheckConstraint("outcome IN ('confirmed', 'refused', 'withdrawn')", name="outcome_is_known"),
    comment="Other rules that somebody asked for, and who decided; those confirmed are the versions",
)

signalling_changes = Table(
    "signalling_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("changed_by", String(200), nullable=False),
    Column("step", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("step IN ('stopped', 'asked', 'kept', 'resumed')", name="step_is_known"),
    comment="Who stopped signalling, and who started it again, with the reason; only added to",
)

paper_answers = Table(
    "paper_answers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("question", String(60), nullable=False, index=True),
    Column("text", Text, nullable=False),  # empty: what was answered is taken back
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("answered_by", String(200), nullable=False),
    comment="What people answered to the questions of the papers; only added to",
)

subject_requests = Table(
    "subject_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),  # inzage, wissen, bezwaar
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("extended_for", Text),  # why the term is longer; null: it is not
    Column("reference", String(60), nullable=False),  # of the case elsewhere; never a name
    Column("identity", String(200)),  # how it was checked who asks; null: not yet
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("closed_at", UtcDateTime, index=True),  # null: open
    Column("closed_by", String(200)),
    Column("outcome", String(40)),
    Column("note", Text),  # on the outcome
    CheckConstraint("kind IN ('inzage', 'wissen', 'bezwaar')", name="kind_is_known"),
    comment="What people ask about their own data, without who they are; each step is in admin_changes",
)
