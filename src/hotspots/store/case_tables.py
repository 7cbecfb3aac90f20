"""The tables of what people do: accounts, verdicts, enrichments, measures, and the history of all of it.

They are part of the one schema of :mod:`hotspots.store.tables`. Those of :data:`APPEND_ONLY` are only added
to: the database itself refuses to change or remove a row of them. It lets one thing through: what a row tells
of a person can be taken out, once :data:`redactions` says so; that table is only added to as well.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from hotspots.store.schema import Id, UtcDateTime, metadata

users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("name", String(120), nullable=False, unique=True),  # to sign in with, in lower case
    Column("full_name", String(200), nullable=False),
    Column("password_hash", String(255)),  # argon2; null: signs in elsewhere
    Column("subject", String(400), unique=True),  # issuer and subject at the provider; null: local account
    Column("role", String(20), nullable=False),
    Column("organisation", String(120), nullable=False),
    Column("gebieden", JSON, nullable=False),  # names of the own areas
    Column("granted", JSON, nullable=False),  # rights given by name
    Column("is_disabled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("signed_in_at", UtcDateTime),  # last
    Column("asked", JSON),  # rights that wait until a second person confirms them; null: none
    Column("asked_by", String(120)),  # id of who asked for them
    Column("invited_until", UtcDateTime),  # no password was chosen yet; null: one was
    comment="People who may sign in",
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),  # sealed with a key that is not in the database
    Column("set_at", UtcDateTime, nullable=False),
    Column("last_step", BigInteger, nullable=False),  # of 30 s: a code of it or before is used up
    comment="Who gives a code after the password, and what it is made of",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),  # SHA-256; the code itself was shown once
    comment="Codes for who has lost the device; a row that is gone was used",
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256; the token itself is only in the cookie
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    comment="Who is signed in; a row that is gone signs out",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("name", String(120), nullable=False),  # what it is for
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256
    Column("scopes", JSON, nullable=False),
    Column("organisation", String(120), nullable=False),
    Column("gebieden", JSON),  # null: all areas
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("used_at", UtcDateTime),  # last
    Column("maker_id", String(120)),  # of the account; null: who runs the software
    comment="Tokens of machines",
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("name_hash", String(64), primary_key=True),  # also of names that don't exist
    Column("failures", Integer, nullable=False),  # since the last time it went well
    Column("failed_at", UtcDateTime, nullable=False),  # last
    comment="Wrong passwords in a row per name",
)

sent_forms = Table(
    "sent_forms",
    metadata,
    Column("id", String(64), primary_key=True),  # code of what makes a form, or a request, that one
    Column("actor_id", String(120), nullable=False, index=True),
    Column("digest", String(64), nullable=False),  # code of what was sent
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("answer", LargeBinary),  # sealed; null: being done
    comment="What was sent once, with the answer for who sends it again",
)

kept_forms = Table(
    "kept_forms",
    metadata,
    Column("id", Id, primary_key=True),
    Column("browser_hash", String(64), nullable=False, index=True),  # SHA-256 of the secret in its cookie
    Column("mask", String(64), nullable=False, index=True),  # which form it is
    Column("content", LargeBinary, nullable=False),  # sealed with the secret of the browser
    Column("kept_at", UtcDateTime, nullable=False, index=True),
    comment="What was typed in a session that had ended, for who signs in again within the hour",
)

hotspot_events = Table(
    "hotspot_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the hotspot, after the change
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("organisation", String(120), nullable=False),
    Column("kind", String(60), nullable=False),  # name of the step, or what was added
    Column("status", String(20), nullable=False),  # after the change
    Column("verdict", String(20)),  # after the change: the final one in force
    Column("before", JSON, nullable=False),  # what changed, as it was …
    Column("after", JSON, nullable=False),  # … and became
    Column("reason", Text),
    UniqueConstraint("hotspot_id", "version"),
    comment="The history of every hotspot: one row per version; only added to",
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("organisation", String(120), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("is_final", Boolean, nullable=False),  # the decision of OOV; else what a partner judges
    Column("reason", Text, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("given_by", String(200), nullable=False),
    Column("peildatum", Date),  # of the run it was judged on; null: there was none
    Column("figures", JSON, nullable=False),  # the evidence it was judged on
    CheckConstraint("verdict IN ('veiligheid', 'leefbaarheid', 'geen hotspot')", name="verdict_is_known"),
    comment="What partners judged and OOV decided; only added to, the last of an organisation counts",
)

enrichments = Table(
    "enrichments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("organisation", String(120), nullable=False),
    Column("sharing", String(20), nullable=False),  # who may read it
    Column("text", Text, nullable=False),
    Column("replaces_id", ForeignKey("enrichments.id")),  # the one that this corrects
    Column("given_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("given_by", String(200), nullable=False),
    CheckConstraint(
        "sharing IN ('eigen organisatie', 'oov', 'gebiedsteam', 'iedereen')", name="sharing_is_known"
    ),
    comment="What a partner knows of a place; only added to, a correction replaces",
)

comments = Table(
    "comments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("organisation", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("given_by", String(200), nullable=False),
    comment="What is said about the handling of a hotspot; only added to",
)

duidingen = Table(
    "duidingen",
    metadata,
    Column("id", Id, primary_key=True),
    Column("duiding_id", String(36), nullable=False),  # UUID: the same of all its versions
    Column("version", Integer, nullable=False),  # the last one holds
    Column("organisation", String(120), nullable=False),
    Column("sharing", String(20), nullable=False),  # who may read it
    Column("text", Text, nullable=False),
    Column("first", Date, nullable=False),  # first and last day of the figures that it is about
    Column("last", Date, nullable=False),
    Column("gebied", String(200)),  # by name, as a gebied has no code; null: a buurt, or all of it
    Column("buurtcode", String(20)),
    Column("category", String(20)),  # null: all
    Column("is_withdrawn", Boolean, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("given_by", String(200), nullable=False),
    UniqueConstraint("duiding_id", "version"),
    CheckConstraint(
        "sharing IN ('eigen organisatie', 'oov', 'gebiedsteam', 'iedereen')", name="sharing_is_known"
    ),
    CheckConstraint("first <= last", name="period"),
    comment="What partners say lies behind figures; only added to, the last version of each holds",
)

measures = Table(
    "measures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("kind", String(60), nullable=False),
    Column("description", Text, nullable=False),
    Column("owner", String(120), nullable=False),  # person or organisation who does it
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date),  # null: until further notice
    Column("is_withdrawn", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_it_starts"),
    comment="What is done about a hotspot, as it stands now; what it was is in hotspot_events",
)

case_links = Table(
    "case_links",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("system", String(60), nullable=False),  # the other system
    Column("reference", String(120), nullable=False),  # id or number of the case there
    Column("url", String(1000), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("actor_id", String(120), nullable=False),
    Column("given_by", String(200), nullable=False),
    Column("organisation", String(120), nullable=False),
    UniqueConstraint("hotspot_id", "system", "reference"),
    comment="Cases in other systems about a hotspot, as they stand now; what was is in hotspot_events",
)

nominations = Table(
    "nominations",
    metadata,
    Column("hotspot_id", ForeignKey("hotspots.id"), primary_key=True),
    Column("organisation", String(120), nullable=False),  # that sees it
    Column("geometry", LargeBinary, nullable=False),  # WKB, lon/lat WGS 84: where its reports are counted
    Column("is_dwelling", Boolean, nullable=False),  # as people say
    Column("since", Date, nullable=False),  # peildatum of the first run in which it stands
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),  # null: its reports are counted every week
    comment="Places that people put on the list; who did and why is in hotspot_events",
)

meetings = Table(
    "meetings",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False),
    Column("started_by", String(200), nullable=False),
    Column("organisation", String(120), nullable=False),
    Column("ended_at", UtcDateTime),  # null: it goes on
    comment="Meetings in which people go through the places that wait",
)

meeting_places = Table(
    "meeting_places",
    metadata,
    Column("meeting_id", ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # of the case when the meeting began
    Column("skipped_at", UtcDateTime),
    Column("skipped_by", String(200)),
    comment="The places of a meeting, in its order; what was decided is in hotspot_events",
)

access_log = Table(
    "access_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False, index=True),
    Column("actor", String(200), nullable=False),
    Column("organisation", String(120), nullable=False),
    Column("right_used", String(40), nullable=False),
    Column("hotspot_id", ForeignKey("hotspots.id"), index=True),  # null: more than one
    Column("report_count", Integer, nullable=False),  # of how many reports it was read
    Column("taken_as", String(10)),  # the kind of file that left the house; null: read on the spot
    Column("gebied", String(200)),  # of the place at that moment; null: none, or not known
    Column("own_gebieden", JSON(none_as_null=True)),  # of the reader at that moment; null: none, or not known
    Column("reason", String(80)),  # why, where the municipality asks; null: not asked
    Column("explanation", Text),  # of that, in own words
    comment="Every reading of exact points and texts, and every file with dwellings; only added to",
)

reading_reasons = Table(
    "reading_reasons",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False),
    Column("hotspot_id", ForeignKey("hotspots.id"), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("explanation", Text, nullable=False),
    Index("ix_reading_reasons_of", "actor_id", "hotspot_id"),
    comment="Why somebody is about to read exact data of a place; it holds for a while",
)

access_changes = Table(
    "access_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("about_id", String(120), nullable=False, index=True),  # of the account or token
    Column("about", String(200), nullable=False),
    Column("rights", JSON, nullable=False),  # those given, asked for or confirmed
    comment="Who changed whose access",
)

admin_changes = Table(
    "admin_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", String(120), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("kind", String(40), nullable=False, index=True),
    Column("about", String(200), nullable=False),  # a setting, a file, a job
    Column("before", JSON(none_as_null=True)),  # null: there was nothing
    Column("after", JSON(none_as_null=True)),  # null: nothing is left
    Column("reason", Text),  # as given; null: not asked
    comment="Who changed what of the installation: rules, settings, areas, addresses, deliveries, jobs",
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("address", String(254), nullable=False),  # e-mail
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # unsubscribed; null: gets mail
    Column("gebieden", JSON(none_as_null=True)),  # of which there is a link in the mail; null: all own ones
    Column("every_weeks", Integer, nullable=False, server_default="1"),  # one mail about so many weeks
    Column("wants_weeks", Boolean, nullable=False, server_default=true()),  # of which it tells
    Column("assigned_since", UtcDateTime),  # since when also of what is assigned to the person; null: not
    Column(
        "followed_since", UtcDateTime
    ),  # since when also of what changes where the person follows; null: not
    Column("followed_every", String(10), nullable=False, server_default="dag"),  # dag or week
    comment="Who is told by mail, and of what; the mail holds a link, never what it leads to",
)

mails = Table(
    "mails",
    metadata,
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("peildatum", Date, primary_key=True),  # of the week it tells of: one mail per person and week
    Column("attempts", Integer, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),  # last
    Column("sent_at", UtcDateTime),  # null: not yet accepted by the mail server
    Column("problem", Text),  # what the mail server said last, if it refused
    comment="Mails about a new week, each accepted by the mail server once",
)

notices = Table(
    "notices",
    metadata,
    Column("subscription_id", ForeignKey("subscriptions.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(20), primary_key=True),  # toewijzing, volgen
    Column("day", Date, primary_key=True),  # local: one mail of a kind per person and day
    Column("until", UtcDateTime, nullable=False),  # it tells of what came before this moment
    Column("attempts", Integer, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),  # last
    Column("sent_at", UtcDateTime),  # null: not yet accepted by the mail server
    Column("problem", Text),  # what the mail server said last, if it refused
    comment="Mails about what was assigned or changed, each accepted by the mail server once",
)

follows = Table(
    "follows",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(10), nullable=False),  # plek, straat, straal, getekend, buurten
    Column("name", String(120), nullable=False),  # what its owner calls it
    Column("hotspot_id", ForeignKey("hotspots.id", ondelete="CASCADE")),  # of a place
    Column("geometry", LargeBinary),  # of anything else: lon/lat WKB
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "hotspot_id"),
    comment="What people follow: places, and areas of their own, which also are a filter",
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", String(36), primary_key=True),  # UUID, in its signed address
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    comment="The Atom feed of what somebody follows; a row that is gone ends its address",
)

redactions = Table(
    "redactions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("table_name", String(60), nullable=False),
    Column("row_id", BigInteger),  # the row of which something is taken out; null: see before
    Column("before", UtcDateTime),  # rows from before this moment are removed; of the logs of access
    Column("reason", String(60), nullable=False),
    Index("ix_redactions_row", "table_name", "row_id"),
    comment="What was taken out of the history, and why; written before it can be",
)

APPEND_ONLY: tuple[Table, ...] = (
    hotspot_events,
    verdicts,
    enrichments,
    comments,
    duidingen,
    access_log,
    access_changes,
    admin_changes,
    redactions,
)
"""Tables whose rows the database refuses to change or remove."""

REMOVED_TEXT = "[verwijderd na de bewaartermijn]"
"""What stands where a text was, once its period is over."""

REMOVED_PERSON = "[verwijderde gebruiker]"
"""What stands where a name was, once a user is erased."""
