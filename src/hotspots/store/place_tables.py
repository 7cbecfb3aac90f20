"""The tables of areas and addresses, and of what was found of addresses."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from hotspots.store.schema import Id, UtcDateTime, metadata

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
    Index("ix_addresses_lon_lat", "lon", "lat"),  # what lies around a place
    comment="The address register of the municipality; replaced as a whole",
)

location_fixes = Table(
    "location_fixes",
    metadata,
    Column("query", String(700), primary_key=True),  # geocoding.locating.query_key
    Column("lon", Float),  # null: nobody can say where it is, for the reason in found
    Column("lat", Float),
    Column("precision", String(20), nullable=False),
    Column("radius_m", Float),
    Column("address_key", String(120), nullable=False),
    Column("found", Text, nullable=False),
    Column("fixed_at", UtcDateTime, nullable=False),
    Column("fixed_by", String(120), nullable=False),
    comment="Where people said that an address is, or why nobody can; holds for every report with it",
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

background_features = Table(
    "background_features",
    metadata,
    Column("id", Id, primary_key=True),
    Column("origin", String(20), nullable=False),  # "register" or "file"
    Column("kind", String(20), nullable=False),  # store.background.Kind
    Column("name", String(120), nullable=False),
    Column("size_m", Float, nullable=False),  # longest side of its box
    Column("west", Float, nullable=False),
    Column("south", Float, nullable=False),
    Column("east", Float, nullable=False),
    Column("north", Float, nullable=False),
    Column("geometry", LargeBinary, nullable=False),  # WKB, lon/lat WGS 84
    # a piece of the map is found without its shapes
    Index("ix_background_features_box", "origin", "size_m", "west", "east", "south", "north"),
    comment="What is drawn under the hotspots: streets of the register, and what was imported",
)

context_places = Table(
    "context_places",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),  # a name of [context.kinds]
    Column("name", String(120), nullable=False),
    Column("attribution", String(200), nullable=False),
    Column("west", Float, nullable=False),
    Column("south", Float, nullable=False),
    Column("east", Float, nullable=False),
    Column("north", Float, nullable=False),
    Column("geometry", LargeBinary, nullable=False),  # WKB, lon/lat WGS 84
    comment="Schools, alcohol bans and other places to show beside hotspots; no part of any judgement",
)
