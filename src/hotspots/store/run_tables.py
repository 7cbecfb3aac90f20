"""The tables of weekly runs: what they found, the hotspots that are followed, and what is told of them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from hotspots.store.schema import Id, UtcDateTime, metadata

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
    # how many places were not signalled, by what first kept them off the list; null: not counted then
    Column("refused", JSON(none_as_null=True)),
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
    Column("drugs_share", Float),  # of the reports that count; null: of a run that didn't tell it
    Column(
        "subcategories", JSON(none_as_null=True)
    ),  # the commonest in words, where enough reports have them
    Column("redenen", JSON, nullable=False),  # Dutch sentences
    Column("evidence", JSON, nullable=False),  # the figures it was decided on
    # the hotspot for which a run counted what lies there, as people put it on the list; null: it was found
    Column("counted_for", String(36)),
    UniqueConstraint("run_id", "place"),
    comment="Places that a run signalled, with the evidence; also those that it nearly did",
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
    Column("assigned_to", String(120)),  # a person, as called when it was assigned …
    Column(
        "assigned_user_id", String(36)
    ),  # … whose account this is; null: a name typed before there was a list
    Column("assigned_organisation", String(120)),  # … or an organisation
    Column("due_on", Date, index=True),  # local day on which the next step is due
    Column("place_removed_on", Date),  # since when only the buurt of this dwelling is kept
    Column("place_name", String(400)),  # from register and buurt, without a house number; null: not named yet
    Column("told_name", String(400)),  # the same at its last step, for who is told in steps
    Column("given_name", String(80)),  # the better one that people gave
    Column("is_general_name", Boolean),  # whether that one names a street or buurt, and so hides a dwelling
    # in any run, also one that was run again since: who may not know of it then never finds it
    Column("points_at_persons", Boolean, nullable=False, server_default=false()),
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
    # the run whose figures and place are told to who may not see its reports; null: this run
    Column("told_run_id", Id),
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
    Column("drugs_share", Float),
    Column("subcategories", JSON(none_as_null=True)),
    Column("buurtcode", String(20), index=True),
    Column("redenen", JSON, nullable=False),
    Column("soort_certainty", Float),  # null: of a run that gave no likelihood
    # the order of every list, and all that lists are filtered on: a page is found without reading whole rows
    Index(
        "ix_hotspot_states_list",
        *("run_id", "is_signalled", "score", "hotspot_id"),
        *("soort", "indicatie", "trend", "drugs_share", "buurtcode", "lon", "lat"),
    ),
    comment="Each hotspot as it stood after each run: what a reader sees at a peildatum",
)

sample_frames = Table(
    "sample_frames",
    metadata,
    Column("as_of", Date, primary_key=True),  # of the run
    Column("stratum", String(20), primary_key=True),
    Column("refused_by", String(40), primary_key=True),
    Column("buurtcode", String(20), primary_key=True),  # '' where it is in none
    Column("probability", Float, nullable=False),  # with which each was drawn
    Column("seed", String(64), nullable=False),  # of the run: the same draws when it is repeated
    Column("place_count", Integer, nullable=False),
    comment="How many refused places newly held the rules in a run, from which blind samples were drawn",
)

samples = Table(
    "samples",
    metadata,
    Column("hotspot_id", ForeignKey("hotspots.id"), primary_key=True),
    Column("as_of", Date, nullable=False),  # of the run that drew it
    Column("stratum", String(20), nullable=False),
    Column("refused_by", String(40), nullable=False),
    Column("buurtcode", String(20), nullable=False),
    Column("probability", Float, nullable=False),
    comment="Places not signalled that stand among those to verify, told once they are decided on",
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

told_cells = Table(
    "told_cells",
    metadata,
    Column("first_day", Date, primary_key=True),  # of the quarter
    Column("cell", BigInteger, primary_key=True),  # H3
    Column("buurtcode", String(20), primary_key=True),
    Column("last_day", Date, nullable=False),
    Column("figure", Integer, nullable=False),  # rounded
    Column("as_of", Date, nullable=False),  # peildatum of the run that wrote it
    comment="Reports per cell and quarter for who may not see reports; written once, as public_figures",
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
    Column("soort", String(12), nullable=False, server_default="kaart"),  # what it shows
    Column("jaar", Integer),  # of soort ``jaar`` only
    comment="What was given a public address; what is shown there is public by hotspots.disclosure",
)
